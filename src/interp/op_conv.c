/* Conv, with groups, dilation and any padding. Padding taps are skipped. Each output starts from
 * its bias and adds input channel by input channel, tap by tap; the loops run along output rows. */
#include "interp/real.h"
#include "interp/window.h"

/* Adds weight * input to every output of a plane that this tap reaches. */
static void add_tap(REAL *restrict output, const REAL *restrict input, REAL weight,
                    const struct window windows[2], int64_t tap_y, int64_t tap_x) {
    const struct window *vertical = &windows[0], *horizontal = &windows[1];
    struct interval rows = window_outputs(vertical, tap_y);
    struct interval columns = window_outputs(horizontal, tap_x);
    int64_t count = columns.end - columns.first, stride = horizontal->stride;
    if (count <= 0)
        return;
    for (int64_t y = rows.first; y < rows.end; y++) {
        REAL *to = output + y * horizontal->output + columns.first;
        const REAL *from = input + window_position(vertical, y, tap_y) * horizontal->input +
                           window_position(horizontal, columns.first, tap_x);
        for (int64_t x = 0; x < count; x++)
            to[x] += weight * from[x * stride];
    }
}

INTERP_KERNEL(Conv) {
    const struct Conv_attributes *attributes = &call->node->attributes.Conv;
    const struct interp_tensor *x = operand(call, 0), *w = operand(call, 1), *b = operand(call, 2);
    struct interp_tensor *y = &call->outputs[0];
    struct window windows[2];
    windows_init(windows, &x->shape, &y->shape, &attributes->kernel_shape, &attributes->strides,
                 &attributes->dilations, &attributes->pads);

    int64_t images = x->shape.dims[0], channels = y->shape.dims[1];
    int64_t group_inputs = w->shape.dims[1], group_outputs = channels / attributes->group;
    int64_t input_plane = windows[0].input * windows[1].input;
    int64_t output_plane = windows[0].output * windows[1].output;
    const REAL *bias = b ? b->data : NULL;
    REAL *output = y->data;

    for (int64_t n = 0; n < images; n++) {
        for (int64_t m = 0; m < channels; m++, output += output_plane) {
            int64_t first_input = n * x->shape.dims[1] + m / group_outputs * group_inputs;
            const REAL *input = (const REAL *)x->data + first_input * input_plane;
            const REAL *weight =
                (const REAL *)w->data + m * group_inputs * windows[0].kernel * windows[1].kernel;
            for (int64_t i = 0; i < output_plane; i++)
                output[i] = bias ? bias[m] : 0;
            for (int64_t c = 0; c < group_inputs; c++, input += input_plane)
                for (int64_t tap_y = 0; tap_y < windows[0].kernel; tap_y++)
                    for (int64_t tap_x = 0; tap_x < windows[1].kernel; tap_x++)
                        add_tap(output, input, *weight++, windows, tap_y, tap_x);
            activate(output, output_plane, attributes->activation, attributes->activation_alpha,
                     attributes->activation_beta);
        }
    }
    return SNV2_OK;
}
