/* A rough model of what commands cost: good enough to tell which are worth sharing out, and what
 * it is worth to keep a map in the caches. */
#ifndef RUNTIME_COST_H
#define RUNTIME_COST_H

#include "runtime/blob.h"

struct cost_model {
    double operations; /* of vector kernels: products or comparisons in a nanosecond */
    double barrier;    /* nanoseconds from the end of one phase to the start of the next */
    size_t cache;      /* bytes of a core's own second-level cache */
};

/* For kernels of that instruction set and a team of so many. */
struct cost_model cost_model(const char *isa, int members);

/* Products or comparisons of a whole command. */
double command_operations(const struct blob *blob, const struct snv2_blob_command *command);

/* Modelled nanoseconds of a whole command on one thread. */
double command_cost(const struct cost_model *model, const struct blob *blob,
                    const struct snv2_blob_command *command);

#endif
