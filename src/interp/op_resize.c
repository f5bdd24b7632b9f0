/* Resize. Along each axis every output position reads a few input positions with weights; linear
 * and cubic resize axis by axis. Positions are computed in float, whatever the precision of the
 * run, as other implementations do: which neighbour is nearest is part of what the operator means.
 */
#include "interp/real.h"
#include "interp/walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TAPS = 4 };

/* What an output position reads. */
struct taps {
    int count;
    int64_t index[MAX_TAPS];
    float weight[MAX_TAPS];
    bool outside; /* of the input, by tf_crop_and_resize: it becomes the extrapolation value */
};

/* One axis. */
struct axis_resize {
    int64_t input, output;
    float scale, roi_start, roi_end;
};

/* Where in the input output position `i` lies. Sizes are those of the tensors, as in ONNX Runtime;
 * ONNX's own reference takes scale * input, which may lie between two sizes. */
static float source_position(const struct axis_resize *axis, enum coordinate_mode mode, int64_t i) {
    float x = (float)i, in = (float)axis->input, out = (float)axis->output, scale = axis->scale;
    switch (mode) {
    case COORDINATE_HALF_PIXEL:
        return (x + 0.5f) / scale - 0.5f;
    case COORDINATE_HALF_PIXEL_SYMMETRIC:
        return in / 2 * (1 - out / (scale * in)) + (x + 0.5f) / scale - 0.5f;
    case COORDINATE_PYTORCH_HALF_PIXEL:
        return axis->output > 1 ? (x + 0.5f) / scale - 0.5f : 0;
    case COORDINATE_ALIGN_CORNERS:
        return axis->output > 1 ? x * (in - 1) / (out - 1) : 0;
    case COORDINATE_ASYMMETRIC:
        return x / scale;
    case COORDINATE_TF_CROP_AND_RESIZE:
        return axis->output > 1 ? axis->roi_start * (in - 1) +
                                      x * (axis->roi_end - axis->roi_start) * (in - 1) / (out - 1)
                                : 0.5f * (axis->roi_start + axis->roi_end) * (in - 1);
    case COORDINATE_TF_HALF_PIXEL_FOR_NN: /* images and channels, which are not scaled, stay */
        return scale == 1 ? x : (x + 0.5f) / scale;
    }
    return x;
}

static float nearest(float position, enum nearest_mode mode) {
    switch (mode) {
    case NEAREST_ROUND_PREFER_FLOOR:
        return ceilf(position - 0.5f);
    case NEAREST_ROUND_PREFER_CEIL:
        return floorf(position + 0.5f);
    case NEAREST_FLOOR:
        return floorf(position);
    case NEAREST_CEIL:
        return ceilf(position);
    }
    return position;
}

