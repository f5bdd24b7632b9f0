/* Fully connected with vectors: the tiles of convolution, an image being a pixel. One image reads
 * every weight for one product, so memory is what it waits for: eight vectors of outputs at a time
 * are enough chains for the arithmetic to keep up. */
#include "kernels/fully_connected.h"

#include "kernels/conv_column.h"

static void tile_8(const struct conv_tile *tile, size_t pixels) {
    (void)pixels;
    conv_tile(tile, 8, 0, 1);
}

static void tile_4(const struct conv_tile *tile, size_t pixels) {
    (void)pixels;
    conv_tile(tile, 4, 0, 1);
}

static const struct conv_column *column_for(size_t images, size_t outputs) {
    static const struct conv_column eight = {tile_8, 8, 0, 1}, four = {tile_4, 4, 0, 1};
    if (images == 1 && outputs >= 8 * VECTOR_LANES)
        return &eight;
    if (images == 1 && outputs >= 4 * VECTOR_LANES)
        return &four;
    return conv_column_for(outputs);
}

void KERNEL_NAME(fully_connected)(const struct fully_connected_args *args, size_t begin,
                                  size_t end) {
    size_t past = smaller(end * KERNEL_LANES, args->output.channels);
    for (size_t first = begin * KERNEL_LANES, outputs; first < past; first += outputs) {
        const struct conv_column *column = column_for(args->images, past - first);
        outputs = column_outputs(column, past - first);
        struct conv_tile tile = {
            .runs = args->runs,
            .runs_end = &args->runs[args->run_count],
            .next_image = 1,
            .taps = {{0, 1}, {0, 1}},
            .kernel_width = 1,
            .weights = &args->weights[first * args->inputs],
            .block_weights = args->inputs * KERNEL_LANES,
            .bias = &args->bias[first],
            .bounds = args->bounds,
            .out = map_at(&args->output, 0, 0, 0, first),
            .out_next = args->output.image_stride,
        };
        make_line(column, outputs, args->images, &tile);
    }
}
