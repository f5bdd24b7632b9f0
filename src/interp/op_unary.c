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

static double gelu(double x, enum gelu_form form) {
    static const double root_of_2_by_pi = 0x1.9884533d43651p-1;
    return form == GELU_TANH
               ? x / 2 * (1 + elementary_tanh(root_of_2_by_pi * (x + 0.044715 * x * x * x)))
               : elementary_gelu(x);
}

UNARY(Ceil, (REAL)ceil(x))
UNARY(Elu, x < 0 ? (REAL)(attributes->Elu.alpha * elementary_expm1(x)) : x)
UNARY(Erf, (REAL)elementary_erf(x))
UNARY(Exp, (REAL)elementary_exp(x))
UNARY(Floor, (REAL)floor(x))
UNARY(Gelu, (REAL)gelu(x, attributes->Gelu.approximate))
UNARY(HardSigmoid, hard_sigmoid(x, attributes->HardSigmoid.alpha, attributes->HardSigmoid.beta))
UNARY(HardSwish, hard_swish(x))
UNARY(LeakyRelu, leaky_relu(x, attributes->LeakyRelu.alpha))
UNARY(Log, (REAL)elementary_log(x))
UNARY(Mish, (REAL)elementary_mish(x))
UNARY(Reciprocal, 1 / x)
UNARY(Selu, x < 0 ? (REAL)(attributes->Selu.gamma * (attributes->Selu.alpha * elementary_expm1(x)))
                  : attributes->Selu.gamma * x)
UNARY(Sigmoid, (REAL)elementary_sigmoid(x))
UNARY(Softplus, (REAL)elementary_softplus(x))
UNARY(Sqrt, (REAL)sqrt(x)) /* the double root of a float rounds to the float's root */
UNARY(Swish, (REAL)(x *elementary_sigmoid(attributes->Swish.alpha *x)))
UNARY(Tanh, (REAL)elementary_tanh(x))

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
