/* Where things stand: the integer arithmetic of kernels, kept apart so that no product with a sum
 * is needed elsewhere (tests/test_contraction.sh). */
#ifndef KERNELS_INDEX_H
#define KERNELS_INDEX_H

#include "kernels/kernel.h"

#include <stdbool.h>

static inline size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* How far element `number` is from the first, `step` apart. */
static inline ptrdiff_t steps(size_t number, ptrdiff_t step) {
    return (ptrdiff_t)number * step;
}

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

/* A channel's byte in the first pixel of a picture's row. */
static inline const unsigned char *frame_at(const struct kernel_frame *frame, size_t image,
                                            size_t y, size_t channel) {
    return frame->base +
           ((ptrdiff_t)image * frame->image_stride + (ptrdiff_t)y * frame->row_stride +
            (ptrdiff_t)channel * frame->channel_stride);
}

/* Where element `number`, in row-major order of the first `axes` dims, stands in an array. */
static inline ptrdiff_t array_offset(const size_t *dims, const ptrdiff_t *strides, int axes,
                                     size_t number) {
    ptrdiff_t offset = 0;
    for (int axis = axes; axis-- > 0; number /= dims[axis])
        offset += (ptrdiff_t)(number % dims[axis]) * strides[axis];
    return offset;
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

/* The same for the transpose of the window's convolution, whose input is what that one writes: the
 * position that puts its tap on output position `at`. */
static inline bool transposed_tap_at(const struct kernel_window *window, int axis, size_t at,
                                     size_t tap, size_t *in) {
    size_t reached = at + window->pad[axis], offset = tap * window->dilation[axis];
    size_t size = axis == 0 ? window->height : window->width;
    *in = (reached - offset) / window->stride[axis];
    return reached >= offset && (reached - offset) % window->stride[axis] == 0 && *in < size;
}

/* The position in the input of tap 0 at output position `at`; wraps around where that is in the
 * padding. */
static inline size_t tap_origin(const struct kernel_window *window, int axis, size_t at) {
    return at * window->stride[axis] - window->pad[axis];
}

/* The taps at output position `at` that are not in the padding: [taps[0], taps[1]). */
static inline void valid_taps(const struct kernel_window *window, int axis, size_t at,
                              size_t taps[2]) {
    size_t in;
    taps[0] = 0;
    while (taps[0] < window->kernel[axis] && !tap_at(window, axis, at, taps[0], &in))
        taps[0]++;
    taps[1] = taps[0];
    while (taps[1] < window->kernel[axis] && tap_at(window, axis, at, taps[1], &in))
        taps[1]++;
}

/* The positions of the input from the first tap of the window to its last. */
static inline size_t window_extent(const struct kernel_window *window, int axis) {
    return (window->kernel[axis] - 1) * window->dilation[axis] + 1;
}

/* The output positions of [begin, end) that have no tap in the padding: [inner[0], inner[1]). */
static inline void inner_outputs(const struct kernel_window *window, int axis, size_t begin,
                                 size_t end, size_t inner[2]) {
    size_t size = axis == 0 ? window->height : window->width;
    size_t stride = window->stride[axis], pad = window->pad[axis];
    size_t extent = window_extent(window, axis);
    size_t first = (pad + stride - 1) / stride;
    size_t past = size + pad < extent ? 0 : (size + pad - extent) / stride + 1;
    inner[0] = first > begin ? smaller(first, end) : begin;
    inner[1] = past < inner[0] ? inner[0] : smaller(past, end);
}

/* How many taps of the window at output position `at` count for a mean: those in the input, and
 * with `count_padding` those in the pads. */
static inline size_t counted_taps(const struct kernel_window *window, int axis, size_t at,
                                  bool count_padding) {
    size_t size = axis == 0 ? window->height : window->width, count = 0, in;
    size_t padded_size = window->pad[axis] + size + window->pad[axis + 2];
    for (size_t tap = 0; tap < window->kernel[axis]; tap++) {
        bool inside = tap_at(window, axis, at, tap, &in);
        size_t padded = in + window->pad[axis];
        count += count_padding ? padded < padded_size : inside;
    }
    return count;
}

static inline size_t round_down(size_t count, size_t multiple) {
    return count / multiple * multiple;
}

static inline size_t round_up(size_t count, size_t multiple) {
    return round_down(count + multiple - 1, multiple);
}

static inline size_t blocks_of(size_t outputs) {
    return (outputs + KERNEL_LANES - 1) / KERNEL_LANES;
}

#endif
