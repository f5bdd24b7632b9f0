/* Old forms of operators to the newest, by tables. What changed since opset 1 for the operators of
 * ir/ops.def: attributes that became inputs, inputs that changed places, defaults, attributes that
 * say nothing about inference, outputs that only training or another operator uses. What no row of
 * a table says stands in early_forms.c. */
#include "onnx/import_node.h"
#include "onnx/versions.h"

#include <string.h>

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

/* An INT, FLOAT or mode that was another before an opset, where the file does not say; internal
 * ones it never says. */
static const struct older_default {
    enum op op;
    int since;
    const char *name;
    int64_t value;
    float real; /* of a FLOAT */
} older_defaults[] = {
    {OP_Concat, 4, "axis", 1, 0},
    {OP_Hardmax, 13, "axis", 1, 0},
    {OP_Hardmax, 13, "over_rest", true, 0},
    {OP_LogSoftmax, 13, "axis", 1, 0},
    {OP_LogSoftmax, 13, "over_rest", true, 0},
    {OP_Resize, 11, "coordinate_transformation_mode", COORDINATE_ASYMMETRIC, 0},
    {OP_Resize, 11, "nearest_mode", NEAREST_FLOOR, 0},
    {OP_Selu, 6, "alpha", 0, 1.6732f},
    {OP_Selu, 6, "gamma", 0, 1.0507f},
    {OP_Softmax, 13, "axis", 1, 0},
    {OP_Softmax, 13, "over_rest", true, 0},
};

/* The name of an attribute before an opset. */
static const struct {
    enum op op;
    int since;
    const char *name, *older;
} older_attribute_names[] = {{OP_Pad, 2, "pads", "paddings"}};

/* An attribute that the graph does not keep. */
struct dropped_attribute {
    const char *op_type, *name; /* NULL: any operator */
    int before;                 /* the first opset that does not have it, or 0 */
    bool fixed;                 /* only `value`, an INT, is supported: else any value will do */
    int64_t value;
};

static const struct dropped_attribute dropped_attributes[] = {
    {NULL, "consumed_inputs", 6, false, 0}, /* which memory to reuse */
    {"BatchNormalization", "is_test", 7, true, 1},
    {"BatchNormalization", "momentum", 0, false, 0}, /* training only */
    {"BatchNormalization", "spatial", 0, true, 1},
    {"BatchNormalization", "training_mode", 0, true, 0},
    {"Cast", "round_mode", 0, false, 0}, /* of 8-bit floats only, as is saturate */
    {"Cast", "saturate", 0, false, 0},
    {"CastLike", "round_mode", 0, false, 0},
    {"CastLike", "saturate", 0, false, 0},
    {"Dropout", "is_test", 7, true, 1},
    {"Dropout", "ratio", 0, false, 0}, /* training only */
    {"Dropout", "seed", 0, false, 0},
    {"Gemm", "broadcast", 7, false, 0},                /* a C that needs it is broadcast */
    {"GroupNormalization", "stash_type", 0, false, 0}, /* precision of the mean */
    {"LayerNormalization", "stash_type", 0, false, 0},
    {"QuantizeLinear", "saturate", 0, false, 0}, /* of 8-bit floats only */
    {"MaxPool", "storage_order", 0, false, 0},   /* of Indices, import_node.c */
};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* The elements of an attribute. */
struct elements {
    const void *data;
    size_t count;
    bool is_list;
    enum dtype dtype;
};

static struct elements attribute_elements(const Onnx__AttributeProto *attribute, int type) {
    if (type == TYPE(INTS))
        return (struct elements){attribute->ints, attribute->n_ints, true, DTYPE_INT64};
    if (type == TYPE(FLOATS))
        return (struct elements){attribute->floats, attribute->n_floats, true, DTYPE_FLOAT32};
    if (type == TYPE(INT))
        return (struct elements){&attribute->i, 1, false, DTYPE_INT64};
    return (struct elements){&attribute->f, 1, false, DTYPE_FLOAT32};
}

/* The value of an attribute that becomes an input. */
static enum snv2_status add_operand(struct node_import *import, const struct moved_attribute *moved,
                                    const Onnx__AttributeProto *attribute, struct value **value) {
    struct importer *importer = import->importer;
    struct graph *graph = importer->graph;
    struct arena *arena = graph->arena;
    struct elements elements = attribute_elements(attribute, moved->type);
    size_t element_bytes = dtype_bytes(elements.dtype);
    struct shape shape = {.rank = elements.is_list, .dims = {(int64_t)elements.count}};
    void *data = arena_alloc(arena, elements.count, element_bytes);
    const char *base = arena_printf(arena, "%s/%s", node_label(import->proto), moved->name);
    const char *name = base ? graph_unique_name(graph, base) : NULL;
    if (!data || !name)
        return diagnose_no_memory(importer->diagnostic);
    if (elements.count > 0)
        memcpy(data, elements.data, elements.count * element_bytes);
    *value = graph_add_constant(graph, name, elements.dtype, &shape, data);
    return *value ? SNV2_OK : diagnose_no_memory(importer->diagnostic);
}

