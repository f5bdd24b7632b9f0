/* Visits the positions of a shape in row-major order and keeps, for up to three tensors of
 * any strides, the offset that belongs to the position.
 *
 *   struct walk walk = walk_start(&shape);
 *   walk_broadcast(&walk, 0, &a->shape);
 *   for (int64_t i = 0; i < shape_elements(&shape); i++, walk_next(&walk))
 *       ... a[walk.offset[0]] ...
 */
#ifndef INTERP_WALK_H
#define INTERP_WALK_H

#include "ir/tensor.h"

enum { WALK_TENSORS = 3 };

struct walk {
    struct shape shape;
    int64_t index[MAX_RANK];
    int64_t strides[WALK_TENSORS][MAX_RANK]; /* in elements; may be 0 or negative */
    int64_t offset[WALK_TENSORS];
};

/* At the first position, with all strides 0. */
static inline struct walk walk_start(const struct shape *shape) {
    return (struct walk){.shape = *shape};
}

/* The distance between neighbours along dimension `axis` of a row-major tensor. */
static inline int64_t row_major_stride(const struct shape *shape, int axis) {
    return shape_product(shape, axis + 1, shape->rank);
}

/* Strides of tensor number `tensor`, of shape `from`, broadcast to the walk's shape: dimensions are
 * aligned at the last, those of 1 are repeated. */
static inline void walk_broadcast(struct walk *walk, int tensor, const struct shape *from) {
    int missing = walk->shape.rank - from->rank;
    for (int d = 0; d < from->rank; d++)
        walk->strides[tensor][missing + d] = from->dims[d] == 1 ? 0 : row_major_stride(from, d);
}

static inline void walk_next(struct walk *walk) {
    for (int d = walk->shape.rank - 1; d >= 0; d--) {
        bool carry = ++walk->index[d] == walk->shape.dims[d];
        if (carry)
            walk->index[d] = 0;
        for (int k = 0; k < WALK_TENSORS; k++)
            walk->offset[k] += walk->strides[k][d] * (carry ? 1 - walk->shape.dims[d] : 1);
        if (!carry)
            return;
    }
}

#endif
