/* Elementwise operators: binary ones with multidirectional broadcasting, Relu, Clip. */
#include "interp/elementary.h"
#include "interp/real.h"
#include "interp/walk.h"

#include <math.h>

/* A binary operator on reals (NULL: on integers alone) and on integers, whose result is wrapped to
 * the type afterwards. */
struct binary_function {
    REAL (*real)(REAL a, REAL b);
    int64_t (*integer)(enum dtype dtype, int64_t a, int64_t b);
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

static REAL remainder_real(REAL a, REAL b) {
    return (REAL)fmod(a, b); /* exact */
}

static int64_t add_integer(enum dtype dtype, int64_t a, int64_t b) {
    (void)dtype;
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t subtract_integer(enum dtype dtype, int64_t a, int64_t b) {
    (void)dtype;
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

static int64_t multiply_integer(enum dtype dtype, int64_t a, int64_t b) {
    (void)dtype;
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

/* Truncates toward zero; 0 where b is 0, for which ONNX has no rule. */
static int64_t divide_integer(enum dtype dtype, int64_t a, int64_t b) {
    if (b == 0)
        return 0;
    if (dtype_is_unsigned(dtype))
        return (int64_t)((uint64_t)a / (uint64_t)b);
    return b == -1 ? integer_negate(dtype, a) : a / b;
}

/* The sign is a's. */
static int64_t remainder_integer(enum dtype dtype, int64_t a, int64_t b) {
    int64_t whole = multiply_integer(dtype, divide_integer(dtype, a, b), b);
    return b == 0 ? 0 : subtract_integer(dtype, a, whole);
}

/* The sign is b's. */
static int64_t modulus_integer(enum dtype dtype, int64_t a, int64_t b) {
    int64_t rest = remainder_integer(dtype, a, b);
    bool other_sign = !dtype_is_unsigned(dtype) && (rest < 0) != (b < 0);
    return rest != 0 && other_sign ? rest + b : rest;
}

static int64_t shift_left(enum dtype dtype, int64_t a, int64_t b) {
    return (uint64_t)b < 8 * dtype_bytes(dtype) ? (int64_t)((uint64_t)a << b) : 0;
}

static int64_t shift_right(enum dtype dtype, int64_t a, int64_t b) {
    return (uint64_t)b < 8 * dtype_bytes(dtype) ? (int64_t)((uint64_t)a >> b) : 0;
}

static const struct binary_function add = {add_real, add_integer};
static const struct binary_function subtract = {subtract_real, subtract_integer};
static const struct binary_function multiply = {multiply_real, multiply_integer};
static const struct binary_function divide = {divide_real, divide_integer};
static const struct binary_function modulus = {NULL, modulus_integer};
static const struct binary_function remainder_of = {remainder_real, remainder_integer};
static const struct binary_function left = {NULL, shift_left};
static const struct binary_function right = {NULL, shift_right};

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
    for (int64_t i = 0; i < count; i++, walk_next(&walk))
        ys[i] = integer_wrap(y->dtype,
                             function->integer(y->dtype, as[walk.offset[0]], bs[walk.offset[1]]));
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

INTERP_KERNEL(Mod) {
    return binary(call, call->node->attributes.Mod.fmod ? &remainder_of : &modulus);
}

INTERP_KERNEL(BitShift) {
    return binary(call, call->node->attributes.BitShift.direction == SHIFT_LEFT ? &left : &right);
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

/* base * base * ... , wrapped; below 0 the reciprocal of that, towards zero (0 for base 0). */
static int64_t power_of_integer(enum dtype dtype, int64_t base, int64_t exponent) {
    uint64_t power = 1, factor = (uint64_t)base;
    if (exponent < 0)
        return base == 1 || (base == -1 && exponent % 2 == 0) ? 1 : base == -1 ? -1 : 0;
    for (; exponent > 0; exponent /= 2, factor *= factor)
        if (exponent % 2)
            power *= factor;
    return integer_wrap(dtype, (int64_t)power);
}

/* An exponent that is no whole number is one of a real base. */
static int64_t integer_power(enum dtype dtype, int64_t base, double exponent) {
    if (fabs(exponent) <= 0x1p62 && trunc(exponent) == exponent)
        return power_of_integer(dtype, base, (int64_t)exponent);
    return real_to_integer(dtype, elementary_pow(integer_to_real(dtype, base), exponent));
}

static double number_at(const struct interp_tensor *tensor, int64_t index) {
    return dtype_is_real(tensor->dtype)
               ? (double)((const REAL *)tensor->data)[index]
               : integer_to_real(tensor->dtype, ((const int64_t *)tensor->data)[index]);
}

INTERP_KERNEL(Pow) {
    const struct interp_tensor *x = operand(call, 0), *exponent = operand(call, 1);
    struct interp_tensor *y = &call->outputs[0];
    int64_t count = shape_elements(&y->shape);
    bool is_real = dtype_is_real(x->dtype);
    struct walk walk = walk_start(&y->shape);
    walk_broadcast(&walk, 0, &x->shape);
    walk_broadcast(&walk, 1, &exponent->shape);
    for (int64_t i = 0; i < count; i++, walk_next(&walk)) {
        int64_t k = walk.offset[0];
        double power = number_at(exponent, walk.offset[1]);
        if (is_real)
            ((REAL *)y->data)[i] = (REAL)elementary_pow(((const REAL *)x->data)[k], power);
        else
            ((int64_t *)y->data)[i] = integer_power(x->dtype, ((const int64_t *)x->data)[k], power);
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
