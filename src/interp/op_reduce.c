/* Reductions over any axes, and GlobalAveragePool, which is the mean over all spatial ones.
 * Elements are joined in row-major order. */
#include "interp/elementary.h"
#include "interp/real.h"
#include "interp/walk.h"

#include <math.h>
#include <stdlib.h>

/* What joins the elements, and what is made of the result of `count` of them. */
struct reduction {
    bool from_first; /* starts from an element, which is joined once more; else from `start` */
    int start;
    REAL (*join)(REAL result, REAL x);
    int64_t (*join_integers)(enum dtype dtype, int64_t result, int64_t x); /* NULL: real only */
    REAL (*finish)(REAL result, int64_t count);                            /* NULL: nothing */
    bool is_mean;                                                          /* of integers */
};

/* Visits the elements of x: offset 0 is where in the result an element belongs. */
static struct walk reduction_walk(const struct shape *x, const bool reduced[MAX_RANK],
                                  int64_t *count) {
    struct walk walk = walk_start(x);
    int64_t stride = 1;
    *count = 1;
    for (int d = x->rank - 1; d >= 0; d--) {
        if (reduced[d]) {
            *count *= x->dims[d];
        } else {
            walk.strides[0][d] = stride;
            stride *= x->dims[d];
        }
    }
    return walk;
}

static void reduce_reals(const struct reduction *reduction, const struct interp_tensor *x,
                         const bool reduced[MAX_RANK], REAL *ys, int64_t outputs) {
    const REAL *xs = x->data;
    int64_t inputs = shape_elements(&x->shape), count;
    struct walk first = reduction_walk(&x->shape, reduced, &count), walk = first;
    for (int64_t i = 0; i < outputs; i++)
        ys[i] = (REAL)reduction->start;
    for (int64_t i = 0; reduction->from_first && i < inputs; i++, walk_next(&first))
        ys[first.offset[0]] = xs[i];
    for (int64_t i = 0; i < inputs; i++, walk_next(&walk))
        ys[walk.offset[0]] = reduction->join(ys[walk.offset[0]], xs[i]);
    for (int64_t i = 0; reduction->finish && i < outputs; i++)
        ys[i] = reduction->finish(ys[i], count);
}

static void reduce_integers(const struct reduction *reduction, const struct interp_tensor *x,
                            const bool reduced[MAX_RANK], int64_t *ys, int64_t outputs) {
    const int64_t *xs = x->data;
    int64_t inputs = shape_elements(&x->shape), count;
    struct walk first = reduction_walk(&x->shape, reduced, &count), walk = first;
    for (int64_t i = 0; i < outputs; i++)
        ys[i] = reduction->start;
    for (int64_t i = 0; reduction->from_first && i < inputs; i++, walk_next(&first))
        ys[first.offset[0]] = xs[i];
    for (int64_t i = 0; i < inputs; i++, walk_next(&walk))
        ys[walk.offset[0]] = reduction->join_integers(x->dtype, ys[walk.offset[0]], xs[i]);
    for (int64_t i = 0; reduction->is_mean && count > 0 && i < outputs; i++)
        ys[i] =
            x->dtype == DTYPE_UINT64 ? (int64_t)((uint64_t)ys[i] / (uint64_t)count) : ys[i] / count;
}

/* The axes of operand 1: all of them where it is omitted or empty, unless the attribute says none.
 */
static void find_reduced(const struct interp_call *call, bool reduced[MAX_RANK]) {
    const struct interp_tensor *x = operand(call, 0), *axes = operand(call, 1);
    int64_t count = axes ? shape_elements(&axes->shape) : 0;
    bool all = count == 0 && !call->node->attributes.ReduceMean.noop_with_empty_axes;
    for (int d = 0; d < x->shape.rank; d++)
        reduced[d] = all;
    for (int64_t i = 0; i < count; i++) {
        int64_t axis = ((const int64_t *)axes->data)[i];
        reduced[axis < 0 ? axis + x->shape.rank : axis] = true;
    }
}

static enum snv2_status reduce(const struct interp_call *call, const struct reduction *reduction) {
    const struct interp_tensor *x = operand(call, 0);
    struct interp_tensor *y = &call->outputs[0];
    int64_t outputs = shape_elements(&y->shape);
    bool reduced[MAX_RANK];
    find_reduced(call, reduced);
    if (reduction->from_first && outputs > 0 && shape_elements(&x->shape) == 0)
        return diagnose_call(call, SNV2_BAD_MODEL, "there are no elements to compare");
    if (dtype_is_real(x->dtype))
        reduce_reals(reduction, x, reduced, y->data, outputs);
    else
        reduce_integers(reduction, x, reduced, y->data, outputs);
    return SNV2_OK;
}

static REAL add(REAL sum, REAL x) {
    return sum + x;
}

static REAL multiply(REAL product, REAL x) {
    return product * x;
}

