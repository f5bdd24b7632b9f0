/* Floats as bits, and back. */
#ifndef KERNELS_FLOAT_BITS_H
#define KERNELS_FLOAT_BITS_H

#include <stdint.h>

union float_bits {
    float number;
    uint32_t bits;
};

static inline uint32_t bits_of_float(float x) {
    union float_bits both = {.number = x};
    return both.bits;
}

static inline float float_of_bits(uint32_t bits) {
    union float_bits both = {.bits = bits};
    return both.number;
}

#endif
