/* MaxPool, its indices, AveragePool and LpPool over one or two spatial dimensions, GlobalMaxPool
 * and GlobalLpPool. */
#include "interp/elementary.h"
#include "interp/real.h"
#include "interp/window.h"

#include <math.h>
#include <stdlib.h>

/* One output from the taps of `y` and `x` that are not padding. `input` is a plane. */
typedef REAL pool_function(const REAL *input, const struct window windows[2], struct interval y,
                           struct interval x, int64_t output_y, int64_t output_x);

static REAL maximum(const REAL *input, const struct window windows[2], struct interval y,
                    struct interval x, int64_t output_y, int64_t output_x) {
    REAL result = -(REAL)INFINITY;
    for (int64_t i = y.first; i < y.end; i++) {
        const REAL *row = input + window_position(&windows[0], output_y, i) * windows[1].input;
        for (int64_t j = x.first; j < x.end; j++)
            result = larger(result, row[window_position(&windows[1], output_x, j)]);
    }
    return result;
}

static REAL sum(const REAL *input, const struct window windows[2], struct interval y,
                struct interval x, int64_t output_y, int64_t output_x) {
    REAL result = 0;
    for (int64_t i = y.first; i < y.end; i++) {
        const REAL *row = input + window_position(&windows[0], output_y, i) * windows[1].input;
        for (int64_t j = x.first; j < x.end; j++)
            result += row[window_position(&windows[1], output_x, j)];
    }
    return result;
}

static REAL average_of_input(const REAL *input, const struct window windows[2], struct interval y,
                             struct interval x, int64_t output_y, int64_t output_x) {
    return sum(input, windows, y, x, output_y, output_x) /
           (REAL)((y.end - y.first) * (x.end - x.first));
}

static REAL average_with_padding(const REAL *input, const struct window windows[2],
                                 struct interval y, struct interval x, int64_t output_y,
                                 int64_t output_x) {
    return sum(input, windows, y, x, output_y, output_x) /
           (REAL)(window_padded_taps(&windows[0], output_y) *
                  window_padded_taps(&windows[1], output_x));
}

static void pool(const struct interp_call *call, const struct window windows[2],
                 pool_function *function) {
    const struct interp_tensor *x = operand(call, 0);
    const REAL *input = x->data;
    REAL *output = call->outputs[0].data;
    int64_t planes = x->shape.dims[0] * x->shape.dims[1];
    for (int64_t p = 0; p < planes; p++, input += windows[0].input * windows[1].input)
        for (int64_t i = 0; i < windows[0].output; i++)
            for (int64_t j = 0; j < windows[1].output; j++)
                *output++ = function(input, windows, window_taps(&windows[0], i),
                                     window_taps(&windows[1], j), i, j);
}

/* A copy of a tensor, integers of 8 bits as reals, which hold them; data is NULL where memory ran
 * out and the caller's to free. */
static struct interp_tensor as_reals(const struct interp_tensor *tensor) {
    int64_t count = shape_elements(&tensor->shape);
    struct interp_tensor copy = {DTYPE_FLOAT32, tensor->shape, NULL};
    REAL *reals = copy.data = malloc(((size_t)count + 1) * sizeof *reals);
    for (int64_t i = 0; reals && i < count; i++)
        reals[i] = dtype_is_real(tensor->dtype) ? ((const REAL *)tensor->data)[i]
                                                : (REAL)((const int64_t *)tensor->data)[i];
    return copy;
}

/* Evaluates the node with its operand as reals; the output is what the kernel makes of it. */
static enum snv2_status of_integers(const struct interp_call *call, interp_kernel *kernel,
                                    struct interp_tensor *output) {
    struct interp_tensor x = as_reals(operand(call, 0));
    const struct interp_tensor *inputs[] = {&x};
    struct interp_call real = *call;
    real.inputs = inputs;
    real.outputs = output;
    enum snv2_status status =
        x.data && output->data ? kernel(&real) : diagnose_no_memory(call->diagnostic);
    free(x.data);
    return status;
}

static enum snv2_status max_pool_of_integers(const struct interp_call *call) {
    struct interp_tensor *y = &call->outputs[0];
    int64_t count = shape_elements(&y->shape);
    REAL *reals = malloc(((size_t)count + 1) * sizeof *reals);
    struct interp_tensor real = {DTYPE_FLOAT32, y->shape, reals};
    enum snv2_status status = of_integers(call, REAL_NAME(interp_MaxPool), &real);
    for (int64_t i = 0; status == SNV2_OK && i < count; i++)
        ((int64_t *)y->data)[i] = (int64_t)reals[i];
    free(reals);
    return status;
}

INTERP_KERNEL(MaxPool) {
    if (!dtype_is_real(operand(call, 0)->dtype))
        return max_pool_of_integers(call);
    const struct MaxPool_attributes *attributes = &call->node->attributes.MaxPool;
    struct window windows[2];
    windows_init(windows, &operand(call, 0)->shape, &call->outputs[0].shape,
                 &attributes->kernel_shape, &attributes->strides, &attributes->dilations,
                 &attributes->pads);
    pool(call, windows, maximum);
    return SNV2_OK;
}

