/* Functions of one operand, element by element. Transcendental ones are computed in double and
 * rounded once. */
#include "interp/elementary.h"
#include "interp/real.h"

#include <math.h>

typedef REAL real_function(REAL x, const union attributes *attributes);

static enum snv2_status unary(const struct interp_call *call, real_function *function) {
    const struct interp_tensor *x = operand(call, 0);
    int64_t count = shape_elements(&x->shape);
    const REAL *xs = x->data;
    REAL *ys = call->outputs[0].data;
    for (int64_t i = 0; i < count; i++)
        ys[i] = function(xs[i], &call->node->attributes);
    return SNV2_OK;
}

/* An operator whose operand is real: UNARY(operator, y as an expression of x and attributes). */
#define UNARY(op, y)                                                                               \
    static REAL real_##op(REAL x, const union attributes *attributes) {                            \
        (void)attributes;                                                                          \
        return y;                                                                                  \
    }                                                                                              \
    INTERP_KERNEL(op) {                                                                            \
        return unary(call, real_##op);                                                             \
    }

static REAL gelu_tanh(REAL x) {
    static const double root_of_2_by_pi = 0x1.9884533d43651p-1;
    REAL inner = (REAL)elementary_tanh(root_of_2_by_pi * (x + 0.044715 * x * x * x));
    return x / 2 * (1 + inner);
}

UNARY(Ceil, (REAL)ceil(x))
UNARY(Celu,
      x < 0 ? (REAL)(attributes->Celu.alpha * elementary_expm1(x / attributes->Celu.alpha)) : x)
UNARY(Elu, x < 0 ? (REAL)(attributes->Elu.alpha * elementary_expm1(x)) : x)
UNARY(Erf, (REAL)elementary_erf(x))
UNARY(Exp, (REAL)elementary_exp(x))
UNARY(Floor, (REAL)floor(x))
UNARY(Gelu, attributes->Gelu.approximate == GELU_TANH ? gelu_tanh(x) : gelu(x))
UNARY(HardSigmoid, hard_sigmoid(x, attributes->HardSigmoid.alpha, attributes->HardSigmoid.beta))
UNARY(HardSwish, hard_swish(x))
UNARY(LeakyRelu, leaky_relu(x, attributes->LeakyRelu.alpha))
UNARY(Log, (REAL)elementary_log(x))
UNARY(Mish, (REAL)elementary_mish(x))
UNARY(Reciprocal, 1 / x)
UNARY(Round, (REAL)rint(x))
UNARY(Selu, x < 0 ? (REAL)(attributes->Selu.gamma * (attributes->Selu.alpha * elementary_expm1(x)))
                  : attributes->Selu.gamma * x)
UNARY(Sigmoid, (REAL)elementary_sigmoid(x))
UNARY(Softsign, x / (1 + (REAL)fabs(x)))
UNARY(Softplus, (REAL)elementary_softplus(x))
UNARY(Sqrt, (REAL)sqrt(x)) /* the double root of a float rounds to the float's root */
UNARY(Swish, (REAL)(x *elementary_sigmoid(attributes->Swish.alpha *x)))
UNARY(Tanh, (REAL)elementary_tanh(x))
UNARY(ThresholdedRelu, x > attributes->ThresholdedRelu.alpha || x != x ? x : 0)

INTERP_KERNEL(Abs) {
    const struct interp_tensor *x = operand(call, 0);
    int64_t count = shape_elements(&x->shape);
    if (dtype_is_real(x->dtype)) {
        const REAL *xs = x->data;
        REAL *ys = call->outputs[0].data;
        for (int64_t i = 0; i < count; i++)
            ys[i] = (REAL)fabs(xs[i]);
    } else {
        const int64_t *xs = x->data;
        int64_t *ys = call->outputs[0].data;
        for (int64_t i = 0; i < count; i++)
            ys[i] = integer_less(x->dtype, xs[i], 0) ? integer_negate(x->dtype, xs[i]) : xs[i];
    }
    return SNV2_OK;
}

INTERP_KERNEL(Neg) {
    const struct interp_tensor *x = operand(call, 0);
    int64_t count = shape_elements(&x->shape);
    if (dtype_is_real(x->dtype)) {
        const REAL *xs = x->data;
        REAL *ys = call->outputs[0].data;
        for (int64_t i = 0; i < count; i++)
            ys[i] = -xs[i];
    } else {
        const int64_t *xs = x->data;
        int64_t *ys = call->outputs[0].data;
        for (int64_t i = 0; i < count; i++)
            ys[i] = integer_negate(x->dtype, xs[i]);
    }
    return SNV2_OK;
}

/* Whether the function holds, for every element. */
static enum snv2_status test(const struct interp_call *call,
                             bool (*holds)(REAL x, const union attributes *attributes)) {
    const struct interp_tensor *x = operand(call, 0);
    int64_t count = shape_elements(&x->shape), *ys = call->outputs[0].data;
    for (int64_t i = 0; i < count; i++)
        ys[i] = holds(((const REAL *)x->data)[i], &call->node->attributes);
    return SNV2_OK;
}

static bool is_nan(REAL x, const union attributes *attributes) {
    (void)attributes;
    return x != x;
}

static bool is_infinite(REAL x, const union attributes *attributes) {
    return (x == (REAL)INFINITY && attributes->IsInf.detect_positive) ||
           (x == -(REAL)INFINITY && attributes->IsInf.detect_negative);
}

INTERP_KERNEL(IsInf) {
    return test(call, is_infinite);
}

INTERP_KERNEL(IsNaN) {
    return test(call, is_nan);
}

INTERP_KERNEL(Sign) {
    const struct interp_tensor *x = operand(call, 0);
    int64_t count = shape_elements(&x->shape);
    for (int64_t i = 0; i < count; i++) {
        if (dtype_is_real(x->dtype)) {
            REAL number = ((const REAL *)x->data)[i];
            ((REAL *)call->outputs[0].data)[i] =
                number != number ? number : (REAL)((number > 0) - (number < 0));
        } else {
            int64_t number = ((const int64_t *)x->data)[i];
            ((int64_t *)call->outputs[0].data)[i] =
                integer_less(x->dtype, 0, number) - integer_less(x->dtype, number, 0);
        }
    }
    return SNV2_OK;
}

static double shrink(double x, const struct Shrink_attributes *attributes) {
    double limit = attributes->lambd, bias = attributes->bias;
    return x < -limit ? x + bias : x > limit ? x - bias : x != x ? x : 0;
}

INTERP_KERNEL(Shrink) {
    const struct Shrink_attributes *attributes = &call->node->attributes.Shrink;
    const struct interp_tensor *x = operand(call, 0);
    int64_t count = shape_elements(&x->shape);
    for (int64_t i = 0; i < count; i++) {
        if (dtype_is_real(x->dtype)) {
            ((REAL *)call->outputs[0].data)[i] =
                (REAL)shrink(((const REAL *)x->data)[i], attributes);
        } else {
            int64_t number = ((const int64_t *)x->data)[i];
            ((int64_t *)call->outputs[0].data)[i] =
                real_to_integer(x->dtype, shrink(integer_to_real(x->dtype, number), attributes));
        }
    }
    return SNV2_OK;
}
