/* Every kernel of every instruction set, found through kernels.def, against a plain implementation
 * of the order that its header defines: the same bits, all NaNs being equal.
 *
 * Operands are lists of runs of several maps, with steps, offsets and padding lanes that hold NaN;
 * outputs stand between canaries, and only their live channels may change. */
#include "tests/kernel_case.h"

#include "kernels/conv.h"
#include "kernels/depthwise.h"
#include "kernels/elementwise.h"
#include "kernels/fully_connected.h"
#include "kernels/global_pool.h"
#include "kernels/kernel.h"
#include "kernels/movement.h"
#include "kernels/pool.h"

#include <math.h>

/* ---- conv ---- */

struct conv_reference {
    const struct conv_args *args;
    const struct operand *operand;
};

static float expected_conv(const void *data, size_t image, size_t channel, size_t y, size_t x) {
    const struct conv_reference *reference = data;
    const struct conv_args *args = reference->args;
    size_t taps = taps_of(&args->window);
    size_t group = channel / args->group_outputs, output = channel % args->group_outputs;
    size_t block = group * blocks_of(args->group_outputs) + output / 16;
    float sum = args->bias[block * 16 + output % 16];
    for (size_t tap = 0; tap < taps; tap++) {
        long pixel = tap_pixel(&args->window, y, x, tap);
        if (pixel < 0)
            continue;
        for (size_t c = 0; c < args->group_inputs; c++) {
            size_t row = (block * taps + tap) * args->group_inputs + c;
            sum = fmaf(
                element(reference->operand, image, group * args->group_inputs + c, (size_t)pixel),
                args->weights[row * 16 + output % 16], sum);
        }
    }
    return sum;
}

/* All but the window and the channels are filled in here. */
static void check_conv(const struct kernel_table *table, struct conv_args args,
                       struct operand operand, struct size out) {
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
    CALL_IN_PORTIONS(table->conv, &args, out.images * out.height);
    struct conv_reference reference = {&args, &operand};
    check_output(&output, args.bounds, expected_conv, &reference, "conv");
}

/* A planar image with few inputs and long rows, as the first convolution of a network has: any
 * width of the output from 1 on, and any pads. */
static void check_first_conv(const struct kernel_table *table, size_t round) {
    size_t kernel = pick(1, 4), stride = pick(1, 3), dilation = pick(0, 3) == 0 ? 2 : 1;
    size_t left = pick(0, 2), right = pick(0, 2);
    size_t channels = pick(0, 7) == 0 ? pick(8, 14) : pick(1, 4); /* many: rows in several spans */
    struct size out = {pick(1, 2), pick(1, 5), 1 + round % 100};
    size_t padded = (out.width - 1) * stride + (kernel - 1) * dilation + 1 + pick(0, stride - 1);
    if (padded <= left + right)
        padded += 4 * stride, out.width += 4;
    size_t top = pick(0, 1), bottom = pick(0, 1);
    size_t down = pick(1, 2), down_dilation = pick(1, 2), extent = 2 * down_dilation + 1;
    struct size in = {out.images, (out.height - 1) * down + extent - top - bottom,
                      padded - left - right};
    struct conv_args args = {.groups = 1,
                             .group_inputs = channels,
                             .group_outputs = pick(0, 3) == 0 ? pick(25, 40) : pick(1, 24)};
    args.window = (struct kernel_window){in.height,
                                         in.width,
                                         {3, kernel},
                                         {down, stride},
                                         {down_dilation, dilation},
                                         {top, left, bottom, right}};
    check_conv(table, args, planar_operand(in, channels), out);
}

static void test_conv(const struct kernel_table *table, size_t round) {
    struct size in, out;
    struct conv_args args = {.window = fitting_window(&in, &out)};
    bool planar = round % 4 == 0;
    if (round % 4 == 1) { /* pointwise */
        out = in;
        args.window = (struct kernel_window){in.height, in.width, {1, 1}, {1, 1}, {1, 1}, {0}};
    }
    args.groups = planar ? 1 : pick(1, 3);
    args.group_inputs = pick(1, 40 / args.groups);
    args.group_outputs = 1 + round % 40 + (round % 3 == 0 ? 40 : 0);
    size_t inputs = args.groups * args.group_inputs;
    check_conv(table, args, planar ? planar_operand(in, inputs) : random_operand(in, inputs), out);
    check_first_conv(table, round);
}

/* ---- depthwise ---- */

struct depthwise_reference {
    const struct depthwise_args *args;
    const struct operand *operand;
};

