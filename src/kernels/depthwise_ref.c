/* Depthwise convolution in plain C: a pixel and a run (at most one block) at a time. */
#include "kernels/depthwise.h"

#include "kernels/arithmetic.h"
#include "kernels/index.h"

static void depthwise_pixel(const struct depthwise_args *args, const struct kernel_run *run,
                            size_t image, size_t y, size_t x) {
    const struct kernel_window *window = &args->window;
    size_t taps = window->kernel[0] * window->kernel[1];
    size_t block = run->channel / KERNEL_LANES, lane = run->channel % KERNEL_LANES;
    const float *bias = args->bias + run->channel;
    const float *weights = &args->weights[at_row(block * taps, KERNEL_LANES, lane)];
    float sums[KERNEL_LANES];
    for (size_t i = 0; i < run->count; i++)
        sums[i] = bias[i];
    for (size_t tap = 0; tap < taps; tap++, weights += KERNEL_LANES) {
        size_t in_y, in_x;
        if (!tap_at(window, 0, y, tap / window->kernel[1], &in_y) ||
            !tap_at(window, 1, x, tap % window->kernel[1], &in_x))
            continue;
        const float *in = run_at(run, image, at_row(in_y, window->width, in_x));
        for (size_t i = 0; i < run->count; i++, in += run->step)
            sums[i] = FMA(*in, weights[i], sums[i]);
    }
    float *out = map_at(&args->output, image, y, x, run->channel);
    for (size_t i = 0; i < run->count; i++)
        out[i] = bounded(sums[i], args->bounds);
}

void KERNEL_NAME(depthwise)(const struct depthwise_args *args, size_t begin, size_t end) {
    for (size_t row = begin; row < end; row++)
        for (size_t x = 0; x < args->output.width; x++)
            for (size_t r = 0; r < args->run_count; r++)
                depthwise_pixel(args, &args->runs[r], row / args->output.height,
                                row % args->output.height, x);
}
