/* Depthwise convolution with vectors: a vector of channels at a time, in strips of the map from top
 * to bottom. Windows 3 and 5 wide load each column of the input once for all the strip's outputs
 * that it is a tap of:
 *
 *   input    x0  x1  x2  x3  x4  ...    taps of output 0: x0 x1 x2, of output 1: x1 x2 x3, ...
 *
 * Columns go from left to right within a row of taps, so that every output adds its taps in order.
 * Runs of another step than 1 are left to the reference. */
#include "kernels/depthwise.h"

#include "kernels/index.h"
#include "kernels/vector.h"

/* Outputs side by side, and below each other those of the next rows, in one image and a vector of
 * channels. Positions in the input may be left of it or above it, in the padding. */
struct strip {
    const struct kernel_window *window;
    const float *in; /* the channels in the first pixel of the image */
    size_t pixel_stride;
    ptrdiff_t y, x; /* of the input, under tap (0, 0) of the first output */
    size_t rows;    /* of outputs */
    const float *weights, *bias;
    struct kernel_bounds bounds;
    float *out;
    size_t out_pixel, out_row; /* floats to the next output to the right and below */
    size_t lanes;              /* channels */
};

static inline const float *pixel_at(const struct strip *strip, ptrdiff_t y, ptrdiff_t x) {
    size_t pixel = at_row((size_t)y, strip->window->width, (size_t)x);
    return &strip->in[(ptrdiff_t)(pixel * strip->pixel_stride)];
}

/* The weights of the first tap of a row of taps. */
static inline const float *tap_weights(const struct strip *strip, size_t ky) {
    return &strip->weights[ky * strip->window->kernel[1] * KERNEL_LANES];
}

enum { MOST_TAPS = 5, MOST_PIXELS = (int)VECTOR_LANES == 16 ? 14 : 8 /* as registers allow */ };

/* A strip of `pixels` outputs side by side, for a window `width` wide; these and the stride along
 * the row are constants. No dilation; pads are narrower than the window, so that only the first and
 * last columns can be in one. */
INLINE void make_strip(const struct strip *strip, const size_t width, const size_t stride,
                       const size_t pixels) {
    const struct kernel_window *window = strip->window;
    const ptrdiff_t height = (ptrdiff_t)window->height, taps = (ptrdiff_t)window->kernel[0];
    const size_t columns = at_row(pixels - 1, stride, width);
    const size_t lanes = strip->lanes, next = strip->pixel_stride, out_pixel = strip->out_pixel;
    const struct vector_bounds bounds = broadcast_bounds(strip->bounds);
    const vector bias = vector_load_first(strip->bias, lanes);
    vector sums[MOST_PIXELS], weights[MOST_TAPS];
    ptrdiff_t y = strip->y;
    for (size_t row = 0; row < strip->rows; row++, y += (ptrdiff_t)window->stride[0]) {
        UNROLL
        for (size_t p = 0; p < pixels; p++)
            sums[p] = bias;
        for (ptrdiff_t ky = y < 0 ? -y : 0; ky < taps && y + ky < height; ky++) {
            const float *in = pixel_at(strip, y + ky, strip->x);
            const float *tap = tap_weights(strip, (size_t)ky);
            UNROLL
            for (size_t kx = 0; kx < width; kx++)
                weights[kx] = vector_load_first(&tap[kx * KERNEL_LANES], lanes);
            UNROLL
            for (size_t column = 0; column < columns; column++) {
                if (column > 0 && column % 3 == 0)
                    in = &in[3 *
                             next]; /* an address register is good for 0, 1 and 2 times an index */
                bool may_be_pad = column < width - 1 || column + width > columns;
                if (may_be_pad && (size_t)strip->x + column >= window->width)
                    continue;
                vector x = vector_load_first(&in[column % 3 * next], lanes);
                UNROLL
                for (size_t p = 0; p < pixels; p++) {
                    size_t first = p * stride;
                    size_t kx = column - first; /* wraps around before the first */
                    if (kx < width)
                        sums[p] = vector_fma(x, weights[kx], sums[p]);
                }
            }
        }
        float *out = &strip->out[row * strip->out_row];
        UNROLL
        for (size_t p = 0; p < pixels; p++, out += out_pixel)
            vector_store_first(out, vector_bounded(sums[p], bounds), lanes);
    }
}

#define STRIP(width, stride, pixels)                                                               \
    case pixels:                                                                                   \
        if (pixels <= MOST_PIXELS)                                                                 \
            make_strip(strip, width, stride, pixels);                                              \
        return;

#define WINDOW(width, stride)                                                                      \
    static void strip_##width##_##stride(const struct strip *strip, size_t pixels) {               \
        switch (pixels) {                                                                          \
            STRIP(width, stride, 1)                                                                \
            STRIP(width, stride, 2)                                                                \
            STRIP(width, stride, 3)                                                                \
            STRIP(width, stride, 4)                                                                \
            STRIP(width, stride, 5)                                                                \
            STRIP(width, stride, 6)                                                                \
            STRIP(width, stride, 7)                                                                \
            STRIP(width, stride, 8)                                                                \
            STRIP(width, stride, 9)                                                                \
            STRIP(width, stride, 10)                                                               \
            STRIP(width, stride, 11)                                                               \
            STRIP(width, stride, 12)                                                               \
            STRIP(width, stride, 13)                                                               \
            STRIP(width, stride, 14)                                                               \
        }                                                                                          \
    }
