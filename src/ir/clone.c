/* A copy of a graph that can be rewritten while the original stays. */
#include "ir/graph.h"

#include <string.h>

/* The copy of a value pointer, by id; NULL stays NULL. */
static struct value *mapped(const struct graph *copy, const struct value *value) {
    return value ? copy->values[value->id] : NULL;
}

static bool clone_values(struct graph *copy, const struct graph *graph) {
    for (int32_t i = 0; i < graph->value_count; i++) {
        const struct value *value = graph->values[i];
        struct value *clone = graph_add_value(copy, value->name, value->dtype, &value->shape);
        if (!clone)
            return false;
        clone->data = value->data;
    }
    return true;
}

static bool clone_nodes(struct graph *copy, const struct graph *graph) {
    for (const struct node *node = graph->first; node; node = node->next) {
        struct node *clone = graph_insert_node(copy, NULL, node->op, node->name, node->input_count,
                                               node->output_count);
        if (!clone)
            return false;
        clone->attributes = node->attributes;
        clone->unit = node->unit;
        clone->unit_kind = node->unit_kind;
        for (int32_t i = 0; i < node->input_count; i++)
            clone->inputs[i] = mapped(copy, node->inputs[i]);
        for (int32_t i = 0; i < node->output_count; i++)
            if (node->outputs[i])
                node_set_output(clone, i, mapped(copy, node->outputs[i]));
    }
    return true;
}

static struct value **clone_list(const struct graph *copy, struct value **list, int32_t count) {
    struct value **clone = arena_alloc(copy->arena, (size_t)count, sizeof *clone);
    for (int32_t i = 0; clone && i < count; i++)
        clone[i] = mapped(copy, list[i]);
    return clone;
}

struct graph *graph_clone(const struct graph *graph, struct arena *arena) {
    struct graph *copy = graph_new(arena, graph->name);
    if (!copy || !clone_values(copy, graph) || !clone_nodes(copy, graph))
        return NULL;
    copy->inputs = clone_list(copy, graph->inputs, graph->input_count);
    copy->outputs = clone_list(copy, graph->outputs, graph->output_count);
    if (!copy->inputs || !copy->outputs)
        return NULL;
    copy->input_count = graph->input_count;
    copy->output_count = graph->output_count;
    return copy;
}
