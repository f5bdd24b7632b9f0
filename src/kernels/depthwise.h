/* Convolution of every channel with its own window.
 *
 * Runs are cut where the operand's channel is a multiple of 16, so that none crosses a block.
 * Chain of an output: bias, then one fma per tap in row-major order, those in the padding skipped;
 * then the bounds. Work items: output rows, images * height. */
#ifndef KERNELS_DEPTHWISE_H
#define KERNELS_DEPTHWISE_H

#include "kernels/kernel.h"

struct depthwise_args {
    const struct kernel_run *runs;
    size_t run_count;
    const float *weights; /* [ceil(channels / 16)][taps][16] */
    const float *bias;    /* [ceil(channels / 16) * 16] */
    struct kernel_window window;
    struct kernel_bounds bounds;
    struct kernel_map output;
};

#endif
