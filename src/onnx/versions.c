/* The tables of versions.h. */
#include "onnx/versions.h"

#include <string.h>

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name
#define LENGTH(array) ((int)(sizeof(array) / sizeof *(array)))

const struct moved_attribute moved_attributes[] = {
    {OP_Clip, 11, 1, "min", TYPE(FLOAT), false},
    {OP_Clip, 11, 2, "max", TYPE(FLOAT), false},
    {OP_Pad, 11, 1, "pads", TYPE(INTS), true},
    {OP_Pad, 11, 2, "value", TYPE(FLOAT), false},
    {OP_ReduceL1, 18, 1, "axes", TYPE(INTS), false},
    {OP_ReduceL2, 18, 1, "axes", TYPE(INTS), false},
    {OP_ReduceLogSum, 18, 1, "axes", TYPE(INTS), false},
    {OP_ReduceLogSumExp, 18, 1, "axes", TYPE(INTS), false},
    {OP_ReduceMax, 18, 1, "axes", TYPE(INTS), false},
    {OP_ReduceMean, 18, 1, "axes", TYPE(INTS), false},
    {OP_ReduceMin, 18, 1, "axes", TYPE(INTS), false},
    {OP_ReduceProd, 18, 1, "axes", TYPE(INTS), false},
    {OP_ReduceSum, 13, 1, "axes", TYPE(INTS), false},
    {OP_ReduceSumSquare, 18, 1, "axes", TYPE(INTS), false},
    {OP_Reshape, 5, 1, "shape", TYPE(INTS), true},
    {OP_Resize, 9, 1, "scales", TYPE(FLOATS), true}, /* Upsample's */
    {OP_Slice, 10, 1, "starts", TYPE(INTS), true},
    {OP_Slice, 10, 2, "ends", TYPE(INTS), true},
    {OP_Slice, 10, 3, "axes", TYPE(INTS), false},
    {OP_Split, 13, 1, "split", TYPE(INTS), false},
    {OP_Squeeze, 13, 1, "axes", TYPE(INTS), false},
    {OP_TopK, 10, 1, "k", TYPE(INT), true},
    {OP_Unsqueeze, 13, 1, "axes", TYPE(INTS), true},
};
const int moved_attribute_count = LENGTH(moved_attributes);

/* Operators that are not known have none. */
const char *required_attribute(enum op op) {
    static const char *const required[OP_COUNT] = {
        [OP_BitShift] = "direction", [OP_Cast] = "to",
        [OP_Concat] = "axis",        [OP_DepthToSpace] = "blocksize",
        [OP_Einsum] = "equation",    [OP_GroupNormalization] = "num_groups",
        [OP_LRN] = "size",           [OP_SpaceToDepth] = "blocksize",
    };
    return op < OP_COUNT ? required[op] : NULL;
}

/* Attributes that an opset added; their defaults are what operators did before. */
static const struct {
    enum op op;
    const char *name;
    int since;
} added_attributes[] = {
    {OP_AveragePool, "dilations", 19},
    {OP_GatherND, "batch_dims", 12},
    {OP_LpPool, "ceil_mode", 18},
    {OP_LpPool, "dilations", 18},
    {OP_ReduceL1, "noop_with_empty_axes", 18},
    {OP_ReduceL2, "noop_with_empty_axes", 18},
    {OP_ReduceLogSum, "noop_with_empty_axes", 18},
    {OP_ReduceLogSumExp, "noop_with_empty_axes", 18},
    {OP_ReduceMax, "noop_with_empty_axes", 18},
    {OP_ReduceMean, "noop_with_empty_axes", 18},
    {OP_ReduceMin, "noop_with_empty_axes", 18},
    {OP_ReduceProd, "noop_with_empty_axes", 18},
    {OP_ReduceSumSquare, "noop_with_empty_axes", 18},
    {OP_Resize, "antialias", 18},
    {OP_Resize, "axes", 18},
    {OP_Resize, "keep_aspect_ratio_policy", 18},
    {OP_Split, "num_outputs", 18},
};

/* Values that an opset added to an attribute. */
static const struct {
    enum op op;
    const char *name;
    int64_t value;
    int since;
} added_values[] = {
    {OP_Pad, "mode", PAD_MODE_WRAP, 19},
    {OP_Resize, "coordinate_transformation_mode", COORDINATE_HALF_PIXEL_SYMMETRIC, 19},
};

/* Inputs that an opset added. */
static const struct {
    enum op op;
    int input;
    const char *name;
    int since;
} added_inputs[] = {{OP_Pad, 3, "axes", 18}};

/* Operators that an opset gave another meaning, which the importer tells by other things. */
static const struct {
    enum op op;
    int since;
} new_meanings[] = {{OP_GroupNormalization, 21}};

/* What shape rules write into lists that a file left empty: all axes of a Resize, ones. */
static bool is_written_out(const struct node *node, const struct attribute_field *field,
                           const struct ints *ints) {
    bool is_axes = node->op == OP_Resize && strcmp(field->name, "axes") == 0;
    if (is_axes && ints->count != node->inputs[0]->shape.rank)
        return false;
    if (!is_axes && strcmp(field->name, "dilations") != 0)
        return false;
    for (int32_t i = 0; i < ints->count; i++)
        if (ints->values[i] != (is_axes ? i : 1))
            return false;
    return true;
}

bool attribute_is_implied(const struct node *node, const struct attribute_field *field) {
    const char *required = required_attribute(node->op);
    union attributes defaults;
    if (required && strcmp(required, field->name) == 0)
        return false;
    attributes_init((int)node->op, &defaults);
    if (attribute_is_same(field, &node->attributes, &defaults))
        return true;
    return field->kind == ATTRIBUTE_INTS &&
           is_written_out(node, field,
                          (const void *)((const char *)&node->attributes + field->offset));
}

static int attribute_opset(const struct node *node, const struct attribute_field *field) {
    int opset = 0;
    for (int i = 0; i < LENGTH(added_attributes); i++)
        if (added_attributes[i].op == node->op &&
            strcmp(added_attributes[i].name, field->name) == 0)
            opset = added_attributes[i].since;
    for (int i = 0; i < LENGTH(added_values); i++)
        if (added_values[i].op == node->op && strcmp(added_values[i].name, field->name) == 0 &&
            attribute_int(&node->attributes, field) == added_values[i].value)
            opset = added_values[i].since;
    return opset;
}

int node_additions(const struct node *node, const char **what) {
    int opset = 0, count;
    const struct attribute_field *fields = attribute_fields((int)node->op, &count);
    for (int i = 0; i < count; i++) {
        int since = attribute_is_implied(node, &fields[i]) ? 0 : attribute_opset(node, &fields[i]);
        if (since > opset) {
            opset = since;
            *what = fields[i].name;
        }
    }
    for (int i = 0; i < LENGTH(added_inputs); i++)
        if (added_inputs[i].op == node->op && node->input_count > added_inputs[i].input &&
            added_inputs[i].since > opset) {
            opset = added_inputs[i].since;
            *what = added_inputs[i].name;
        }
    return opset;
}

int node_opset(const struct node *node) {
    const char *what;
    int opset = op_infos[node->op].since, additions = node_additions(node, &what);
    opset = additions > opset ? additions : opset;
    for (int i = 0; i < LENGTH(new_meanings); i++)
        if (new_meanings[i].op == node->op && new_meanings[i].since > opset)
            opset = new_meanings[i].since;
    return opset;
}
