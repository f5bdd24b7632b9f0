/* Weights of half the size (--weights): what rounding them does to a graph. */
#ifndef CONVERT_HALF_WEIGHTS_H
#define CONVERT_HALF_WEIGHTS_H

#include "ir/graph.h"

struct rounding {
    enum dtype dtype;       /* DTYPE_NONE: the weights are float32 */
    int64_t count, flushed; /* weights; those of them that were not 0 and are now */
};

/* "f16" or "bf16", the argument of --weights. */
enum snv2_status parse_half_type(const char *argument, enum dtype *dtype,
                                 struct snv2_diagnostic *diagnostic);

/* Replaces the weights of the nodes that take_half_weights (lower/program.h) by float32 constants
 * that are halves of the type. SNV2_UNSUPPORTED, naming node and output channel, where a finite one
 * would become infinite. */
enum snv2_status round_weights(struct graph *graph, enum dtype dtype, struct rounding *rounding,
                               struct snv2_diagnostic *diagnostic);

#endif
