/* ReduceMean over any axes, and GlobalAveragePool, which is the mean over all spatial ones: the sum
 * in row-major order, then one division by the count. */
#include "interp/real.h"
#include "interp/walk.h"

static void mean(const struct interp_tensor *x, struct interp_tensor *y,
                 const bool reduced[MAX_RANK]) {
    const REAL *xs = x->data;
    REAL *ys = y->data;
    int64_t inputs = shape_elements(&x->shape), outputs = shape_elements(&y->shape);
    struct walk walk = walk_start(&x->shape);
    int64_t stride = 1, count = 1;
    for (int d = x->shape.rank - 1; d >= 0; d--) {
        if (reduced[d]) {
            count *= x->shape.dims[d];
        } else {
            walk.strides[0][d] = stride;
            stride *= x->shape.dims[d];
        }
    }
    for (int64_t i = 0; i < outputs; i++)
        ys[i] = 0;
    for (int64_t i = 0; i < inputs; i++, walk_next(&walk))
        ys[walk.offset[0]] += xs[i];
    for (int64_t i = 0; i < outputs; i++)
        ys[i] /= (REAL)count;
}

INTERP_KERNEL(ReduceMean) {
    const struct interp_tensor *x = operand(call, 0), *axes = operand(call, 1);
    bool reduced[MAX_RANK] = {false};
    int64_t count = axes ? shape_elements(&axes->shape) : 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t axis = ((const int64_t *)axes->data)[i];
        reduced[axis < 0 ? axis + x->shape.rank : axis] = true;
    }
    if (count == 0 && !call->node->attributes.ReduceMean.noop_with_empty_axes)
        for (int d = 0; d < x->shape.rank; d++)
            reduced[d] = true;
    mean(x, &call->outputs[0], reduced);
    return SNV2_OK;
}

INTERP_KERNEL(GlobalAveragePool) {
    const struct interp_tensor *x = operand(call, 0);
    bool reduced[MAX_RANK] = {false};
    for (int d = 2; d < x->shape.rank; d++)
        reduced[d] = true;
    mean(x, &call->outputs[0], reduced);
    return SNV2_OK;
}
