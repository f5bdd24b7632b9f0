/* vector.h for AVX-512 (F, BW, DQ, VL): 16 lanes, 32 registers. */
#ifndef KERNELS_VECTOR_AVX512_H
#define KERNELS_VECTOR_AVX512_H

#include <immintrin.h>

enum { VECTOR_LANES = 16 };
#define VECTOR_SHARES
#define VECTOR_PIXELS

typedef __m512 vector;
typedef unsigned vector_nans;
typedef __mmask16 vector_mask;

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

INLINE vector_mask vector_lanes(size_t begin, size_t end) {
    return first_lanes(end) & (vector_mask)~first_lanes(begin);
}

INLINE vector vector_load_where(vector_mask mask, const float *p) {
    return _mm512_maskz_loadu_ps(mask, p);
}

INLINE vector vector_fma_where(vector_mask mask, vector a, vector b, vector c) {
    return _mm512_mask3_fmadd_ps(a, b, c, mask);
}

INLINE vector vector_every_other(vector a, vector b) {
    const __m512i lanes =
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 17, 19, 21, 23, 25, 27, 29, 31);
    return _mm512_permutex2var_ps(a, lanes, b);
}

/* Quarter q of a vector has 4 lanes of pixel 4q + i each, then half h all 8 of pixel 4q + i, q
 * being even or odd. */
INLINE void vector_store_transposed(float *p, size_t next, const vector *v, size_t pixels,
                                    size_t n) {
    const __m512i halves = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const __m512i other_halves = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    const __mmask8 lanes = (__mmask8)first_lanes(n);
    __m512d pairs[2][4], fours[2][4];
    UNROLL
    for (size_t four = 0; four < 2; four++) {
        const vector *from = &v[4 * four];
        pairs[four][0] = _mm512_castps_pd(_mm512_unpacklo_ps(from[0], from[1]));
        pairs[four][1] = _mm512_castps_pd(_mm512_unpacklo_ps(from[2], from[3]));
        pairs[four][2] = _mm512_castps_pd(_mm512_unpackhi_ps(from[0], from[1]));
        pairs[four][3] = _mm512_castps_pd(_mm512_unpackhi_ps(from[2], from[3]));
        UNROLL
        for (size_t i = 0; i < 4; i += 2) {
            fours[four][i] = _mm512_unpacklo_pd(pairs[four][i], pairs[four][i + 1]);
            fours[four][i + 1] = _mm512_unpackhi_pd(pairs[four][i], pairs[four][i + 1]);
        }
    }
    UNROLL
    for (size_t pixel = 0; pixel < VECTOR_LANES; pixel++) {
        size_t i = pixel % 4, quarter = pixel / 4;
        __m512 two = _mm512_castpd_ps(
            _mm512_permutex2var_pd(fours[0][i], quarter < 2 ? halves : other_halves, fours[1][i]));
        if (pixel < pixels)
            _mm256_mask_storeu_ps(&p[pixel * next], lanes,
                                  quarter % 2 ? _mm512_extractf32x8_ps(two, 1)
                                              : _mm512_castps512_ps256(two));
    }
}

#endif