static float expected_depthwise(const void *data, size_t image, size_t channel, size_t y,
                                size_t x) {
    const struct depthwise_reference *reference = data;
    const struct depthwise_args *args = reference->args;
    size_t taps = taps_of(&args->window);
    float sum = args->bias[channel];
    for (size_t tap = 0; tap < taps; tap++) {
        long pixel = tap_pixel(&args->window, y, x, tap);
        if (pixel >= 0)
            sum = fmaf(element(reference->operand, image, channel, (size_t)pixel),
                       args->weights[(channel / 16 * taps + tap) * 16 + channel % 16], sum);
    }
    return sum;
}

static void test_depthwise(const struct kernel_table *table, size_t round) {
    struct size in, out;
    struct depthwise_args args = {.window = round % 2 ? square_window(&in, &out)
                                                      : fitting_window(&in, &out)};
    size_t channels = 1 + round % 40;
    struct operand operand = random_operand(in, channels), pieces = cut(&operand, 16, NULL);
    struct output output = new_output(out, channels, false);
    args.runs = pieces.runs;
    args.run_count = pieces.count;
    args.weights = random_buffer(blocks_of(channels) * 16 * taps_of(&args.window));
    args.bias = random_buffer(blocks_of(channels) * 16);
    args.bounds = random_bounds();
    args.output = output.map;
    CALL_IN_PORTIONS(table->depthwise, &args, out.images * out.height);
    struct depthwise_reference reference = {&args, &operand};
    check_output(&output, args.bounds, expected_depthwise, &reference, "depthwise");
}

/* ---- pools ---- */

struct pool_reference {
    const struct pool_args *args;
    const struct operand *operand;
};

static float expected_max(const void *data, size_t image, size_t channel, size_t y, size_t x) {
    const struct pool_reference *reference = data;
    bool first = true;
    float largest = -INFINITY;
    for (size_t tap = 0; tap < taps_of(&reference->args->window); tap++) {
        long pixel = tap_pixel(&reference->args->window, y, x, tap);
        if (pixel < 0)
            continue;
        float value = element(reference->operand, image, channel, (size_t)pixel);
        if (first || largest < value || value != value)
            largest = value;
        first = false;
    }
    return largest;
}

static float expected_average(const void *data, size_t image, size_t channel, size_t y, size_t x) {
    const struct pool_reference *reference = data;
    const struct kernel_window *window = &reference->args->window;
    struct kernel_window padded = *window; /* the padded image as an image */
    padded.height += window->pad[0] + window->pad[2];
    padded.width += window->pad[1] + window->pad[3];
    padded.pad[0] = padded.pad[1] = 0;
    float sum = 0;
    size_t count = 0;
    for (size_t tap = 0; tap < taps_of(window); tap++) {
        long pixel = tap_pixel(window, y, x, tap);
        if (pixel >= 0)
            sum += element(reference->operand, image, channel, (size_t)pixel);
        count += reference->args->count_padding ? tap_pixel(&padded, y, x, tap) >= 0 : pixel >= 0;
    }
    return sum / (float)count;
}

static void test_pool(void (*kernel)(const struct pool_args *, size_t, size_t),
                      expected_value *expected, const char *name, size_t round) {
    struct size in, out;
    struct pool_args args = {.window = round / 2 % 2 ? square_window(&in, &out)
                                                     : fitting_window(&in, &out),
                             .count_padding = round % 2};
    size_t channels = 1 + round % 40;
    out.height += pick(0, 1); /* as where the output is rounded up */
    struct operand operand = random_operand(in, channels), pieces = cut(&operand, 16, NULL);
    struct output output = new_output(out, channels, false);
    args.runs = pieces.runs;
    args.run_count = pieces.count;
    args.bounds = random_bounds();
    args.output = output.map;
    CALL_IN_PORTIONS(kernel, &args, out.images * out.height);
    struct pool_reference reference = {&args, &operand};
    check_output(&output, args.bounds, expected, &reference, name);
}

static void test_max_pool(const struct kernel_table *table, size_t round) {
    test_pool(table->max_pool, expected_max, "max_pool", round);
}

static void test_average_pool(const struct kernel_table *table, size_t round) {
    test_pool(table->average_pool, expected_average, "average_pool", round);
}

