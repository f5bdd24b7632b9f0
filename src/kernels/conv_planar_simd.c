/* Convolution of a planar image with vectors of pixels: the first convolution of a network has few
 * inputs, and outputs that often do not fill vectors, but long rows. The inputs of some pixels are
 * gathered once, in the order of the chain, for all outputs:
 *
 *              16 pixels   16 pixels   16 pixels
 *   input k    x           x           x           a patch: what tap and channel k is to the pixels
 *
 *   output 0   sum         sum         sum         a tile: each weight is loaded once for all
 * pixels output 1   sum         sum         sum
 *   ...
 *
 * Where a tap is in the padding of some pixels, a mask leaves their sums as they are. */
#include "kernels/conv_planar.h"

#include "kernels/index.h"
#include "kernels/vector.h"

#ifdef VECTOR_PIXELS

enum {
    TILE_OUTPUTS = 8,
    TILE_VECTORS = 3,
    MOST_STRIDE = 2,
    MOST_INPUTS = 160, /* a patch stays in the first level cache */
    MOST_OUTPUTS = 24, /* from then on vectors of outputs are as fast */
};

/* The inputs of pixels side by side, without taps in the padding above and below. Masks are of a
 * border, whose pixels are one vector at most. */
struct patch {
    _Alignas(64) vector inputs[MOST_INPUTS][TILE_VECTORS];
    vector_mask masks[MOST_INPUTS];
    size_t first, count; /* of the chain */
};

/* Some pixels of an output row. */
struct pixels {
    const struct conv_args *args;
    size_t image, y, x, vectors; /* whole vectors without taps in the padding, or 0: a border */
    size_t count;
};

/* Of the positions `first`, `first` + stride, ... those in a row of so many pixels. */
INLINE vector_mask lanes_inside(ptrdiff_t first, const size_t stride, size_t width) {
    const ptrdiff_t next = (ptrdiff_t)stride, size = (ptrdiff_t)width;
    ptrdiff_t begin = first < 0 ? (next - 1 - first) / next : 0;
    ptrdiff_t end = first < size ? (size - first + next - 1) / next : 0;
    return vector_lanes(smaller((size_t)begin, VECTOR_LANES), smaller((size_t)end, VECTOR_LANES));
}

/* Every pixel or every other one; nothing behind the last is read. */
INLINE vector load_pixels(const float *in, const size_t stride) {
    if (stride == 1)
        return vector_load(in);
    return vector_every_other(vector_load(in), vector_load(&in[VECTOR_LANES - 1]));
}

/* Where a vector's pixels are in the row: of the two loads, and of the lanes. */
struct inside {
    vector_mask low, high, lanes;
};

INLINE struct inside pixels_inside(ptrdiff_t x, const size_t stride, size_t width) {
    return (struct inside){lanes_inside(x, 1, width), lanes_inside(x + VECTOR_LANES - 1, 1, width),
                           lanes_inside(x, stride, width)};
}

INLINE vector load_pixels_inside(const float *in, const size_t stride, struct inside inside) {
    vector low = vector_load_where(inside.low, in);
    if (stride == 1)
        return low;
    return vector_every_other(low, vector_load_where(inside.high, &in[VECTOR_LANES - 1]));
}

/* The stride along the row, the vectors and whether they are a border are constants. */
INLINE void gather(const struct pixels *pixels, struct patch *patch, const size_t stride,
                   const size_t vectors, const bool border) {
    const struct conv_args *args = pixels->args;
    const struct kernel_window window = args->window;
    const struct kernel_run run = args->runs[0];
    size_t taps[2], k = 0;
    valid_taps(&window, 0, pixels->y, taps);
    size_t in_y = at_row(taps[0], window.dilation[0], tap_origin(&window, 0, pixels->y));
    for (size_t ky = taps[0]; ky < taps[1]; ky++, in_y += window.dilation[0]) {
        const float *row = run_at(&run, pixels->image, in_y * window.width);
        ptrdiff_t in_x = (ptrdiff_t)tap_origin(&window, 1, pixels->x);
        for (size_t kx = 0; kx < window.kernel[1]; kx++, in_x += (ptrdiff_t)window.dilation[1]) {
            const float *in = &row[in_x];
            struct inside inside = pixels_inside(in_x, stride, window.width);
            for (size_t c = 0; c < run.count; c++, in += run.step, k++) {
                UNROLL
                for (size_t v = 0; v < vectors; v++)
                    patch->inputs[k][v] = border
                                              ? load_pixels_inside(in, stride, inside)
                                              : load_pixels(&in[v * VECTOR_LANES * stride], stride);
                if (border)
                    patch->masks[k] = inside.lanes;
            }
        }
    }
    patch->first = taps[0] * window.kernel[1] * run.count;
    patch->count = k;
}

