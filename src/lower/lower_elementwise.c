/* Relu, Clip and Add, where no convolution took them. */
#include "lower/lower.h"

#include <math.h>

static const uint8_t blob_activations[] = {
    [ACTIVATION_NONE] = SNV2_ACTIVATION_NONE,
    [ACTIVATION_RELU] = SNV2_ACTIVATION_RELU,
    [ACTIVATION_CLIP] = SNV2_ACTIVATION_CLIP,
};

void set_activation(struct snv2_blob_command *command, enum activation activation, float alpha,
                    float beta) {
    command->activation = blob_activations[activation];
    command->activation_low = activation == ACTIVATION_CLIP ? alpha : 0;
    command->activation_high = activation == ACTIVATION_CLIP ? beta : 0;
}

static bool append_activation(struct lowering *lowering, const struct node *node,
                              enum activation activation, float low, float high) {
    struct snv2_blob_command command = new_command(SNV2_OPCODE_ACTIVATE);
    set_activation(&command, activation, low, high);
    return set_command_operand(lowering, &command, 0, node->inputs[0]) &&
           set_feature_map_output(lowering, &command, node->outputs[0]) &&
           append_command(lowering, node, node->name, &command);
}

const char *refuse_relu(const struct node *node) {
    (void)node;
    return NULL;
}

bool lower_relu(struct lowering *lowering, const struct node *node) {
    return append_activation(lowering, node, ACTIVATION_RELU, 0, 0);
}

static const struct value *clip_bound(const struct node *node, int index) {
    return node->input_count > index ? node->inputs[index] : NULL;
}

const char *refuse_clip(const struct node *node) {
    return is_weights(clip_bound(node, 1)) && is_weights(clip_bound(node, 2))
               ? NULL
               : "with bounds that are not constants";
}

bool lower_clip(struct lowering *lowering, const struct node *node) {
    const struct value *low = clip_bound(node, 1), *high = clip_bound(node, 2);
    return append_activation(lowering, node, ACTIVATION_CLIP,
                             low ? *(const float *)low->data : -INFINITY,
                             high ? *(const float *)high->data : INFINITY);
}

const char *refuse_add(const struct node *node) {
    return shape_equal(&node->inputs[0]->shape, &node->inputs[1]->shape)
               ? NULL
               : "of operands of two shapes";
}

bool lower_add(struct lowering *lowering, const struct node *node) {
    struct snv2_blob_command command = new_command(SNV2_OPCODE_ADD);
    return set_command_operand(lowering, &command, 0, node->inputs[0]) &&
           set_command_operand(lowering, &command, 1, node->inputs[1]) &&
           set_feature_map_output(lowering, &command, node->outputs[0]) &&
           append_command(lowering, node, node->name, &command);
}
