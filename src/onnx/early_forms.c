/* Forms of operators before opset 7 that no row of a table turns into the newest:
 *
 *   Add(a, b) {broadcast=1, axis=1}      Add(a, Reshape(b, Concat(Shape(b), ones)))
 *   PRelu(x, slope)                      the same, axis 1: slope is one number for each channel
 *   Upsample(x) {height_scale, ...}      Upsample(x, [1, 1, height, width])
 *   Cast(x) {to="FLOAT"}                 Cast(x) {to=1} */
#include "onnx/import_node.h"

#include <string.h>

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name
#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* ---- broadcasting ---- */

/* A constant of one int64. */
static struct value *add_number(const struct node_import *import, const char *what,
                                const struct shape *shape, int64_t number) {
    struct graph *graph = import->importer->graph;
    const char *base = arena_printf(graph->arena, "%s/%s", node_label(import->proto), what);
    const char *name = base ? graph_unique_name(graph, base) : NULL;
    int64_t *data = arena_alloc(graph->arena, 1, sizeof *data);
    if (!name || !data)
        return NULL;
    *data = number;
    return graph_add_constant(graph, name, DTYPE_INT64, shape, data);
}

/* One node more on the way; NULL, also as an operand, where memory ran out. */
static struct value *step(const struct node_import *import, enum op op, int input_count,
                          struct value *const *inputs) {
    for (int i = 0; i < input_count; i++)
        if (!inputs[i])
            return NULL;
    struct node *node = add_step(import, op, input_count, inputs);
    return node ? node->outputs[0] : NULL;
}
#define STEP(op, ...)                                                                              \
    step(import, op, LENGTH(((struct value *[]){__VA_ARGS__})),                                    \
         (struct value *const[]){__VA_ARGS__})

/* As many ones as the second operand's shape needs behind it to begin at dimension `axis` of the
 * first. */
static struct value *add_ones(const struct node_import *import, struct value *a_shape,
                              struct value *b_shape, int64_t axis) {
    static const int64_t one = 1;
    static const struct tensor ones = {DTYPE_INT64, {.rank = 1, .dims = {1}}, &one};
    struct value *first = add_number(import, "axis", &(struct shape){.rank = 1, .dims = {1}}, axis);
    struct value *missing = STEP(OP_Sub, STEP(OP_Size, a_shape), STEP(OP_Size, b_shape));
    struct value *count = STEP(OP_Sub, missing, first);
    struct node *node = count ? add_step(import, OP_ConstantOfShape, 1, &count) : NULL;
    if (!node)
        return NULL;
    node->attributes.ConstantOfShape.value = &ones;
    return node->outputs[0];
}

/* Operand 2 in a shape that begins at dimension `axis` of operand 1 and ends with ones. */
static enum snv2_status align_operand(struct node_import *import, int64_t axis) {
    if (import->input_count != 2 || !import->inputs[0] || !import->inputs[1])
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "has %zu inputs, expected 2",
                               import->input_count);
    struct value *a_shape = STEP(OP_Shape, import->inputs[0]);
    struct value *b_shape = STEP(OP_Shape, import->inputs[1]);
    struct value *ones = a_shape && b_shape ? add_ones(import, a_shape, b_shape, axis) : NULL;
    struct value *shape = STEP(OP_Concat, b_shape, ones);
    import->inputs[1] = STEP(OP_Reshape, import->inputs[1], shape);
    return import->inputs[1] ? SNV2_OK : diagnose_no_memory(import->importer->diagnostic);
}

/* An INT attribute; *value stays where the file has none. */
static enum snv2_status take_int(struct node_import *import, const char *name, int64_t *value) {
    const Onnx__AttributeProto *attribute = take_attribute(import, name);
    if (!attribute)
        return SNV2_OK;
    *value = attribute->i;
    return expect_type(import, attribute, TYPE(INT));
}

/* Without an axis, the last dimensions of the operands are aligned, as today. */
static enum snv2_status upgrade_broadcast(struct node_import *import) {
    int64_t broadcast = 0, axis = INT64_MAX;
    enum snv2_status status = take_int(import, "broadcast", &broadcast);
    if (!status)
        status = take_int(import, "axis", &axis);
    if (status || !broadcast || axis == INT64_MAX)
        return status;
    if (axis < 0 || axis >= MAX_RANK)
        return DIAGNOSE_IMPORT(import, SNV2_UNSUPPORTED,
                               "attribute 'axis' is %lld; supported are 0 to %d", (long long)axis,
                               MAX_RANK - 1);
    return align_operand(import, axis);
}

static enum snv2_status upgrade_prelu(struct node_import *import) {
    return align_operand(import, 1);
}

/* ---- attributes of another kind ---- */

static enum snv2_status take_scale(struct node_import *import, const char *name, float *scale) {
    const Onnx__AttributeProto *attribute = take_attribute(import, name);
    if (!attribute)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "attribute '%s' is missing", name);
    *scale = attribute->f;
    return expect_type(import, attribute, TYPE(FLOAT));
}