static float expected_index(const void *data, size_t image, size_t channel, size_t y, size_t x) {
    const struct pool_reference *reference = data;
    const struct kernel_window *window = &reference->args->window;
    size_t plane = window->height * window->width, best = SIZE_MAX;
    float largest = 0;
    for (size_t tap = 0; tap < taps_of(window); tap++) {
        long pixel = tap_pixel(window, y, x, tap);
        if (pixel < 0)
            continue;
        float value = element(reference->operand, image, channel, (size_t)pixel);
        if (best == SIZE_MAX || largest < value || value != value) {
            largest = value;
            best = (size_t)pixel;
        }
    }
    if (best == SIZE_MAX)
        return -1;
    if (reference->args->columns_first)
        best = best % window->width * window->height + best / window->width;
    return (float)((image * reference->args->input_channels + channel) * plane + best);
}

static void test_max_pool_indices(const struct kernel_table *table, size_t round) {
    static const struct kernel_bounds none = {-INFINITY, INFINITY};
    struct size in, out;
    struct pool_args args = {.window = fitting_window(&in, &out), .columns_first = round % 2};
    args.input_channels = 1 + round % 40;
    struct operand operand = random_operand(in, args.input_channels);
    struct operand pieces = cut(&operand, 16, NULL);
    struct output output = new_output(out, args.input_channels, false);
    args.runs = pieces.runs;
    args.run_count = pieces.count;
    args.output = output.map;
    CALL_IN_PORTIONS(table->max_pool_indices, &args, out.images * out.height);
    struct pool_reference reference = {&args, &operand};
    check_output(&output, none, expected_index, &reference, "max_pool_indices");
}

/* ---- global_average_pool ---- */

struct global_reference {
    const struct operand *operand;
    size_t pixels;
};

static float expected_global(const void *data, size_t image, size_t channel, size_t y, size_t x) {
    const struct global_reference *reference = data;
    float total = 0, sum = 0;
    (void)y, (void)x;
    for (size_t pixel = 0; pixel < reference->pixels; pixel++) {
        sum += element(reference->operand, image, channel, pixel);
        if (pixel % 4096 == 4095 || pixel + 1 == reference->pixels) {
            total += sum;
            sum = 0;
        }
    }
    return total / (float)reference->pixels;
}

static void test_global_average_pool(const struct kernel_table *table, size_t round) {
    struct size in = {pick(1, 2), pick(1, 9), pick(1, 9)};
    size_t channels = 1 + round % 40;
    if (round % 20 == 0) { /* more than one block of 4096 pixels, and exactly two */
        in = (struct size){1, 128, round % 40 == 0 ? 64 : 70};
        channels = 3;
    }
    struct operand operand = random_operand(in, channels), pieces = cut(&operand, 16, NULL);
    struct output output = new_output((struct size){in.images, 1, 1}, channels, false);
    struct global_pool_args args = {.runs = pieces.runs,
                                    .run_count = pieces.count,
                                    .pixels = in.height * in.width,
                                    .bounds = random_bounds(),
                                    .output = output.map};
    CALL_IN_PORTIONS(table->global_average_pool, &args, in.images * pieces.count);
    struct global_reference reference = {&operand, args.pixels};
    check_output(&output, args.bounds, expected_global, &reference, "global_average_pool");
}

/* ---- fully_connected ---- */

struct connected_reference {
    const struct fully_connected_args *args;
    const struct operand *operand;
};

static float expected_connected(const void *data, size_t image, size_t channel, size_t y,
                                size_t x) {
    const struct connected_reference *reference = data;
    const struct fully_connected_args *args = reference->args;
    float sum = args->bias[channel];
    (void)y, (void)x;
    for (size_t k = 0; k < args->inputs; k++)
        sum = fmaf(element(reference->operand, image, k, 0),
                   args->weights[(channel / 16 * args->inputs + k) * 16 + channel % 16], sum);
    return sum;
}

static void test_fully_connected(const struct kernel_table *table, size_t round) {
    struct size in = {pick(1, 3), 1, 1};
    size_t outputs = 1 + round % 40;
    struct fully_connected_args args = {.images = in.images, .inputs = pick(1, 40)};
    bool row_major = round % 2;
    struct operand operand =
        row_major ? planar_operand(in, args.inputs) : random_operand(in, args.inputs);
    struct output output = new_output(in, outputs, true);
    args.runs = operand.runs;
    args.run_count = operand.count;
    args.weights = random_buffer(blocks_of(outputs) * 16 * args.inputs);
    args.bias = random_buffer(blocks_of(outputs) * 16);
    args.bounds = random_bounds();
    args.output = output.map;
    CALL_IN_PORTIONS(table->fully_connected, &args, blocks_of(outputs));
    struct connected_reference reference = {&args, &operand};
    check_output(&output, args.bounds, expected_connected, &reference, "fully_connected");
}

