/* Elementary functions of floats, bit by bit: fixed sequences of additions, multiplications, FMA,
 * divisions, selections and integer operations, without branches, so that vectors can follow them.
 *
 * NaN gives NaN. Limits: exp overflows to infinity and underflows through subnormal numbers to 0,
 * sigmoid goes to 0 and 1, tanh and erf to -1 and 1. Errors in units of the last place of the exact
 * result, over all floats whose results are normal (tests/test_kernel_elementary.c):
 *   exp 1.1   log 0.9   softplus 1.7   sigmoid 2.5   tanh 2.7   erf 1.1
 *   mish 4 above -87; below, exp(x) is subnormal and has fewer bits
 *   gelu, by erf or tanh, 3 from 0 on; below 0 digits cancel, and the error is at most 3e-7 */
#ifndef KERNELS_ELEMENTARY_H
#define KERNELS_ELEMENTARY_H

#include "kernels/arithmetic.h"
#include "kernels/float_bits.h"

#include <stdint.h>

/* ln 2 as a sum; the first has few enough bits that its product with an exponent is exact. */
#define LN2_HIGH 0x1.62e4p-1f
#define LN2_LOW 0x1.7f7d1cp-20f

/* exp(x) = 2^n (1 + rest), where rest is exp(r) - 1 for |r| <= ln(2) / 2. */
struct exp_parts {
    uint32_t n_bits; /* n + BIAS_OF_N_BITS; anything for NaN */
    float n, rest;
};

#define ROUNDER 0x1.8p23f /* a float this large has no fraction, and ends in the integer n */
#define BIAS_OF_N_BITS 0x4b400000u

static inline struct exp_parts exp_parts(float x) {
    float shifted = FMA(x, 0x1.715476p+0f, ROUNDER); /* 1 / ln 2 */
    float n = shifted - ROUNDER;
    float r = FMA(-n, LN2_HIGH, x);
    r = FMA(-n, LN2_LOW, r);
    float series = 0x1.6d6cbcp-10f;
    series = FMA(series, r, 0x1.123ab8p-7f);
    series = FMA(series, r, 0x1.5554ccp-5f);
    series = FMA(series, r, 0x1.555490p-3f);
    series = FMA(series, r, 0.5f);
    float square = r * r;
    return (struct exp_parts){bits_of_float(shifted), n, FMA(series, square, r)};
}

/* The power of two is multiplied in two halves, so that neither leaves the range of floats. */
static inline float kernel_exp(float x) {
    x = bounded(x, (struct kernel_bounds){-104, 89});
    struct exp_parts parts = exp_parts(x);
    uint32_t n = parts.n_bits - BIAS_OF_N_BITS + 256, half = n / 2;
    float fraction = 1 + parts.rest;
    float power = float_of_bits((half - 128 + 127) << 23);
    float other = float_of_bits((n - half - 128 + 127) << 23);
    return fraction * power * other;
}

/* exp(x) - 1 for x <= 0: 2^n rest + (2^n - 1), which keeps the small ones. From -40 on it is -1. */
static inline float kernel_expm1_below(float x) {
    struct exp_parts parts = exp_parts(bounded(x, (struct kernel_bounds){-40, 0}));
    float power = float_of_bits((parts.n_bits - BIAS_OF_N_BITS + 127) << 23);
    return FMA(power, parts.rest, power - 1);
}

/* log((1 + f) 2^k) for sqrt(1/2) <= 1 + f <= sqrt(2): with s = f / (2 + f), log(1 + f) is
 * 2 artanh(s) = f - s (f - 2 s^2 / 3 - 2 s^4 / 5 - ...). */
static inline float log_of_parts(float f, float k) {
    float s = f / (2 + f);
    float square = s * s;
    float series = FMA(0x1.31e0e2p-2f, square, 0x1.995ed4p-2f);
    series = FMA(series, square, 0x1.55557ap-1f);
    float correction = FMA(-series, square, f);
    float sum = FMA(-s, correction, k * LN2_LOW);
    sum += f;
    return FMA(k, LN2_HIGH, sum);
}

