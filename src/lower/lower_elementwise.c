/* Elementwise operators, where no convolution took them. */
#include "lower/lower.h"

#include <math.h>

/* ---- activations, alone or behind a convolution ---- */

static const uint8_t parameter_counts[] = {
#define ACTIVATION(name, number, parameters, text) [number] = parameters,
#include "snv2/activations.def"
#undef ACTIVATION
};

/* Those that convolutions have as an attribute. */
static const uint8_t fused_activations[] = {
    [ACTIVATION_NONE] = SNV2_ACTIVATION_NONE,
    [ACTIVATION_RELU] = SNV2_ACTIVATION_RELU,
    [ACTIVATION_CLIP] = SNV2_ACTIVATION_CLIP,
    [ACTIVATION_LEAKY_RELU] = SNV2_ACTIVATION_LEAKY_RELU,
    [ACTIVATION_HARD_SIGMOID] = SNV2_ACTIVATION_HARD_SIGMOID,
    [ACTIVATION_HARD_SWISH] = SNV2_ACTIVATION_HARD_SWISH,
    [ACTIVATION_SIGMOID] = SNV2_ACTIVATION_SIGMOID,
    [ACTIVATION_TANH] = SNV2_ACTIVATION_TANH,
    [ACTIVATION_SILU] = SNV2_ACTIVATION_SILU,
    [ACTIVATION_MISH] = SNV2_ACTIVATION_MISH,
    [ACTIVATION_GELU] = SNV2_ACTIVATION_GELU,
};

/* Those that are operators. */
static const uint8_t operator_activations[OP_COUNT] = {
    [OP_Abs] = SNV2_ACTIVATION_ABSOLUTE,
    [OP_Ceil] = SNV2_ACTIVATION_CEIL,
    [OP_Clip] = SNV2_ACTIVATION_CLIP,
    [OP_Elu] = SNV2_ACTIVATION_ELU,
    [OP_Erf] = SNV2_ACTIVATION_ERF,
    [OP_Exp] = SNV2_ACTIVATION_EXP,
    [OP_Floor] = SNV2_ACTIVATION_FLOOR,
    [OP_Gelu] = SNV2_ACTIVATION_GELU,
    [OP_HardSigmoid] = SNV2_ACTIVATION_HARD_SIGMOID,
    [OP_HardSwish] = SNV2_ACTIVATION_HARD_SWISH,
    [OP_LeakyRelu] = SNV2_ACTIVATION_LEAKY_RELU,
    [OP_Log] = SNV2_ACTIVATION_LOG,
    [OP_Mish] = SNV2_ACTIVATION_MISH,
    [OP_Neg] = SNV2_ACTIVATION_NEGATE,
    [OP_Not] = SNV2_ACTIVATION_HARD_SIGMOID, /* 1 - x */
    [OP_Reciprocal] = SNV2_ACTIVATION_RECIPROCAL,
    [OP_Relu] = SNV2_ACTIVATION_RELU,
    [OP_Round] = SNV2_ACTIVATION_ROUND,
    [OP_Sigmoid] = SNV2_ACTIVATION_SIGMOID,
    [OP_Sign] = SNV2_ACTIVATION_SIGN,
    [OP_Softplus] = SNV2_ACTIVATION_SOFTPLUS,
    [OP_Sqrt] = SNV2_ACTIVATION_SQRT,
    [OP_Swish] = SNV2_ACTIVATION_SILU,
    [OP_Tanh] = SNV2_ACTIVATION_TANH,
};

static void put_activation(struct snv2_blob_command *command, uint8_t activation, float alpha,
                           float beta) {
    int parameters = parameter_counts[activation];
    command->activation = activation;
    command->activation_alpha = parameters > 0 ? alpha : 0;
    command->activation_beta = parameters > 1 ? beta : 0;
}

void set_activation(struct snv2_blob_command *command, enum activation activation, float alpha,
                    float beta) {
    put_activation(command, fused_activations[activation], alpha, beta);
}

static const struct value *clip_bound(const struct node *node, int index) {
    return node->input_count > index ? node->inputs[index] : NULL;
}

const char *refuse_unary(const struct node *node) {
    if (node->op == OP_Clip &&
        !(is_weights(clip_bound(node, 1)) && is_weights(clip_bound(node, 2))))
        return "with bounds that are not constants";
    if (node->op == OP_Swish && node->attributes.Swish.alpha != 1)
        return "with an alpha other than 1";
    return NULL;
}

static void set_unary(const struct node *node, struct snv2_blob_command *command) {
    uint8_t activation = operator_activations[node->op];
    float alpha = 0, beta = 0;
    const struct value *low = clip_bound(node, 1), *high = clip_bound(node, 2);
    switch (node->op) {
    case OP_Clip:
        alpha = low ? *(const float *)low->data : -INFINITY;
        beta = high ? *(const float *)high->data : INFINITY;
        break;
    case OP_Elu:
        alpha = node->attributes.Elu.alpha;
        break;
    case OP_Gelu:
        if (node->attributes.Gelu.approximate == GELU_TANH)
            activation = SNV2_ACTIVATION_GELU_TANH;
        break;
    case OP_HardSigmoid:
        alpha = node->attributes.HardSigmoid.alpha;
        beta = node->attributes.HardSigmoid.beta;
        break;
    case OP_Not:
        alpha = -1;
        beta = 1;
        break;
    case OP_LeakyRelu:
        alpha = node->attributes.LeakyRelu.alpha;
        break;
    default:
        break;
    }
    put_activation(command, activation, alpha, beta);
}

