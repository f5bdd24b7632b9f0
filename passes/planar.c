/* Planar forms of nodes, by operator (planar.h). Each rule says which nodes have one, which
 * operands it reads, and how it differs from the node it is made from. */
#include "passes/planar.h"

#include "ir/operands.h"
#include "passes/rewrite.h"

#include <string.h>

const int64_t to_planar[4] = {0, 3, 1, 2}, to_channels_last[4] = {0, 2, 3, 1};

bool is_transpose(const struct node *node, const int64_t perm[4]) {
    const struct ints *own = &node->attributes.Transpose.perm;
    return node->op == OP_Transpose && own->count == 4 &&
           memcmp(own->values, perm, 4 * sizeof *perm) == 0;
}

static bool has_four_dimensions(const struct value *value) {
    return value->shape.rank == 4;
}

bool is_map(const struct value *value) {
    return value && has_four_dimensions(value) && !value_is_constant(value);
}

/* ---- operands ---- */

static struct value *add_list(struct graph *graph, const char *base, const int64_t *numbers,
                              int32_t count) {
    struct shape shape = {1, {count}};
    int64_t *copy = arena_alloc(graph->arena, (size_t)count, sizeof *copy);
    if (!copy)
        return NULL;
    memcpy(copy, numbers, (size_t)count * sizeof *copy);
    return add_constant(graph, base, DTYPE_INT64, &shape, copy);
}

/* Where dimension `axis` of a channels-last value stands in its planar form. */
static int64_t planar_axis(int64_t axis) {
    return to_channels_last[axis < 0 ? axis + 4 : axis];
}

/* The planar form of a constant, which is broadcast to four dimensions. */
static struct value *planar_constant(struct graph *graph, const struct value *constant) {
    struct shape shape = {4, {1, 1, 1, 1}}, planar = {4, {0}};
    int missing = 4 - constant->shape.rank;
    for (int i = missing; i < 4; i++)
        shape.dims[i] = constant->shape.dims[i - missing];
    for (int i = 0; i < 4; i++)
        planar.dims[i] = shape.dims[to_planar[i]];
    size_t bytes = dtype_bytes(constant->dtype);
    int64_t channels = shape.dims[3], pixels = shape.dims[1] * shape.dims[2];
    char *data = arena_alloc(graph->arena, (size_t)shape_elements(&shape), bytes), *to = data;
    const char *from = constant->data;
    if (!data)
        return NULL;
    for (int64_t n = 0; n < shape.dims[0]; n++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t i = 0; i < pixels; i++, to += bytes)
                memcpy(to, from + (size_t)((n * pixels + i) * channels + c) * bytes, bytes);
    return add_constant(graph, constant->name, constant->dtype, &planar, data);
}

/* ---- which nodes have a planar form ---- */

/* One number, which is broadcast to any layout. */
static bool is_scalar(const struct value *value) {
    return shape_elements(&value->shape) == 1 && !is_map(value);
}

static bool operands_are_maps(const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct value *value = node->inputs[i];
        bool broadcast = value && value_is_constant(value) && value->shape.rank <= 4;
        if (value && !is_scalar(value) && !is_map(value) && !broadcast)
            return false;
    }
    return is_map(node->outputs[0]);
}

/* Beside the map, only constants. */
static bool data_is_map(const struct node *node) {
    for (int32_t i = 1; i < node->input_count; i++)
        if (node->inputs[i] && !value_is_constant(node->inputs[i]))
            return false;
    return is_map(node->inputs[0]);
}

static bool joins_maps(const struct node *node) {
    return is_map(node->outputs[0]);
}

static bool gathers_list(const struct node *node) {
    return data_is_map(node) && node->inputs[1]->shape.rank == 1;
}

/* With one scale, or one for each element along the axis. */
static bool quantizes_by_axis(const struct node *node) {
    return data_is_map(node) && node->inputs[1]->shape.rank <= 1;
}

/* The dimensions that are left stand in one order in both layouts. */
static bool reduces_map(const struct node *node) {
    bool mask[MAX_RANK] = {false};
    if (!data_is_map(node) || !node_input(node, 1) ||
        known_axes(node, NULL, 1, 4, mask) != SNV2_OK ||
        shape_elements(&node->inputs[1]->shape) == 0)
        return false;
    return is_map(node->outputs[0]) || mask[3] || (mask[1] && mask[2]);
}

/* A product of each pixel's channels with a matrix. */
static bool multiplies_pixels(const struct node *node) {
    return data_is_map(node) && is_float_constant(node->inputs[1]) &&
           node->inputs[1]->shape.rank == 2;
}

