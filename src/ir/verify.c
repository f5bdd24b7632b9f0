/* The invariants of graph.h, one check each; the first that is broken is named. */
#include "ir/shape_rule.h"

struct verifier {
    const struct graph *graph;
    struct arena *scratch;
    bool *defined; /* by value id: an input, a constant, or produced by a node already walked */
    struct snv2_diagnostic *diagnostic;
};

static enum snv2_status broken(const struct node *node, struct snv2_diagnostic *diagnostic,
                               const char *format, ...) __attribute__((format(printf, 3, 4)));
static enum snv2_status broken(const struct node *node, struct snv2_diagnostic *diagnostic,
                               const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diagnose_node_v(diagnostic, SNV2_INTERNAL, node ? node->name : "",
                    node ? op_infos[node->op].name : "", format, arguments);
    va_end(arguments);
    return SNV2_INTERNAL;
}

/* The value is one of the graph's. */
static bool belongs(const struct graph *graph, const struct value *value) {
    return value && value->id >= 0 && value->id < graph->value_count &&
           graph->values[value->id] == value;
}

static bool is_typed(const struct value *value) {
    return value->dtype != DTYPE_NONE && shape_is_valid(&value->shape);
}

static enum snv2_status verify_values(const struct verifier *verifier) {
    const struct graph *graph = verifier->graph;
    for (int32_t i = 0; i < graph->value_count; i++) {
        const struct value *value = graph->values[i];
        if (value->id != i)
            return broken(NULL, verifier->diagnostic, "value '%s' has id %d at place %d",
                          value->name, value->id, i);
        if (graph_find_value(graph, value->name) != value)
            return broken(NULL, verifier->diagnostic, "the name '%s' is not found or not unique",
                          value->name);
        verifier->defined[i] = !value->producer && value->data;
        if (value->data && !is_typed(value))
            return broken(NULL, verifier->diagnostic, "constant '%s' has no type", value->name);
    }
    for (int32_t i = 0; i < graph->input_count; i++) {
        const struct value *input = graph->inputs[i];
        if (!belongs(graph, input))
            return broken(NULL, verifier->diagnostic, "input %d is no value of the graph", i);
        if (input->producer || input->data)
            return broken(NULL, verifier->diagnostic, "input '%s' is computed or constant",
                          input->name);
        if (!is_typed(input))
            return broken(NULL, verifier->diagnostic, "input '%s' has no type", input->name);
        verifier->defined[input->id] = true;
    }
    return SNV2_OK;
}

static enum snv2_status verify_outputs(const struct verifier *verifier) {
    const struct graph *graph = verifier->graph;
    for (int32_t i = 0; i < graph->output_count; i++) {
        const struct value *output = graph->outputs[i];
        if (!belongs(graph, output))
            return broken(NULL, verifier->diagnostic, "output %d is no value of the graph", i);
        if (!verifier->defined[output->id])
            return broken(NULL, verifier->diagnostic, "output '%s' is never computed",
                          output->name);
    }
    return SNV2_OK;
}

static enum snv2_status verify_operands(const struct verifier *verifier, const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct value *input = node->inputs[i];
        if (input && !belongs(verifier->graph, input))
            return broken(node, verifier->diagnostic, "input %d is no value of the graph", i + 1);
        if (input && !verifier->defined[input->id])
            return broken(node, verifier->diagnostic, "'%s' is read before it is computed",
                          input->name);
    }
    for (int32_t i = 0; i < node->output_count; i++) {
        const struct value *output = node->outputs[i];
        if (!belongs(verifier->graph, output))
            return broken(node, verifier->diagnostic, "output %d is no value of the graph", i + 1);
        if (output->producer != node || verifier->defined[output->id])
            return broken(node, verifier->diagnostic, "output '%s' has another producer",
                          output->name);
        verifier->defined[output->id] = true;
    }
    if ((node->unit == 0) != (node->unit_kind == UNIT_NONE))
        return broken(node, verifier->diagnostic, "unit %d has kind %d", node->unit,
                      (int)node->unit_kind);
    return SNV2_OK;
}

/* The shape rule says again what it said before, of types and of attributes. */
static enum snv2_status verify_types(const struct verifier *verifier, const struct node *node) {
    struct node copy = *node;
    struct tensor_type *types =
        arena_alloc(verifier->scratch, (size_t)node->output_count, sizeof *types);
    if (!types)
        return diagnose_no_memory(verifier->diagnostic);
    struct snv2_diagnostic reason = {.status = SNV2_OK};
    if (infer_types(&copy, types, &reason) != SNV2_OK)
        return broken(node, verifier->diagnostic, "the shape rule refuses it: %s", reason.message);
    for (int32_t i = 0; i < node->output_count; i++) {
        const struct value *output = node->outputs[i];
        char has[SHAPE_TEXT], should[SHAPE_TEXT];
        if (output->dtype != types[i].dtype || !shape_equal(&output->shape, &types[i].shape))
            return broken(node, verifier->diagnostic,
                          "output '%s' has type %s%s; it should be %s%s", output->name,
                          dtype_name(output->dtype), shape_format(&output->shape, has),
                          dtype_name(types[i].dtype), shape_format(&types[i].shape, should));
    }
    if (!attributes_equal((int)node->op, &node->attributes, &copy.attributes))
        return broken(node, verifier->diagnostic, "its attributes are not in their explicit form");
    return SNV2_OK;
}

static enum snv2_status verify_nodes(const struct verifier *verifier) {
    const struct graph *graph = verifier->graph;
    const struct node *prev = NULL;
    int32_t count = 0;
    for (const struct node *node = graph->first; node; prev = node, node = node->next) {
        if (node->prev != prev) /* so no node is met twice */
            return broken(NULL, verifier->diagnostic, "the list of nodes is damaged behind node %d",
                          count);
        count++;
        if (node->op >= OP_COUNT)
            return broken(NULL, verifier->diagnostic, "node '%s' has no operator", node->name);
        enum snv2_status status = verify_operands(verifier, node);
        if (status == SNV2_OK)
            status = verify_types(verifier, node);
        if (status != SNV2_OK)
            return status;
    }
    if (graph->last != prev || count != graph->node_count)
        return broken(NULL, verifier->diagnostic, "the list of nodes ends after %d of %d nodes",
                      count, graph->node_count);
    return SNV2_OK;
}

/* A value that says it is computed is computed by a node of the list. */
static enum snv2_status verify_producers(const struct verifier *verifier) {
    const struct graph *graph = verifier->graph;
    for (int32_t i = 0; i < graph->value_count; i++)
        if (graph->values[i]->producer && !verifier->defined[i])
            return broken(graph->values[i]->producer, verifier->diagnostic,
                          "the producer of '%s' is not in the graph or does not know it",
                          graph->values[i]->name);
    return SNV2_OK;
}

enum snv2_status graph_verify(struct graph *graph, struct arena *scratch,
                              struct snv2_diagnostic *diagnostic) {
    struct verifier verifier = {graph, scratch, NULL, diagnostic};
    verifier.defined = arena_alloc(scratch, (size_t)graph->value_count, sizeof *verifier.defined);
    if (!verifier.defined)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status;
    if ((status = verify_values(&verifier)) != SNV2_OK ||
        (status = verify_nodes(&verifier)) != SNV2_OK ||
        (status = verify_producers(&verifier)) != SNV2_OK)
        return status;
    return verify_outputs(&verifier);
}
