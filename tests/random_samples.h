/* What rounding may do to a graph: every value computed exactly, and again with noise that any
 * float32 arithmetic could have made, and with the opposite noise, since at a step one of the two
 * may go where the exact value is. Where they differ much, no two correct programs need agree. */
#ifndef TESTS_RANDOM_SAMPLES_H
#define TESTS_RANDOM_SAMPLES_H

#include "check/check.h"
#include "interp/interp.h"

enum { EXACT, NOISY, OPPOSITE, SAMPLE_COUNT };

/* By value id; .data is NULL where a value has not been computed. */
struct samples {
    struct interp_tensor *tensors[SAMPLE_COUNT];
    int32_t count;
};

/* Room for the graph's values, and its inputs as the check seeds them; again where there are more
 * inputs by now. */
void samples_start(struct samples *samples, const struct graph *graph, uint64_t seed);
void samples_free(struct samples *samples);

/* Computes the node's results, whose operands have been computed or are constants. False where the
 * interpreter finds none; nothing is kept then. */
bool samples_add_node(struct samples *samples, const struct graph *graph, const struct node *node);

/* Computes every node. */
bool samples_add_graph(struct samples *samples, const struct graph *graph);

/* The largest number of the value, and how far noise moves one (of whole numbers and bool: whether
 * it moves any). Infinite where a number is not finite. */
double samples_largest(const struct samples *samples, const struct value *value);
double samples_noise(const struct samples *samples, const struct value *value);

#endif