/* Elements stand in one order in both layouts. */
static bool is_row(const struct value *value) {
    const int64_t *dims = value->shape.dims;
    return has_four_dimensions(value) && (dims[3] == 1 || dims[1] * dims[2] == 1);
}

static bool reshapes_rows(const struct node *node) {
    const struct value *in = node->inputs[0], *out = node->outputs[0];
    return (is_map(in) || is_map(out)) && (is_row(in) || !has_four_dimensions(in)) &&
           (is_row(out) || !has_four_dimensions(out));
}

/* ---- how the planar form is made ---- */

/* All operands but planar ones are read as they are. */
static struct node *insert_copy(struct graph *graph, struct node *node,
                                struct value *const *operands) {
    struct node *copy =
        graph_insert_node(graph, node, node->op, node->name, node->input_count, node->output_count);
    if (!copy)
        return NULL;
    copy->attributes = node->attributes;
    for (int32_t i = 0; i < node->input_count; i++)
        copy->inputs[i] = operands[i] ? operands[i] : node->inputs[i];
    return copy;
}

static struct node *insert_elementwise(struct graph *graph, struct node *node,
                                       struct value *const *operands) {
    struct node *copy = insert_copy(graph, node, operands);
    for (int32_t i = 0; copy && i < node->input_count; i++) {
        const struct value *constant = node->inputs[i];
        if (!constant || !value_is_constant(constant) || is_scalar(constant))
            continue;
        copy->inputs[i] = planar_constant(graph, constant);
        if (!copy->inputs[i])
            return NULL;
    }
    return copy;
}

/* With the attribute `axis` for the planar form. */
static struct node *insert_on_axis(struct graph *graph, struct node *node,
                                   struct value *const *operands) {
    struct node *copy = insert_copy(graph, node, operands);
    int count;
    const struct attribute_field *fields = attribute_fields((int)node->op, &count);
    for (int i = 0; copy && i < count; i++)
        if (strcmp(fields[i].name, "axis") == 0)
            attribute_set_int(&copy->attributes, &fields[i],
                              planar_axis(attribute_int(&node->attributes, &fields[i])));
    return copy;
}

static struct node *insert_concat(struct graph *graph, struct node *node,
                                  struct value *const *operands) {
    struct node *copy = insert_on_axis(graph, node, operands);
    for (int32_t i = 0; copy && i < node->input_count; i++) {
        if (!value_is_constant(node->inputs[i]))
            continue;
        copy->inputs[i] = planar_constant(graph, node->inputs[i]);
        if (!copy->inputs[i])
            return NULL;
    }
    return copy;
}

/* With operand `index`, a list of axes (omitted: `standard` first ones), for the planar form. */
static struct node *insert_with_axes(struct graph *graph, struct node *node,
                                     struct value *const *operands, int index, int32_t standard) {
    const struct value *old = node_input(node, index);
    int64_t axes[4];
    int32_t count = old ? (int32_t)shape_elements(&old->shape) : standard;
    for (int32_t i = 0; i < count; i++) {
        struct tensor tensor = old ? value_tensor(old) : (struct tensor){.data = NULL};
        axes[i] = planar_axis(old ? tensor_int(&tensor, i) : i);
    }
    struct node *copy = insert_copy(graph, node, operands);
    struct value *list = add_list(graph, node->outputs[0]->name, axes, count);
    return copy && list && set_operand(graph, copy, index, list) ? copy : NULL;
}

static struct node *insert_slice(struct graph *graph, struct node *node,
                                 struct value *const *operands) {
    return insert_with_axes(graph, node, operands, 3,
                            (int32_t)shape_elements(&node->inputs[1]->shape));
}

static struct node *insert_reduction(struct graph *graph, struct node *node,
                                     struct value *const *operands) {
    return insert_with_axes(graph, node, operands, 1, 0);
}

static bool pads_map(const struct node *node) {
    struct pad_range ranges[MAX_RANK];
    return data_is_map(node) && pad_ranges(node, NULL, ranges) == SNV2_OK;
}

