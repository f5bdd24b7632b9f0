/* Tests of the kernels over arrays that are more than elementwise: softmax, products of matrices
 * and reductions, with random dims and strides, against each element worked out alone. */
#include "tests/kernel_array.h"

#include "kernels/elementary.h"
#include "kernels/matmul.h"
#include "kernels/reduce.h"
#include "kernels/softmax.h"

#include <string.h>

enum { LAST = KERNEL_AXES - 1 };

/* Up to `most` along each axis, three of the axes being 1. */
static void random_dims(size_t *dims, size_t most) {
    for (int axis = 0; axis < KERNEL_AXES; axis++)
        dims[axis] = pick(1, most);
    for (int i = 0; i < 3; i++)
        dims[pick(0, LAST)] = 1;
}

/* ---- softmax ---- */

/* The sum of exp(x - largest) over a row, as softmax.h has it. */
static float sum_of_powers(const float *row, size_t count, float largest) {
    float chains[16];
    for (size_t chain = 0; chain < 16; chain++) {
        chains[chain] = 0;
        for (size_t i = chain; i < count; i += 16)
            chains[chain] += kernel_exp(row[i] - largest);
    }
    for (size_t i = 0; i < 8; i++)
        chains[i] += chains[i + 8];
    for (size_t i = 0; i < 4; i++)
        chains[i] += chains[i + 4];
    return (chains[0] + chains[2]) + (chains[1] + chains[3]);
}

static void expect_softmax(const float *row, size_t count, bool is_logarithm, float *want) {
    float largest = -INFINITY;
    for (size_t i = 0; i < count; i++)
        if (row[i] > largest || row[i] != row[i])
            largest = row[i];
    float sum = sum_of_powers(row, count, largest);
    for (size_t i = 0; i < count; i++)
        want[i] =
            is_logarithm ? row[i] - largest - kernel_log(sum) : kernel_exp(row[i] - largest) / sum;
}

static void test_rows(void (*kernel)(const struct softmax_args *, size_t, size_t), size_t round,
                      bool is_logarithm) {
    struct softmax_args args;
    random_dims(args.dims, 3);
    args.dims[LAST] = 1 + round % 80;
    size_t elements = elements_of(args.dims), count = args.dims[LAST];
    struct array in = new_array(args.dims), out = new_output_array(args.dims);
    float *values = random_buffer(elements), *want = random_buffer(elements);
    bool in_place = round % 5 == 0;
    for (size_t i = 0; i < elements; i++) {
        float x = 20 * values[i];
        values[i] = x;
        in.first[offset_at(args.dims, in.strides, i)] = x;
        if (in_place)
            out.first[offset_at(args.dims, out.strides, i)] = x;
    }
    for (size_t i = 0; i < elements; i += count)
        expect_softmax(values + i, count, is_logarithm, want + i);
    args.in = in_place ? out.first : in.first;
    args.out = out.first;
    memcpy(args.in_strides, in_place ? out.strides : in.strides, sizeof args.in_strides);
    memcpy(args.out_strides, out.strides, sizeof args.out_strides);
    CALL_IN_PORTIONS(kernel, &args, elements / count);
    check_array(&out, args.dims, want, is_logarithm ? "log_softmax" : "softmax");
}

void test_softmax(const struct kernel_table *table, size_t round) {
    test_rows(table->softmax, round, false);
}

void test_log_softmax(const struct kernel_table *table, size_t round) {
    test_rows(table->log_softmax, round, true);
}

/* ---- matmul ---- */

/* An operand of which the matrices have other rows and columns than the output. */
static struct array random_matrices(const size_t *dims, size_t rows, size_t columns) {
    size_t own[KERNEL_AXES];
    memcpy(own, dims, sizeof own);
    own[LAST - 1] = rows;
    own[LAST] = columns;
    struct array array = new_array(own);
    repeat_some(&array);
    return array;
}

