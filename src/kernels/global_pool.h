/* Mean over all pixels of every channel.
 *
 * Runs are cut where the operand's channel is a multiple of 16. A block is 4096 pixels, the last
 * one the rest. Chain of a block: 0, then + x in row-major order; of the total: 0, then + the sum
 * of each block in order; then one division by the number of pixels, then the bounds. Work items:
 * images * run_count, item i being run i % run_count of image i / run_count. The output is one
 * pixel. */
#ifndef KERNELS_GLOBAL_POOL_H
#define KERNELS_GLOBAL_POOL_H

#include "kernels/kernel.h"

enum { GLOBAL_POOL_BLOCK = 4096 };

struct global_pool_args {
    const struct kernel_run *runs;
    size_t run_count;
    size_t pixels;
    struct kernel_bounds bounds;
    struct kernel_map output;
};

#endif
