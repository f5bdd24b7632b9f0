/* Softmax and LogSoftmax, over one axis. */
#include "lower/lower.h"

/* Below opset 13 all axes from one on are one: the only one of them that has more than one element,
 * or NO_AXIS. */
enum { NO_AXIS = -1 };
static int softmax_axis(const struct node *node) {
    const struct Softmax_attributes *softmax = &node->attributes.Softmax;
    const struct shape *shape = &node->inputs[0]->shape;
    int axis = (int)softmax->axis;
    if (!softmax->over_rest)
        return axis;
    for (int i = axis + 1; i < shape->rank; i++) {
        if (shape->dims[i] > 1 && shape->dims[axis] > 1)
            return NO_AXIS;
        if (shape->dims[i] > 1)
            axis = i;
    }
    return axis;
}

const char *refuse_softmax(const struct node *node) {
    return softmax_axis(node) == NO_AXIS ? "over several axes" : NULL;
}

bool lower_softmax(struct lowering *lowering, const struct node *node) {
    const struct value *input = node->inputs[0];
    const struct snv2_blob_tensor *place = store_whole(lowering, input);
    struct snv2_blob_command command = new_command(SNV2_OPCODE_SOFTMAX);
    command.mode = node->op == OP_LogSoftmax ? SNV2_SOFTMAX_LOG : 0;
    command.axis = (uint32_t)(softmax_axis(node) + (input->shape.rank < 2));
    return place && set_array_operand(lowering, &command, 0, input, &input->shape) &&
           set_array_output(lowering, &command, node->outputs[0], input) &&
           append_command(lowering, node, node->name, &command);
}
