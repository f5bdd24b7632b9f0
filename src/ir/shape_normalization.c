/* Shape rules of normalizations, and of Softmax and LogSoftmax: the result has the input's type. */
#include "ir/shape_rule.h"

#include <inttypes.h>

static enum snv2_status require_epsilon(const struct node *node, struct snv2_diagnostic *diagnostic,
                                        float epsilon) {
    if (!(epsilon >= 0 && epsilon < 1e30f))
        return bad_model(node, diagnostic, "epsilon is %g", epsilon);
    return SNV2_OK;
}

/* Input `index` has a real element for each of `count` channels or groups. */
static enum snv2_status check_channel_constant(const struct node *node, int index, const char *name,
                                               int64_t count, struct snv2_diagnostic *diagnostic) {
    const struct value *input = node->inputs[index];
    char text[SHAPE_TEXT];
    if (!dtype_is_real(input->dtype))
        return bad_model(node, diagnostic, "%s is %s; it must be real", name,
                         dtype_name(input->dtype));
    if (input->shape.rank != 1 || input->shape.dims[0] != count)
        return bad_model(node, diagnostic, "%s has shape %s; it must be [%" PRId64 "]", name,
                         shape_format(&input->shape, text), count);
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
    for (int i = 1; i <= 4 && status == SNV2_OK; i++)
        status =
            check_channel_constant(node, i, names[i], node->inputs[0]->shape.dims[1], diagnostic);
    if (status != SNV2_OK)
        return status;
    outputs[0] = type_of(node->inputs[0]);
    return require_epsilon(node, diagnostic, node->attributes.BatchNormalization.epsilon);
}

/* Real, with channels. */
static enum snv2_status check_feature_map(const struct node *node,
                                          struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = require_real(node, diagnostic);
    return status == SNV2_OK ? require_rank(node, diagnostic, 2, MAX_RANK) : status;
}

enum snv2_status shape_InstanceNormalization(struct node *node, struct tensor_type *outputs,
                                             struct snv2_diagnostic *diagnostic) {
    static const char *const names[] = {"input", "scale", "B"};
    enum snv2_status status = check_feature_map(node, diagnostic);
    for (int i = 1; i <= 2 && status == SNV2_OK; i++)
        status =
            check_channel_constant(node, i, names[i], node->inputs[0]->shape.dims[1], diagnostic);
    if (status != SNV2_OK)
        return status;
    outputs[0] = type_of(node->inputs[0]);
    return require_epsilon(node, diagnostic, node->attributes.InstanceNormalization.epsilon);
}

/* scale and bias are by channel or, as before opset 21, by group. */
enum snv2_status shape_GroupNormalization(struct node *node, struct tensor_type *outputs,
                                          struct snv2_diagnostic *diagnostic) {
    static const char *const names[] = {"X", "scale", "bias"};
    const struct GroupNormalization_attributes *attributes = &node->attributes.GroupNormalization;
    enum snv2_status status = check_feature_map(node, diagnostic);
    if (status != SNV2_OK)
        return status;
    int64_t channels = node->inputs[0]->shape.dims[1], groups = attributes->num_groups;
    if (groups < 1 || channels % groups)
        return bad_model(node, diagnostic,
                         "num_groups %" PRId64 " does not divide %" PRId64 " channels", groups,
                         channels);
    const struct shape *scale = &node->inputs[1]->shape;
    int64_t count = scale->rank == 1 && scale->dims[0] == groups ? groups : channels;
    for (int i = 1; i <= 2 && status == SNV2_OK; i++)
        status = check_channel_constant(node, i, names[i], count, diagnostic);
    if (status != SNV2_OK)
        return status;
    outputs[0] = type_of(node->inputs[0]);
    return require_epsilon(node, diagnostic, attributes->epsilon);
}

