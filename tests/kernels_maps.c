/* Tests of the kernels that enlarge maps or make them of bytes, against each element worked out
 * alone. */
#include "tests/kernel_case.h"

#include "kernels/bytes.h"
#include "kernels/conv_transpose.h"
#include "kernels/resize.h"

#include <math.h>
#include <stdlib.h>

/* ---- resize ---- */

struct resize_reference {
    const struct resize_args *args;
    const struct operand *operand;
};

static float expected_resized(const void *data, size_t image, size_t channel, size_t y, size_t x) {
    const struct resize_reference *reference = data;
    const struct resize_args *args = reference->args;
    const struct resize_position *row = &args->rows[y], *column = &args->columns[x];
    float lines[RESIZE_TAPS] = {0};
    for (size_t i = 0; i < args->taps; i++) {
        size_t first = row->index[i] * args->width;
        lines[i] = column->weight[0] *
                   element(reference->operand, image, channel, first + column->index[0]);
        for (size_t k = 1; k < args->taps; k++)
            lines[i] = fmaf(column->weight[k],
                            element(reference->operand, image, channel, first + column->index[k]),
                            lines[i]);
    }
    float sum = row->weight[0] * lines[0];
    for (size_t i = 1; i < args->taps; i++)
        sum = fmaf(row->weight[i], lines[i], sum);
    return sum;
}

enum { MOST_POSITIONS = 12 };

static void random_positions(struct resize_position *positions, size_t count, size_t input,
                             size_t taps) {
    const float *weights = random_buffer(MOST_POSITIONS * RESIZE_TAPS);
    for (size_t i = 0; i < count; i++)
        for (size_t tap = 0; tap < RESIZE_TAPS; tap++) {
            positions[i].index[tap] = tap < taps ? pick(0, input - 1) : SIZE_MAX;
            positions[i].weight[tap] = taps == 1 ? 1 : tap < taps ? weights[i * 4 + tap] : NAN;
        }
}

void test_resize(const struct kernel_table *table, size_t round) {
    struct size in = {pick(1, 2), pick(1, 6), pick(1, 6)};
    struct size out = {in.images, pick(1, MOST_POSITIONS), pick(1, MOST_POSITIONS)};
    size_t channels = 1 + round % 40, taps = (size_t)1 << round % 3;
    struct resize_position rows[MOST_POSITIONS], columns[MOST_POSITIONS];
    random_positions(rows, out.height, in.height, taps);
    random_positions(columns, out.width, in.width, taps);
    struct operand operand =
        round % 4 == 0 ? planar_operand(in, channels) : random_operand(in, channels);
    struct output output = new_output(out, channels, false);
    struct resize_args args = {operand.runs, operand.count, in.width,  taps,
                               rows,         columns,       output.map};
    CALL_IN_PORTIONS(table->resize, &args, out.images * out.height);
    struct resize_reference reference = {&args, &operand};
    struct kernel_bounds none = {-INFINITY, INFINITY};
    check_output(&output, none, expected_resized, &reference, "resize");
}

/* ---- conv_transpose ---- */

struct transpose_reference {
    const struct conv_args *args;
    const struct operand *operand;
};

/* Whether input position `in` reaches, through the tap, output position `out`. */
static bool reaches(const struct kernel_window *window, int axis, size_t in, size_t tap,
                    size_t out) {
    return in * window->stride[axis] + tap * window->dilation[axis] == out + window->pad[axis];
}

static float expected_transposed(const void *data, size_t image, size_t channel, size_t y,
                                 size_t x) {
    const struct transpose_reference *reference = data;
    const struct conv_args *args = reference->args;
    const struct kernel_window *window = &args->window;
    size_t taps = taps_of(window);
    size_t group = channel / args->group_outputs, output = channel % args->group_outputs;
    size_t block = group * blocks_of(args->group_outputs) + output / 16;
    float sum = args->bias[block * 16 + output % 16];
    for (size_t tap = 0; tap < taps; tap++)
        for (size_t pixel = 0; pixel < window->height * window->width; pixel++)
            for (size_t c = 0; c < args->group_inputs; c++) {
                if (!reaches(window, 0, pixel / window->width, tap / window->kernel[1], y) ||
                    !reaches(window, 1, pixel % window->width, tap % window->kernel[1], x))
                    continue;
                size_t row = (block * taps + tap) * args->group_inputs + c;
                sum =
                    fmaf(element(reference->operand, image, group * args->group_inputs + c, pixel),
                         args->weights[row * 16 + output % 16], sum);
            }
    return sum;
}

