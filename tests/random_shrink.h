/* Making a graph that fails as small as it still fails. */
#ifndef TESTS_RANDOM_SHRINK_H
#define TESTS_RANDOM_SHRINK_H

#include "ir/graph.h"

/* Whether the graph, whose shapes are inferred, fails. */
typedef bool fails(void *user, const struct graph *graph);

/* The smallest graph that was found, in `arena`: outputs and nodes are taken away, values become
 * inputs or give way to the operands they were made of, and sizes become smaller, one by one, as
 * long as it fails. */
struct graph *shrink(const struct graph *graph, fails *fails, void *user, struct arena *arena);

#endif
