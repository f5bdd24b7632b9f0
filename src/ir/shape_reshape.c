/* Shape rules of operators that give the same elements other dimensions (Reshape, Flatten, Squeeze,
 * Unsqueeze), and of Shape and ConstantOfShape. */
#include "ir/shape_rule.h"

#include "base/checked.h"

#include <inttypes.h>
#include <math.h>

/* The dims that the operand asks for, with 0 (the input's) resolved; *unknown is the place of -1,
 * or -1. */
static enum snv2_status requested_dims(const struct node *node, struct shape *result, int *unknown,
                                       struct snv2_diagnostic *diagnostic) {
    const struct shape *input = &node->inputs[0]->shape;
    bool allowzero = node->attributes.Reshape.allowzero != 0, has_zero = false;
    struct tensor dims;
    int64_t count;
    *unknown = -1;
    enum snv2_status status = known_integers(node, diagnostic, 1, "shape", &dims, &count);
    if (status != SNV2_OK)
        return status;
    if (count > MAX_RANK)
        return unsupported(node, diagnostic,
                           "the shape has %" PRId64 " dimensions; %d are supported", count,
                           MAX_RANK);
    result->rank = (int32_t)count;
    for (int d = 0; d < result->rank; d++) {
        int64_t dim = tensor_int(&dims, d);
        has_zero |= dim == 0;
        if (dim < -1)
            return bad_model(node, diagnostic, "shape[%d] is %" PRId64, d, dim);
        if (dim == -1 && *unknown >= 0)
            return bad_model(node, diagnostic, "shape has -1 at %d and at %d", *unknown, d);
        if (dim == 0 && !allowzero && d >= input->rank)
            return bad_model(node, diagnostic,
                             "shape[%d] is 0, but the input has no dimension %d to copy", d, d);
        if (dim == -1)
            *unknown = d;
        result->dims[d] = dim == 0 && !allowzero ? input->dims[d] : dim;
    }
    if (allowzero && has_zero && *unknown >= 0)
        return bad_model(node, diagnostic, "shape has both 0 and -1 with allowzero");
    return SNV2_OK;
}

enum snv2_status shape_Reshape(struct node *node, struct tensor_type *outputs,
                               struct snv2_diagnostic *diagnostic) {
    const struct shape *input = &node->inputs[0]->shape;
    struct shape result;
    int unknown;
    enum snv2_status status = requested_dims(node, &result, &unknown, diagnostic);
    if (status != SNV2_OK)
        return status;
    uint64_t elements = (uint64_t)shape_elements(input), known = 1;
    bool fits = true;
    for (int d = 0; d < result.rank; d++)
        if (d != unknown)
            fits = fits && checked_mul(known, (uint64_t)result.dims[d], &known);
    if (fits && unknown >= 0 && known > 0 && elements % known == 0)
        result.dims[unknown] = (int64_t)(elements / known);
    else if (!fits || unknown >= 0 || known != elements) {
        char from[SHAPE_TEXT], to[SHAPE_TEXT];
        return bad_model(node, diagnostic, "cannot reshape %s (%" PRIu64 " elements) to %s",
                         shape_format(input, from), elements, shape_format(&result, to));
    }
    outputs[0] = (struct tensor_type){node->inputs[0]->dtype, result};
    return SNV2_OK;
}

enum snv2_status shape_Flatten(struct node *node, struct tensor_type *outputs,
                               struct snv2_diagnostic *diagnostic) {
    const struct shape *input = &node->inputs[0]->shape;
    int64_t *axis = &node->attributes.Flatten.axis;
    if (*axis != input->rank) { /* behind the last dimension is allowed too */
        enum snv2_status status = resolve_axis(node, diagnostic, axis, input->rank);
        if (status != SNV2_OK)
            return status;
    }
    int split = (int)*axis;
    outputs[0].dtype = node->inputs[0]->dtype;
    outputs[0].shape = (struct shape){
        .rank = 2,
        .dims = {shape_product(input, 0, split), shape_product(input, split, input->rank)}};
    return SNV2_OK;
}

enum snv2_status shape_Squeeze(struct node *node, struct tensor_type *outputs,
                               struct snv2_diagnostic *diagnostic) {
    const struct shape *input = &node->inputs[0]->shape;
    bool mask[MAX_RANK];
    enum snv2_status status = SNV2_OK;
    if (node_input(node, 1))
        status = known_axes(node, diagnostic, 1, input->rank, mask);
    else
        for (int d = 0; d < input->rank; d++)
            mask[d] = input->dims[d] == 1;
    if (status != SNV2_OK)
        return status;
    struct shape result = {.rank = 0};
    for (int d = 0; d < input->rank; d++) {
        if (mask[d] && input->dims[d] != 1)
            return bad_model(node, diagnostic, "axis %d has %" PRId64 " elements; it must have 1",
                             d, input->dims[d]);
        if (!mask[d])
            result.dims[result.rank++] = input->dims[d];
    }
    outputs[0] = (struct tensor_type){node->inputs[0]->dtype, result};
    return SNV2_OK;
}

