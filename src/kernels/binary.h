/* The operators of two numbers, bit by bit. min and max: NaN propagates, and of equals the first
 * stays. */
#ifndef KERNELS_BINARY_H
#define KERNELS_BINARY_H

#include "kernels/arithmetic.h"

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

#endif
