/* Reductions in plain C: an output at a time. */
#include "kernels/reduce.h"

#include "kernels/arithmetic.h"
#include "kernels/index.h"

enum { LAST = KERNEL_AXES - 1 };

/* What is known after some elements: max and min use `total` alone. */
struct reduction {
    float total, block;
    size_t left; /* in the block */
};

static inline void take_sum(struct reduction *sum, float x) {
    sum->block += x;
    if (--sum->left == 0) {
        sum->total += sum->block;
        sum->block = 0;
        sum->left = REDUCE_BLOCK;
    }
}

static inline void take_largest(struct reduction *largest, float x) {
    largest->total = largest->total < x || x != x ? x : largest->total;
}

static inline void take_smallest(struct reduction *smallest, float x) {
    smallest->total = smallest->total > x || x != x ? x : smallest->total;
}

/* Brings every element that an output is made of, in order. */
static inline void take_all(const struct reduce_args *args, const float *in, size_t rows,
                            void (*take)(struct reduction *, float), struct reduction *reduction) {
    ptrdiff_t step = args->reduced_strides[LAST];
    for (size_t row = 0; row < rows; row++) {
        const float *x = in + array_offset(args->reduced_dims, args->reduced_strides, LAST, row);
        for (size_t i = 0; i < args->reduced_dims[LAST]; i++, x += step)
            take(reduction, *x);
    }
}

static float reduced(const struct reduce_args *args, const float *in, size_t rows) {
    struct reduction sum = {.left = REDUCE_BLOCK};
    struct reduction largest = {.total = -INFINITY}, smallest = {.total = INFINITY};
    switch (args->reduction) {
    case KERNEL_REDUCTION_MAX:
        take_all(args, in, rows, take_largest, &largest);
        return largest.total;
    case KERNEL_REDUCTION_MIN:
        take_all(args, in, rows, take_smallest, &smallest);
        return smallest.total;
    case KERNEL_REDUCTION_SUM:
    case KERNEL_REDUCTION_MEAN:
        break;
    }
    take_all(args, in, rows, take_sum, &sum);
    if (sum.left < REDUCE_BLOCK)
        sum.total += sum.block;
    size_t count = rows * args->reduced_dims[LAST];
    return args->reduction == KERNEL_REDUCTION_MEAN ? sum.total / (float)count : sum.total;
}

void KERNEL_NAME(reduce)(const struct reduce_args *args, size_t begin, size_t end) {
    size_t rows = 1;
    for (int axis = 0; axis < LAST; axis++)
        rows *= args->reduced_dims[axis];
    for (size_t item = begin; item < end; item++) {
        const float *in = args->in + array_offset(args->dims, args->in_strides, KERNEL_AXES, item);
        float *out = args->out + array_offset(args->dims, args->out_strides, KERNEL_AXES, item);
        *out = reduced(args, in, rows);
    }
}
