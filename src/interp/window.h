/* Sliding windows of convolutions and pools over one or two spatial dimensions. One spatial
 * dimension is a feature map of height 1. */
#ifndef INTERP_WINDOW_H
#define INTERP_WINDOW_H

#include "ir/attributes.h"

#include <assert.h>

/* One spatial dimension. Tap k of output o lies at input position
 * o * stride + k * dilation - pad_begin, which is padding where it is not in [0, input). */
struct window {
    int64_t input, output, kernel, stride, dilation, pad_begin, pad_end;
};

struct interval {
    int64_t first, end;
};

/* The windows of the vertical [0] and horizontal [1] dimension. Attributes are explicit. */
static inline void windows_init(struct window windows[2], const struct shape *input,
                                const struct shape *output, const struct ints *kernel_shape,
                                const struct ints *strides, const struct ints *dilations,
                                const struct ints *pads) {
    int spatial = input->rank - 2;
    assert(spatial == 1 || spatial == 2);
    windows[0] = (struct window){1, 1, 1, 1, 1, 0, 0};
    for (int d = 0; d < spatial; d++)
        windows[2 - spatial + d] = (struct window){
            .input = input->dims[2 + d],
            .output = output->dims[2 + d],
            .kernel = kernel_shape->values[d],
            .stride = strides->values[d],
            .dilation = dilations->values[d],
            .pad_begin = pads->values[d],
            .pad_end = pads->values[spatial + d],
        };
}

/* The least k >= 0 with start + k * step >= target, at most `limit`. */
static inline int64_t steps_to(int64_t start, int64_t step, int64_t target, int64_t limit) {
    if (start >= target)
        return 0;
    int64_t steps = (target - start + step - 1) / step;
    return steps < limit ? steps : limit;
}

/* The outputs whose tap number `tap` is not padding. */
static inline struct interval window_outputs(const struct window *window, int64_t tap) {
    int64_t start = tap * window->dilation - window->pad_begin;
    return (struct interval){steps_to(start, window->stride, 0, window->output),
                             steps_to(start, window->stride, window->input, window->output)};
}

/* The taps of output number `output` that are not padding. */
static inline struct interval window_taps(const struct window *window, int64_t output) {
    int64_t start = output * window->stride - window->pad_begin;
    return (struct interval){steps_to(start, window->dilation, 0, window->kernel),
                             steps_to(start, window->dilation, window->input, window->kernel)};
}

/* How many taps of output number `output` lie in the input or its padding: all of them, but for the
 * last windows of a pool in ceil_mode. */
static inline int64_t window_padded_taps(const struct window *window, int64_t output) {
    return steps_to(output * window->stride - window->pad_begin, window->dilation,
                    window->input + window->pad_end, window->kernel);
}

/* The input position of a tap. */
static inline int64_t window_position(const struct window *window, int64_t output, int64_t tap) {
    return output * window->stride + tap * window->dilation - window->pad_begin;
}

#endif
