/* IEEE half and bfloat16 from and to float. All four work on the bits, so they do not depend on
 * the rounding mode or on flushing of denormals. */
#include "ir/tensor.h"

#include <string.h>

static uint32_t float_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float bits_float(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* bits >> shift, rounded to nearest even; shift is 1 to 31. */
static uint32_t shift_round_even(uint32_t bits, int shift) {
    uint32_t kept = bits >> shift, rest = bits & ((1u << shift) - 1), half = 1u << (shift - 1);
    return kept + (rest > half || (rest == half && (kept & 1)));
}

float half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 0x1f,
             fraction = half & 0x3ff;
    if (exponent == 0x1f)
        return bits_float(sign | 0x7f800000 | fraction << 13);
    if (exponent)
        return bits_float(sign | (exponent + 112) << 23 | fraction << 13);
    if (!fraction)
        return bits_float(sign);
    for (exponent = 113; !(fraction & 0x400); exponent--)
        fraction <<= 1;
    return bits_float(sign | exponent << 23 | (fraction & 0x3ff) << 13);
}

uint16_t float_to_half(float value) {
    uint32_t bits = float_bits(value), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) /* NaN: quiet, the upper bits of the payload kept */
        return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
    if (magnitude >= 0x477ff000) /* 65520 and over round to infinity */
        return (uint16_t)(sign | 0x7c00);
    if (magnitude >= 0x38800000) /* 2^-14: the smallest normal half */
        return (uint16_t)(sign | shift_round_even(magnitude - (112u << 23), 13));
    if (magnitude < 0x33000000) /* below 2^-25: rounds to zero */
        return (uint16_t)sign;
    uint32_t fraction = (magnitude & 0x7fffff) | 0x800000;
    return (uint16_t)(sign | shift_round_even(fraction, 126 - (int)(magnitude >> 23)));
}

float bfloat16_to_float(uint16_t bits) {
    return bits_float((uint32_t)bits << 16);
}

uint16_t float_to_bfloat16(float value) {
    uint32_t bits = float_bits(value);
    if ((bits & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)shift_round_even(bits, 16);
}
