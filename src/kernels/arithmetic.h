/* The floating-point operations of kernels. A product that feeds a sum is written FMA and nothing
 * else; tests/test_contraction.sh reads the sources for it. Everything rounds once, to nearest, in
 * float32, so that all instruction sets give the same bits. */
#ifndef KERNELS_ARITHMETIC_H
#define KERNELS_ARITHMETIC_H

#include "kernels/fma.h"
#include "kernels/kernel.h"

#include <float.h>
#include <math.h>

#ifdef __FAST_MATH__
#error "kernels define their results bit by bit: compile without -ffast-math"
#endif
#if FLT_EVAL_METHOD != 0
#error "kernels need float arithmetic in float precision: on 32-bit x86 use -msse2 -mfpmath=sse"
#endif

static inline float bounded(float x, struct kernel_bounds bounds) {
    x = x < bounds.low ? bounds.low : x;
    return x > bounds.high ? bounds.high : x;
}

#endif
