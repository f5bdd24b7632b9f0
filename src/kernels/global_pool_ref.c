/* Global average pool in plain C. */
#include "kernels/global_pool.h"

#include "kernels/arithmetic.h"
#include "kernels/index.h"

static void add_pixels(const struct kernel_run *run, size_t image, size_t first, size_t end,
                       float *totals) {
    float sums[KERNEL_LANES] = {0};
    for (size_t pixel = first; pixel < end; pixel++) {
        const float *in = run_at(run, image, pixel);
        for (size_t i = 0; i < run->count; i++, in += run->step)
            sums[i] += *in;
    }
    for (size_t i = 0; i < run->count; i++)
        totals[i] += sums[i];
}

void KERNEL_NAME(global_average_pool)(const struct global_pool_args *args, size_t begin,
                                      size_t end) {
    for (size_t item = begin; item < end; item++) {
        size_t image = item / args->run_count;
        const struct kernel_run *run = &args->runs[item % args->run_count];
        float totals[KERNEL_LANES] = {0};
        for (size_t first = 0; first < args->pixels; first += GLOBAL_POOL_BLOCK)
            add_pixels(run, image, first, smaller(first + GLOBAL_POOL_BLOCK, args->pixels), totals);
        float *out = map_at(&args->output, image, 0, 0, run->channel);
        for (size_t i = 0; i < run->count; i++)
            out[i] = bounded(totals[i] / (float)args->pixels, args->bounds);
    }
}
