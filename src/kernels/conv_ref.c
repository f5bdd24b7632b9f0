/* Convolution in plain C: a block of outputs at a time along an output row, so that the block's
 * weights stay near; several pixels share each load of weights where no tap of theirs is padding.
 */
#include "kernels/conv.h"

#include "kernels/block.h"

enum { PIXELS_AT_ONCE = 4 };

struct block_position {
    size_t image, y, group, block; /* block of the group's outputs */
};

/* `pixels` output pixels from x on; where there are several, all taps lie in the input. */
static inline void conv_pixels(const struct conv_args *args, struct block_position at, size_t x,
                               size_t pixels) {
    const struct kernel_window *window = &args->window;
    size_t taps = window->kernel[0] * window->kernel[1];
    size_t tap_weights = args->group_inputs * KERNEL_LANES;
    size_t block = at_row(at.group, blocks_of(args->group_outputs), at.block);
    const float *weights = &args->weights[block * taps * tap_weights];
    float sums[PIXELS_AT_ONCE][KERNEL_LANES];
    block_start(sums, pixels, &args->bias[block * KERNEL_LANES]);
    for (size_t tap = 0; tap < taps; tap++, weights += tap_weights) {
        size_t in_y, in_x;
        if (!tap_at(window, 0, at.y, tap / window->kernel[1], &in_y) ||
            !tap_at(window, 1, x, tap % window->kernel[1], &in_x))
            continue;
        const float *tap_weight = weights;
        for (size_t r = args->group_runs[at.group]; r < args->group_runs[at.group + 1]; r++) {
            const struct kernel_run *run = &args->runs[r];
            tap_weight =
                block_add(sums, pixels, run_at(run, at.image, at_row(in_y, window->width, in_x)),
                          run->step, run->count, window->stride[1] * run->pixel_stride, tap_weight);
        }
    }
    size_t first = at.block * KERNEL_LANES;
    size_t lanes = smaller(args->group_outputs - first, KERNEL_LANES);
    for (size_t p = 0; p < pixels; p++)
        block_store(sums[p], lanes, args->bounds,
                    map_at(&args->output, at.image, at.y, x + p,
                           at_row(at.group, args->group_outputs, first)));
}

/* Whether no tap of the tile that starts at x falls into the padding on the left or right. */
static bool is_inside(const struct kernel_window *window, size_t x) {
    size_t in;
    return tap_at(window, 1, x, 0, &in) &&
           tap_at(window, 1, x + PIXELS_AT_ONCE - 1, window->kernel[1] - 1, &in);
}

static void conv_row(const struct conv_args *args, struct block_position at) {
    size_t width = args->output.width;
    for (size_t x = 0; x < width;) {
        if (x + PIXELS_AT_ONCE <= width && is_inside(&args->window, x)) {
            conv_pixels(args, at, x, PIXELS_AT_ONCE);
            x += PIXELS_AT_ONCE;
        } else {
            conv_pixels(args, at, x, 1);
            x++;
        }
    }
}

void KERNEL_NAME(conv)(const struct conv_args *args, size_t begin, size_t end) {
    size_t blocks = blocks_of(args->group_outputs);
    for (size_t row = begin; row < end; row++)
        for (size_t group = 0; group < args->groups; group++)
            for (size_t block = 0; block < blocks; block++)
                conv_row(args, (struct block_position){row / args->output.height,
                                                       row % args->output.height, group, block});
}
