/* Strips: a window moves over a map from left to right and from top to bottom, a few rows of
 * outputs at a time. A strip is some pixels of those rows, made a vector of channels after the
 * other, so that what is read and written stands side by side. Each pixel of the input is loaded
 * once for all the outputs of the strip that it is a tap of:
 *
 *   input    x0  x1  x2  x3  x4  ...    taps of output 0: x0 x1 x2, of output 1: x1 x2 x3, ...
 *
 * Rows of the input go from top to bottom and columns from left to right, so that every output
 * takes its taps in order. */
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

/* Makes all channels of a strip. */
typedef void strip_maker(const struct strip *strip);

/* The strips of a window, which has no dilation, and pads narrower than it is wide. */
struct strip_window {
    size_t width, stride; /* along the row */
    size_t rows;          /* of outputs, where the window is a square and its strides are one */
    strip_maker *make;
};

/* What the strips of a map have in common. */
struct strip_map {
    const struct kernel_run *runs; /* of step 1 */
    size_t run_count;
    const struct kernel_window *window;
    const struct kernel_map *output;
    struct kernel_bounds bounds;
    const float *weights, *bias; /* STRIP_CONV: [ceil(C / 16)][taps][16], [C] */
    bool count_padding;          /* STRIP_AVERAGE: taps in the pads count */
    const struct strip_window *windows;
    size_t window_count;
    strip_maker *make_any; /* one output, of any window */
};

/* Outputs side by side and below each other, in one image. */
struct strip {
    const struct strip_map *map;
    size_t image, y, x; /* the first output */
    size_t rows, pixels;
    float *out;       /* channel 0 of the first output */
    size_t in_y;      /* the row of its tap 0; wraps around in the padding */
    size_t in_pixel;  /* its tap 0; wraps around before the image */
    unsigned columns; /* bit i: column i from that tap on is not in the padding */
};

/* A vector of channels of a strip. */
struct strip_lanes {
    const float *in; /* tap 0 of the first output, which may be in the padding */
    size_t pixel_stride;
    float *out;            /* the first output */
    size_t channel, lanes; /* the first, and how many */
};

/* As registers allow. */
enum {
    STRIP_TAPS = 5,
    STRIP_ROWS = (int)VECTOR_LANES == 16 ? 3 : 1,
    STRIP_PIXELS = (int)VECTOR_REGISTERS == 32 && STRIP_ROWS == 1 ? 14 : 7,
};

/* Few sizes, for the code to stay small: maps are 7, 14, 28, ... pixels wide. The last strip of a
 * row may make pixels again. */
static inline bool strip_size_exists(size_t rows, size_t pixels) {
    return pixels <= STRIP_PIXELS && (rows == 1 || pixels > 1);
}

/* The weights of tap 0. */
static inline const float *strip_weights(const struct strip_map *map, size_t channel) {
    size_t taps = map->window->kernel[0] * map->window->kernel[1];
    size_t block = channel / KERNEL_LANES, lane = channel % KERNEL_LANES;
    return &map->weights[at_row(block * taps, KERNEL_LANES, lane)];
}

INLINE vector strip_start(const struct strip_map *map, const struct strip_lanes *at,
                          const enum strip_kind kind) {
    if (kind == STRIP_CONV)
        return vector_load_first(&map->bias[at->channel], at->lanes);
    return vector_broadcast(kind == STRIP_LARGEST ? -INFINITY : 0);
}

/* The first output, of any window. */
INLINE void make_any_strip_output(const struct strip *strip, const struct strip_lanes *at,
                                  const enum strip_kind kind) {
    const struct strip_map *map = strip->map;
    const struct kernel_window *window = map->window;
    const ptrdiff_t next = (ptrdiff_t)at->pixel_stride;
    const size_t lanes = at->lanes;
    vector value = strip_start(map, at, kind);
    for (size_t tap = 0; tap < window->kernel[0] * window->kernel[1]; tap++) {
        size_t y, x;
        if (!tap_at(window, 0, strip->y, tap / window->kernel[1], &y) ||
            !tap_at(window, 1, strip->x, tap % window->kernel[1], &x))
            continue;
        size_t pixel = at_row(y, window->width, x) - strip->in_pixel;
        vector in = vector_load_first(&at->in[steps(pixel, next)], lanes);
        if (kind == STRIP_CONV) {
            const float *weights = &strip_weights(map, at->channel)[tap * KERNEL_LANES];
            value = vector_fma(in, vector_load_first(weights, lanes), value);
        } else if (kind == STRIP_LARGEST) {
            value = vector_larger_or_nan(value, in);
        } else {
            value = vector_add(value, in);
        }
    }
    if (kind == STRIP_AVERAGE) {
        size_t down = counted_taps(window, 0, strip->y, map->count_padding);
        size_t across = counted_taps(window, 1, strip->x, map->count_padding);
        value = vector_divide(value, vector_broadcast((float)(down * across)));
    }
    vector_store_first(at->out, vector_bounded(value, broadcast_bounds(map->bounds)), lanes);
}

