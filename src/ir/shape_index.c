/* Shape rules of what goes by positions: GatherElements, GatherND, OneHot, EyeLike, Trilu. */
#include "ir/shape_rule.h"

#include <inttypes.h>

enum snv2_status shape_GatherElements(struct node *node, struct tensor_type *outputs,
                                      struct snv2_diagnostic *diagnostic) {
    int64_t *axis = &node->attributes.GatherElements.axis;
    const struct shape *data = &node->inputs[0]->shape, *indices = &node->inputs[1]->shape;
    enum snv2_status status;
    if ((status = resolve_axis(node, diagnostic, axis, data->rank)) != SNV2_OK ||
        (status = check_indices(node, data->dims[*axis], diagnostic)) != SNV2_OK)
        return status;
    if (indices->rank != data->rank)
        return bad_model(node, diagnostic, "indices has %d dimensions, data has %d", indices->rank,
                         data->rank);
    for (int d = 0; d < data->rank; d++) {
        if (d != *axis && indices->dims[d] > data->dims[d])
            return bad_model(node, diagnostic,
                             "indices has %" PRId64 " elements on axis %d, data has %" PRId64,
                             indices->dims[d], d, data->dims[d]);
    }
    outputs[0] = (struct tensor_type){node->inputs[0]->dtype, *indices};
    return SNV2_OK;
}

enum snv2_status shape_GatherND(struct node *node, struct tensor_type *outputs,
                                struct snv2_diagnostic *diagnostic) {
    const struct shape *data = &node->inputs[0]->shape, *indices = &node->inputs[1]->shape;
    int64_t batch = node->attributes.GatherND.batch_dims;
    int last = indices->rank - 1;
    if (node->inputs[1]->dtype != DTYPE_INT64)
        return bad_model(node, diagnostic, "indices is %s; it must be int64",
                         dtype_name(node->inputs[1]->dtype));
    if (batch < 0 || batch > last || batch >= data->rank)
        return bad_model(node, diagnostic, "batch_dims is %" PRId64, batch);
    int64_t indexed = indices->dims[last], rest = data->rank - batch - indexed;
    if (indexed < 1 || rest < 0)
        return bad_model(node, diagnostic, "%" PRId64 " indices for each element of rank %d",
                         indexed, data->rank);
    if (last + rest > MAX_RANK)
        return unsupported(node, diagnostic,
                           "the output has %" PRId64 " dimensions; %d are "
                           "supported",
                           last + rest, MAX_RANK);
    for (int d = 0; d < batch; d++)
        if (data->dims[d] != indices->dims[d])
            return bad_model(node, diagnostic, "data and indices differ on batch axis %d", d);
    struct shape result = {.rank = last};
    for (int d = 0; d < last; d++)
        result.dims[d] = indices->dims[d];
    for (int d = (int)(batch + indexed); d < data->rank; d++)
        result.dims[result.rank++] = data->dims[d];
    outputs[0] = (struct tensor_type){node->inputs[0]->dtype, result};
    return SNV2_OK;
}

enum snv2_status shape_OneHot(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    int64_t *axis = &node->attributes.OneHot.axis;
    const struct shape *indices = &node->inputs[0]->shape;
    const struct value *depth = node->inputs[1], *values = node->inputs[2];
    enum snv2_status status = require_number(node, diagnostic);
    if (status == SNV2_OK)
        status = resolve_axis(node, diagnostic, axis, indices->rank + 1);
    if (status != SNV2_OK)
        return status;
    if (indices->rank == MAX_RANK)
        return unsupported(node, diagnostic, "the output has %d dimensions; %d are supported",
                           MAX_RANK + 1, MAX_RANK);
    if (depth->shape.rank > 1 || shape_elements(&depth->shape) != 1)
        return bad_model(node, diagnostic, "depth must be a scalar");
    if (!value_is_constant(depth))
        return unsupported(node, diagnostic,
                           "depth ('%s') depends on the data; it must be known at conversion",
                           shown(depth->name).text);
    if (values->shape.rank != 1 || values->shape.dims[0] != 2)
        return bad_model(node, diagnostic, "values must be [off_value, on_value]");
    struct tensor tensor = value_tensor(depth);
    double count = tensor_real(&tensor, 0);
    if (!(count >= 1 && count <= INT32_MAX))
        return bad_model(node, diagnostic, "depth is %g", count);
    outputs[0] = (struct tensor_type){values->dtype, {.rank = indices->rank + 1}};
    for (int d = 0; d <= indices->rank; d++)
        outputs[0].shape.dims[d] = d < *axis   ? indices->dims[d]
                                   : d > *axis ? indices->dims[d - 1]
                                               : (int64_t)count;
    return SNV2_OK;
}

enum snv2_status shape_EyeLike(struct node *node, struct tensor_type *outputs,
                               struct snv2_diagnostic *diagnostic) {
    int64_t number = node->attributes.EyeLike.dtype;
    outputs[0] = type_of(node->inputs[0]);
    if (outputs[0].shape.rank != 2)
        return bad_model(node, diagnostic, "the input has %d dimensions; it must have 2",
                         outputs[0].shape.rank);
    if (number != 0)
        outputs[0].dtype =
            number > 0 && number <= INT32_MAX ? dtype_of_number((int32_t)number) : DTYPE_NONE;
    if (outputs[0].dtype == DTYPE_NONE)
        return unsupported(node, diagnostic, "element type number %" PRId64 " is not supported",
                           number);
    return SNV2_OK;
}

enum snv2_status shape_Trilu(struct node *node, struct tensor_type *outputs,
                             struct snv2_diagnostic *diagnostic) {
    const struct value *k = node_input(node, 1);
    outputs[0] = type_of(node->inputs[0]);
    if (outputs[0].shape.rank < 2)
        return bad_model(node, diagnostic, "the input has %d dimensions; at least 2 are needed",
                         outputs[0].shape.rank);
    if (!k)
        return SNV2_OK;
    struct tensor integers;
    int64_t count;
    enum snv2_status status = known_integers(node, diagnostic, 1, "k", &integers, &count);
    if (status == SNV2_OK && count != 1)
        return bad_model(node, diagnostic, "k has %" PRId64 " elements; it must have 1", count);
    return status;
}
