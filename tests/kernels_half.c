/* Tests of the kernels with weights of half the size: the bits of the float32 kernels, which are
 * tested themselves, on the numbers that the halves stand for. */
#include "tests/kernel_case.h"

#include "kernels/half.h"

#include <math.h>
#include <string.h>

/* What a half stands for, by what its fields mean. */
static float half_number(enum kernel_half type, uint32_t half) {
    int fraction_bits = type == KERNEL_FLOAT16 ? 10 : 7, bias = type == KERNEL_FLOAT16 ? 15 : 127;
    int exponents = type == KERNEL_FLOAT16 ? 31 : 255;
    int exponent = (int)(half >> fraction_bits) & exponents;
    int fraction = (int)half & ((1 << fraction_bits) - 1);
    double magnitude =
        exponent == exponents ? (fraction ? NAN : INFINITY)
        : exponent == 0       ? ldexp(fraction, 1 - bias - fraction_bits)
                        : ldexp((1 << fraction_bits) + fraction, exponent - bias - fraction_bits);
    return (float)(half >> 15 ? -magnitude : magnitude);
}

/* Every half once in a while, mostly those near 1: others hide what is added to them. */
static uint32_t random_half(enum kernel_half type) {
    if (pick(0, 15) == 0 && (with_special_values || type == KERNEL_FLOAT16)) {
        uint32_t half = (uint32_t)pick(0, 0xffff);
        return with_special_values || (half >> 10 & 31) < 18 ? half : half & 0x83ff;
    }
    int fraction_bits = type == KERNEL_FLOAT16 ? 10 : 7, bias = type == KERNEL_FLOAT16 ? 15 : 127;
    return (uint32_t)(pick(0, 1) << 15 | (size_t)(bias - 4 + (int)pick(0, 4)) << fraction_bits |
                      pick(0, ((size_t)1 << fraction_bits) - 1));
}

/* A panel ends with what must not change. */
enum { PANEL_GUARD = 16 };

struct halves {
    struct kernel_half_weights weights;
    const float *numbers; /* the same as float32 */
    size_t panel_floats;
};

static struct halves new_halves(size_t round, size_t count, size_t panel_floats) {
    enum kernel_half type = round % 2 ? KERNEL_FLOAT16 : KERNEL_BFLOAT16;
    float *numbers = random_buffer(count), *panel = random_buffer(panel_floats + PANEL_GUARD);
    uint32_t *pairs = (uint32_t *)random_buffer(count / 2);
    for (size_t i = 0; i < count; i += 2) {
        pairs[i / 2] = random_half(type) | random_half(type) << 16;
        numbers[i] = half_number(type, pairs[i / 2] & 0xffff);
        numbers[i + 1] = half_number(type, pairs[i / 2] >> 16);
    }
    for (size_t i = 0; i < PANEL_GUARD; i++)
        panel[panel_floats + i] = (float)i;
    return (struct halves){{type, pairs, panel}, numbers, panel_floats};
}

static void check_panel(const struct halves *halves) {
    for (size_t i = 0; i < PANEL_GUARD; i++)
        ck_assert_float_eq(halves->weights.panel[halves->panel_floats + i], (float)i);
}

/* What the float32 kernel has written. */
static float written(const void *data, size_t image, size_t channel, size_t y, size_t x) {
    const struct kernel_map *map = data;
    return map->base[image * map->image_stride + (y * map->width + x) * map->pixel_stride +
                     channel * map->channel_stride];
}

static void test_convolution(const struct kernel_table *table, size_t round, bool transposed) {
    struct size in, out;
    struct conv_args args = {.window = fitting_window(&in, &out)};
    if (transposed) {
        struct size larger = in;
        in = out;
        out = larger;
        args.window.height = in.height;
        args.window.width = in.width;
    }
    bool planar = round % 8 == 2;
    args.groups = planar ? 1 : pick(1, 3);
    args.group_inputs = pick(1, 20 / args.groups);
    args.group_outputs = 1 + round % 120;
    size_t inputs = args.groups * args.group_inputs, outputs = args.groups * args.group_outputs;
    struct operand operand = planar ? planar_operand(in, inputs) : random_operand(in, inputs);
    struct operand pieces = cut(&operand, args.group_inputs, NULL);
    size_t group_runs[4] = {0}, lanes = args.groups * blocks_of(args.group_outputs) * 16;
    for (size_t i = 0; i < pieces.count; i++)
        group_runs[pieces.runs[i].channel / args.group_inputs + 1] = i + 1;
    size_t each = taps_of(&args.window) * args.group_inputs;
    struct halves halves =
        new_halves(round, lanes * each, half_panel_floats(blocks_of(args.group_outputs), each));
    struct output wanted = new_output(out, outputs, false), found = new_output(out, outputs, false);
    args.runs = pieces.runs;
    args.group_runs = group_runs;
    args.weights = halves.numbers;
    args.bias = random_buffer(lanes);
    args.bounds = random_bounds();
    args.output = wanted.map;
    size_t items = out.images * out.height;
    (transposed ? table->conv_transpose : table->conv)(&args, 0, items);
    args.weights = NULL;
    args.output = found.map;
    struct conv_half_args half = {&args, halves.weights};
    if (transposed)
        CALL_IN_PORTIONS(table->conv_transpose_half, &half, items)
    else
        CALL_IN_PORTIONS(table->conv_half, &half, items)
    check_output(&found, args.bounds, written, &wanted.map,
                 transposed ? "conv_transpose_half" : "conv_half");
    check_panel(&halves);
}

void test_conv_half(const struct kernel_table *table, size_t round) {
    test_convolution(table, round, false);
}

void test_conv_transpose_half(const struct kernel_table *table, size_t round) {
    test_convolution(table, round, true);
}

void test_fully_connected_half(const struct kernel_table *table, size_t round) {
    struct size in = {round % 4 == 0 ? pick(2, 3) : 1, 1, 1};
    size_t outputs = 1 + round % 200, blocks = blocks_of(outputs);
    struct fully_connected_args args = {.images = in.images, .inputs = pick(1, 40)};
    struct operand operand = random_operand(in, args.inputs);
    struct halves halves =
        new_halves(round, blocks * 16 * args.inputs, half_panel_floats(blocks, args.inputs));
    struct output wanted = new_output(in, outputs, true), found = new_output(in, outputs, true);
    args.runs = operand.runs;
    args.run_count = operand.count;
    args.weights = halves.numbers;
    args.bias = random_buffer(blocks * 16);
    args.bounds = random_bounds();
    args.output = wanted.map;
    table->fully_connected(&args, 0, blocks);
    args.weights = NULL;
    args.output = found.map;
    struct fully_connected_half_args half = {&args, halves.weights};
    CALL_IN_PORTIONS(table->fully_connected_half, &half, blocks)
    check_output(&found, args.bounds, written, &wanted.map, "fully_connected_half");
    check_panel(&halves);
}
