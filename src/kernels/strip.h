/* Strips: a window moves over a map from top to bottom, a row of outputs at a time, in one vector
 * of channels. Each column of the input is loaded once for all the outputs that it is a tap of:
 *
 *   input    x0  x1  x2  x3  x4  ...    taps of output 0: x0 x1 x2, of output 1: x1 x2 x3, ...
 *
 * Columns go from left to right within a row of taps, so that every output takes its taps in
 * order. */
#ifndef KERNELS_STRIP_H
#define KERNELS_STRIP_H

#include "kernels/index.h"
#include "kernels/vector.h"

/* What an output makes of its taps. */
enum strip_kind {
    STRIP_CONV,    /* bias, then one fma a tap */
    STRIP_LARGEST, /* the largest, NaN being larger than all */
    STRIP_AVERAGE, /* the sum, divided by the number of taps that count */
};

struct strip;

/* Makes a strip of `pixels` outputs side by side. */
typedef void strip_maker(const struct strip *strip, size_t pixels);

/* The strips of a window, which has no dilation, and pads narrower than it is wide. */
struct strip_window {
    size_t width, stride; /* along the row */
    strip_maker *make;
};

/* What the strips of a map have in common. */
struct strip_map {
    const struct kernel_window *window;
    const struct kernel_map *output;
    struct kernel_bounds bounds;
    const float *weights, *bias; /* STRIP_CONV: [ceil(C / 16)][taps][16], [C] */
    bool count_padding;          /* STRIP_AVERAGE: taps in the pads count */
    const struct strip_window *windows;
    size_t window_count;
    strip_maker *make_any; /* one output wide, of any window */
};

/* Outputs side by side, and below each other those of the next rows, in one image and a vector of
 * channels. Positions in the input may be left of it or above it, in the padding. */
struct strip {
    const struct strip_map *map;
    const float *in; /* the channels in the first pixel of the image */
    size_t pixel_stride;
    size_t y, x;           /* the first output */
    size_t rows;           /* of outputs */
    float *out;            /* the first output */
    size_t channel, lanes; /* the first, and how many */
};

enum { STRIP_TAPS = 5, STRIP_PIXELS = (int)VECTOR_LANES == 16 ? 14 : 7 /* as registers allow */ };

/* Where the channels of a pixel of the input stand, which may be in the padding. */
static inline const float *strip_pixel(const struct strip *strip, ptrdiff_t y, ptrdiff_t x) {
    size_t pixel = at_row((size_t)y, strip->map->window->width, (size_t)x);
    return &strip->in[(ptrdiff_t)(pixel * strip->pixel_stride)];
}

static inline float *strip_out(const struct strip *strip, size_t row) {
    const struct kernel_map *output = strip->map->output;
    return &strip->out[row * output->width * output->pixel_stride];
}

/* The weights of tap 0. */
static inline const float *strip_weights(const struct strip *strip) {
    size_t taps = strip->map->window->kernel[0] * strip->map->window->kernel[1];
    size_t block = strip->channel / KERNEL_LANES, lane = strip->channel % KERNEL_LANES;
    return &strip->map->weights[at_row(block * taps, KERNEL_LANES, lane)];
}

INLINE vector strip_start(const struct strip *strip, const enum strip_kind kind) {
    if (kind == STRIP_CONV)
        return vector_load_first(&strip->map->bias[strip->channel], strip->lanes);
    return vector_broadcast(kind == STRIP_LARGEST ? -INFINITY : 0);
}