/* Keys' cubic convolution, at `distance` from the position. */
static float cubic_weight(float distance, float a) {
    float d = fabsf(distance);
    if (d <= 1)
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

static int64_t clamp(float position, int64_t size) {
    return position < 0 ? 0 : position > (float)(size - 1) ? size - 1 : (int64_t)position;
}

static struct taps cubic_taps(const struct Resize_attributes *attributes, float position,
                              int64_t size) {
    struct taps taps = {.count = 4};
    float floor = floorf(position), sum = 0;
    for (int k = 0; k < taps.count; k++) {
        float place = floor - 1 + (float)k;
        bool excluded = attributes->exclude_outside && (place < 0 || place > (float)(size - 1));
        taps.index[k] = clamp(place, size);
        taps.weight[k] = excluded ? 0 : cubic_weight(position - place, attributes->cubic_coeff_a);
        sum += taps.weight[k];
    }
    for (int k = 0; k < taps.count && attributes->exclude_outside; k++)
        taps.weight[k] /= sum;
    return taps;
}

static struct taps taps_at(const struct Resize_attributes *attributes,
                           const struct axis_resize *axis, int64_t i) {
    enum coordinate_mode mode = attributes->coordinate_transformation_mode;
    float position = source_position(axis, mode, i), last = (float)(axis->input - 1);
    struct taps taps = {.count = 1, .weight = {1}};
    switch (attributes->mode) {
    case RESIZE_NEAREST:
        taps.index[0] = clamp(nearest(position, attributes->nearest_mode), axis->input);
        break;
    case RESIZE_LINEAR: {
        float inside = position < 0 ? 0 : position > last ? last : position;
        int64_t below = clamp(floorf(inside), axis->input);
        float part = inside - (float)below;
        taps = (struct taps){.count = 2,
                             .index = {below, below < axis->input - 1 ? below + 1 : below},
                             .weight = {1 - part, part}};
        break;
    }
    case RESIZE_CUBIC:
        taps = cubic_taps(attributes, position, axis->input);
        break;
    }
    taps.outside = mode == COORDINATE_TF_CROP_AND_RESIZE && !attributes->clamps &&
                   (position < 0 || position > last);
    return taps;
}

static bool has_elements(const struct interp_tensor *tensor) {
    return tensor && shape_elements(&tensor->shape) > 0;
}

/* How each axis is resized. */
static void find_axes(const struct interp_call *call, struct axis_resize axes[MAX_RANK]) {
    const struct Resize_attributes *attributes = &call->node->attributes.Resize;
    const struct shape *from = &operand(call, 0)->shape, *to = &call->outputs[0].shape;
    const struct interp_tensor *roi = operand(call, 1), *scales = operand(call, 2);
    const struct interp_tensor *sizes = operand(call, 3);
    enum aspect_ratio_policy policy = attributes->keep_aspect_ratio_policy;
    float common = 0;
    int count = attributes->axes.count;
    for (int d = 0; d < from->rank; d++)
        axes[d] = (struct axis_resize){from->dims[d], to->dims[d], 1, 0, 1};
    for (int i = 0; i < count; i++) {
        struct axis_resize *axis = &axes[attributes->axes.values[i]];
        axis->scale = has_elements(scales)
                          ? (float)((const REAL *)scales->data)[i]
                          : (float)((const int64_t *)sizes->data)[i] / (float)axis->input;
        if (i == 0 ||
            (policy == ASPECT_RATIO_NOT_LARGER ? axis->scale < common : axis->scale > common))
            common = axis->scale;
        if (attributes->coordinate_transformation_mode == COORDINATE_TF_CROP_AND_RESIZE) {
            axis->roi_start = (float)((const REAL *)roi->data)[i];
            axis->roi_end = (float)((const REAL *)roi->data)[count + i];
        }
    }
    for (int i = 0; i < count && !has_elements(scales) && policy != ASPECT_RATIO_STRETCH; i++)
        axes[attributes->axes.values[i]].scale = common;
}

/* Resizes one axis, `outer` times, of slabs of `inner` elements. */
static void resize_reals(const REAL *from, REAL *to, const struct Resize_attributes *attributes,
                         const struct axis_resize *axis, int64_t outer, int64_t inner) {
    for (int64_t i = 0; i < axis->output; i++) {
        struct taps taps = taps_at(attributes, axis, i);
        for (int64_t o = 0; o < outer; o++) {
            const REAL *slab = from + o * axis->input * inner;
            REAL *result = to + (o * axis->output + i) * inner;
            for (int64_t k = 0; k < inner; k++) {
                result[k] = 0;
                for (int t = 0; t < taps.count; t++)
                    result[k] += taps.weight[t] * slab[taps.index[t] * inner + k];
            }
        }
    }
}

/* The same where elements are copied; `inner` is in bytes. */
static void resize_nearest(const char *from, char *to, const struct Resize_attributes *attributes,
                           const struct axis_resize *axis, int64_t outer, int64_t inner) {
    for (int64_t i = 0; i < axis->output; i++) {
        int64_t source = taps_at(attributes, axis, i).index[0];
        for (int64_t o = 0; o < outer; o++)
            memcpy(to + (o * axis->output + i) * inner, from + (o * axis->input + source) * inner,
                   (size_t)inner);
    }
}

/* From the input over temporary tensors, one for each axis but the last, to the output. */
static enum snv2_status resize_axes(const struct interp_call *call,
                                    const struct axis_resize axes[MAX_RANK]) {
    const struct Resize_attributes *attributes = &call->node->attributes.Resize;
    const struct interp_tensor *x = operand(call, 0);
    struct interp_tensor *y = &call->outputs[0];
    struct shape shape = x->shape;
    size_t bytes = element_bytes(y);
    void *current = NULL;
    for (int d = 0; d < shape.rank; d++) {
        const void *from = current ? current : x->data;
        void *to = y->data;
        int64_t outer = shape_product(&shape, 0, d);
        int64_t inner = shape_product(&shape, d + 1, shape.rank);
        shape.dims[d] = axes[d].output;
        if (d < shape.rank - 1)
            to = malloc((size_t)shape_elements(&shape) * bytes);
        if (to && attributes->mode == RESIZE_NEAREST)
            resize_nearest(from, to, attributes, &axes[d], outer, inner * (int64_t)bytes);
        else if (to)
            resize_reals(from, to, attributes, &axes[d], outer, inner);
        free(current);
        if (!to)
            return diagnose_no_memory(call->diagnostic);
        current = to;
    }
    return SNV2_OK;
}

/* Sets what lies outside of the input along any axis to the extrapolation value. */
static void extrapolate(const struct interp_call *call, const struct axis_resize axes[MAX_RANK]) {
    const struct Resize_attributes *attributes = &call->node->attributes.Resize;
    struct interp_tensor *y = &call->outputs[0];
    int64_t count = shape_elements(&y->shape);
    struct walk walk = walk_start(&y->shape);
    for (int64_t i = 0; i < count; i++, walk_next(&walk)) {
        bool outside = false;
        for (int d = 0; d < y->shape.rank && !outside; d++)
            outside = taps_at(attributes, &axes[d], walk.index[d]).outside;
        if (outside && dtype_is_real(y->dtype))
            ((REAL *)y->data)[i] = attributes->extrapolation_value;
        else if (outside)
            ((int64_t *)y->data)[i] = (int64_t)attributes->extrapolation_value;
    }
}

INTERP_KERNEL(Resize) {
    const struct Resize_attributes *attributes = &call->node->attributes.Resize;
    struct axis_resize axes[MAX_RANK];
    find_axes(call, axes);
    enum snv2_status status = resize_axes(call, axes);
    if (status == SNV2_OK &&
        attributes->coordinate_transformation_mode == COORDINATE_TF_CROP_AND_RESIZE)
        extrapolate(call, axes);
    return status;
}
