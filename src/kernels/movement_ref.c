/* Copies in plain C. */
#include "kernels/movement.h"

#include "kernels/arithmetic.h"
#include "kernels/index.h"

void KERNEL_NAME(copy)(const struct copy_args *args, size_t begin, size_t end) {
    const struct kernel_map *output = &args->output;
    for (size_t row = begin; row < end; row++)
        for (size_t x = 0; x < output->width; x++)
            for (size_t r = 0; r < args->run_count; r++) {
                const struct kernel_run *run = &args->runs[r];
                size_t image = row / output->height, y = row % output->height;
                const float *in = run_at(run, image, at_row(y, output->width, x));
                float *out = map_at(output, image, y, x, run->channel);
                for (size_t i = 0; i < run->count;
                     i++, in += run->step, out += output->channel_stride)
                    *out = bounded(*in, args->bounds);
            }
}
