/* Resize: which rows and columns each output pixel reads, and with what weights, worked out here
 * once for all modes; the command knows nothing of them. */
#include "lower/lower.h"

#include "ir/operands.h"

#include <math.h>

/* One axis, and what resizes it. */
struct resize_axis {
    int64_t input, output;
    float scale;
    float roi_start, roi_end; /* of tf_crop_and_resize */
};

/* An operand that is there and not empty. */
static const struct value *resize_operand(const struct node *node, int index) {
    const struct value *value = node_input(node, index);
    return value && shape_elements(&value->shape) > 0 ? value : NULL;
}

/* How much entry `i` of the attribute's axes is scaled. Shape inference has seen to it that the
 * operands are known. */
static float entry_scale(const struct node *node, int i) {
    const struct value *scales = resize_operand(node, 2), *sizes = resize_operand(node, 3);
    int64_t axis = node->attributes.Resize.axes.values[i];
    if (scales) {
        struct tensor tensor = value_tensor(scales);
        return (float)tensor_real(&tensor, i);
    }
    struct tensor tensor = value_tensor(sizes);
    return (float)tensor_int(&tensor, i) / (float)node->inputs[0]->shape.dims[axis];
}

/* Where the aspect ratio is kept, all axes have one scale. */
static float axis_scale(const struct node *node, int axis) {
    const struct Resize_attributes *resize = &node->attributes.Resize;
    enum aspect_ratio_policy policy = resize->keep_aspect_ratio_policy;
    bool common = policy != ASPECT_RATIO_STRETCH && !resize_operand(node, 2);
    float scale = 1;
    for (int i = 0, seen = 0; i < resize->axes.count; i++) {
        if (!common && resize->axes.values[i] != axis)
            continue;
        float own = entry_scale(node, i);
        if (!seen++ || (policy == ASPECT_RATIO_NOT_LARGER ? own < scale : own > scale))
            scale = own;
    }
    return scale;
}

/* What part of an axis is resized: all that no roi speaks of. */
static void set_roi(const struct node *node, int axis, struct resize_axis *result) {
    const struct Resize_attributes *resize = &node->attributes.Resize;
    result->roi_start = 0;
    result->roi_end = 1;
    if (resize->coordinate_transformation_mode != COORDINATE_TF_CROP_AND_RESIZE)
        return;
    struct tensor roi = value_tensor(resize_operand(node, 1));
    for (int i = 0; i < resize->axes.count; i++)
        if (resize->axes.values[i] == axis) {
            result->roi_start = (float)tensor_real(&roi, i);
            result->roi_end = (float)tensor_real(&roi, resize->axes.count + i);
        }
}

/* Where output position `at` lies in the input. In float, as in other implementations: a rounding
 * can decide which neighbour is the nearest. */
static float position_of(const struct resize_axis *axis, enum coordinate_mode mode, int64_t at) {
    float x = (float)at, in = (float)axis->input, out = (float)axis->output, scale = axis->scale;
    float half_pixel = (x + 0.5f) / scale - 0.5f;
    switch (mode) {
    case COORDINATE_HALF_PIXEL:
        return half_pixel;
    case COORDINATE_HALF_PIXEL_SYMMETRIC:
        return in / 2 * (1 - out / (scale * in)) + (x + 0.5f) / scale - 0.5f;
    case COORDINATE_PYTORCH_HALF_PIXEL:
        return axis->output > 1 ? half_pixel : 0;
    case COORDINATE_ALIGN_CORNERS:
        return axis->output > 1 ? x * (in - 1) / (out - 1) : 0;
    case COORDINATE_ASYMMETRIC:
        return x / scale;
    case COORDINATE_TF_HALF_PIXEL_FOR_NN:
        return scale == 1 ? x : (x + 0.5f) / scale;
    case COORDINATE_TF_CROP_AND_RESIZE:
        if (axis->output == 1)
            return 0.5f * (axis->roi_start + axis->roi_end) * (in - 1);
        return axis->roi_start * (in - 1) +
               x * (axis->roi_end - axis->roi_start) * (in - 1) / (out - 1);
    }
    return x;
}

