/* vector.h for AVX-512 (F, BW, DQ, VL): 16 lanes, 32 registers. */
#ifndef KERNELS_VECTOR_AVX512_H
#define KERNELS_VECTOR_AVX512_H

#include <immintrin.h>

enum { VECTOR_LANES = 16 };
#define VECTOR_SHARES

typedef __m512 vector;
typedef unsigned vector_nans;

INLINE __mmask16 first_lanes(size_t n) {
    return (__mmask16)((1u << n) - 1);
}

INLINE vector vector_load(const float *p) {
    return _mm512_loadu_ps(p);
}

INLINE vector vector_load_first(const float *p, size_t n) {
    return _mm512_maskz_loadu_ps(first_lanes(n), p);
}

INLINE void vector_store(float *p, vector v) {
    _mm512_storeu_ps(p, v);
}

INLINE void vector_store_first(float *p, vector v, size_t n) {
    _mm512_mask_storeu_ps(p, first_lanes(n), v);
}

INLINE vector vector_broadcast(float x) {
    return _mm512_set1_ps(x);
}

INLINE vector vector_fma(vector a, vector b, vector c) {
    return _mm512_fmadd_ps(a, b, c);
}

INLINE vector vector_add(vector a, vector b) {
    return _mm512_add_ps(a, b);
}

INLINE vector vector_divide(vector a, vector b) {
    return _mm512_div_ps(a, b);
}

INLINE vector vector_larger(vector a, vector b) {
    return _mm512_max_ps(a, b);
}

INLINE vector vector_smaller(vector a, vector b) {
    return _mm512_min_ps(a, b);
}

INLINE vector vector_larger_or_nan(vector a, vector b) {
    __mmask16 less = _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
    return _mm512_mask_mov_ps(a, less | _mm512_cmp_ps_mask(b, b, _CMP_UNORD_Q), b);
}

INLINE vector_nans vector_no_nans(void) {
    return 0;
}

INLINE vector_nans vector_see(vector_nans nans, vector v) {
    return nans | _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
}

INLINE bool vector_has_nans(vector_nans nans) {
    return nans != 0;
}

INLINE vector vector_load_parts(const float *p, size_t parts) {
    return parts == 2 ? _mm512_broadcast_f32x8(_mm256_loadu_ps(p))
                      : _mm512_broadcast_f32x4(_mm_loadu_ps(p));
}

INLINE vector vector_put_part(vector v, vector x, size_t part, size_t parts) {
    size_t lanes = VECTOR_LANES / parts;
    return _mm512_mask_mov_ps(v, (__mmask16)(first_lanes(lanes) << part * lanes), x);
}

INLINE void vector_store_part(float *p, vector v, size_t part, size_t parts, size_t n) {
    size_t skipped = VECTOR_LANES / parts * part;
    _mm512_mask_storeu_ps(p - skipped, (__mmask16)(first_lanes(n) << skipped), v);
}

#endif
