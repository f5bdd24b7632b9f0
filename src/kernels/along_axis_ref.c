/* Running sums, the largest elements and elements by number in plain C: a row at a time. */
#include "kernels/along_axis.h"

#include "kernels/arithmetic.h"
#include "kernels/index.h"

enum { ALONG = KERNEL_AXES - 1 };

struct axis_row {
    const float *in, *indices;
    float *out;
    ptrdiff_t in_step, index_step, out_step;
    size_t length, count; /* elements of the operand and of the output */
};

static struct axis_row axis_row_at(const struct axis_args *args, size_t number) {
    return (struct axis_row){
        .in = args->in + array_offset(args->dims, args->in_strides, ALONG, number),
        .indices = args->indices ? args->indices +
                                       array_offset(args->dims, args->index_strides, ALONG, number)
                                 : NULL,
        .out = args->out + array_offset(args->dims, args->out_strides, ALONG, number),
        .in_step = args->in_strides[ALONG],
        .index_step = args->index_strides[ALONG],
        .out_step = args->out_strides[ALONG],
        .length = args->length,
        .count = args->dims[ALONG],
    };
}

static void cumulate_row(const struct axis_args *args, struct axis_row row) {
    float sum = 0;
    if (args->reverse) {
        row.in += steps(row.count - 1, row.in_step);
        row.out += steps(row.count - 1, row.out_step);
        row.in_step = -row.in_step;
        row.out_step = -row.out_step;
    }
    for (size_t i = 0; i < row.count; i++, row.in += row.in_step, row.out += row.out_step) {
        float before = sum;
        sum += *row.in;
        *row.out = args->exclusive ? before : sum;
    }
}

void KERNEL_NAME(cumulative_sum)(const struct axis_args *args, size_t begin, size_t end) {
    for (size_t number = begin; number < end; number++)
        cumulate_row(args, axis_row_at(args, number));
}

static bool is_larger_number(float a, float b) {
    return a > b || (a != a && b == b);
}

/* The output holds the first ones of those that were seen, in order; each new one goes to its place
 * among them, if it has one. */
static void select_row(const struct axis_args *args, const struct axis_row *row) {
    const float *in = row->in;
    for (size_t i = 0; i < row->length; i++, in += row->in_step) {
        size_t place = smaller(i, row->count);
        float *out = row->out + steps(place, row->out_step);
        for (; place > 0; place--, out -= row->out_step) {
            float other = out[-row->out_step];
            float held = args->positions ? row->in[steps((size_t)other, row->in_step)] : other;
            if (!(args->smallest ? is_larger_number(held, *in) : is_larger_number(*in, held)))
                break;
            if (place < row->count)
                *out = other;
        }
        if (place < row->count)
            *out = args->positions ? (float)i : *in;
    }
}

void KERNEL_NAME(top_k)(const struct axis_args *args, size_t begin, size_t end) {
    for (size_t number = begin; number < end; number++) {
        struct axis_row row = axis_row_at(args, number);
        select_row(args, &row);
    }
}

static void gather_row(struct axis_row row) {
    float length = (float)row.length;
    for (size_t i = 0; i < row.count; i++, row.indices += row.index_step, row.out += row.out_step) {
        float number = *row.indices < 0 ? *row.indices + length : *row.indices;
        bool is_element = number >= 0 && number < length;
        *row.out = is_element ? row.in[steps((size_t)number, row.in_step)] : NAN;
    }
}

void KERNEL_NAME(gather)(const struct axis_args *args, size_t begin, size_t end) {
    for (size_t number = begin; number < end; number++)
        gather_row(axis_row_at(args, number));
}
