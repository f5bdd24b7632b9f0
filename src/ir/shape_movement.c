/* Shape rules of operators that join, cut and move: Concat, Split, Slice, Gather, Pad, Transpose,
 * DepthToSpace, SpaceToDepth, Expand, Tile, ChannelView. */
#include "ir/shape_rule.h"

#include <inttypes.h>

enum snv2_status shape_Concat(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    int64_t *axis = &node->attributes.Concat.axis;
    struct shape result = node->inputs[0]->shape;
    enum snv2_status status;
    if ((status = require_same_type(node, diagnostic, 1, node->input_count - 1)) != SNV2_OK ||
        (status = resolve_axis(node, diagnostic, axis, result.rank)) != SNV2_OK)
        return status;
    for (int i = 1; i < node->input_count; i++) {
        struct shape shape = node->inputs[i]->shape;
        int64_t size = shape.rank == result.rank ? shape.dims[*axis] : 0;
        if (shape.rank == result.rank)
            shape.dims[*axis] = result.dims[*axis];
        if (!shape_equal(&shape, &result)) {
            char first[SHAPE_TEXT], other[SHAPE_TEXT];
            return bad_model(
                node, diagnostic,
                "inputs 1 and %d have shapes %s and %s, which differ off axis %" PRId64, i + 1,
                shape_format(&node->inputs[0]->shape, first),
                shape_format(&node->inputs[i]->shape, other), *axis);
        }
        if (size > INT64_MAX - result.dims[*axis])
            return bad_model(node, diagnostic, "the sizes on axis %" PRId64 " sum to over 2^63",
                             *axis);
        result.dims[*axis] += size;
    }
    outputs[0] = (struct tensor_type){node->inputs[0]->dtype, result};
    return SNV2_OK;
}

/* The sizes from the operand `split`. */
static enum snv2_status split_by_operand(const struct node *node, struct tensor_type *outputs,
                                         int axis, struct snv2_diagnostic *diagnostic) {
    struct tensor sizes;
    int64_t count, size = node->inputs[0]->shape.dims[axis], rest = size;
    enum snv2_status status = known_integers(node, diagnostic, 1, "split", &sizes, &count);
    if (status != SNV2_OK)
        return status;
    if (count != node->output_count)
        return bad_model(node, diagnostic, "split has %" PRId64 " entries for %d outputs", count,
                         node->output_count);
    for (int i = 0; i < node->output_count; i++) {
        int64_t part = tensor_int(&sizes, i);
        if (part < 0)
            return bad_model(node, diagnostic, "split[%d] is %" PRId64, i, part);
        if (part > rest)
            return bad_model(node, diagnostic,
                             "the parts sum to more than the %" PRId64 " elements on axis %d", size,
                             axis);
        outputs[i].shape.dims[axis] = part;
        rest -= part;
    }
    if (rest)
        return bad_model(node, diagnostic,
                         "the parts sum to %" PRId64 "; axis %d has %" PRId64 " elements",
                         size - rest, axis, size);
    return SNV2_OK;
}

/* Equal parts, the last one smaller where num_outputs asks for them. */
static enum snv2_status split_evenly(struct node *node, struct tensor_type *outputs, int axis,
                                     struct snv2_diagnostic *diagnostic) {
    int64_t *num_outputs = &node->attributes.Split.num_outputs;
    int64_t size = node->inputs[0]->shape.dims[axis], count = node->output_count;
    if (*num_outputs == 0 && size % count)
        return bad_model(node, diagnostic,
                         "axis %d has %" PRId64 " elements, which %" PRId64
                         " outputs do not divide",
                         axis, size, count);
    if (*num_outputs == 0)
        *num_outputs = count;
    if (*num_outputs != count)
        return bad_model(node, diagnostic, "num_outputs is %" PRId64 ", but there are %" PRId64,
                         *num_outputs, count);
    int64_t part = size / count + (size % count != 0), last = size - (count - 1) * part;
    if (last < 0)
        return bad_model(node, diagnostic,
                         "axis %d has %" PRId64 " elements, too few for %" PRId64
                         " parts of %" PRId64,
                         axis, size, count, part);
    for (int i = 0; i < node->output_count; i++)
        outputs[i].shape.dims[axis] = i < count - 1 ? part : last;
    return SNV2_OK;
}

