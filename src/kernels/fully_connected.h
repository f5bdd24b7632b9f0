/* Fully connected: [images, M] from [images, K], K being the channels of runs whose maps have one
 * pixel, or of one row-major operand as one run.
 *
 * Chain of an output: bias, then one fma per input in the order of the runs; then the bounds. Work
 * items: blocks of 16 outputs, ceil(M / 16). The output is a map of one pixel with M channels. */
#ifndef KERNELS_FULLY_CONNECTED_H
#define KERNELS_FULLY_CONNECTED_H

#include "kernels/kernel.h"

struct fully_connected_args {
    const struct kernel_run *runs;
    size_t run_count;
    size_t images;
    size_t inputs;        /* K */
    const float *weights; /* [ceil(M / 16)][K][16] */
    const float *bias;    /* [ceil(M / 16) * 16] */
    struct kernel_bounds bounds;
    struct kernel_map output;
};

#endif
