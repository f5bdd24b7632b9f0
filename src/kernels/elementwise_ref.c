/* Elementwise operators in plain C. */
#include "kernels/elementwise.h"

#include "kernels/arithmetic.h"
#include "kernels/index.h"

void KERNEL_NAME(add)(const struct add_args *args, size_t begin, size_t end) {
    const struct kernel_map *output = &args->output;
    for (size_t row = begin; row < end; row++)
        for (size_t x = 0; x < output->width; x++)
            for (size_t r = 0; r < args->run_count; r++) {
                const struct kernel_run *run_a = &args->a[r], *run_b = &args->b[r];
                size_t image = row / output->height, y = row % output->height;
                const float *a = run_at(run_a, image, at_row(y, output->width, x));
                const float *b = run_at(run_b, image, at_row(y, output->width, x));
                float *out = map_at(output, image, y, x, run_a->channel);
                for (size_t i = 0; i < run_a->count; i++, a += run_a->step, b += run_b->step)
                    out[i] = bounded(*a + *b, args->bounds);
            }
}
