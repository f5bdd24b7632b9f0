/* Elementwise operators with vectors. Runs of another step than 1 are left to the reference. */
#include "kernels/elementwise.h"

#include "kernels/index.h"
#include "kernels/vector.h"

/* Runs a and b of one pixel. */
INLINE void add_pixel(const float *a, const float *b, size_t count, struct vector_bounds bounds,
                      float *out) {
    size_t i = 0;
    for (; i + VECTOR_LANES <= count; i += VECTOR_LANES) {
        vector sum = vector_add(vector_load(&a[i]), vector_load(&b[i]));
        vector_store(&out[i], vector_bounded(sum, bounds));
    }
    if (i < count) {
        size_t lanes = count - i;
        vector sum = vector_add(vector_load_first(&a[i], lanes), vector_load_first(&b[i], lanes));
        vector_store_first(&out[i], vector_bounded(sum, bounds), lanes);
    }
}

static void add_runs(const struct add_args *args, const struct kernel_run *a,
                     const struct kernel_run *b, size_t begin, size_t end) {
    const struct kernel_map *output = &args->output;
    const struct vector_bounds bounds = broadcast_bounds(args->bounds);
    for (size_t row = begin; row < end; row++) {
        size_t image = row / output->height, y = row % output->height;
        for (size_t x = 0; x < output->width; x++) {
            size_t pixel = at_row(y, output->width, x);
            add_pixel(run_at(a, image, pixel), run_at(b, image, pixel), a->count, bounds,
                      map_at(output, image, y, x, a->channel));
        }
    }
}

void KERNEL_NAME(add)(const struct add_args *args, size_t begin, size_t end) {
    for (size_t r = 0; r < args->run_count; r++) {
        struct add_args alone = *args;
        alone.a = &args->a[r];
        alone.b = &args->b[r];
        alone.run_count = 1;
        if (alone.a->step == 1 && alone.b->step == 1)
            add_runs(args, alone.a, alone.b, begin, end);
        else
            KERNEL_REF_NAME(add)(&alone, begin, end);
    }
}
