/* Products of matrices: sums in the order of K, and of integers in any. */
#include "interp/real.h"
#include "interp/walk.h"

#include "ir/operands.h"

#include <math.h>
#include <stdlib.h>

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

/* The same of integers, without a scale. The matrices' data are the other two. */
static int64_t integer_dot(enum dtype dtype, int64_t sum, const struct matrix *a,
                           const int64_t *a_row, const struct matrix *b, const int64_t *b_column,
                           int64_t depth) {
    uint64_t total = (uint64_t)sum;
    for (int64_t k = 0; k < depth; k++)
        total += (uint64_t)a_row[k * a->column_stride] * (uint64_t)b_column[k * b->row_stride];
    return integer_wrap(dtype, (int64_t)total);
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
    if (!dtype_is_real(y->dtype)) {
        const int64_t *as = a->data, *bs = b->data, *cs = c ? c->data : NULL;
        for (int64_t i = 0; i < count; i++, walk_next(&walk))
            ((int64_t *)y->data)[i] = integer_dot(y->dtype, cs ? cs[walk.offset[0]] : 0, &left,
                                                  as + walk.index[0] * left.row_stride, &right,
                                                  bs + walk.index[1] * right.column_stride, depth);
        return SNV2_OK;
    }
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
struct product {
    struct shape batch;
    struct walk walk; /* over the batch: offsets 0 and 1 are the factors' */
    int64_t rows, columns, depth;
};

static struct product find_product(const struct shape *a, const struct shape *b,
                                   const struct shape *y) {
    bool a_vector = a->rank == 1, b_vector = b->rank == 1;
    struct product product = {
        .batch = *y,
        .rows = a_vector ? 1 : a->dims[a->rank - 2],
        .columns = b_vector ? 1 : b->dims[b->rank - 1],
        .depth = a->dims[a->rank - 1],
    };
    product.batch.rank -= !a_vector + !b_vector;
    struct shape a_batch = batch_shape(a), b_batch = batch_shape(b);
    product.walk = walk_start(&product.batch);
    walk_broadcast(&product.walk, 0, &a_batch);
    walk_broadcast(&product.walk, 1, &b_batch);
    return product;
}

static void multiply_reals(struct product product, const REAL *a, const REAL *b, REAL *y) {
    int64_t rows = product.rows, columns = product.columns, depth = product.depth;
    struct walk *walk = &product.walk;
    for (int64_t n = 0; n < shape_elements(&product.batch); n++, walk_next(walk)) {
        struct matrix left = {a + walk->offset[0] * rows * depth, depth, 1};
        struct matrix right = {b + walk->offset[1] * depth * columns, columns, 1};
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < columns; j++)
                *y++ = dot(0, 1, &left, i, &right, j, depth);
    }
}

static void multiply_integers(struct product product, enum dtype dtype, const int64_t *a,
                              const int64_t *b, int64_t *y) {
    int64_t rows = product.rows, columns = product.columns, depth = product.depth;
    struct matrix left = {NULL, depth, 1}, right = {NULL, columns, 1};
    struct walk *walk = &product.walk;
    for (int64_t n = 0; n < shape_elements(&product.batch); n++, walk_next(walk)) {
        const int64_t *as = a + walk->offset[0] * rows * depth;
        const int64_t *bs = b + walk->offset[1] * depth * columns;
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < columns; j++)
                *y++ = integer_dot(dtype, 0, &left, as + i * depth, &right, bs + j, depth);
    }
}

INTERP_KERNEL(MatMul) {
    const struct interp_tensor *a = operand(call, 0), *b = operand(call, 1);
    struct interp_tensor *y = &call->outputs[0];
    struct product product = find_product(&a->shape, &b->shape, &y->shape);
    if (dtype_is_real(y->dtype))
        multiply_reals(product, a->data, b->data, y->data);
    else
        multiply_integers(product, y->dtype, a->data, b->data, y->data);
    return SNV2_OK;
}

/* ---- quantized factors ---- */

/* x less its zero points; malloc'ed, NULL where memory ran out. */
static int64_t *less_zero(const struct interp_tensor *x, const struct interp_tensor *zero,
                          bool is_left) {
    int64_t count = shape_elements(&x->shape);
    int64_t *differences = malloc(((size_t)count + 1) * sizeof *differences);
    struct walk walk = walk_start(&x->shape);
    struct shape shape = {.rank = 0};
    if (zero && shape_elements(&zero->shape) != 1)
        shape = factor_parameter_shape(&zero->shape, is_left);
    walk_broadcast(&walk, 0, &shape);
    for (int64_t i = 0; differences && i < count; i++, walk_next(&walk))
        differences[i] = ((const int64_t *)x->data)[i] -
                         (zero ? ((const int64_t *)zero->data)[walk.offset[0]] : 0);
    return differences;
}

/* The product of operands `a` and `b`, each with its zero point, in int32. */
static enum snv2_status multiply_quantized(const struct interp_call *call, int a, int a_zero, int b,
                                           int b_zero, int64_t *y) {
    const struct interp_tensor *left = operand(call, a), *right = operand(call, b);
    int64_t *as = less_zero(left, operand(call, a_zero), true);
    int64_t *bs = less_zero(right, operand(call, b_zero), false);
    if (as && bs)
        multiply_integers(find_product(&left->shape, &right->shape, &call->outputs[0].shape),
                          DTYPE_INT32, as, bs, y);
    enum snv2_status status = as && bs ? SNV2_OK : diagnose_no_memory(call->diagnostic);
    free(as);
    free(bs);
    return status;
}

INTERP_KERNEL(MatMulInteger) {
    return multiply_quantized(call, 0, 2, 1, 3, call->outputs[0].data);
}

/* A scale of the result: that of the factor in its row or column. */
static void walk_scale(struct walk *walk, int number, const struct interp_tensor *scale,
                       bool is_left) {
    struct shape shape = {.rank = 0};
    if (shape_elements(&scale->shape) != 1)
        shape = factor_parameter_shape(&scale->shape, is_left);
    walk_broadcast(walk, number, &shape);
}

INTERP_KERNEL(QLinearMatMul) {
    const struct interp_tensor *a_scale = operand(call, 1), *b_scale = operand(call, 4);
    const struct interp_tensor *scale = operand(call, 6), *zero = operand(call, 7);
    struct interp_tensor *y = &call->outputs[0];
    int64_t *ys = y->data, count = shape_elements(&y->shape);
    enum snv2_status status = multiply_quantized(call, 0, 2, 3, 5, ys);
    struct product product =
        find_product(&operand(call, 0)->shape, &operand(call, 3)->shape, &y->shape);
    struct shape shape = product.batch; /* of rows and columns also where a factor is a vector */
    shape.dims[shape.rank++] = product.rows;
    shape.dims[shape.rank++] = product.columns;
    struct walk walk = walk_start(&shape);
    walk_scale(&walk, 0, a_scale, true);
    walk_scale(&walk, 1, b_scale, false);
    for (int64_t i = 0; i < count && status == SNV2_OK; i++, walk_next(&walk)) {
        float factor = quantized_scale(((const REAL *)a_scale->data)[walk.offset[0]],
                                       ((const REAL *)b_scale->data)[walk.offset[1]],
                                       *(const REAL *)scale->data);
        ys[i] = requantize(y->dtype, ys[i], factor, *(const int64_t *)zero->data);
    }
    return status;
}