WINDOW(3, 1)
WINDOW(3, 2)
WINDOW(5, 1)
WINDOW(5, 2)

/* Any window, one output wide. */
static void strip_any(const struct strip *strip, size_t pixels) {
    const struct kernel_window *window = strip->window;
    const size_t lanes = strip->lanes, taps = window->kernel[0] * window->kernel[1];
    const struct vector_bounds bounds = broadcast_bounds(strip->bounds);
    (void)pixels;
    for (size_t row = 0; row < strip->rows; row++) {
        vector sum = vector_load_first(strip->bias, lanes);
        for (size_t tap = 0; tap < taps; tap++) {
            size_t ky = tap / window->kernel[1], kx = tap % window->kernel[1];
            size_t y =
                at_row(row, window->stride[0], at_row(ky, window->dilation[0], (size_t)strip->y));
            size_t x = at_row(kx, window->dilation[1], (size_t)strip->x);
            if (y >= window->height || x >= window->width)
                continue;
            const float *in = pixel_at(strip, (ptrdiff_t)y, (ptrdiff_t)x);
            sum = vector_fma(vector_load_first(in, lanes),
                             vector_load_first(&strip->weights[tap * KERNEL_LANES], lanes), sum);
        }
        vector_store_first(&strip->out[row * strip->out_row], vector_bounded(sum, bounds), lanes);
    }
}

/* What makes strips for a window, and how wide at most. */
struct strip_maker {
    size_t width, stride, pixels;
    void (*make)(const struct strip *strip, size_t pixels);
};

static const struct strip_maker *maker_for(const struct kernel_window *window) {
    static const struct strip_maker makers[] = {
        {3, 1, MOST_PIXELS, strip_3_1},
        {3, 2, MOST_PIXELS, strip_3_2},
        {5, 1, MOST_PIXELS, strip_5_1},
        {5, 2, MOST_PIXELS, strip_5_2},
    };
    static const struct strip_maker any = {.pixels = 1, .make = strip_any};
    bool narrow = window->pad[1] < window->kernel[1] && window->pad[3] < window->kernel[1];
    bool dense = window->dilation[0] == 1 && window->dilation[1] == 1;
    for (size_t i = 0; i < sizeof makers / sizeof *makers && narrow && dense; i++)
        if (makers[i].width == window->kernel[1] && makers[i].stride == window->stride[1])
            return &makers[i];
    return &any;
}

/* Rows [y, y + rows) of an image: strips of nearly equal width. */
static void make_rows(const struct depthwise_args *args, struct strip *strip, size_t image,
                      size_t y, size_t channel) {
    const struct kernel_window *window = &args->window;
    const struct strip_maker *maker = maker_for(window);
    size_t left = args->output.width, strips = (left + maker->pixels - 1) / maker->pixels;
    strip->y = (ptrdiff_t)tap_origin(window, 0, y);
    for (size_t x = 0, pixels; strips > 0; strips--, x += pixels, left -= pixels) {
        pixels = left / strips;
        strip->x = (ptrdiff_t)tap_origin(window, 1, x);
        strip->out = map_at(&args->output, image, y, x, channel);
        maker->make(strip, pixels);
    }
}

/* `lanes` channels of a run from the first on, in rows [begin, end) of all images. */
static void make_lanes(const struct depthwise_args *args, const struct kernel_run *run,
                       size_t first, size_t lanes, size_t begin, size_t end) {
    const struct kernel_map *output = &args->output;
    size_t taps = args->window.kernel[0] * args->window.kernel[1];
    size_t channel = run->channel + first, block = channel / KERNEL_LANES;
    struct strip strip = {
        .window = &args->window,
        .pixel_stride = run->pixel_stride,
        .weights = &args->weights[at_row(block * taps, KERNEL_LANES, channel % KERNEL_LANES)],
        .bias = &args->bias[channel],
        .bounds = args->bounds,
        .out_pixel = output->pixel_stride,
        .out_row = output->width * output->pixel_stride,
        .lanes = lanes,
    };
    for (size_t row = begin; row < end; row += strip.rows) {
        size_t image = row / output->height, y = row % output->height;
        strip.in = &run_at(run, image, 0)[first];
        strip.rows = smaller(end - row, output->height - y);
        make_rows(args, &strip, image, y, channel);
    }
}

void KERNEL_NAME(depthwise)(const struct depthwise_args *args, size_t begin, size_t end) {
    for (size_t r = 0; r < args->run_count; r++) {
        const struct kernel_run *run = &args->runs[r];
        if (run->step != 1) {
            struct depthwise_args alone = *args;
            alone.runs = run;
            alone.run_count = 1;
            KERNEL_REF_NAME(depthwise)(&alone, begin, end);
            continue;
        }
        for (size_t first = 0; first < run->count; first += VECTOR_LANES)
            make_lanes(args, run, first, smaller(run->count - first, VECTOR_LANES), begin, end);
    }
}
