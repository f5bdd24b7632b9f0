/* vector.h for AVX2 with FMA: 8 lanes, 16 registers. */
#ifndef KERNELS_VECTOR_AVX2_H
#define KERNELS_VECTOR_AVX2_H

#include <immintrin.h>

enum { VECTOR_LANES = 8, VECTOR_REGISTERS = 16, VECTOR_PIXELS = 1 };

typedef __m256 vector;
typedef __m256 vector_nans;

/* All ones in the first n lanes. */
INLINE __m256i first_lanes(size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE vector vector_load(const float *p) {
    return _mm256_loadu_ps(p);
}

INLINE vector vector_load_first(const float *p, size_t n) {
    return _mm256_maskload_ps(p, first_lanes(n));
}

INLINE vector vector_load_float16(const void *p) {
    return _mm256_cvtph_ps(_mm_loadu_si128(p));
}

INLINE vector vector_load_bfloat16(const void *p) {
    __m256i bits = _mm256_cvtepu16_epi32(_mm_loadu_si128(p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 16));
}

INLINE void vector_store(float *p, vector v) {
    _mm256_storeu_ps(p, v);
}

/* In powers of two: masked stores take many cycles on some processors. */
INLINE void vector_store_first(float *p, vector v, size_t n) {
    if (n == VECTOR_LANES) {
        vector_store(p, v);
        return;
    }
    __m128 rest = _mm256_castps256_ps128(v);
    if (n & 4) {
        _mm_storeu_ps(p, rest);
        rest = _mm256_extractf128_ps(v, 1);
        p += 4;
    }
    if (n & 2) {
        _mm_storel_pi((__m64 *)(void *)p, rest);
        rest = _mm_movehl_ps(rest, rest);
        p += 2;
    }
    if (n & 1)
        _mm_store_ss(p, rest);
}

INLINE vector vector_broadcast(float x) {
    return _mm256_set1_ps(x);
}

INLINE vector vector_fma(vector a, vector b, vector c) {
    return _mm256_fmadd_ps(a, b, c);
}

INLINE vector vector_add(vector a, vector b) {
    return _mm256_add_ps(a, b);
}

INLINE vector vector_divide(vector a, vector b) {
    return _mm256_div_ps(a, b);
}

INLINE vector vector_larger(vector a, vector b) {
    return _mm256_max_ps(a, b);
}

INLINE vector vector_smaller(vector a, vector b) {
    return _mm256_min_ps(a, b);
}

INLINE vector vector_larger_or_nan(vector a, vector b) {
    __m256 less = _mm256_cmp_ps(a, b, _CMP_LT_OQ);
    return _mm256_blendv_ps(a, b, _mm256_or_ps(less, _mm256_cmp_ps(b, b, _CMP_UNORD_Q)));
}

INLINE vector_nans vector_no_nans(void) {
    return _mm256_setzero_ps();
}

INLINE vector_nans vector_see(vector_nans nans, vector a, vector b) {
    return _mm256_or_ps(nans, _mm256_cmp_ps(a, b, _CMP_UNORD_Q));
}

INLINE bool vector_has_nans(vector_nans nans) {
    return _mm256_movemask_ps(nans) != 0;
}

/* Lanes 0, 2, ... of both, one behind the other. */
INLINE vector vector_even(vector a, vector b) {
    __m256d quarters = _mm256_castps_pd(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0)));
    return _mm256_castpd_ps(_mm256_permute4x64_pd(quarters, _MM_SHUFFLE(3, 1, 2, 0)));
}

INLINE vector vector_odd(vector a, vector b) {
    __m256d quarters = _mm256_castps_pd(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1)));
    return _mm256_castpd_ps(_mm256_permute4x64_pd(quarters, _MM_SHUFFLE(3, 1, 2, 0)));
}

INLINE vector vector_spread(const float *p) {
    return _mm256_broadcast_ss(p);
}

INLINE vector vector_repeat(const float *p) {
    return vector_load(p);
}

INLINE void vector_store_pixels(float *p, size_t next, const vector *v, size_t vectors,
                                size_t pixels, size_t n) {
    (void)next, (void)pixels;
    if (vectors == 1) {
        vector_store_first(p, v[0], n);
    } else {
        vector_store(p, v[0]);
        vector_store_first(p + VECTOR_LANES, v[1], n - VECTOR_LANES);
    }
}

#endif
