/* MatMul: FULLY_CONNECTED where the right operand is a constant matrix and the left lies in rows,
 * else MATMUL, or INTEGER_MATMUL; and reductions. */
#include "lower/lower.h"

#include "ir/operands.h"

/* The place as a matrix, or a list of them: a vector is one row (left) or one column (right). */
static struct snv2_blob_tensor matrices(const struct snv2_blob_tensor *place, bool right) {
    struct snv2_blob_tensor view = *place;
    int64_t count = place->dims[0];
    struct shape matrix = {2, {right ? count : 1, right ? 1 : count}};
    if (place->rank == 1)
        reshape_tensor(&view, &matrix); /* axes of one element are for nothing */
    return view;
}

struct shape product_shape(const struct shape *a, const struct shape *b,
                           const struct shape *product) {
    struct shape shape = *product;
    int64_t columns = b->rank > 1 ? b->dims[b->rank - 1] : 1;
    if (a->rank == 1 && b->rank > 1)
        shape.rank--;
    if (a->rank == 1)
        shape.dims[shape.rank++] = 1;
    if (a->rank == 1 || b->rank == 1)
        shape.dims[shape.rank++] = columns;
    return shape;
}

const char *refuse_matmul(const struct node *node) {
    struct shape shape =
        product_shape(&node->inputs[0]->shape, &node->inputs[1]->shape, &node->outputs[0]->shape);
    return shape.rank > MAX_RANK ? "of too many dims" : NULL;
}

bool set_output_as(struct lowering *lowering, struct snv2_blob_command *command,
                   const struct node *node, const struct shape *shape) {
    const struct value *output = node->outputs[0];
    if (!set_array_output(lowering, command, output, node->inputs[0]))
        return false;
    struct snv2_blob_tensor view = *place_of(lowering, output);
    return reshape_tensor(&view, shape) && append_view(lowering, &view, &command->output);
}

static bool append_fully_connected(struct lowering *lowering, const struct node *node,
                                   const struct snv2_blob_tensor *rows) {
    const struct value *weights = node->inputs[1];
    int64_t inputs = weights->shape.dims[0], outputs = weights->shape.dims[1];
    struct shape shape = {2, {shape_elements(&node->outputs[0]->shape) / outputs, outputs}};
    struct snv2_blob_command command = new_command(SNV2_OPCODE_FULLY_CONNECTED);
    struct packing packing = {
        .source = weights->data,
        .halves = half_weights(lowering, node, &command),
        .scale = 1,
        .groups = 1,
        .outputs = outputs,
        .taps = 1,
        .inputs = inputs,
        .output_stride = 1,
        .input_stride = outputs,
    };
    struct packing bias = {.groups = 1, .outputs = outputs, .taps = 1, .inputs = 1};
    return set_place_operand(lowering, &command, 0, rows) &&
           append_packing(lowering, &packing, &command.weights) &&
           append_packing(lowering, &bias, &command.bias) &&
           set_output_as(lowering, &command, node, &shape) &&
           append_command(lowering, node, node->name, &command);
}

/* Whether the output, which goes to its home where it has one, can be seen as rows with their
 * columns side by side. */
static bool can_write_rows(const struct lowering *lowering, const struct value *output,
                           int64_t columns) {
    const struct snv2_blob_tensor *home = lowering->homes[output->id];
    struct shape shape = {2, {shape_elements(&output->shape) / columns, columns}};
    struct snv2_blob_tensor view;
    if (!home)
        return output->shape.rank != 4; /* else it may become a feature map */
    view = *home;
    return reshape_tensor(&view, &shape) && is_readable_map(&view);
}

bool set_factors(struct lowering *lowering, struct snv2_blob_command *command,
                 const struct snv2_blob_tensor *a, const struct snv2_blob_tensor *b,
                 const struct shape *product) {
    struct shape a_shape = *product, b_shape = *product;
    struct snv2_blob_tensor left = matrices(a, false), right = matrices(b, true);
    a_shape.dims[product->rank - 1] = b_shape.dims[product->rank - 2] = left.dims[left.rank - 1];
    left = broadcasted(&left, &a_shape);
    right = broadcasted(&right, &b_shape);
    return set_place_operand(lowering, command, 0, &left) &&
           set_place_operand(lowering, command, 1, &right);
}

