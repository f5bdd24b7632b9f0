/* Convolution of integers in plain C: a block of outputs of a pixel at a time. */
#include "kernels/index.h"
#include "kernels/integer_arithmetic.h"

/* Products and sums in double are exact. */
static void add_integer_products(double *sums, double x, const float *weights) {
    for (size_t lane = 0; lane < KERNEL_LANES; lane++) {
        double product = x * weights[lane];
        sums[lane] += product;
    }
}

static float integer_conv_result(const struct integer_conv_args *args, double sum, size_t output) {
    if (!(sum > -0x1p63 && sum < 0x1p63))
        return NAN;
    uint64_t bits = integer_wrapped(args->type, (uint64_t)(int64_t)sum);
    return args->scale ? integer_scaled(args->type, bits, args->scale[output])
                       : integer_carried(args->type, bits);
}

struct integer_pixel {
    size_t image, y, x;
};

static void integer_conv_block(const struct integer_conv_args *args, struct integer_pixel at,
                               size_t group, size_t number) {
    const struct conv_args *conv = &args->conv;
    const struct kernel_window *window = &conv->window;
    size_t taps = window->kernel[0] * window->kernel[1];
    size_t tap_weights = conv->group_inputs * KERNEL_LANES;
    size_t block = at_row(group, blocks_of(conv->group_outputs), number);
    size_t first = number * KERNEL_LANES;
    size_t lanes = smaller(conv->group_outputs - first, KERNEL_LANES);
    double sums[KERNEL_LANES];
    for (size_t lane = 0; lane < KERNEL_LANES; lane++)
        sums[lane] = args->bias[at_row(block, KERNEL_LANES, lane)];
    for (size_t tap = 0; tap < taps; tap++) {
        const float *weights = &conv->weights[at_row(block, taps, tap) * tap_weights];
        size_t in_y, in_x;
        if (!tap_at(window, 0, at.y, tap / window->kernel[1], &in_y) ||
            !tap_at(window, 1, at.x, tap % window->kernel[1], &in_x))
            continue;
        for (size_t r = conv->group_runs[group]; r < conv->group_runs[group + 1]; r++) {
            const struct kernel_run *run = &conv->runs[r];
            const float *in = run_at(run, at.image, at_row(in_y, window->width, in_x));
            for (size_t i = 0; i < run->count; i++, in += run->step, weights += KERNEL_LANES)
                add_integer_products(sums, *in, weights);
        }
    }
    float *out =
        map_at(&conv->output, at.image, at.y, at.x, at_row(group, conv->group_outputs, first));
    for (size_t lane = 0; lane < lanes; lane++)
        out[lane] = integer_conv_result(args, sums[lane], at_row(block, KERNEL_LANES, lane));
}

void KERNEL_NAME(integer_conv)(const struct integer_conv_args *args, size_t begin, size_t end) {
    const struct conv_args *conv = &args->conv;
    size_t blocks = blocks_of(conv->group_outputs);
    for (size_t row = begin; row < end; row++)
        for (size_t x = 0; x < conv->output.width; x++)
            for (size_t group = 0; group < conv->groups; group++)
                for (size_t block = 0; block < blocks; block++) {
                    struct integer_pixel at = {row / conv->output.height, row % conv->output.height,
                                               x};
                    integer_conv_block(args, at, group, block);
                }
}