/* One output in each row, of any window. */
INLINE void make_any_strip(const struct strip *strip, const enum strip_kind kind) {
    const struct kernel_window *window = strip->map->window;
    const size_t lanes = strip->lanes;
    const struct vector_bounds bounds = broadcast_bounds(strip->map->bounds);
    for (size_t row = 0; row < strip->rows; row++) {
        vector value = strip_start(strip, kind);
        for (size_t tap = 0; tap < window->kernel[0] * window->kernel[1]; tap++) {
            size_t y, x;
            if (!tap_at(window, 0, strip->y + row, tap / window->kernel[1], &y) ||
                !tap_at(window, 1, strip->x, tap % window->kernel[1], &x))
                continue;
            vector in = vector_load_first(strip_pixel(strip, (ptrdiff_t)y, (ptrdiff_t)x), lanes);
            if (kind == STRIP_CONV)
                value = vector_fma(
                    in, vector_load_first(&strip_weights(strip)[tap * KERNEL_LANES], lanes), value);
            else if (kind == STRIP_LARGEST)
                value = vector_larger_or_nan(value, in);
            else
                value = vector_add(value, in);
        }
        if (kind == STRIP_AVERAGE) {
            bool padding = strip->map->count_padding;
            size_t down = counted_taps(window, 0, strip->y + row, padding);
            size_t across = counted_taps(window, 1, strip->x, padding);
            value = vector_divide(value, vector_broadcast((float)(down * across)));
        }
        vector_store_first(strip_out(strip, row), vector_bounded(value, bounds), lanes);
    }
}

/* Outputs side by side in one row, for inputs with NaN. */
static inline void make_row_with_nans(const struct strip *strip, size_t row, size_t pixels) {
    struct strip one = *strip;
    one.rows = 1;
    one.y += row;
    one.out = strip_out(strip, row);
    for (size_t p = 0; p < pixels; p++) {
        make_any_strip(&one, STRIP_LARGEST);
        one.x++;
        one.out += strip->map->output->pixel_stride;
    }
}

/* `pixels` outputs in each row, of a window `width` wide; these, the stride along the row and the
 * kind are constants. Only the first and last columns can be in the padding. Not for averages. */
INLINE void make_strip(const struct strip *strip, const enum strip_kind kind, const size_t width,
                       const size_t stride, const size_t pixels) {
    const struct kernel_window *window = strip->map->window;
    const ptrdiff_t height = (ptrdiff_t)window->height, taps = (ptrdiff_t)window->kernel[0];
    const ptrdiff_t in_x = (ptrdiff_t)tap_origin(window, 1, strip->x);
    const size_t columns = at_row(pixels - 1, stride, width), lanes = strip->lanes;
    const float *all_weights = kind == STRIP_CONV ? strip_weights(strip) : NULL;
    const size_t next = strip->pixel_stride, out_next = strip->map->output->pixel_stride;
    const struct vector_bounds bounds = broadcast_bounds(strip->map->bounds);
    const vector start = strip_start(strip, kind);
    vector values[STRIP_PIXELS], weights[STRIP_TAPS];
    ptrdiff_t in_y = (ptrdiff_t)tap_origin(window, 0, strip->y);
    for (size_t row = 0; row < strip->rows; row++, in_y += (ptrdiff_t)window->stride[0]) {
        vector_nans nans = vector_no_nans();
        UNROLL
        for (size_t p = 0; p < pixels; p++)
            values[p] = start;
        for (ptrdiff_t ky = in_y < 0 ? -in_y : 0; ky < taps && in_y + ky < height; ky++) {
            const float *in = strip_pixel(strip, in_y + ky, in_x);
            if (kind == STRIP_CONV) {
                const float *tap = &all_weights[(size_t)ky * width * KERNEL_LANES];
                UNROLL
                for (size_t kx = 0; kx < width; kx++)
                    weights[kx] = vector_load_first(&tap[kx * KERNEL_LANES], lanes);
            }
            UNROLL
            for (size_t column = 0; column < columns; column++) {
                if (column > 0 && column % 3 == 0) /* an address takes 0, 1, 2 times an index */
                    in = &in[3 * next];
                bool may_be_pad = column < width - 1 || column + width > columns;
                if (may_be_pad && (size_t)in_x + column >= window->width)
                    continue;
                vector x = vector_load_first(&in[column % 3 * next], lanes);
                if (kind == STRIP_LARGEST)
                    nans = vector_see(nans, x);
                UNROLL
                for (size_t p = 0; p < pixels; p++) {
                    size_t first = p * stride;
                    size_t kx = column - first; /* wraps around before the first */
                    if (kx < width)
                        values[p] = kind == STRIP_CONV ? vector_fma(x, weights[kx], values[p])
                                                       : vector_larger(x, values[p]);
                }
            }
        }
        float *out = strip_out(strip, row);
        UNROLL
        for (size_t p = 0; p < pixels; p++, out += out_next)
            vector_store_first(out, vector_bounded(values[p], bounds), lanes);
        if (kind == STRIP_LARGEST && vector_has_nans(nans))
            make_row_with_nans(strip, row, pixels);
    }
}

