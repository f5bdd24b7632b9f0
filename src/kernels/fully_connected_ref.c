/* Fully connected in plain C: a block of outputs, image by image. */
#include "kernels/fully_connected.h"

#include "kernels/block.h"

void KERNEL_NAME(fully_connected)(const struct fully_connected_args *args, size_t begin,
                                  size_t end) {
    for (size_t block = begin; block < end; block++) {
        size_t first = block * KERNEL_LANES;
        size_t lanes = smaller(args->output.channels - first, KERNEL_LANES);
        for (size_t image = 0; image < args->images; image++) {
            const float *weights = &args->weights[first * args->inputs];
            float sums[1][KERNEL_LANES];
            block_start(sums, 1, args->bias + first);
            for (size_t r = 0; r < args->run_count; r++) {
                const struct kernel_run *run = &args->runs[r];
                weights =
                    block_add(sums, 1, run_at(run, image, 0), run->step, run->count, 0, weights);
            }
            block_store(sums[0], lanes, args->bounds, map_at(&args->output, image, 0, 0, first));
        }
    }
}
