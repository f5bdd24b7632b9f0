/* From the operators of passes back to ONNX's: what no file can say is spelled out in nodes that
 * one can. */
#ifndef ONNX_PLAIN_H
#define ONNX_PLAIN_H

#include "ir/graph.h"

/* Rewrites the graph until only operators and attributes of ONNX are left. What was a value of the
 * graph keeps its name, but for single runs of channels, whose readers read a Slice or Split. */
enum snv2_status plain_graph(struct graph *graph, struct arena *scratch,
                             struct snv2_diagnostic *diagnostic);

/* Every ChannelView becomes data movement:
 *
 *   b = ChannelView(a) {runs=[0:0+8]}                  ->  b = Slice, or one output of a Split
 *   c = ChannelView(a, b) {runs=[0:8+8, 1:0+4]}        ->  c = Concat(Split(a)[1], Split(b)[0])
 *   d = ChannelView(a) {runs=[0:0+4*2, 0:1+4*2, ...]}  ->  d = Gather(a, [0, 2, 4, ..])
 *
 * A value whose parts, those that are read, are all of it and do not overlap is split once; of
 * others each part is sliced. Both copy what is read once, and a Concat copies it again; the Gather
 * of many short runs copies once. */
enum snv2_status plain_views(struct graph *graph, struct arena *scratch,
                             struct snv2_diagnostic *diagnostic);

/* ---- what both are made with; NULL where memory ran out ---- */

/* A node before `before` with new values, named after `name`, as outputs. */
struct node *plain_insert(struct graph *graph, struct node *before, enum op op, const char *name,
                          int input_count, int output_count);

/* A constant of one dimension, named after `name`. */
struct value *plain_integers(struct graph *graph, const char *name, const int64_t *integers,
                             int64_t count);

/* The node makes `value`, which has no producer, instead of its own output. */
void plain_set_result(struct node *node, struct value *value);

/* `node` gives way to `heir`, which makes its output instead of its own. */
void plain_take_over(struct graph *graph, struct node *node, struct node *heir);

#endif
