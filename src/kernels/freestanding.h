/* What kernels use of math.h, in integers, for C sources that do without libm: results are those of
 * IEEE 754, to the bit. Kernels themselves are compiled with math.h. */
#ifndef KERNELS_FREESTANDING_H
#define KERNELS_FREESTANDING_H

#include "kernels/float_bits.h"

#define INFINITY float_of_bits(0x7f800000)

#define NAN float_of_bits(0x7fc00000)

#define fabsf(x) float_of_bits(bits_of_float(x) & 0x7fffffff)

#define copysignf(x, y)                                                                            \
    float_of_bits((bits_of_float(x) & 0x7fffffff) | (bits_of_float(y) & 0x80000000))

/* Without its fraction. */
static inline float portable_trunc(float x) {
    uint32_t bits = bits_of_float(x), exponent = bits >> 23 & 0xff;
    if (exponent >= 150)
        return x; /* it has none, or is NaN or infinite */
    if (exponent < 127)
        return float_of_bits(bits & 0x80000000);
    return float_of_bits(bits & ~(UINT32_C(0x7fffff) >> (exponent - 127)));
}
#define truncf portable_trunc

static inline float portable_floor(float x) {
    float whole = portable_trunc(x);
    return whole > x ? whole - 1 : whole;
}
#define floorf portable_floor

/* What is above -1 and below 0 becomes -0. */
static inline float portable_ceil(float x) {
    float whole = portable_trunc(x);
    return whole < x ? whole + 1 : whole;
}
#define ceilf portable_ceil

/* Bit by bit: the fraction's root has 24 bits, and a 25th to round by; a root never lies in the
 * middle of two floats. */
static inline float portable_sqrt(float x) {
    uint32_t bits = bits_of_float(x);
    if (x == 0 || x != x || bits == 0x7f800000)
        return x;
    if (x < 0)
        return float_of_bits(0x7fc00000);
    int exponent = (int)(bits >> 23);
    uint64_t fraction = bits & 0x7fffff;
    if (exponent > 0)
        fraction |= 0x800000;
    else
        exponent = 1;
    while (fraction < 0x800000) {
        fraction <<= 1;
        exponent--;
    }
    exponent -= 127;
    fraction <<= exponent % 2 == 0 ? 25 : 26;
    exponent = exponent % 2 == 0 ? exponent : exponent - 1;
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 24; bit > 0; bit >>= 1)
        if ((root | bit) * (root | bit) <= fraction)
            root |= bit;
    root = (root + 1) >> 1;
    return float_of_bits((uint32_t)(root + ((uint64_t)(exponent / 2 + 126) << 23)));
}
#define sqrtf portable_sqrt

#endif
