/* Global average pool with vectors: some vectors of channels at once, so that additions do not wait
 * for each other. Runs of another step than 1 are left to the reference. */
#include "kernels/global_pool.h"

#include "kernels/index.h"
#include "kernels/vector.h"

enum { AT_ONCE = 4 };

/* Vectors of channels to pool together. */
struct batch {
    size_t count;
    const float *in[AT_ONCE]; /* in pixel 0 */
    size_t pixel_stride[AT_ONCE], lanes[AT_ONCE];
    float *out[AT_ONCE];
};

static void pool_batch(const struct global_pool_args *args, struct batch *batch) {
    vector totals[AT_ONCE], sums[AT_ONCE];
    if (batch->count == 0)
        return;
    for (size_t i = batch->count; i < AT_ONCE; i++) { /* fill up with the first one */
        batch->in[i] = batch->in[0];
        batch->pixel_stride[i] = batch->pixel_stride[0];
        batch->lanes[i] = batch->lanes[0];
    }
    UNROLL
    for (size_t i = 0; i < AT_ONCE; i++)
        totals[i] = vector_broadcast(0);
    for (size_t first = 0; first < args->pixels; first += GLOBAL_POOL_BLOCK) {
        size_t past = smaller(first + GLOBAL_POOL_BLOCK, args->pixels);
        UNROLL
        for (size_t i = 0; i < AT_ONCE; i++)
            sums[i] = vector_broadcast(0);
        for (size_t pixel = first; pixel < past; pixel++) {
            UNROLL
            for (size_t i = 0; i < AT_ONCE; i++) {
                const float *in = &batch->in[i][pixel * batch->pixel_stride[i]];
                sums[i] = vector_add(sums[i], vector_load_first(in, batch->lanes[i]));
            }
        }
        UNROLL
        for (size_t i = 0; i < AT_ONCE; i++)
            totals[i] = vector_add(totals[i], sums[i]);
    }
    const struct vector_bounds bounds = broadcast_bounds(args->bounds);
    const vector count = vector_broadcast((float)args->pixels);
    for (size_t i = 0; i < batch->count; i++) {
        vector mean = vector_divide(totals[i], count);
        vector_store_first(batch->out[i], vector_bounded(mean, bounds), batch->lanes[i]);
    }
    batch->count = 0;
}

void KERNEL_NAME(global_average_pool)(const struct global_pool_args *args, size_t begin,
                                      size_t end) {
    struct batch batch = {.count = 0};
    for (size_t item = begin; item < end; item++) {
        const struct kernel_run *run = &args->runs[item % args->run_count];
        size_t image = item / args->run_count;
        if (run->step != 1) {
            KERNEL_REF_NAME(global_average_pool)(args, item, item + 1);
            continue;
        }
        for (size_t first = 0; first < run->count; first += VECTOR_LANES) {
            size_t i = batch.count++;
            batch.in[i] = &run_at(run, image, 0)[first];
            batch.pixel_stride[i] = run->pixel_stride;
            batch.lanes[i] = smaller(run->count - first, VECTOR_LANES);
            batch.out[i] = map_at(&args->output, image, 0, 0, run->channel + first);
            if (batch.count == AT_ONCE)
                pool_batch(args, &batch);
        }
    }
    pool_batch(args, &batch);
}
