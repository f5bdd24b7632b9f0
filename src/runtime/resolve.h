/* From verified commands to calls of kernels with pointers, once for each context. */
#ifndef RUNTIME_RESOLVE_H
#define RUNTIME_RESOLVE_H

#include "kernels/kernel.h"
#include "runtime/blob.h"

#include <stddef.h>

/* One call: items [0, items) of a kernel. */
struct step {
    void (*run)(const struct kernel_table *kernels, const void *args, size_t begin, size_t end);
    const char *kernel; /* name of its family */
    const void *args;
    size_t items;
    uint32_t command;
};

/* A pointer in the arguments of a step that is `offset` elements into a buffer of the caller's, set
 * before each run. */
struct input_slot {
    struct input_slot *next;
    const float **base;
    uint32_t number;
    size_t offset;
};
struct output_slot {
    struct output_slot *next;
    float **base;
    uint32_t number;
    size_t offset;
};

struct plan {
    struct step *steps; /* one or two for each command, in order */
    uint32_t step_count;
    struct input_slot *inputs;
    struct output_slot *outputs;
};

/* Resolves all commands; `tensors` is the memory of the blob's arena. What the plan points to is in
 * `arena`. False when out of memory. */
bool resolve_commands(const struct blob *blob, float *tensors, struct arena *arena,
                      struct plan *plan);

#endif
