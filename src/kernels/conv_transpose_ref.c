/* Transposed convolution in plain C: an output pixel and a block of outputs at a time. */
#include "kernels/conv_transpose.h"

#include "kernels/block.h"

static void make_pixel(const struct conv_args *args, size_t image, size_t y, size_t x, size_t group,
                       size_t group_block) {
    const struct kernel_window *window = &args->window;
    size_t taps = window->kernel[0] * window->kernel[1];
    size_t tap_weights = args->group_inputs * KERNEL_LANES;
    size_t block = at_row(group, blocks_of(args->group_outputs), group_block);
    const float *weights = &args->weights[block * taps * tap_weights];
    float sums[1][KERNEL_LANES];
    block_start(sums, 1, &args->bias[block * KERNEL_LANES]);
    for (size_t tap = 0; tap < taps; tap++, weights += tap_weights) {
        size_t in_y, in_x;
        if (!transposed_tap_at(window, 0, y, tap / window->kernel[1], &in_y) ||
            !transposed_tap_at(window, 1, x, tap % window->kernel[1], &in_x))
            continue;
        const float *tap_weight = weights;
        for (size_t r = args->group_runs[group]; r < args->group_runs[group + 1]; r++) {
            const struct kernel_run *run = &args->runs[r];
            const float *in = run_at(run, image, at_row(in_y, window->width, in_x));
            tap_weight = block_add(sums, 1, in, run->step, run->count, 0, tap_weight);
        }
    }
    size_t first = group_block * KERNEL_LANES;
    size_t lanes = smaller(args->group_outputs - first, KERNEL_LANES);
    size_t channel = at_row(group, args->group_outputs, first);
    block_store(sums[0], lanes, args->bounds, map_at(&args->output, image, y, x, channel));
}

void KERNEL_NAME(conv_transpose)(const struct conv_args *args, size_t begin, size_t end) {
    size_t blocks = blocks_of(args->group_outputs);
    for (size_t row = begin; row < end; row++)
        for (size_t group = 0; group < args->groups; group++)
            for (size_t block = 0; block < blocks; block++)
                for (size_t x = 0; x < args->output.width; x++)
                    make_pixel(args, row / args->output.height, row % args->output.height, x, group,
                               block);
}