/* Up to 8 outputs from `channel` on. The vectors and whether they are a border are constants. */
INLINE void make_tile(const struct pixels *pixels, const struct patch *patch, size_t channel,
                      const size_t vectors, const bool border) {
    const struct conv_args *args = pixels->args;
    const size_t taps = args->window.kernel[0] * args->window.kernel[1];
    const size_t block = channel / KERNEL_LANES, lane = channel % KERNEL_LANES;
    const size_t first = at_row(block * taps, args->group_inputs, patch->first);
    const float *weights = &args->weights[at_row(first, KERNEL_LANES, lane)];
    vector sums[TILE_VECTORS][TILE_OUTPUTS];
    UNROLL
    for (size_t v = 0; v < vectors; v++)
        UNROLL
    for (size_t o = 0; o < TILE_OUTPUTS; o++)
        sums[v][o] = vector_broadcast(args->bias[channel + o]);
    for (size_t k = 0; k < patch->count; k++, weights += KERNEL_LANES) {
        UNROLL
        for (size_t o = 0; o < TILE_OUTPUTS; o++) {
            vector weight = vector_broadcast(weights[o]);
            UNROLL
            for (size_t v = 0; v < vectors; v++) {
                vector x = patch->inputs[k][v];
                sums[v][o] = border ? vector_fma_where(patch->masks[k], x, weight, sums[v][o])
                                    : vector_fma(x, weight, sums[v][o]);
            }
        }
    }
    const struct vector_bounds bounds = broadcast_bounds(args->bounds);
    const size_t next = args->output.pixel_stride, count = border ? pixels->count : VECTOR_LANES;
    const size_t lanes = smaller(args->group_outputs - channel, TILE_OUTPUTS);
    const size_t next_vector = VECTOR_LANES * next;
    float *out = map_at(&args->output, pixels->image, pixels->y, pixels->x, channel);
    UNROLL
    for (size_t v = 0; v < vectors; v++, out += next_vector) {
        UNROLL
        for (size_t o = 0; o < TILE_OUTPUTS; o++)
            sums[v][o] = vector_bounded(sums[v][o], bounds);
        vector_store_transposed(out, next, sums[v], count, lanes);
    }
}

/* All outputs of the pixels. */
INLINE void make_outputs(const struct pixels *pixels, struct patch *patch, const size_t vectors,
                         const bool border) {
    if (pixels->args->window.stride[1] == 1)
        gather(pixels, patch, 1, vectors, border);
    else
        gather(pixels, patch, MOST_STRIDE, vectors, border);
    for (size_t channel = 0; channel < pixels->args->group_outputs; channel += TILE_OUTPUTS)
        make_tile(pixels, patch, channel, vectors, border);
}

static void make_pixels(const struct pixels *pixels, struct patch *patch) {
    switch (pixels->vectors) {
    case 0:
        make_outputs(pixels, patch, 1, true);
        break;
    case 1:
        make_outputs(pixels, patch, 1, false);
        break;
    case 2:
        make_outputs(pixels, patch, 2, false);
        break;
    case TILE_VECTORS:
        make_outputs(pixels, patch, TILE_VECTORS, false);
        break;
    }
}

/* The whole vectors that are made next where the row has `left` pixels without a border: 4 are made
 * as 2 and 2. */
static size_t next_vectors(size_t left) {
    size_t vectors = left / VECTOR_LANES;
    return vectors == TILE_VECTORS + 1 ? 2 : smaller(vectors, TILE_VECTORS);
}

static void make_row(const struct conv_args *args, size_t image, size_t y, struct patch *patch) {
    struct pixels pixels = {.args = args, .image = image, .y = y};
    size_t width = args->output.width, inner[2];
    inner_outputs(&args->window, 1, 0, width, inner);
    for (; pixels.x < width; pixels.x += pixels.count) {
        bool inside = pixels.x >= inner[0] && pixels.x < inner[1];
        pixels.vectors = inside ? next_vectors(inner[1] - pixels.x) : 0;
        pixels.count = pixels.vectors * VECTOR_LANES;
        if (pixels.count == 0)
            pixels.count = smaller(width - pixels.x, VECTOR_LANES);
        make_pixels(&pixels, patch);
    }
}

static bool is_faster(const struct conv_args *args) {
    size_t taps = args->window.kernel[0] * args->window.kernel[1];
    return args->groups == 1 && args->group_runs[1] == 1 && args->runs->pixel_stride == 1 &&
           args->window.stride[1] <= MOST_STRIDE && taps * args->group_inputs <= MOST_INPUTS &&
           args->group_outputs <= MOST_OUTPUTS && args->output.width >= VECTOR_LANES;
}

bool conv_planar(const struct conv_args *args, size_t begin, size_t end) {
    struct patch patch;
    if (!is_faster(args))
        return false;
    for (size_t row = begin; row < end; row++)
        make_row(args, row / args->output.height, row % args->output.height, &patch);
    return true;
}

#else

bool conv_planar(const struct conv_args *args, size_t begin, size_t end) {
    (void)args, (void)begin, (void)end;
    return false;
}

#endif
