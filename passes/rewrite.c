/* Steps of rewriting that several passes take; see rewrite.h. */
#include "passes/rewrite.h"

#include <string.h>

bool is_float_constant(const struct value *value) {
    return value && value->data && value->dtype == DTYPE_FLOAT32;
}

bool is_reshape(const struct node *node) {
    return node->op == OP_Reshape || node->op == OP_Flatten || node->op == OP_Squeeze ||
           node->op == OP_Unsqueeze;
}

bool ints_are_all(const struct ints *ints, int64_t value) {
    for (int32_t i = 0; i < ints->count; i++)
        if (ints->values[i] != value)
            return false;
    return true;
}

struct value *add_constant(struct graph *graph, const char *base, enum dtype dtype,
                           const struct shape *shape, const void *data) {
    const char *name = graph_unique_name(graph, base);
    return name ? graph_add_constant(graph, name, dtype, shape, data) : NULL;
}

struct node *sole_producer(const struct value *value, const int32_t *uses) {
    return uses[value->id] == 1 ? value->producer : NULL;
}

bool set_operand(struct graph *graph, struct node *node, int index, struct value *value) {
    if (index >= node->input_count) {
        struct value **inputs = arena_alloc(graph->arena, (size_t)index + 1, sizeof *inputs);
        if (!inputs)
            return false;
        memcpy(inputs, node->inputs, (size_t)node->input_count * sizeof *inputs);
        node->inputs = inputs;
        node->input_count = index + 1;
    }
    node->inputs[index] = value;
    return true;
}

void give_output(struct graph *graph, struct node *node, struct node *heir) {
    struct value *output = node->outputs[0];
    graph_remove_node(graph, node);
    if (heir->outputs[0])
        heir->outputs[0]->producer = NULL;
    node_set_output(heir, 0, output);
}

static bool is_needed(const struct node *node, const bool *needed) {
    for (int32_t i = 0; i < node->output_count; i++)
        if (needed[node->outputs[i]->id])
            return true;
    return false;
}

enum snv2_status remove_dead_nodes(struct graph *graph, struct arena *scratch, int *removed,
                                   struct snv2_diagnostic *diagnostic) {
    bool *needed = arena_alloc(scratch, (size_t)graph->value_count, sizeof *needed);
    if (!needed)
        return diagnose_no_memory(diagnostic);
    for (int32_t i = 0; i < graph->output_count; i++)
        needed[graph->outputs[i]->id] = true;
    int count = 0;
    for (struct node *node = graph->last, *prev; node; node = prev) {
        prev = node->prev;
        if (!is_needed(node, needed)) {
            graph_remove_node(graph, node);
            count++;
            continue;
        }
        for (int32_t i = 0; i < node->input_count; i++)
            if (node->inputs[i])
                needed[node->inputs[i]->id] = true;
    }
    if (removed)
        *removed = count;
    return SNV2_OK;
}

struct activation_fields node_activation(struct node *node) {
    union attributes *attributes = &node->attributes;
    switch (node->op) {
    case OP_Conv:
        return (struct activation_fields){&attributes->Conv.activation,
                                          &attributes->Conv.activation_alpha,
                                          &attributes->Conv.activation_beta};
    case OP_Gemm:
        return (struct activation_fields){&attributes->Gemm.activation,
                                          &attributes->Gemm.activation_alpha,
                                          &attributes->Gemm.activation_beta};
    default:
        return (struct activation_fields){NULL, NULL, NULL};
    }
}
