/* QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear. */
#include "interp/real.h"

#include <math.h>

/* How the parameters of element i are found: parameter (i / inner) % count. */
struct parameters {
    int64_t inner, count;
    const REAL *scales;
    const int64_t *zeros; /* NULL: 0 */
    int64_t zero_count;
};

static struct parameters find_parameters(const struct interp_call *call, int64_t axis) {
    const struct interp_tensor *x = operand(call, 0), *scale = operand(call, 1);
    const struct interp_tensor *zero = operand(call, 2);
    struct parameters parameters = {
        .inner = 1,
        .count = shape_elements(&scale->shape),
        .scales = scale->data,
        .zeros = zero ? zero->data : NULL,
        .zero_count = zero ? shape_elements(&zero->shape) : 1,
    };
    if (parameters.count > 1 || parameters.zero_count > 1)
        parameters.inner = shape_product(&x->shape, (int)axis + 1, x->shape.rank);
    return parameters;
}

static double zero_at(const struct parameters *parameters, int64_t i) {
    return parameters->zeros
               ? (double)parameters->zeros[i / parameters->inner % parameters->zero_count]
               : 0;
}

static REAL scale_at(const struct parameters *parameters, int64_t i) {
    return parameters->scales[i / parameters->inner % parameters->count];
}

/* What the type holds: low to high. */
static void find_range(enum dtype dtype, double *low, double *high) {
    int bits = 8 * (int)dtype_bytes(dtype);
    bool is_signed = dtype == DTYPE_INT8 || dtype == DTYPE_INT16;
    *low = is_signed ? -(double)(1 << (bits - 1)) : 0;
    *high = *low + (double)((1 << bits) - 1);
}

INTERP_KERNEL(QuantizeLinear) {
    const struct interp_tensor *x = operand(call, 0);
    struct interp_tensor *y = &call->outputs[0];
    struct parameters parameters =
        find_parameters(call, call->node->attributes.QuantizeLinear.axis);
    int64_t count = shape_elements(&x->shape);
    double low, high;
    find_range(y->dtype, &low, &high);
    for (int64_t i = 0; i < count; i++) {
        REAL number = dtype_is_real(x->dtype)
                          ? ((const REAL *)x->data)[i]
                          : (REAL)integer_to_real(x->dtype, ((const int64_t *)x->data)[i]);
        REAL quotient = number / scale_at(&parameters, i);
        double quantized = rint((double)quotient) + zero_at(&parameters, i);
        ((int64_t *)y->data)[i] = (int64_t)(quantized > high  ? high
                                            : quantized > low ? quantized
                                                              : low);
    }
    return SNV2_OK;
}

INTERP_KERNEL(DequantizeLinear) {
    const struct interp_tensor *x = operand(call, 0);
    struct parameters parameters =
        find_parameters(call, call->node->attributes.DequantizeLinear.axis);
    int64_t count = shape_elements(&x->shape);
    const int64_t *xs = x->data;
    REAL *ys = call->outputs[0].data;
    for (int64_t i = 0; i < count; i++)
        ys[i] = (REAL)((double)xs[i] - zero_at(&parameters, i)) * scale_at(&parameters, i);
    return SNV2_OK;
}

/* y, its scale and its zero point: 8 bits over the range of x, which is made to include 0. ONNX has
 * it for float32 alone, which so is the precision of both forms. */
INTERP_KERNEL(DynamicQuantizeLinear) {
    const struct interp_tensor *x = operand(call, 0);
    int64_t count = shape_elements(&x->shape);
    const REAL *xs = x->data;
    REAL low = 0, high = 0;
    for (int64_t i = 0; i < count; i++) {
        low = smaller(low, xs[i]);
        high = larger(high, xs[i]);
    }
    float scale = ((float)high - (float)low) / 255;
    double zero = rint((double)clip(0 - (float)low / scale, 0, 255));
    for (int64_t i = 0; i < count; i++) {
        float quotient = (float)xs[i] / scale;
        ((int64_t *)call->outputs[0].data)[i] =
            real_to_integer(DTYPE_UINT8, rint((double)quotient) + zero);
    }
    if (call->node->output_count > 1)
        *(REAL *)call->outputs[1].data = scale;
    if (call->node->output_count > 2)
        *(int64_t *)call->outputs[2].data = real_to_integer(DTYPE_UINT8, zero);
    return SNV2_OK;
}
