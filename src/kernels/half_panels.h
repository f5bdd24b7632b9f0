/* Float32 kernels on panels, for the kernels of half.h. */
#ifndef KERNELS_HALF_PANELS_H
#define KERNELS_HALF_PANELS_H

#include "kernels/half.h"
#include "kernels/index.h"

/* Widens `count` weights from number `first` on into the panel; both are multiples of
 * KERNEL_LANES. */
typedef void panel_filler(const struct kernel_half_weights *weights, size_t first, size_t count);

/* `kernel` on the panels of each group. */
static inline void conv_by_panels(const struct conv_half_args *args, size_t begin, size_t end,
                                  panel_filler *fill,
                                  void (*kernel)(const struct conv_args *, size_t, size_t)) {
    const struct conv_args *whole = args->conv;
    size_t taps = whole->window.kernel[0] * whole->window.kernel[1];
    size_t block_weights = taps * whole->group_inputs * KERNEL_LANES;
    size_t blocks = blocks_of(whole->group_outputs);
    struct conv_args part = *whole;
    part.groups = 1;
    part.weights = args->weights.panel;
    for (size_t group = 0; group < whole->groups; group++) {
        const size_t first_run = whole->group_runs[group];
        const size_t group_runs[] = {0, whole->group_runs[group + 1] - first_run};
        part.runs = &whole->runs[first_run];
        part.group_runs = group_runs;
        for (size_t block = 0, count; block < blocks; block += count) {
            size_t first = block * KERNEL_LANES, number = at_row(group, blocks, block);
            count = panel_blocks(blocks - block);
            fill(&args->weights, number * block_weights, count * block_weights);
            part.halves_ahead = &args->weights.pairs[(number + count) * block_weights / 2];
            part.group_outputs = smaller(whole->group_outputs - first, count * KERNEL_LANES);
            part.bias = &whole->bias[number * KERNEL_LANES];
            part.output.base =
                map_at(&whole->output, 0, 0, 0, at_row(group, whole->group_outputs, first));
            part.output.channels = part.group_outputs;
            kernel(&part, begin, end);
        }
    }
}

/* `kernel` on the panels of blocks [begin, end). */
static inline void fully_connected_by_panels(const struct fully_connected_half_args *args,
                                             size_t begin, size_t end, panel_filler *fill,
                                             void (*kernel)(const struct fully_connected_args *,
                                                            size_t, size_t)) {
    const struct fully_connected_args *whole = args->fully_connected;
    size_t block_weights = whole->inputs * KERNEL_LANES;
    struct fully_connected_args part = *whole;
    part.weights = args->weights.panel;
    for (size_t block = begin, count; block < end; block += count) {
        size_t first = block * KERNEL_LANES;
        count = panel_blocks(end - block);
        fill(&args->weights, block * block_weights, count * block_weights);
        part.bias = &whole->bias[first];
        part.output.base = map_at(&whole->output, 0, 0, 0, first);
        part.output.channels = smaller(whole->output.channels - first, count * KERNEL_LANES);
        kernel(&part, 0, count);
    }
}

#endif
