/* Convolution, dense or grouped, with any window; a pointwise one is a 1x1 window of stride 1
 * without pads. It reads runs: channels-last maps, or a planar image as one run.
 *
 * Chain of an output: bias, then one fma per input: taps in row-major order, those in the padding
 * skipped; within a tap the runs of the output's group in their order, channel by channel; then the
 * bounds. Work items: output rows, images * height. */
#ifndef KERNELS_CONV_H
#define KERNELS_CONV_H

#include "kernels/kernel.h"

#include <stdint.h>

struct conv_args {
    const struct kernel_run *runs;
    const size_t *group_runs; /* groups + 1: the runs of group g are [group_runs[g], [g + 1]) */
    size_t groups;
    size_t group_inputs, group_outputs; /* channels of one group */
    const float *weights;         /* [groups][ceil(group_outputs / 16)][taps][group_inputs][16] */
    const float *bias;            /* [groups][ceil(group_outputs / 16) * 16] */
    const uint32_t *halves_ahead; /* NULL, or what weights of that size will be made of (half.h): to
                                     be asked for ahead in place of what stands behind `weights` */
    struct kernel_window window;
    struct kernel_bounds bounds;
    struct kernel_map output;
    struct kernel_ahead ahead; /* what is needed behind it, besides the weights behind its own */
};

#endif
