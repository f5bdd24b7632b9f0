/* Convolution of a planar image: the first convolution of a network has few inputs, and outputs
 * that often do not fill vectors, but long rows. Each row of the image is fetched once, into a ring
 * of rows that stays in the first-level cache, its columns sorted by what they are modulo the
 * stride, so that what a tap is to pixels beside each other stands beside each other:
 *
 *   image, stride 2   a b c d e f g h ...
 *   fetched           a c e g ...  b d f h ...
 *
 * A tile is some vectors of outputs for some groups of pixels. A group shares each vector
 * (VECTOR_PIXELS), its pixels taking turns in the lanes, so one load serves all of its outputs. */
#include "kernels/conv_planar.h"

#include "kernels/index.h"
#include "kernels/vector.h"

enum {
    OUTPUTS = (int)VECTOR_LANES / VECTOR_PIXELS, /* of a vector */
    PLANAR_BLOCK_VECTORS = (int)KERNEL_LANES / OUTPUTS,
    PLANAR_EIGHTS = 3, /* of outputs in a tile */
    PLANAR_VECTORS = PLANAR_EIGHTS * 8 / OUTPUTS,
    PLANAR_GROUPS = (int)VECTOR_LANES == 16 ? 8 : 4, /* as registers allow */
    TWO_VECTORS = 2 * (int)VECTOR_LANES,
    PLANAR_PIXELS = PLANAR_GROUPS * VECTOR_PIXELS,
    MOST_HEIGHT = 16,  /* of the window */
    MOST_INPUTS = 128, /* of one row of taps */
    ROW_FLOATS = 2304, /* of all rows: just three of 224 pixels in 3 channels, small on a stack */
};

/* Pixels [x, x + pixels) of the output rows of an image, and the rows of the image that they read,
 * from column `origin` on. */
struct span {
    const struct conv_args *args;
    size_t image, x, pixels;
    size_t origin;                  /* wraps around in the padding */
    size_t shift;                   /* columns from there to tap 0 of the first pixel */
    size_t columns;                 /* that are read */
    size_t phase, channel, row;     /* floats from each to the next */
    size_t slots, fetched;          /* rows of the ring; no row from `fetched` on is there */
    const float *taps[MOST_HEIGHT]; /* the present rows of taps, those not in the padding */
    size_t offsets[MOST_INPUTS];    /* of the inputs of a row of taps */
    float rows[ROW_FLOATS + PLANAR_PIXELS]
        __attribute__((aligned(64))); /* a tile may read behind its pixels, also the next phase */
};

/* ---- rows ---- */

/* Columns [begin, end) of a row to where they belong among the phases, one by one. */
static void sort_columns(const float *row, size_t begin, size_t end, size_t stride, size_t phase,
                         float *phases) {
    for (size_t column = begin; column < end; column++)
        phases[at_row(column % stride, phase, column / stride)] = row[column];
}

/* The same for stride 2, begin and end being even and more than two vectors apart. */
static void sort_pairs(const float *row, size_t begin, size_t end, float *even, float *odd) {
    const size_t last = end - TWO_VECTORS;
    for (size_t column = begin; column < end; column += TWO_VECTORS) {
        column = smaller(column, last);
        vector low = vector_load(&row[column]), high = vector_load(&row[column + VECTOR_LANES]);
        vector_store(&even[column / 2], vector_even(low, high));
        vector_store(&odd[column / 2], vector_odd(low, high));
    }
}

/* Columns [begin, end) of one channel's row. */
static void fetch_columns(const float *row, size_t begin, size_t end, size_t stride, size_t phase,
                          float *phases) {
    const size_t count = end - begin;
    size_t first = begin, past = begin; /* the pairs */
    if (stride == 1) {
        for (size_t column = begin; column < end; column++)
            phases[column] = row[column];
        return;
    }
    if (stride == 2 && count > TWO_VECTORS + 1) {
        first = begin + begin % 2;
        past = end - end % 2;
        sort_pairs(row, first, past, phases, &phases[phase]);
    }
    sort_columns(row, begin, first, stride, phase, phases);
    sort_columns(row, past, end, stride, phase, phases);
}

static void fetch_row(struct span *span, size_t y) {
    const struct kernel_window *window = &span->args->window;
    const struct kernel_run *run = span->args->runs;
    const size_t begin = span->origin < window->width ? 0 : -span->origin;
    const size_t end = smaller(span->columns, window->width - span->origin);
    const float *row = run_at(run, span->image, at_row(y, window->width, span->origin));
    float *phases = &span->rows[y % span->slots * span->row];
    for (size_t c = 0; c < run->count; c++, row += run->step, phases += span->channel)
        if (begin < end)
            fetch_columns(row, begin, end, window->stride[1], span->phase, phases);
}

/* The rows of output row y: those that are not there yet, and where they are. */
static void turn_to_row(struct span *span, size_t y, const size_t taps[2]) {
    const struct kernel_window *window = &span->args->window;
    size_t origin = tap_origin(window, 0, y), top = origin < window->height ? origin : 0;
    size_t in_y = at_row(taps[0], window->dilation[0], origin);
    if (span->fetched < top)
        span->fetched = top;
    for (size_t ky = taps[0]; ky < taps[1]; ky++, in_y += window->dilation[0]) {
        while (span->fetched <= in_y) /* rows between dilated taps are the next output's */
            fetch_row(span, span->fetched++);
        span->taps[ky] = &span->rows[in_y % span->slots * span->row];
    }
}

