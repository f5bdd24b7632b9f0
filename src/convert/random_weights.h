/* Seeded weights in place of a network's own, for --verify-weights random. */
#ifndef CONVERT_RANDOM_WEIGHTS_H
#define CONVERT_RANDOM_WEIGHTS_H

#include "ir/graph.h"

/* Replaces the contents of every float32 constant (a ConstantOfShape is one) that is a weight, a
 * bias or a parameter of a normalization. Weights are uniform and scaled by their fan-in so that
 * activations keep unit scale through any depth; a BatchNormalization's variance and scale stay
 * near 1. Other constants (shapes, bounds of Clip) stay. */
enum snv2_status randomize_weights(struct graph *graph, uint64_t seed,
                                   struct snv2_diagnostic *diagnostic);

#endif
