/* ConvInteger and QLinearConv: sums of products in int32; padding is the zero point. */
#include "interp/real.h"
#include "interp/window.h"

/* Operand numbers. */
struct convolution {
    int w, x_zero, w_zero, bias;
};

/* Element `index` of a parameter: a number, one for each, or 0 where there is none. */
static int64_t parameter(const struct interp_tensor *tensor, int64_t index) {
    const int64_t *numbers = tensor ? tensor->data : NULL;
    return !numbers ? 0 : numbers[shape_elements(&tensor->shape) == 1 ? 0 : index];
}

/* The part of the sum that input plane `x` and the taps `w` give to output (row, column). */
static int64_t window_sum(const struct window windows[2], int64_t row, int64_t column,
                          const int64_t *x, int64_t x_zero, const int64_t *w, int64_t w_zero) {
    struct interval rows = window_taps(&windows[0], row);
    struct interval columns = window_taps(&windows[1], column);
    int64_t sum = 0;
    for (int64_t ky = rows.first; ky < rows.end; ky++)
        for (int64_t kx = columns.first; kx < columns.end; kx++) {
            int64_t y_in = window_position(&windows[0], row, ky);
            int64_t x_in = window_position(&windows[1], column, kx);
            sum += (x[y_in * windows[1].input + x_in] - x_zero) *
                   (w[ky * windows[1].kernel + kx] - w_zero);
        }
    return sum;
}

static void convolve(const struct interp_call *call, struct convolution operands, int64_t *ys) {
    const struct Conv_attributes *conv = &call->node->attributes.Conv;
    const struct interp_tensor *x = operand(call, 0), *w = operand(call, operands.w);
    const struct interp_tensor *w_zeros = operand(call, operands.w_zero);
    const struct interp_tensor *bias = operand(call, operands.bias);
    const struct shape *shape = &call->outputs[0].shape;
    int64_t x_zero = parameter(operand(call, operands.x_zero), 0);
    int64_t inputs = w->shape.dims[1], group_outputs = shape->dims[1] / conv->group;
    struct window windows[2];
    windows_init(windows, &x->shape, shape, &conv->kernel_shape, &conv->strides, &conv->dilations,
                 &conv->pads);
    int64_t x_plane = windows[0].input * windows[1].input;
    int64_t taps = windows[0].kernel * windows[1].kernel;
    int64_t pixels = windows[0].output * windows[1].output, width = windows[1].output;
    for (int64_t i = 0; i < shape_elements(shape); i++) {
        int64_t pixel = i % pixels, m = i / pixels % shape->dims[1];
        int64_t n = i / pixels / shape->dims[1];
        int64_t first = n * x->shape.dims[1] + m / group_outputs * inputs;
        int64_t sum = parameter(bias, m);
        for (int64_t c = 0; c < inputs; c++)
            sum += window_sum(windows, pixel / width, pixel % width,
                              (const int64_t *)x->data + (first + c) * x_plane, x_zero,
                              (const int64_t *)w->data + (m * inputs + c) * taps,
                              parameter(w_zeros, m));
        ys[i] = integer_wrap(DTYPE_INT32, sum);
    }
}

INTERP_KERNEL(ConvInteger) {
    enum { NONE = 4 }; /* past the last operand */
    convolve(call, (struct convolution){.w = 1, .x_zero = 2, .w_zero = 3, .bias = NONE},
             call->outputs[0].data);
    return SNV2_OK;
}

INTERP_KERNEL(QLinearConv) {
    struct interp_tensor *y = &call->outputs[0];
    const struct interp_tensor *w_scale = operand(call, 4);
    const REAL *w_scales = w_scale->data;
    REAL x_scale = *(const REAL *)operand(call, 1)->data;
    REAL y_scale = *(const REAL *)operand(call, 6)->data;
    bool by_channel = shape_elements(&w_scale->shape) > 1;
    int64_t channels = y->shape.dims[1], pixels = shape_product(&y->shape, 2, y->shape.rank);
    int64_t *ys = y->data;
    convolve(call, (struct convolution){.w = 3, .x_zero = 2, .w_zero = 5, .bias = 8}, ys);
    for (int64_t i = 0; i < shape_elements(&y->shape); i++) {
        int64_t m = by_channel ? i / pixels % channels : 0;
        ys[i] = requantize(y->dtype, ys[i], quantized_scale(x_scale, w_scales[m], y_scale),
                           parameter(operand(call, 7), 0));
    }
    return SNV2_OK;
}
