/* The tiles that exist, and the choice among them: two vectors of outputs a column (NEON: four),
 * and in the last what is left: up to three vectors and a tail. Their shapes are the fastest of
 * those measured (bench/kernels; NEON: by counting registers): more pixels leave no registers for
 * weights and inputs, fewer load too often. */
#include "kernels/conv_column.h"

/* COLUMN(vectors, tail, pixels) */
#ifdef VECTOR_SHARES
#define COLUMNS                                                                                    \
    COLUMN(1, 0, 14)                                                                               \
    COLUMN(1, 8, 14)                                                                               \
    COLUMN(2, 0, 14)                                                                               \
    COLUMN(2, 8, 10)                                                                               \
    COLUMN(3, 0, 9)                                                                                \
    COLUMN(3, 4, 8)                                                                                \
    COLUMN(3, 8, 6)                                                                                \
    COLUMN(3, 12, 6)
#elif defined __ARM_NEON
#define COLUMNS                                                                                    \
    COLUMN(1, 0, 14)                                                                               \
    COLUMN(2, 0, 12)                                                                               \
    COLUMN(3, 0, 8)                                                                                \
    COLUMN(4, 0, 6)
#else
#define COLUMNS                                                                                    \
    COLUMN(1, 0, 12)                                                                               \
    COLUMN(2, 0, 6)                                                                                \
    COLUMN(3, 0, 4)
#endif

/* Of a column that is not the last, which starts and ends with blocks; and of any. */
enum { FULL_VECTORS = (int)VECTOR_LANES == 4 ? 4 : 2, MOST_VECTORS = FULL_VECTORS > 3 ? 4 : 3 };

#define tile_exists(vectors, tail, most, pixels)                                                   \
    (pixels <= most && (has_odd_tiles(vectors, tail) || pixels == 1 || pixels % 2 == 0))

#define TILE(vectors, tail, most, pixels)                                                          \
    case pixels:                                                                                   \
        if (tile_exists(vectors, tail, most, pixels))                                              \
            conv_tile(tile, vectors, tail, pixels);                                                \
        return;

#define COLUMN(vectors, tail, most)                                                                \
    static void tile_##vectors##_##tail(const struct conv_tile *tile, size_t pixels) {             \
        switch (pixels) {                                                                          \
            TILE(vectors, tail, most, 1)                                                           \
            TILE(vectors, tail, most, 2)                                                           \
            TILE(vectors, tail, most, 3)                                                           \
            TILE(vectors, tail, most, 4)                                                           \
            TILE(vectors, tail, most, 5)                                                           \
            TILE(vectors, tail, most, 6)                                                           \
            TILE(vectors, tail, most, 7)                                                           \
            TILE(vectors, tail, most, 8)                                                           \
            TILE(vectors, tail, most, 9)                                                           \
            TILE(vectors, tail, most, 10)                                                          \
            TILE(vectors, tail, most, 11)                                                          \
            TILE(vectors, tail, most, 12)                                                          \
            TILE(vectors, tail, most, 13)                                                          \
            TILE(vectors, tail, most, 14)                                                          \
        }                                                                                          \
    }
COLUMNS
#undef COLUMN

static const struct conv_column conv_columns[MOST_VECTORS + 1][KERNEL_LANES / 4 + 1] = {
#define COLUMN(vectors, tail, most)                                                                \
    [vectors][tail / 4] = {tile_##vectors##_##tail, vectors, tail, most},
    COLUMNS
#undef COLUMN
};

const struct conv_column *conv_column_for(size_t outputs) {
    size_t vectors = outputs / VECTOR_LANES, fours = (outputs % VECTOR_LANES + 3) / 4;
    if (vectors <= MOST_VECTORS && conv_columns[vectors][fours].tile)
        return &conv_columns[vectors][fours];
    vectors = (outputs + VECTOR_LANES - 1) / VECTOR_LANES; /* the last one filled in part */
    return &conv_columns[vectors > MOST_VECTORS ? FULL_VECTORS : vectors][0];
}
