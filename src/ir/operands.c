/* Reading of integer operands; see operands.h. */
#include "ir/operands.h"

#include <inttypes.h>

enum snv2_status bad_model(const struct node *node, struct snv2_diagnostic *diagnostic,
                           const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diagnose_node_v(diagnostic, SNV2_BAD_MODEL, node->name, op_infos[node->op].name, format,
                    arguments);
    va_end(arguments);
    return SNV2_BAD_MODEL;
}

enum snv2_status unsupported(const struct node *node, struct snv2_diagnostic *diagnostic,
                             const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diagnose_node_v(diagnostic, SNV2_UNSUPPORTED, node->name, op_infos[node->op].name, format,
                    arguments);
    va_end(arguments);
    return SNV2_UNSUPPORTED;
}

enum snv2_status resolve_axis(const struct node *node, struct snv2_diagnostic *diagnostic,
                              int64_t *axis, int rank) {
    if (*axis < -rank || *axis >= rank)
        return bad_model(node, diagnostic,
                         "axis %" PRId64 " is out of range for a tensor of rank %d", *axis, rank);
    *axis += *axis < 0 ? rank : 0;
    return SNV2_OK;
}

enum snv2_status known_integers(const struct node *node, struct snv2_diagnostic *diagnostic,
                                int index, const char *what, struct tensor *integers,
                                int64_t *count) {
    const struct value *value = node->inputs[index];
    if (value->dtype != DTYPE_INT64 && value->dtype != DTYPE_INT32)
        return bad_model(node, diagnostic, "%s is %s; it must be int64 or int32", what,
                         dtype_name(value->dtype));
    if (value->shape.rank > 1)
        return bad_model(node, diagnostic, "%s has rank %d; it must be a list", what,
                         value->shape.rank);
    if (!value_is_constant(value))
        return unsupported(node, diagnostic,
                           "%s ('%s') depends on the data; it must be known at conversion", what,
                           shown(value->name).text);
    *integers = value_tensor(value);
    *count = shape_elements(&value->shape);
    return SNV2_OK;
}

enum snv2_status known_axes(const struct node *node, struct snv2_diagnostic *diagnostic, int index,
                            int rank, bool mask[MAX_RANK]) {
    struct tensor axes;
    int64_t count;
    enum snv2_status status = known_integers(node, diagnostic, index, "axes", &axes, &count);
    for (int i = 0; i < rank; i++)
        mask[i] = false;
    for (int64_t i = 0; status == SNV2_OK && i < count; i++) {
        int64_t axis = tensor_int(&axes, i);
        status = resolve_axis(node, diagnostic, &axis, rank);
        if (status != SNV2_OK)
            break;
        if (mask[axis])
            return bad_model(node, diagnostic, "axis %" PRId64 " stands twice in axes", axis);
        mask[axis] = true;
    }
    return status;
}

/* The axis that entry `i` of a list speaks of: axes[i], or i where axes is omitted. Each may be
 * spoken of once. */
struct axis_list {
    bool present;
    struct tensor axes;
    bool seen[MAX_RANK];
};

static enum snv2_status axis_list_read(const struct node *node, struct snv2_diagnostic *diagnostic,
                                       int index, int64_t count, struct axis_list *list) {
    int64_t axes = count;
    *list = (struct axis_list){.present = node_input(node, index) != NULL};
    if (list->present) {
        enum snv2_status status =
            known_integers(node, diagnostic, index, "axes", &list->axes, &axes);
        if (status != SNV2_OK)
            return status;
    }
    if (axes != count)
        return bad_model(node, diagnostic,
                         "axes has %" PRId64 " entries for %" PRId64 " dimensions", axes, count);
    return SNV2_OK;
}

