/* Shape rules of QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear, and what those of
 * quantized convolutions and products ask. */
#include "ir/shape_rule.h"

#include <inttypes.h>

static bool is_quantized(enum dtype dtype) {
    return dtype == DTYPE_UINT8 || dtype == DTYPE_INT8 || dtype == DTYPE_UINT16 ||
           dtype == DTYPE_INT16;
}

/* Scale and zero point: one number, or one for each element of the axis. */
static enum snv2_status check_parameters(const struct node *node, int64_t *axis, int64_t block_size,
                                         struct snv2_diagnostic *diagnostic) {
    static const char *const names[] = {"", "the scale", "the zero point"};
    const struct shape *x = &node->inputs[0]->shape;
    if (block_size != 0)
        return unsupported(node, diagnostic, "blocks of %" PRId64 " are not supported", block_size);
    for (int i = 1; i <= 2; i++) {
        const struct value *parameter = node_input(node, i);
        if (!parameter || shape_elements(&parameter->shape) == 1)
            continue;
        enum snv2_status status = resolve_axis(node, diagnostic, axis, x->rank);
        if (status != SNV2_OK)
            return status;
        if (parameter->shape.rank != 1 || parameter->shape.dims[0] != x->dims[*axis]) {
            char text[SHAPE_TEXT];
            return bad_model(node, diagnostic,
                             "%s has shape %s; axis %" PRId64 " has %" PRId64 " elements", names[i],
                             shape_format(&parameter->shape, text), *axis, x->dims[*axis]);
        }
    }
    if (!dtype_is_real(node->inputs[1]->dtype))
        return bad_model(node, diagnostic, "the scale is %s; it must be real",
                         dtype_name(node->inputs[1]->dtype));
    return SNV2_OK;
}

enum snv2_status shape_QuantizeLinear(struct node *node, struct tensor_type *outputs,
                                      struct snv2_diagnostic *diagnostic) {
    struct QuantizeLinear_attributes *attributes = &node->attributes.QuantizeLinear;
    const struct value *zero = node_input(node, 2);
    enum dtype given = dtype_of_number((int32_t)attributes->output_dtype);
    enum dtype dtype = zero ? zero->dtype : attributes->output_dtype ? given : DTYPE_UINT8;
    if (!is_quantized(dtype))
        return unsupported(node, diagnostic, "the result is of another type than 8 or 16 bits");
    outputs[0] = (struct tensor_type){dtype, node->inputs[0]->shape};
    return check_parameters(node, &attributes->axis, attributes->block_size, diagnostic);
}

enum snv2_status shape_DequantizeLinear(struct node *node, struct tensor_type *outputs,
                                        struct snv2_diagnostic *diagnostic) {
    struct DequantizeLinear_attributes *attributes = &node->attributes.DequantizeLinear;
    enum dtype from = node->inputs[0]->dtype;
    const struct value *zero = node_input(node, 2);
    if (!is_quantized(from) && from != DTYPE_INT32)
        return bad_model(node, diagnostic, "the input is %s; it must be an integer",
                         dtype_name(from));
    if (zero && zero->dtype != from)
        return bad_model(node, diagnostic, "the zero point is %s and the input %s",
                         dtype_name(zero->dtype), dtype_name(from));
    outputs[0] = (struct tensor_type){node->inputs[1]->dtype, node->inputs[0]->shape};
    return check_parameters(node, &attributes->axis, attributes->block_size, diagnostic);
}

enum snv2_status require_8_bits(const struct node *node, struct snv2_diagnostic *diagnostic,
                                int index) {
    enum dtype dtype = node->inputs[index]->dtype;
    if (dtype != DTYPE_UINT8 && dtype != DTYPE_INT8)
        return bad_model(node, diagnostic, "input %d is %s; it must be uint8 or int8", index,
                         dtype_name(dtype));
    return SNV2_OK;
}

enum snv2_status require_parameter(const struct node *node, struct snv2_diagnostic *diagnostic,
                                   int index, int64_t count) {
    const struct value *parameter = node_input(node, index);
    if (!parameter || shape_elements(&parameter->shape) == 1)
        return SNV2_OK;
    char text[SHAPE_TEXT];
    if (count == 0)
        return bad_model(node, diagnostic, "input %d has shape %s; it must be one number", index,
                         shape_format(&parameter->shape, text));
    if (parameter->shape.rank != 1 || parameter->shape.dims[0] != count)
        return bad_model(node, diagnostic,
                         "input %d has shape %s; it must be one number or [%" PRId64 "]", index,
                         shape_format(&parameter->shape, text), count);
    return SNV2_OK;
}

enum snv2_status require_zero_point(const struct node *node, struct snv2_diagnostic *diagnostic,
                                    int index, int of) {
    const struct value *zero = node_input(node, index), *x = node->inputs[of];
    if (zero && zero->dtype != x->dtype)
        return bad_model(node, diagnostic, "the zero point in input %d is %s and input %d %s",
                         index, dtype_name(zero->dtype), of, dtype_name(x->dtype));
    return SNV2_OK;
}

enum snv2_status require_scale(const struct node *node, struct snv2_diagnostic *diagnostic,
                               int index) {
    enum dtype dtype = node->inputs[index]->dtype;
    if (dtype != DTYPE_FLOAT32)
        return bad_model(node, diagnostic, "the scale in input %d is %s; it must be float32", index,
                         dtype_name(dtype));
    return SNV2_OK;
}

enum snv2_status shape_DynamicQuantizeLinear(struct node *node, struct tensor_type *outputs,
                                             struct snv2_diagnostic *diagnostic) {
    static const struct shape scalar = {.rank = 0};
    const struct tensor_type types[] = {
        {DTYPE_UINT8, node->inputs[0]->shape}, {DTYPE_FLOAT32, scalar}, {DTYPE_UINT8, scalar}};
    if (node->inputs[0]->dtype != DTYPE_FLOAT32)
        return bad_model(node, diagnostic, "the input is %s; it must be float32",
                         dtype_name(node->inputs[0]->dtype));
    if (shape_elements(&node->inputs[0]->shape) == 0)
        return unsupported(node, diagnostic, "the input has no elements");
    for (int i = 0; i < node->output_count; i++)
        outputs[i] = types[i];
    return SNV2_OK;
}
