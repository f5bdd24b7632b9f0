/* Columns: tiles of one width, with any number of pixels. */
#ifndef KERNELS_CONV_COLUMN_H
#define KERNELS_CONV_COLUMN_H

#include "kernels/conv_tile.h"

/* Makes tiles of `vectors` vectors of outputs, `tail` outputs (0, 4, 8 or 12) that share vectors,
 * and up to `pixels` pixels. */
struct conv_column {
    void (*tile)(const struct conv_tile *tile, size_t pixels);
    size_t vectors, tail, pixels;
};

/* The first column that `outputs` outputs are cut into. */
#define conv_column_for KERNEL_NAME(conv_column_for)
const struct conv_column *conv_column_for(size_t outputs);

/* Of so many outputs, those that the column makes. */
static inline size_t column_outputs(const struct conv_column *column, size_t outputs) {
    return smaller(outputs, column->vectors * VECTOR_LANES + column->tail);
}

/* Whether a column's tiles have any number of pixels: else one, or an even number. Pixels share the
 * vectors of a tail; of one vector all numbers would be much code for little work. */
static inline bool has_odd_tiles(size_t vectors, size_t tail) {
    return vectors > 1 && tail == 0;
}

/* The pixels of a line's next tile, where `left` are left and `made` are made: tiles of nearly
 * equal size, of which the last may make a pixel again to be even. */
static inline size_t tile_pixels(const struct conv_column *column, size_t made, size_t left) {
    size_t tiles = (left + column->pixels - 1) / column->pixels;
    size_t count = left / tiles;
    if (has_odd_tiles(column->vectors, column->tail) || count % 2 == 0 || count == 1)
        return count;
    return count < left || made > 0 ? count + 1 : count - 1;
}

/* Tile `number` of `tiles` asks for this part of what the caller needs soon: of a few pieces at a
 * time, the same part of each. */
enum { AHEAD_PIECES = 2 };

static inline struct kernel_ahead part_ahead(const struct kernel_ahead *all, size_t tiles,
                                             size_t number, size_t inputs, const char *near) {
    size_t sets = all->pieces / AHEAD_PIECES;
    if (sets == 0) /* nothing: what is near already */
        return (struct kernel_ahead){.base = near};
    size_t parts = (tiles + sets - 1) / sets, part = number / sets;
    size_t bytes = all->bytes / parts;
    const char *set = all->base + number % sets * AHEAD_PIECES * all->stride;
    return (struct kernel_ahead){.base = set + part * bytes,
                                 .pieces = AHEAD_PIECES,
                                 .bytes = (bytes + inputs - 1) / inputs,
                                 .stride = all->stride};
}

/* Makes `pixels` outputs of a line, tile by tile. `line` is the first, with all but `lanes`,
 * `ahead` and its part of `other` filled in; `outputs` are those the column makes. Weights come
 * from memory once in a run of the network: while this column is made, those behind it are asked
 * for, mostly the next one's, in equal parts by all tiles. All of them by the first tile would be
 * more than memory can give. */
static inline void make_line(const struct conv_column *column, size_t outputs, size_t pixels,
                             const struct conv_tile *line) {
    struct conv_tile tile = *line;
    size_t full = column->tail == 0 ? column->vectors - 1 : column->vectors;
    size_t in_half = column->tail > 8 ? 8 : 0;
    tile.lanes = outputs - full * VECTOR_LANES - in_half;
    size_t tiles = (pixels + column->pixels - 1) / column->pixels, blocks = blocks_of(outputs);
    size_t inputs = tile.block_weights / KERNEL_LANES;
    size_t bytes = blocks * KERNEL_LANES * (line->halves_ahead ? 2 : sizeof(float));
    tile.ahead = line->halves_ahead ? (const char *)line->halves_ahead
                                    : (const char *)&tile.weights[blocks * tile.block_weights];
    tile.ahead_step = (bytes + tiles - 1) / tiles;
    for (size_t made = 0, number = 0; made < pixels; number++) {
        size_t count = tile_pixels(column, made, pixels - made);
        size_t first = smaller(made, pixels - count);
        tile.pixel = at_row(first, line->next, line->pixel);
        tile.image = at_row(first, line->next_image, line->image);
        tile.out = &line->out[first * line->out_next];
        tile.other = part_ahead(&line->other, tiles, number, inputs, (const char *)line->bias);
        column->tile(&tile, count);
        tile.ahead += inputs * tile.ahead_step;
        made = first + count;
    }
}

#endif
