/* Shape rules of what works along axes: reductions, ArgMax, ArgMin, CumSum, TopK. */
#include "ir/shape_rule.h"

#include <inttypes.h>

/* The shape without the dimensions of the mask, or with them as 1. */
static struct shape reduced_shape(const struct shape *shape, const bool mask[MAX_RANK],
                                  bool keepdims) {
    struct shape result = {.rank = 0};
    for (int d = 0; d < shape->rank; d++)
        if (!mask[d] || keepdims)
            result.dims[result.rank++] = mask[d] ? 1 : shape->dims[d];
    return result;
}

static enum snv2_status reduce(struct node *node, struct tensor_type *outputs,
                               struct snv2_diagnostic *diagnostic) {
    const struct ReduceMean_attributes *attributes = &node->attributes.ReduceMean;
    const struct shape *input = &node->inputs[0]->shape;
    const struct value *axes = node_input(node, 1);
    bool mask[MAX_RANK] = {false};
    enum snv2_status status = SNV2_OK;
    if (axes)
        status = known_axes(node, diagnostic, 1, input->rank, mask);
    if (status != SNV2_OK)
        return status;
    if (!axes || shape_elements(&axes->shape) == 0)
        for (int d = 0; d < input->rank; d++)
            mask[d] = !attributes->noop_with_empty_axes;
    outputs[0].dtype = node->inputs[0]->dtype;
    outputs[0].shape = reduced_shape(input, mask, attributes->keepdims);
    return SNV2_OK;
}

static enum snv2_status reduce_number(struct node *node, struct tensor_type *outputs,
                                      struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = require_number(node, diagnostic);
    return status == SNV2_OK ? reduce(node, outputs, diagnostic) : status;
}

static enum snv2_status reduce_real(struct node *node, struct tensor_type *outputs,
                                    struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = require_real(node, diagnostic);
    return status == SNV2_OK ? reduce(node, outputs, diagnostic) : status;
}

SHAPE_RULE(ReduceL1, reduce_number)
SHAPE_RULE(ReduceL2, reduce_real)
SHAPE_RULE(ReduceLogSum, reduce_real)
SHAPE_RULE(ReduceLogSumExp, reduce_real)
SHAPE_RULE(ReduceMax, reduce)
SHAPE_RULE(ReduceMean, reduce_number)
SHAPE_RULE(ReduceMin, reduce)
SHAPE_RULE(ReduceProd, reduce_number)
SHAPE_RULE(ReduceSum, reduce_number)
SHAPE_RULE(ReduceSumSquare, reduce_number)

static enum snv2_status arg_extremum(struct node *node, struct tensor_type *outputs,
                                     struct snv2_diagnostic *diagnostic) {
    struct ArgMax_attributes *attributes = &node->attributes.ArgMax;
    const struct shape *input = &node->inputs[0]->shape;
    bool mask[MAX_RANK] = {false};
    enum snv2_status status = require_number(node, diagnostic);
    if (status == SNV2_OK)
        status = resolve_axis(node, diagnostic, &attributes->axis, input->rank);
    if (status != SNV2_OK)
        return status;
    mask[attributes->axis] = true;
    outputs[0].dtype = DTYPE_INT64;
    outputs[0].shape = reduced_shape(input, mask, attributes->keepdims);
    return SNV2_OK;
}

SHAPE_RULE(ArgMax, arg_extremum)
SHAPE_RULE(ArgMin, arg_extremum)

/* The one integer in input 1. */
static enum snv2_status known_integer(const struct node *node, struct snv2_diagnostic *diagnostic,
                                      const char *what, int64_t *integer) {
    struct tensor tensor;
    int64_t count;
    enum snv2_status status = known_integers(node, diagnostic, 1, what, &tensor, &count);
    if (status != SNV2_OK)
        return status;
    if (count != 1)
        return bad_model(node, diagnostic, "%s has %" PRId64 " elements; it must have 1", what,
                         count);
    *integer = tensor_int(&tensor, 0);
    return SNV2_OK;
}

enum snv2_status shape_CumSum(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    int64_t axis;
    enum snv2_status status = require_number(node, diagnostic);
    if (status == SNV2_OK)
        status = known_integer(node, diagnostic, "axis", &axis);
    outputs[0] = type_of(node->inputs[0]);
    return status == SNV2_OK ? resolve_axis(node, diagnostic, &axis, outputs[0].shape.rank)
                             : status;
}

enum snv2_status shape_TopK(struct node *node, struct tensor_type *outputs,
                            struct snv2_diagnostic *diagnostic) {
    struct TopK_attributes *attributes = &node->attributes.TopK;
    struct tensor_type result = type_of(node->inputs[0]);
    int64_t k;
    enum snv2_status status;
    if ((status = require_number(node, diagnostic)) != SNV2_OK ||
        (status = resolve_axis(node, diagnostic, &attributes->axis, result.shape.rank)) !=
            SNV2_OK ||
        (status = known_integer(node, diagnostic, "K", &k)) != SNV2_OK)
        return status;
    int64_t *dim = &result.shape.dims[attributes->axis];
    if (k < 0 || k > *dim)
        return bad_model(node, diagnostic,
                         "K is %" PRId64 "; axis %" PRId64 " has %" PRId64 " elements", k,
                         attributes->axis, *dim);
    *dim = k;
    for (int i = 0; i < node->output_count; i++)
        outputs[i] = result;
    if (node->output_count > 1)
        outputs[1].dtype = DTYPE_INT64;
    return SNV2_OK;
}
