/* The text form of a graph, for dumps (-d) and for tests: what is written can be read back.
 *
 *   graph "name"
 *   input x: float32[1,3,8,8]
 *   const w: float32[4,3,1,1] = random(7)            (reader only: uniform in [-1,1), seeded)
 *   const s: int64[2] = {1, -1}                       (16 elements or fewer are written out)
 *   const b: float32[64] = hash(0123456789abcdef)     (written for larger ones; not readable unless
 *                                                      the writer was asked for all elements)
 *   y: float32[1,4,8,8] = Conv(x, w) {kernel_shape=[1,1], group=1}  # node name
 *   a: float32[1,2,8,8], b: float32[1,2,8,8] = Split(y, s) {axis=1}
 *   v: float32[1,4,8,8] = ChannelView(a, b) {runs=[0:0+2, 1:0+2*1]}  (input:first+count[*step])
 *   output y
 *
 * Names that are not [A-Za-z0-9_./:-]+ are in double quotes with \xNN and \" escapes; an omitted
 * operand is
 * `_`. Attributes at their default are not written. Types of node outputs may be left out when
 * reading: they are inferred. `#` starts a comment. Floats are written so that they read back to
 * the same bits (hexadecimal floats are accepted too). */
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