enum snv2_status shape_Split(struct node *node, struct tensor_type *outputs,
                             struct snv2_diagnostic *diagnostic) {
    struct Split_attributes *split = &node->attributes.Split;
    enum snv2_status status =
        resolve_axis(node, diagnostic, &split->axis, node->inputs[0]->shape.rank);
    if (status != SNV2_OK)
        return status;
    for (int i = 0; i < node->output_count; i++)
        outputs[i] = type_of(node->inputs[0]);
    if (!node_input(node, 1))
        return split_evenly(node, outputs, (int)split->axis, diagnostic);
    if (split->num_outputs != 0)
        return bad_model(node, diagnostic, "has both split and num_outputs");
    return split_by_operand(node, outputs, (int)split->axis, diagnostic);
}

enum snv2_status shape_Slice(struct node *node, struct tensor_type *outputs,
                             struct snv2_diagnostic *diagnostic) {
    struct slice_range ranges[MAX_RANK];
    enum snv2_status status = slice_ranges(node, diagnostic, ranges);
    outputs[0] = type_of(node->inputs[0]);
    for (int d = 0; status == SNV2_OK && d < outputs[0].shape.rank; d++)
        outputs[0].shape.dims[d] = ranges[d].count;
    return status;
}

enum snv2_status check_indices(const struct node *node, int64_t size,
                               struct snv2_diagnostic *diagnostic) {
    const struct value *value = node->inputs[1];
    if (value->dtype != DTYPE_INT64 && value->dtype != DTYPE_INT32)
        return bad_model(node, diagnostic, "indices is %s; it must be int64 or int32",
                         dtype_name(value->dtype));
    if (!value_is_constant(value))
        return SNV2_OK;
    struct tensor indices = value_tensor(value);
    int64_t count = shape_elements(&value->shape);
    for (int64_t i = 0; i < count; i++) {
        int64_t index = tensor_int(&indices, i);
        if (index < -size || index >= size)
            return bad_model(node, diagnostic,
                             "index %" PRId64 " is out of range for %" PRId64 " elements", index,
                             size);
    }
    return SNV2_OK;
}

enum snv2_status shape_Gather(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    int64_t *axis = &node->attributes.Gather.axis;
    const struct shape *data = &node->inputs[0]->shape, *indices = &node->inputs[1]->shape;
    enum snv2_status status;
    if ((status = resolve_axis(node, diagnostic, axis, data->rank)) != SNV2_OK ||
        (status = check_indices(node, data->dims[*axis], diagnostic)) != SNV2_OK)
        return status;
    if (data->rank - 1 + indices->rank > MAX_RANK)
        return unsupported(node, diagnostic, "the output has %d dimensions; %d are supported",
                           data->rank - 1 + indices->rank, MAX_RANK);
    struct shape result = {.rank = 0};
    for (int d = 0; d < *axis; d++)
        result.dims[result.rank++] = data->dims[d];
    for (int d = 0; d < indices->rank; d++)
        result.dims[result.rank++] = indices->dims[d];
    for (int d = (int)*axis + 1; d < data->rank; d++)
        result.dims[result.rank++] = data->dims[d];
    outputs[0] = (struct tensor_type){node->inputs[0]->dtype, result};
    return SNV2_OK;
}

/* reflect and wrap take their elements from the input, so they cannot add more than it has. */
static enum snv2_status check_pad_mode(const struct node *node, const struct pad_range *range,
                                       int64_t size, int axis, struct snv2_diagnostic *diagnostic) {
    enum pad_mode mode = node->attributes.Pad.mode;
    int64_t most = range->begin > range->end ? range->begin : range->end;
    int64_t least = range->begin < range->end ? range->begin : range->end;
    int64_t room = mode == PAD_MODE_REFLECT ? size - 1 : size;
    if (mode == PAD_MODE_CONSTANT || most == 0)
        return SNV2_OK;
    if (least < 0)
        return unsupported(node, diagnostic, "negative pads are supported with mode constant only");
    if (size < 1 || (mode != PAD_MODE_EDGE && most > room))
        return unsupported(node, diagnostic,
                           "the pad of %" PRId64 " on axis %d is over what its %" PRId64
                           " elements can fill",
                           most, axis, size);
    return SNV2_OK;
}

