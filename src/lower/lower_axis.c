/* What looks along one axis: CumSum, TopK, and Gather by indices that are known at run time only.
 */
#include "lower/lower.h"

#include "ir/operands.h"

/* Axis `axis` of a value, where values have at least two axes. */
static uint32_t command_axis(const struct value *value, int64_t axis) {
    return (uint32_t)(axis + (value->shape.rank < 2));
}

static const char *refuse_long_axis(const struct value *value, int64_t axis) {
    return value->shape.dims[axis] > SNV2_MAX_POSITIONS ? "over more elements than a float counts"
                                                        : NULL;
}

/* The input as the one operand, whole. */
static bool set_input(struct lowering *lowering, struct snv2_blob_command *command,
                      const struct value *input) {
    return store_whole(lowering, input) &&
           set_array_operand(lowering, command, 0, input, &input->shape);
}

/* ---- CumSum ---- */

static int64_t sum_axis(const struct node *node) {
    struct tensor axis = value_tensor(node->inputs[1]);
    int64_t number = tensor_int(&axis, 0);
    return number < 0 ? number + node->inputs[0]->shape.rank : number;
}

const char *refuse_cumulative_sum(const struct node *node) {
    return value_is_constant(node->inputs[1]) ? NULL : "along an axis that is not known";
}

bool lower_cumulative_sum(struct lowering *lowering, const struct node *node) {
    const struct CumSum_attributes *attributes = &node->attributes.CumSum;
    const struct value *input = node->inputs[0];
    struct snv2_blob_command command = new_command(SNV2_OPCODE_CUMULATIVE_SUM);
    if (is_integer(input))
        command = new_integer_command(lowering, SNV2_OPCODE_INTEGER_CUMULATIVE_SUM, input->dtype,
                                      node->outputs[0]);
    command.mode = (uint8_t)((attributes->exclusive ? SNV2_CUMULATIVE_EXCLUSIVE : 0) |
                             (attributes->reverse ? SNV2_CUMULATIVE_REVERSE : 0));
    command.axis = command_axis(input, sum_axis(node));
    return set_input(lowering, &command, input) &&
           set_array_output(lowering, &command, node->outputs[0], input) &&
           append_command(lowering, node, node->name, &command);
}

/* ---- TopK: the elements and their positions are a command each ---- */

const char *refuse_top_k(const struct node *node) {
    return refuse_long_axis(node->inputs[0], node->attributes.TopK.axis);
}

bool lower_top_k(struct lowering *lowering, const struct node *node) {
    const struct TopK_attributes *attributes = &node->attributes.TopK;
    const struct value *input = node->inputs[0];
    static const uint8_t modes[] = {0, SNV2_TOP_K_POSITIONS};
    for (int32_t i = 0; i < node->output_count; i++) {
        const struct value *output = node->outputs[i];
        struct snv2_blob_command command = new_command(SNV2_OPCODE_TOP_K);
        command.mode = modes[i] | (attributes->largest ? 0 : SNV2_TOP_K_SMALLEST);
        command.axis = command_axis(input, attributes->axis);
        if (lowering->uses[output->id] > 0 &&
            !(set_input(lowering, &command, input) &&
              set_array_output(lowering, &command, output, input) &&
              append_command(lowering, node, node->name, &command)))
            return false;
    }
    return true;
}

/* ---- GatherElements ---- */

const char *refuse_gather_elements(const struct node *node) {
    return refuse_long_axis(node->inputs[0], node->attributes.GatherElements.axis);
}

/* Off the axis, only as much of the data is read as there are indices. */
static bool set_gathered_operand(struct lowering *lowering, const struct node *node,
                                 struct snv2_blob_command *command) {
    const struct value *data = node->inputs[0];
    const struct shape *indices = &node->inputs[1]->shape;
    const struct snv2_blob_tensor *place = store_whole(lowering, data);
    if (!place || data->shape.rank < 2)
        return place && set_array_operand(lowering, command, 0, data, &data->shape);
    struct snv2_blob_tensor view = *place;
    for (int d = 0; d < data->shape.rank; d++)
        if (d != node->attributes.GatherElements.axis)
            view = sliced(&view, d, 0, indices->dims[d], 1);
    return set_place_operand(lowering, command, 0, &view);
}

bool lower_gather_elements(struct lowering *lowering, const struct node *node) {
    const struct value *indices = node->inputs[1];
    struct snv2_blob_command command = new_command(SNV2_OPCODE_GATHER);
    command.axis = command_axis(node->inputs[0], node->attributes.GatherElements.axis);
    return store_whole(lowering, indices) && set_gathered_operand(lowering, node, &command) &&
           set_array_operand(lowering, &command, 1, indices, &indices->shape) &&
           set_array_output(lowering, &command, node->outputs[0], node->inputs[0]) &&
           append_command(lowering, node, node->name, &command);
}