/* Operators whose commands can end in an activation, besides Conv and Gemm, which may have one. */
static const bool computes[OP_COUNT] = {
    [OP_Add] = true,
    [OP_AveragePool] = true,
    [OP_ConvTranspose] = true,
    [OP_Div] = true,
    [OP_GlobalAveragePool] = true,
    [OP_GlobalMaxPool] = true,
    [OP_MatMul] = true,
    [OP_Max] = true,
    [OP_MaxPool] = true,
    [OP_Min] = true,
    [OP_Mul] = true,
    [OP_PRelu] = true,
    [OP_ReduceMax] = true,
    [OP_ReduceMean] = true,
    [OP_ReduceMin] = true,
    [OP_ReduceSum] = true,
    [OP_Sub] = true,
};

static bool takes_activation(const struct node *node) {
    switch (node->op) {
    case OP_Conv:
        return node->attributes.Conv.activation == ACTIVATION_NONE;
    case OP_Gemm:
        return node->attributes.Gemm.activation == ACTIVATION_NONE;
    default:
        return computes[node->op];
    }
}

/* The value that the operand is, in other dims and strides. */
static const struct value *before_views(const struct lowering *lowering,
                                        const struct value *value) {
    while (value->producer && lowering->uses[value->id] == 1 &&
           (lowering_rules[value->producer->op].lower == lower_reshape ||
            lowering_rules[value->producer->op].lower == lower_transpose))
        value = value->producer->inputs[0];
    return value;
}

bool joins_operand(const struct lowering *lowering, const struct node *node) {
    const struct value *made = before_views(lowering, node->inputs[0]);
    return !is_integer_operator(node) && made->producer && lowering->uses[made->id] == 1 &&
           takes_activation(made->producer);
}

/* Makes the activation part of the last command: in canonical order that is the one that has made
 * the operand, whom nobody else reads, or a copy of it that a view needed. */
static bool join_operand(struct lowering *lowering, const struct node *node) {
    struct program *program = lowering->program;
    uint32_t last = program->command_count - 1;
    struct snv2_blob_command *command = &program->commands[last];
    if (command->opcode == SNV2_OPCODE_COPY) {
        command->opcode = SNV2_OPCODE_ACTIVATE;
        program->operators[last] = node->op;
        program->residue_count--;
    }
    set_unary(node, command);
    const struct snv2_blob_tensor *place = place_of(lowering, node->inputs[0]);
    return place && set_place(lowering, node->outputs[0], place);
}

bool lower_unary(struct lowering *lowering, const struct node *node) {
    const struct value *input = node->inputs[0];
    if (is_integer_operator(node))
        return lower_integer(lowering, node);
    if (joins_operand(lowering, node))
        return join_operand(lowering, node);
    struct snv2_blob_command command = new_command(SNV2_OPCODE_ACTIVATE);
    set_unary(node, &command);
    return set_array_operand(lowering, &command, 0, input, &input->shape) &&
           set_array_output(lowering, &command, node->outputs[0], input) &&
           append_command(lowering, node, node->name, &command);
}

/* ---- two operands, or several one after the other ---- */

static const uint8_t binaries[OP_COUNT] = {
    [OP_Add] = SNV2_BINARY_ADD, [OP_Div] = SNV2_BINARY_DIV,       [OP_Max] = SNV2_BINARY_MAX,
    [OP_Min] = SNV2_BINARY_MIN, [OP_Mod] = SNV2_BINARY_REMAINDER, [OP_Mul] = SNV2_BINARY_MUL,
    [OP_Pow] = SNV2_BINARY_POW, [OP_PRelu] = SNV2_BINARY_PRELU,   [OP_Sub] = SNV2_BINARY_SUB,
};

const char *refuse_binary(const struct node *node) {
    return node->input_count == 2 ? NULL : "of other than two operands";
}

const struct value *main_operand(const struct node *node) {
    bool second = shape_equal(&node->inputs[1]->shape, &node->outputs[0]->shape);
    bool first = shape_equal(&node->inputs[0]->shape, &node->outputs[0]->shape);
    return node->inputs[second && (!first || value_is_constant(node->inputs[0]))];
}

bool lower_binary(struct lowering *lowering, const struct node *node) {
    if (is_integer_operator(node))
        return lower_integer(lowering, node);
    struct snv2_blob_command command = new_command(SNV2_OPCODE_BINARY);
    const struct value *output = node->outputs[0];
    command.mode = binaries[node->op];
    return set_array_operand(lowering, &command, 0, node->inputs[0], &output->shape) &&
           set_array_operand(lowering, &command, 1, node->inputs[1], &output->shape) &&
           set_array_output(lowering, &command, output, main_operand(node)) &&
           append_command(lowering, node, node->name, &command);
}
