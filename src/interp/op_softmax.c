/* Softmax and LogSoftmax along one axis, or over all elements from it on: exponentials of the
 * distances to the largest element, divided by their sum. */
#include "interp/elementary.h"
#include "interp/real.h"

/* `length` elements, `stride` apart. */
typedef void softmax_function(const REAL *x, REAL *y, int64_t length, int64_t stride);

static REAL largest(const REAL *x, int64_t length, int64_t stride) {
    REAL result = x[0];
    for (int64_t i = 1; i < length; i++)
        result = larger(result, x[i * stride]);
    return result;
}

static void softmax(const REAL *x, REAL *y, int64_t length, int64_t stride) {
    REAL top = largest(x, length, stride), sum = 0;
    for (int64_t i = 0; i < length; i++)
        sum += y[i * stride] = (REAL)elementary_exp(x[i * stride] - top);
    for (int64_t i = 0; i < length; i++)
        y[i * stride] /= sum;
}

static void log_softmax(const REAL *x, REAL *y, int64_t length, int64_t stride) {
    REAL top = largest(x, length, stride), sum = 0;
    for (int64_t i = 0; i < length; i++)
        sum += (REAL)elementary_exp(x[i * stride] - top);
    for (int64_t i = 0; i < length; i++)
        y[i * stride] = x[i * stride] - top - (REAL)elementary_log(sum);
}

/* 1 at the first of the largest, 0 elsewhere. */
static void hardmax(const REAL *x, REAL *y, int64_t length, int64_t stride) {
    int64_t best = 0;
    for (int64_t i = 0; i < length; i++) {
        if (x[i * stride] > x[best * stride])
            best = i;
        y[i * stride] = 0;
    }
    y[best * stride] = 1;
}

static void along_axis(const struct interp_call *call, softmax_function *function) {
    const struct Softmax_attributes *attributes = &call->node->attributes.Softmax;
    const struct interp_tensor *x = operand(call, 0);
    int axis = (int)attributes->axis, end = attributes->over_rest ? x->shape.rank : axis + 1;
    int64_t outer = shape_product(&x->shape, 0, axis);
    int64_t length = shape_product(&x->shape, axis, end);
    int64_t inner = shape_product(&x->shape, end, x->shape.rank);
    for (int64_t o = 0; o < outer && length > 0; o++)
        for (int64_t i = 0; i < inner; i++) {
            int64_t first = o * length * inner + i;
            function((const REAL *)x->data + first, (REAL *)call->outputs[0].data + first, length,
                     inner);
        }
}

INTERP_KERNEL(Softmax) {
    along_axis(call, softmax);
    return SNV2_OK;
}

INTERP_KERNEL(LogSoftmax) {
    along_axis(call, log_softmax);
    return SNV2_OK;
}

INTERP_KERNEL(Hardmax) {
    along_axis(call, hardmax);
    return SNV2_OK;
}
