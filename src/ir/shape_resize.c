/* Shape rule of Resize, and how much it resizes each dimension. */
#include "ir/shape_rule.h"

#include <inttypes.h>
#include <math.h>

/* The operand, or NULL where it is omitted or empty, which means the same. */
static const struct value *resize_operand(const struct node *node, int index) {
    const struct value *value = node_input(node, index);
    return value && shape_elements(&value->shape) > 0 ? value : NULL;
}

/* The axes that the operands speak of: all, where the attribute is empty. */
static enum snv2_status complete_axes(struct node *node, struct snv2_diagnostic *diagnostic) {
    struct ints *axes = &node->attributes.Resize.axes;
    int rank = node->inputs[0]->shape.rank;
    bool seen[MAX_RANK] = {false};
    if (axes->count == 0) {
        axes->count = rank;
        for (int d = 0; d < rank; d++)
            axes->values[d] = d;
    }
    for (int i = 0; i < axes->count; i++) {
        enum snv2_status status = resolve_axis(node, diagnostic, &axes->values[i], rank);
        if (status != SNV2_OK)
            return status;
        if (seen[axes->values[i]])
            return bad_model(node, diagnostic, "axis %" PRId64 " stands twice in axes",
                             axes->values[i]);
        seen[axes->values[i]] = true;
    }
    return SNV2_OK;
}

/* A known list of reals with `count` entries. */
static enum snv2_status known_reals(const struct node *node, const struct value *value,
                                    const char *what, int count, struct tensor *reals,
                                    struct snv2_diagnostic *diagnostic) {
    if (!dtype_is_real(value->dtype))
        return bad_model(node, diagnostic, "%s is %s; it must be real", what,
                         dtype_name(value->dtype));
    if (value->shape.rank != 1 || value->shape.dims[0] != count) {
        char text[SHAPE_TEXT];
        return bad_model(node, diagnostic, "%s has shape %s; it must be [%d]", what,
                         shape_format(&value->shape, text), count);
    }
    if (!value_is_constant(value))
        return unsupported(node, diagnostic,
                           "%s ('%s') depends on the data; it must be known at conversion", what,
                           shown(value->name).text);
    *reals = value_tensor(value);
    return SNV2_OK;
}

/* Channels (axis 1) may be resized or stay, but not change and keep their number: that number is
 * how passes know that they stay. */
static enum snv2_status set_dim(const struct node *node, int64_t axis, float scale, float size,
                                struct shape *result, struct snv2_diagnostic *diagnostic) {
    if (!(scale > 0 && size >= 1 && size < 0x1p40f))
        return bad_model(node, diagnostic, "axis %" PRId64 " is scaled by %g to %g elements", axis,
                         scale, size);
    if (axis == 1 && scale != 1 && (int64_t)size == result->dims[1])
        return unsupported(node, diagnostic, "axis 1 is scaled by %g and keeps its size", scale);
    result->dims[axis] = (int64_t)size;
    return SNV2_OK;
}

static enum snv2_status resize_by_scales(const struct node *node, const struct value *value,
                                         struct shape *result, struct snv2_diagnostic *diagnostic) {
    const struct ints *axes = &node->attributes.Resize.axes;
    struct tensor scales;
    enum snv2_status status = known_reals(node, value, "scales", axes->count, &scales, diagnostic);
    for (int i = 0; i < axes->count && status == SNV2_OK; i++) {
        float scale = (float)tensor_real(&scales, i);
        int64_t axis = axes->values[i];
        status = set_dim(node, axis, scale, floorf((float)result->dims[axis] * scale), result,
                         diagnostic);
    }
    return status;
}

/* The sizes that are asked for; or, where the aspect ratio is kept, those nearest to them of one
 * scale for all axes. */
