/* Copies with vectors. Runs and maps of another step than 1 are left to the reference. */
#include "kernels/movement.h"

#include "kernels/index.h"
#include "kernels/vector.h"

INLINE void copy_pixel(const float *in, size_t count, struct vector_bounds bounds, float *out) {
    size_t i = 0;
    for (; i + VECTOR_LANES <= count; i += VECTOR_LANES)
        vector_store(&out[i], vector_bounded(vector_load(&in[i]), bounds));
    if (i < count) {
        size_t lanes = count - i;
        vector_store_first(&out[i], vector_bounded(vector_load_first(&in[i], lanes), bounds),
                           lanes);
    }
}

static void copy_run(const struct copy_args *args, const struct kernel_run *run, size_t begin,
                     size_t end) {
    const struct kernel_map *output = &args->output;
    const struct vector_bounds bounds = broadcast_bounds(args->bounds);
    for (size_t row = begin; row < end; row++) {
        size_t image = row / output->height, y = row % output->height;
        for (size_t x = 0; x < output->width; x++)
            copy_pixel(run_at(run, image, at_row(y, output->width, x)), run->count, bounds,
                       map_at(output, image, y, x, run->channel));
    }
}

void KERNEL_NAME(copy)(const struct copy_args *args, size_t begin, size_t end) {
    for (size_t r = 0; r < args->run_count; r++) {
        struct copy_args alone = *args;
        alone.runs = &args->runs[r];
        alone.run_count = 1;
        if (alone.runs->step == 1 && args->output.channel_stride == 1)
            copy_run(args, alone.runs, begin, end);
        else
            KERNEL_REF_NAME(copy)(&alone, begin, end);
    }
}
