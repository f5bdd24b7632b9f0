/* Sum of two operands of the same dims, channel by channel: one addition, then the bounds.
 *
 * The two lists of runs are cut at each other's ends, so that runs a[i] and b[i] have the same
 * channel and count. Work items: output rows, images * height. */
#ifndef KERNELS_ELEMENTWISE_H
#define KERNELS_ELEMENTWISE_H

#include "kernels/kernel.h"

struct add_args {
    const struct kernel_run *a, *b;
    size_t run_count;
    struct kernel_bounds bounds;
    struct kernel_map output;
};

#endif