/* Outputs along an axis; the output may be longer than what the taps reach. */
static size_t transposed_size(const struct kernel_window *window, int axis, size_t in) {
    size_t full = (in - 1) * window->stride[axis] +
                  (window->kernel[axis] - 1) * window->dilation[axis] + 1 + pick(0, 1);
    size_t pads = window->pad[axis] + window->pad[axis + 2];
    return full > pads ? full - pads : 1;
}

void test_conv_transpose(const struct kernel_table *table, size_t round) {
    struct size in, ignored;
    struct conv_args args = {.window = fitting_window(&in, &ignored)};
    in.height = args.window.height = pick(1, 5);
    in.width = args.window.width = pick(1, 5);
    args.window.stride[round % 2] = pick(1, 3);
    struct size out = {in.images, transposed_size(&args.window, 0, in.height),
                       transposed_size(&args.window, 1, in.width)};
    args.groups = pick(1, 3);
    args.group_inputs = pick(1, 20 / args.groups);
    args.group_outputs = 1 + round % 40;
    struct operand operand = random_operand(in, args.groups * args.group_inputs);
    struct operand pieces = cut(&operand, args.group_inputs, NULL);
    size_t group_runs[4] = {0}, lanes = args.groups * blocks_of(args.group_outputs) * 16;
    for (size_t i = 0; i < pieces.count; i++)
        group_runs[pieces.runs[i].channel / args.group_inputs + 1] = i + 1;
    struct output output = new_output(out, args.groups * args.group_outputs, false);
    args.runs = pieces.runs;
    args.group_runs = group_runs;
    args.weights = random_buffer(lanes * taps_of(&args.window) * args.group_inputs);
    args.bias = random_buffer(lanes);
    args.bounds = random_bounds();
    args.output = output.map;
    CALL_IN_PORTIONS(table->conv_transpose, &args, out.images * out.height);
    struct transpose_reference reference = {&args, &operand};
    check_output(&output, args.bounds, expected_transposed, &reference, "conv_transpose");
}

/* ---- bytes ---- */

enum { MOST_CHANNELS = 4 };

static float expected_number(const void *data, size_t image, size_t channel, size_t y, size_t x) {
    const struct bytes_args *args = data;
    const struct kernel_frame *frame = args->frame;
    const struct byte_channel *from = &args->channels[channel];
    ptrdiff_t at = (ptrdiff_t)image * frame->image_stride + (ptrdiff_t)y * frame->row_stride +
                   (ptrdiff_t)x * frame->pixel_stride +
                   (ptrdiff_t)from->number * frame->channel_stride;
    return fmaf((float)frame->base[at], from->scale, from->shift);
}

/* Rows of pixels or of planes, from top to bottom or upwards, with room behind each row. The memory
 * ends with the last byte, for valgrind and the address sanitizer to see. */
void test_bytes(const struct kernel_table *table, size_t round) {
    struct size size = {pick(1, 2), pick(1, 5), 1 + round % 70};
    size_t channels = pick(1, MOST_CHANNELS), depth = pick(1, 5), room = pick(0, 3);
    bool planes = round % 3 == 0, upwards = round % 5 == 0;
    size_t row = (planes ? size.width : size.width * depth) + room;
    size_t image = size.height * row * (planes ? depth : 1), total = size.images * image - room;
    unsigned char *bytes = malloc(total);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < total; i++)
        bytes[i] = (unsigned char)pick(0, 255);
    struct kernel_frame frame = {bytes, (ptrdiff_t)image, (ptrdiff_t)row,
                                 planes ? 1 : (ptrdiff_t)depth,
                                 planes ? (ptrdiff_t)(size.height * row) : 1};
    if (upwards) {
        frame.base += (size.height - 1) * row;
        frame.row_stride = -frame.row_stride;
    }
    struct byte_channel list[MOST_CHANNELS];
    const float *numbers = random_buffer(2 * MOST_CHANNELS);
    for (size_t c = 0; c < channels; c++)
        list[c] = (struct byte_channel){pick(0, depth - 1), numbers[2 * c], numbers[2 * c + 1]};
    struct output output = new_output(size, channels, round % 4 != 0);
    struct bytes_args args = {&frame, list, output.map};
    CALL_IN_PORTIONS(table->bytes, &args, size.images * size.height);
    struct kernel_bounds none = {-INFINITY, INFINITY};
    check_output(&output, none, expected_number, &args, "bytes");
    free(bytes);
}
