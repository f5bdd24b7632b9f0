/* Products of matrices that are both operands: [..., M, N] from [..., M, K] and [..., K, N], arrays
 * of any strides: 0 along an axis that an operand repeats, swapped for a transposed one.
 *
 * Chain of an output: the bias, or 0 without one; then fma(a[m][k], b[k][n], sum) in the order of
 * k. Work items: rows of the output, the product of all its sizes but N. */
#ifndef KERNELS_MATMUL_H
#define KERNELS_MATMUL_H

#include "kernels/strided.h"

struct matmul_args {
    size_t dims[KERNEL_AXES]; /* of the output; the last two are M and N; 1 in front */
    size_t inner;             /* K */
    const float *a, *b;
    const float *bias; /* NULL, or an operand of the output's dims */
    float *out;
    ptrdiff_t a_strides[KERNEL_AXES]; /* the last two along M and K */
    ptrdiff_t b_strides[KERNEL_AXES]; /* the last two along K and N */
    ptrdiff_t bias_strides[KERNEL_AXES], out_strides[KERNEL_AXES];
};

#endif
