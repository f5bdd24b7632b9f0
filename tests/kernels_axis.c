/* Tests of the kernels that look along one axis, with random dims and strides, against each row
 * worked out alone. */
#include "tests/kernel_array.h"

#include "kernels/along_axis.h"

#include <math.h>
#include <string.h>

enum { LAST = KERNEL_AXES - 1, MAX_ROW = 64 };

/* An operand whose rows have `length` elements where the output's have args->dims[LAST]. */
static struct array random_rows(const struct axis_args *args, size_t length) {
    size_t own[KERNEL_AXES];
    memcpy(own, args->dims, sizeof own);
    own[LAST] = length;
    return new_array(own);
}

static float row_element(const struct axis_args *args, const struct array *array, size_t length,
                         size_t row, size_t i) {
    size_t own[KERNEL_AXES];
    memcpy(own, args->dims, sizeof own);
    own[LAST] = length;
    return array->first[offset_at(own, array->strides, row * length + i)];
}

/* Dims of which the output's last is at most MAX_ROW; the operand's rows are of args->length. */
static struct array start(struct axis_args *args, size_t round, size_t count, size_t length) {
    for (int axis = 0; axis < KERNEL_AXES; axis++)
        args->dims[axis] = axis < 4 ? 1 : pick(1, 3);
    args->dims[LAST] = count;
    args->length = length;
    struct array in = random_rows(args, length);
    if (round % 4 == 1)
        repeat_some(&in);
    args->in = in.first;
    memcpy(args->in_strides, in.strides, sizeof args->in_strides);
    return in;
}

static void finish(void (*kernel)(const struct axis_args *, size_t, size_t), struct axis_args *args,
                   const float *want, const char *name) {
    struct array out = new_output_array(args->dims);
    args->out = out.first;
    memcpy(args->out_strides, out.strides, sizeof args->out_strides);
    CALL_IN_PORTIONS(kernel, args, elements_of(args->dims) / args->dims[LAST]);
    check_array(&out, args->dims, want, name);
}

void test_cumulative_sum(const struct kernel_table *table, size_t round) {
    struct axis_args args = {.exclusive = round & 1, .reverse = round & 2};
    size_t count = 1 + round % MAX_ROW;
    struct array in = start(&args, round, count, count);
    float *want = random_buffer(elements_of(args.dims));
    for (size_t row = 0; row < elements_of(args.dims) / count; row++)
        for (size_t i = 0; i < count; i++) {
            size_t terms = args.reverse ? count - i : i + 1;
            float sum = 0;
            for (size_t k = 0; k < terms - args.exclusive; k++)
                sum += row_element(&args, &in, count, row, args.reverse ? count - 1 - k : k);
            want[row * count + i] = sum;
        }
    finish(table->cumulative_sum, &args, want, "cumulative_sum");
}

/* Whether `a` at place i stands before `b` at place k. */
static bool is_before(float a, size_t i, float b, size_t k, bool smallest) {
    bool a_is_nan = a != a, b_is_nan = b != b;
    if (a_is_nan || b_is_nan)
        return a_is_nan == b_is_nan ? i < k : a_is_nan != smallest;
    return a == b ? i < k : smallest ? a < b : a > b;
}

void test_top_k(const struct kernel_table *table, size_t round) {
    struct axis_args args = {.smallest = round & 1, .positions = round & 2};
    size_t length = 1 + round % MAX_ROW, count = pick(1, length);
    struct array in = start(&args, round, count, length);
    float *want = random_buffer(elements_of(args.dims));
    for (size_t row = 0; row < elements_of(args.dims) / count; row++)
        for (size_t i = 0; i < length; i++) {
            float x = row_element(&args, &in, length, row, i);
            size_t before = 0;
            for (size_t k = 0; k < length; k++)
                before +=
                    is_before(row_element(&args, &in, length, row, k), k, x, i, args.smallest);
            if (before < count)
                want[row * count + before] = args.positions ? (float)i : x;
        }
    finish(table->top_k, &args, want, "top_k");
}

void test_gather(const struct kernel_table *table, size_t round) {
    struct axis_args args = {.exclusive = false};
    size_t length = pick(1, 20), count = 1 + round % MAX_ROW;
    struct array in = start(&args, round, count, length);
    struct array indices = random_rows(&args, count);
    float *want = random_buffer(elements_of(args.dims));
    for (size_t i = 0; i < elements_of(args.dims); i++) {
        float *index = &indices.first[offset_at(args.dims, indices.strides, i)];
        long number = (long)pick(0, 2 * length + 1) - (long)length - 1;
        *index = i % 50 == 49 ? NAN : (float)number;
        bool inside = *index == *index && number >= -(long)length && number < (long)length;
        size_t at = (size_t)(number < 0 ? number + (long)length : number);
        want[i] = inside ? row_element(&args, &in, length, i / count, at) : NAN;
    }
    args.indices = indices.first;
    memcpy(args.index_strides, indices.strides, sizeof args.index_strides);
    finish(table->gather, &args, want, "gather");
}
