/* The canonical order (order.h): a post-order walk with a stack of its own. */
#include "ir/order.h"

/* A node on the path from an output, and the operand to look at next. */
struct step {
    struct node *node;
    int32_t operand;
};

struct walk {
    struct step *path;
    int32_t depth;
    bool *seen; /* by value id: its producer has been entered */
};

static void enter(struct walk *walk, const struct value *value) {
    if (!value || value_is_constant(value) || !value->producer || walk->seen[value->id])
        return;
    struct node *node = value->producer;
    for (int32_t i = 0; i < node->output_count; i++)
        walk->seen[node->outputs[i]->id] = true;
    walk->path[walk->depth++] = (struct step){node, 0};
}

struct node **graph_canonical_order(const struct graph *graph, struct arena *arena,
                                    int32_t *count) {
    struct node **order = arena_alloc(arena, (size_t)graph->node_count, sizeof *order);
    struct walk walk = {
        .path = arena_alloc(arena, (size_t)graph->node_count, sizeof *walk.path),
        .seen = arena_alloc(arena, (size_t)graph->value_count, sizeof *walk.seen),
    };
    if (!order || !walk.path || !walk.seen)
        return NULL;
    *count = 0;
    for (int32_t i = 0; i < graph->output_count; i++) {
        enter(&walk, graph->outputs[i]);
        while (walk.depth > 0) {
            struct step *top = &walk.path[walk.depth - 1];
            if (top->operand < top->node->input_count) {
                enter(&walk, top->node->inputs[top->operand++]);
            } else {
                order[(*count)++] = top->node;
                walk.depth--;
            }
        }
    }
    return order;
}
