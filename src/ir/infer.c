/* Dispatch to the shape rules, and the checks that are the same for all of them. */
#include "ir/shape_rule.h"

#include <stdlib.h>

static shape_rule *const rules[OP_COUNT] = {
#define OP(name, ...) [OP_##name] = shape_##name,
#include "ir/ops.def"
#undef OP
};

/* A count that the operator table allows, nothing required omitted, every operand with a type. */
static enum snv2_status check_operands(const struct node *node,
                                       struct snv2_diagnostic *diagnostic) {
    const struct op_info *info = &op_infos[node->op];
    if (node->input_count > info->inputs_max)
        return bad_model(node, diagnostic, "has %d inputs; there can be %d at most",
                         node->input_count, info->inputs_max);
    if (node->output_count < 1 || node->output_count > info->outputs_max)
        return bad_model(node, diagnostic, "has %d outputs; there can be 1 to %d",
                         node->output_count, info->outputs_max);
    int required = info->inputs_max == ANY && node->input_count > info->inputs_min
                       ? node->input_count
                       : info->inputs_min;
    for (int i = 0; i < required; i++)
        if (!node_input(node, i))
            return bad_model(node, diagnostic, "input %d of %d required ones is missing", i + 1,
                             required);
    for (int i = 0; i < node->output_count; i++)
        if (!node->outputs[i])
            return bad_model(node, diagnostic, "output %d has no name", i + 1);
    for (int i = 0; i < node->input_count; i++) {
        const struct value *input = node->inputs[i];
        if (input && (input->shape.rank == SHAPE_UNKNOWN || input->dtype == DTYPE_NONE))
            return diagnose_node(diagnostic, SNV2_INTERNAL, node->name, info->name,
                                 "the type of input '%s' is not inferred yet",
                                 shown(input->name).text);
    }
    return SNV2_OK;
}

/* An empty list is a legal result of a shape computation; an empty feature map is a mistake. */
static enum snv2_status check_output(const struct node *node, int index,
                                     const struct tensor_type *type,
                                     struct snv2_diagnostic *diagnostic) {
    char text[SHAPE_TEXT];
    if (!shape_is_valid(&type->shape))
        return bad_model(node, diagnostic, "the shape %s of output %d is too large",
                         shape_format(&type->shape, text), index + 1);
    if (dtype_is_real(type->dtype) && type->shape.rank > 1 && shape_elements(&type->shape) == 0)
        return bad_model(node, diagnostic, "output %d has shape %s: no elements", index + 1,
                         shape_format(&type->shape, text));
    return SNV2_OK;
}

enum snv2_status infer_types(struct node *node, struct tensor_type *outputs,
                             struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = check_operands(node, diagnostic);
    if (status == SNV2_OK)
        status = rules[node->op](node, outputs, diagnostic);
    for (int i = 0; status == SNV2_OK && i < node->output_count; i++)
        status = check_output(node, i, &outputs[i], diagnostic);
    return status;
}

/* Gives the value its type, or compares with the one it has. */
static enum snv2_status set_type(const struct node *node, struct value *value,
                                 const struct tensor_type *type,
                                 struct snv2_diagnostic *diagnostic) {
    char declared[SHAPE_TEXT], inferred[SHAPE_TEXT];
    bool same_dtype = value->dtype == DTYPE_NONE || value->dtype == type->dtype;
    bool same_shape =
        value->shape.rank == SHAPE_UNKNOWN || shape_equal(&value->shape, &type->shape);
    if (!same_dtype || !same_shape)
        return bad_model(node, diagnostic, "output '%s' is declared as %s%s but is %s%s",
                         shown(value->name).text, dtype_name(value->dtype),
                         shape_format(&value->shape, declared), dtype_name(type->dtype),
                         shape_format(&type->shape, inferred));
    value->dtype = type->dtype;
    value->shape = type->shape;
    return SNV2_OK;
}

enum snv2_status infer_node(struct graph *graph, struct node *node,
                            struct snv2_diagnostic *diagnostic) {
    (void)graph;
    struct tensor_type *types = calloc((size_t)node->output_count + 1, sizeof *types);
    if (!types)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = infer_types(node, types, diagnostic);
    for (int i = 0; status == SNV2_OK && i < node->output_count; i++)
        status = set_type(node, node->outputs[i], &types[i], diagnostic);
    free(types);
    return status;
}

enum snv2_status require_same_type(const struct node *node, struct snv2_diagnostic *diagnostic,
                                   int first, int last) {
    enum dtype dtype = node->inputs[0]->dtype;
    for (int i = first; i <= last; i++) {
        const struct value *input = node_input(node, i);
        if (input && input->dtype != dtype)
            return bad_model(node, diagnostic, "inputs 1 and %d have types %s and %s", i + 1,
                             dtype_name(dtype), dtype_name(input->dtype));
    }
    return SNV2_OK;
}

enum snv2_status require_real(const struct node *node, struct snv2_diagnostic *diagnostic) {
    enum dtype dtype = node->inputs[0]->dtype;
    if (!dtype_is_real(dtype))
        return unsupported(node, diagnostic, "the input is %s; only real types are supported",
                           dtype_name(dtype));
    return SNV2_OK;
}

enum snv2_status require_rank(const struct node *node, struct snv2_diagnostic *diagnostic, int low,
                              int high) {
    int rank = node->inputs[0]->shape.rank;
    if (rank < low)
        return bad_model(node, diagnostic, "the input has %d dimensions; at least %d are needed",
                         rank, low);
    if (rank > high)
        return unsupported(node, diagnostic, "the input has %d dimensions; %d are supported", rank,
                           high);
    return SNV2_OK;
}

enum snv2_status require_number(const struct node *node, struct snv2_diagnostic *diagnostic) {
    if (node->inputs[0]->dtype == DTYPE_BOOL)
        return bad_model(node, diagnostic, "the input is bool; it must be a number");
    return SNV2_OK;
}
