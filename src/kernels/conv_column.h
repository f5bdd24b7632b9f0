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

/* The pixels of a line's next tile, where `left` are left and `made` are made: tiles of nearly
 * equal size. Tiles with a tail are even, so the last one may make a pixel again. */
static inline size_t tile_pixels(const struct conv_column *column, size_t made, size_t left) {
    size_t tiles = (left + column->pixels - 1) / column->pixels;
    size_t count = left / tiles;
    if (column->tail == 0 || count % 2 == 0 || count == 1)
        return count;
    return count < left || made > 0 ? count + 1 : count - 1;
}

/* Makes `pixels` outputs of a line, tile by tile. `line` is the first, with all but `lanes`
 * filled in; `outputs` are those the column makes. */
static inline void make_line(const struct conv_column *column, size_t outputs, size_t pixels,
                             const struct conv_tile *line) {
    struct conv_tile tile = *line;
    size_t full = column->tail == 0 ? column->vectors - 1 : column->vectors;
    size_t in_half = column->tail > 8 ? 8 : 0;
    tile.lanes = outputs - full * VECTOR_LANES - in_half;
    for (size_t made = 0; made < pixels;) {
        size_t count = tile_pixels(column, made, pixels - made);
        size_t first = smaller(made, pixels - count);
        tile.pixel = at_row(first, line->next, line->pixel);
        tile.image = at_row(first, line->next_image, line->image);
        tile.out = &line->out[first * line->out_next];
        column->tile(&tile, count);
        made = first + count;
    }
}

#endif
