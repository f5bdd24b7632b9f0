/* Where things stand: the integer arithmetic of kernels, kept apart so that no product with a sum
 * is needed elsewhere (tests/test_contraction.sh). */
#ifndef KERNELS_INDEX_H
#define KERNELS_INDEX_H

#include "kernels/kernel.h"

#include <stdbool.h>

/* The number of an element of a row-major matrix. */
static inline size_t at_row(size_t row, size_t width, size_t column) {
    return row * width + column;
}

/* The first channel of a run in a pixel of an image. */
static inline const float *run_at(const struct kernel_run *run, size_t image, size_t pixel) {
    return run->base + (image * run->image_stride + pixel * run->pixel_stride);
}

/* A channel of an output row's pixel. */
static inline float *map_at(const struct kernel_map *map, size_t image, size_t y, size_t x,
                            size_t channel) {
    size_t pixel = at_row(y, map->width, x);
    return map->base +
           (image * map->image_stride + pixel * map->pixel_stride + channel * map->channel_stride);
}

/* Of a tap of the window that stands at output position `at` along an axis (0 height, 1 width): the
 * position in the input, in *in. False where it falls into the padding. */
static inline bool tap_at(const struct kernel_window *window, int axis, size_t at, size_t tap,
                          size_t *in) {
    size_t padded = at * window->stride[axis] + tap * window->dilation[axis];
    size_t size = axis == 0 ? window->height : window->width;
    *in = padded - window->pad[axis]; /* wraps around below 0, and then is no position */
    return padded >= window->pad[axis] && *in < size;
}

static inline size_t blocks_of(size_t outputs) {
    return (outputs + KERNEL_LANES - 1) / KERNEL_LANES;
}

static inline size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

#endif
