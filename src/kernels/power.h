/* x to the power of y, bit by bit: exp(y log |x|) in double, whose error is far below a float's
 * last place, with C's special cases (Annex F) but for the sign of NaN. */
#ifndef KERNELS_POWER_H
#define KERNELS_POWER_H

#include "kernels/arithmetic.h"

#include <stdbool.h>
#include <stdint.h>

union double_bits {
    double number;
    uint64_t bits;
};

static inline double power_of_two(int exponent) {
    union double_bits power = {.bits = (uint64_t)(exponent + 1023) << 52};
    return power.number;
}

/* log(x) of a positive, finite double: x = m 2^n with m around 1, s = (m - 1) / (m + 1), and
 * log(m) = 2 (s + s^3 / 3 + s^5 / 5 + ...). */
static inline double power_log(double x) {
    union double_bits both = {.number = x};
    int n = (int)(both.bits >> 52) - 1023;
    double m = x * power_of_two(-n);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        n++;
    }
    double s = (m - 1) / (m + 1), square = s * s, series = 0;
    for (int k = 19; k > 0; k -= 2) {
        double term = series * square;
        series = term + 1.0 / k;
    }
    double whole = n * 0.6931471805599453, rest = 2 * s * series;
    return whole + rest;
}

/* exp(x) for |x| <= 128, by its series around the nearest multiple of log(2). */
static inline double power_exp(double x) {
    double scaled = x * 1.4426950408889634;
    int n = (int)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    double whole = n * 0.6931471805599453, r = x - whole, series = 1;
    for (int k = 12; k > 0; k--) {
        double term = series * r;
        series = 1 + term / k;
    }
    return series * power_of_two(n);
}

static inline float kernel_pow(float x, float y) {
    const float whole_from = 0x1p24f; /* all larger floats are even */
    float size = x < 0 ? -x : x, y_size = y < 0 ? -y : y;
    if (y == 0 || x == 1)
        return 1;
    if (x != x || y != y)
        return x + y;
    bool is_whole = y_size >= whole_from || y == (float)(int32_t)y;
    bool is_odd = y_size < whole_from && is_whole && ((int32_t)y & 1) != 0;
    bool is_negative = is_odd && (x < 0 || (x == 0 && 1 / x < 0));
    if (x < 0 && !is_whole && size <= FLT_MAX)
        return NAN;
    float result;
    if (size == 0 || size > FLT_MAX)
        result = (size == 0) == (y > 0) ? 0 : INFINITY;
    else if (y_size > FLT_MAX)
        result = size == 1 ? 1 : (size > 1) == (y > 0) ? INFINITY : 0;
    else {
        double exponent = (double)y * power_log(size);
        exponent = exponent > 128 ? 128 : exponent < -128 ? -128 : exponent;
        result = (float)power_exp(exponent);
    }
    return is_negative ? -result : result;
}

#endif
