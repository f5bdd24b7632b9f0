/* Every kernel of every instruction set, found through kernels.def, against a plain implementation
 * of the order that its header defines: the same bits, all NaNs being equal.
 *
 * Operands are lists of runs of several maps, with steps, offsets and padding lanes that hold NaN;
 * outputs stand between canaries, and only their live channels may change. */
#include "tests/tap.h"

#include "kernels/conv.h"
#include "kernels/depthwise.h"
#include "kernels/elementwise.h"
#include "kernels/fully_connected.h"
#include "kernels/global_pool.h"
#include "kernels/kernel.h"
#include "kernels/movement.h"
#include "kernels/pool.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { MAX_RUNS = 64, MAX_BUFFERS = 16, GUARD = 64 };

/* ---- random numbers: the seed is the round, so that a failure can be repeated ---- */

static uint64_t random_state;

static uint32_t random_bits(void) {
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z >> 32);
}

/* From low to high, both included. */
static size_t pick(size_t low, size_t high) {
    return low + random_bits() % (high - low + 1);
}

/* Whether random values are now and then what breaks careless kernels. Not always: a NaN somewhere
 * in a long chain hides everything else. */
static bool with_special_values;

static float random_value(void) {
    static const float special[] = {0.0f, -0.0f, NAN, INFINITY, -INFINITY, 1e-41f, -1e-41f, 3e38f};
    uint32_t bits = random_bits();
    if (with_special_values && bits % 64 == 0)
        return special[bits / 64 % (sizeof special / sizeof *special)];
    return (float)((int32_t)random_bits()) / 1073741824.0f;
}

/* ---- memory, all of it freed by free_buffers ---- */

static float *buffers[MAX_BUFFERS];
static int buffer_count;

static float *new_buffer(size_t count) {
    ck_assert_int_lt(buffer_count, MAX_BUFFERS);
    float *buffer = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64 + 64);
    ck_assert_ptr_nonnull(buffer);
    return buffers[buffer_count++] = buffer;
}

static float *random_buffer(size_t count) {
    float *buffer = new_buffer(count);
    for (size_t i = 0; i < count; i++)
        buffer[i] = random_value();
    return buffer;
}

static void free_buffers(void) {
    while (buffer_count > 0)
        free(buffers[--buffer_count]);
}

/* ---- operands ---- */

struct operand {
    struct kernel_run runs[MAX_RUNS];
    size_t count, channels;
};

struct size {
    size_t images, height, width;
};

/* A run of `count` channels in a map of its own, channels-last, the other lanes NaN. */
static struct kernel_run random_run(struct size size, size_t channel, size_t count) {
    size_t magnitude = pick(1, 3), first = pick(0, 5), pixels = size.height * size.width;
    size_t last = first + (count - 1) * magnitude;
    size_t stride = (last + 16) / 16 * 16 + 16 * pick(0, 1);
    bool backwards = pick(0, 2) == 0;
    float *map = new_buffer(size.images * pixels * stride);
    for (size_t i = 0; i < size.images * pixels * stride; i++)
        map[i] = NAN;
    for (size_t pixel = 0; pixel < size.images * pixels; pixel++)
        for (size_t i = 0; i < count; i++)
            map[pixel * stride + first + i * magnitude] = random_value();
    ptrdiff_t step = backwards ? -(ptrdiff_t)magnitude : (ptrdiff_t)magnitude;
    return (struct kernel_run){
        map + (backwards ? last : first), pixels * stride, stride, step, count, channel};
}

static struct operand random_operand(struct size size, size_t channels) {
    struct operand operand = {.channels = channels};
    for (size_t channel = 0; channel < channels; operand.count++) {
        size_t left = channels - channel;
        size_t count = operand.count == 3 ? left : pick(1, left);
        operand.runs[operand.count] = random_run(size, channel, count);
        channel += count;
    }
    return operand;
}

/* A planar image as one run. */
static struct operand planar_operand(struct size size, size_t channels) {
    size_t pixels = size.height * size.width;
    float *image = random_buffer(size.images * channels * pixels);
    return (struct operand){
        {{image, channels * pixels, 1, (ptrdiff_t)pixels, channels, 0}}, 1, channels};
}

