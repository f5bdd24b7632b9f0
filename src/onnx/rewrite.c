/* Operators that have no line in ir/ops.def, because constants or others say the same:
 *
 *   y = Constant <value...>     y is a constant
 *   y, mask = Dropout(x)        y = Identity(x), mask = ConstantOfShape(Shape(x)) {value=true}
 *   y = Sum(a, b, c)            t = Add(a, b), y = Add(t, c) */
#include "onnx/import_node.h"

#include <string.h>

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

/* Refuses attributes that are left. */
static enum snv2_status check_consumed(const struct node_import *import) {
    for (size_t i = 0; i < import->proto->n_attribute; i++)
        if (!import->consumed[i])
            return DIAGNOSE_IMPORT(
                import, SNV2_UNSUPPORTED, "attribute '%s' is unknown in opset %lld",
                shown(import->proto->attribute[i]->name).text, (long long)import->opset);
    return SNV2_OK;
}

/* A list, or a single element as a scalar, in the graph's arena. */
static enum snv2_status make_tensor(const struct node_import *import, enum dtype dtype,
                                    bool is_list, size_t count, const void *elements,
                                    struct tensor *tensor) {
    struct importer *importer = import->importer;
    void *data = arena_alloc(importer->graph->arena, count, dtype_bytes(dtype));
    if (!data)
        return diagnose_no_memory(importer->diagnostic);
    if (count > 0)
        memcpy(data, elements, count * dtype_bytes(dtype));
    *tensor = (struct tensor){dtype, {.rank = is_list, .dims = {(int64_t)count}}, data};
    return SNV2_OK;
}

static enum snv2_status read_constant(struct node_import *import,
                                      const Onnx__AttributeProto *attribute,
                                      struct tensor *tensor) {
    static const struct {
        const char *name;
        Onnx__AttributeProto__AttributeType type;
    } forms[] = {
        {"value", TYPE(TENSOR)},  {"value_float", TYPE(FLOAT)}, {"value_floats", TYPE(FLOATS)},
        {"value_int", TYPE(INT)}, {"value_ints", TYPE(INTS)},
    };
    struct importer *importer = import->importer;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (strcmp(forms[i].name, attribute->name) != 0)
            continue;
        enum snv2_status status = expect_type(import, attribute, forms[i].type);
        if (status)
            return status;
        switch (forms[i].type) {
        case TYPE(TENSOR):
            return import_tensor(attribute->t, import->proto->output[0], importer->external,
                                 importer->graph->arena, tensor, importer->diagnostic);
        case TYPE(FLOAT):
            return make_tensor(import, DTYPE_FLOAT32, false, 1, &attribute->f, tensor);
        case TYPE(FLOATS):
            return make_tensor(import, DTYPE_FLOAT32, true, attribute->n_floats, attribute->floats,
                               tensor);
        case TYPE(INT):
            return make_tensor(import, DTYPE_INT64, false, 1, &attribute->i, tensor);
        default:
            return make_tensor(import, DTYPE_INT64, true, attribute->n_ints, attribute->ints,
                               tensor);
        }
    }
    return DIAGNOSE_IMPORT(import, SNV2_UNSUPPORTED, "attribute '%s' is not supported",
                           shown(attribute->name).text);
}

static enum snv2_status rewrite_constant(struct node_import *import) {
    const Onnx__NodeProto *proto = import->proto;
    struct tensor tensor;
    if (proto->n_attribute != 1 || proto->n_input != 0 || proto->n_output != 1)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL,
                               "has %zu attributes, %zu inputs, %zu outputs, expected 1, 0 and 1",
                               proto->n_attribute, proto->n_input, proto->n_output);
    enum snv2_status status = read_constant(import, proto->attribute[0], &tensor);
    if (status)
        return status;
    struct value *value = graph_find_value(import->importer->graph, proto->output[0]);
    value->dtype = tensor.dtype;
    value->shape = tensor.shape;
    value->data = tensor.data;
    return SNV2_OK;
}

/* Nothing is dropped: the mask is true everywhere. Before opset 10 inference had none. */
static enum snv2_status add_mask(const struct node_import *import) {
    static const bool yes = true;
    static const struct tensor mask = {DTYPE_BOOL, {1, {1}}, &yes};
    const Onnx__NodeProto *proto = import->proto;
    struct graph *graph = import->importer->graph;
    if (proto->n_output < 2 || !proto->output[1][0] || import->opset < 10)
        return SNV2_OK;
    struct node *shape = add_step(import, OP_Shape, 1, import->inputs);
    struct node *node =
        shape ? graph_insert_node(graph, NULL, OP_ConstantOfShape, node_label(proto), 1, 1) : NULL;
    if (!node)
        return diagnose_no_memory(import->importer->diagnostic);
    node->inputs[0] = shape->outputs[0];
    node->attributes.ConstantOfShape.value = &mask;
    node_set_output(node, 0, graph_find_value(graph, proto->output[1]));
    return SNV2_OK;
}

/* The third input, training_mode, must be known and false; before opset 7, training is what is_test
 * does not forbid. */
static enum snv2_status rewrite_dropout(struct node_import *import) {
    struct node *node;
    enum snv2_status status = upgrade_node(import);
    if (!status)
        status = check_consumed(import);
    if (status)
        return status;
    if (import->input_count < 1 || import->input_count > 3)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "has %zu inputs, expected 1 to 3",
                               import->input_count);
    if (import->opset < 7 && !take_attribute(import, "is_test"))
        return DIAGNOSE_IMPORT(import, SNV2_UNSUPPORTED,
                               "is in training mode (is_test is 0); export the model for "
                               "inference");
    const struct value *training = import->input_count == 3 ? import->inputs[2] : NULL;
    if (training && (!training->data || training->dtype != DTYPE_BOOL ||
                     shape_elements(&training->shape) != 1 || *(const uint8_t *)training->data))
        return DIAGNOSE_IMPORT(import, SNV2_UNSUPPORTED,
                               "may be in training mode; export the model for inference");
    import->input_count = 1;
    status = add_mask(import);
    return status ? status : add_node(import, OP_Identity, 1, &node);
}

static enum snv2_status rewrite_sum(struct node_import *import) {
    struct node *node;
    enum snv2_status status = upgrade_node(import);
    if (!status)
        status = check_consumed(import);
    if (status)
        return status;
    if (import->input_count < 1)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "has no inputs");
    if (import->input_count == 1)
        return add_node(import, OP_Identity, 1, &node);
    struct value **terms = import->inputs, *sum = terms[0];
    for (size_t i = 1; i + 1 < import->input_count; i++) {
        node = add_step(import, OP_Add, 2, (struct value *const[]){sum, terms[i]});
        if (!node)
            return diagnose_no_memory(import->importer->diagnostic);
        sum = node->outputs[0];
    }
    terms[1] = terms[import->input_count - 1];
    terms[0] = sum;
    import->input_count = 2;
    return add_node(import, OP_Add, 1, &node);
}

static const struct {
    const char *op_type;
    rewrite_function *rewrite;
} rewrites[] = {
    {"Constant", rewrite_constant},
    {"Dropout", rewrite_dropout},
    {"Sum", rewrite_sum},
};
enum { REWRITES = sizeof rewrites / sizeof *rewrites };

rewrite_function *find_rewrite(const char *op_type) {
    for (int i = 0; i < REWRITES; i++)
        if (strcmp(rewrites[i].op_type, op_type) == 0)
            return rewrites[i].rewrite;
    return NULL;
}

const char *rewritten_operator(int index) {
    return index < REWRITES ? rewrites[index].op_type : NULL;
}
