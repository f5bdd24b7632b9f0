/* Depthwise convolution with vectors, in strips. Runs of another step than 1 are left to the
 * reference. */
#include "kernels/depthwise.h"

#include "kernels/strip.h"

/* Rows of outputs at once: more share more of their inputs, but keep fewer weights in registers. */
enum { DEPTHWISE_ROWS = (int)VECTOR_LANES == 16 ? 2 : 1 };

DEFINE_STRIP(convolve, STRIP_CONV, 3, 1, DEPTHWISE_ROWS)
DEFINE_STRIP(convolve, STRIP_CONV, 3, 2, STRIP_ROWS)
DEFINE_STRIP(convolve, STRIP_CONV, 5, 1, 1)
DEFINE_STRIP(convolve, STRIP_CONV, 5, 2, 1)

static const struct strip_window windows[] = {
    {3, 1, DEPTHWISE_ROWS, convolve_3_1},
    {3, 2, STRIP_ROWS, convolve_3_2},
    {5, 1, 1, convolve_5_1},
    {5, 2, 1, convolve_5_2},
};

static void strip_any(const struct strip *strip) {
    make_strip(strip, STRIP_CONV, 0, 1, 1, 1);
}

void KERNEL_NAME(depthwise)(const struct depthwise_args *args, size_t begin, size_t end) {
    struct strip_map map = {
        .window = &args->window,
        .output = &args->output,
        .bounds = args->bounds,
        .weights = args->weights,
        .bias = args->bias,
        .windows = windows,
        .window_count = sizeof windows / sizeof *windows,
        .make_any = strip_any,
    };
    for (size_t r = 0, count; r < args->run_count; r += count) {
        map.runs = &args->runs[r];
        map.run_count = count = strip_runs(map.runs, args->run_count - r);
        if (count > 0) {
            make_strips(&map, begin, end);
        } else {
            struct depthwise_args alone = *args;
            alone.runs = map.runs;
            alone.run_count = count = 1;
            KERNEL_REF_NAME(depthwise)(&alone, begin, end);
        }
    }
}
