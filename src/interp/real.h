/* For the files that are compiled twice: REAL is float or double, and the names of the kernels say
 * which. */
#ifndef INTERP_REAL_H
#define INTERP_REAL_H

#include "interp/elementary.h"
#include "interp/kernel.h"

#include <float.h>

#if defined __FAST_MATH__ || FLT_EVAL_METHOD != 0
#error "the interpreter needs IEEE arithmetic in the type as written: no -ffast-math, no x87"
#endif

#if INTERP_REAL_IS_DOUBLE
#define REAL double
#define REAL_NAME(name) name##_f64
#else
#define REAL float
#define REAL_NAME(name) name##_f32
#endif

/* The head of a kernel's definition. */
#define INTERP_KERNEL(op) enum snv2_status REAL_NAME(interp_##op)(const struct interp_call *call)

#define OP(name, ...) interp_kernel REAL_NAME(interp_##name);
#include "ir/ops.def"
#undef OP

/* Bytes of an element of `tensor`. */
static inline size_t element_bytes(const struct interp_tensor *tensor) {
    return dtype_is_real(tensor->dtype) ? sizeof(REAL) : sizeof(int64_t);
}

/* The comparisons are false for NaN, which so propagates. */
static inline REAL clip(REAL x, REAL low, REAL high) {
    x = x < low ? low : x;
    return x > high ? high : x;
}

/* The larger or smaller one: NaN propagates, of zeros the first stays. */
static inline REAL larger(REAL a, REAL b) {
    return a < b || b != b ? b : a;
}

static inline REAL smaller(REAL a, REAL b) {
    return b < a || b != b ? b : a;
}

static inline REAL relu(REAL x) {
    return x < 0 ? 0 : x;
}

static inline REAL leaky_relu(REAL x, REAL alpha) {
    return x < 0 ? alpha * x : x;
}

static inline REAL hard_sigmoid(REAL x, REAL alpha, REAL beta) {
    return clip(alpha * x + beta, 0, 1);
}

static inline REAL hard_swish(REAL x) {
    return x * hard_sigmoid(x, (REAL)1 / 6, (REAL)1 / 2);
}

/* Where x is below 0, 1 and erf nearly cancel; so erf is rounded, as the formula says. */
static inline REAL gelu(REAL x) {
    REAL inner = (REAL)elementary_erf(x * 0x1.6a09e667f3bcdp-1);
    return x / 2 * (1 + inner);
}

/* One activation of enums.def. */
static inline REAL activate_one(REAL x, enum activation activation, REAL alpha, REAL beta) {
    switch (activation) {
    case ACTIVATION_NONE:
        break;
    case ACTIVATION_RELU:
        return relu(x);
    case ACTIVATION_CLIP:
        return clip(x, alpha, beta);
    case ACTIVATION_LEAKY_RELU:
        return leaky_relu(x, alpha);
    case ACTIVATION_HARD_SIGMOID:
        return hard_sigmoid(x, alpha, beta);
    case ACTIVATION_HARD_SWISH:
        return hard_swish(x);
    case ACTIVATION_SIGMOID:
        return (REAL)elementary_sigmoid(x);
    case ACTIVATION_TANH:
        return (REAL)elementary_tanh(x);
    case ACTIVATION_SILU:
        return (REAL)(x * elementary_sigmoid(x));
    case ACTIVATION_MISH:
        return (REAL)elementary_mish(x);
    case ACTIVATION_GELU:
        return gelu(x);
    }
    return x;
}

/* Applies the activation that was fused into a Conv or Gemm, in place. */
static inline void activate(REAL *elements, int64_t count, enum activation activation, float alpha,
                            float beta) {
    for (int64_t i = 0; activation != ACTIVATION_NONE && i < count; i++)
        elements[i] = activate_one(elements[i], activation, (REAL)alpha, (REAL)beta);
}

#endif
