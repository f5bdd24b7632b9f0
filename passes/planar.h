/* Nodes moved from the channels-last layout [N H W C] to the planar one [N C H W]: what
 * channels_last asks of single operators. The planar form of a channels-last value is the value
 * with its channels moved to dimension 1. */
#ifndef PASSES_PLANAR_H
#define PASSES_PLANAR_H

#include "ir/graph.h"

/* Transpose's perm from channels-last to planar, and back. */
extern const int64_t to_planar[4], to_channels_last[4];
bool is_transpose(const struct node *node, const int64_t perm[4]);

/* Whether the node has a planar form: the same from planar operands. */
bool has_planar_form(const struct node *node);

/* Whether the value is a computed one of four dimensions: such operands of a node are read in
 * planar form by its planar form, and such outputs are made in planar form. False for NULL. */
bool is_map(const struct value *value);

/* Inserts the planar form before `node`, which has one. operands[i] is the planar form of operand i
 * where that is a map. Its outputs are not set. NULL where memory ran out. */
struct node *insert_planar_form(struct graph *graph, struct node *node,
                                struct value *const *operands);

#endif
