/* BatchNormalization in inference form: (x - mean) / sqrt(variance + epsilon) * scale + bias, the
 * constants by channel (dimension 1). */
#include "interp/real.h"

#include <math.h>

INTERP_KERNEL(BatchNormalization) {
    const struct interp_tensor *x = operand(call, 0);
    const REAL *scale = operand(call, 1)->data, *bias = operand(call, 2)->data;
    const REAL *mean = operand(call, 3)->data, *variance = operand(call, 4)->data;
    const REAL *xs = x->data;
    REAL *ys = call->outputs[0].data;
    REAL epsilon = call->node->attributes.BatchNormalization.epsilon;
    int64_t channels = x->shape.dims[1], plane = shape_product(&x->shape, 2, x->shape.rank);
    for (int64_t n = 0; n < x->shape.dims[0]; n++) {
        for (int64_t c = 0; c < channels; c++, xs += plane, ys += plane) {
            /* The double root of a float rounds to the float's root: both are correct IEEE. */
            REAL deviation = (REAL)sqrt(variance[c] + epsilon);
            for (int64_t i = 0; i < plane; i++)
                ys[i] = (xs[i] - mean[c]) / deviation * scale[c] + bias[c];
        }
    }
    return SNV2_OK;
}
