/* One node of the file into the graph: operands, older forms upgraded, attributes. */
#include "onnx/import_node.h"
#include "onnx/versions.h"

#include <string.h>

enum { MOVED_INPUTS = 4 }; /* most inputs that come of attributes, upgrade.c */

/* The older name of an operator, up to an opset. */
static const struct older_name {
    const char *name;
    enum op op;
    int last;
} older_names[] = {{"Upsample", OP_Resize, 9}};

static const struct older_name *find_older_name(const char *op_type) {
    for (size_t i = 0; i < sizeof older_names / sizeof *older_names; i++)
        if (strcmp(older_names[i].name, op_type) == 0)
            return &older_names[i];
    return NULL;
}

bool onnx_operator(int index, struct onnx_operator *operator) {
    *operator=(struct onnx_operator){.first = OPSET_MIN, .last = OPSET_MAX, .op = OP_COUNT};
    if (index < OP_COUNT) {
        operator->op =(enum op) index;
        operator->name = op_infos[index].since> 0 ? op_infos[index].name : NULL;
        if (op_infos[index].since > OPSET_MIN)
            operator->first = op_infos[index].since;
        return true;
    }
    index -= OP_COUNT;
    size_t older = (size_t)index;
    if (older < sizeof older_names / sizeof *older_names) {
        operator->name = older_names[older].name;
        operator->last = older_names[older].last;
        operator->op = older_names[older].op;
        return true;
    }
    operator->name = rewritten_operator((int)(older - sizeof older_names / sizeof *older_names));
    return operator->name;
}

bool importer_knows(const char *op_type) {
    enum op op = op_of_name(op_type);
    return find_rewrite(op_type) || find_older_name(op_type) ||
           (op != OP_COUNT && op_infos[op].since > 0);
}

/* That the node's opset has its operator. */
static enum snv2_status check_version(const struct node_import *import,
                                      const struct older_name *older) {
    if (older && import->opset > older->last)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL,
                               "opset %lld does not have this operator; it is %s since opset %d",
                               (long long)import->opset, op_infos[older->op].name, older->last + 1);
    if (!older && import->opset < op_infos[import->op].since)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL,
                               "opset %lld does not have this operator; it came with %d",
                               (long long)import->opset, op_infos[import->op].since);
    return SNV2_OK;
}

enum snv2_status find_operand(struct importer *importer, const char *name, struct value **value) {
    *value = graph_find_value(importer->graph, name);
    /* In topological order, an output that has been passed and is not computed never will be. */
    if (*value && (*value)->id >= importer->first_output && !(*value)->producer && !(*value)->data)
        return diagnose(importer->diagnostic, SNV2_UNSUPPORTED,
                        "'%s' is read, but outputs of its kind (a mask, indices) are not supported",
                        shown(name).text);
    return SNV2_OK;
}

static enum snv2_status find_inputs(struct node_import *import) {
    struct importer *importer = import->importer;
    const Onnx__NodeProto *proto = import->proto;
    import->inputs =
        arena_alloc(importer->scratch, proto->n_input + MOVED_INPUTS, sizeof *import->inputs);
    if (!import->inputs)
        return diagnose_no_memory(importer->diagnostic);
    for (size_t i = 0; i < proto->n_input; i++) {
        if (proto->input[i][0]) {
            enum snv2_status status = find_operand(importer, proto->input[i], &import->inputs[i]);
            if (status)
                return status;
        }
    }
    import->input_count = proto->n_input;
    return SNV2_OK;
}

/* The value that the node makes at output `index`; one that the file leaves unnamed gets a name. */
static struct value *output_value(const struct node_import *import, size_t index) {
    static const struct shape unknown = {.rank = SHAPE_UNKNOWN};
    struct graph *graph = import->importer->graph;
    const char *name = import->proto->output[index];
    if (*name)
        return graph_find_value(graph, name);
    name = graph_unique_name(graph, node_label(import->proto));
    return name ? graph_add_value(graph, name, DTYPE_NONE, &unknown) : NULL;
}

