/* Old forms of operators to the newest, by tables. What changed since opset 7 for the operators of
 * ir/ops.def: attributes that became inputs, inputs that changed places, defaults, attributes that
 * say nothing about inference, outputs that only training or another operator uses. */
#include "onnx/import_node.h"
#include "onnx/versions.h"

#include <string.h>

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

/* An INT or a mode that was another before an opset, where the file does not say; internal ones it
 * never says. */
static const struct {
    enum op op;
    int since;
    const char *name;
    int64_t value;
} older_defaults[] = {
    {OP_LogSoftmax, 13, "axis", 1},
    {OP_LogSoftmax, 13, "over_rest", true},
    {OP_Resize, 11, "coordinate_transformation_mode", COORDINATE_ASYMMETRIC},
    {OP_Resize, 11, "nearest_mode", NEAREST_FLOOR},
    {OP_Softmax, 13, "axis", 1},
    {OP_Softmax, 13, "over_rest", true},
};

/* An attribute that the graph does not keep. */
struct dropped_attribute {
    const char *op_type, *name;
    bool fixed; /* only `value`, an INT, is supported: else any value will do */
    int64_t value;
};

static const struct dropped_attribute dropped_attributes[] = {
    {"BatchNormalization", "momentum", false, 0}, /* training only */
    {"BatchNormalization", "spatial", true, 1},
    {"BatchNormalization", "training_mode", true, 0},
    {"Cast", "round_mode", false, 0}, /* of 8-bit floats only, as is saturate */
    {"Cast", "saturate", false, 0},
    {"Dropout", "ratio", false, 0}, /* training only */
    {"Dropout", "seed", false, 0},
    {"GroupNormalization", "stash_type", false, 0}, /* precision of the mean */
    {"LayerNormalization", "stash_type", false, 0},
    {"MaxPool", "storage_order", false, 0}, /* of the second output only */
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

static enum snv2_status move_attribute(struct node_import *import,
                                       const struct moved_attribute *moved) {
    const Onnx__AttributeProto *attribute = take_attribute(import, moved->name);
    if (import->proto->n_input > moved->input)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL,
                               "has %zu inputs; in opset %lld '%s' is an attribute",
                               import->proto->n_input, (long long)import->opset, moved->name);
    if (!attribute && moved->required)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "attribute '%s' is missing", moved->name);
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

enum snv2_status upgrade_node(struct node_import *import) {
    enum snv2_status status = check_training(import);
    for (int i = 0; i < moved_attribute_count && !status; i++)
        if (moved_attributes[i].op == import->op && import->opset < moved_attributes[i].since)
            status = move_attribute(import, &moved_attributes[i]);
    if (!status)
        status = insert_roi(import);
    for (size_t i = 0; i < LENGTH(dropped_attributes) && !status; i++)
        if (strcmp(dropped_attributes[i].op_type, import->proto->op_type) == 0)
            status = drop_attribute(import, &dropped_attributes[i]);
    const char *required = required_attribute(import->op);
    if (!status && required && !has_attribute(import->proto, required))
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
        attribute_set_int(&node->attributes, field, older_defaults[i].value);
    }
}
