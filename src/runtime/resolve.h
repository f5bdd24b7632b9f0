/* From verified commands to calls of kernels with pointers, once for each context. */
#ifndef RUNTIME_RESOLVE_H
#define RUNTIME_RESOLVE_H

#include "kernels/kernel.h"
#include "runtime/blob.h"

#include <stddef.h>

/* Items [0, items) of a kernel, or of a unit (unit.h) or a tail (tail.h). */
struct step {
    void (*run)(const struct kernel_table *kernels, const void *args, size_t begin, size_t end);
    const char *kernel;         /* name of its family */
    const char *const *kernels; /* those of its commands, where they are several */
    const void *args;
    size_t args_stride; /* bytes from a member's arguments to the next's; 0: all have the same */
    size_t items;
    uint32_t command, count; /* the commands it does */
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
    const struct unit_choice *units; /* by mark */
    struct input_slot *inputs;
    struct output_slot *outputs;
    struct kernel_frame *frames; /* by input; set before each run for those of bytes */
};

/* Resolves all commands for a team of `members`, marked ranges as plan->units says; `tensors` is
 * the memory of the blob's arena, and behind it that of the members, member_floats for each, a
 * multiple of KERNEL_LANES: the panel of half weights (half_weights.h), rings, and the rows of
 * frames (frames.h) at its end.
 * What the plan points to is in `arena`. False when out of memory. */
bool resolve_commands(const struct blob *blob, float *tensors, int members, size_t member_floats,
                      struct arena *arena, struct plan *plan);

#endif
