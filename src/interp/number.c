/* Numbers in the interpreter's form: integers of every type in an int64_t, and rounding to the
 * narrower real types. */
#include "interp/kernel.h"

#include <math.h>
#include <string.h>

int64_t integer_wrap(enum dtype dtype, int64_t value) {
    int shift = 64 - 8 * (int)dtype_bytes(dtype);
    uint64_t high = (uint64_t)value << shift;
    return dtype_is_unsigned(dtype) ? (int64_t)(high >> shift) : (int64_t)high >> shift;
}

bool integer_less(enum dtype dtype, int64_t a, int64_t b) {
    return dtype_is_unsigned(dtype) ? (uint64_t)a < (uint64_t)b : a < b;
}

double integer_to_real(enum dtype dtype, int64_t value) {
    return dtype_is_unsigned(dtype) ? (double)(uint64_t)value : (double)value;
}

int64_t real_to_integer(enum dtype dtype, double value) {
    bool is_unsigned = dtype_is_unsigned(dtype);
    int bits = 8 * (int)dtype_bytes(dtype) - !is_unsigned;
    double low = is_unsigned ? 0 : -ldexp(1, bits), end = ldexp(1, bits);
    uint64_t highest = UINT64_MAX >> (64 - bits);
    if (value != value)
        return 0;
    if (value >= end)
        return (int64_t)highest;
    if (value <= low)
        return is_unsigned ? 0 : -(int64_t)highest - 1;
    return is_unsigned ? (int64_t)(uint64_t)value : (int64_t)value;
}

float quantized_scale(double x_scale, double w_scale, double y_scale) {
    float product = (float)x_scale * (float)w_scale;
    return product / (float)y_scale;
}

int64_t requantize(enum dtype dtype, int64_t sum, float scale, int64_t zero) {
    return real_to_integer(dtype, rint((double)sum * scale) + (double)zero);
}

/* A float that rounds to half or bfloat16 as `value` itself would: truncated, with the last bit set
 * where anything was cut off, so that no tie appears that was none. */
static float round_to_odd(double value) {
    float nearest = (float)value;
    if (nearest == value || value != value)
        return nearest;
    uint32_t bits;
    memcpy(&bits, &nearest, sizeof bits);
    if (fabs(nearest) > fabs(value))
        bits--;
    bits |= 1;
    memcpy(&nearest, &bits, sizeof bits);
    return nearest;
}

uint16_t real_to_half(double value) {
    return float_to_half(round_to_odd(value));
}

uint16_t real_to_bfloat16(double value) {
    return float_to_bfloat16(round_to_odd(value));
}

double real_round(enum dtype dtype, double value) {
    switch ((int)dtype) {
    case DTYPE_FLOAT16:
        return half_to_float(real_to_half(value));
    case DTYPE_BFLOAT16:
        return bfloat16_to_float(real_to_bfloat16(value));
    case DTYPE_FLOAT32:
        return (float)value;
    default:
        return value;
    }
}
