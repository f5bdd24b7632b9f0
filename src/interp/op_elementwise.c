/* Elementwise operators: binary ones with multidirectional broadcasting, Relu, Clip. */
#include "interp/elementary.h"
#include "interp/real.h"
#include "interp/walk.h"

#include <math.h>

/* A binary operator on reals and on integers. The integer form returns NULL, or why there is no
 * result; the result is wrapped to the type afterwards. */
struct binary_function {
    REAL (*real)(REAL a, REAL b);
    const char *(*integer)(enum dtype dtype, int64_t a, int64_t b, int64_t *result);
};

static REAL add_real(REAL a, REAL b) {
    return a + b;
}

static REAL subtract_real(REAL a, REAL b) {
    return a - b;
}

static REAL multiply_real(REAL a, REAL b) {
    return a * b;
}

static REAL divide_real(REAL a, REAL b) {
    return a / b;
}

static const char *add_integer(enum dtype dtype, int64_t a, int64_t b, int64_t *result) {
    (void)dtype;
    *result = (int64_t)((uint64_t)a + (uint64_t)b);
    return NULL;
}

static const char *subtract_integer(enum dtype dtype, int64_t a, int64_t b, int64_t *result) {
    (void)dtype;
    *result = (int64_t)((uint64_t)a - (uint64_t)b);
    return NULL;
}

static const char *multiply_integer(enum dtype dtype, int64_t a, int64_t b, int64_t *result) {
    (void)dtype;
    *result = (int64_t)((uint64_t)a * (uint64_t)b);
    return NULL;
}

/* Truncates toward zero. */
static const char *divide_integer(enum dtype dtype, int64_t a, int64_t b, int64_t *result) {
    if (b == 0)
        return "division by zero";
    if (dtype == DTYPE_UINT64) {
        *result = (int64_t)((uint64_t)a / (uint64_t)b);
        return NULL;
    }
    if (b == -1 && integer_wrap(dtype, (int64_t)(0 - (uint64_t)a)) == a && a != 0)
        return "the quotient of the least integer and -1 does not fit in the type";
    *result = a / b;
    return NULL;
}

static const struct binary_function add = {add_real, add_integer};
static const struct binary_function subtract = {subtract_real, subtract_integer};
static const struct binary_function multiply = {multiply_real, multiply_integer};
static const struct binary_function divide = {divide_real, divide_integer};

static enum snv2_status binary(const struct interp_call *call,
                               const struct binary_function *function) {
    const struct interp_tensor *a = operand(call, 0), *b = operand(call, 1);
    struct interp_tensor *y = &call->outputs[0];
    int64_t count = shape_elements(&y->shape);
    struct walk walk = walk_start(&y->shape);
    walk_broadcast(&walk, 0, &a->shape);
    walk_broadcast(&walk, 1, &b->shape);
    if (dtype_is_real(y->dtype)) {
        const REAL *as = a->data, *bs = b->data;
        REAL *ys = y->data;
        for (int64_t i = 0; i < count; i++, walk_next(&walk))
            ys[i] = function->real(as[walk.offset[0]], bs[walk.offset[1]]);
        return SNV2_OK;
    }
    const int64_t *as = a->data, *bs = b->data;
    int64_t *ys = y->data;
    for (int64_t i = 0; i < count; i++, walk_next(&walk)) {
        int64_t result;
        const char *reason =
            function->integer(y->dtype, as[walk.offset[0]], bs[walk.offset[1]], &result);
        if (reason)
            return diagnose_call(call, SNV2_BAD_MODEL, "element %lld: %s", (long long)i, reason);
        ys[i] = integer_wrap(y->dtype, result);
    }
    return SNV2_OK;
}

INTERP_KERNEL(Add) {
    return binary(call, &add);
}

INTERP_KERNEL(Sub) {
    return binary(call, &subtract);
}

INTERP_KERNEL(Mul) {
    return binary(call, &multiply);
}

INTERP_KERNEL(Div) {
    return binary(call, &divide);
}

INTERP_KERNEL(Relu) {
    const struct interp_tensor *x = operand(call, 0);
    int64_t count = shape_elements(&x->shape);
    if (dtype_is_real(x->dtype)) {
        const REAL *xs = x->data;
        REAL *ys = call->outputs[0].data;
        for (int64_t i = 0; i < count; i++)
            ys[i] = relu(xs[i]);
    } else {
        const int64_t *xs = x->data;
        int64_t *ys = call->outputs[0].data;
        for (int64_t i = 0; i < count; i++)
            ys[i] = integer_less(x->dtype, xs[i], 0) ? 0 : xs[i];
    }
    return SNV2_OK;
}

INTERP_KERNEL(Clip) {
    const struct interp_tensor *x = operand(call, 0);
    const struct interp_tensor *min = operand(call, 1), *max = operand(call, 2);
    int64_t count = shape_elements(&x->shape);
    if (dtype_is_real(x->dtype)) {
        const REAL *xs = x->data;
        REAL *ys = call->outputs[0].data;
        REAL low = min ? *(const REAL *)min->data : -(REAL)INFINITY;
        REAL high = max ? *(const REAL *)max->data : (REAL)INFINITY;
        for (int64_t i = 0; i < count; i++)
            ys[i] = clip(xs[i], low, high);
    } else {
        const int64_t *xs = x->data, *low = min ? min->data : NULL, *high = max ? max->data : NULL;
        int64_t *ys = call->outputs[0].data;
        for (int64_t i = 0; i < count; i++) {
            int64_t y = low && integer_less(x->dtype, xs[i], *low) ? *low : xs[i];
            ys[i] = high && integer_less(x->dtype, *high, y) ? *high : y;
        }
    }
    return SNV2_OK;
}

/* The base is real; a whole exponent may be an integer. */
INTERP_KERNEL(Pow) {
    const struct interp_tensor *x = operand(call, 0), *exponent = operand(call, 1);
    struct interp_tensor *y = &call->outputs[0];
    int64_t count = shape_elements(&y->shape);
    bool is_real = dtype_is_real(exponent->dtype);
    const REAL *xs = x->data;
    REAL *ys = y->data;
    struct walk walk = walk_start(&y->shape);
    walk_broadcast(&walk, 0, &x->shape);
    walk_broadcast(&walk, 1, &exponent->shape);
    for (int64_t i = 0; i < count; i++, walk_next(&walk)) {
        int64_t k = walk.offset[1];
        double power = is_real
                           ? (double)((const REAL *)exponent->data)[k]
                           : integer_to_real(exponent->dtype, ((const int64_t *)exponent->data)[k]);
        ys[i] = (REAL)elementary_pow(xs[walk.offset[0]], power);
    }
    return SNV2_OK;
}

INTERP_KERNEL(PRelu) {
    const struct interp_tensor *x = operand(call, 0), *slope = operand(call, 1);
    int64_t count = shape_elements(&x->shape);
    const REAL *xs = x->data, *slopes = slope->data;
    REAL *ys = call->outputs[0].data;
    struct walk walk = walk_start(&x->shape);
    walk_broadcast(&walk, 0, &slope->shape);
    for (int64_t i = 0; i < count; i++, walk_next(&walk))
        ys[i] = xs[i] < 0 ? xs[i] * slopes[walk.offset[0]] : xs[i];
    return SNV2_OK;
}
