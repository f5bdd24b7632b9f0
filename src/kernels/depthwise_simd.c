/* Depthwise convolution with vectors, in strips. Runs of another step than 1 are left to the
 * reference. */
#include "kernels/depthwise.h"

#include "kernels/strip.h"

DEFINE_STRIP(convolve, STRIP_CONV, 3, 1)
DEFINE_STRIP(convolve, STRIP_CONV, 3, 2)
DEFINE_STRIP(convolve, STRIP_CONV, 5, 1)
DEFINE_STRIP(convolve, STRIP_CONV, 5, 2)

static const struct strip_window windows[] = {
    {3, 1, convolve_3_1},
    {3, 2, convolve_3_2},
    {5, 1, convolve_5_1},
    {5, 2, convolve_5_2},
};

static void strip_any(const struct strip *strip, size_t pixels) {
    (void)pixels;
    make_any_strip(strip, STRIP_CONV);
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
    for (size_t r = 0; r < args->run_count; r++) {
        const struct kernel_run *run = &args->runs[r];
        if (run->step == 1) {
            make_strips(&map, run, begin, end);
        } else {
            struct depthwise_args alone = *args;
            alone.runs = run;
            alone.run_count = 1;
            KERNEL_REF_NAME(depthwise)(&alone, begin, end);
        }
    }
}
