/* Softmax in plain C: a row at a time. */
#include "kernels/softmax.h"

#include "kernels/elementary.h"
#include "kernels/index.h"

enum { CHAINS = 16 };

struct softmax_row {
    const float *in;
    float *out;
    ptrdiff_t in_step, out_step;
    size_t count;
};

static struct softmax_row softmax_row_at(const struct softmax_args *args, size_t number) {
    enum { LAST = KERNEL_AXES - 1 };
    return (struct softmax_row){
        .in = args->in + array_offset(args->dims, args->in_strides, LAST, number),
        .out = args->out + array_offset(args->dims, args->out_strides, LAST, number),
        .in_step = args->in_strides[LAST],
        .out_step = args->out_strides[LAST],
        .count = args->dims[LAST],
    };
}

/* NaN comes into the row through the sum. */
static float largest_of(const struct softmax_row *row) {
    const float *in = row->in;
    float largest = -INFINITY;
    for (size_t i = 0; i < row->count; i++, in += row->in_step)
        largest = largest < *in ? *in : largest;
    return largest;
}

static float sum_of_chains(float *chains) {
    for (size_t half = CHAINS / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++)
            chains[i] += chains[i + half];
    return chains[0];
}

static inline void make_softmax_row(const struct softmax_row *row, bool is_logarithm) {
    float largest = largest_of(row), chains[CHAINS] = {0};
    const float *in = row->in;
    float *out = row->out;
    for (size_t i = 0; i < row->count; i++, in += row->in_step, out += row->out_step) {
        float difference = *in - largest, power = kernel_exp(difference);
        chains[i % CHAINS] += power;
        *out = is_logarithm ? difference : power;
    }
    float sum = sum_of_chains(chains), logarithm = kernel_log(sum);
    out = row->out;
    for (size_t i = 0; i < row->count; i++, out += row->out_step)
        *out = is_logarithm ? *out - logarithm : *out / sum;
}

void KERNEL_NAME(softmax)(const struct softmax_args *args, size_t begin, size_t end) {
    for (size_t number = begin; number < end; number++) {
        struct softmax_row row = softmax_row_at(args, number);
        make_softmax_row(&row, false);
    }
}

void KERNEL_NAME(log_softmax)(const struct softmax_args *args, size_t begin, size_t end) {
    for (size_t number = begin; number < end; number++) {
        struct softmax_row row = softmax_row_at(args, number);
        make_softmax_row(&row, true);
    }
}
