/* If and Loop whose conditions are constants give way to what they do:
 *
 *   y = If(true) {then_branch: t = f(x)}          t = f(x), y = Identity(t)
 *   y = Loop(2, true, v) {body: v' = f(v)}        v1 = f(v), v2 = f(v1), y = Identity(v2)
 *
 * A condition is known where it is a constant or computed from constants and shapes
 * (known_number.c). What scans is joined by Unsqueeze and Concat. Everything else stays, to be
 * refused.
 */
#include "onnx/expansion.h"

#include <string.h>

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

enum {
    NODE_OPSET = 13, /* of the nodes that are made here */
    MAX_ITERATIONS = 256,
};

static const Onnx__AttributeProto *find_attribute(const Onnx__NodeProto *node, const char *name) {
    for (size_t i = 0; i < node->n_attribute; i++)
        if (strcmp(proto_text(node->attribute[i]->name), name) == 0)
            return node->attribute[i];
    return NULL;
}

static bool is_operator(const Onnx__NodeProto *node, const char *op_type) {
    return node && *default_domain(proto_text(node->domain)) == '\0' &&
           strcmp(proto_text(node->op_type), op_type) == 0;
}

/* ---- nodes that are made here ---- */

static enum snv2_status append_made(struct expansion *expansion, const Onnx__NodeProto *call,
                                    const char *op_type, size_t input_count,
                                    const char *const *inputs, const char *output,
                                    Onnx__AttributeProto *attribute) {
    struct importer *importer = expansion->importer;
    Onnx__NodeProto *node = arena_alloc(importer->scratch, 1, sizeof *node);
    char **names = arena_alloc(importer->scratch, input_count + 1, sizeof *names);
    Onnx__AttributeProto **attributes = arena_alloc(importer->scratch, 1, sizeof *attributes);
    if (!node || !names || !attributes)
        return diagnose_no_memory(importer->diagnostic);
    onnx__node_proto__init(node);
    for (size_t i = 0; i < input_count; i++)
        names[i] = (char *)inputs[i];
    names[input_count] = (char *)output;
    attributes[0] = attribute;
    node->name = (char *)node_label(call);
    node->op_type = (char *)op_type;
    node->input = names;
    node->n_input = input_count;
    node->output = names + input_count;
    node->n_output = 1;
    node->attribute = attributes;
    node->n_attribute = attribute != NULL;
    return append_node(expansion, node, NODE_OPSET);
}

static Onnx__AttributeProto *new_attribute(struct expansion *expansion, const char *name,
                                           Onnx__AttributeProto__AttributeType type) {
    Onnx__AttributeProto *attribute =
        arena_alloc(expansion->importer->scratch, 1, sizeof *attribute);
    if (!attribute)
        return NULL;
    onnx__attribute_proto__init(attribute);
    attribute->name = (char *)name;
    attribute->has_type = true;
    attribute->type = type;
    return attribute;
}

/* y = Constant: a tensor of the file, or a list of integers. */
static enum snv2_status append_tensor_constant(struct expansion *expansion,
                                               const Onnx__NodeProto *call, const char *output,
                                               Onnx__TensorProto *tensor) {
    Onnx__AttributeProto *value = new_attribute(expansion, "value", TYPE(TENSOR));
    if (!value)
        return diagnose_no_memory(expansion->importer->diagnostic);
    value->t = tensor;
    return append_made(expansion, call, "Constant", 0, NULL, output, value);
}