static inline void place_strip(struct strip *strip);

/* The strip again, for inputs with NaN. */
static inline void make_strip_with_nans(const struct strip *strip, const struct strip_lanes *at) {
    for (size_t r = 0; r < strip->rows; r++)
        for (size_t p = 0; p < strip->pixels; p++) {
            struct strip one = *strip;
            struct strip_lanes one_at = *at;
            one.y += r;
            one.x += p;
            place_strip(&one);
            one_at.in += steps(one.in_pixel - strip->in_pixel, (ptrdiff_t)at->pixel_stride);
            one_at.out += one.out - strip->out;
            make_any_strip_output(&one, &one_at, STRIP_LARGEST);
        }
}

/* What is made of a vector of a strip; weights of all rows of taps, or where there is one row of
 * outputs, of one at a time. */
struct strip_sums {
    vector values[STRIP_ROWS][STRIP_PIXELS];
    vector weights[STRIP_TAPS][STRIP_TAPS];
    vector_nans nans;
};

INLINE void load_strip_weights(const float *tap, size_t lanes, const size_t width,
                               vector *weights) {
    UNROLL
    for (size_t kx = 0; kx < width; kx++)
        weights[kx] = vector_load_first(&tap[kx * KERNEL_LANES], lanes);
}

/* Whether column i of those that a row of outputs reads can be in the padding. */
INLINE bool may_be_padding(const size_t column, const size_t width, const size_t columns) {
    return column < width - 1 || column + width > columns;
}

/* A row of the input, the i-th that the outputs read. */
INLINE void sum_strip_row(const float *in, size_t next, size_t lanes, unsigned present,
                          const size_t i, const size_t width, const size_t stride,
                          const size_t rows, const size_t pixels, struct strip_sums *sums) {
    const size_t columns = at_row(pixels - 1, stride, width);
    UNROLL
    for (size_t column = 0; column < columns; column++) {
        if (column > 0 && column % 3 == 0) /* an address takes 0, 1, 2 times an index */
            in = &in[3 * next];
        if (may_be_padding(column, width, columns) && !(present & 1u << column))
            continue;
        vector x = vector_load_first(&in[column % 3 * next], lanes);
        UNROLL
        for (size_t r = 0; r < rows; r++) {
            const size_t ky = i - r * stride; /* wraps around above the first, as does kx */
            if (ky >= width)
                continue;
            UNROLL
            for (size_t p = 0; p < pixels; p++) {
                const size_t kx = column - p * stride;
                if (kx < width)
                    sums->values[r][p] = vector_fma(x, sums->weights[ky][kx], sums->values[r][p]);
            }
        }
    }
}

/* The same for the largest: first those of the row, then each with that of the rows before. Of
 * equals the first row's first is taken, which is the first of all. */
INLINE void take_largest_of_row(const float *in, size_t next, size_t lanes, unsigned present,
                                const size_t i, const size_t width, const size_t stride,
                                const size_t rows, const size_t pixels, struct strip_sums *sums) {
    const size_t columns = at_row(pixels - 1, stride, width);
    const vector least = vector_broadcast(-INFINITY);
    vector largest[STRIP_PIXELS], before = least;
    UNROLL
    for (size_t p = 0; p < pixels; p++)
        largest[p] = least;
    UNROLL
    for (size_t column = 0; column < columns; column++) {
        const bool may_be_pad = may_be_padding(column, width, columns);
        if (column > 0 && column % 3 == 0)
            in = &in[3 * next];
        if (may_be_pad && !(present & 1u << column))
            continue;
        vector x = vector_load_first(&in[column % 3 * next], lanes);
        if (column % 2 == 1 || column == columns - 1)
            sums->nans = vector_see(sums->nans, x, before);
        else if (may_be_padding(column + 1, width, columns))
            sums->nans = vector_see(sums->nans, x, x);
        before = x;
        UNROLL
        for (size_t p = 0; p < pixels; p++) {
            const size_t kx = column - p * stride;
            if (kx < width)
                largest[p] = kx == 0 ? x : vector_larger(x, largest[p]);
        }
    }
    UNROLL
    for (size_t r = 0; r < rows; r++) {
        const size_t ky = i - r * stride;
        if (ky >= width)
            continue;
        UNROLL
        for (size_t p = 0; p < pixels; p++)
            sums->values[r][p] = vector_larger(largest[p], sums->values[r][p]);
    }
}

