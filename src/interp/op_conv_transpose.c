/* ConvTranspose: each input element adds to the outputs under its window, which is the window of
 * the Conv that goes the other way. Each output starts from its bias and adds input channel by
 * input channel, tap by tap. */
#include "interp/real.h"
#include "interp/window.h"

/* Adds weight * input to every output that this tap reaches. */
static void add_tap(REAL *restrict output, const REAL *restrict input, REAL weight,
                    const struct window windows[2], int64_t tap_y, int64_t tap_x) {
    const struct window *vertical = &windows[0], *horizontal = &windows[1];
    struct interval rows = window_outputs(vertical, tap_y);
    struct interval columns = window_outputs(horizontal, tap_x);
    for (int64_t y = rows.first; y < rows.end; y++) {
        REAL *to = output + window_position(vertical, y, tap_y) * horizontal->input;
        const REAL *from = input + y * horizontal->output;
        for (int64_t x = columns.first; x < columns.end; x++)
            to[window_position(horizontal, x, tap_x)] += weight * from[x];
    }
}

INTERP_KERNEL(ConvTranspose) {
    const struct ConvTranspose_attributes *attributes = &call->node->attributes.ConvTranspose;
    const struct interp_tensor *x = operand(call, 0), *w = operand(call, 1), *b = operand(call, 2);
    struct interp_tensor *y = &call->outputs[0];
    struct window windows[2];
    windows_init(windows, &y->shape, &x->shape, &attributes->kernel_shape, &attributes->strides,
                 &attributes->dilations, &attributes->pads);

    int64_t images = x->shape.dims[0], channels = y->shape.dims[1];
    int64_t group_inputs = x->shape.dims[1] / attributes->group;
    int64_t group_outputs = w->shape.dims[1];
    int64_t output_plane = windows[0].input * windows[1].input;
    int64_t input_plane = windows[0].output * windows[1].output;
    int64_t taps = windows[0].kernel * windows[1].kernel;
    const REAL *bias = b ? b->data : NULL;
    REAL *output = y->data;

    for (int64_t n = 0; n < images; n++) {
        for (int64_t m = 0; m < channels; m++, output += output_plane) {
            int64_t first_input = m / group_outputs * group_inputs;
            const REAL *input =
                (const REAL *)x->data + (n * x->shape.dims[1] + first_input) * input_plane;
            for (int64_t i = 0; i < output_plane; i++)
                output[i] = bias ? bias[m] : 0;
            for (int64_t c = 0; c < group_inputs; c++, input += input_plane) {
                const REAL *weight = (const REAL *)w->data +
                                     ((first_input + c) * group_outputs + m % group_outputs) * taps;
                for (int64_t tap_y = 0; tap_y < windows[0].kernel; tap_y++)
                    for (int64_t tap_x = 0; tap_x < windows[1].kernel; tap_x++)
                        add_tap(output, input, *weight++, windows, tap_y, tap_x);
            }
        }
    }
    return SNV2_OK;
}
