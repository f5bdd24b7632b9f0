/* What several passes do to a graph in the same way. Functions fail as those of ir/graph.h do. */
#ifndef PASSES_REWRITE_H
#define PASSES_REWRITE_H

#include "ir/graph.h"

/* Whether the value is a known float32 tensor. */
bool is_float_constant(const struct value *value);

/* Whether the node changes the shape and leaves the elements in their order. */
bool is_reshape(const struct node *node);

/* Whether every element of the list is `value`. */
bool ints_are_all(const struct ints *ints, int64_t value);

/* A constant whose name is `base`, or that with a number behind. `data` is the graph's
 * arena's. */
struct value *add_constant(struct graph *graph, const char *base, enum dtype dtype,
                           const struct shape *shape, const void *data);

/* The node behind `value`, where nothing but one operand or graph output reads the value, else
 * NULL. `uses` is graph_count_uses'. */
struct node *sole_producer(const struct value *value, const int32_t *uses);

/* Sets an operand; the list grows where it is too short. False where memory ran out. */
bool set_operand(struct graph *graph, struct node *node, int index, struct value *value);

/* `node` gives way to `heir`, which takes over its first output and may not stand behind a reader
 * of it; the output that `heir` had, if any, is read by `node` alone and ends with it. */
void give_output(struct graph *graph, struct node *node, struct node *heir);

/* Removes the nodes that no graph output needs. *removed, where not NULL, is how many. */
enum snv2_status remove_dead_nodes(struct graph *graph, struct arena *scratch, int *removed,
                                   struct snv2_diagnostic *diagnostic);

/* The attributes of an activation that the node applies to its result; all NULL where its operator
 * has none. */
struct activation_fields {
    enum activation *activation;
    float *alpha, *beta;
};
struct activation_fields node_activation(struct node *node);

#endif
