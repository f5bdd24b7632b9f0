/* The shape rule of our own Preprocess. */
#include "ir/shape_rule.h"

#include <inttypes.h>

int64_t frame_channels(enum frame_pixels pixels) {
    static const uint8_t channels[] = {
        [FRAME_GRAY] = 1, [FRAME_RGB] = 3, [FRAME_BGR] = 3, [FRAME_RGBA] = 4, [FRAME_BGRA] = 4,
    };
    return channels[pixels];
}

enum snv2_status shape_Preprocess(struct node *node, struct tensor_type *outputs,
                                  struct snv2_diagnostic *diagnostic) {
    const struct Preprocess_attributes *attributes = &node->attributes.Preprocess;
    const struct value *frame = node->inputs[0];
    const int64_t channels = frame_channels(attributes->pixels);
    const int64_t *dims = frame->shape.dims;
    bool planes = attributes->layout == FRAME_NCHW;
    if (frame->dtype != DTYPE_UINT8 || frame->shape.rank != 4 || dims[planes ? 1 : 3] != channels)
        return bad_model(node, diagnostic,
                         "the input is no picture of uint8 with %" PRId64 " channels", channels);
    for (int i = 1; i < 3; i++) {
        const struct value *numbers = node->inputs[i];
        if (!value_is_constant(numbers) || numbers->dtype != DTYPE_FLOAT32 ||
            numbers->shape.rank != 1 || numbers->shape.dims[0] != channels)
            return bad_model(node, diagnostic, "mean and std are not one float32 for each channel");
    }
    outputs[0] = (struct tensor_type){DTYPE_FLOAT32, frame->shape};
    if (!planes)
        outputs[0].shape = (struct shape){4, {dims[0], channels, dims[1], dims[2]}};
    return SNV2_OK;
}
