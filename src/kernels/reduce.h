/* Sum, mean, largest and smallest value over some axes of an array of any strides.
 *
 * The axes that stay and those that are reduced are two lists. The reduced ones stand in the order
 * of the tensor's axes, for their order is that of the chain; the order of those that stay is free.
 * Of the n elements that an output is made of, in row-major order of the reduced axes:
 *   sum    blocks of REDUCE_BLOCK elements, the last one the rest; chain of a block: 0, then + x;
 *          of the total: 0, then + the sum of each block in order: as global_average_pool
 *   mean   the sum, then one division by n
 *   max    m = -inf, then m < x || x != x ? x : m; NaN stays, and so does the first of equals
 *   min    m = inf, then m > x || x != x ? x : m
 *   product  chain: 1, then * x
 *   arg_max, arg_min  the number of the first of the largest or smallest elements, NaN being larger
 *          than all others; with _last of the last
 * Work items: outputs, the product of the sizes that stay. */
#ifndef KERNELS_REDUCE_H
#define KERNELS_REDUCE_H

#include "kernels/strided.h"

enum { REDUCE_BLOCK = 4096 };

enum kernel_reduction {
    KERNEL_REDUCTION_SUM,
    KERNEL_REDUCTION_MEAN,
    KERNEL_REDUCTION_MAX,
    KERNEL_REDUCTION_MIN,
    KERNEL_REDUCTION_PRODUCT,
    KERNEL_REDUCTION_ARG_MAX,
    KERNEL_REDUCTION_ARG_MIN,
    KERNEL_REDUCTION_ARG_MAX_LAST,
    KERNEL_REDUCTION_ARG_MIN_LAST,
};

struct reduce_args {
    enum kernel_reduction reduction;
    size_t dims[KERNEL_AXES]; /* that stay; 1 in front, where there are fewer axes */
    ptrdiff_t in_strides[KERNEL_AXES], out_strides[KERNEL_AXES];
    size_t reduced_dims[KERNEL_AXES]; /* 1 in front */
    ptrdiff_t reduced_strides[KERNEL_AXES];
    const float *in;
    float *out;
};

#endif
