/* Operators that move single elements: most read the input with other strides, Pad computes where
 * in the input each output position lies. */
#include "interp/real.h"
#include "interp/walk.h"

#include <string.h>

/* Fills the output from input elements at `first` + the walk's offset. */
static void copy_strided(const struct interp_call *call, struct walk walk, int64_t first) {
    struct interp_tensor *y = &call->outputs[0];
    size_t bytes = element_bytes(y);
    const char *from = operand(call, 0)->data;
    char *to = y->data;
    int64_t count = shape_elements(&y->shape);
    for (int64_t i = 0; i < count; i++, walk_next(&walk))
        memcpy(to + (size_t)i * bytes, from + (size_t)(first + walk.offset[0]) * bytes, bytes);
}

INTERP_KERNEL(Transpose) {
    const struct ints *perm = &call->node->attributes.Transpose.perm;
    const struct shape *from = &operand(call, 0)->shape;
    struct walk walk = walk_start(&call->outputs[0].shape);
    for (int d = 0; d < from->rank; d++)
        walk.strides[0][d] = row_major_stride(from, (int)perm->values[d]);
    copy_strided(call, walk, 0);
    return SNV2_OK;
}

/* The output as [N][C][H][b][W][b], in that order of memory, from an input with these strides. */
INTERP_KERNEL(DepthToSpace) {
    const struct DepthToSpace_attributes *attributes = &call->node->attributes.DepthToSpace;
    const int64_t *from = operand(call, 0)->shape.dims, b = attributes->blocksize;
    int64_t channels = from[1] / (b * b), plane = from[2] * from[3];
    bool depth_first = attributes->mode == DEPTH_MODE_CRD;
    struct shape blocks = {.rank = 6, .dims = {from[0], channels, from[2], b, from[3], b}};
    struct walk walk = walk_start(&blocks);
    int64_t *strides = walk.strides[0];
    strides[0] = from[1] * plane;
    strides[1] = depth_first ? b * b * plane : plane;
    strides[2] = from[3];
    strides[3] = b * (depth_first ? plane : channels * plane);
    strides[4] = 1;
    strides[5] = depth_first ? plane : channels * plane;
    copy_strided(call, walk, 0);
    return SNV2_OK;
}

/* The output as [N][b][b][C][H][W]. */
INTERP_KERNEL(SpaceToDepth) {
    const int64_t *from = operand(call, 0)->shape.dims;
    int64_t b = call->node->attributes.SpaceToDepth.blocksize, plane = from[2] * from[3];
    struct shape blocks = {.rank = 6, .dims = {from[0], b, b, from[1], from[2] / b, from[3] / b}};
    struct walk walk = walk_start(&blocks);
    int64_t *strides = walk.strides[0];
    strides[0] = from[1] * plane;
    strides[1] = from[3];
    strides[2] = 1;
    strides[3] = plane;
    strides[4] = b * from[3];
    strides[5] = b;
    copy_strided(call, walk, 0);
    return SNV2_OK;
}

INTERP_KERNEL(Expand) {
    struct walk walk = walk_start(&call->outputs[0].shape);
    walk_broadcast(&walk, 0, &operand(call, 0)->shape);
    copy_strided(call, walk, 0);
    return SNV2_OK;
}

/* The output as [repeats][dim] for each dimension would be of twice the rank, so positions are
 * taken modulo the input's dimensions instead. */
INTERP_KERNEL(Tile) {
    const struct interp_tensor *x = operand(call, 0);
    struct interp_tensor *y = &call->outputs[0];
    size_t bytes = element_bytes(y);
    int64_t count = shape_elements(&y->shape);
    struct walk walk = walk_start(&y->shape);
    for (int64_t i = 0; i < count; i++, walk_next(&walk)) {
        int64_t offset = 0;
        for (int d = 0; d < x->shape.rank; d++)
            offset = offset * x->shape.dims[d] + walk.index[d] % x->shape.dims[d];
        memcpy((char *)y->data + (size_t)i * bytes, (const char *)x->data + (size_t)offset * bytes,
               bytes);
    }
    return SNV2_OK;
}

