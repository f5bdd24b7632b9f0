/* Largest value and mean of a window, channel by channel.
 *
 * Runs are cut where the operand's channel is a multiple of 16. Taps go in row-major order, those
 * in the padding are skipped. Work items: output rows, images * height. max_pool      m = -inf,
 * then m < x || x != x ? x : m; NaN stays, and so does the first of equals average_pool  sum = 0,
 * then sum + x; then one division by the number of taps that count: those in the input, with
 * count_padding also those in the pads (but none beyond the pads). Then the bounds. */
#ifndef KERNELS_POOL_H
#define KERNELS_POOL_H

#include "kernels/kernel.h"

#include <stdbool.h>

struct pool_args {
    const struct kernel_run *runs;
    size_t run_count;
    bool count_padding; /* average_pool */
    struct kernel_window window;
    struct kernel_bounds bounds;
    struct kernel_map output;
};

#endif
