/* Building graphs: values and the set of their names, nodes, notes. */
#include "ir/graph.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct graph *graph_new(struct arena *arena, const char *name) {
    struct graph *graph = arena_alloc(arena, 1, sizeof *graph);
    if (!graph)
        return NULL;
    graph->arena = arena;
    graph->name = arena_strdup(arena, name);
    return graph->name ? graph : NULL;
}

/* The slot that holds the value of that name, or else the free one where it belongs. */
static struct value **name_slot(struct value **names, uint32_t slots, const char *name) {
    uint32_t i = (uint32_t)XXH3_64bits(name, strlen(name)) & (slots - 1);
    while (names[i] && strcmp(names[i]->name, name))
        i = (i + 1) & (slots - 1);
    return &names[i];
}

/* Room in the list and, at most half full, in the set for one value more. */
static bool reserve_value(struct graph *graph) {
    if (graph->value_count < graph->value_capacity)
        return true;
    if (graph->value_count >= INT32_MAX / 4)
        return false;
    int32_t capacity = graph->value_capacity ? 2 * graph->value_capacity : 64;
    uint32_t slots = 2 * (uint32_t)capacity;
    struct value **values = arena_alloc(graph->arena, (size_t)capacity, sizeof(struct value *));
    struct value **names = arena_alloc(graph->arena, slots, sizeof(struct value *));
    if (!values || !names)
        return false;
    for (int32_t i = 0; i < graph->value_count; i++) {
        values[i] = graph->values[i];
        *name_slot(names, slots, values[i]->name) = values[i];
    }
    graph->values = values;
    graph->value_capacity = capacity;
    graph->names = names;
    graph->name_slots = slots;
    return true;
}

struct value *graph_find_value(const struct graph *graph, const char *name) {
    return graph->name_slots ? *name_slot(graph->names, graph->name_slots, name) : NULL;
}

struct value *graph_add_value(struct graph *graph, const char *name, enum dtype dtype,
                              const struct shape *shape) {
    assert(!graph_find_value(graph, name));
    struct value *value = arena_alloc(graph->arena, 1, sizeof *value);
    if (!value || !reserve_value(graph))
        return NULL;
    value->name = arena_strdup(graph->arena, name);
    if (!value->name)
        return NULL;
    value->id = graph->value_count;
    value->dtype = dtype;
    value->shape = *shape;
    graph->values[graph->value_count++] = value;
    *name_slot(graph->names, graph->name_slots, name) = value;
    return value;
}

struct value *graph_add_constant(struct graph *graph, const char *name, enum dtype dtype,
                                 const struct shape *shape, const void *data) {
    struct value *value = graph_add_value(graph, name, dtype, shape);
    if (value)
        value->data = data;
    return value;
}

const char *graph_unique_name(struct graph *graph, const char *base) {
    if (!graph_find_value(graph, base))
        return base;
    const char *name;
    do
        name = arena_printf(graph->arena, "%s_%u", base, ++graph->unique_number);
    while (name && graph_find_value(graph, name));
    return name;
}

void graph_swap_names(struct graph *graph, struct value *a, struct value *b) {
    struct value **slot_a = name_slot(graph->names, graph->name_slots, a->name);
    struct value **slot_b = name_slot(graph->names, graph->name_slots, b->name);
    const char *name = a->name;
    a->name = b->name;
    b->name = name;
    *slot_a = b;
    *slot_b = a;
}

struct node *graph_insert_node(struct graph *graph, struct node *before, enum op op,
                               const char *name, int input_count, int output_count) {
    assert(input_count >= 0 && output_count >= 0 && op < OP_COUNT);
    struct arena *arena = graph->arena;
    struct node *node = arena_alloc(arena, 1, sizeof *node);
    if (!node)
        return NULL;
    node->op = op;
    node->name = arena_strdup(arena, name);
    node->input_count = input_count;
    node->output_count = output_count;
    node->inputs = arena_alloc(arena, (size_t)input_count, sizeof *node->inputs);
    node->outputs = arena_alloc(arena, (size_t)output_count, sizeof *node->outputs);
    if (!node->name || !node->inputs || !node->outputs)
        return NULL;
    attributes_init((int)op, &node->attributes);
    node->next = before;
    node->prev = before ? before->prev : graph->last;
    *(node->prev ? &node->prev->next : &graph->first) = node;
    *(before ? &before->prev : &graph->last) = node;
    graph->node_count++;
    return node;
}

void node_set_output(struct node *node, int index, struct value *value) {
    assert(index < node->output_count && !value->producer);
    node->outputs[index] = value;
    value->producer = node;
}

void graph_remove_node(struct graph *graph, struct node *node) {
    *(node->prev ? &node->prev->next : &graph->first) = node->next;
    *(node->next ? &node->next->prev : &graph->last) = node->prev;
    graph->node_count--;
    for (int32_t i = 0; i < node->output_count; i++)
        if (node->outputs[i])
            node->outputs[i]->producer = NULL;
}

void graph_note(struct graph *graph, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct note *note = arena_alloc(graph->arena, 1, sizeof *note);
    if (!note || !(note->text = arena_strdup(graph->arena, text)))
        return;
    *(graph->last_note ? &graph->last_note->next : &graph->notes) = note;
    graph->last_note = note;
}

struct tensor value_tensor(const struct value *value) {
    return (struct tensor){value->dtype, value->shape, value->data};
}
