/* Casts, comparisons, logic and Where. At run time all numbers are float32, integers too, and a
 * bool is 1 or 0 (lowerings.def says where that holds). */
#include "lower/lower.h"

/* ---- Cast ---- */

static int magnitude_bits(enum dtype dtype) {
    return dtype == DTYPE_BOOL ? 1 : 8 * (int)dtype_bytes(dtype) - !dtype_is_unsigned(dtype);
}

/* Whether every number of type `from` is one of type `to`, both integers. */
static bool is_wider(enum dtype to, enum dtype from) {
    return magnitude_bits(to) >= magnitude_bits(from) &&
           (!dtype_is_unsigned(to) || dtype_is_unsigned(from));
}

const char *refuse_cast(const struct node *node) {
    return refuse_nothing(node);
}

/* The number 0 as a place, in at least two dims. */
static bool append_zero(struct lowering *lowering, struct snv2_blob_tensor *place) {
    struct shape scalar = {.rank = 0};
    struct packing zero = {.groups = 1, .outputs = 1, .taps = 1, .inputs = 1};
    *place = dense_tensor(&scalar, SNV2_PLACE_WEIGHTS);
    return append_packing(lowering, &zero, &place->offset) && append_base(lowering, place);
}

static void set_not(struct snv2_blob_command *command) {
    command->activation = SNV2_ACTIVATION_HARD_SIGMOID;
    command->activation_alpha = -1;
    command->activation_beta = 1;
}

/* A command that says where two operands are equal. */
static struct snv2_blob_command new_equality(const struct lowering *lowering,
                                             const struct node *node) {
    struct snv2_blob_command command = new_command(SNV2_OPCODE_BINARY);
    command.mode = SNV2_BINARY_EQUAL;
    if (is_integer(node->inputs[0])) {
        command = new_integer_command(lowering, SNV2_OPCODE_INTEGER, node->inputs[0]->dtype,
                                      node->outputs[0]);
        command.mode = SNV2_INTEGER_EQUAL;
    }
    return command;
}

/* Whether it is not 0. */
static bool lower_to_bool(struct lowering *lowering, const struct node *node) {
    const struct value *input = node->inputs[0];
    struct shape shape = operand_shape(&input->shape);
    struct snv2_blob_command command = new_equality(lowering, node);
    struct snv2_blob_tensor zero;
    set_not(&command);
    if (!append_zero(lowering, &zero))
        return false;
    zero = broadcasted(&zero, &shape);
    return set_array_operand(lowering, &command, 0, input, &input->shape) &&
           set_place_operand(lowering, &command, 1, &zero) &&
           set_array_output(lowering, &command, node->outputs[0], input) &&
           append_command(lowering, node, node->name, &command);
}

/* To a half type is a rounding, which float32 holds; to what holds more numbers it is nothing. */
bool lower_cast(struct lowering *lowering, const struct node *node) {
    const struct value *input = node->inputs[0];
    enum dtype from = input->dtype, to = node->outputs[0]->dtype;
    struct snv2_blob_command command = new_command(SNV2_OPCODE_ACTIVATE);
    if (to == DTYPE_BOOL && from != DTYPE_BOOL)
        return lower_to_bool(lowering, node);
    if (to != DTYPE_BOOL && !dtype_is_real(to) && dtype_is_real(from))
        return append_integer(lowering, node, SNV2_INTEGER_TRUNCATE, to);
    if (!dtype_is_real(to) && !dtype_is_real(from) && !is_wider(to, from))
        return append_integer(lowering, node, SNV2_INTEGER_WRAP, to);
    if (to != DTYPE_FLOAT16 && to != DTYPE_BFLOAT16)
        return lower_reshape(lowering, node);
    command.activation =
        to == DTYPE_FLOAT16 ? SNV2_ACTIVATION_ROUND_FLOAT16 : SNV2_ACTIVATION_ROUND_BFLOAT16;
    return set_array_operand(lowering, &command, 0, input, &input->shape) &&
           set_array_output(lowering, &command, node->outputs[0], input) &&
           append_command(lowering, node, node->name, &command);
}

/* ---- comparisons and logic: 1 or 0 ---- */

/* A binary command over the operands, in that order or the other. */
static bool append_binary(struct lowering *lowering, const struct node *node,
                          struct snv2_blob_command *command, bool swapped) {
    const struct value *output = node->outputs[0];
    return set_array_operand(lowering, command, 0, node->inputs[swapped], &output->shape) &&
           set_array_operand(lowering, command, 1, node->inputs[!swapped], &output->shape) &&
           set_array_output(lowering, command, output, node->inputs[0]) &&
           append_command(lowering, node, node->name, command);
}

const char *refuse_comparison(const struct node *node) {
    return refuse_nothing(node);
}

bool lower_comparison(struct lowering *lowering, const struct node *node) {
    if (is_integer_operator(node))
        return lower_integer(lowering, node);
    struct snv2_blob_command command = new_command(SNV2_OPCODE_BINARY);
    command.mode = node->op == OP_Equal                            ? SNV2_BINARY_EQUAL
                   : node->op == OP_Less || node->op == OP_Greater ? SNV2_BINARY_LESS
                                                                   : SNV2_BINARY_LESS_OR_EQUAL;
    bool swapped = node->op == OP_Greater || node->op == OP_GreaterOrEqual;
    return append_binary(lowering, node, &command, swapped);
}

const char *refuse_logic(const struct node *node) {
    return refuse_nothing(node);
}

/* Xor is |a - b|. */
bool lower_logic(struct lowering *lowering, const struct node *node) {
    struct snv2_blob_command command = new_command(SNV2_OPCODE_BINARY);
    command.mode = node->op == OP_And  ? SNV2_BINARY_MUL
                   : node->op == OP_Or ? SNV2_BINARY_MAX
                                       : SNV2_BINARY_SUB;
    if (node->op == OP_Xor)
        command.activation = SNV2_ACTIVATION_ABSOLUTE;
    return append_binary(lowering, node, &command, false);
}

/* ---- Where: what is kept of the one, plus what is kept of the other ---- */

const char *refuse_where(const struct node *node) {
    return refuse_nothing(node);
}

static bool append_choice(struct lowering *lowering, const struct node *node, int operand,
                          enum snv2_blob_binary mode, struct snv2_blob_tensor *chosen) {
    const struct shape *shape = &node->outputs[0]->shape;
    struct snv2_blob_command command = new_command(SNV2_OPCODE_BINARY);
    command.mode = (uint8_t)mode;
    return set_array_operand(lowering, &command, 0, node->inputs[0], shape) &&
           set_array_operand(lowering, &command, 1, node->inputs[operand], shape) &&
           set_scratch_output(lowering, &command, shape, chosen) &&
           append_command(lowering, node, node->name, &command);
}

bool lower_where(struct lowering *lowering, const struct node *node) {
    struct snv2_blob_command command = new_command(SNV2_OPCODE_BINARY);
    struct snv2_blob_tensor kept, other;
    command.mode = SNV2_BINARY_ADD;
    return append_choice(lowering, node, 1, SNV2_BINARY_KEEP, &kept) &&
           append_choice(lowering, node, 2, SNV2_BINARY_DROP, &other) &&
           set_place_operand(lowering, &command, 0, &kept) &&
           set_place_operand(lowering, &command, 1, &other) &&
           set_array_output(lowering, &command, node->outputs[0], node->inputs[1]) &&
           append_command(lowering, node, node->name, &command);
}
