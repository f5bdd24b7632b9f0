/* Elementwise operators, where no convolution took them. */
#include "lower/lower.h"

#include <math.h>

static const struct {
    uint8_t activation, parameters;
} blob_activations[] = {
    [ACTIVATION_NONE] = {SNV2_ACTIVATION_NONE, 0},
    [ACTIVATION_RELU] = {SNV2_ACTIVATION_RELU, 0},
    [ACTIVATION_CLIP] = {SNV2_ACTIVATION_CLIP, 2},
    [ACTIVATION_LEAKY_RELU] = {SNV2_ACTIVATION_LEAKY_RELU, 1},
    [ACTIVATION_HARD_SIGMOID] = {SNV2_ACTIVATION_HARD_SIGMOID, 2},
    [ACTIVATION_HARD_SWISH] = {SNV2_ACTIVATION_HARD_SWISH, 0},
};

const char *refuse_activation(enum activation activation) {
    return activation < sizeof blob_activations / sizeof *blob_activations
               ? NULL
               : "with an activation that has no command";
}

void set_activation(struct snv2_blob_command *command, enum activation activation, float alpha,
                    float beta) {
    int parameters = blob_activations[activation].parameters;
    command->activation = blob_activations[activation].activation;
    command->activation_alpha = parameters > 0 ? alpha : 0;
    command->activation_beta = parameters > 1 ? beta : 0;
}

static bool append_activation(struct lowering *lowering, const struct node *node,
                              enum activation activation, float alpha, float beta) {
    struct snv2_blob_command command = new_command(SNV2_OPCODE_ACTIVATE);
    set_activation(&command, activation, alpha, beta);
    const struct value *input = node->inputs[0];
    return set_array_operand(lowering, &command, 0, input, &input->shape) &&
           set_array_output(lowering, &command, node->outputs[0], input) &&
           append_command(lowering, node, node->name, &command);
}

const char *refuse_relu(const struct node *node) {
    return refuse_nothing(node);
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

static const uint8_t binaries[OP_COUNT] = {
    [OP_Add] = SNV2_BINARY_ADD,
    [OP_Sub] = SNV2_BINARY_SUB,
    [OP_Mul] = SNV2_BINARY_MUL,
    [OP_Div] = SNV2_BINARY_DIV,
};

const char *refuse_binary(const struct node *node) {
    return refuse_nothing(node);
}

/* The operand that the result is laid out like: one of its shape, if there is one. */
static const struct value *main_operand(const struct node *node) {
    bool second = shape_equal(&node->inputs[1]->shape, &node->outputs[0]->shape);
    bool first = shape_equal(&node->inputs[0]->shape, &node->outputs[0]->shape);
    return node->inputs[second && (!first || value_is_constant(node->inputs[0]))];
}

bool lower_binary(struct lowering *lowering, const struct node *node) {
    struct snv2_blob_command command = new_command(SNV2_OPCODE_BINARY);
    const struct value *output = node->outputs[0];
    command.mode = binaries[node->op];
    return set_array_operand(lowering, &command, 0, node->inputs[0], &output->shape) &&
           set_array_operand(lowering, &command, 1, node->inputs[1], &output->shape) &&
           set_array_output(lowering, &command, output, main_operand(node)) &&
           append_command(lowering, node, node->name, &command);
}
