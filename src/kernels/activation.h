/* The activations that are more than bounds, bit by bit: plain functions of one number, without
 * branches, so that they vectorize. NaN gives NaN. */
#ifndef KERNELS_ACTIVATION_H
#define KERNELS_ACTIVATION_H

#include "kernels/elementary.h"

#include <stdbool.h>

static inline float activate_none(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return x;
}

static inline float activate_relu(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return x < 0 ? 0 : x;
}

static inline float activate_clip(float x, float alpha, float beta) {
    return bounded(x, (struct kernel_bounds){alpha, beta});
}

static inline float activate_leaky_relu(float x, float alpha, float beta) {
    (void)beta;
    return x < 0 ? alpha * x : x;
}

static inline float activate_hard_sigmoid(float x, float alpha, float beta) {
    return bounded(FMA(alpha, x, beta), (struct kernel_bounds){0, 1});
}

static inline float activate_hard_swish(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return x * bounded(FMA(x, 1.0f / 6, 0.5f), (struct kernel_bounds){0, 1});
}

static inline float activate_sigmoid(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return kernel_sigmoid(x);
}

static inline float activate_tanh(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return kernel_tanh(x);
}

static inline float activate_silu(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return x * kernel_sigmoid(x);
}

static inline float activate_mish(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return kernel_mish(x);
}

static inline float activate_gelu(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return kernel_gelu(x);
}

static inline float activate_gelu_tanh(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return kernel_gelu_tanh(x);
}

static inline float activate_softplus(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return kernel_softplus(x);
}

static inline float activate_elu(float x, float alpha, float beta) {
    (void)beta;
    float below = kernel_expm1_below(x);
    return x < 0 ? alpha * below : x;
}

static inline float activate_exp(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return kernel_exp(x);
}

/* The logarithm of every number, where kernel_log takes normal ones above 0. */
static inline float activate_log(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    bool subnormal = x < 0x1p-126f;
    float y = kernel_log(subnormal ? x * 0x1p24f : x);
    y = subnormal ? y - 0x1.0a2b24p+4f : y;
    y = x == INFINITY ? INFINITY : y;
    y = x == 0 ? -INFINITY : y;
    return x < 0 ? NAN : y;
}

static inline float activate_erf(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return kernel_erf(x);
}

static inline float activate_sqrt(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return sqrtf(x);
}

static inline float activate_reciprocal(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return 1 / x;
}

static inline float activate_negate(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return -x;
}

static inline float activate_absolute(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return fabsf(x);
}

static inline float activate_floor(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return floorf(x);
}

static inline float activate_ceil(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return ceilf(x);
}

/* To the nearest float16, ties to even. What adding moves out of the low bits is rounded away. */
static inline float activate_round_float16(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    float t = fabsf(x);
    uint32_t bits = bits_of_float(t);
    float normal = float_of_bits((bits + 0xfff + (bits >> 13 & 1)) & ~UINT32_C(0x1fff));
    float subnormal = t + 0.5f - 0.5f;
    float y = t < 0x1p-14f ? subnormal : normal;
    y = t >= 65520 ? INFINITY : y;
    return x == x ? copysignf(y, x) : x;
}

/* To the nearest bfloat16, ties to even: the upper half of the bits. */
static inline float activate_round_bfloat16(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    uint32_t bits = bits_of_float(x);
    float y = float_of_bits((bits + 0x7fff + (bits >> 16 & 1)) & ~UINT32_C(0xffff));
    return x == x ? y : x;
}

static inline float activate_sign(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    float sign = (float)(x > 0) - (float)(x < 0);
    return x == x ? sign : x;
}

/* Adding moves the fraction out of the bits of a float, which is rounded to even. */
static inline float activate_round(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    float t = fabsf(x), whole = t + 0x1p23f - 0x1p23f;
    return t < 0x1p23f ? copysignf(whole, x) : x;
}

static inline float activate_truncate(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return truncf(x) + 0.0f; /* no -0 */
}

#endif
