/* Operators of integers, elementwise: INTEGER commands. What computes with integers wraps as their
 * type does, and is NaN where no float32 holds the result; NaN stays NaN, also where integers are
 * compared. */
#include "lower/lower.h"

bool is_integer(const struct value *value) {
    return !dtype_is_real(value->dtype) && value->dtype != DTYPE_BOOL;
}

enum { NO_INTEGER_MODE = -1 };

static int integer_mode(const struct node *node) {
    switch (node->op) {
    case OP_Abs:
        return SNV2_INTEGER_ABSOLUTE;
    case OP_Add:
        return SNV2_INTEGER_ADD;
    case OP_BitShift:
        return node->attributes.BitShift.direction == SHIFT_LEFT ? SNV2_INTEGER_SHIFT_LEFT
                                                                 : SNV2_INTEGER_SHIFT_RIGHT;
    case OP_Div:
        return SNV2_INTEGER_DIV;
    case OP_Equal:
        return SNV2_INTEGER_EQUAL;
    case OP_Greater:
    case OP_Less:
        return SNV2_INTEGER_LESS;
    case OP_GreaterOrEqual:
    case OP_LessOrEqual:
        return SNV2_INTEGER_LESS_OR_EQUAL;
    case OP_Mod:
        return node->attributes.Mod.fmod ? SNV2_INTEGER_REMAINDER : SNV2_INTEGER_MOD;
    case OP_Mul:
        return SNV2_INTEGER_MUL;
    case OP_Neg:
        return SNV2_INTEGER_NEGATE;
    case OP_Pow:
        return SNV2_INTEGER_POW;
    case OP_Sub:
        return SNV2_INTEGER_SUB;
    default:
        return NO_INTEGER_MODE;
    }
}

bool is_integer_operator(const struct node *node) {
    return is_integer(node->inputs[0]) && integer_mode(node) != NO_INTEGER_MODE;
}

/* Whether a reader leaves open whether the integer was rounded to float32: it does that, or only
 * moves it to where this holds. */
static bool takes_rounded(const struct lowering *lowering, const struct node *node) {
    if (node->op == OP_Cast || node->op == OP_CastLike)
        return node->outputs[0]->dtype == DTYPE_FLOAT32 || node->outputs[0]->dtype == DTYPE_FLOAT64;
    for (int32_t i = 0; i < node->output_count; i++)
        if (!lowering->rounds[node->outputs[i]->id])
            return false;
    return op_infos[node->op].class == CLASS_MOVEMENT;
}

bool find_rounds(struct lowering *lowering, struct node *const *order, int32_t count) {
    const struct graph *graph = lowering->graph;
    lowering->rounds =
        arena_alloc(lowering->arena, (size_t)graph->value_count, sizeof *lowering->rounds);
    if (!lowering->rounds)
        return false;
    for (int32_t v = 0; v < graph->value_count; v++)
        lowering->rounds[v] = is_integer(graph->values[v]);
    for (int32_t i = 0; i < graph->output_count; i++)
        lowering->rounds[graph->outputs[i]->id] = false;
    for (int32_t i = count; i-- > 0;)
        for (int32_t k = 0; k < order[i]->input_count; k++)
            if (order[i]->inputs[k] && !takes_rounded(lowering, order[i]))
                lowering->rounds[order[i]->inputs[k]->id] = false;
    return true;
}

struct snv2_blob_command new_integer_command(const struct lowering *lowering,
                                             enum snv2_blob_opcode opcode, enum dtype dtype,
                                             const struct value *result) {
    struct snv2_blob_command command = new_command(opcode);
    command.dtype = (uint8_t)dtype; /* the numbers are ONNX's */
    command.rounds = lowering->rounds[result->id];
    return command;
}

bool append_integer(struct lowering *lowering, const struct node *node, enum snv2_blob_integer mode,
                    enum dtype dtype) {
    const struct value *input = node->inputs[0], *output = node->outputs[0];
    struct snv2_blob_command command =
        new_integer_command(lowering, SNV2_OPCODE_INTEGER, dtype, output);
    command.mode = (uint8_t)mode;
    return set_array_operand(lowering, &command, 0, input, &output->shape) &&
           set_array_output(lowering, &command, output, input) &&
           append_command(lowering, node, node->name, &command);
}

bool lower_integer(struct lowering *lowering, const struct node *node) {
    const struct value *output = node->outputs[0];
    bool swapped = node->op == OP_Greater || node->op == OP_GreaterOrEqual;
    if (node->input_count == 1)
        return append_integer(lowering, node, (enum snv2_blob_integer)integer_mode(node),
                              node->inputs[0]->dtype);
    struct snv2_blob_command command =
        new_integer_command(lowering, SNV2_OPCODE_INTEGER, node->inputs[0]->dtype, output);
    command.mode = (uint8_t)integer_mode(node);
    return set_array_operand(lowering, &command, 0, node->inputs[swapped], &output->shape) &&
           set_array_operand(lowering, &command, 1, node->inputs[!swapped], &output->shape) &&
           set_array_output(lowering, &command, output, main_operand(node)) &&
           append_command(lowering, node, node->name, &command);
}
