/* Products of matrices in plain C: a block of outputs of a row at a time. */
#include "kernels/matmul.h"

#include "kernels/arithmetic.h"
#include "kernels/index.h"

enum { ROW_AXIS = KERNEL_AXES - 2, COLUMN_AXIS = KERNEL_AXES - 1 };

/* Where the operands of a row of the output start. */
struct matmul_row {
    const float *a, *b, *bias;
    float *out;
};

static struct matmul_row matmul_row_at(const struct matmul_args *args, size_t number) {
    size_t matrix = number / args->dims[ROW_AXIS];
    const float *bias = args->bias;
    return (struct matmul_row){
        .a = args->a + array_offset(args->dims, args->a_strides, COLUMN_AXIS, number),
        .b = args->b + array_offset(args->dims, args->b_strides, ROW_AXIS, matrix),
        .bias =
            bias ? bias + array_offset(args->dims, args->bias_strides, COLUMN_AXIS, number) : NULL,
        .out = args->out + array_offset(args->dims, args->out_strides, COLUMN_AXIS, number),
    };
}

static inline void add_products(float *sums, float a, const float *b, ptrdiff_t step,
                                size_t lanes) {
    for (size_t i = 0; i < lanes; i++, b += step)
        sums[i] = FMA(a, *b, sums[i]);
}

/* The first outputs of a row. */
static void matmul_block(const struct matmul_args *args, const struct matmul_row *row,
                         size_t lanes) {
    ptrdiff_t a_step = args->a_strides[COLUMN_AXIS], b_step = args->b_strides[COLUMN_AXIS];
    const float *a = row->a, *b = row->b, *bias = row->bias;
    float *out = row->out, sums[KERNEL_LANES] = {0};
    for (size_t i = 0; bias && i < lanes; i++, bias += args->bias_strides[COLUMN_AXIS])
        sums[i] = *bias;
    for (size_t k = 0; k < args->inner; k++, a += a_step, b += args->b_strides[ROW_AXIS])
        if (b_step == 1) /* a loop that the compiler vectorizes */
            add_products(sums, *a, b, 1, lanes);
        else
            add_products(sums, *a, b, b_step, lanes);
    for (size_t i = 0; i < lanes; i++, out += args->out_strides[COLUMN_AXIS])
        *out = sums[i];
}

/* The row without its first outputs. */
static struct matmul_row matmul_row_behind(const struct matmul_args *args, struct matmul_row row,
                                           size_t lanes) {
    ptrdiff_t b_offset = (ptrdiff_t)lanes * args->b_strides[COLUMN_AXIS];
    ptrdiff_t bias_offset = (ptrdiff_t)lanes * args->bias_strides[COLUMN_AXIS];
    ptrdiff_t out_offset = (ptrdiff_t)lanes * args->out_strides[COLUMN_AXIS];
    return (struct matmul_row){
        row.a,
        row.b + b_offset,
        row.bias ? row.bias + bias_offset : NULL,
        row.out + out_offset,
    };
}

void KERNEL_NAME(matmul)(const struct matmul_args *args, size_t begin, size_t end) {
    for (size_t number = begin; number < end; number++) {
        struct matmul_row row = matmul_row_at(args, number);
        for (size_t left = args->dims[COLUMN_AXIS]; left > 0;) {
            size_t lanes = smaller(left, KERNEL_LANES);
            matmul_block(args, &row, lanes);
            left -= lanes;
            if (left > 0)
                row = matmul_row_behind(args, row, lanes);
        }
    }
}