static enum snv2_status append_number(struct expansion *expansion, const Onnx__NodeProto *call,
                                      const char *output, enum dtype dtype, bool is_list,
                                      int64_t number) {
    struct arena *arena = expansion->importer->scratch;
    Onnx__TensorProto *tensor = arena_alloc(arena, 1, sizeof *tensor);
    int64_t *dims = arena_alloc(arena, 1, sizeof *dims);
    int64_t *wide = arena_alloc(arena, 1, sizeof *wide);
    int32_t *narrow = arena_alloc(arena, 1, sizeof *narrow);
    if (!tensor || !dims || !wide || !narrow)
        return diagnose_no_memory(expansion->importer->diagnostic);
    onnx__tensor_proto__init(tensor);
    dims[0] = 1;
    wide[0] = number;
    narrow[0] = (int32_t)number;
    tensor->has_data_type = true;
    tensor->data_type = (int32_t)dtype;
    tensor->dims = dims;
    tensor->n_dims = is_list;
    tensor->int64_data = wide;
    tensor->n_int64_data = dtype == DTYPE_INT64;
    tensor->int32_data = narrow;
    tensor->n_int32_data = dtype != DTYPE_INT64;
    return append_tensor_constant(expansion, call, output, tensor);
}

/* A new name of the graph, for a value that is no body's. */
static enum snv2_status new_name(struct expansion *expansion, struct body *body, const char *hint,
                                 const char **name) {
    bool is_new;
    const char *inner =
        arena_printf(expansion->importer->scratch, "%s (%u)", hint, expansion->unique_number++);
    if (!inner)
        return diagnose_no_memory(expansion->importer->diagnostic);
    enum snv2_status status = rename_value(expansion, body, inner, NULL, &is_new);
    *name = name_table_find(&body->renamed, inner);
    return status;
}

/* ---- bodies ---- */

/* Opens a graph as a body in the innermost one that is no sibling: initializers become Constants,
 * what nodes make gets new names. */
static enum snv2_status open_graph(struct expansion *expansion, const Onnx__GraphProto *graph,
                                   const Onnx__NodeProto *call, int32_t outer,
                                   struct body **opened) {
    struct importer *importer = expansion->importer;
    bool is_new;
    enum snv2_status status = SNV2_OK;
    if (expansion->depth >= MAX_INLINED)
        return DIAGNOSE_PROTO(importer, call, SNV2_UNSUPPORTED,
                              "more than %d branches and iterations stand in one another",
                              MAX_INLINED);
    if (++expansion->entered > MAX_ENTERED)
        return DIAGNOSE_PROTO(importer, call, SNV2_UNSUPPORTED,
                              "there are more than %d branches and iterations", MAX_ENTERED);
    if (graph->n_sparse_initializer > 0)
        return DIAGNOSE_PROTO(importer, call, SNV2_UNSUPPORTED,
                              "sparse initializers are not supported");
    struct body *body = &expansion->bodies[expansion->depth++];
    *body = (struct body){
        .outer = outer,
        .nodes = graph->node,
        .count = graph->n_node,
        .opset = expansion->bodies[outer].opset,
        .call = call,
    };
    name_table_init(&body->renamed, importer->scratch);
    for (size_t i = 0; i < graph->n_initializer && !status; i++) {
        const char *name = proto_text(graph->initializer[i]->name);
        status = rename_value(expansion, body, name, NULL, &is_new);
        if (!status)
            status = append_tensor_constant(expansion, call, name_table_find(&body->renamed, name),
                                            graph->initializer[i]);
    }
    for (size_t i = 0; i < graph->n_node && !status; i++)
        for (size_t k = 0; k < graph->node[i]->n_output && !status; k++)
            if (graph->node[i]->output[k][0])
                status = rename_value(expansion, body, graph->node[i]->output[k], NULL, &is_new);
    *opened = body;
    return status;
}

/* The graph's name of the body's output. */
static enum snv2_status output_name(struct expansion *expansion, const struct body *body,
                                    const Onnx__GraphProto *graph, size_t index,
                                    const char **name) {
    const char *inner = proto_text(graph->output[index]->name);
    *name = expanded_name(expansion, body, inner);
    if (!*name)
        return DIAGNOSE_PROTO(expansion->importer, body->call, SNV2_BAD_MODEL,
                              "nothing makes the output '%s' of its graph", shown(inner).text);
    return SNV2_OK;
}

static enum snv2_status append_identity(struct expansion *expansion, const Onnx__NodeProto *call,
                                        const char *from, const char *to) {
    return *to ? append_made(expansion, call, "Identity", 1, &from, to, NULL) : SNV2_OK;
}