bool lower_matmul(struct lowering *lowering, const struct node *node) {
    const struct value *right = node->inputs[1];
    const struct snv2_blob_tensor *a = store_whole(lowering, node->inputs[0]);
    if (!a)
        return false;
    if (is_weights(right) && right->shape.rank == 2 && node->inputs[0]->shape.rank >= 2) {
        int64_t inputs = right->shape.dims[0], outputs = right->shape.dims[1];
        struct shape shape = {2, {shape_elements(&node->inputs[0]->shape) / inputs, inputs}};
        struct snv2_blob_tensor rows = *a;
        if (reshape_tensor(&rows, &shape) && can_write_rows(lowering, node->outputs[0], outputs))
            return append_fully_connected(lowering, node, &rows);
    }
    const struct snv2_blob_tensor *b = store_whole(lowering, right);
    if (!b)
        return false;
    struct shape shape =
        product_shape(&node->inputs[0]->shape, &right->shape, &node->outputs[0]->shape);
    struct snv2_blob_command command = new_command(SNV2_OPCODE_MATMUL);
    if (is_integer(right))
        command = new_integer_command(lowering, SNV2_OPCODE_INTEGER_MATMUL, right->dtype,
                                      node->outputs[0]);
    return set_factors(lowering, &command, a, b, &shape) &&
           set_output_as(lowering, &command, node, &shape) &&
           append_command(lowering, node, node->name, &command);
}

/* ---- ReduceSum, ReduceMean, ReduceMax, ReduceMin ---- */

static const uint8_t reductions[OP_COUNT] = {
    [OP_ReduceSum] = SNV2_REDUCE_SUM,      [OP_ReduceMean] = SNV2_REDUCE_MEAN,
    [OP_ReduceMax] = SNV2_REDUCE_MAX,      [OP_ReduceMin] = SNV2_REDUCE_MIN,
    [OP_ReduceProd] = SNV2_REDUCE_PRODUCT,
};
static const uint8_t integer_reductions[OP_COUNT] = {
    [OP_ReduceSum] = SNV2_INTEGER_SUM,
    [OP_ReduceMean] = SNV2_INTEGER_MEAN,
    [OP_ReduceProd] = SNV2_INTEGER_PRODUCT,
};

/* The output's dims, those that are reduced being 1. */
static bool reduced_shape(const struct node *node, struct shape *shape) {
    const struct ReduceMean_attributes *attributes = &node->attributes.ReduceMean;
    const struct value *axes = node_input(node, 1);
    bool mask[MAX_RANK] = {false};
    *shape = node->inputs[0]->shape;
    bool given = axes && shape_elements(&axes->shape) > 0;
    if (given && known_axes(node, NULL, 1, shape->rank, mask) != SNV2_OK)
        return false;
    for (int axis = 0; axis < shape->rank; axis++)
        if (given ? mask[axis] : !attributes->noop_with_empty_axes)
            shape->dims[axis] = 1;
    return true;
}

const char *refuse_reduce(const struct node *node) {
    struct shape shape;
    return reduced_shape(node, &shape) ? NULL : "over axes that are not known";
}

/* `shape`: the output's dims, those that are reduced being 1. */
static bool append_reduction(struct lowering *lowering, const struct node *node,
                             struct snv2_blob_command command, uint8_t mode, struct shape shape) {
    const struct value *input = node->inputs[0];
    command.mode = mode;
    shape = operand_shape(&shape);
    return store_whole(lowering, input) &&
           set_array_operand(lowering, &command, 0, input, &input->shape) &&
           set_output_as(lowering, &command, node, &shape) &&
           append_command(lowering, node, node->name, &command);
}

/* The integer form where there is one: the largest of integers is that of floats. */
static bool reduces_integers(const struct node *node) {
    return is_integer(node->inputs[0]) && node->op != OP_ReduceMax && node->op != OP_ReduceMin;
}

bool lower_reduce(struct lowering *lowering, const struct node *node) {
    struct shape shape;
    if (!reduced_shape(node, &shape))
        return false;
    if (!reduces_integers(node))
        return append_reduction(lowering, node, new_command(SNV2_OPCODE_REDUCE),
                                reductions[node->op], shape);
    struct snv2_blob_command command = new_integer_command(
        lowering, SNV2_OPCODE_INTEGER_REDUCE, node->inputs[0]->dtype, node->outputs[0]);
    return append_reduction(lowering, node, command, integer_reductions[node->op], shape);
}

/* ---- ArgMax, ArgMin ---- */

const char *refuse_argument(const struct node *node) {
    int64_t axis = node->attributes.ArgMax.axis;
    return node->inputs[0]->shape.dims[axis] > 1 << 24 ? "over more elements than a float counts"
                                                       : NULL;
}

bool lower_argument(struct lowering *lowering, const struct node *node) {
    const struct ArgMax_attributes *attributes = &node->attributes.ArgMax;
    struct shape shape = node->inputs[0]->shape;
    bool last = attributes->select_last_index;
    uint8_t largest = last ? SNV2_REDUCE_ARG_MAX_LAST : SNV2_REDUCE_ARG_MAX;
    uint8_t smallest = last ? SNV2_REDUCE_ARG_MIN_LAST : SNV2_REDUCE_ARG_MIN;
    shape.dims[attributes->axis] = 1;
    return append_reduction(lowering, node, new_command(SNV2_OPCODE_REDUCE),
                            node->op == OP_ArgMax ? largest : smallest, shape);
}
