/* Shape rules of operators that compute element by element, with broadcasting where there are two
 * operands: Add, Sub, Mul, Div, Relu, Clip, Cast, Identity, BatchNormalization. */
#include "ir/shape_rule.h"

#include <inttypes.h>
#include <string.h>

enum snv2_status broadcast(const struct node *node, struct snv2_diagnostic *diagnostic,
                           const struct shape *a, const struct shape *b, struct shape *result) {
    struct shape shape = {.rank = a->rank > b->rank ? a->rank : b->rank};
    for (int i = 1; i <= shape.rank; i++) {
        int64_t left = i <= a->rank ? a->dims[a->rank - i] : 1;
        int64_t right = i <= b->rank ? b->dims[b->rank - i] : 1;
        if (left != right && left != 1 && right != 1) {
            char text_a[SHAPE_TEXT], text_b[SHAPE_TEXT];
            return bad_model(node, diagnostic, "the shapes %s and %s do not broadcast",
                             shape_format(a, text_a), shape_format(b, text_b));
        }
        shape.dims[shape.rank - i] = left == 1 ? right : left;
    }
    *result = shape;
    return SNV2_OK;
}

static enum snv2_status require_number(const struct node *node,
                                       struct snv2_diagnostic *diagnostic) {
    if (node->inputs[0]->dtype == DTYPE_BOOL)
        return bad_model(node, diagnostic, "the input is bool; it must be a number");
    return SNV2_OK;
}

static enum snv2_status shape_arithmetic(struct node *node, struct tensor_type *outputs,
                                         struct snv2_diagnostic *diagnostic) {
    enum snv2_status status;
    if ((status = require_number(node, diagnostic)) != SNV2_OK ||
        (status = require_same_type(node, diagnostic, 1, 1)) != SNV2_OK)
        return status;
    outputs[0].dtype = node->inputs[0]->dtype;
    return broadcast(node, diagnostic, &node->inputs[0]->shape, &node->inputs[1]->shape,
                     &outputs[0].shape);
}

enum snv2_status shape_Add(struct node *node, struct tensor_type *outputs,
                           struct snv2_diagnostic *diagnostic) {
    return shape_arithmetic(node, outputs, diagnostic);
}

enum snv2_status shape_Sub(struct node *node, struct tensor_type *outputs,
                           struct snv2_diagnostic *diagnostic) {
    return shape_arithmetic(node, outputs, diagnostic);
}

enum snv2_status shape_Mul(struct node *node, struct tensor_type *outputs,
                           struct snv2_diagnostic *diagnostic) {
    return shape_arithmetic(node, outputs, diagnostic);
}

enum snv2_status shape_Div(struct node *node, struct tensor_type *outputs,
                           struct snv2_diagnostic *diagnostic) {
    return shape_arithmetic(node, outputs, diagnostic);
}

enum snv2_status shape_Relu(struct node *node, struct tensor_type *outputs,
                            struct snv2_diagnostic *diagnostic) {
    outputs[0] = type_of(node->inputs[0]);
    return require_number(node, diagnostic);
}

enum snv2_status shape_Clip(struct node *node, struct tensor_type *outputs,
                            struct snv2_diagnostic *diagnostic) {
    static const char *const names[] = {"", "min", "max"};
    const struct value *low = node_input(node, 1), *high = node_input(node, 2);
    enum snv2_status status;
    if ((status = require_number(node, diagnostic)) != SNV2_OK ||
        (status = require_same_type(node, diagnostic, 1, 2)) != SNV2_OK)
        return status;
    for (int i = 1; i <= 2; i++) {
        const struct value *bound = node_input(node, i);
        if (!bound)
            continue;
        if (bound->shape.rank > 1 || shape_elements(&bound->shape) != 1)
            return bad_model(node, diagnostic, "%s must be a scalar", names[i]);
        struct tensor tensor = value_tensor(bound);
        double value = value_is_constant(bound) ? tensor_real(&tensor, 0) : 0;
        if (value != value)
            return bad_model(node, diagnostic, "%s is not a number", names[i]);
    }
    if (low && high && value_is_constant(low) && value_is_constant(high)) {
        struct tensor min = value_tensor(low), max = value_tensor(high);
        if (tensor_real(&min, 0) > tensor_real(&max, 0))
            return bad_model(node, diagnostic, "min %g is over max %g", tensor_real(&min, 0),
                             tensor_real(&max, 0));
    }
    outputs[0] = type_of(node->inputs[0]);
    return SNV2_OK;
}

enum snv2_status shape_Cast(struct node *node, struct tensor_type *outputs,
                            struct snv2_diagnostic *diagnostic) {
    enum { NEWEST_TYPE = 26 }; /* TensorProto.DataType ends here */
    int64_t to = node->attributes.Cast.to;
    if (to < 1 || to > NEWEST_TYPE)
        return bad_model(node, diagnostic, "to is %" PRId64 ", which is no element type", to);
    outputs[0] = type_of(node->inputs[0]);
    outputs[0].dtype = dtype_of_number((int32_t)to);
    if (outputs[0].dtype == DTYPE_NONE)
        return unsupported(node, diagnostic, "element type number %" PRId64 " is not supported",
                           to);
    return SNV2_OK;
}

enum snv2_status shape_Identity(struct node *node, struct tensor_type *outputs,
                                struct snv2_diagnostic *diagnostic) {
    (void)diagnostic;
    outputs[0] = type_of(node->inputs[0]);
    return SNV2_OK;
}

enum snv2_status shape_BatchNormalization(struct node *node, struct tensor_type *outputs,
                                          struct snv2_diagnostic *diagnostic) {
    static const char *const names[] = {"X", "scale", "B", "input_mean", "input_var"};
    enum snv2_status status;
    if ((status = require_real(node, diagnostic)) != SNV2_OK ||
        (status = require_rank(node, diagnostic, 2, MAX_RANK)) != SNV2_OK)
        return status;
    if (node->output_count > 1)
        return unsupported(node, diagnostic, "the outputs of training are not supported");
    int64_t channels = node->inputs[0]->shape.dims[1];
    for (int i = 1; i <= 4; i++) {
        const struct value *input = node->inputs[i];
        char text[SHAPE_TEXT];
        if (!dtype_is_real(input->dtype))
            return bad_model(node, diagnostic, "%s is %s; it must be real", names[i],
                             dtype_name(input->dtype));
        if (input->shape.rank != 1 || input->shape.dims[0] != channels)
            return bad_model(node, diagnostic, "%s has shape %s; it must be [%" PRId64 "]",
                             names[i], shape_format(&input->shape, text), channels);
    }
    float epsilon = node->attributes.BatchNormalization.epsilon;
    if (!(epsilon >= 0 && epsilon < 1e30f))
        return bad_model(node, diagnostic, "epsilon is %g", epsilon);
    outputs[0] = type_of(node->inputs[0]);
    return SNV2_OK;
}