/* The function <name>_<width>_<stride>. Few sizes, for the code to stay small: maps are 7, 14, 28,
 * ... pixels wide. */
#define STRIP_CASE(kind, width, stride, pixels)                                                    \
    case pixels:                                                                                   \
        if (pixels <= STRIP_PIXELS)                                                                \
            make_strip(strip, kind, width, stride, pixels);                                        \
        return;
#define DEFINE_STRIP(name, kind, width, stride)                                                    \
    static void name##_##width##_##stride(const struct strip *strip, size_t pixels) {              \
        switch (pixels) {                                                                          \
            STRIP_CASE(kind, width, stride, 1)                                                     \
            STRIP_CASE(kind, width, stride, 2)                                                     \
            STRIP_CASE(kind, width, stride, 3)                                                     \
            STRIP_CASE(kind, width, stride, 4)                                                     \
            STRIP_CASE(kind, width, stride, 7)                                                     \
            STRIP_CASE(kind, width, stride, 14)                                                    \
        }                                                                                          \
    }

/* The widest strip where so many pixels are left. */
static inline size_t strip_pixels(size_t left) {
    static const unsigned char sizes[] = {14, 7, 4, 3, 2, 1};
    size_t i = 0;
    while (sizes[i] > left || sizes[i] > STRIP_PIXELS)
        i++;
    return sizes[i];
}

/* What makes the strips of the map's window, if it is not make_any. */
static inline strip_maker *maker_of(const struct strip_map *map) {
    const struct kernel_window *window = map->window;
    bool narrow = window->pad[1] < window->kernel[1] && window->pad[3] < window->kernel[1];
    bool dense = window->dilation[0] == 1 && window->dilation[1] == 1;
    for (size_t i = 0; i < map->window_count && narrow && dense; i++)
        if (map->windows[i].width == window->kernel[1] &&
            map->windows[i].stride == window->stride[1])
            return map->windows[i].make;
    return NULL;
}

/* The rows of a strip, in strips from left to right. */
static inline void make_rows(struct strip *strip, size_t image) {
    const struct strip_map *map = strip->map;
    strip_maker *make = maker_of(map);
    size_t width = map->output->width;
    strip->x = 0;
    for (size_t pixels; strip->x < width; strip->x += pixels) {
        pixels = make ? strip_pixels(width - strip->x) : 1;
        strip->out = map_at(map->output, image, strip->y, strip->x, strip->channel);
        (make ? make : map->make_any)(strip, pixels);
    }
}

/* A run's channels in output rows [begin, end), counted through all images. */
static inline void make_strips(const struct strip_map *map, const struct kernel_run *run,
                               size_t begin, size_t end) {
    const struct kernel_map *output = map->output;
    struct strip strip = {.map = map, .pixel_stride = run->pixel_stride};
    for (size_t first = 0; first < run->count; first += VECTOR_LANES) {
        strip.channel = run->channel + first;
        strip.lanes = smaller(run->count - first, VECTOR_LANES);
        for (size_t row = begin; row < end; row += strip.rows) {
            size_t image = row / output->height;
            strip.y = row % output->height;
            strip.rows = smaller(end - row, output->height - strip.y);
            strip.in = &run_at(run, image, 0)[first];
            make_rows(&strip, image);
        }
    }
}

#endif
