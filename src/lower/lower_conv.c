/* Conv: DEPTHWISE where every channel has its own window, else CONV, which reads a planar image, or
 * the bytes of a frame, as they stand; and ConvTranspose. */
#include "lower/lower.h"

bool is_weights(const struct value *value) {
    return !value || (value_is_constant(value) && value->dtype == DTYPE_FLOAT32);
}

static const struct value *conv_bias(const struct node *node) {
    return node->input_count > 2 ? node->inputs[2] : NULL;
}

const char *refuse_conv(const struct node *node) {
    if (!is_weights(node->inputs[1]) || !is_weights(conv_bias(node)))
        return "with weights that are not float32 constants";
    return refuse_not_planes(node);
}

bool pack_convolution(struct lowering *lowering, const float *source, const struct shape *shape,
                      int64_t groups, bool transposed, enum dtype halves, uint64_t *offset) {
    int64_t first = shape->dims[0] / groups, second = shape->dims[1];
    int64_t taps = shape->dims[2] * shape->dims[3];
    struct packing packing = {
        .source = source,
        .halves = halves,
        .scale = 1,
        .groups = groups,
        .outputs = transposed ? second : first,
        .taps = taps,
        .inputs = transposed ? first : second,
        .group_stride = first * second * taps,
        .output_stride = transposed ? taps : second * taps,
        .tap_stride = 1,
        .input_stride = transposed ? second * taps : taps,
    };
    return append_packing(lowering, &packing, offset);
}

bool pack_outputs(struct lowering *lowering, const float *source, int64_t groups, int64_t outputs,
                  uint64_t *offset) {
    struct packing packing = {
        .source = source,
        .scale = 1,
        .groups = groups,
        .outputs = outputs,
        .taps = 1,
        .inputs = 1,
        .group_stride = outputs,
        .output_stride = 1,
    };
    return append_packing(lowering, &packing, offset);
}

static bool pack_conv(struct lowering *lowering, const struct node *node, int64_t groups,
                      bool transposed, struct snv2_blob_command *command) {
    const struct value *weights = node->inputs[1], *bias = conv_bias(node);
    const struct shape *shape = &weights->shape;
    int64_t outputs = transposed ? shape->dims[1] : shape->dims[0] / groups;
    return pack_convolution(lowering, weights->data, shape, groups, transposed,
                            half_weights(lowering, node, command), &command->weights) &&
           pack_outputs(lowering, bias ? bias->data : NULL, groups, outputs, &command->bias);
}

/* A graph input, or what is of few channels, in whatever order they stand. */
static bool is_planar_image(struct lowering *lowering, const struct value *value) {
    enum { FEW = 4 };
    const struct snv2_blob_tensor *place = place_of(lowering, value);
    return place && is_even_map(place) && !is_readable_map(place) &&
           (place->place == SNV2_PLACE_INPUT || value->shape.dims[1] <= FEW);
}

bool is_depthwise(const struct node *node) {
    int64_t group = node->attributes.Conv.group;
    return group > 1 && group == node->inputs[0]->shape.dims[1] &&
           group == node->outputs[0]->shape.dims[1];
}

bool lower_conv(struct lowering *lowering, const struct node *node) {
    const struct Conv_attributes *conv = &node->attributes.Conv;
    const struct value *input = node->inputs[0], *output = node->outputs[0];
    bool depthwise = is_depthwise(node);
    bool of_bytes = conv->group == 1 && frame_of(lowering, input);
    bool planar = conv->group == 1 && !of_bytes && is_planar_image(lowering, input);
    struct snv2_blob_command command =
        new_command(depthwise ? SNV2_OPCODE_DEPTHWISE : SNV2_OPCODE_CONV);
    command.window =
        make_window(&conv->kernel_shape, &conv->strides, &conv->dilations, &conv->pads);
    command.group = (uint32_t)conv->group;
    set_activation(&command, conv->activation, conv->activation_alpha, conv->activation_beta);
    bool operand = of_bytes ? set_frame_operand(lowering, &command, input)
                   : planar ? set_array_operand(lowering, &command, 0, input, &input->shape)
                            : set_map_operand(lowering, &command, 0, input);
    return operand && pack_conv(lowering, node, depthwise ? 1 : conv->group, false, &command) &&
           set_map_output(lowering, &command, output) &&
           append_command(lowering, node, node->name, &command);
}

const char *refuse_conv_transpose(const struct node *node) {
    const struct ints *pads = &node->attributes.ConvTranspose.pads;
    for (int i = 0; i < pads->count; i++)
        if (pads->values[i] > UINT16_MAX)
            return "with pads over 65535";
    return refuse_conv(node);
}

bool lower_conv_transpose(struct lowering *lowering, const struct node *node) {
    const struct ConvTranspose_attributes *conv = &node->attributes.ConvTranspose;
    struct snv2_blob_command command = new_command(SNV2_OPCODE_CONV_TRANSPOSE);
    command.window =
        make_window(&conv->kernel_shape, &conv->strides, &conv->dilations, &conv->pads);
    command.group = (uint32_t)conv->group;
    return set_map_operand(lowering, &command, 0, node->inputs[0]) &&
           pack_conv(lowering, node, conv->group, true, &command) &&
           set_map_output(lowering, &command, node->outputs[0]) &&
           append_command(lowering, node, node->name, &command);
}
