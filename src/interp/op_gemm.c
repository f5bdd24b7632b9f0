/* Gemm and MatMul: sums of products in the order of K. */
#include "interp/real.h"
#include "interp/walk.h"

/* A matrix in a tensor; strides are in elements. */
struct matrix {
    const REAL *data;
    int64_t row_stride, column_stride;
};

/* sum + scale * (row of a) * (column of b). */
static REAL dot(REAL sum, REAL scale, const struct matrix *a, int64_t row, const struct matrix *b,
                int64_t column, int64_t depth) {
    const REAL *as = a->data + row * a->row_stride, *bs = b->data + column * b->column_stride;
    for (int64_t k = 0; k < depth; k++)
        sum += scale * as[k * a->column_stride] * bs[k * b->row_stride];
    return sum;
}

static struct matrix gemm_operand(const struct interp_tensor *tensor, bool transposed) {
    int64_t columns = tensor->shape.dims[1];
    return transposed ? (struct matrix){tensor->data, 1, columns}
                      : (struct matrix){tensor->data, columns, 1};
}

/* beta * C, C broadcast, plus alpha * A * B, then the activation. As in Conv the sum starts at the
 * bias: a bias far larger than the products costs every float32 evaluation the same digits. */
INTERP_KERNEL(Gemm) {
    const struct Gemm_attributes *attributes = &call->node->attributes.Gemm;
    const struct interp_tensor *a = operand(call, 0), *b = operand(call, 1), *c = operand(call, 2);
    struct interp_tensor *y = &call->outputs[0];
    struct matrix left = gemm_operand(a, attributes->transA);
    struct matrix right = gemm_operand(b, attributes->transB);
    int64_t depth = a->shape.dims[attributes->transA ? 0 : 1];
    int64_t count = shape_elements(&y->shape);
    REAL *ys = y->data;
    struct walk walk = walk_start(&y->shape);
    if (c)
        walk_broadcast(&walk, 0, &c->shape);
    for (int64_t i = 0; i < count; i++, walk_next(&walk)) {
        REAL bias = c ? attributes->beta * ((const REAL *)c->data)[walk.offset[0]] : 0;
        ys[i] = dot(bias, attributes->alpha, &left, walk.index[0], &right, walk.index[1], depth);
    }
    activate(ys, count, attributes->activation, attributes->activation_alpha,
             attributes->activation_beta);
    return SNV2_OK;
}

/* The dimensions before the last two. */
static struct shape batch_shape(const struct shape *shape) {
    struct shape batch = *shape;
    batch.rank = shape->rank > 2 ? shape->rank - 2 : 0;
    return batch;
}

/* A vector on the left is one row, on the right one column; batches broadcast. */
INTERP_KERNEL(MatMul) {
    const struct interp_tensor *a = operand(call, 0), *b = operand(call, 1);
    const struct shape *a_shape = &a->shape, *b_shape = &b->shape;
    bool a_vector = a_shape->rank == 1, b_vector = b_shape->rank == 1;
    int64_t depth = a_shape->dims[a_shape->rank - 1];
    int64_t rows = a_vector ? 1 : a_shape->dims[a_shape->rank - 2];
    int64_t columns = b_vector ? 1 : b_shape->dims[b_shape->rank - 1];

    struct shape batch = call->outputs[0].shape;
    batch.rank -= !a_vector + !b_vector;
    struct shape a_batch = batch_shape(a_shape), b_batch = batch_shape(b_shape);
    struct walk walk = walk_start(&batch);
    walk_broadcast(&walk, 0, &a_batch);
    walk_broadcast(&walk, 1, &b_batch);

    REAL *y = call->outputs[0].data;
    for (int64_t n = 0; n < shape_elements(&batch); n++, walk_next(&walk)) {
        struct matrix left = {(const REAL *)a->data + walk.offset[0] * rows * depth, depth, 1};
        struct matrix right = {(const REAL *)b->data + walk.offset[1] * depth * columns, columns,
                               1};
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < columns; j++)
                *y++ = dot(0, 1, &left, i, &right, j, depth);
    }
    return SNV2_OK;
}