/* ---- add and copy ---- */

struct pixel_reference {
    const struct operand *a, *b; /* b: NULL for copy */
    size_t width;
};

static float expected_sum(const void *data, size_t image, size_t channel, size_t y, size_t x) {
    const struct pixel_reference *reference = data;
    size_t pixel = y * reference->width + x;
    float a = element(reference->a, image, channel, pixel);
    return reference->b ? a + element(reference->b, image, channel, pixel) : a;
}

static void test_add(const struct kernel_table *table, size_t round) {
    struct size size = {pick(1, 2), pick(1, 5), pick(1, 5)};
    size_t channels = 1 + round % 40;
    struct operand a = random_operand(size, channels), b = random_operand(size, channels);
    struct operand cut_a = cut(&a, channels, &b), cut_b = cut(&b, channels, &a);
    struct output output = new_output(size, channels, false);
    struct add_args args = {cut_a.runs, cut_b.runs, cut_a.count, random_bounds(), output.map};
    CALL_IN_PORTIONS(table->add, &args, size.images * size.height);
    struct pixel_reference reference = {&a, &b, size.width};
    check_output(&output, args.bounds, expected_sum, &reference, "add");
}

static void test_copy(const struct kernel_table *table, size_t round) {
    struct size size = {pick(1, 2), pick(1, 5), pick(1, 5)};
    size_t channels = 1 + round % 40;
    struct operand operand =
        round % 3 == 0 ? planar_operand(size, channels) : random_operand(size, channels);
    struct output output = new_output(size, channels, round % 3 == 1);
    struct copy_args args = {operand.runs, operand.count, random_bounds(), output.map};
    CALL_IN_PORTIONS(table->copy, &args, size.images * size.height);
    struct pixel_reference reference = {&operand, NULL, size.width};
    check_output(&output, args.bounds, expected_sum, &reference, "copy");
}

/* ---- all of them ---- */

static const struct {
    const char *name;
    void (*test)(const struct kernel_table *table, size_t round);
} families[] = {
#define KERNEL(family, args) {#family, test_##family},
#include "kernels/kernels.def"
#undef KERNEL
};

enum { FAMILIES = sizeof families / sizeof *families, ROUNDS = 200 };

static void run_rounds(const struct kernel_table *table, int family) {
    for (size_t round = 0; round < ROUNDS; round++) {
        random_state = round;
        with_special_values = round % 3 == 2;
        families[family].test(table, round);
        free_buffers();
    }
}

#define TEST_TABLE(isa, is_usable)                                                                 \
    START_TEST(test_##isa) {                                                                       \
        if (is_usable)                                                                             \
            run_rounds(&kernels_##isa, _i);                                                        \
    }                                                                                              \
    END_TEST

#define HAS(feature) (__builtin_cpu_supports(feature))
#define HAS_FMA (HAS("avx2") && HAS("fma"))
#define HAS_AVX512                                                                                 \
    (HAS_FMA && HAS("avx512f") && HAS("avx512bw") && HAS("avx512dq") && HAS("avx512vl"))

TEST_TABLE(ref, true)
#ifdef HAVE_KERNELS_REF_FMA
TEST_TABLE(ref_fma, HAS_FMA)
#endif
#ifdef HAVE_KERNELS_AVX2
TEST_TABLE(avx2, HAS_FMA)
#endif
#ifdef HAVE_KERNELS_AVX512
TEST_TABLE(avx512, HAS_AVX512)
#endif
#ifdef HAVE_KERNELS_NEON
TEST_TABLE(neon, true)
#endif

int main(void) {
    Suite *suite = suite_create("kernels");
    TCase *kernels = tcase_create("against plain loops");
    tcase_set_timeout(kernels, 120);
    tcase_add_loop_test(kernels, test_ref, 0, FAMILIES);
#ifdef HAVE_KERNELS_REF_FMA
    tcase_add_loop_test(kernels, test_ref_fma, 0, FAMILIES);
#endif
#ifdef HAVE_KERNELS_AVX2
    tcase_add_loop_test(kernels, test_avx2, 0, FAMILIES);
#endif
#ifdef HAVE_KERNELS_AVX512
    tcase_add_loop_test(kernels, test_avx512, 0, FAMILIES);
#endif
#ifdef HAVE_KERNELS_NEON
    tcase_add_loop_test(kernels, test_neon, 0, FAMILIES);
#endif
    suite_add_tcase(suite, kernels);
    return tap_run(suite);
}