static enum snv2_status enter_if(struct expansion *expansion, const Onnx__NodeProto *node,
                                 bool *entered) {
    int64_t condition;
    struct body *body;
    enum snv2_status status =
        node->n_input == 1 ? known_number(expansion, node, 0, entered, &condition) : SNV2_OK;
    if (status || !*entered)
        return status;
    const Onnx__AttributeProto *branch =
        find_attribute(node, condition ? "then_branch" : "else_branch");
    if (!branch || !branch->g || branch->g->n_output != node->n_output)
        return DIAGNOSE_PROTO(expansion->importer, node, SNV2_BAD_MODEL,
                              "the branch that is taken is missing, or has other outputs");
    status = open_graph(expansion, branch->g, node, expansion->depth - 1, &body);
    for (size_t i = 0; i < node->n_output && !status; i++) {
        const char *name;
        status = output_name(expansion, body, branch->g, i, &name);
        if (!status)
            status = append_identity(expansion, node, name, node->output[i]);
    }
    return status;
}

/* ---- Loop ---- */

/* Whether the condition that the body hands on is true in every iteration: a Constant, or the one
 * it got. */
static bool goes_on(const Onnx__GraphProto *body) {
    const char *name = proto_text(body->output[0]->name);
    if (strcmp(name, proto_text(body->input[1]->name)) == 0)
        return true;
    for (size_t i = 0; i < body->n_node; i++) {
        const Onnx__NodeProto *node = body->node[i];
        if (node->n_output != 1 || strcmp(node->output[0], name) != 0)
            continue;
        const Onnx__AttributeProto *value = find_attribute(node, "value");
        bool is_true = value && value->t && value->t->data_type == DTYPE_BOOL &&
                       ((value->t->n_int32_data == 1 && value->t->int32_data[0]) ||
                        (value->t->raw_data.len == 1 && value->t->raw_data.data[0]));
        return (is_operator(node, "Constant") && is_true) ||
               (is_operator(node, "Identity") && node->n_input == 1 &&
                strcmp(node->input[0], proto_text(body->input[1]->name)) == 0);
    }
    return false;
}

/* One iteration: its number, true, and the values that the one before left in `carried`, which
 * become its own; what it scans stands behind those. */
static enum snv2_status enter_iteration(struct expansion *expansion, const Onnx__NodeProto *node,
                                        const Onnx__GraphProto *graph, int64_t iteration,
                                        int32_t outer, const char **carried) {
    static const enum dtype dtypes[] = {DTYPE_INT64, DTYPE_BOOL};
    struct body *body;
    bool is_new;
    enum snv2_status status = open_graph(expansion, graph, node, outer, &body);
    for (size_t i = 0; i < graph->n_input && !status; i++)
        status = rename_value(expansion, body, proto_text(graph->input[i]->name),
                              i < 2 ? NULL : carried[i - 2], &is_new);
    for (size_t i = 0; i < 2 && !status; i++)
        status = append_number(expansion, node,
                               name_table_find(&body->renamed, proto_text(graph->input[i]->name)),
                               dtypes[i], false, i == 0 ? iteration : 1);
    for (size_t i = 1; i < graph->n_output && !status; i++)
        status = output_name(expansion, body, graph, i, &carried[i - 1]);
    return status;
}

/* What all iterations scanned, one behind the other. */
static enum snv2_status join_scans(struct expansion *expansion, const Onnx__NodeProto *node,
                                   struct body *body, const char **scanned, int64_t count,
                                   const char *output) {
    const char *operands[2] = {NULL, NULL};
    enum snv2_status status = new_name(expansion, body, "axes", &operands[1]);
    if (!status)
        status = append_number(expansion, node, operands[1], DTYPE_INT64, true, 0);
    for (int64_t i = 0; i < count && !status; i++) {
        operands[0] = scanned[i];
        status = new_name(expansion, body, "scanned", &scanned[i]);
        if (!status)
            status = append_made(expansion, node, "Unsqueeze", 2, operands, scanned[i], NULL);
    }
    Onnx__AttributeProto *axis = new_attribute(expansion, "axis", TYPE(INT));
    if (status || !axis)
        return status ? status : diagnose_no_memory(expansion->importer->diagnostic);
    axis->has_i = true;
    return append_made(expansion, node, "Concat", (size_t)count, scanned, output, axis);
}

