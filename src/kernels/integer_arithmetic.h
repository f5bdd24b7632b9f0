/* The operations of integer.h on single numbers. Integers are 64 bits, two's complement, wrapped to
 * their type; all arithmetic is on unsigned ones, which cannot overflow. */
#ifndef KERNELS_INTEGER_ARITHMETIC_H
#define KERNELS_INTEGER_ARITHMETIC_H

#include "kernels/integer.h"
#include "kernels/power.h"

static inline uint64_t integer_wrapped(struct kernel_integer_type type, uint64_t bits) {
    unsigned shift = 64 - type.bits;
    uint64_t high = bits << shift;
    return type.is_signed ? (uint64_t)((int64_t)high >> shift) : high >> shift;
}

/* The integer of x, which is a whole number. False where there is none: NaN, or beyond 64 bits. */
static inline bool integer_of(struct kernel_integer_type type, float x, uint64_t *bits) {
    bool is_integer = x >= -0x1p63f && x < 0x1p64f;
    float inside = is_integer ? x : 0;
    *bits = integer_wrapped(type, inside < 0 ? (uint64_t)(int64_t)inside : (uint64_t)inside);
    return is_integer;
}

/* The float of a result, wrapped. */
static inline float integer_carried(struct kernel_integer_type type, uint64_t bits) {
    bits = integer_wrapped(type, bits);
    float x = type.is_signed ? (float)(int64_t)bits : (float)bits;
    bool is_held = type.is_signed ? x < 0x1p63f && (int64_t)x == (int64_t)bits
                                  : x < 0x1p64f && (uint64_t)x == bits;
    return is_held || type.rounds ? x : NAN;
}

/* x without its fraction, as far as the type reaches; 0 for NaN. */
static inline uint64_t integer_saturated(struct kernel_integer_type type, double x) {
    unsigned magnitude = type.bits - type.is_signed;
    double half = (double)(UINT64_C(1) << (magnitude - 1)), end = half + half;
    double low = type.is_signed ? -end : 0;
    uint64_t highest = UINT64_MAX >> (64 - magnitude);
    if (x >= end)
        return highest;
    if (x <= low)
        return type.is_signed ? ~highest : 0;
    return x < 0 ? (uint64_t)(int64_t)x : x == x ? (uint64_t)x : 0;
}

static inline bool integer_below(struct kernel_integer_type type, uint64_t a, uint64_t b) {
    return type.is_signed ? (int64_t)a < (int64_t)b : a < b;
}

/* Towards zero. The least integer by -1 is the least one again, as it wraps. */
static inline uint64_t integer_quotient(struct kernel_integer_type type, uint64_t a, uint64_t b) {
    if (b == 0)
        return 0;
    if (!type.is_signed)
        return a / b;
    return b == UINT64_MAX ? 0 - a : (uint64_t)((int64_t)a / (int64_t)b);
}

/* With the sign of a. */
static inline uint64_t integer_rest(struct kernel_integer_type type, uint64_t a, uint64_t b) {
    if (b == 0 || (type.is_signed && b == UINT64_MAX))
        return 0;
    return type.is_signed ? (uint64_t)((int64_t)a % (int64_t)b) : a % b;
}

/* With the sign of b. */
static inline uint64_t integer_modulus(struct kernel_integer_type type, uint64_t a, uint64_t b) {
    uint64_t r = integer_rest(type, a, b);
    bool other_sign = type.is_signed && (int64_t)(r ^ b) < 0;
    return r != 0 && other_sign ? r + b : r;
}

static inline uint64_t integer_power(uint64_t a, int64_t exponent) {
    uint64_t result = 1;
    if (exponent < 0) /* 1 / a^n, towards zero */
        return a == 1 ? 1 : a == UINT64_MAX ? (exponent % 2 ? a : 1) : 0;
    for (; exponent > 0; exponent /= 2) {
        result = exponent % 2 ? result * a : result;
        a *= a;
    }
    return result;
}

static inline uint64_t integer_product(uint64_t a, uint64_t b) {
    return a * b;
}

/* The integer times a number, rounded to the nearest whole one, of two the even one. */
static inline float integer_scaled(struct kernel_integer_type type, uint64_t bits, float scale) {
    double number = type.is_signed ? (double)(int64_t)bits : (double)bits;
    double multiple = number * (double)scale, size = multiple < 0 ? -multiple : multiple;
    double whole = size < 0x1p52 ? size + 0x1p52 - 0x1p52 : size;
    return (float)(multiple < 0 ? -whole : whole) + 0.0f; /* no -0 */
}

/* Both operands. False where one is no integer. */
static inline bool integers_of(struct kernel_integer_type type, float x, float y, uint64_t *a,
                               uint64_t *b) {
    bool are_integers = integer_of(type, x, a);
    return integer_of(type, y, b) && are_integers;
}

/* ---- operators: of x and y, or of x alone ---- */

static inline float integer_add(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, a + b) : NAN;
}

static inline float integer_sub(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, a - b) : NAN;
}

static inline float integer_mul(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, integer_product(a, b)) : NAN;
}

static inline float integer_div(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, integer_quotient(type, a, b))
                                           : NAN;
}

static inline float integer_mod(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, integer_modulus(type, a, b))
                                           : NAN;
}

static inline float integer_remainder(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, integer_rest(type, a, b)) : NAN;
}

static inline float integer_shift_left(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, b < type.bits ? a << b : 0)
                                           : NAN;
}

static inline float integer_shift_right(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, b < type.bits ? a >> b : 0)
                                           : NAN;
}

static inline float integer_equal(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, a == b) : NAN;
}

static inline float integer_less(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, integer_below(type, a, b)) : NAN;
}

static inline float integer_less_or_equal(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, !integer_below(type, b, a))
                                           : NAN;
}

static inline float integer_wrap(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, a) : NAN;
}

static inline float integer_negate(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b) ? integer_carried(type, 0 - a) : NAN;
}

static inline float integer_absolute(struct kernel_integer_type type, float x, float y) {
    uint64_t a, b;
    return integers_of(type, x, y, &a, &b)
               ? integer_carried(type, integer_below(type, a, 0) ? 0 - a : a)
               : NAN;
}

/* A whole exponent counts factors, which wrap; any other one is a power of real numbers. */
static inline float integer_pow(struct kernel_integer_type type, float x, float y) {
    uint64_t a;
    if (!integer_of(type, x, &a) || y != y)
        return NAN;
    bool is_count = y >= -0x1p62f && y <= 0x1p62f && truncf(y) == y;
    return integer_carried(type, is_count ? integer_power(a, (int64_t)y)
                                          : integer_saturated(type, kernel_pow(x, y)));
}

static inline float integer_truncate(struct kernel_integer_type type, float x, float y) {
    (void)y;
    return integer_carried(type, integer_saturated(type, x));
}

#endif
