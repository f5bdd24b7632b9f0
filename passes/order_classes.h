/* Order classes: the values that must hold their channels in one order. */
#ifndef PASSES_ORDER_CLASSES_H
#define PASSES_ORDER_CLASSES_H

#include "ir/graph.h"

/* What this node does to the order of channels: its operator's trait where shapes, attributes and
 * constant operands allow it, else TRAIT_NATURAL. */
enum channel_trait node_channel_trait(const struct node *node);

/* Whether the operand's channels are the output's, one for one: data of a TIED node that is not
 * broadcast along the channels. */
bool is_tied_operand(const struct node *node, int32_t operand);

/* A FREE node reads its data, and writes its result, in any order within each of so many groups of
 * neighbouring channels. */
int32_t channel_groups(const struct node *node);

/* The dimension of a constant operand that runs along the channels of the node's output, resp. of
 * its data operand; -1: none. For FREE and TIED nodes. */
int output_channel_axis(const struct node *node, int32_t operand);
int input_channel_axis(const struct node *node, int32_t operand);

struct order_classes {
    int32_t *parent; /* by value id: union-find */
    int32_t *block;  /* by class: channels stay within their blocks of so many; 1: where they are */
};

/* The classes of all values but constants and the results of views, whose readers are bound to no
 * order. False where memory ran out. */
bool order_classes_init(struct order_classes *classes, const struct graph *graph,
                        struct arena *scratch);

/* The class of a value: the id of one of its members. Its order is free within blocks. */
int32_t order_class(const struct order_classes *classes, const struct value *value);

#endif