/* Element `i` of an operand of axes, or `i` itself where there is none; never negative. */
static int axis_at(const struct interp_tensor *axes, int64_t i, int rank) {
    int64_t axis = axes ? ((const int64_t *)axes->data)[i] : i;
    return (int)(axis < 0 ? axis + rank : axis);
}

INTERP_KERNEL(Slice) {
    const struct shape *from = &operand(call, 0)->shape, *to = &call->outputs[0].shape;
    const struct interp_tensor *starts = operand(call, 1), *axes = operand(call, 3);
    const struct interp_tensor *steps = operand(call, 4);
    struct walk walk = walk_start(to);
    int64_t first = 0;
    for (int d = 0; d < from->rank; d++)
        walk.strides[0][d] = row_major_stride(from, d);
    for (int64_t i = 0; i < shape_elements(&starts->shape); i++) {
        int axis = axis_at(axes, i, from->rank);
        int64_t step = steps ? ((const int64_t *)steps->data)[i] : 1;
        int64_t start = ((const int64_t *)starts->data)[i], dim = from->dims[axis];
        int64_t last = step < 0 ? dim - 1 : dim;
        start = start < 0 ? start + dim : start;
        start = start < 0 ? 0 : start > last ? last : start;
        first += start * walk.strides[0][axis];
        /* A single element is not stepped from: the step may be as large as an int64_t. */
        walk.strides[0][axis] *= to->dims[axis] > 1 ? step : 0;
    }
    copy_strided(call, walk, first);
    return SNV2_OK;
}

/* Where position `p`, which may lie outside of 0..n-1, is found by the mode, or -1: nowhere. */
static int64_t padded_source(enum pad_mode mode, int64_t p, int64_t n) {
    if (p >= 0 && p < n)
        return p;
    if (n <= 0)
        return -1;
    switch (mode) {
    case PAD_MODE_CONSTANT:
        return -1;
    case PAD_MODE_EDGE:
        return p < 0 ? 0 : n - 1;
    case PAD_MODE_WRAP:
        return (p % n + n) % n;
    case PAD_MODE_REFLECT: {
        int64_t period = n > 1 ? 2 * (n - 1) : 1;
        int64_t q = (p % period + period) % period;
        return q < n ? q : period - q;
    }
    }
    return -1;
}

/* A negative pad takes elements away; the shape rule allows it with mode constant only. */
INTERP_KERNEL(Pad) {
    enum pad_mode mode = call->node->attributes.Pad.mode;
    const struct interp_tensor *x = operand(call, 0), *value = operand(call, 2);
    const struct interp_tensor *axes = operand(call, 3);
    const int64_t *pads = operand(call, 1)->data;
    struct interp_tensor *y = &call->outputs[0];
    int64_t padded = shape_elements(&operand(call, 1)->shape) / 2;
    int64_t before[MAX_RANK] = {0};
    for (int64_t i = 0; i < padded; i++)
        before[axis_at(axes, i, x->shape.rank)] = pads[i];

    const int64_t zero = 0; /* all bits 0 are REAL's zero too */
    const void *fill = value ? value->data : &zero;
    size_t bytes = element_bytes(x);
    int64_t count = shape_elements(&y->shape);
    struct walk walk = walk_start(&y->shape);
    for (int64_t i = 0; i < count; i++, walk_next(&walk)) {
        int64_t offset = 0;
        for (int d = 0; d < x->shape.rank && offset >= 0; d++) {
            int64_t p = padded_source(mode, walk.index[d] - before[d], x->shape.dims[d]);
            offset = p < 0 ? -1 : offset * x->shape.dims[d] + p;
        }
        memcpy((char *)y->data + (size_t)i * bytes,
               offset < 0 ? fill : (const char *)x->data + (size_t)offset * bytes, bytes);
    }
    return SNV2_OK;
}
