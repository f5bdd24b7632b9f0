/* Who reads each value: counts, lists, and the replacing of many values in one walk. */
#include "ir/graph.h"

#include <stdlib.h>

int32_t *graph_count_uses(const struct graph *graph, struct arena *arena) {
    int32_t *uses = arena_alloc(arena, (size_t)graph->value_count, sizeof *uses);
    if (!uses)
        return NULL;
    for (const struct node *node = graph->first; node; node = node->next)
        for (int32_t i = 0; i < node->input_count; i++)
            if (node->inputs[i])
                uses[node->inputs[i]->id]++;
    for (int32_t i = 0; i < graph->output_count; i++)
        uses[graph->outputs[i]->id]++;
    return uses;
}

bool graph_find_readers(const struct graph *graph, struct arena *arena, struct readers *readers) {
    int32_t *uses = graph_count_uses(graph, arena);
    int32_t *start = arena_alloc(arena, (size_t)graph->value_count + 1, sizeof *start);
    if (!uses || !start)
        return false;
    for (int32_t v = 0; v < graph->value_count; v++)
        start[v + 1] = start[v] + uses[v];
    struct reader *list = arena_alloc(arena, (size_t)start[graph->value_count], sizeof *list);
    if (!list)
        return false;
    int32_t *next = uses; /* where the next reader of each value goes */
    for (int32_t v = 0; v < graph->value_count; v++)
        next[v] = start[v];
    for (struct node *node = graph->first; node; node = node->next)
        for (int32_t i = 0; i < node->input_count; i++)
            if (node->inputs[i])
                list[next[node->inputs[i]->id]++] = (struct reader){node, i};
    for (int32_t i = 0; i < graph->output_count; i++)
        list[next[graph->outputs[i]->id]++] = (struct reader){NULL, i};
    *readers = (struct readers){start, list};
    return true;
}

/* The end of the chain from `value`; the chain is shortened, so that long ones cost little. */
static struct value *resolve(struct value **replacement, struct value *value) {
    struct value *end = value;
    while (end && replacement[end->id])
        end = replacement[end->id];
    while (value != end) {
        struct value *next = replacement[value->id];
        replacement[value->id] = end;
        value = next;
    }
    return end;
}

/* An Identity of `source` that takes the name of `output`, at the end of the graph. */
static struct value *append_identity(struct graph *graph, struct value *output,
                                     struct value *source) {
    const char *name = graph_unique_name(graph, output->name);
    struct value *copy = name ? graph_add_value(graph, name, output->dtype, &output->shape) : NULL;
    struct node *node =
        copy ? graph_insert_node(graph, NULL, OP_Identity, output->name, 1, 1) : NULL;
    if (!node)
        return NULL;
    node->inputs[0] = source;
    node_set_output(node, 0, copy);
    graph_swap_names(graph, output, copy);
    return copy;
}

enum snv2_status graph_replace(struct graph *graph, struct value **replacement,
                               struct snv2_diagnostic *diagnostic) {
    for (struct node *node = graph->first; node; node = node->next)
        for (int32_t i = 0; i < node->input_count; i++)
            node->inputs[i] = resolve(replacement, node->inputs[i]);

    /* named[v]: the value that stands for v among the outputs and has a name that must stay. */
    struct value **named = calloc((size_t)graph->value_count + 1, sizeof *named);
    if (!named)
        return diagnose_no_memory(diagnostic);
    for (int32_t i = 0; i < graph->output_count; i++) {
        struct value *output = graph->outputs[i];
        if (!replacement[output->id] || !output->producer)
            named[output->id] = output;
    }
    enum snv2_status status = SNV2_OK;
    for (int32_t i = 0; i < graph->output_count && status == SNV2_OK; i++) {
        struct value *old = graph->outputs[i];
        if (!named[old->id]) {
            struct value *source = resolve(replacement, old), *new = source;
            if (source->producer && !named[source->id])
                graph_swap_names(graph, old, source);
            else
                new = append_identity(graph, old, source);
            if (!new) {
                status = diagnose_no_memory(diagnostic);
                break;
            }
            named[old->id] = new;
            named[source->id] = named[source->id] ? named[source->id] : source;
        }
        graph->outputs[i] = named[old->id];
    }
    free(named);
    return status;
}