void test_matmul(const struct kernel_table *table, size_t round) {
    struct matmul_args args = {.inner = pick(1, 20)};
    random_dims(args.dims, 3);
    args.dims[LAST] = 1 + round % 40;
    size_t rows = args.dims[LAST - 1], columns = args.dims[LAST];
    struct array a = random_matrices(args.dims, rows, args.inner);
    struct array b = random_matrices(args.dims, args.inner, columns);
    struct array bias = random_matrices(args.dims, rows, columns);
    struct array out = new_output_array(args.dims);
    args.a = a.first;
    args.b = b.first;
    args.bias = round % 2 ? bias.first : NULL;
    args.out = out.first;
    memcpy(args.a_strides, a.strides, sizeof args.a_strides);
    memcpy(args.b_strides, b.strides, sizeof args.b_strides);
    memcpy(args.bias_strides, bias.strides, sizeof args.bias_strides);
    memcpy(args.out_strides, out.strides, sizeof args.out_strides);
    size_t elements = elements_of(args.dims);
    float *want = random_buffer(elements);
    for (size_t i = 0; i < elements; i++) {
        const float *x = a.first + offset_at(args.dims, a.strides, i - i % columns);
        const float *y =
            b.first + offset_at(args.dims, b.strides, i - i / columns % rows * columns);
        want[i] = args.bias ? bias.first[offset_at(args.dims, bias.strides, i)] : 0;
        for (size_t k = 0; k < args.inner; k++)
            want[i] = fmaf(x[(ptrdiff_t)k * a.strides[LAST]], y[(ptrdiff_t)k * b.strides[LAST - 1]],
                           want[i]);
    }
    CALL_IN_PORTIONS(table->matmul, &args, elements / columns);
    check_array(&out, args.dims, want, "matmul");
}

/* ---- reduce ---- */

/* Of elements first, first + 1, ... of the reduced axes. */
static float expect_reduced(const struct reduce_args *args, const float *in) {
    size_t count = elements_of(args->reduced_dims);
    float total = 0, block = 0, largest = -INFINITY, smallest = INFINITY, product = 1;
    float first = in[0];
    size_t places[4] = {0}; /* of the first and last largest, the first and last smallest */
    float best[2] = {first, first};
    for (size_t i = 0; i < count; i++) {
        float x = in[offset_at(args->reduced_dims, args->reduced_strides, i)];
        block += x;
        if (i % 4096 == 4095 || i + 1 == count) {
            total += block;
            block = 0;
        }
        product *= x;
        bool above = x > best[0] || (x != x && best[0] == best[0]);
        bool below = x < best[1] || (x == x && best[1] != best[1]);
        bool equal_best = x == best[0] || (x != x && best[0] != best[0]);
        bool equal_least = x == best[1] || (x != x && best[1] != best[1]);
        places[0] = above ? i : places[0];
        places[1] = above || equal_best ? i : places[1];
        places[2] = below ? i : places[2];
        places[3] = below || equal_least ? i : places[3];
        best[0] = above ? x : best[0];
        best[1] = below ? x : best[1];
        if (x > largest || x != x)
            largest = x;
        if (x < smallest || x != x)
            smallest = x;
    }
    switch (args->reduction) {
    case KERNEL_REDUCTION_SUM:
        return total;
    case KERNEL_REDUCTION_MEAN:
        return total / (float)count;
    case KERNEL_REDUCTION_MAX:
        return largest;
    case KERNEL_REDUCTION_MIN:
        return smallest;
    case KERNEL_REDUCTION_PRODUCT:
        return product;
    case KERNEL_REDUCTION_ARG_MAX:
        return (float)places[0];
    case KERNEL_REDUCTION_ARG_MAX_LAST:
        return (float)places[1];
    case KERNEL_REDUCTION_ARG_MIN:
        return (float)places[2];
    case KERNEL_REDUCTION_ARG_MIN_LAST:
        return (float)places[3];
    }
    return NAN;
}

void test_reduce(const struct kernel_table *table, size_t round) {
    struct reduce_args args = {.reduction = (enum kernel_reduction)(round % 9)};
    size_t dims[KERNEL_AXES];
    random_dims(dims, 4);
    bool is_long = round % 45 < 9; /* more than one block, or exactly two */
    if (is_long)
        memcpy(dims, (size_t[]){1, 1, 1, 3, 1, 2, 64, round < 45 ? 64 : 70}, sizeof dims);
    struct array in = new_array(dims);
    for (int axis = KERNEL_AXES, kept = KERNEL_AXES, reduced = KERNEL_AXES; axis-- > 0;) {
        args.dims[axis] = args.reduced_dims[axis] = 1;
        bool is_reduced = is_long ? axis > 3 : pick(0, 1);
        if (is_reduced) {
            args.reduced_dims[--reduced] = dims[axis];
            args.reduced_strides[reduced] = in.strides[axis];
        } else {
            args.dims[--kept] = dims[axis];
            args.in_strides[kept] = in.strides[axis];
        }
    }
    struct array out = new_output_array(args.dims);
    args.in = in.first;
    args.out = out.first;
    memcpy(args.out_strides, out.strides, sizeof args.out_strides);
    size_t elements = elements_of(args.dims);
    float *want = random_buffer(elements);
    for (size_t i = 0; i < elements; i++)
        want[i] = expect_reduced(&args, in.first + offset_at(args.dims, args.in_strides, i));
    CALL_IN_PORTIONS(table->reduce, &args, elements);
    check_array(&out, args.dims, want, "reduce");
}
