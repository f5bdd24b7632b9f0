/* The operators of two numbers, bit by bit. min and max: NaN propagates, and of equals the first
 * stays. */
#ifndef KERNELS_BINARY_H
#define KERNELS_BINARY_H

#include "kernels/power.h"

static inline float binary_add(float x, float y) {
    return x + y;
}

static inline float binary_sub(float x, float y) {
    return x - y;
}

static inline float binary_mul(float x, float y) {
    return x * y;
}

static inline float binary_div(float x, float y) {
    return x / y;
}

static inline float binary_min(float x, float y) {
    return y < x || y != y ? y : x;
}

static inline float binary_max(float x, float y) {
    return x < y || y != y ? y : x;
}

static inline float binary_prelu(float x, float y) {
    return x < 0 ? x * y : x;
}

static inline float binary_pow(float x, float y) {
    return kernel_pow(x, y);
}

/* Conditions are 1 and 0. */
static inline float binary_equal(float x, float y) {
    return x == y ? 1 : 0;
}

static inline float binary_less(float x, float y) {
    return x < y ? 1 : 0;
}

static inline float binary_less_or_equal(float x, float y) {
    return x <= y ? 1 : 0;
}

/* -0 is what changes nothing when it is added: keep(c, a) + drop(c, b) is a or b, and NaN where the
 * condition is, which comes of an integer that no float holds. */
static inline float binary_keep(float x, float y) {
    float kept = x != 0 ? y : -0.0f;
    return x == x ? kept : x;
}

static inline float binary_drop(float x, float y) {
    return x != 0 ? -0.0f : y;
}

static inline float binary_remainder(float x, float y) {
    return fmodf(x, y); /* exact */
}

#endif