/* The innermost body is copied first: that is to be the first iteration, so that what later ones
 * ask for is there. */
static void reverse_bodies(struct body *bodies, int32_t count) {
    for (int32_t i = 0; i < count / 2; i++) {
        struct body other = bodies[i];
        bodies[i] = bodies[count - 1 - i];
        bodies[count - 1 - i] = other;
    }
}

/* Whether what iterations scan is not asked for: of none, it would have no shape. */
static bool scans_nothing(const Onnx__NodeProto *node) {
    for (size_t i = node->n_input - 2; i < node->n_output; i++)
        if (node->output[i][0])
            return false;
    return true;
}

static enum snv2_status unroll(struct expansion *expansion, const Onnx__NodeProto *node,
                               const Onnx__GraphProto *graph, int64_t count) {
    struct importer *importer = expansion->importer;
    size_t values = node->n_input - 2, scans = graph->n_output - 1 - values;
    const char **carried = arena_alloc(importer->scratch, values + scans + 1, sizeof *carried);
    const char **scanned =
        arena_alloc(importer->scratch, scans * (size_t)count + 1, sizeof *scanned);
    int32_t outer = expansion->depth - 1;
    enum snv2_status status = SNV2_OK;
    if (!carried || !scanned)
        return diagnose_no_memory(importer->diagnostic);
    for (size_t i = 0; i < values; i++)
        carried[i] = node->input[2 + i];
    for (int64_t k = 0; k < count && !status; k++) {
        status = enter_iteration(expansion, node, graph, k, outer, carried);
        for (size_t i = 0; i < scans; i++)
            scanned[i * (size_t)count + (size_t)k] = carried[values + i];
    }
    struct body *last = &expansion->bodies[expansion->depth - 1];
    reverse_bodies(&expansion->bodies[outer + 1], (int32_t)count);
    for (size_t i = 0; i < node->n_output && !status; i++) {
        if (i < values)
            status = append_identity(expansion, node, carried[i], node->output[i]);
        else if (node->output[i][0])
            status = join_scans(expansion, node, last, scanned + (i - values) * (size_t)count,
                                count, node->output[i]);
    }
    return status;
}

static enum snv2_status enter_loop(struct expansion *expansion, const Onnx__NodeProto *node,
                                   bool *entered) {
    const Onnx__AttributeProto *body = find_attribute(node, "body");
    int64_t count = 0, condition = 1;
    bool known_condition = true, known_count = false;
    if (node->n_input < 2 || !body || !body->g || body->g->n_input != node->n_input ||
        body->g->n_output != node->n_output + 1 || node->n_output + 2 < node->n_input)
        return SNV2_OK;
    enum snv2_status status = SNV2_OK;
    if (node->input[0][0])
        status = known_number(expansion, node, 0, &known_count, &count);
    if (!status && node->input[1][0])
        status = known_number(expansion, node, 1, &known_condition, &condition);
    if (known_condition && !condition) {
        known_count = true;
        count = 0;
    }
    if (status || !known_count || !known_condition || count > MAX_ITERATIONS || !goes_on(body->g) ||
        (count <= 0 && !scans_nothing(node)))
        return status;
    *entered = true;
    return unroll(expansion, node, body->g, count > 0 ? count : 0);
}

enum snv2_status enter_control_flow(struct expansion *expansion, const Onnx__NodeProto *node,
                                    bool *entered) {
    *entered = false;
    if (is_operator(node, "If"))
        return enter_if(expansion, node, entered);
    return is_operator(node, "Loop") ? enter_loop(expansion, node, entered) : SNV2_OK;
}
