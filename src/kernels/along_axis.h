/* What looks along one axis of arrays of any strides: running sums, the largest elements, elements
 * by number.
 *
 * The axis is the last one; the order of the others is free. The output overlaps no operand. Of a
 * row x[0..n): cumulative_sum  one chain from 0: y[i] = y[i - 1] + x[i], or the sum of those before
 * x[i] where exclusive; with reverse from the end of the row top_k           the first elements of
 * the row in descending order (smallest: ascending), as many as the output has; NaN is larger than
 * all others, of equal ones the first in the row comes first. positions: their numbers in the row
 * instead gather          x[number], the number being the index or, where that is negative, the
 * index + n; NaN where that is not in [0, n) Work items: rows, the product of the other sizes. */
#ifndef KERNELS_ALONG_AXIS_H
#define KERNELS_ALONG_AXIS_H

#include "kernels/strided.h"

#include <stdbool.h>

struct axis_args {
    size_t dims[KERNEL_AXES]; /* of the output; 1 in front, where there are fewer axes */
    size_t length;            /* of the operand's rows */
    const float *in, *indices;
    float *out;
    ptrdiff_t in_strides[KERNEL_AXES], index_strides[KERNEL_AXES], out_strides[KERNEL_AXES];
    bool exclusive, reverse;  /* cumulative_sum */
    bool smallest, positions; /* top_k */
};

#endif
