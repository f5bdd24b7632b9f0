/* Weights of half the size in plain C: widened in integers. */
#include "kernels/half.h"

#include "kernels/float_bits.h"
#include "kernels/half_panels.h"

static float widened_float16(uint32_t half) {
    uint32_t sign = half >> 15 << 31, exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
    if (exponent == 0x1f) /* infinite, or NaN */
        return float_of_bits(sign | 0x7f800000 | fraction << 13);
    if (exponent == 0) { /* fraction * 2^-24 */
        float magnitude = (float)fraction * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    return float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

static float widened(enum kernel_half type, uint32_t half) {
    return type == KERNEL_FLOAT16 ? widened_float16(half) : float_of_bits(half << 16);
}

static void fill_panel(const struct kernel_half_weights *weights, size_t first, size_t count) {
    const uint32_t *pairs = &weights->pairs[first / 2];
    for (size_t i = 0; i < count; i += 2, pairs++) {
        weights->panel[i] = widened(weights->type, *pairs & 0xffff);
        weights->panel[i + 1] = widened(weights->type, *pairs >> 16);
    }
}

void KERNEL_NAME(conv_half)(const struct conv_half_args *args, size_t begin, size_t end) {
    conv_by_panels(args, begin, end, fill_panel, KERNEL_NAME(conv));
}

void KERNEL_NAME(conv_transpose_half)(const struct conv_half_args *args, size_t begin, size_t end) {
    conv_by_panels(args, begin, end, fill_panel, KERNEL_NAME(conv_transpose));
}

void KERNEL_NAME(fully_connected_half)(const struct fully_connected_half_args *args, size_t begin,
                                       size_t end) {
    fully_connected_by_panels(args, begin, end, fill_panel, KERNEL_NAME(fully_connected));
}