/* Over the dimensions from axis on; Scale and B broadcast to the input. */
enum snv2_status shape_LayerNormalization(struct node *node, struct tensor_type *outputs,
                                          struct snv2_diagnostic *diagnostic) {
    struct LayerNormalization_attributes *attributes = &node->attributes.LayerNormalization;
    const struct shape *x = &node->inputs[0]->shape;
    enum snv2_status status;
    if ((status = require_real(node, diagnostic)) != SNV2_OK ||
        (status = require_same_type(node, diagnostic, 1, 2)) != SNV2_OK ||
        (status = resolve_axis(node, diagnostic, &attributes->axis, x->rank)) != SNV2_OK ||
        (status = require_epsilon(node, diagnostic, attributes->epsilon)) != SNV2_OK)
        return status;
    for (int i = 1; i <= 2; i++) {
        const struct value *input = node_input(node, i);
        struct shape both = *x;
        if (input && (status = broadcast(node, diagnostic, &input->shape, x, &both)) != SNV2_OK)
            return status;
        if (!shape_equal(&both, x)) {
            char from[SHAPE_TEXT], to[SHAPE_TEXT];
            return bad_model(node, diagnostic, "%s has shape %s, which does not broadcast to %s",
                             i == 1 ? "Scale" : "B", shape_format(&input->shape, from),
                             shape_format(x, to));
        }
    }
    outputs[0] = type_of(node->inputs[0]);
    for (int i = 1; i < node->output_count; i++) { /* Mean and InvStdDev */
        outputs[i] = (struct tensor_type){DTYPE_FLOAT32, *x};
        for (int64_t d = attributes->axis; d < x->rank; d++)
            outputs[i].shape.dims[d] = 1;
    }
    return SNV2_OK;
}

enum snv2_status shape_LRN(struct node *node, struct tensor_type *outputs,
                           struct snv2_diagnostic *diagnostic) {
    int64_t size = node->attributes.LRN.size;
    if (size < 1)
        return bad_model(node, diagnostic, "size is %" PRId64, size);
    outputs[0] = type_of(node->inputs[0]);
    return check_feature_map(node, diagnostic);
}

/* Where all dimensions from axis on are meant but at most one has several elements, that one is
 * meant. */
static enum snv2_status softmax(struct node *node, struct tensor_type *outputs,
                                struct snv2_diagnostic *diagnostic) {
    struct Softmax_attributes *attributes = &node->attributes.Softmax;
    const struct shape *x = &node->inputs[0]->shape;
    enum snv2_status status = require_real(node, diagnostic);
    if (status == SNV2_OK)
        status = resolve_axis(node, diagnostic, &attributes->axis, x->rank);
    if (status != SNV2_OK)
        return status;
    attributes->over_rest = attributes->over_rest != 0;
    int several = 0, axis = (int)attributes->axis;
    for (int d = axis; d < x->rank && attributes->over_rest; d++)
        if (x->dims[d] != 1) {
            several++;
            axis = d;
        }
    if (several <= 1) {
        attributes->axis = axis;
        attributes->over_rest = 0;
    }
    outputs[0] = type_of(node->inputs[0]);
    return SNV2_OK;
}

SHAPE_RULE(Hardmax, softmax)
SHAPE_RULE(Softmax, softmax)
SHAPE_RULE(LogSoftmax, softmax)

enum snv2_status shape_LpNormalization(struct node *node, struct tensor_type *outputs,
                                       struct snv2_diagnostic *diagnostic) {
    struct LpNormalization_attributes *attributes = &node->attributes.LpNormalization;
    enum snv2_status status = require_real(node, diagnostic);
    outputs[0] = type_of(node->inputs[0]);
    if (attributes->p != 1 && attributes->p != 2)
        return bad_model(node, diagnostic, "p is %" PRId64 "; it must be 1 or 2", attributes->p);
    return status == SNV2_OK
               ? resolve_axis(node, diagnostic, &attributes->axis, outputs[0].shape.rank)
               : status;
}

/* Where the file does not say, the axes are those of images, rows and columns. */
enum snv2_status shape_MeanVarianceNormalization(struct node *node, struct tensor_type *outputs,
                                                 struct snv2_diagnostic *diagnostic) {
    static const struct ints standard = {3, {0, 2, 3}};
    struct MeanVarianceNormalization_attributes *attributes =
        &node->attributes.MeanVarianceNormalization;
    enum snv2_status status = require_real(node, diagnostic);
    bool seen[MAX_RANK] = {false};
    outputs[0] = type_of(node->inputs[0]);
    if (attributes->axes.count == 0)
        attributes->axes = standard;
    for (int32_t i = 0; i < attributes->axes.count && status == SNV2_OK; i++) {
        int64_t axis = attributes->axes.values[i];
        status = resolve_axis(node, diagnostic, &axis, outputs[0].shape.rank);
        if (status == SNV2_OK && seen[axis])
            status = bad_model(node, diagnostic, "axis %" PRId64 " stands twice", axis);
        if (status == SNV2_OK)
            seen[axis] = true;
    }
    return status;
}