enum snv2_status add_node(struct node_import *import, enum op op, size_t outputs_max,
                          struct node **result) {
    const Onnx__NodeProto *proto = import->proto;
    size_t inputs = import->input_count, outputs = proto->n_output;
    while (inputs > 0 && !import->inputs[inputs - 1])
        inputs--;
    while (!proto->output[outputs - 1][0])
        outputs--;
    if (outputs > outputs_max)
        outputs = outputs_max;
    struct node *node = graph_insert_node(import->importer->graph, NULL, op, node_label(proto),
                                          (int)inputs, (int)outputs);
    if (!node)
        return diagnose_no_memory(import->importer->diagnostic);
    for (size_t i = 0; i < inputs; i++)
        node->inputs[i] = import->inputs[i];
    for (size_t i = 0; i < outputs; i++) {
        struct value *value = output_value(import, i);
        if (!value)
            return diagnose_no_memory(import->importer->diagnostic);
        node_set_output(node, (int)i, value);
    }
    *result = node;
    return SNV2_OK;
}

struct node *add_step(const struct node_import *import, enum op op, int input_count,
                      struct value *const *inputs) {
    static const struct shape unknown = {.rank = SHAPE_UNKNOWN};
    struct graph *graph = import->importer->graph;
    const char *label = node_label(import->proto), *name = graph_unique_name(graph, label);
    struct value *output = name ? graph_add_value(graph, name, DTYPE_NONE, &unknown) : NULL;
    struct node *node = graph_insert_node(graph, NULL, op, label, input_count, 1);
    if (!output || !node)
        return NULL;
    for (int i = 0; i < input_count; i++)
        node->inputs[i] = inputs[i];
    node_set_output(node, 0, output);
    return node;
}

/* The indices of a MaxPool are a node of their own; of its other outputs, a LayerNormalization
 * keeps those that are named; all others are kept to be judged. */
static size_t outputs_kept(enum op op) {
    return op == OP_MaxPool ? 1 : ANY;
}

static enum snv2_status add_indices(struct node_import *import, const struct node *pool) {
    const struct MaxPool_attributes *from = &pool->attributes.MaxPool;
    const Onnx__NodeProto *proto = import->proto;
    const Onnx__AttributeProto *order = take_attribute(import, "storage_order");
    if (proto->n_output < 2 || !proto->output[1][0])
        return SNV2_OK;
    enum snv2_status status =
        order ? expect_type(import, order, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT) : SNV2_OK;
    if (status)
        return status;
    struct node *node =
        graph_insert_node(import->importer->graph, NULL, OP_MaxPoolIndices, pool->name, 1, 1);
    if (!node)
        return diagnose_no_memory(import->importer->diagnostic);
    node->inputs[0] = pool->inputs[0];
    node->attributes.MaxPoolIndices = (struct MaxPoolIndices_attributes){
        .auto_pad = from->auto_pad,
        .ceil_mode = from->ceil_mode,
        .dilations = from->dilations,
        .kernel_shape = from->kernel_shape,
        .pads = from->pads,
        .storage_order = order ? order->i : 0,
        .strides = from->strides,
    };
    node_set_output(node, 0, output_value(import, 1));
    return SNV2_OK;
}

/* That the node's opset has all that the node says. */
static enum snv2_status check_additions(const struct node_import *import, const struct node *node) {
    const char *what;
    int since = node_additions(node, &what);
    if (import->opset < since)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL,
                               "opset %lld does not have this '%s'; it came with %d",
                               (long long)import->opset, what, since);
    return SNV2_OK;
}

enum snv2_status import_node(struct importer *importer, const struct source_node *source) {
    const struct older_name *older = find_older_name(source->proto->op_type);
    struct node_import import = {
        .importer = importer,
        .proto = source->proto,
        .opset = source->opset,
        .op = older ? older->op : op_of_name(source->proto->op_type),
    };
    enum snv2_status status = check_attributes(&import);
    if (!status)
        status = find_inputs(&import);
    if (status)
        return status;
    rewrite_function *rewrite = find_rewrite(source->proto->op_type);
    if (rewrite)
        return rewrite(&import);
    struct node *node;
    status = check_version(&import, older);
    if (!status)
        status = upgrade_node(&import);
    if (!status)
        status = add_node(&import, import.op, outputs_kept(import.op), &node);
    if (status)
        return status;
    set_older_defaults(&import, node);
    status = read_type_name(&import, node);
    if (!status)
        status = read_attributes(&import, node);
    if (!status)
        status = check_additions(&import, node);
    return status || import.op != OP_MaxPool ? status : add_indices(&import, node);
}
