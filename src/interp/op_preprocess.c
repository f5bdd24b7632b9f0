/* Preprocess: the numbers of a picture of bytes. */
#include "interp/real.h"

INTERP_KERNEL(Preprocess) {
    const struct Preprocess_attributes *attributes = &call->node->attributes.Preprocess;
    const int64_t *frame = operand(call, 0)->data;
    const REAL *mean = operand(call, 1)->data, *std = operand(call, 2)->data;
    const struct shape *shape = &call->outputs[0].shape;
    int64_t channels = shape->dims[1], pixels = shape_product(shape, 2, 4);
    bool planes = attributes->layout == FRAME_NCHW;
    REAL *numbers = call->outputs[0].data;
    for (int64_t n = 0; n < shape->dims[0]; n++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t i = 0; i < pixels; i++) {
                int64_t at =
                    planes ? (n * channels + c) * pixels + i : (n * pixels + i) * channels + c;
                *numbers++ = ((REAL)frame[at] * (REAL)attributes->scale - mean[c]) / std[c];
            }
    return SNV2_OK;
}
