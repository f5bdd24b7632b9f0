/* Random operands, windows and outputs for tests of kernels; see kernel_case.h. */
#include "tests/kernel_case.h"

#include <math.h>
#include <string.h>

enum { MAX_BUFFERS = 16, GUARD = 64 };

/* ---- random numbers ---- */

uint64_t random_state;

static uint32_t random_bits(void) {
    random_state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z >> 32);
}

size_t pick(size_t low, size_t high) {
    return low + random_bits() % (high - low + 1);
}

bool with_special_values;

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

float *random_buffer(size_t count) {
    float *buffer = new_buffer(count);
    for (size_t i = 0; i < count; i++)
        buffer[i] = random_value();
    return buffer;
}

void free_buffers(void) {
    while (buffer_count > 0)
        free(buffers[--buffer_count]);
}

/* ---- operands ---- */

/* A run of `count` channels in a map of its own, channels-last, the other lanes NaN. */
static struct kernel_run random_run(struct size size, size_t channel, size_t count) {
    size_t magnitude = pick(0, 1) ? 1 : pick(2, 3), first = pick(0, 5),
           pixels = size.height * size.width;
    size_t last = first + (count - 1) * magnitude;
    size_t stride = (last + 16) / 16 * 16 + 16 * pick(0, 1);
    bool backwards = pick(0, 3) == 0;
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

struct operand random_operand(struct size size, size_t channels) {
    struct operand operand = {.channels = channels};
    for (size_t channel = 0; channel < channels; operand.count++) {
        size_t left = channels - channel;
        size_t count = operand.count == 3 ? left : pick(1, left);
        operand.runs[operand.count] = random_run(size, channel, count);
        channel += count;
    }
    return operand;
}

struct operand planar_operand(struct size size, size_t channels) {
    size_t pixels = size.height * size.width;
    float *image = random_buffer(size.images * channels * pixels);
    return (struct operand){
        {{image, channels * pixels, 1, (ptrdiff_t)pixels, channels, 0}}, 1, channels};
}

struct operand cut(const struct operand *operand, size_t multiple, const struct operand *other) {
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

float element(const struct operand *operand, size_t image, size_t channel, size_t pixel) {
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

static const uint32_t canary = 0x7fc0dead; /* a NaN of its own */

struct output new_output(struct size size, size_t channels, bool planar) {
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

struct kernel_bounds random_bounds(void) {
    static const struct kernel_bounds all[] = {
        {-INFINITY, INFINITY}, {0, INFINITY}, {0, 1}, {-0.5f, 0.25f}};
    return all[pick(0, 3)];
}

void check_output(const struct output *output, struct kernel_bounds bounds,
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

/* ---- windows ---- */

static struct kernel_window random_window(struct size input) {
    struct kernel_window window = {.height = input.height, .width = input.width};
    for (int axis = 0; axis < 2; axis++) {
        window.kernel[axis] = pick(0, 3) == 0 ? 5 : pick(1, 3);
        window.stride[axis] = pick(1, 2);
        window.dilation[axis] = pick(0, 3) == 0 ? 2 : 1;
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

struct kernel_window fitting_window(struct size *input, struct size *output) {
    for (;;) {
        *input = (struct size){pick(1, 2), pick(1, 7), pick(1, pick(0, 2) == 0 ? 30 : 9)};
        struct kernel_window window = random_window(*input);
        *output = (struct size){input->images, window_steps(&window, 0, input->height),
                                window_steps(&window, 1, input->width)};
        if (output->height > 0 && output->width > 0)
            return window;
    }
}

struct kernel_window square_window(struct size *input, struct size *output) {
    size_t kernel = pick(0, 3) == 0 ? 2 : 3, stride = pick(1, 2);
    size_t top = pick(0, 1), left = pick(0, 1), bottom = pick(0, 1), right = pick(0, 1);
    *output = (struct size){pick(1, 2), pick(2, 8), pick(2, 30)};
    *input = (struct size){
        output->images, (output->height - 1) * stride + kernel + pick(0, stride - 1) - top - bottom,
        (output->width - 1) * stride + kernel + pick(0, stride - 1) - left - right};
    return (struct kernel_window){input->height,    input->width, {kernel, kernel},
                                  {stride, stride}, {1, 1},       {top, left, bottom, right}};
}

long tap_pixel(const struct kernel_window *window, size_t y, size_t x, size_t tap) {
    long in_y = (long)(y * window->stride[0] + tap / window->kernel[1] * window->dilation[0]) -
                (long)window->pad[0];
    long in_x = (long)(x * window->stride[1] + tap % window->kernel[1] * window->dilation[1]) -
                (long)window->pad[1];
    bool inside =
        in_y >= 0 && in_y < (long)window->height && in_x >= 0 && in_x < (long)window->width;
    return inside ? in_y * (long)window->width + in_x : -1;
}

size_t taps_of(const struct kernel_window *window) {
    return window->kernel[0] * window->kernel[1];
}

size_t blocks_of(size_t channels) {
    return (channels + 15) / 16;
}
