/* Shape rule of reductions: ReduceMean. */
#include "ir/shape_rule.h"

enum snv2_status shape_ReduceMean(struct node *node, struct tensor_type *outputs,
                                  struct snv2_diagnostic *diagnostic) {
    const struct ReduceMean_attributes *reduce = &node->attributes.ReduceMean;
    const struct shape *input = &node->inputs[0]->shape;
    const struct value *axes = node_input(node, 1);
    bool mask[MAX_RANK] = {false};
    enum snv2_status status = require_real(node, diagnostic);
    if (status == SNV2_OK && axes)
        status = known_axes(node, diagnostic, 1, input->rank, mask);
    if (status != SNV2_OK)
        return status;
    if (!axes || shape_elements(&axes->shape) == 0)
        for (int d = 0; d < input->rank; d++)
            mask[d] = !reduce->noop_with_empty_axes;
    struct shape result = {.rank = 0};
    for (int d = 0; d < input->rank; d++)
        if (!mask[d] || reduce->keepdims)
            result.dims[result.rank++] = mask[d] ? 1 : input->dims[d];
    outputs[0] = (struct tensor_type){node->inputs[0]->dtype, result};
    return SNV2_OK;
}
