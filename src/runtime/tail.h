/* The last convolution, its global pool and the fully connected layer behind them as one step.
 *
 *   strip of 32 outputs:   conv --> pool --> these inputs of some outputs of the fully connected
 * layer while conv computes:             the weights come that this will read
 *
 * A fully connected layer of one image uses each weight once, so it takes as long as its weights
 * take to come; a convolution has time to wait for them. The convolution's map is never whole: a
 * strip of it stays in the first cache. Each output is its one chain still: the sums of those in
 * progress are floats in memory between two strips. */
#ifndef RUNTIME_TAIL_H
#define RUNTIME_TAIL_H

#include "runtime/operands.h"

enum { TAIL_COMMANDS = 3 };

/* Why the mark's convolution and pool and the command behind them cannot be one step of one thread,
 * or NULL. That nothing else reads the convolution's map is the caller's to check. */
const char *tail_refusal(const struct blob *blob, const struct snv2_blob_mark *mark);

/* The floats that such a step needs for itself. */
size_t tail_floats(const struct blob *blob, const struct snv2_blob_mark *mark);

/* The step, with tail_floats at the members' memory. False: out of memory. */
bool resolve_tail(struct resolver *resolver, const struct snv2_blob_mark *mark, struct step *step);

#endif
