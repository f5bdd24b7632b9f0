/* Old forms of operators to the newest, by tables. What changed since opset 7 for the operators of
 * ir/ops.def: attributes that became inputs, attributes that say nothing about inference, outputs
 * that only training or another operator uses. */
#include "onnx/import_node.h"

#include <string.h>

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

/* An attribute that is an input since an opset. */
struct moved_attribute {
    enum op op;
    int since;
    size_t input;
    const char *name;
    Onnx__AttributeProto__AttributeType type; /* INTS: int64[n]; FLOAT: a scalar */
    bool required;
};

static const struct moved_attribute moved_attributes[] = {
    {OP_Clip, 11, 1, "min", TYPE(FLOAT), false},
    {OP_Clip, 11, 2, "max", TYPE(FLOAT), false},
    {OP_Pad, 11, 1, "pads", TYPE(INTS), true},
    {OP_Pad, 11, 2, "value", TYPE(FLOAT), false},
    {OP_ReduceMean, 18, 1, "axes", TYPE(INTS), false},
    {OP_Slice, 10, 1, "starts", TYPE(INTS), true},
    {OP_Slice, 10, 2, "ends", TYPE(INTS), true},
    {OP_Slice, 10, 3, "axes", TYPE(INTS), false},
    {OP_Split, 13, 1, "split", TYPE(INTS), false},
    {OP_Squeeze, 13, 1, "axes", TYPE(INTS), false},
    {OP_Unsqueeze, 13, 1, "axes", TYPE(INTS), true},
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
    {"MaxPool", "storage_order", false, 0}, /* of the second output only */
};

/* Attributes without a default. Others are checked by the shape rules. */
static const struct {
    enum op op;
    const char *name;
} required_attributes[] = {{OP_Cast, "to"}, {OP_Concat, "axis"}};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* The value of an attribute that becomes an input. */
static enum snv2_status add_operand(struct node_import *import, const struct moved_attribute *moved,
                                    const Onnx__AttributeProto *attribute, struct value **value) {
    struct importer *importer = import->importer;
    struct graph *graph = importer->graph;
    struct arena *arena = graph->arena;
    bool is_list = moved->type == TYPE(INTS);
    size_t count = is_list ? attribute->n_ints : 1;
    size_t element_bytes = is_list ? sizeof(int64_t) : sizeof(float);
    struct shape shape = {.rank = is_list, .dims = {(int64_t)count}};
    void *data = arena_alloc(arena, count, element_bytes);
    const char *base = arena_printf(arena, "%s/%s", node_label(import->proto), moved->name);
    const char *name = base ? graph_unique_name(graph, base) : NULL;
    if (!data || !name)
        return diagnose_no_memory(importer->diagnostic);
    if (count > 0)
        memcpy(data, is_list ? (const void *)attribute->ints : &attribute->f,
               count * element_bytes);
    *value = graph_add_constant(graph, name, is_list ? DTYPE_INT64 : DTYPE_FLOAT32, &shape, data);
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

enum snv2_status upgrade_node(struct node_import *import) {
    enum snv2_status status = check_training(import);
    for (size_t i = 0; i < LENGTH(moved_attributes) && !status; i++)
        if (moved_attributes[i].op == import->op && import->opset < moved_attributes[i].since)
            status = move_attribute(import, &moved_attributes[i]);
    for (size_t i = 0; i < LENGTH(dropped_attributes) && !status; i++)
        if (strcmp(dropped_attributes[i].op_type, import->proto->op_type) == 0)
            status = drop_attribute(import, &dropped_attributes[i]);
    for (size_t i = 0; i < LENGTH(required_attributes) && !status; i++)
        if (required_attributes[i].op == import->op &&
            !has_attribute(import->proto, required_attributes[i].name))
            status = DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "attribute '%s' is missing",
                                     required_attributes[i].name);
    return status;
}