/* Of a normal number > 0. */
static inline float kernel_log(float x) {
    const uint32_t one = 0x3f800000, root_of_half = 0x3f3504f3;
    uint32_t bits = bits_of_float(x) + (one - root_of_half);
    float m = float_of_bits((bits & 0x7fffff) + root_of_half);
    float k = (float)(int32_t)(bits >> 23) - 127;
    return x != x ? x : log_of_parts(m - 1, k);
}

/* log(1 + exp(x)) = max(x, 0) + log(1 + e) with e = exp(-|x|); 1 + e is halved where it is above
 * sqrt(2). */
static inline float kernel_softplus(float x) {
    float e = kernel_exp(-fabsf(x));
    float k = e > 0x1.a8279ap-2f ? 1 : 0;
    float halved = (e - 1) / 2;
    return (x < 0 ? 0 : x) + log_of_parts(k > 0 ? halved : e, k);
}

/* 1 / (1 + exp(-x)). */
static inline float kernel_sigmoid(float x) {
    float e = kernel_exp(-fabsf(x));
    return (x < 0 ? e : 1) / (1 + e);
}

/* With t = exp(2 |x|) - 1 = 2^n rest + (2^n - 1): t / (t + 2). From 9.02 on it is 1. */
static inline float kernel_tanh(float x) {
    float a = fabsf(x);
    a = a > 10 ? 10 : a;
    struct exp_parts parts = exp_parts(2 * a);
    float power = float_of_bits((parts.n_bits - BIAS_OF_N_BITS + 127) << 23);
    float t = FMA(power, parts.rest, power - 1);
    return copysignf(t / (t + 2), x);
}

/* Up to 1 a polynomial, x + x P(x^2); then 1 - erfc(x), -log(erfc(x)) being a polynomial. From 3.93
 * on it is 1. */
static inline float kernel_erf(float x) {
    float a = fabsf(x), square = x * x;
    float inner = 0x1.4771fcp-14f;
    inner = FMA(inner, square, -0x1.a3515ep-11f);
    inner = FMA(inner, square, 0x1.53f224p-8f);
    inner = FMA(inner, square, -0x1.b7f71ap-6f);
    inner = FMA(inner, square, 0x1.ce2ce6p-4f);
    inner = FMA(inner, square, -0x1.81273ep-2f);
    inner = FMA(inner, square, 0x1.06eba8p-3f);
    inner = FMA(inner, x, x);
    float b = a > 4 ? 4 : a;
    float outer = 0x1.d458fcp-17f;
    outer = FMA(outer, b, -0x1.6f93ccp-12f);
    outer = FMA(outer, b, 0x1.ec7aa2p-9f);
    outer = FMA(outer, b, -0x1.89603cp-6f);
    outer = FMA(outer, b, 0x1.b4595ep-4f);
    outer = FMA(outer, b, 0x1.451ac0p-1f);
    outer = FMA(outer, b, 0x1.20f21cp+0f);
    outer = outer * b;
    outer = copysignf(1 - kernel_exp(-outer), x);
    return a > 1 ? outer : inner;
}

/* x tanh(softplus(x)) = x t / (t + 2) with t = e (e + 2), e = exp(x). */
static inline float kernel_mish(float x) {
    float e = kernel_exp(x > 20 ? 20 : x);
    float above = e + 2;
    float t = e * above;
    float ratio = t / (t + 2);
    return x * ratio;
}

/* x / 2 (1 + erf(x / sqrt(2))). */
static inline float kernel_gelu(float x) {
    float half = x / 2;
    return FMA(half, kernel_erf(x * 0x1.6a09e6p-1f), half);
}

/* x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). */
static inline float kernel_gelu_tanh(float x) {
    float half = x / 2, cube = x * x * x;
    float inner = FMA(0x1.6e4e26p-5f, cube, x);
    return FMA(half, kernel_tanh(inner * 0x1.988454p-1f), half);
}

#endif