enum snv2_status shape_Unsqueeze(struct node *node, struct tensor_type *outputs,
                                 struct snv2_diagnostic *diagnostic) {
    const struct shape *input = &node->inputs[0]->shape;
    struct tensor axes;
    int64_t count;
    bool mask[MAX_RANK];
    enum snv2_status status = known_integers(node, diagnostic, 1, "axes", &axes, &count);
    if (status != SNV2_OK)
        return status;
    if (count > MAX_RANK - input->rank)
        return unsupported(node, diagnostic,
                           "%" PRId64 " axes more than the input's %d; %d are supported", count,
                           input->rank, MAX_RANK);
    struct shape result = {.rank = input->rank + (int32_t)count};
    status = known_axes(node, diagnostic, 1, result.rank, mask);
    if (status != SNV2_OK)
        return status;
    for (int d = 0, from = 0; d < result.rank; d++)
        result.dims[d] = mask[d] ? 1 : input->dims[from++];
    outputs[0] = (struct tensor_type){node->inputs[0]->dtype, result};
    return SNV2_OK;
}

enum snv2_status shape_Shape(struct node *node, struct tensor_type *outputs,
                             struct snv2_diagnostic *diagnostic) {
    (void)diagnostic;
    int rank = node->inputs[0]->shape.rank;
    int64_t *bounds[] = {&node->attributes.Shape.start, &node->attributes.Shape.end};
    for (int i = 0; i < 2; i++) { /* clamped, as ONNX has it: nothing is out of range */
        int64_t bound = *bounds[i] < 0 ? *bounds[i] + rank : *bounds[i];
        *bounds[i] = bound < 0 ? 0 : bound > rank ? rank : bound;
    }
    int64_t length = *bounds[1] - *bounds[0];
    outputs[0].dtype = DTYPE_INT64;
    outputs[0].shape = (struct shape){.rank = 1, .dims = {length > 0 ? length : 0}};
    return SNV2_OK;
}

enum snv2_status shape_ConstantOfShape(struct node *node, struct tensor_type *outputs,
                                       struct snv2_diagnostic *diagnostic) {
    const struct tensor *value = node->attributes.ConstantOfShape.value;
    struct tensor dims;
    int64_t count;
    enum snv2_status status = known_integers(node, diagnostic, 0, "the input", &dims, &count);
    if (status != SNV2_OK)
        return status;
    if (count > MAX_RANK)
        return unsupported(node, diagnostic, "%" PRId64 " dimensions; %d are supported", count,
                           MAX_RANK);
    if (value && shape_elements(&value->shape) != 1)
        return bad_model(node, diagnostic, "value has %" PRId64 " elements; it must have 1",
                         shape_elements(&value->shape));
    outputs[0].dtype = value ? value->dtype : DTYPE_FLOAT32;
    outputs[0].shape.rank = (int32_t)count;
    for (int d = 0; d < count; d++) {
        int64_t dim = outputs[0].shape.dims[d] = tensor_int(&dims, d);
        if (dim < 0)
            return bad_model(node, diagnostic, "dimension %d is %" PRId64, d, dim);
    }
    return SNV2_OK;
}

enum snv2_status shape_Size(struct node *node, struct tensor_type *outputs,
                            struct snv2_diagnostic *diagnostic) {
    (void)node, (void)diagnostic;
    outputs[0] = (struct tensor_type){DTYPE_INT64, {.rank = 0}};
    return SNV2_OK;
}

/* How many of start, start + delta, ... lie before limit. */
static enum snv2_status range_count(const struct node *node, int64_t *count,
                                    struct snv2_diagnostic *diagnostic) {
    struct tensor bounds[3];
    for (int i = 0; i < 3; i++)
        bounds[i] = value_tensor(node->inputs[i]);
    if (dtype_is_real(node->inputs[0]->dtype)) {
        double start = tensor_real(&bounds[0], 0), limit = tensor_real(&bounds[1], 0);
        double delta = tensor_real(&bounds[2], 0), steps = ceil((limit - start) / delta);
        if (!(steps < 0x1p40))
            return bad_model(node, diagnostic, "start %g, limit %g and delta %g give no range",
                             start, limit, delta);
        *count = steps > 0 ? (int64_t)steps : 0;
        return SNV2_OK;
    }
    int64_t start = tensor_int(&bounds[0], 0), limit = tensor_int(&bounds[1], 0);
    int64_t delta = tensor_int(&bounds[2], 0);
    if (delta == 0)
        return bad_model(node, diagnostic, "delta is 0");
    uint64_t step = delta > 0 ? (uint64_t)delta : -(uint64_t)delta;
    uint64_t distance =
        delta > 0 ? (uint64_t)limit - (uint64_t)start : (uint64_t)start - (uint64_t)limit;
    bool is_empty = delta > 0 ? limit <= start : limit >= start;
    uint64_t steps = is_empty ? 0 : (distance - 1) / step + 1;
    if (steps > INT64_MAX)
        return bad_model(node, diagnostic, "the range has over 2^63 elements");
    *count = (int64_t)steps;
    return SNV2_OK;
}

enum snv2_status shape_Range(struct node *node, struct tensor_type *outputs,
                             struct snv2_diagnostic *diagnostic) {
    static const char *const names[] = {"start", "limit", "delta"};
    enum snv2_status status;
    if ((status = require_number(node, diagnostic)) != SNV2_OK ||
        (status = require_same_type(node, diagnostic, 1, 2)) != SNV2_OK)
        return status;
    for (int i = 0; i < 3; i++) {
        const struct value *bound = node->inputs[i];
        if (bound->shape.rank > 1 || shape_elements(&bound->shape) != 1)
            return bad_model(node, diagnostic, "%s must be a scalar", names[i]);
        if (!value_is_constant(bound))
            return unsupported(node, diagnostic,
                               "%s ('%s') depends on the data; it must be known at conversion",
                               names[i], shown(bound->name).text);
    }
    outputs[0].dtype = node->inputs[0]->dtype;
    outputs[0].shape.rank = 1;
    return range_count(node, &outputs[0].shape.dims[0], diagnostic);
}