/* ---- tiles ---- */

/* Pixels beside each other that have one chain, and the outputs to make of them. */
struct tile {
    const struct span *span;
    size_t x, pixels;        /* x: behind the span's first pixel */
    size_t down[2];          /* rows of taps that are not in the padding */
    size_t across[2];        /* inputs of a row of taps that are not */
    size_t channel, outputs; /* channel: a multiple of KERNEL_LANES */
    const float *weights;
    size_t skipped;       /* floats between the weights of two rows of taps */
    size_t block_weights; /* floats from a block of outputs to the next */
    float *out;
};

/* Vectors v and v + 1 of a group's `vectors`, both constants, where there are such. */
INLINE void store_pair(float *out, size_t next, const vector *sums, const size_t v,
                       const size_t vectors, size_t pixels, size_t outputs) {
    const size_t first = v * OUTPUTS, two = 2 * OUTPUTS;
    const size_t left = vectors > v ? vectors - v : 0;
    if (left > 0)
        vector_store_pixels(&out[first], next, &sums[v], left > 1 ? 2 : 1, pixels,
                            left > 2 ? two : outputs - first);
}

/* The eights of outputs and the groups of pixels are constants. */
INLINE void make_tile(const struct tile *tile, const size_t eights, const size_t groups) {
    const size_t vectors = eights * 8 / OUTPUTS;
    const struct conv_args *args = tile->span->args;
    const size_t block = tile->block_weights;
    vector sums[PLANAR_GROUPS][PLANAR_VECTORS], weight[PLANAR_VECTORS];
    UNROLL
    for (size_t v = 0; v < vectors; v++) {
        weight[v] = vector_repeat(&args->bias[at_row(v, OUTPUTS, tile->channel)]);
        UNROLL
        for (size_t g = 0; g < groups; g++)
            sums[g][v] = weight[v];
    }
    const float *weights = tile->weights;
    const size_t *const first = &tile->span->offsets[tile->across[0]];
    const size_t *const past = &tile->span->offsets[tile->across[1]];
    for (size_t ky = tile->down[0]; ky < tile->down[1]; ky++) {
        const float *row = &tile->span->taps[ky][tile->x];
        for (const size_t *offset = first; offset < past; offset++, weights += KERNEL_LANES) {
            const float *in = &row[*offset];
            UNROLL
            for (size_t v = 0; v < vectors; v++)
                weight[v] = vector_repeat(&weights[at_row(v / PLANAR_BLOCK_VECTORS, block,
                                                          v % PLANAR_BLOCK_VECTORS * OUTPUTS)]);
            UNROLL
            for (size_t g = 0; g < groups; g++) {
                vector pixels = vector_spread(&in[g * VECTOR_PIXELS]);
                UNROLL
                for (size_t v = 0; v < vectors; v++)
                    sums[g][v] = vector_fma(pixels, weight[v], sums[g][v]);
            }
        }
        weights += tile->skipped;
    }
    const struct vector_bounds bounds = broadcast_bounds(args->bounds);
    const size_t next = args->output.pixel_stride, group = VECTOR_PIXELS * next;
    float *out = tile->out;
    UNROLL
    for (size_t g = 0; g < groups; g++, out += group) {
        const size_t made = g * VECTOR_PIXELS;
        if (made >= tile->pixels)
            return;
        const size_t pixels = tile->pixels - made;
        UNROLL
        for (size_t v = 0; v < vectors; v++)
            sums[g][v] = vector_bounded(sums[g][v], bounds);
        store_pair(out, next, sums[g], 0, vectors, pixels, tile->outputs);
        store_pair(out, next, sums[g], 2, vectors, pixels, tile->outputs);
        store_pair(out, next, sums[g], 4, vectors, pixels, tile->outputs);
    }
}

#define TILE_CASE(eights, groups)                                                                  \
    case groups:                                                                                   \
        if (groups <= PLANAR_GROUPS)                                                               \
            make_tile(tile, eights, groups);                                                       \
        return;
#define DEFINE_TILE(eights)                                                                        \
    static void tile_##eights(const struct tile *tile, size_t groups) {                            \
        switch (groups) {                                                                          \
            TILE_CASE(eights, 1)                                                                   \
            TILE_CASE(eights, 4)                                                                   \
            TILE_CASE(eights, 8)                                                                   \
        }                                                                                          \
    }
DEFINE_TILE(1)
DEFINE_TILE(2)
DEFINE_TILE(3)

