/* Vectors of float32 for the kernels that are written once for all instruction sets with vectors.
 *
 * Each vector_<isa>.h defines the same: the type `vector`, VECTOR_LANES, VECTOR_REGISTERS, and the
 * functions below.
 * All of them work lane by lane and round as arithmetic.h does; n counts lanes from the first, and
 * memory of the others is neither read nor written.
 *
 *   vector_load(p)  vector_store(p, v)           all lanes, any alignment
 *   vector_load_first(p, n)                      the others 0
 *   vector_store_first(p, v, n)
 *   vector_load_float16(p)  vector_load_bfloat16(p)  all lanes from halves, exactly
 *   vector_broadcast(x)  vector_fma(a, b, c)  vector_add(a, b)  vector_divide(a, b)
 *   vector_larger(a, b)  vector_smaller(a, b)    a > b ? a : b and a < b ? a : b, so b where one is
 *                                                NaN and of equals
 *   vector_larger_or_nan(a, b)                   a < b or b is NaN ? b : a
 *   vector_nans: lanes in which a NaN was seen: vector_no_nans(), vector_see(nans, a, b) adds those
 * of a and b, vector_has_nans(nans)
 *
 * Where VECTOR_SHARES is defined, outputs that do not fill a vector share it with other pixels: it
 * has `parts` parts (2 or 4), one a pixel.
 *   vector_load_parts(p, parts)                  every part the same floats
 *   vector_put_part(v, x, part, parts)           v, with this part from x
 *   vector_store_part(p, v, part, parts, n)      the first n lanes of the part
 *
 * In a planar convolution VECTOR_PIXELS pixels share a vector, their lanes taking turns:
 *   vector_even(a, b)  vector_odd(a, b)          lanes 0, 2, ... or 1, 3, ... of a, then those of b
 *   vector_spread(p)                             p[0] to p[VECTOR_PIXELS - 1], again and again
 *   vector_repeat(p)                             each of p[0], p[1], ... VECTOR_PIXELS times
 *   vector_store_pixels(p, next, v, vectors, pixels, n)
 *                                                of v[0], or v[0] and v[1], the first n outputs of
 *                                                each of the first `pixels` pixels, `next` apart */
#ifndef KERNELS_VECTOR_H
#define KERNELS_VECTOR_H

#include "kernels/arithmetic.h"

/* Inlined whatever the compiler thinks: arguments that choose code are constants only then. */
#define INLINE static inline __attribute__((always_inline))

/* Before a loop with a constant count whose turns each have registers of their own. */
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

#if defined __AVX512F__
#include "kernels/vector_avx512.h"
#elif defined __ARM_NEON
#include "kernels/vector_neon.h"
#else
#include "kernels/vector_avx2.h"
#endif

/* Bounds in all lanes; taken before the loop that stores, which the compiler must take for one that
 * may change them. */
struct vector_bounds {
    vector low, high;
};

INLINE struct vector_bounds broadcast_bounds(struct kernel_bounds bounds) {
    return (struct vector_bounds){vector_broadcast(bounds.low), vector_broadcast(bounds.high)};
}

INLINE vector vector_bounded(vector x, struct vector_bounds bounds) {
    return vector_smaller(bounds.high, vector_larger(bounds.low, x));
}

#endif
