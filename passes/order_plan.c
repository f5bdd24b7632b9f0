/* Orders of channels by class, and lists of channels placed and sorted by them (order_plan.h). */
#include "passes/order_plan.h"

#include <stdlib.h>

struct sort_key {
    int32_t block, rank, position;
    int32_t from; /* place in the list before sorting */
    struct value *value;
};

bool order_plan_init(struct order_plan *plan, struct graph *graph, struct arena *scratch,
                     struct node *const *nodes, int32_t node_count) {
    *plan = (struct order_plan){.graph = graph, .scratch = scratch};
    size_t count = (size_t)graph->value_count;
    plan->orders = arena_alloc(scratch, count, sizeof *plan->orders);
    plan->rank = arena_alloc(scratch, count, sizeof *plan->rank);
    plan->most_channels = most_channels(graph);
    plan->keys = arena_alloc(scratch, (size_t)plan->most_channels, sizeof *plan->keys);
    if (!plan->orders || !plan->rank || !plan->keys ||
        !order_classes_init(&plan->classes, graph, scratch))
        return false;
    int32_t rank = 0;
    for (int32_t i = 0; i < graph->input_count; i++)
        plan->rank[graph->inputs[i]->id] = rank++;
    for (int32_t n = 0; n < node_count; n++)
        for (int32_t i = 0; i < nodes[n]->output_count; i++)
            plan->rank[nodes[n]->outputs[i]->id] = rank++;
    return true;
}

struct channel_order planned_order(const struct order_plan *plan, const struct value *value) {
    return plan->orders[order_class(&plan->classes, value)];
}

int32_t *invert_order(const struct order_plan *plan, const int32_t *natural, int32_t count) {
    int32_t *position = arena_alloc(plan->scratch, (size_t)count, sizeof *position);
    for (int32_t p = 0; position && p < count; p++)
        position[natural[p]] = p;
    return position;
}

void order_plan_place(const struct order_plan *plan, struct channel *channels, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        const int32_t *position = planned_order(plan, channels[i].value).position;
        if (position)
            channels[i].index = position[channels[i].index];
    }
}

static int compare_keys(const void *a_, const void *b_) {
    const struct sort_key *a = a_, *b = b_;
    if (a->block != b->block)
        return a->block < b->block ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->position != b->position)
        return a->position < b->position ? -1 : 1;
    return a->from < b->from ? -1 : 1;
}

bool order_plan_sort(const struct order_plan *plan, struct channel *channels, int32_t count,
                     int32_t block, int32_t *from) {
    for (int32_t i = 0; i < count; i++)
        plan->keys[i] = (struct sort_key){i / block, plan->rank[channels[i].value->id],
                                          channels[i].index, i, channels[i].value};
    qsort(plan->keys, (size_t)count, sizeof *plan->keys, compare_keys);
    bool sorted = true;
    for (int32_t i = 0; i < count; i++) {
        channels[i] = (struct channel){plan->keys[i].value, plan->keys[i].position};
        from[i] = plan->keys[i].from;
        sorted &= from[i] == i;
    }
    return sorted;
}
