/* Bytes to vectors of float32, of pixels that stand 1, 3 or 4 bytes apart. */
#ifndef KERNELS_VECTOR_BYTES_H
#define KERNELS_VECTOR_BYTES_H

#include "kernels/vector.h"

#ifdef __ARM_NEON
/* Byte 0 of each of VECTOR_LANES pixels, as numbers. */
INLINE vector vector_load_bytes(const unsigned char *p, const size_t stride) {
    uint8x16_t bytes = vdupq_n_u8(0);
    bytes = vld1q_lane_u8(p, bytes, 0);
    bytes = vld1q_lane_u8(&p[stride], bytes, 4);
    bytes = vld1q_lane_u8(&p[2 * stride], bytes, 8);
    bytes = vld1q_lane_u8(&p[3 * stride], bytes, 12);
    return vcvtq_f32_u32(vreinterpretq_u32_u8(bytes));
}
#else
/* Byte 0 of each of 8 pixels, in the low half; nothing behind the last is read, so the second load
 * ends there. `stride` is a constant. */
INLINE __m128i eight_bytes(const unsigned char *p, const size_t stride) {
    if (stride == 1)
        return _mm_loadl_epi64((const __m128i *)p);
    const size_t last = 7 * stride;
    const __m128i *low = (const __m128i *)p, *high = (const __m128i *)&p[last - 15];
    const __m128i low_lanes =
        stride == 3 ? _mm_setr_epi8(0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)
                    : _mm_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
    const __m128i high_lanes =
        stride == 3 ? _mm_setr_epi8(-1, -1, -1, -1, -1, -1, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1)
                    : _mm_setr_epi8(-1, -1, -1, -1, 3, 7, 11, 15, -1, -1, -1, -1, -1, -1, -1, -1);
    return _mm_or_si128(_mm_shuffle_epi8(_mm_loadu_si128(low), low_lanes),
                        _mm_shuffle_epi8(_mm_loadu_si128(high), high_lanes));
}

/* Byte 0 of each of VECTOR_LANES pixels, as numbers. */
INLINE vector vector_load_bytes(const unsigned char *p, const size_t stride) {
#if defined __AVX512F__
    const __m128i bytes =
        _mm_unpacklo_epi64(eight_bytes(p, stride), eight_bytes(&p[8 * stride], stride));
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
#else
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(eight_bytes(p, stride)));
#endif
}
#endif

#endif