enum snv2_status shape_Pad(struct node *node, struct tensor_type *outputs,
                           struct snv2_diagnostic *diagnostic) {
    struct pad_range ranges[MAX_RANK];
    const struct value *value = node_input(node, 2);
    enum snv2_status status;
    if ((status = require_same_type(node, diagnostic, 2, 2)) != SNV2_OK ||
        (status = pad_ranges(node, diagnostic, ranges)) != SNV2_OK)
        return status;
    if (value && (value->shape.rank > 1 || shape_elements(&value->shape) != 1))
        return bad_model(node, diagnostic, "constant_value must be a scalar");
    outputs[0] = type_of(node->inputs[0]);
    for (int d = 0; d < outputs[0].shape.rank; d++) {
        const struct pad_range *range = &ranges[d];
        int64_t *dim = &outputs[0].shape.dims[d];
        const int64_t limit = INT64_MAX / 8;
        if (range->begin > limit || range->end > limit || range->begin < -*dim ||
            range->end < -*dim || range->begin + range->end < -*dim)
            return bad_model(node, diagnostic,
                             "pads %" PRId64 " and %" PRId64 " on axis %d of %" PRId64 " elements",
                             range->begin, range->end, d, *dim);
        status = check_pad_mode(node, range, *dim, d, diagnostic);
        if (status != SNV2_OK)
            return status;
        *dim += range->begin + range->end;
    }
    return SNV2_OK;
}

enum snv2_status shape_Transpose(struct node *node, struct tensor_type *outputs,
                                 struct snv2_diagnostic *diagnostic) {
    const struct shape *input = &node->inputs[0]->shape;
    struct ints *perm = &node->attributes.Transpose.perm;
    bool seen[MAX_RANK] = {false};
    if (perm->count == 0) {
        perm->count = input->rank;
        for (int d = 0; d < input->rank; d++)
            perm->values[d] = input->rank - 1 - d;
    }
    if (perm->count != input->rank)
        return bad_model(node, diagnostic, "perm has %d entries for %d dimensions", perm->count,
                         input->rank);
    outputs[0] = type_of(node->inputs[0]);
    for (int d = 0; d < perm->count; d++) {
        int64_t from = perm->values[d];
        if (from < 0 || from >= input->rank || seen[from])
            return bad_model(node, diagnostic, "perm[%d] is %" PRId64 ": perm is no permutation", d,
                             from);
        seen[from] = true;
        outputs[0].shape.dims[d] = input->dims[from];
    }
    return SNV2_OK;
}

/* The block size of DepthToSpace and SpaceToDepth, in range for a feature map of rank 4. */
static enum snv2_status check_block(const struct node *node, int64_t block,
                                    struct snv2_diagnostic *diagnostic) {
    int rank = node->inputs[0]->shape.rank;
    if (rank != 4)
        return bad_model(node, diagnostic, "the input has %d dimensions; it must have 4", rank);
    if (block < 1 || block > INT16_MAX)
        return bad_model(node, diagnostic, "blocksize is %" PRId64, block);
    return SNV2_OK;
}

enum snv2_status shape_DepthToSpace(struct node *node, struct tensor_type *outputs,
                                    struct snv2_diagnostic *diagnostic) {
    int64_t block = node->attributes.DepthToSpace.blocksize;
    enum snv2_status status = check_block(node, block, diagnostic);
    if (status != SNV2_OK)
        return status;
    outputs[0] = type_of(node->inputs[0]);
    int64_t *dims = outputs[0].shape.dims;
    if (dims[1] % (block * block))
        return bad_model(node, diagnostic,
                         "blocksize %" PRId64 " squared does not divide %" PRId64 " channels",
                         block, dims[1]);
    if (dims[2] > INT32_MAX || dims[3] > INT32_MAX)
        return unsupported(node, diagnostic, "the input is too large");
    dims[1] /= block * block;
    dims[2] *= block;
    dims[3] *= block;
    return SNV2_OK;
}

