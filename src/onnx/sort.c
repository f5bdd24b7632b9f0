/* The values that nodes make, and the nodes in topological order: depth-first from each node in the
 * file's order, with a stack instead of recursion, so that a sorted file stays as it is. */
#include "onnx/import.h"

#include <string.h>

enum state { UNVISITED, OPEN, PLACED };

struct sorter {
    struct importer *importer;
    int32_t *producers;    /* by value id: the node that makes it, or -1 */
    unsigned char *states; /* enum state, by node */
    size_t *next_inputs;   /* by node: the input to look at next */
    int32_t *stack;
    int32_t depth;
    struct source_node *sorted;
    int32_t sorted_count;
};

static enum snv2_status add_output(struct importer *importer, const Onnx__NodeProto *node,
                                   const char *name) {
    static const struct shape unknown = {.rank = SHAPE_UNKNOWN};
    const struct value *other = graph_find_value(importer->graph, name);
    if (other)
        return DIAGNOSE_PROTO(importer, node, SNV2_BAD_MODEL, "makes '%s', which %s",
                              shown(name).text,
                              other->id >= importer->first_output ? "another node makes too"
                              : other->data                       ? "is an initializer"
                                                                  : "is a graph input");
    return graph_add_value(importer->graph, name, DTYPE_NONE, &unknown)
               ? SNV2_OK
               : diagnose_no_memory(importer->diagnostic);
}

enum snv2_status add_values_of(struct importer *importer, const Onnx__NodeProto *node) {
    bool named = false;
    for (size_t i = 0; i < node->n_output; i++) {
        if (!node->output[i][0])
            continue;
        enum snv2_status status = add_output(importer, node, node->output[i]);
        if (status)
            return status;
        named = true;
    }
    return named ? SNV2_OK : DIAGNOSE_PROTO(importer, node, SNV2_BAD_MODEL, "has no named output");
}

enum snv2_status add_node_values(struct importer *importer) {
    enum snv2_status status = SNV2_OK;
    importer->first_output = importer->graph->value_count;
    for (int32_t n = 0; n < importer->node_count && !status; n++)
        status = add_values_of(importer, importer->nodes[n].proto);
    return status;
}

static bool init_sorter(struct sorter *sorter) {
    const struct importer *importer = sorter->importer;
    const struct graph *graph = importer->graph;
    struct arena *arena = importer->scratch;
    size_t nodes = (size_t)importer->node_count, values = (size_t)graph->value_count;
    sorter->producers = arena_alloc(arena, values, sizeof *sorter->producers);
    sorter->states = arena_alloc(arena, nodes, sizeof *sorter->states);
    sorter->next_inputs = arena_alloc(arena, nodes, sizeof *sorter->next_inputs);
    sorter->stack = arena_alloc(arena, nodes, sizeof *sorter->stack);
    sorter->sorted = arena_alloc(arena, nodes, sizeof *sorter->sorted);
    if (!sorter->producers || !sorter->states || !sorter->next_inputs || !sorter->stack ||
        !sorter->sorted)
        return false;
    for (size_t v = 0; v < values; v++)
        sorter->producers[v] = -1;
    for (int32_t n = 0; n < importer->node_count; n++) {
        const Onnx__NodeProto *node = importer->nodes[n].proto;
        for (size_t i = 0; i < node->n_output; i++)
            if (node->output[i][0])
                sorter->producers[graph_find_value(graph, node->output[i])->id] = n;
    }
    return true;
}

static void open_node(struct sorter *sorter, int32_t node) {
    sorter->states[node] = OPEN;
    sorter->stack[sorter->depth++] = node;
}

/* One step at the node on top of the stack: opens the producer of its next input, or places it. */
static enum snv2_status step(struct sorter *sorter) {
    struct importer *importer = sorter->importer;
    int32_t n = sorter->stack[sorter->depth - 1];
    const Onnx__NodeProto *node = importer->nodes[n].proto;
    if (sorter->next_inputs[n] == node->n_input) {
        sorter->states[n] = PLACED;
        sorter->sorted[sorter->sorted_count++] = importer->nodes[n];
        sorter->depth--;
        return SNV2_OK;
    }
    size_t index = sorter->next_inputs[n]++;
    const char *name = node->input[index];
    if (!*name)
        return SNV2_OK;
    const struct value *value = graph_find_value(importer->graph, name);
    if (!value)
        return DIAGNOSE_PROTO(importer, node, SNV2_BAD_MODEL,
                              "input %zu, '%s', is no graph input, initializer or output of a node",
                              index + 1, shown(name).text);
    int32_t producer = sorter->producers[value->id];
    if (producer < 0 || sorter->states[producer] == PLACED)
        return SNV2_OK;
    if (sorter->states[producer] == OPEN)
        return DIAGNOSE_PROTO(importer, node, SNV2_BAD_MODEL,
                              "is on a cycle: its input '%s' depends on its output",
                              shown(name).text);
    open_node(sorter, producer);
    return SNV2_OK;
}

enum snv2_status sort_nodes(struct importer *importer) {
    struct sorter sorter = {.importer = importer};
    if (!init_sorter(&sorter))
        return diagnose_no_memory(importer->diagnostic);
    for (int32_t n = 0; n < importer->node_count; n++) {
        if (sorter.states[n] != UNVISITED)
            continue;
        open_node(&sorter, n);
        while (sorter.depth > 0) {
            enum snv2_status status = step(&sorter);
            if (status)
                return status;
        }
    }
    importer->nodes = sorter.sorted;
    return SNV2_OK;
}