/* The operand cut at multiples of `multiple`, and where the runs of `other` start. */
static struct operand cut(const struct operand *operand, size_t multiple,
                          const struct operand *other) {
    struct operand pieces = {.channels = operand->channels};
    for (size_t r = 0; r < operand->count; r++) {
        const struct kernel_run *run = &operand->runs[r];
        for (size_t i = 0; i < run->count; i++) {
            size_t channel = run->channel + i;
            bool starts = i == 0 || channel % multiple == 0;
            for (size_t o = 0; other && o < other->count; o++)
                starts |= other->runs[o].channel == channel;
            if (starts) {
                ck_assert_uint_lt(pieces.count, MAX_RUNS);
                struct kernel_run *piece = &pieces.runs[pieces.count++];
                *piece = *run;
                piece->base += (ptrdiff_t)i * run->step;
                piece->channel = channel;
                piece->count = 0;
            }
            pieces.runs[pieces.count - 1].count++;
        }
    }
    return pieces;
}

/* The element of an operand, found the slow way. */
static float element(const struct operand *operand, size_t image, size_t channel, size_t pixel) {
    for (size_t r = 0; r < operand->count; r++) {
        const struct kernel_run *run = &operand->runs[r];
        if (channel - run->channel < run->count)
            return run->base[(ptrdiff_t)(image * run->image_stride + pixel * run->pixel_stride) +
                             (ptrdiff_t)(channel - run->channel) * run->step];
    }
    ck_abort_msg("no channel %zu", channel);
    return 0;
}

/* ---- outputs ---- */

struct output {
    struct kernel_map map;
    float *memory;
    size_t images, count; /* count: floats of memory, guards included */
};

static const uint32_t canary = 0x7fc0dead; /* a NaN of its own */

/* The output with everything in it a canary. planar: rows of channels, else channels-last, as wide
 * as its channels need or wider (placed in a larger map). */
static struct output new_output(struct size size, size_t channels, bool planar) {
    size_t pixels = size.height * size.width;
    size_t stride = planar ? channels : (channels + 15) / 16 * 16 + 16 * pick(0, 1);
    size_t offset = planar ? 0 : pick(0, stride - channels);
    struct output output = {.images = size.images,
                            .count = 2 * GUARD + size.images * pixels * stride};
    output.memory = new_buffer(output.count);
    for (size_t i = 0; i < output.count; i++)
        memcpy(&output.memory[i], &canary, sizeof canary);
    output.map = (struct kernel_map){.base = output.memory + GUARD + offset,
                                     .image_stride = pixels * stride,
                                     .pixel_stride = planar ? 1 : stride,
                                     .channel_stride = planar ? pixels : 1,
                                     .height = size.height,
                                     .width = size.width,
                                     .channels = channels};
    return output;
}

