/* Resizing in plain C: an element at a time. */
#include "kernels/resize.h"

#include "kernels/arithmetic.h"
#include "kernels/index.h"

/* Position (y, x) of the output, from a channel whose pixels stand `next` apart. */
static inline float resize_element(const struct resize_args *args, const float *in, size_t next,
                                   size_t y, size_t x) {
    const struct resize_position *row = &args->rows[y], *column = &args->columns[x];
    float sum = 0;
    for (size_t ky = 0; ky < args->taps; ky++) {
        float line = 0;
        for (size_t kx = 0; kx < args->taps; kx++) {
            float value = in[at_row(row->index[ky], args->width, column->index[kx]) * next];
            line = kx == 0 ? column->weight[0] * value : FMA(column->weight[kx], value, line);
        }
        sum = ky == 0 ? row->weight[0] * line : FMA(row->weight[ky], line, sum);
    }
    return sum;
}

static void resize_row(const struct resize_args *args, size_t image, size_t y) {
    for (size_t x = 0; x < args->output.width; x++)
        for (size_t r = 0; r < args->run_count; r++) {
            const struct kernel_run *run = &args->runs[r];
            const float *in = run_at(run, image, 0);
            float *out = map_at(&args->output, image, y, x, run->channel);
            for (size_t i = 0; i < run->count; i++, in += run->step)
                out[i] = resize_element(args, in, run->pixel_stride, y, x);
        }
}

void KERNEL_NAME(resize)(const struct resize_args *args, size_t begin, size_t end) {
    for (size_t row = begin; row < end; row++)
        resize_row(args, row / args->output.height, row % args->output.height);
}
