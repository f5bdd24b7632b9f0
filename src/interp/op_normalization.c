/* Normalizations. BatchNormalization in inference form is (x - mean) / sqrt(variance + epsilon) *
 * scale + bias with constants by channel (dimension 1); the others take mean and variance from the
 * elements themselves. */
#include "interp/elementary.h"
#include "interp/real.h"
#include "interp/walk.h"

#include <math.h>
#include <stdlib.h>

/* The double root of a float rounds to the float's root: both are correct IEEE. */
static REAL root(REAL x) {
    return (REAL)sqrt(x);
}

INTERP_KERNEL(BatchNormalization) {
    const struct interp_tensor *x = operand(call, 0);
    const REAL *scale = operand(call, 1)->data, *bias = operand(call, 2)->data;
    const REAL *mean = operand(call, 3)->data, *variance = operand(call, 4)->data;
    const REAL *xs = x->data;
    REAL *ys = call->outputs[0].data;
    REAL epsilon = call->node->attributes.BatchNormalization.epsilon;
    int64_t channels = x->shape.dims[1], plane = shape_product(&x->shape, 2, x->shape.rank);
    for (int64_t n = 0; n < x->shape.dims[0]; n++) {
        for (int64_t c = 0; c < channels; c++, xs += plane, ys += plane) {
            REAL deviation = root(variance[c] + epsilon);
            for (int64_t i = 0; i < plane; i++)
                ys[i] = (xs[i] - mean[c]) / deviation * scale[c] + bias[c];
        }
    }
    return SNV2_OK;
}

struct moments {
    REAL mean, deviation;
};

/* `count` elements less their mean, divided by the root of their variance plus epsilon. */
static struct moments normalize(const REAL *xs, REAL *ys, int64_t count, REAL epsilon) {
    REAL sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++)
        sum += xs[i];
    REAL mean = sum / (REAL)count;
    for (int64_t i = 0; i < count; i++) {
        ys[i] = xs[i] - mean;
        squares += ys[i] * ys[i];
    }
    REAL deviation = root(squares / (REAL)count + epsilon);
    for (int64_t i = 0; i < count; i++)
        ys[i] /= deviation;
    return (struct moments){mean, deviation};
}

/* Normalizes each of `groups` groups of an image's channels; then channel c is scaled and shifted
 * by constant number c / channels_per_constant. */
static void normalize_groups(const struct interp_call *call, int64_t groups,
                             int64_t channels_per_constant, REAL epsilon) {
    const struct interp_tensor *x = operand(call, 0);
    const REAL *scale = operand(call, 1)->data, *bias = operand(call, 2)->data;
    int64_t images = x->shape.dims[0], channels = x->shape.dims[1];
    int64_t plane = shape_product(&x->shape, 2, x->shape.rank);
    int64_t group = channels / groups * plane;
    REAL *ys = call->outputs[0].data;
    for (int64_t g = 0; g < images * groups; g++)
        normalize((const REAL *)x->data + g * group, ys + g * group, group, epsilon);
    for (int64_t n = 0; n < images; n++)
        for (int64_t c = 0; c < channels; c++, ys += plane)
            for (int64_t i = 0; i < plane; i++)
                ys[i] = ys[i] * scale[c / channels_per_constant] + bias[c / channels_per_constant];
}

INTERP_KERNEL(InstanceNormalization) {
    int64_t channels = operand(call, 0)->shape.dims[1];
    normalize_groups(call, channels, 1, call->node->attributes.InstanceNormalization.epsilon);
    return SNV2_OK;
}

INTERP_KERNEL(GroupNormalization) {
    const struct GroupNormalization_attributes *attributes =
        &call->node->attributes.GroupNormalization;
    int64_t constants = operand(call, 1)->shape.dims[0];
    normalize_groups(call, attributes->num_groups, operand(call, 0)->shape.dims[1] / constants,
                     attributes->epsilon);
    return SNV2_OK;
}

INTERP_KERNEL(LayerNormalization) {
    const struct LayerNormalization_attributes *attributes =
        &call->node->attributes.LayerNormalization;
    const struct interp_tensor *x = operand(call, 0);
    const struct interp_tensor *scale = operand(call, 1), *bias = operand(call, 2);
    int axis = (int)attributes->axis;
    int64_t outer = shape_product(&x->shape, 0, axis);
    int64_t inner = shape_product(&x->shape, axis, x->shape.rank);
    REAL *ys = call->outputs[0].data;
    for (int64_t o = 0; o < outer; o++) {
        struct moments moments = normalize((const REAL *)x->data + o * inner, ys + o * inner, inner,
                                           attributes->epsilon);
        if (call->node->output_count > 1)
            ((REAL *)call->outputs[1].data)[o] = moments.mean;
        if (call->node->output_count > 2)
            ((REAL *)call->outputs[2].data)[o] = 1 / moments.deviation;
    }
    struct walk walk = walk_start(&x->shape);
    walk_broadcast(&walk, 0, &scale->shape);
    if (bias)
        walk_broadcast(&walk, 1, &bias->shape);
    for (int64_t i = 0; i < outer * inner; i++, walk_next(&walk)) {
        ys[i] *= ((const REAL *)scale->data)[walk.offset[0]];
        ys[i] += bias ? ((const REAL *)bias->data)[walk.offset[1]] : 0;
    }
    return SNV2_OK;
}

