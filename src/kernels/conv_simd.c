/* Convolution with vectors. The outputs of a group are cut into columns, the pixels into lines:
 * rows without their borders, and the borders from top to bottom, so that all pixels of a line have
 * the same taps; a pointwise convolution has one line. The weights of a column stay near while the
 * lines pass by, a tile at a time. */
#include "kernels/conv.h"

#include "kernels/conv_column.h"
#include "kernels/conv_planar.h"

/* Output rows [begin, end) of an image. */
struct rows {
    size_t image, begin, end;
};

/* A column of outputs, and what all its tiles have in common. */
struct work {
    const struct conv_args *args;
    const struct conv_column *column;
    size_t channel, outputs;
    struct conv_tile tile;
};

/* The `pixels` outputs from (y, x) on: below each other (axis 0) or beside each other (axis 1). */
static void conv_line(const struct work *work, size_t image, size_t y, size_t x, size_t pixels,
                      int axis) {
    const struct kernel_window *window = &work->args->window;
    const struct kernel_map *output = &work->args->output;
    struct conv_tile tile = work->tile;
    tile.image = image;
    tile.pixel = at_row(tap_origin(window, 0, y), window->width, tap_origin(window, 1, x));
    tile.next = window->stride[axis] * (axis == 0 ? window->width : 1);
    valid_taps(window, 0, y, tile.taps[0]);
    valid_taps(window, 1, x, tile.taps[1]);
    tile.out = map_at(output, image, y, x, work->channel);
    tile.out_next = output->pixel_stride * (axis == 0 ? output->width : 1);
    make_line(work->column, work->outputs, pixels, &tile);
}

static void conv_rows(const struct work *work, struct rows rows) {
    const struct kernel_window *window = &work->args->window;
    size_t width = work->args->output.width, inner_x[2], inner_y[2];
    inner_outputs(window, 1, 0, width, inner_x);
    inner_outputs(window, 0, rows.begin, rows.end, inner_y);
    for (size_t y = rows.begin; y < rows.end && inner_x[0] < inner_x[1]; y++)
        conv_line(work, rows.image, y, inner_x[0], inner_x[1] - inner_x[0], 1);
    for (size_t x = 0; x < width; x++) {
        if (x >= inner_x[0] && x < inner_x[1])
            continue;
        for (size_t y = rows.begin, pixels; y < rows.end; y += pixels) {
            pixels = y == inner_y[0] && y < inner_y[1] ? inner_y[1] - y : 1;
            conv_line(work, rows.image, y, x, pixels, 0);
        }
    }
}

static bool is_pointwise(const struct kernel_window *window) {
    return window->kernel[0] == 1 && window->kernel[1] == 1 && window->stride[0] == 1 &&
           window->stride[1] == 1 && window->pad[0] == 0 && window->pad[1] == 0 &&
           window->pad[2] == 0 && window->pad[3] == 0;
}

/* Output rows [begin, end) of all images, counted through. */
static void conv_images(const struct work *work, size_t begin, size_t end) {
    const struct kernel_map *output = &work->args->output;
    bool pointwise = is_pointwise(&work->args->window);
    for (size_t row = begin, count; row < end; row += count) {
        size_t image = row / output->height, y = row % output->height;
        count = smaller(end - row, output->height - y);
        if (pointwise)
            conv_line(work, image, y, 0, count * output->width, 1);
        else
            conv_rows(work, (struct rows){image, y, y + count});
    }
}

static struct conv_tile tile_of(const struct conv_args *args, size_t group, size_t first) {
    size_t taps = args->window.kernel[0] * args->window.kernel[1];
    size_t tap_weights = args->group_inputs * KERNEL_LANES;
    size_t padded = at_row(group, blocks_of(args->group_outputs) * KERNEL_LANES, first);
    size_t weight = padded * taps * args->group_inputs;
    return (struct conv_tile){
        .runs = &args->runs[args->group_runs[group]],
        .runs_end = &args->runs[args->group_runs[group + 1]],
        .tap_pixels = {args->window.dilation[0] * args->window.width, args->window.dilation[1]},
        .kernel_width = args->window.kernel[1],
        .weights = &args->weights[weight],
        .halves_ahead = args->halves_ahead ? &args->halves_ahead[weight / 2] : NULL,
        .tap_weights = tap_weights,
        .block_weights = taps * tap_weights,
        .bias = &args->bias[padded],
        .bounds = args->bounds,
        .other = args->ahead,
    };
}

void KERNEL_NAME(conv)(const struct conv_args *args, size_t begin, size_t end) {
    if (conv_planar(args, begin, end))
        return;
    for (size_t group = 0; group < args->groups; group++)
        for (size_t first = 0, outputs; first < args->group_outputs; first += outputs) {
            size_t left = args->group_outputs - first;
            struct work work = {.args = args, .column = conv_column_for(left)};
            work.outputs = outputs = column_outputs(work.column, left);
            work.channel = at_row(group, args->group_outputs, first);
            work.tile = tile_of(args, group, first);
            conv_images(&work, begin, end);
        }
}
