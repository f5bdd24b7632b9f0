/* The canonical order of a graph's nodes: what the graph means decides it, not how a file spelled
 * or sorted it. */
#ifndef IR_ORDER_H
#define IR_ORDER_H

#include "ir/graph.h"

/* The nodes that the graph outputs need, each behind those it reads: depth-first from the outputs
 * in their order, by operand index. What stands behind a value of known contents is not needed.
 * *count is set. The list is in `arena`; NULL where memory ran out. */
struct node **graph_canonical_order(const struct graph *graph, struct arena *arena, int32_t *count);

#endif
