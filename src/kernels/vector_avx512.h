/* vector.h for AVX-512 (F, BW, DQ, VL): 16 lanes, 32 registers. */
#ifndef KERNELS_VECTOR_AVX512_H
#define KERNELS_VECTOR_AVX512_H

#include <immintrin.h>
#include <string.h>

enum { VECTOR_LANES = 16, VECTOR_REGISTERS = 32, VECTOR_PIXELS = 2 };
#define VECTOR_SHARES

typedef __m512 vector;
typedef __mmask16 vector_nans;

INLINE __mmask16 first_lanes(size_t n) {
    return (__mmask16)((1u << n) - 1);
}

INLINE vector vector_load(const float *p) {
    return _mm512_loadu_ps(p);
}

INLINE vector vector_load_first(const float *p, size_t n) {
    return _mm512_maskz_loadu_ps(first_lanes(n), p);
}

INLINE vector vector_load_float16(const void *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(p));
}

INLINE vector vector_load_bfloat16(const void *p) {
    __m512i bits = _mm512_cvtepu16_epi32(_mm256_loadu_si256(p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(bits, 16));
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

INLINE vector_nans vector_see(vector_nans nans, vector a, vector b) {
    return _kor_mask16(nans, _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q));
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

/* Lanes 0, 2, ... of both, one behind the other. */
INLINE vector vector_even(vector a, vector b) {
    const __m512i lanes =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    return _mm512_permutex2var_ps(a, lanes, b);
}

INLINE vector vector_odd(vector a, vector b) {
    const __m512i lanes =
        _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    return _mm512_permutex2var_ps(a, lanes, b);
}

INLINE vector vector_spread(const float *p) {
    double pair;
    memcpy(&pair, p, sizeof pair);
    return _mm512_castpd_ps(_mm512_set1_pd(pair));
}

INLINE vector vector_repeat(const float *p) {
    const __m512i lanes = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    return _mm512_permutexvar_ps(lanes, _mm512_castps256_ps512(_mm256_loadu_ps(p)));
}

INLINE void vector_store_pixels(float *p, size_t next, const vector *v, size_t vectors,
                                size_t pixels, size_t n) {
    const __m512i lanes = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15);
    if (vectors == 2) {
        vector_store_first(p, vector_even(v[0], v[1]), n);
        if (pixels > 1)
            vector_store_first(p + next, vector_odd(v[0], v[1]), n);
    } else {
        __m512 sorted = _mm512_permutexvar_ps(lanes, v[0]);
        _mm256_mask_storeu_ps(p, (__mmask8)first_lanes(n), _mm512_castps512_ps256(sorted));
        if (pixels > 1)
            _mm256_mask_storeu_ps(p + next, (__mmask8)first_lanes(n),
                                  _mm512_extractf32x8_ps(sorted, 1));
    }
}

#endif
