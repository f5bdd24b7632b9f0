/* Elementwise operators over arrays of any strides: out = f(a), and out = f(a, b), then the
 * activation.
 *
 * The output is cut into pieces, each a loop over up to KERNEL_AXES axes, whose order is free: the
 * last axis is the inner loop. All pieces have the same number of rows, a row being one inner loop.
 * No result depends on another element, so the output may lie exactly on an operand.
 * Work items: piece_count * rows, item i being row i % rows of piece i / rows. */
#ifndef KERNELS_STRIDED_H
#define KERNELS_STRIDED_H

#include "kernels/kernel.h"

enum { KERNEL_AXES = 8 };

struct strided_piece {
    size_t dims[KERNEL_AXES]; /* 1 in front, where there are fewer axes */
    const float *a, *b;       /* b: binary; unary: a NULL is the output itself */
    float *out;
    ptrdiff_t a_strides[KERNEL_AXES], b_strides[KERNEL_AXES], out_strides[KERNEL_AXES];
};

enum kernel_activation {
#define ACTIVATION(name, function) KERNEL_ACTIVATION_##name,
#include "kernels/activations.def"
#undef ACTIVATION
};

enum kernel_binary {
#define BINARY(name, function) KERNEL_BINARY_##name,
#include "kernels/binaries.def"
#undef BINARY
};

struct strided_args {
    const struct strided_piece *pieces;
    size_t piece_count, rows;
    enum kernel_binary operator; /* binary */
    enum kernel_activation activation;
    float alpha, beta; /* of the activation */
};

#endif
