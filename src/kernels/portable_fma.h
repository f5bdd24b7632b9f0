/* FMA where there may be no libm: the compiler's, where it is one instruction, else in integers.
 * SNV2_SOFTWARE_FMA asks for the latter. */
#ifndef KERNELS_PORTABLE_FMA_H
#define KERNELS_PORTABLE_FMA_H

#include "kernels/float_bits.h"

#include <stdbool.h>
#include <stdint.h>

/* a * b + c, rounded once. Compilers that optimize make one instruction of __builtin_fmaf where the
 * target has it. */
#if !defined SNV2_SOFTWARE_FMA && defined __OPTIMIZE__ &&                                          \
    (defined __FP_FAST_FMAF || defined __FMA__ || defined __ARM_FEATURE_FMA ||                     \
     defined __riscv_flen || defined __s390x__)
#define FMA(a, b, c) __builtin_fmaf(a, b, c)
#else
#define FMA(a, b, c) software_fma(a, b, c)

/* A finite number, (-1)^negative * fraction * 2^exponent. */
struct fma_parts {
    uint64_t fraction;
    int exponent;
    uint32_t negative;
};

/* The fraction of what is not 0 has 24 bits. */
static struct fma_parts fma_parts_of(uint32_t bits) {
    struct fma_parts parts = {bits & 0x7fffff, (int)(bits >> 23 & 0xff) - 150, bits >> 31};
    if (parts.exponent != -150) {
        parts.fraction |= 0x800000;
        return parts;
    }
    parts.exponent = -149;
    while (parts.fraction > 0 && parts.fraction < 0x800000) {
        parts.fraction <<= 1;
        parts.exponent--;
    }
    return parts;
}

/* Divides the fraction by 2^bits. Its last bit says whether anything but zeros went. */
static uint64_t fma_shifted(uint64_t fraction, int bits) {
    if (bits > 62)
        return fraction != 0;
    return fraction >> bits | ((fraction & ((UINT64_C(1) << bits) - 1)) != 0);
}

/* The nearest float, ties to even; the fraction is less than 2^63. */
static float fma_rounded(struct fma_parts parts) {
    union float_bits result = {.bits = parts.negative << 31};
    if (parts.fraction == 0)
        return result.number;
    while (parts.fraction >> 62 == 0) {
        parts.fraction <<= 1;
        parts.exponent--;
    }
    int last = parts.exponent + 39; /* exponent of the last bit that stays */
    last = last < -149 ? -149 : last;
    if (last > 104) {
        result.bits |= 0x7f800000;
        return result.number;
    }
    uint64_t quarters = fma_shifted(parts.fraction, last - parts.exponent - 2);
    uint32_t kept = (uint32_t)(quarters >> 2), rest = (uint32_t)(quarters & 3);
    kept += rest > 2 || (rest == 2 && kept % 2 == 1);
    result.bits += kept + ((uint32_t)(last + 149) << 23);
    return result.number;
}

static float software_fma(float a, float b, float c) {
    const uint32_t exponent = 0x7f800000;
    union float_bits x = {a}, y = {b}, z = {c};
    bool finite = (x.bits & exponent) != exponent && (y.bits & exponent) != exponent;
    if (finite && (z.bits & exponent) == exponent)
        return c + c; /* whatever the product is */
    if (!finite || a == 0 || b == 0) {
        float product = a * b; /* no number, or exact */
        return product + c;
    }
    struct fma_parts left = fma_parts_of(x.bits), right = fma_parts_of(y.bits);
    struct fma_parts addend = fma_parts_of(z.bits), product;
    /* Both between 2^60 and 2^62: neither loses a bit where they cancel. */
    product.fraction = (left.fraction * right.fraction) << 14;
    product.exponent = left.exponent + right.exponent - 14;
    product.negative = left.negative ^ right.negative;
    if (addend.fraction == 0)
        return fma_rounded(product);
    addend.fraction <<= 37;
    addend.exponent -= 37;
    bool swap = product.exponent < addend.exponent;
    struct fma_parts large = swap ? addend : product, small = swap ? product : addend;
    small.fraction = fma_shifted(small.fraction, large.exponent - small.exponent);
    if (large.negative == small.negative) {
        large.fraction += small.fraction;
    } else if (large.fraction >= small.fraction) {
        large.fraction -= small.fraction;
    } else {
        large.fraction = small.fraction - large.fraction;
        large.negative = small.negative;
    }
    if (large.fraction == 0)
        large.negative = 0;
    return fma_rounded(large);
}
#endif

#endif