/* All outputs of the tile's pixels. */
static void make_outputs(struct tile *tile, const float *weights, float *out) {
    static void (*const make[])(const struct tile *, size_t) = {NULL, tile_1, tile_2, tile_3};
    const size_t all = tile->span->args->group_outputs;
    const size_t needed = (tile->pixels + VECTOR_PIXELS - 1) / VECTOR_PIXELS;
    const size_t groups = needed == 1 ? 1 : needed <= 4 ? 4 : 8;
    for (size_t channel = 0; channel < all; channel += tile->outputs) {
        size_t left = all - channel;
        tile->channel = channel;
        tile->outputs = left > PLANAR_EIGHTS * 8 ? KERNEL_LANES : left;
        tile->weights = &weights[channel / KERNEL_LANES * tile->block_weights];
        tile->out = &out[channel];
        make[(tile->outputs + 7) / 8](tile, groups);
    }
}

/* ---- the whole ---- */

static void make_row(struct span *span, size_t y) {
    const struct conv_args *args = span->args;
    const struct kernel_window *window = &args->window;
    const size_t channels = args->group_inputs, tap_row = window->kernel[1] * channels;
    const size_t past = span->x + span->pixels;
    struct tile tile = {.span = span, .block_weights = window->kernel[0] * tap_row * KERNEL_LANES};
    size_t inner[2], taps[2];
    valid_taps(window, 0, y, tile.down);
    inner_outputs(window, 1, span->x, past, inner);
    turn_to_row(span, y, tile.down);
    for (size_t x = span->x; x < past; x += tile.pixels) {
        bool inside = x >= inner[0] && x < inner[1];
        valid_taps(window, 1, x, taps);
        tile.across[0] = taps[0] * channels;
        tile.across[1] = taps[1] * channels;
        size_t left_out = tap_row - (tile.across[1] - tile.across[0]);
        tile.skipped = left_out * KERNEL_LANES;
        tile.x = x - span->x;
        tile.pixels = inside ? smaller(inner[1] - x, PLANAR_PIXELS) : 1;
        size_t first = at_row(tile.down[0], tap_row, tile.across[0]);
        make_outputs(&tile, &args->weights[first * KERNEL_LANES],
                     map_at(&args->output, span->image, y, x, 0));
    }
}

/* How many of so many columns one phase has, at most. */
static size_t phase_columns(size_t columns, size_t stride) {
    return (columns + stride - 1) / stride;
}

/* The pixels of a row that a span has room for. */
static size_t span_room(const struct conv_args *args) {
    const struct kernel_window *window = &args->window;
    size_t phases = window_extent(window, 0) * args->group_inputs * window->stride[1];
    size_t all = round_down(ROW_FLOATS / phases, VECTOR_LANES);
    size_t stride = window->stride[1], line = VECTOR_LANES * stride;
    size_t extra = phase_columns(line - 1 + window_extent(window, 1), stride) - 1;
    return all > extra ? all - extra : 0;
}

/* The span that starts at pixel x, and the layout of its rows. */
static void lay_out(struct span *span, size_t x) {
    const struct conv_args *args = span->args;
    const struct kernel_window *window = &args->window;
    const size_t stride = window->stride[1], in_x = tap_origin(window, 1, x);
    /* Vectors of the image's columns, from the left edge on, stay whole. */
    const size_t line = VECTOR_LANES * stride;
    span->shift = in_x < window->width ? in_x % line : round_up(-in_x, line) + in_x;
    span->x = x;
    span->origin = in_x - span->shift;
    span->pixels = smaller(args->output.width - x, span_room(args));
    span->columns = at_row(span->pixels - 1, stride, span->shift + window_extent(window, 1));
    span->phase = round_up(phase_columns(span->columns, stride), VECTOR_LANES);
    span->channel = stride * span->phase;
    span->row = args->group_inputs * span->channel;
    span->slots = window_extent(window, 0);
    size_t *offset = span->offsets;
    for (size_t kx = 0; kx < window->kernel[1]; kx++) {
        size_t column = at_row(kx, window->dilation[1], span->shift);
        size_t first = at_row(column % stride, span->phase, column / stride);
        for (size_t c = 0; c < args->group_inputs; c++)
            *offset++ = at_row(c, span->channel, first);
    }
}

static bool is_faster(const struct conv_args *args) {
    const struct kernel_window *window = &args->window;
    return args->groups == 1 && args->group_runs[1] == 1 && args->runs->pixel_stride == 1 &&
           window->kernel[0] <= MOST_HEIGHT &&
           window->kernel[1] * args->group_inputs <= MOST_INPUTS &&
           args->output.width >= VECTOR_LANES && span_room(args) >= PLANAR_PIXELS;
}

/* Never part of its caller: the rows take room on the stack that other convolutions do without. */
__attribute__((noinline)) static void make_spans(const struct conv_args *args, size_t begin,
                                                 size_t end) {
    struct span span;
    span.args = args;
    for (size_t x = 0; x < args->output.width; x += span.pixels) {
        lay_out(&span, x);
        for (size_t row = begin; row < end; row++) {
            size_t image = row / args->output.height;
            if (row == begin || image != span.image)
                span.fetched = 0;
            span.image = image;
            make_row(&span, row % args->output.height);
        }
    }
}

bool conv_planar(const struct conv_args *args, size_t begin, size_t end) {
    if (!is_faster(args))
        return false;
    make_spans(args, begin, end);
    return true;
}
