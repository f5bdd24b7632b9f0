/* The inner loops of convolution with vectors: a tile of outputs, as many vectors of outputs as
 * pixels have registers, each lane its own chain; and the columns, tiles of one width and any
 * number of pixels.
 *
 *              16 outputs  16 outputs  8 | 4       outputs that fill no vector share one with other
 *   pixel 0    sum         sum         s | s       pixels: here two pixels a vector for 8 outputs,
 *   pixel 1    sum         sum         s | s       and four for 4
 *   ...
 */
#ifndef KERNELS_CONV_TILE_H
#define KERNELS_CONV_TILE_H

#include "kernels/index.h"
#include "kernels/vector.h"

#include <stdint.h>

/* Pixels that stand in a line, all with the same taps outside the padding, and the outputs to make
 * of them. */
struct conv_tile {
    const struct kernel_run *runs, *runs_end;
    size_t image;
    size_t pixel;         /* of the input, under tap (0, 0): wraps around in the padding */
    size_t next;          /* pixels of the input from an output pixel to the next */
    size_t next_image;    /* images from an output pixel to the next */
    size_t taps[2][2];    /* [taps[axis][0], taps[axis][1]) along each axis */
    size_t tap_pixels[2]; /* pixels from a tap to the next, along each axis */
    size_t kernel_width;
    const float *weights;         /* of tap (0, 0) */
    size_t tap_weights;           /* floats from a tap to the next */
    size_t block_weights;         /* floats from a block of outputs to the next */
    const uint32_t *halves_ahead; /* as in conv.h, of these weights */
    const char *ahead;            /* this tile's part of the weights that are needed after these */
    size_t ahead_step;            /* bytes of it to ask for with each input */
    struct kernel_ahead other;    /* likewise, of each piece `bytes` with each input */
    const float *bias;
    struct kernel_bounds bounds;
    float *out;
    size_t out_next;
    size_t lanes; /* outputs in the last vector, or in the last part of one */
};

/* Where the weights of the tile's vector number v stand; vector 0 starts a block of outputs. */
INLINE size_t vector_weights(const struct conv_tile *tile, size_t v) {
    size_t per_block = KERNEL_LANES / VECTOR_LANES;
    return at_row(v / per_block, tile->block_weights, v % per_block * VECTOR_LANES);
}

#ifdef VECTOR_SHARES
/* Sums of outputs for which `parts` pixels share a vector. */
struct shared_sums {
    vector sums[8], weights, x;
};

INLINE void shared_start(struct shared_sums *shared, size_t parts, size_t pixels,
                         const float *bias) {
    UNROLL
    for (size_t p = 0; p < pixels; p += parts)
        shared->sums[p / parts] = vector_load_parts(bias, parts);
}

/* Pixel p, whose input is x in all lanes; the products are made when all parts are there. */
INLINE void shared_add(struct shared_sums *shared, size_t parts, size_t pixels, size_t p,
                       vector x) {
    shared->x = p % parts == 0 ? x : vector_put_part(shared->x, x, p % parts, parts);
    if (p % parts == parts - 1 || p == pixels - 1)
        shared->sums[p / parts] = vector_fma(shared->x, shared->weights, shared->sums[p / parts]);
}

INLINE void shared_store(const struct shared_sums *shared, size_t parts, size_t p, float *out,
                         size_t lanes, struct vector_bounds bounds) {
    vector_store_part(out, vector_bounded(shared->sums[p / parts], bounds), p % parts, parts,
                      lanes);
}
#endif

enum { TILE_VECTORS = 8, TILE_PIXELS = 14 };

/* `pixels` pixels by `whole` vectors of outputs and `tail` outputs in vectors that pixels share: 0,
 * 4, 8 or 12. All three are constants. */