INLINE void take_strip_row(const float *in, const enum strip_kind kind, size_t next, size_t lanes,
                           unsigned present, const size_t i, const size_t width,
                           const size_t stride, const size_t rows, const size_t pixels,
                           struct strip_sums *sums) {
    if (kind == STRIP_CONV)
        sum_strip_row(in, next, lanes, present, i, width, stride, rows, pixels, sums);
    else
        take_largest_of_row(in, next, lanes, present, i, width, stride, rows, pixels, sums);
}

/* All outputs of a vector; the window's width and stride and the sizes of the strip are constants.
 * Not for averages. */
INLINE void make_strip_outputs(const struct strip *strip, const struct strip_lanes *at,
                               const enum strip_kind kind, const size_t width, const size_t stride,
                               const size_t rows, const size_t pixels) {
    const struct strip_map *map = strip->map;
    const struct kernel_window *window = map->window;
    const struct kernel_bounds bounds = map->bounds;
    const size_t lanes = at->lanes, in_y = strip->in_y, in_height = window->height;
    const size_t next_pixel = at->pixel_stride, next_row = next_pixel * window->width,
                 tap_row = width * KERNEL_LANES;
    const unsigned present = strip->columns;
    const float *row = at->in, *tap = kind == STRIP_CONV ? strip_weights(map, at->channel) : NULL;
    const vector start = strip_start(map, at, kind);
    struct strip_sums sums;
    sums.nans = vector_no_nans();
    UNROLL
    for (size_t r = 0; r < rows; r++)
        UNROLL
    for (size_t p = 0; p < pixels; p++)
        sums.values[r][p] = start;
    if (rows == 1) {
        for (size_t ky = 0; ky < window->kernel[0]; ky++, row += next_row) {
            if (in_y + ky >= in_height)
                continue;
            if (kind == STRIP_CONV)
                load_strip_weights(&tap[ky * tap_row], lanes, width, sums.weights[0]);
            take_strip_row(row, kind, next_pixel, lanes, present, 0, width, stride, rows, pixels,
                           &sums);
        }
    } else {
        if (kind == STRIP_CONV) {
            UNROLL
            for (size_t ky = 0; ky < width; ky++)
                load_strip_weights(&tap[ky * tap_row], lanes, width, sums.weights[ky]);
        }
        UNROLL
        for (size_t i = 0; i < at_row(rows - 1, stride, width); i++, row += next_row)
            if (in_y + i < in_height)
                take_strip_row(row, kind, next_pixel, lanes, present, i, width, stride, rows,
                               pixels, &sums);
    }
    const size_t next = map->output->pixel_stride, next_out_row = next * map->output->width;
    float *out = at->out;
    if (bounds.low > -INFINITY || bounds.high < INFINITY) { /* a bound costs as much as a tap */
        const struct vector_bounds limits = broadcast_bounds(bounds);
        UNROLL
        for (size_t r = 0; r < rows; r++)
            UNROLL
        for (size_t p = 0; p < pixels; p++)
            sums.values[r][p] = vector_bounded(sums.values[r][p], limits);
    }
    UNROLL
    for (size_t r = 0; r < rows; r++, out += next_out_row)
        UNROLL
    for (size_t p = 0; p < pixels; p++)
        vector_store_first(&out[p * next], sums.values[r][p], lanes);
    if (kind == STRIP_LARGEST && vector_has_nans(sums.nans))
        make_strip_with_nans(strip, at);
}

/* A strip; `width` 0: one output, of any window. */
INLINE void make_strip(const struct strip *strip, const enum strip_kind kind, const size_t width,
                       const size_t stride, const size_t rows, const size_t pixels) {
    const struct strip_map *map = strip->map;
    for (size_t r = 0; r < map->run_count; r++) {
        const struct kernel_run *run = &map->runs[r];
        struct strip_lanes at = {.pixel_stride = run->pixel_stride, .channel = run->channel};
        at.in = run_at(run, strip->image, 0) + steps(strip->in_pixel, (ptrdiff_t)at.pixel_stride);
        at.out = &strip->out[at.channel];
        for (size_t left = run->count; left > 0; left -= at.lanes) {
            at.lanes = smaller(left, VECTOR_LANES);
            if (width == 0)
                make_any_strip_output(strip, &at, kind);
            else
                make_strip_outputs(strip, &at, kind, width, stride, rows, pixels);
            at.in += at.lanes;
            at.out += at.lanes;
            at.channel += at.lanes;
        }
    }
}

