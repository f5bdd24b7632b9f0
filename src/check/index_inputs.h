/* Graph inputs that are indices: what they may be, so that a check can make some up. */
#ifndef CHECK_INDEX_INPUTS_H
#define CHECK_INDEX_INPUTS_H

#include "ir/graph.h"

/* By graph input: how many elements what is indexed has, INT64_MAX for an input that is no index,
 * as far as it comes to its reader only in other dims, another type, joined or chosen (Where). In
 * `arena`; NULL where memory ran out. */
int64_t *find_index_limits(const struct graph *graph, struct arena *arena);

#endif