enum snv2_status shape_SpaceToDepth(struct node *node, struct tensor_type *outputs,
                                    struct snv2_diagnostic *diagnostic) {
    int64_t block = node->attributes.SpaceToDepth.blocksize;
    enum snv2_status status = check_block(node, block, diagnostic);
    if (status != SNV2_OK)
        return status;
    outputs[0] = type_of(node->inputs[0]);
    int64_t *dims = outputs[0].shape.dims;
    if (dims[2] % block || dims[3] % block)
        return bad_model(node, diagnostic,
                         "blocksize %" PRId64 " does not divide %" PRId64 " rows and %" PRId64
                         " columns",
                         block, dims[2], dims[3]);
    if (dims[1] > INT32_MAX)
        return unsupported(node, diagnostic, "the input is too large");
    dims[1] *= block * block;
    dims[2] /= block;
    dims[3] /= block;
    return SNV2_OK;
}

enum snv2_status shape_Expand(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    struct tensor dims;
    int64_t count;
    enum snv2_status status = known_integers(node, diagnostic, 1, "shape", &dims, &count);
    if (status != SNV2_OK)
        return status;
    if (count > MAX_RANK)
        return unsupported(node, diagnostic, "%" PRId64 " dimensions; %d are supported", count,
                           MAX_RANK);
    struct shape shape = {.rank = (int32_t)count};
    for (int d = 0; d < count; d++) {
        shape.dims[d] = tensor_int(&dims, d);
        if (shape.dims[d] < 0)
            return bad_model(node, diagnostic, "shape[%d] is %" PRId64, d, shape.dims[d]);
    }
    outputs[0].dtype = node->inputs[0]->dtype;
    return broadcast(node, diagnostic, &node->inputs[0]->shape, &shape, &outputs[0].shape);
}

enum snv2_status shape_Tile(struct node *node, struct tensor_type *outputs,
                            struct snv2_diagnostic *diagnostic) {
    struct tensor repeats;
    int64_t count;
    enum snv2_status status = known_integers(node, diagnostic, 1, "repeats", &repeats, &count);
    if (status != SNV2_OK)
        return status;
    outputs[0] = type_of(node->inputs[0]);
    if (count != outputs[0].shape.rank)
        return bad_model(node, diagnostic, "repeats has %" PRId64 " entries for %d dimensions",
                         count, outputs[0].shape.rank);
    for (int d = 0; d < count; d++) {
        int64_t *dim = &outputs[0].shape.dims[d], times = tensor_int(&repeats, d);
        if (times < 0 || (*dim > 0 && times > INT64_MAX / *dim))
            return bad_model(node, diagnostic, "repeats[%d] is %" PRId64, d, times);
        *dim *= times;
    }
    return SNV2_OK;
}

enum snv2_status shape_ChannelView(struct node *node, struct tensor_type *outputs,
                                   struct snv2_diagnostic *diagnostic) {
    const struct channel_runs *runs = &node->attributes.ChannelView.runs;
    enum snv2_status status;
    if ((status = require_rank(node, diagnostic, 2, MAX_RANK)) != SNV2_OK ||
        (status = require_same_type(node, diagnostic, 1, node->input_count - 1)) != SNV2_OK)
        return status;
    struct shape result = node->inputs[0]->shape;
    for (int i = 1; i < node->input_count; i++) {
        struct shape shape = node->inputs[i]->shape;
        if (shape.rank == result.rank)
            shape.dims[1] = result.dims[1];
        if (!shape_equal(&shape, &result))
            return bad_model(node, diagnostic, "inputs 1 and %d differ off the channels", i + 1);
    }
    result.dims[1] = 0;
    for (int i = 0; i < runs->count; i++) {
        const struct channel_run *run = &runs->runs[i];
        bool has_input = run->input >= 0 && run->input < node->input_count;
        int64_t channels = has_input ? node->inputs[run->input]->shape.dims[1] : 0;
        int64_t last = run->first + (run->count - INT64_C(1)) * run->step;
        if (!has_input || run->count < 1 || run->step == 0 || run->first < 0 ||
            run->first >= channels || last < 0 || last >= channels)
            return bad_model(node, diagnostic,
                             "run %d, %d:%d+%d*%d, is outside the inputs' channels", i, run->input,
                             run->first, run->count, run->step);
        result.dims[1] += run->count;
    }
    outputs[0] = (struct tensor_type){node->inputs[0]->dtype, result};
    return SNV2_OK;
}