/* Where in a plane the first of the largest elements is that a window sees. */
static int64_t position_of_maximum(const REAL *input, const struct window windows[2],
                                   int64_t output_y, int64_t output_x) {
    struct interval y = window_taps(&windows[0], output_y);
    struct interval x = window_taps(&windows[1], output_x);
    int64_t best = -1;
    for (int64_t i = y.first; i < y.end; i++)
        for (int64_t j = x.first; j < x.end; j++) {
            int64_t at = window_position(&windows[0], output_y, i) * windows[1].input +
                         window_position(&windows[1], output_x, j);
            if (best < 0 || input[at] > input[best] || input[at] != input[at])
                best = at;
        }
    return best;
}

INTERP_KERNEL(MaxPoolIndices) {
    const struct MaxPoolIndices_attributes *attributes = &call->node->attributes.MaxPoolIndices;
    const struct interp_tensor *x = operand(call, 0);
    if (!dtype_is_real(x->dtype))
        return of_integers(call, REAL_NAME(interp_MaxPoolIndices), &call->outputs[0]);
    struct window windows[2];
    windows_init(windows, &x->shape, &call->outputs[0].shape, &attributes->kernel_shape,
                 &attributes->strides, &attributes->dilations, &attributes->pads);
    int64_t rows = windows[0].input, columns = windows[1].input;
    int64_t *output = call->outputs[0].data, planes = x->shape.dims[0] * x->shape.dims[1];
    for (int64_t p = 0; p < planes; p++) {
        const REAL *input = (const REAL *)x->data + p * rows * columns;
        for (int64_t i = 0; i < windows[0].output; i++)
            for (int64_t j = 0; j < windows[1].output; j++) {
                int64_t at = position_of_maximum(input, windows, i, j);
                if (attributes->storage_order)
                    at = at % columns * rows + at / columns;
                *output++ = p * rows * columns + at;
            }
    }
    return SNV2_OK;
}

INTERP_KERNEL(AveragePool) {
    const struct AveragePool_attributes *attributes = &call->node->attributes.AveragePool;
    struct window windows[2];
    windows_init(windows, &operand(call, 0)->shape, &call->outputs[0].shape,
                 &attributes->kernel_shape, &attributes->strides, &attributes->dilations,
                 &attributes->pads);
    pool(call, windows, attributes->count_include_pad ? average_with_padding : average_of_input);
    return SNV2_OK;
}

INTERP_KERNEL(GlobalMaxPool) {
    const struct interp_tensor *x = operand(call, 0);
    int64_t plane = shape_product(&x->shape, 2, x->shape.rank);
    int64_t planes = x->shape.dims[0] * x->shape.dims[1];
    const REAL *xs = x->data;
    REAL *ys = call->outputs[0].data;
    for (int64_t p = 0; p < planes; p++, xs += plane) {
        ys[p] = xs[0];
        for (int64_t i = 1; i < plane; i++)
            ys[p] = larger(ys[p], xs[i]);
    }
    return SNV2_OK;
}

/* (sum |x|^p)^(1/p), one element after the other. */
struct norm {
    int64_t p;
    REAL sum;
};

static void norm_add(struct norm *norm, REAL x) {
    norm->sum += (REAL)elementary_pow(fabs((double)x), (double)norm->p);
}

static REAL norm_of(const struct norm *norm) {
    return norm->p == 1   ? norm->sum
           : norm->p == 2 ? (REAL)sqrt((double)norm->sum)
                          : (REAL)elementary_pow((double)norm->sum, 1 / (double)norm->p);
}

INTERP_KERNEL(LpPool) {
    const struct LpPool_attributes *attributes = &call->node->attributes.LpPool;
    const struct interp_tensor *x = operand(call, 0);
    struct window windows[2];
    windows_init(windows, &x->shape, &call->outputs[0].shape, &attributes->kernel_shape,
                 &attributes->strides, &attributes->dilations, &attributes->pads);
    const REAL *plane = x->data;
    REAL *output = call->outputs[0].data;
    int64_t planes = x->shape.dims[0] * x->shape.dims[1];
    for (int64_t p = 0; p < planes; p++, plane += windows[0].input * windows[1].input)
        for (int64_t i = 0; i < windows[0].output; i++)
            for (int64_t j = 0; j < windows[1].output; j++) {
                struct interval rows = window_taps(&windows[0], i);
                struct interval columns = window_taps(&windows[1], j);
                struct norm norm = {attributes->p, 0};
                for (int64_t y = rows.first; y < rows.end; y++)
                    for (int64_t c = columns.first; c < columns.end; c++)
                        norm_add(&norm,
                                 plane[window_position(&windows[0], i, y) * windows[1].input +
                                       window_position(&windows[1], j, c)]);
                *output++ = norm_of(&norm);
            }
    return SNV2_OK;
}

INTERP_KERNEL(GlobalLpPool) {
    const struct interp_tensor *x = operand(call, 0);
    int64_t plane = shape_product(&x->shape, 2, x->shape.rank);
    int64_t planes = x->shape.dims[0] * x->shape.dims[1];
    const REAL *xs = x->data;
    REAL *ys = call->outputs[0].data;
    for (int64_t p = 0; p < planes; p++) {
        struct norm norm = {call->node->attributes.GlobalLpPool.p, 0};
        for (int64_t i = 0; i < plane; i++)
            norm_add(&norm, *xs++);
        ys[p] = norm_of(&norm);
    }
    return SNV2_OK;
}
