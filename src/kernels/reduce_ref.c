/* Reductions in plain C: an output at a time. */
#include "kernels/reduce.h"

#include "kernels/arithmetic.h"
#include "kernels/index.h"

#include <stdbool.h>

enum { LAST_AXIS = KERNEL_AXES - 1 };

/* What is known after some elements: sums use the block, arg_ the numbers. */
struct reduction {
    float total, block;
    size_t left; /* in the block */
    size_t count, best;
};

static inline void reduce_sum(struct reduction *sum, float x) {
    sum->block += x;
    if (--sum->left == 0) {
        sum->total += sum->block;
        sum->block = 0;
        sum->left = REDUCE_BLOCK;
    }
}

static inline void reduce_largest(struct reduction *largest, float x) {
    largest->total = largest->total < x || x != x ? x : largest->total;
}

static inline void reduce_smallest(struct reduction *smallest, float x) {
    smallest->total = smallest->total > x || x != x ? x : smallest->total;
}

static inline void reduce_product(struct reduction *product, float x) {
    product->total *= x;
}

/* Whether a stands before b in a descending order in which NaN is first. */
static inline bool reduce_is_above(float a, float b) {
    return a > b || (a != a && b == b);
}

static inline void reduce_best(struct reduction *reduction, float x, bool is_better) {
    if (reduction->count == 0 || is_better) {
        reduction->total = x;
        reduction->best = reduction->count;
    }
    reduction->count++;
}

static inline void reduce_first_largest(struct reduction *reduction, float x) {
    reduce_best(reduction, x, reduce_is_above(x, reduction->total));
}

static inline void reduce_first_smallest(struct reduction *reduction, float x) {
    reduce_best(reduction, x, reduce_is_above(reduction->total, x));
}

static inline void reduce_last_largest(struct reduction *reduction, float x) {
    reduce_best(reduction, x, !reduce_is_above(reduction->total, x));
}

static inline void reduce_last_smallest(struct reduction *reduction, float x) {
    reduce_best(reduction, x, !reduce_is_above(x, reduction->total));
}

/* Brings every element that an output is made of, in order. */
static inline void reduce_all(const struct reduce_args *args, const float *in, size_t rows,
                              void (*take)(struct reduction *, float),
                              struct reduction *reduction) {
    ptrdiff_t step = args->reduced_strides[LAST_AXIS];
    for (size_t row = 0; row < rows; row++) {
        const float *x =
            in + array_offset(args->reduced_dims, args->reduced_strides, LAST_AXIS, row);
        for (size_t i = 0; i < args->reduced_dims[LAST_AXIS]; i++, x += step)
            take(reduction, *x);
    }
}

static float reduced(const struct reduce_args *args, const float *in, size_t rows) {
    struct reduction sum = {.left = REDUCE_BLOCK};
    struct reduction largest = {.total = -INFINITY}, smallest = {.total = INFINITY};
    struct reduction product = {.total = 1}, place = {.total = 0};
    switch (args->reduction) {
    case KERNEL_REDUCTION_MAX:
        reduce_all(args, in, rows, reduce_largest, &largest);
        return largest.total;
    case KERNEL_REDUCTION_MIN:
        reduce_all(args, in, rows, reduce_smallest, &smallest);
        return smallest.total;
    case KERNEL_REDUCTION_PRODUCT:
        reduce_all(args, in, rows, reduce_product, &product);
        return product.total;
    case KERNEL_REDUCTION_ARG_MAX:
        reduce_all(args, in, rows, reduce_first_largest, &place);
        return (float)place.best;
    case KERNEL_REDUCTION_ARG_MIN:
        reduce_all(args, in, rows, reduce_first_smallest, &place);
        return (float)place.best;
    case KERNEL_REDUCTION_ARG_MAX_LAST:
        reduce_all(args, in, rows, reduce_last_largest, &place);
        return (float)place.best;
    case KERNEL_REDUCTION_ARG_MIN_LAST:
        reduce_all(args, in, rows, reduce_last_smallest, &place);
        return (float)place.best;
    case KERNEL_REDUCTION_SUM:
    case KERNEL_REDUCTION_MEAN:
        break;
    }
    reduce_all(args, in, rows, reduce_sum, &sum);
    if (sum.left < REDUCE_BLOCK)
        sum.total += sum.block;
    size_t count = rows * args->reduced_dims[LAST_AXIS];
    return args->reduction == KERNEL_REDUCTION_MEAN ? sum.total / (float)count : sum.total;
}

void KERNEL_NAME(reduce)(const struct reduce_args *args, size_t begin, size_t end) {
    size_t rows = 1;
    for (int axis = 0; axis < LAST_AXIS; axis++)
        rows *= args->reduced_dims[axis];
    for (size_t item = begin; item < end; item++) {
        const float *in = args->in + array_offset(args->dims, args->in_strides, KERNEL_AXES, item);
        float *out = args->out + array_offset(args->dims, args->out_strides, KERNEL_AXES, item);
        *out = reduced(args, in, rows);
    }
}