/* What 'bilinear' means at the borders, no version of the operator says. */
static enum snv2_status upgrade_upsample(struct node_import *import) {
    struct graph *graph = import->importer->graph;
    const Onnx__AttributeProto *mode = take_attribute(import, "mode");
    float *scales = arena_alloc(graph->arena, 4, sizeof *scales);
    const char *base = arena_printf(graph->arena, "%s/scales", node_label(import->proto));
    const char *name = base ? graph_unique_name(graph, base) : NULL;
    if (!scales || !name)
        return diagnose_no_memory(import->importer->diagnostic);
    if (mode && (mode->s.len != 7 || memcmp(mode->s.data, "nearest", 7) != 0))
        return DIAGNOSE_IMPORT(import, SNV2_UNSUPPORTED,
                               "in opset %lld the only mode that is supported is 'nearest'",
                               (long long)import->opset);
    if (import->input_count != 1)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "has %zu inputs, expected 1",
                               import->input_count);
    scales[0] = scales[1] = 1;
    enum snv2_status status = take_scale(import, "height_scale", &scales[2]);
    if (!status)
        status = take_scale(import, "width_scale", &scales[3]);
    if (status)
        return status;
    import->inputs[1] = graph_add_constant(graph, name, DTYPE_FLOAT32,
                                           &(struct shape){.rank = 1,
                                                           .dims =
                                                           { 4 }},
                                           scales);
    import->input_count = 2;
    return import->inputs[1] ? SNV2_OK : diagnose_no_memory(import->importer->diagnostic);
}

enum snv2_status read_type_name(struct node_import *import, struct node *node) {
    static const struct {
        const char *name;
        enum dtype dtype;
    } names[] = {
        {"BOOL", DTYPE_BOOL},       {"DOUBLE", DTYPE_FLOAT64}, {"FLOAT", DTYPE_FLOAT32},
        {"FLOAT16", DTYPE_FLOAT16}, {"INT16", DTYPE_INT16},    {"INT32", DTYPE_INT32},
        {"INT64", DTYPE_INT64},     {"INT8", DTYPE_INT8},      {"UINT16", DTYPE_UINT16},
        {"UINT32", DTYPE_UINT32},   {"UINT64", DTYPE_UINT64},  {"UINT8", DTYPE_UINT8},
    };
    if (import->op != OP_Cast || import->opset >= 6)
        return SNV2_OK;
    const Onnx__AttributeProto *to = take_attribute(import, "to");
    enum snv2_status status = expect_type(import, to, TYPE(STRING));
    if (status)
        return status;
    for (size_t i = 0; i < LENGTH(names); i++)
        if (to->s.len == strlen(names[i].name) &&
            memcmp(to->s.data, names[i].name, to->s.len) == 0) {
            node->attributes.Cast.to = names[i].dtype;
            return SNV2_OK;
        }
    return DIAGNOSE_IMPORT(import, SNV2_UNSUPPORTED,
                           "casts to a type that is not supported: attribute 'to'");
}

/* ---- what is not supported ---- */

static enum snv2_status refuse_tile(struct node_import *import) {
    return DIAGNOSE_IMPORT(import, SNV2_UNSUPPORTED,
                           "before opset 6 its operands are one count and one axis, which is not "
                           "supported: convert the model to a newer opset");
}

/* Nor does the specification say which axis is split where the file does not. */
static enum snv2_status check_split(struct node_import *import) {
    bool has_axis = false;
    for (size_t i = 0; i < import->proto->n_attribute; i++)
        has_axis = has_axis || strcmp(import->proto->attribute[i]->name, "axis") == 0;
    if (import->input_count == 1 && has_axis)
        return SNV2_OK;
    return DIAGNOSE_IMPORT(import, SNV2_UNSUPPORTED,
                           "in opset 1 only a split along a given axis, of lengths that are an "
                           "attribute, is supported: convert the model to a newer opset");
}

/* ---- which is what ---- */

static const struct {
    const char *op_type;
    int before; /* the first opset of the next form */
    enum snv2_status (*upgrade)(struct node_import *import);
} early_forms[] = {
    {"Add", 7, upgrade_broadcast},     {"And", 7, upgrade_broadcast},
    {"Div", 7, upgrade_broadcast},     {"Equal", 7, upgrade_broadcast},
    {"Greater", 7, upgrade_broadcast}, {"Less", 7, upgrade_broadcast},
    {"Mul", 7, upgrade_broadcast},     {"Or", 7, upgrade_broadcast},
    {"PRelu", 7, upgrade_prelu},       {"Pow", 7, upgrade_broadcast},
    {"Split", 2, check_split},         {"Sub", 7, upgrade_broadcast},
    {"Tile", 6, refuse_tile},          {"Upsample", 7, upgrade_upsample},
    {"Xor", 7, upgrade_broadcast},
};

enum snv2_status upgrade_early_form(struct node_import *import) {
    for (size_t i = 0; i < LENGTH(early_forms); i++)
        if (import->opset < early_forms[i].before &&
            strcmp(early_forms[i].op_type, import->proto->op_type) == 0)
            return early_forms[i].upgrade(import);
    return SNV2_OK;
}
