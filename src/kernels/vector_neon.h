/* vector.h for NEON on AArch64: 4 lanes, 32 registers. Comparing and selecting says what the law
 * says: vmaxq_f32 would order -0 and 0, and take NaN from either side. */
#ifndef KERNELS_VECTOR_NEON_H
#define KERNELS_VECTOR_NEON_H

#include <arm_neon.h>

enum { VECTOR_LANES = 4, VECTOR_REGISTERS = 32, VECTOR_PIXELS = 1 };

typedef float32x4_t vector;
typedef uint32x4_t vector_nans;

INLINE vector vector_load(const float *p) {
    return vld1q_f32(p);
}

/* There are no masks: the lanes are loaded one by one. */
INLINE vector vector_load_first(const float *p, size_t n) {
    if (n == VECTOR_LANES)
        return vector_load(p);
    vector v = vdupq_n_f32(0);
    if (n > 0)
        v = vld1q_lane_f32(p, v, 0);
    if (n > 1)
        v = vld1q_lane_f32(p + 1, v, 1);
    if (n > 2)
        v = vld1q_lane_f32(p + 2, v, 2);
    return v;
}

INLINE vector vector_load_float16(const void *p) {
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}

INLINE vector vector_load_bfloat16(const void *p) {
    return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16));
}

INLINE void vector_store(float *p, vector v) {
    vst1q_f32(p, v);
}

INLINE void vector_store_first(float *p, vector v, size_t n) {
    if (n == VECTOR_LANES) {
        vector_store(p, v);
        return;
    }
    if (n > 0)
        vst1q_lane_f32(p, v, 0);
    if (n > 1)
        vst1q_lane_f32(p + 1, v, 1);
    if (n > 2)
        vst1q_lane_f32(p + 2, v, 2);
}

INLINE vector vector_broadcast(float x) {
    return vdupq_n_f32(x);
}

INLINE vector vector_fma(vector a, vector b, vector c) {
    return vfmaq_f32(c, a, b);
}

INLINE vector vector_add(vector a, vector b) {
    return vaddq_f32(a, b);
}

INLINE vector vector_divide(vector a, vector b) {
    return vdivq_f32(a, b);
}

INLINE vector vector_larger(vector a, vector b) {
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}

INLINE vector vector_smaller(vector a, vector b) {
    return vbslq_f32(vcltq_f32(a, b), a, b);
}

INLINE vector vector_larger_or_nan(vector a, vector b) {
    uint32x4_t is_b = vornq_u32(vcltq_f32(a, b), vceqq_f32(b, b));
    return vbslq_f32(is_b, b, a);
}

INLINE vector_nans vector_no_nans(void) {
    return vdupq_n_u32(0);
}

INLINE vector_nans vector_see(vector_nans nans, vector a, vector b) {
    return vornq_u32(nans, vandq_u32(vceqq_f32(a, a), vceqq_f32(b, b)));
}

INLINE bool vector_has_nans(vector_nans nans) {
    return vmaxvq_u32(nans) != 0;
}

/* Lanes 0, 2, ... of both, one behind the other. */
INLINE vector vector_even(vector a, vector b) {
    return vuzp1q_f32(a, b);
}

INLINE vector vector_odd(vector a, vector b) {
    return vuzp2q_f32(a, b);
}

INLINE vector vector_spread(const float *p) {
    return vld1q_dup_f32(p);
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
        vector_store_first(p, v[0], n < VECTOR_LANES ? n : VECTOR_LANES);
        if (n > VECTOR_LANES)
            vector_store_first(p + VECTOR_LANES, v[1], n - VECTOR_LANES);
    }
}

#endif