static bool same_bits(float a, float b) {
    return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

static float bounded(float x, struct kernel_bounds bounds) {
    if (x < bounds.low)
        x = bounds.low;
    if (x > bounds.high)
        x = bounds.high;
    return x;
}

static struct kernel_bounds random_bounds(void) {
    static const struct kernel_bounds all[] = {
        {-INFINITY, INFINITY}, {0, INFINITY}, {0, 1}, {-0.5f, 0.25f}};
    return all[pick(0, 3)];
}

/* What a kernel should give: the value of an output before the bounds. */
typedef float expected_value(const void *reference, size_t image, size_t channel, size_t y,
                             size_t x);

/* Compares the output with what it should be, and that nothing else has changed. */
static void check_output(const struct output *output, struct kernel_bounds bounds,
                         expected_value *expected, const void *reference, const char *kernel) {
    const struct kernel_map *map = &output->map;
    for (size_t image = 0; image < output->images; image++)
        for (size_t y = 0; y < map->height; y++)
            for (size_t x = 0; x < map->width; x++)
                for (size_t c = 0; c < map->channels; c++) {
                    float *got = map->base + image * map->image_stride +
                                 (y * map->width + x) * map->pixel_stride + c * map->channel_stride;
                    float want = bounded(expected(reference, image, c, y, x), bounds);
                    ck_assert_msg(same_bits(*got, want),
                                  "%s: output [%zu][%zu][%zu][%zu] is %a and should be %a", kernel,
                                  image, c, y, x, (double)*got, (double)want);
                    memcpy(got, &canary, sizeof canary);
                }
    for (size_t i = 0; i < output->count; i++)
        ck_assert_msg(memcmp(&output->memory[i], &canary, sizeof canary) == 0,
                      "%s: wrote where it must not: float %zu of %zu", kernel, i, output->count);
}

/* Items [0, items) in random portions, as threads would share them. */
#define CALL_IN_PORTIONS(function, args, items)                                                    \
    for (size_t begin_ = 0, end_; begin_ < (items); begin_ = end_) {                               \
        end_ = pick(begin_ + 1, (items));                                                          \
        function(args, begin_, end_);                                                              \
    }

/* ---- windows ---- */

static struct kernel_window random_window(struct size input) {
    struct kernel_window window = {.height = input.height, .width = input.width};
    for (int axis = 0; axis < 2; axis++) {
        window.kernel[axis] = pick(1, 3);
        window.stride[axis] = pick(1, 2);
        window.dilation[axis] = pick(1, 2);
        window.pad[axis] = pick(0, 2);
        window.pad[axis + 2] = pick(0, 2);
    }
    return window;
}

static size_t window_steps(const struct kernel_window *window, int axis, size_t in) {
    size_t padded = in + window->pad[axis] + window->pad[axis + 2];
    size_t extent = (window->kernel[axis] - 1) * window->dilation[axis] + 1;
    return padded < extent ? 0 : (padded - extent) / window->stride[axis] + 1;
}

/* A window over a random input that gives at least one output pixel. */
static struct kernel_window fitting_window(struct size *input, struct size *output) {
    for (;;) {
        *input = (struct size){pick(1, 2), pick(1, 9), pick(1, 9)};
        struct kernel_window window = random_window(*input);
        *output = (struct size){input->images, window_steps(&window, 0, input->height),
                                window_steps(&window, 1, input->width)};
        if (output->height > 0 && output->width > 0)
            return window;
    }
}

/* The pixel of a tap, or -1 in the padding. */
static long tap_pixel(const struct kernel_window *window, size_t y, size_t x, size_t tap) {
    long in_y = (long)(y * window->stride[0] + tap / window->kernel[1] * window->dilation[0]) -
                (long)window->pad[0];
    long in_x = (long)(x * window->stride[1] + tap % window->kernel[1] * window->dilation[1]) -
                (long)window->pad[1];
    bool inside =
        in_y >= 0 && in_y < (long)window->height && in_x >= 0 && in_x < (long)window->width;
    return inside ? in_y * (long)window->width + in_x : -1;
}

static size_t taps_of(const struct kernel_window *window) {
    return window->kernel[0] * window->kernel[1];
}

static size_t blocks_of(size_t channels) {
    return (channels + 15) / 16;
}

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
    args.group_outputs = 1 + round % 40;
    size_t inputs = args.groups * args.group_inputs;
    struct operand operand = planar ? planar_operand(in, inputs) : random_operand(in, inputs);
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
    struct depthwise_args args = {.window = fitting_window(&in, &out)};
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
    struct pool_args args = {.window = fitting_window(&in, &out), .count_padding = round % 2};
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

START_TEST(test_ref) {
    run_rounds(&kernels_ref, _i);
}
END_TEST

#ifdef HAVE_KERNELS_REF_FMA
START_TEST(test_ref_fma) {
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        run_rounds(&kernels_ref_fma, _i);
}
END_TEST
#endif

int main(void) {
    Suite *suite = suite_create("kernels");
    TCase *kernels = tcase_create("against plain loops");
    tcase_set_timeout(kernels, 120);
    tcase_add_loop_test(kernels, test_ref, 0, FAMILIES);
#ifdef HAVE_KERNELS_REF_FMA
    tcase_add_loop_test(kernels, test_ref_fma, 0, FAMILIES);
#endif
    suite_add_tcase(suite, kernels);
    return tap_run(suite);
}