static enum snv2_status resize_by_sizes(const struct node *node, struct shape *result,
                                        struct snv2_diagnostic *diagnostic) {
    enum aspect_ratio_policy policy = node->attributes.Resize.keep_aspect_ratio_policy;
    const struct ints *axes = &node->attributes.Resize.axes;
    float common = policy == ASPECT_RATIO_NOT_LARGER ? INFINITY : 0;
    struct tensor sizes;
    int64_t count;
    enum snv2_status status = known_integers(node, diagnostic, 3, "sizes", &sizes, &count);
    if (status != SNV2_OK)
        return status;
    if (count != axes->count)
        return bad_model(node, diagnostic, "sizes has %" PRId64 " entries for %d axes", count,
                         axes->count);
    for (int i = 0; i < count; i++) {
        float scale = (float)tensor_int(&sizes, i) / (float)result->dims[axes->values[i]];
        if (policy == ASPECT_RATIO_NOT_LARGER ? scale < common : scale > common)
            common = scale;
    }
    for (int i = 0; i < count && status == SNV2_OK; i++) {
        int64_t axis = axes->values[i];
        float dim = (float)result->dims[axis], size = (float)tensor_int(&sizes, i);
        bool stretch = policy == ASPECT_RATIO_STRETCH;
        status = set_dim(node, axis, stretch ? size / dim : common,
                         stretch ? size : roundf(common * dim), result, diagnostic);
    }
    return status;
}

static enum snv2_status check_mode(const struct node *node, struct snv2_diagnostic *diagnostic) {
    const struct Resize_attributes *attributes = &node->attributes.Resize;
    enum dtype dtype = node->inputs[0]->dtype;
    const struct value *roi = resize_operand(node, 1);
    struct tensor regions;
    if (attributes->mode != RESIZE_NEAREST && !dtype_is_real(dtype))
        return unsupported(node, diagnostic, "the input is %s; interpolated are real types only",
                           dtype_name(dtype));
    if (attributes->antialias && attributes->mode != RESIZE_NEAREST)
        return unsupported(node, diagnostic, "antialias is not supported");
    if (attributes->exclude_outside && attributes->mode != RESIZE_CUBIC)
        return bad_model(node, diagnostic, "exclude_outside is for mode cubic only");
    if (attributes->coordinate_transformation_mode != COORDINATE_TF_CROP_AND_RESIZE)
        return SNV2_OK;
    if (!roi)
        return bad_model(node, diagnostic, "tf_crop_and_resize needs roi");
    enum snv2_status status =
        known_reals(node, roi, "roi", 2 * attributes->axes.count, &regions, diagnostic);
    for (int i = 0; i < 2 * attributes->axes.count && status == SNV2_OK; i++)
        if (!(fabs(tensor_real(&regions, i)) <= 0x1p24))
            return bad_model(node, diagnostic, "roi has the number %g", tensor_real(&regions, i));
    for (int i = 0; i < attributes->axes.count && status == SNV2_OK; i++)
        if (attributes->axes.values[i] == 1 &&
            (tensor_real(&regions, i) != 0 ||
             tensor_real(&regions, attributes->axes.count + i) != 1))
            return unsupported(node, diagnostic, "roi crops axis 1");
    return status;
}

enum snv2_status shape_Resize(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    const struct value *scales = resize_operand(node, 2), *sizes = resize_operand(node, 3);
    enum snv2_status status = complete_axes(node, diagnostic);
    if (status == SNV2_OK)
        status = check_mode(node, diagnostic);
    if (status != SNV2_OK)
        return status;
    if (!scales == !sizes)
        return bad_model(node, diagnostic, "has %s scales %s sizes; one of them is needed",
                         scales ? "both" : "neither", scales ? "and" : "nor");
    outputs[0] = type_of(node->inputs[0]);
    for (int d = 0; d < outputs[0].shape.rank; d++)
        if (outputs[0].shape.dims[d] < 1)
            return bad_model(node, diagnostic, "the input has no elements");
    return scales ? resize_by_scales(node, scales, &outputs[0].shape, diagnostic)
                  : resize_by_sizes(node, &outputs[0].shape, diagnostic);
}