static float rounded(float position, enum nearest_mode mode) {
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

static uint32_t clamped(float position, int64_t size) {
    float last = (float)(size - 1);
    return (uint32_t)(position < 0 ? 0 : position > last ? last : position);
}

/* Keys' cubic convolution. */
static float cubic_weight(float distance, float a) {
    float d = fabsf(distance);
    if (d <= 1)
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

static int tap_count(const struct Resize_attributes *resize) {
    static const int counts[] = {
        [RESIZE_NEAREST] = 1,
        [RESIZE_LINEAR] = 2,
        [RESIZE_CUBIC] = 4,
    };
    return counts[resize->mode];
}

/* The taps of one output position. */
static void set_taps(const struct Resize_attributes *resize, const struct resize_axis *axis,
                     int64_t at, uint32_t *indices, float *weights) {
    float position = position_of(axis, resize->coordinate_transformation_mode, at);
    float last = (float)(axis->input - 1), sum = 0;
    if (resize->mode == RESIZE_NEAREST) {
        indices[0] = clamped(rounded(position, resize->nearest_mode), axis->input);
        weights[0] = 1;
        return;
    }
    if (resize->mode == RESIZE_LINEAR) {
        float inside = position < 0 ? 0 : position > last ? last : position, low = floorf(inside);
        indices[0] = clamped(low, axis->input);
        indices[1] = clamped(low + 1, axis->input);
        weights[1] = inside - low;
        weights[0] = 1 - weights[1];
        return;
    }
    for (int k = 0; k < 4; k++) {
        float place = floorf(position) - 1 + (float)k;
        bool excluded = resize->exclude_outside && (place < 0 || place > last);
        indices[k] = clamped(place, axis->input);
        weights[k] = excluded ? 0 : cubic_weight(position - place, resize->cubic_coeff_a);
        sum += weights[k];
    }
    for (int k = 0; k < 4 && resize->exclude_outside; k++)
        weights[k] /= sum;
}

const char *refuse_resize(const struct node *node) {
    const struct Resize_attributes *resize = &node->attributes.Resize;
    const struct shape *from = &node->inputs[0]->shape, *to = &node->outputs[0]->shape;
    if (from->rank != 4)
        return "that is not two-dimensional";
    if (from->dims[0] != to->dims[0] || from->dims[1] != to->dims[1])
        return "of images or channels";
    if (resize->coordinate_transformation_mode == COORDINATE_TF_CROP_AND_RESIZE && !resize->clamps)
        return "beyond the image";
    struct resize_axis images;
    set_roi(node, 0, &images);
    if (images.roi_start != 0 || images.roi_end != 1)
        return "that crops images";
    if (from->dims[2] >= 1 << 24 || from->dims[3] >= 1 << 24)
        return "of images too large for positions in float";
    return NULL;
}

bool lower_resize(struct lowering *lowering, const struct node *node) {
    const struct Resize_attributes *resize = &node->attributes.Resize;
    const struct shape *from = &node->inputs[0]->shape, *to = &node->outputs[0]->shape;
    struct snv2_blob_command command = new_command(SNV2_OPCODE_RESIZE);
    int taps = tap_count(resize);
    int64_t entries = (to->dims[2] + to->dims[3]) * taps, entry = 0;
    uint32_t *indices = append_indices(lowering, entries, &command.first_index);
    float *weights = arena_alloc(lowering->arena, (size_t)entries, sizeof *weights);
    if (!indices || !weights)
        return false;
    for (int d = 2; d < 4; d++) {
        struct resize_axis axis = {from->dims[d], to->dims[d], axis_scale(node, d), 0, 1};
        set_roi(node, d, &axis);
        for (int64_t at = 0; at < axis.output; at++, entry += taps)
            set_taps(resize, &axis, at, &indices[entry], &weights[entry]);
    }
    struct packing packing = {
        .source = weights,
        .scale = 1,
        .groups = 1,
        .outputs = entries,
        .taps = 1,
        .inputs = 1,
        .output_stride = 1,
    };
    command.mode = (uint8_t)taps;
    return (taps == 1 || append_packing(lowering, &packing, &command.weights)) &&
           set_map_operand(lowering, &command, 0, node->inputs[0]) &&
           set_map_output(lowering, &command, node->outputs[0]) &&
           append_command(lowering, node, node->name, &command);
}