static REAL add_magnitude(REAL sum, REAL x) {
    return sum + (REAL)fabs(x);
}

static REAL add_square(REAL sum, REAL x) {
    return sum + x * x;
}

static REAL divide(REAL sum, int64_t count) {
    return sum / (REAL)count;
}

static REAL root(REAL sum, int64_t count) {
    (void)count;
    return (REAL)sqrt(sum); /* the double root of a float rounds to the float's root */
}

static REAL logarithm(REAL sum, int64_t count) {
    (void)count;
    return (REAL)elementary_log(sum);
}

static int64_t add_integers(enum dtype dtype, int64_t sum, int64_t x) {
    return integer_wrap(dtype, (int64_t)((uint64_t)sum + (uint64_t)x));
}

static int64_t multiply_integers(enum dtype dtype, int64_t product, int64_t x) {
    return integer_wrap(dtype, (int64_t)((uint64_t)product * (uint64_t)x));
}

/* Not wrapped: the mean of integers of the type is one, their sum is not. */
static int64_t add_wide(enum dtype dtype, int64_t sum, int64_t x) {
    (void)dtype;
    return (int64_t)((uint64_t)sum + (uint64_t)x);
}

static int64_t add_integer_magnitude(enum dtype dtype, int64_t sum, int64_t x) {
    bool is_negative = !dtype_is_unsigned(dtype) && x < 0;
    return add_integers(dtype, sum, is_negative ? integer_negate(dtype, x) : x);
}

static int64_t add_integer_square(enum dtype dtype, int64_t sum, int64_t x) {
    return add_integers(dtype, sum, multiply_integers(dtype, x, x));
}

static const struct reduction mean = {.join = add, .finish = divide};
static const struct reduction maximum = {
    .from_first = true, .join = larger, .join_integers = larger_integer};

/* A reduction by the table: REDUCTION(operator, fields of struct reduction). */
#define REDUCTION(op, ...)                                                                         \
    INTERP_KERNEL(op) {                                                                            \
        static const struct reduction reduction = {__VA_ARGS__};                                   \
        return reduce(call, &reduction);                                                           \
    }

REDUCTION(ReduceL1, .join = add_magnitude, .join_integers = add_integer_magnitude)
REDUCTION(ReduceL2, .join = add_square, .finish = root)
REDUCTION(ReduceLogSum, .join = add, .finish = logarithm)
REDUCTION(ReduceMax, .from_first = true, .join = larger, .join_integers = larger_integer)
REDUCTION(ReduceMean, .join = add, .finish = divide, .join_integers = add_wide, .is_mean = true)
REDUCTION(ReduceMin, .from_first = true, .join = smaller, .join_integers = smaller_integer)
REDUCTION(ReduceProd, .start = 1, .join = multiply, .join_integers = multiply_integers)
REDUCTION(ReduceSum, .join = add, .join_integers = add_integers)
REDUCTION(ReduceSumSquare, .join = add_square, .join_integers = add_integer_square)

/* What is taken from the elements before the exponential: the largest, unless it is infinite. */
static REAL finite_or_0(REAL top) {
    return top - top == 0 ? top : 0;
}

/* log(sum(exp(x - top))) + top, where top is the largest element, so that nothing overflows. */
INTERP_KERNEL(ReduceLogSumExp) {
    const struct interp_tensor *x = operand(call, 0);
    struct interp_tensor *y = &call->outputs[0];
    int64_t inputs = shape_elements(&x->shape), outputs = shape_elements(&y->shape), count;
    const REAL *xs = x->data;
    REAL *ys = y->data;
    bool reduced[MAX_RANK];
    enum snv2_status status = reduce(call, &maximum);
    if (status != SNV2_OK)
        return status;
    REAL *sums = calloc((size_t)outputs + 1, sizeof *sums);
    if (!sums)
        return diagnose_no_memory(call->diagnostic);
    find_reduced(call, reduced);
    struct walk walk = reduction_walk(&x->shape, reduced, &count);
    for (int64_t i = 0; i < inputs; i++, walk_next(&walk))
        sums[walk.offset[0]] += (REAL)elementary_exp(xs[i] - finite_or_0(ys[walk.offset[0]]));
    for (int64_t i = 0; i < outputs; i++)
        ys[i] = finite_or_0(ys[i]) + (REAL)elementary_log(sums[i]);
    free(sums);
    return SNV2_OK;
}

INTERP_KERNEL(GlobalAveragePool) {
    const struct interp_tensor *x = operand(call, 0);
    struct interp_tensor *y = &call->outputs[0];
    bool reduced[MAX_RANK] = {false};
    for (int d = 2; d < x->shape.rank; d++)
        reduced[d] = true;
    reduce_reals(&mean, x, reduced, y->data, shape_elements(&y->shape));
    return SNV2_OK;
}