static enum snv2_status axis_list_next(const struct node *node, struct snv2_diagnostic *diagnostic,
                                       struct axis_list *list, int64_t i, int64_t *axis) {
    *axis = list->present ? tensor_int(&list->axes, i) : i;
    enum snv2_status status = resolve_axis(node, diagnostic, axis, node->inputs[0]->shape.rank);
    if (status != SNV2_OK)
        return status;
    if (list->seen[*axis])
        return bad_model(node, diagnostic, "axis %" PRId64 " stands twice in axes", *axis);
    list->seen[*axis] = true;
    return SNV2_OK;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

/* One axis of `size` elements: ends count from the end where negative, then are clamped; for a
 * negative step to 0 .. size-1 (start) and -1 .. size-1 (end). step is not 0 or INT64_MIN. */
static struct slice_range slice_range(int64_t start, int64_t end, int64_t step, int64_t size) {
    int64_t backward = step < 0;
    start = clamp(start < 0 ? start + size : start, 0, size - backward);
    end = clamp(end < 0 ? end + size : end, -backward, size - backward);
    int64_t distance = backward ? start - end : end - start, stride = backward ? -step : step;
    int64_t count = distance > 0 && size > 0 ? (distance - 1) / stride + 1 : 0;
    return (struct slice_range){start, step, count};
}

enum snv2_status slice_ranges(const struct node *node, struct snv2_diagnostic *diagnostic,
                              struct slice_range ranges[MAX_RANK]) {
    const struct shape *shape = &node->inputs[0]->shape;
    struct tensor starts, ends, steps;
    int64_t count, end_count, step_count;
    struct axis_list axes;
    enum snv2_status status;
    if ((status = known_integers(node, diagnostic, 1, "starts", &starts, &count)) != SNV2_OK ||
        (status = known_integers(node, diagnostic, 2, "ends", &ends, &end_count)) != SNV2_OK ||
        (status = axis_list_read(node, diagnostic, 3, count, &axes)) != SNV2_OK)
        return status;
    bool has_steps = node_input(node, 4) != NULL;
    step_count = count;
    if (has_steps &&
        (status = known_integers(node, diagnostic, 4, "steps", &steps, &step_count)) != SNV2_OK)
        return status;
    if (end_count != count || step_count != count)
        return bad_model(node, diagnostic,
                         "starts, ends and steps have %" PRId64 ", %" PRId64 " and %" PRId64
                         " entries",
                         count, end_count, step_count);
    for (int d = 0; d < shape->rank; d++)
        ranges[d] = (struct slice_range){0, 1, shape->dims[d]};
    for (int64_t i = 0; i < count; i++) {
        int64_t axis, step = has_steps ? tensor_int(&steps, i) : 1;
        if ((status = axis_list_next(node, diagnostic, &axes, i, &axis)) != SNV2_OK)
            return status;
        if (step == 0 || step == INT64_MIN)
            return bad_model(node, diagnostic, "step %" PRId64 " on axis %" PRId64, step, axis);
        ranges[axis] =
            slice_range(tensor_int(&starts, i), tensor_int(&ends, i), step, shape->dims[axis]);
    }
    return SNV2_OK;
}

enum snv2_status pad_ranges(const struct node *node, struct snv2_diagnostic *diagnostic,
                            struct pad_range ranges[MAX_RANK]) {
    const struct shape *shape = &node->inputs[0]->shape;
    struct tensor pads;
    int64_t count, axes_count = shape->rank;
    struct axis_list axes;
    const struct value *axes_value = node_input(node, 3);
    if (axes_value && axes_value->shape.rank <= 1)
        axes_count = shape_elements(&axes_value->shape);
    enum snv2_status status;
    if ((status = known_integers(node, diagnostic, 1, "pads", &pads, &count)) != SNV2_OK ||
        (status = axis_list_read(node, diagnostic, 3, axes_count, &axes)) != SNV2_OK)
        return status;
    if (count % 2 || count / 2 != axes_count)
        return bad_model(node, diagnostic, "pads has %" PRId64 " entries for %" PRId64 " axes",
                         count, axes_count);
    for (int d = 0; d < shape->rank; d++)
        ranges[d] = (struct pad_range){0, 0};
    for (int64_t i = 0; i < axes_count; i++) {
        int64_t axis;
        if ((status = axis_list_next(node, diagnostic, &axes, i, &axis)) != SNV2_OK)
            return status;
        ranges[axis] = (struct pad_range){tensor_int(&pads, i), tensor_int(&pads, axes_count + i)};
    }
    return SNV2_OK;
}