/* The function <name>_<width>_<stride>. */
#define STRIP_CASE(kind, width, stride, rows, pixels)                                              \
    case pixels:                                                                                   \
        if (strip_size_exists(rows, pixels))                                                       \
            make_strip(strip, kind, width, stride, rows, pixels);                                  \
        return;
#define STRIP_CASES(kind, width, stride, rows)                                                     \
    switch (strip->pixels) {                                                                       \
        STRIP_CASE(kind, width, stride, rows, 1)                                                   \
        STRIP_CASE(kind, width, stride, rows, 2)                                                   \
        STRIP_CASE(kind, width, stride, rows, 7)                                                   \
        STRIP_CASE(kind, width, stride, rows, 14)                                                  \
    }
#define DEFINE_STRIP(name, kind, width, stride, most_rows)                                         \
    static void name##_##width##_##stride(const struct strip *strip) {                             \
        if (most_rows > 1 && strip->rows == most_rows)                                             \
            STRIP_CASES(kind, width, stride, most_rows)                                            \
        else                                                                                       \
            STRIP_CASES(kind, width, stride, 1)                                                    \
    }

/* The size of a strip where so many pixels of a row of `width` are left: the widest of which no
 * more than half are made again. */
static inline size_t strip_pixels(size_t rows, size_t left, size_t width) {
    static const unsigned char sizes[] = {14, 7, 2, 1};
    size_t i = 0;
    while (!strip_size_exists(rows, sizes[i]) || sizes[i] > width || sizes[i] > 2 * left)
        i++;
    return sizes[i];
}

/* What makes the map's window, or NULL: make_any. */
static inline const struct strip_window *strip_window_of(const struct strip_map *map) {
    const struct kernel_window *window = map->window;
    bool narrow = window->pad[1] < window->kernel[1] && window->pad[3] < window->kernel[1];
    bool dense = window->dilation[0] == 1 && window->dilation[1] == 1;
    for (size_t i = 0; i < map->window_count && narrow && dense; i++)
        if (map->windows[i].width == window->kernel[1] &&
            map->windows[i].stride == window->stride[1])
            return &map->windows[i];
    return NULL;
}

/* How many rows of outputs its strips have, at most. */
static inline size_t strip_rows_of(const struct strip_window *made, const struct strip_map *map) {
    const struct kernel_window *window = map->window;
    bool alike = window->kernel[0] == window->kernel[1] && window->stride[0] == window->stride[1];
    return made && alike && map->output->width > 1 ? made->rows : 1;
}

/* The first n bits. */
static inline unsigned first_strip_columns(size_t n) {
    return n < 32 ? (1u << n) - 1 : ~0u;
}

/* Where a strip reads and writes. */
static inline void place_strip(struct strip *strip) {
    const struct kernel_window *window = strip->map->window;
    const size_t in_x = tap_origin(window, 1, strip->x), past = window->width - in_x;
    strip->in_y = tap_origin(window, 0, strip->y);
    strip->in_pixel = at_row(strip->in_y, window->width, in_x);
    strip->columns =
        first_strip_columns(past) & ~first_strip_columns(in_x < window->width ? 0 : -in_x);
    strip->out = map_at(strip->map->output, strip->image, strip->y, strip->x, 0);
}

/* Output rows [begin, end), counted through all images. */
static inline void make_strips(const struct strip_map *map, size_t begin, size_t end) {
    const struct kernel_map *output = map->output;
    const struct strip_window *made = strip_window_of(map);
    const size_t most_rows = strip_rows_of(made, map);
    struct strip strip = {.map = map};
    for (size_t row = begin; row < end; row += strip.rows) {
        strip.image = row / output->height;
        strip.y = row % output->height;
        strip.rows = smaller(end - row, output->height - strip.y) < most_rows ? 1 : most_rows;
        for (size_t x = 0; x < output->width; x = strip.x + strip.pixels) {
            strip.pixels = made ? strip_pixels(strip.rows, output->width - x, output->width) : 1;
            strip.x = smaller(x, output->width - strip.pixels);
            place_strip(&strip);
            (made ? made->make : map->make_any)(&strip);
        }
    }
}

/* How many of the runs, from the first on, strips can take. */
static inline size_t strip_runs(const struct kernel_run *runs, size_t count) {
    size_t taken = 0;
    while (taken < count && runs[taken].step == 1)
        taken++;
    return taken;
}

#endif