/* Pads by a list for all four dimensions. */
static struct node *insert_pad(struct graph *graph, struct node *node,
                               struct value *const *operands) {
    struct pad_range ranges[MAX_RANK];
    int64_t pads[8];
    if (pad_ranges(node, NULL, ranges) != SNV2_OK)
        return NULL;
    for (int i = 0; i < 4; i++) {
        pads[i] = ranges[to_planar[i]].begin;
        pads[4 + i] = ranges[to_planar[i]].end;
    }
    struct node *copy = insert_copy(graph, node, operands);
    struct value *list = add_list(graph, node->outputs[0]->name, pads, 8);
    if (!copy || !list)
        return NULL;
    copy->inputs[1] = list;
    copy->input_count = copy->input_count > 3 ? 3 : copy->input_count; /* without axes */
    return copy;
}

/* A 1x1 convolution with the matrix transposed. */
static struct node *insert_convolution(struct graph *graph, struct node *node,
                                       struct value *const *operands) {
    const struct value *matrix = node->inputs[1];
    int64_t inputs = matrix->shape.dims[0], outputs = matrix->shape.dims[1];
    struct shape shape = {4, {outputs, inputs, 1, 1}};
    float *weights = arena_alloc(graph->arena, (size_t)(inputs * outputs), sizeof *weights);
    struct node *conv = graph_insert_node(graph, node, OP_Conv, node->name, 2, 1);
    if (!weights || !conv)
        return NULL;
    const float *from = matrix->data;
    for (int64_t m = 0; m < outputs; m++)
        for (int64_t k = 0; k < inputs; k++)
            weights[m * inputs + k] = from[k * outputs + m];
    conv->inputs[0] = operands[0];
    conv->inputs[1] = add_constant(graph, matrix->name, matrix->dtype, &shape, weights);
    return conv->inputs[1] ? conv : NULL;
}

static struct node *insert_reshape(struct graph *graph, struct node *node,
                                   struct value *const *operands) {
    const struct shape *shape = &node->outputs[0]->shape;
    int64_t dims[MAX_RANK];
    for (int i = 0; i < shape->rank; i++)
        dims[i] = shape->dims[shape->rank == 4 ? to_planar[i] : i];
    struct node *reshape = graph_insert_node(graph, node, OP_Reshape, node->name, 2, 1);
    struct value *list = add_list(graph, node->outputs[0]->name, dims, shape->rank);
    if (!reshape || !list)
        return NULL;
    reshape->inputs[0] = operands[0] ? operands[0] : node->inputs[0];
    reshape->inputs[1] = list;
    return reshape;
}

struct planar_rule {
    bool (*applies)(const struct node *node);
    struct node *(*insert)(struct graph *graph, struct node *node, struct value *const *operands);
};

static const struct planar_rule by_operator[OP_COUNT] = {
    [OP_Concat] = {joins_maps, insert_concat},
    [OP_DequantizeLinear] = {quantizes_by_axis, insert_on_axis},
    [OP_Flatten] = {reshapes_rows, insert_reshape},
    [OP_Gather] = {gathers_list, insert_on_axis},
    [OP_LogSoftmax] = {data_is_map, insert_on_axis},
    [OP_MatMul] = {multiplies_pixels, insert_convolution},
    [OP_Pad] = {pads_map, insert_pad},
    [OP_QuantizeLinear] = {quantizes_by_axis, insert_on_axis},
    [OP_ReduceMax] = {reduces_map, insert_reduction},
    [OP_ReduceMean] = {reduces_map, insert_reduction},
    [OP_ReduceMin] = {reduces_map, insert_reduction},
    [OP_ReduceSum] = {reduces_map, insert_reduction},
    [OP_Reshape] = {reshapes_rows, insert_reshape},
    [OP_Slice] = {data_is_map, insert_slice},
    [OP_Softmax] = {data_is_map, insert_on_axis},
    [OP_Split] = {data_is_map, insert_on_axis},
    [OP_Squeeze] = {reshapes_rows, insert_reshape},
    [OP_Unsqueeze] = {reshapes_rows, insert_reshape},
};
static const struct planar_rule elementwise = {operands_are_maps, insert_elementwise};

/* A BatchNormalization is elementwise, but its channels are dimension 1. */
static const struct planar_rule *planar_rule(const struct node *node) {
    const struct planar_rule *own = &by_operator[node->op];
    bool by_class = op_infos[node->op].class == CLASS_ELEMENTWISE;
    return by_class && !own->applies && node->op != OP_BatchNormalization ? &elementwise : own;
}

bool has_planar_form(const struct node *node) {
    const struct planar_rule *rule = planar_rule(node);
    return rule->applies && !value_is_constant(node->outputs[0]) && rule->applies(node);
}

struct node *insert_planar_form(struct graph *graph, struct node *node,
                                struct value *const *operands) {
    return planar_rule(node)->insert(graph, node, operands);
}