/* What the node's opset calls an attribute of today. */
static const char *name_in_opset(const struct node_import *import, const char *name) {
    for (size_t i = 0; i < LENGTH(older_attribute_names); i++)
        if (older_attribute_names[i].op == import->op &&
            import->opset < older_attribute_names[i].since &&
            strcmp(older_attribute_names[i].name, name) == 0)
            return older_attribute_names[i].older;
    return name;
}

static enum snv2_status move_attribute(struct node_import *import,
                                       const struct moved_attribute *moved) {
    const char *name = name_in_opset(import, moved->name);
    const Onnx__AttributeProto *attribute = take_attribute(import, name);
    if (import->input_count > moved->input && import->inputs[moved->input] && !attribute &&
        import->proto->n_input <= moved->input)
        return SNV2_OK; /* an early form has made it already */
    if (import->proto->n_input > moved->input)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL,
                               "has %zu inputs; in opset %lld '%s' is an attribute",
                               import->proto->n_input, (long long)import->opset, name);
    if (!attribute && moved->required)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "attribute '%s' is missing", name);
    if (!attribute)
        return SNV2_OK;
    enum snv2_status status = expect_type(import, attribute, moved->type);
    if (status)
        return status;
    while (import->input_count <= moved->input)
        import->inputs[import->input_count++] = NULL;
    return add_operand(import, moved, attribute, &import->inputs[moved->input]);
}

static enum snv2_status drop_attribute(struct node_import *import,
                                       const struct dropped_attribute *dropped) {
    const Onnx__AttributeProto *attribute = take_attribute(import, dropped->name);
    if (!attribute || !dropped->fixed)
        return SNV2_OK;
    enum snv2_status status = expect_type(import, attribute, TYPE(INT));
    if (!status && attribute->i != dropped->value)
        status =
            DIAGNOSE_IMPORT(import, SNV2_UNSUPPORTED, "attribute '%s' is %lld; supported is %lld",
                            dropped->name, (long long)attribute->i, (long long)dropped->value);
    return status;
}

static bool has_attribute(const Onnx__NodeProto *proto, const char *name) {
    for (size_t i = 0; i < proto->n_attribute; i++)
        if (strcmp(proto->attribute[i]->name, name) == 0)
            return true;
    return false;
}

/* Before opset 14, naming its other outputs made a BatchNormalization compute them, and its first
 * one, from the batch. */
static enum snv2_status check_training(const struct node_import *import) {
    const Onnx__NodeProto *proto = import->proto;
    for (size_t i = 1; import->op == OP_BatchNormalization && i < proto->n_output; i++)
        if (proto->output[i][0])
            return DIAGNOSE_IMPORT(import, SNV2_UNSUPPORTED,
                                   "is in training mode (it has the output '%s'); export the model "
                                   "for inference",
                                   shown(proto->output[i]).text);
    return SNV2_OK;
}

/* Before opset 11 a Resize had no roi: its scales stood second. */
static enum snv2_status insert_roi(struct node_import *import) {
    if (import->op != OP_Resize || import->opset >= 11)
        return SNV2_OK;
    if (import->input_count != 2)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "has %zu inputs, expected X and scales",
                               import->input_count);
    import->inputs[2] = import->inputs[1];
    import->inputs[1] = NULL;
    import->input_count = 3;
    return SNV2_OK;
}

/* Whether the attribute had a default in the node's opset, which it has no more. */
static bool had_default(const struct node_import *import, const char *name) {
    for (size_t i = 0; i < LENGTH(older_defaults); i++)
        if (older_defaults[i].op == import->op && import->opset < older_defaults[i].since &&
            strcmp(older_defaults[i].name, name) == 0)
            return true;
    return false;
}

static bool is_dropped(const struct node_import *import, const struct dropped_attribute *dropped) {
    return (!dropped->before || import->opset < dropped->before) &&
           (!dropped->op_type || strcmp(dropped->op_type, import->proto->op_type) == 0);
}

enum snv2_status upgrade_node(struct node_import *import) {
    enum snv2_status status = check_training(import);
    if (!status)
        status = upgrade_early_form(import);
    for (int i = 0; i < moved_attribute_count && !status; i++)
        if (moved_attributes[i].op == import->op && import->opset < moved_attributes[i].since)
            status = move_attribute(import, &moved_attributes[i]);
    if (!status)
        status = insert_roi(import);
    for (size_t i = 0; i < LENGTH(dropped_attributes) && !status; i++)
        if (is_dropped(import, &dropped_attributes[i]))
            status = drop_attribute(import, &dropped_attributes[i]);
    const char *required = required_attribute(import->op);
    if (!status && required && !has_attribute(import->proto, required) &&
        !had_default(import, required))
        status = DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "attribute '%s' is missing", required);
    return status;
}

void set_older_defaults(const struct node_import *import, struct node *node) {
    int count;
    const struct attribute_field *fields = attribute_fields((int)node->op, &count);
    for (size_t i = 0; i < LENGTH(older_defaults); i++) {
        if (older_defaults[i].op != node->op || import->opset >= older_defaults[i].since)
            continue;
        const struct attribute_field *field = fields;
        while (strcmp(field->name, older_defaults[i].name) != 0)
            field++;
        if (field->kind == ATTRIBUTE_FLOAT)
            *(float *)attribute_place(&node->attributes, field) = older_defaults[i].real;
        else
            attribute_set_int(&node->attributes, field, older_defaults[i].value);
    }
}