/* x / (bias + alpha / size * the squares of `size` channels around)^beta. */
INTERP_KERNEL(LRN) {
    const struct LRN_attributes *attributes = &call->node->attributes.LRN;
    const struct interp_tensor *x = operand(call, 0);
    int64_t channels = x->shape.dims[1], plane = shape_product(&x->shape, 2, x->shape.rank);
    int64_t before = (attributes->size - 1) / 2, behind = attributes->size - 1 - before;
    REAL factor = attributes->alpha / (REAL)attributes->size;
    REAL *ys = call->outputs[0].data;
    for (int64_t n = 0; n < x->shape.dims[0]; n++) {
        const REAL *image = (const REAL *)x->data + n * channels * plane;
        for (int64_t c = 0; c < channels; c++) {
            int64_t first = c > before ? c - before : 0;
            int64_t last = behind < channels - 1 - c ? c + behind : channels - 1;
            for (int64_t i = 0; i < plane; i++) {
                REAL squares = 0;
                for (int64_t k = first; k <= last; k++)
                    squares += image[k * plane + i] * image[k * plane + i];
                *ys++ = image[c * plane + i] /
                        (REAL)elementary_pow(attributes->bias + factor * squares, attributes->beta);
            }
        }
    }
    return SNV2_OK;
}

/* Divided by the norm along an axis; where that is 0, the result is 0. */
INTERP_KERNEL(LpNormalization) {
    const struct LpNormalization_attributes *attributes = &call->node->attributes.LpNormalization;
    const struct interp_tensor *x = operand(call, 0);
    int axis = (int)attributes->axis;
    int64_t length = x->shape.dims[axis], inner = shape_product(&x->shape, axis + 1, x->shape.rank);
    int64_t outer = shape_product(&x->shape, 0, axis);
    for (int64_t row = 0; row < outer * inner; row++) {
        int64_t first = row / inner * inner * length + row % inner;
        const REAL *xs = (const REAL *)x->data + first;
        REAL *ys = (REAL *)call->outputs[0].data + first, norm = 0;
        for (int64_t i = 0; i < length; i++) {
            REAL element = xs[i * inner];
            norm += attributes->p == 1 ? (REAL)fabs(element) : element * element;
        }
        norm = attributes->p == 1 ? norm : root(norm);
        for (int64_t i = 0; i < length; i++)
            ys[i * inner] = norm == 0 ? 0 : xs[i * inner] / norm;
    }
    return SNV2_OK;
}

/* Over some axes: strides of the mean along them are 0. */
INTERP_KERNEL(MeanVarianceNormalization) {
    const struct ints *axes = &call->node->attributes.MeanVarianceNormalization.axes;
    const struct interp_tensor *x = operand(call, 0);
    const REAL *xs = x->data;
    REAL *ys = call->outputs[0].data;
    struct shape shape = x->shape;
    for (int32_t i = 0; i < axes->count; i++)
        shape.dims[axes->values[i] < 0 ? axes->values[i] + shape.rank : axes->values[i]] = 1;
    int64_t count = shape_elements(&x->shape), groups = shape_elements(&shape);
    REAL *means = calloc((size_t)groups + 1, sizeof *means);
    REAL *squares = calloc((size_t)groups + 1, sizeof *squares);
    REAL share = groups > 0 ? (REAL)(count / groups) : 1;
    bool allocated = means && squares;
    struct walk walk = walk_start(&x->shape);
    walk_broadcast(&walk, 0, &shape);
    for (int64_t i = 0; i < count && allocated; i++, walk_next(&walk))
        means[walk.offset[0]] += xs[i];
    walk = walk_start(&x->shape);
    walk_broadcast(&walk, 0, &shape);
    for (int64_t i = 0; i < count && allocated; i++, walk_next(&walk)) {
        ys[i] = xs[i] - means[walk.offset[0]] / share;
        squares[walk.offset[0]] += ys[i] * ys[i];
    }
    walk = walk_start(&x->shape);
    walk_broadcast(&walk, 0, &shape);
    for (int64_t i = 0; i < count && allocated; i++, walk_next(&walk))
        ys[i] /= root(squares[walk.offset[0]] / share) + (REAL)1e-9;
    free(means);
    free(squares);
    return allocated ? SNV2_OK : diagnose_no_memory(call->diagnostic);
}
