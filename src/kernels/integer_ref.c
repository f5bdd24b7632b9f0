/* Integers in plain C: elementwise, products of matrices, reductions, running sums. */
#include "kernels/integer_arithmetic.h"
#include "kernels/strided_row.h"

enum { INTEGER_ROWS = KERNEL_AXES - 2, INTEGER_LAST = KERNEL_AXES - 1 };

/* ---- elementwise ---- */

/* Strides of the inner loop. */
struct integer_strides {
    ptrdiff_t a, b, out;
};

#define INTEGER(name, function)                                                                    \
    static void integer_row_##function(struct kernel_integer_type type, struct strided_row row,    \
                                       struct integer_strides stride, size_t count) {              \
        for (; count > 0; count--, row.a += stride.a, row.b += stride.b, row.out += stride.out)    \
            *row.out = function(type, *row.a, *row.b);                                             \
    }
#include "kernels/integers.def"
#undef INTEGER

static void (*const integer_row[])(struct kernel_integer_type, struct strided_row,
                                   struct integer_strides, size_t) = {
#define INTEGER(name, function) [KERNEL_INTEGER_##name] = integer_row_##function,
#include "kernels/integers.def"
#undef INTEGER
};

void KERNEL_NAME(integer)(const struct integer_args *args, size_t begin, size_t end) {
    static const float none = 0;
    for (size_t item = begin; item < end; item++) {
        const struct strided_piece *piece = &args->loop.pieces[item / args->loop.rows];
        struct strided_row row = strided_row_at(piece, item % args->loop.rows);
        struct integer_strides stride = {piece->a_strides[INTEGER_LAST],
                                         piece->b_strides[INTEGER_LAST],
                                         piece->out_strides[INTEGER_LAST]};
        if (!row.b) {
            row.b = &none;
            stride.b = 0;
        }
        integer_row[args->operator](args->type, row, stride, piece->dims[INTEGER_LAST]);
    }
}

/* ---- products of matrices ---- */

/* Row a by column b, wrapped. False where a factor is no integer. */
static bool sum_of_products(const struct integer_matmul_args *args, const float *a, const float *b,
                            uint64_t *sum) {
    const struct matmul_args *matmul = &args->matmul;
    bool are_integers = true;
    uint64_t total = 0;
    for (size_t k = 0; k < matmul->inner; k++) {
        uint64_t left, right;
        are_integers &= integer_of(args->type, *a, &left);
        are_integers &= integer_of(args->type, *b, &right);
        total += integer_product(left, right);
        a += matmul->a_strides[INTEGER_LAST];
        b += matmul->b_strides[INTEGER_ROWS];
    }
    *sum = integer_wrapped(args->type, total);
    return are_integers;
}

void KERNEL_NAME(integer_matmul)(const struct integer_matmul_args *args, size_t begin, size_t end) {
    const struct matmul_args *matmul = &args->matmul;
    size_t columns = matmul->dims[INTEGER_LAST];
    for (size_t number = begin * columns; number < end * columns; number++) {
        const size_t *dims = matmul->dims;
        size_t row = number / columns, matrix = row / dims[INTEGER_ROWS], column = number % columns;
        const float *a = matmul->a + array_offset(dims, matmul->a_strides, INTEGER_LAST, row);
        const float *b = matmul->b + array_offset(dims, matmul->b_strides, INTEGER_ROWS, matrix);
        const float *scale = matmul->bias;
        float *out = matmul->out + array_offset(dims, matmul->out_strides, KERNEL_AXES, number);
        uint64_t sum;
        ptrdiff_t b_offset = (ptrdiff_t)column * matmul->b_strides[INTEGER_LAST];
        if (scale)
            scale += array_offset(dims, matmul->bias_strides, KERNEL_AXES, number);
        if (!sum_of_products(args, a, b + b_offset, &sum))
            *out = NAN;
        else
            *out =
                scale ? integer_scaled(args->type, sum, *scale) : integer_carried(args->type, sum);
    }
}

/* ---- reductions ---- */

static float integer_reduced(const struct integer_reduce_args *args, const float *in,
                             size_t count) {
    const struct reduce_args *over = &args->over;
    bool is_product = args->reduction == KERNEL_INTEGER_PRODUCT, are_integers = true;
    uint64_t result = is_product;
    for (size_t i = 0; i < count; i++) {
        const float *at =
            in + array_offset(over->reduced_dims, over->reduced_strides, KERNEL_AXES, i);
        uint64_t x;
        are_integers &= integer_of(args->type, *at, &x);
        result = is_product ? integer_product(result, x) : result + x;
    }
    if (args->reduction == KERNEL_INTEGER_MEAN)
        result = integer_quotient(args->type, result, count);
    return are_integers ? integer_carried(args->type, result) : NAN;
}

void KERNEL_NAME(integer_reduce)(const struct integer_reduce_args *args, size_t begin, size_t end) {
    const struct reduce_args *over = &args->over;
    size_t count = 1;
    for (int axis = 0; axis < KERNEL_AXES; axis++)
        count *= over->reduced_dims[axis];
    for (size_t item = begin; item < end; item++) {
        const float *in = over->in + array_offset(over->dims, over->in_strides, KERNEL_AXES, item);
        float *out = over->out + array_offset(over->dims, over->out_strides, KERNEL_AXES, item);
        *out = integer_reduced(args, in, count);
    }
}

/* ---- running sums ---- */

static void cumulate_integers(const struct integer_axis_args *args, const float *in, float *out) {
    const struct axis_args *along = &args->along;
    size_t count = along->dims[INTEGER_LAST];
    bool are_integers = true, were_integers;
    uint64_t sum = 0, before, x;
    for (size_t i = 0; i < count; i++) {
        size_t at = along->reverse ? count - 1 - i : i;
        were_integers = are_integers;
        before = sum;
        are_integers &= integer_of(args->type, in[steps(at, along->in_strides[INTEGER_LAST])], &x);
        sum += x;
        bool is_integer = along->exclusive ? were_integers : are_integers;
        uint64_t result = along->exclusive ? before : sum;
        out[steps(at, along->out_strides[INTEGER_LAST])] =
            is_integer ? integer_carried(args->type, result) : NAN;
    }
}

void KERNEL_NAME(integer_cumulative_sum)(const struct integer_axis_args *args, size_t begin,
                                         size_t end) {
    const struct axis_args *along = &args->along;
    for (size_t row = begin; row < end; row++)
        cumulate_integers(
            args, along->in + array_offset(along->dims, along->in_strides, INTEGER_LAST, row),
            along->out + array_offset(along->dims, along->out_strides, INTEGER_LAST, row));
}
