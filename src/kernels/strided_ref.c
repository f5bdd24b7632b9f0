/* Elementwise operators in plain C: a row at a time, first the operator, then the activation. */
#include "kernels/strided.h"

#include "kernels/activation.h"
#include "kernels/binary.h"
#include "kernels/strided_row.h"

#include <stdbool.h>

#define ACTIVATION(name, function)                                                                 \
    static void activation_row_##function(float *out, ptrdiff_t step, size_t count, float alpha,   \
                                          float beta) {                                            \
        for (; count > 0; count--, out += step)                                                    \
            *out = function(*out, alpha, beta);                                                    \
    }
#include "kernels/activations.def"
#undef ACTIVATION

static void (*const activate_row[])(float *, ptrdiff_t, size_t, float, float) = {
#define ACTIVATION(name, function) [KERNEL_ACTIVATION_##name] = activation_row_##function,
#include "kernels/activations.def"
#undef ACTIVATION
};

#define BINARY(name, function)                                                                     \
    static void binary_row_##function(const struct strided_row *row, ptrdiff_t a_step,             \
                                      ptrdiff_t b_step, ptrdiff_t out_step, size_t count) {        \
        const float *a = row->a, *b = row->b;                                                      \
        float *out = row->out;                                                                     \
        for (; count > 0; count--, a += a_step, b += b_step, out += out_step)                      \
            *out = function(*a, *b);                                                               \
    }
#include "kernels/binaries.def"
#undef BINARY

static void (*const binary_row[])(const struct strided_row *, ptrdiff_t, ptrdiff_t, ptrdiff_t,
                                  size_t) = {
#define BINARY(name, function) [KERNEL_BINARY_##name] = binary_row_##function,
#include "kernels/binaries.def"
#undef BINARY
};

static void copy_row(const struct strided_row *row, ptrdiff_t a_step, ptrdiff_t out_step,
                     size_t count) {
    const float *a = row->a;
    float *out = row->out;
    for (; count > 0; count--, a += a_step, out += out_step)
        *out = *a;
}

static inline void do_row(const struct strided_args *args, size_t item, bool is_binary) {
    enum { INNER = KERNEL_AXES - 1 };
    const struct strided_piece *piece = &args->pieces[item / args->rows];
    struct strided_row row = strided_row_at(piece, item % args->rows);
    size_t count = piece->dims[INNER];
    ptrdiff_t a_step = piece->a_strides[INNER], out_step = piece->out_strides[INNER];
    if (is_binary)
        binary_row[args->operator](&row, a_step, piece->b_strides[INNER], out_step, count);
    else if (row.a)
        copy_row(&row, a_step, out_step, count);
    if (args->activation != KERNEL_ACTIVATION_NONE)
        activate_row[args->activation](row.out, out_step, count, args->alpha, args->beta);
}

void KERNEL_NAME(unary)(const struct strided_args *args, size_t begin, size_t end) {
    for (size_t item = begin; item < end; item++)
        do_row(args, item, false);
}

void KERNEL_NAME(binary)(const struct strided_args *args, size_t begin, size_t end) {
    for (size_t item = begin; item < end; item++)
        do_row(args, item, true);
}