INLINE void conv_tile(const struct conv_tile *tile, const size_t whole, const size_t tail,
                      const size_t pixels) {
    vector sums[TILE_PIXELS][TILE_VECTORS], weights[TILE_VECTORS];
    UNROLL
    for (size_t p = 0; p < pixels; p++)
        UNROLL
    for (size_t v = 0; v < whole; v++)
        sums[p][v] = vector_load(&tile->bias[v * VECTOR_LANES]);
#ifdef VECTOR_SHARES
    struct shared_sums half, quarter;
    const size_t has_half = tail & 8, has_quarter = tail & 4;
    const size_t half_at = whole * VECTOR_LANES;
    const size_t quarter_at = half_at + has_half;
    if (has_half)
        shared_start(&half, 2, pixels, tile->bias + half_at);
    if (has_quarter)
        shared_start(&quarter, 4, pixels, tile->bias + quarter_at);
#endif
    const char *ahead = tile->ahead, *other = tile->other.base;
    const size_t other_step = tile->other.bytes, other_stride = tile->other.stride;
    for (size_t ky = tile->taps[0][0]; ky < tile->taps[0][1]; ky++)
        for (size_t kx = tile->taps[1][0]; kx < tile->taps[1][1]; kx++) {
            size_t pixel =
                at_row(ky, tile->tap_pixels[0], at_row(kx, tile->tap_pixels[1], tile->pixel));
            const float *w = &tile->weights[at_row(ky, tile->kernel_width, kx) * tile->tap_weights];
            for (const struct kernel_run *run = tile->runs; run < tile->runs_end; run++) {
                const size_t next =
                    at_row(tile->next, run->pixel_stride, tile->next_image * run->image_stride);
                const ptrdiff_t step = run->step;
                /* Three pixels an address register: with 0, 1 and 2 times an index. */
                const float *x0 = run_at(run, tile->image, pixel), *x3 = &x0[3 * next];
                const float *x6 = &x3[3 * next], *x9 = &x6[3 * next], *x12 = &x9[3 * next];
                for (size_t count = run->count; count > 0; count--) {
                    UNROLL
                    for (size_t v = 0; v < whole; v++)
                        weights[v] = vector_load(w + vector_weights(tile, v));
#ifdef VECTOR_SHARES
                    if (has_half)
                        half.weights = vector_load_parts(w + vector_weights(tile, whole), 2);
                    if (has_quarter)
                        quarter.weights =
                            vector_load_parts(w + vector_weights(tile, whole) + has_half, 4);
#endif
                    UNROLL
                    for (size_t p = 0; p < pixels; p++) {
                        const float *three = p < 3    ? x0
                                             : p < 6  ? x3
                                             : p < 9  ? x6
                                             : p < 12 ? x9
                                                      : x12;
                        vector x = vector_broadcast(three[p % 3 * next]);
                        UNROLL
                        for (size_t v = 0; v < whole; v++)
                            sums[p][v] = vector_fma(x, weights[v], sums[p][v]);
#ifdef VECTOR_SHARES
                        if (has_half)
                            shared_add(&half, 2, pixels, p, x);
                        if (has_quarter)
                            shared_add(&quarter, 4, pixels, p, x);
#endif
                    }
                    if (pixels > 1)
                        __builtin_prefetch(ahead);
                    ahead += tile->ahead_step;
                    if (pixels > 5) {
                        __builtin_prefetch(other);
                        __builtin_prefetch(other + other_stride);
                        other += other_step;
                    }
                    w += KERNEL_LANES;
                    x0 += step, x3 += step, x6 += step, x9 += step, x12 += step;
                }
            }
        }
    const struct vector_bounds bounds = broadcast_bounds(tile->bounds);
    const size_t out_next = tile->out_next, lanes = tile->lanes;
    float *out = tile->out;
    UNROLL
    for (size_t p = 0; p < pixels; p++, out += out_next) {
        UNROLL
        for (size_t v = 0; v < whole; v++) {
            vector y = vector_bounded(sums[p][v], bounds);
            if (v + 1 < whole || tail) {
                vector_store(&out[v * VECTOR_LANES], y);
            } else {
                vector_store_first(&out[v * VECTOR_LANES], y, lanes);
            }
        }
#ifdef VECTOR_SHARES
        if (has_half)
            shared_store(&half, 2, p, out + half_at, has_quarter ? 8 : lanes, bounds);
        if (has_quarter)
            shared_store(&quarter, 4, p, out + quarter_at, lanes, bounds);
#endif
    }
}

#endif
