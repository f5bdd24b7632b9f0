/* Softmax and LogSoftmax along one axis of an array of any strides.
 *
 * The axis is the last one; the order of the others is free. The output may lie exactly on the
 * operand. Of a row x[0..n), n being the size of the last axis:
 *   largest   m = -inf, then m < x ? x : m; any NaN in the row makes the sum NaN
 *   sum       16 chains: chain i is 0, then + exp(x[i] - m), + exp(x[i + 16] - m), ...; then chain
 *             i + chain i + 8 for i < 8, and so on with 4, 2 and 1
 *   softmax   exp(x - m) / sum             log_softmax   (x - m) - log(sum)
 * with the functions of elementary.h. Work items: rows, the product of the other sizes. */
#ifndef KERNELS_SOFTMAX_H
#define KERNELS_SOFTMAX_H

#include "kernels/strided.h"

struct softmax_args {
    size_t dims[KERNEL_AXES]; /* 1 in front, where there are fewer axes */
    const float *in;
    float *out;
    ptrdiff_t in_strides[KERNEL_AXES], out_strides[KERNEL_AXES];
};

#endif
