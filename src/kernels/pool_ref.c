/* Pools in plain C: a pixel and a run (at most one block) at a time. */
#include "kernels/pool.h"

#include "kernels/arithmetic.h"
#include "kernels/index.h"

static inline void pool_largest(float *largest, float x) {
    *largest = *largest < x || x != x ? x : *largest;
}

static inline void pool_sum(float *sum, float x) {
    *sum += x;
}

/* Brings every tap of the window at (y, x) into values[0..run->count), in order. */
static inline void pool_window(const struct pool_args *args, const struct kernel_run *run,
                               size_t image, size_t y, size_t x, void (*take)(float *, float),
                               float *values) {
    const struct kernel_window *window = &args->window;
    for (size_t ky = 0; ky < window->kernel[0]; ky++)
        for (size_t kx = 0; kx < window->kernel[1]; kx++) {
            size_t in_y, in_x;
            if (!tap_at(window, 0, y, ky, &in_y) || !tap_at(window, 1, x, kx, &in_x))
                continue;
            const float *in = run_at(run, image, at_row(in_y, window->width, in_x));
            for (size_t i = 0; i < run->count; i++, in += run->step)
                take(&values[i], *in);
        }
}

void KERNEL_NAME(max_pool)(const struct pool_args *args, size_t begin, size_t end) {
    for (size_t row = begin; row < end; row++)
        for (size_t x = 0; x < args->output.width; x++)
            for (size_t r = 0; r < args->run_count; r++) {
                const struct kernel_run *run = &args->runs[r];
                size_t image = row / args->output.height, y = row % args->output.height;
                float largest[KERNEL_LANES];
                for (size_t i = 0; i < run->count; i++)
                    largest[i] = -INFINITY;
                pool_window(args, run, image, y, x, pool_largest, largest);
                float *out = map_at(&args->output, image, y, x, run->channel);
                for (size_t i = 0; i < run->count; i++)
                    out[i] = bounded(largest[i], args->bounds);
            }
}

/* The number of an element in a planar map. */
static float pool_number(const struct pool_args *args, size_t image, size_t channel, size_t y,
                         size_t x) {
    const struct kernel_window *window = &args->window;
    size_t plane = at_row(image, args->input_channels, channel), pixels = window->height;
    pixels *= window->width;
    size_t pixel = args->columns_first ? at_row(x, window->height, y) : at_row(y, window->width, x);
    return (float)at_row(plane, pixels, pixel);
}

/* That of the largest element in the window at (y, x) of channel `i` of a run. */
static float pool_largest_at(const struct pool_args *args, const struct kernel_run *run, size_t i,
                             size_t image, size_t y, size_t x) {
    const struct kernel_window *window = &args->window;
    float largest = -INFINITY, number = -1;
    for (size_t ky = 0; ky < window->kernel[0]; ky++)
        for (size_t kx = 0; kx < window->kernel[1]; kx++) {
            size_t in_y, in_x;
            if (!tap_at(window, 0, y, ky, &in_y) || !tap_at(window, 1, x, kx, &in_x))
                continue;
            const float *in = run_at(run, image, at_row(in_y, window->width, in_x));
            float value = in[steps(i, run->step)];
            if (number < 0 || largest < value || value != value)
                number = pool_number(args, image, run->channel + i, in_y, in_x);
            pool_largest(&largest, value);
        }
    return number;
}

void KERNEL_NAME(max_pool_indices)(const struct pool_args *args, size_t begin, size_t end) {
    for (size_t row = begin; row < end; row++)
        for (size_t x = 0; x < args->output.width; x++)
            for (size_t r = 0; r < args->run_count; r++) {
                const struct kernel_run *run = &args->runs[r];
                size_t image = row / args->output.height, y = row % args->output.height;
                float *out = map_at(&args->output, image, y, x, run->channel);
                for (size_t i = 0; i < run->count; i++)
                    out[i] = pool_largest_at(args, run, i, image, y, x);
            }
}

void KERNEL_NAME(average_pool)(const struct pool_args *args, size_t begin, size_t end) {
    for (size_t row = begin; row < end; row++)
        for (size_t x = 0; x < args->output.width; x++) {
            size_t image = row / args->output.height, y = row % args->output.height;
            size_t down = counted_taps(&args->window, 0, y, args->count_padding);
            size_t across = counted_taps(&args->window, 1, x, args->count_padding);
            float count = (float)(down * across);
            for (size_t r = 0; r < args->run_count; r++) {
                const struct kernel_run *run = &args->runs[r];
                float sums[KERNEL_LANES] = {0};
                pool_window(args, run, image, y, x, pool_sum, sums);
                float *out = map_at(&args->output, image, y, x, run->channel);
                for (size_t i = 0; i < run->count; i++)
                    out[i] = bounded(sums[i] / count, args->bounds);
            }
        }
}
