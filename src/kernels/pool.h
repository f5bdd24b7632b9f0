/* Largest value and mean of a window, channel by channel, and where the largest is.
 *
 * Runs are cut where the operand's channel is a multiple of 16. Taps go in row-major order, those
 * in the padding are skipped. Work items: output rows, images * height.
 *   max_pool          m = -inf, then m < x || x != x ? x : m; NaN stays, and so does the first of
 *                     equals
 *   max_pool_indices  of the tap that max_pool took last, or of the first: its element's number in
 *                     the row-major map [N,C,H,W], or in [N,C,W,H] where columns_first
 *   average_pool      sum = 0, then sum + x; then one division by the number of taps that count:
 *                     those in the input, with count_padding also those in the pads (but none
 *                     beyond them)
 * Then the bounds. */
#ifndef KERNELS_POOL_H
#define KERNELS_POOL_H

#include "kernels/kernel.h"

#include <stdbool.h>

struct pool_args {
    const struct kernel_run *runs;
    size_t run_count;
    bool count_padding;    /* average_pool */
    bool columns_first;    /* max_pool_indices */
    size_t input_channels; /* max_pool_indices */
    struct kernel_window window;
    struct kernel_bounds bounds;
    struct kernel_map output;
};

#endif
