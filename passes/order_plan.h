/* A plan of channel orders: what channel_order decides, and the graph rewritten to it. */
#ifndef PASSES_ORDER_PLAN_H
#define PASSES_ORDER_PLAN_H

#include "passes/order_classes.h"
#include "passes/views.h"

/* An order of channels. Both NULL: the natural one. */
struct channel_order {
    const int32_t *natural;  /* by position: the channel's natural number */
    const int32_t *position; /* by natural number */
};

struct order_plan {
    struct graph *graph;
    struct arena *scratch;
    struct order_classes classes;
    struct channel_order *orders; /* by class */
    int32_t *rank;                /* by value id: when it is produced in canonical order */
    struct sort_key *keys;        /* for order_plan_sort */
    int32_t most_channels;        /* of any value */
};

/* With all orders natural. `nodes`: graph_canonical_order. False where memory ran out. */
bool order_plan_init(struct order_plan *plan, struct graph *graph, struct arena *scratch,
                     struct node *const *nodes, int32_t node_count);

/* The planned order of the value's class. */
struct channel_order planned_order(const struct order_plan *plan, const struct value *value);

/* The inverse of `natural`, in the plan's scratch; NULL where memory ran out. */
int32_t *invert_order(const struct order_plan *plan, const int32_t *natural, int32_t count);

/* Turns natural channel numbers into positions. */
void order_plan_place(const struct order_plan *plan, struct channel *channels, int32_t count);

/* Sorts placed channels, within each block of `block` of them, by when their value is produced,
 * then by position; from[i] receives the place in the list where the i-th of the sorted list stood.
 * True where it was sorted already. */
bool order_plan_sort(const struct order_plan *plan, struct channel *channels, int32_t count,
                     int32_t block, int32_t *from);

/* Rewrites the graph to the plan (order_apply.c): permutes weights and constants, makes values of
 * new names where the order is not the natural one, lets readers that take any order read views in
 * sorted order. *changes: classes reordered and reads sorted. */
enum snv2_status order_plan_apply(const struct order_plan *plan, int *changes,
                                  struct snv2_diagnostic *diagnostic);

#endif
