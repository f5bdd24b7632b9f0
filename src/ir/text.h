/* The text form of a graph, for dumps (-d) and for tests: what is written can be read back.
 *
 *   graph "name"
 *   input x: float32[1,3,8,8]
 *   const w: float32[4,3,1,1] = random(7)
 *   const s: int64[2] = {1, -1}
 *   const b: float32[64] = hash(0123456789abcdef)
 *   y: float32[1,4,8,8] = Conv(x, w) {kernel_shape=[1,1], group=1} @unit 3 as conv1
 *   a: float32[1,2,8,8], b: float32[1,2,8,8] = Split(y, s) {axis=1}
 *   v: float32[1,4,8,8] = ChannelView(a, b) {runs=[0:0+2, 1:1+2*-1]}
 *   n: int64[2]{8, 8} = Shape(y) {start=2}
 *   output v
 *
 * Constants hold their elements; those of more than 16 elements only a hash (XXH3-64 of the bytes),
 * which cannot be read back, unless the writer is asked for all. random(SEED) is for writing tests:
 * base/random.h's numbers in [-1, 1). Elements behind the type of a node's result are known
 * contents (shape computations).
 * Attributes at their default are not written; a text stands in quotes. A run is input:first+count,
 * and *step unless it is
 * 1. "@" gives the unit mark, "as" the node's name unless it is that of its first result. An
 * omitted operand is _. A "#" starts a comment. Names other than [A-Za-z0-9_./:-]+, those that end
 * in a colon and the words of the grammar stand in double quotes, with \xNN, \" and \\ in them.
 * Numbers read back to the same bits: NaN is bits(HEX). Hexadecimal floats can be read too.
 *
 * Types of results may be left out when reading: they are inferred. Where a type depends on
 * contents that the text does not hold, it stays as written (or unknown), for infer_graph to find.
 */
#ifndef IR_TEXT_H
#define IR_TEXT_H

#include "ir/graph.h"

#include <stdio.h>

enum text_constants { TEXT_CONSTANTS_SHORT, TEXT_CONSTANTS_FULL };

/* Writes the graph. SNV2_IO where the stream failed. */
enum snv2_status graph_write_text(const struct graph *graph, enum text_constants constants,
                                  FILE *stream, struct snv2_diagnostic *diagnostic);

/* Reads a graph; a diagnostic's offset is a byte offset in `text`, its message names the line. */
enum snv2_status graph_read_text(const char *text, struct arena *arena, struct graph **graph,
                                 struct snv2_diagnostic *diagnostic);

#endif
