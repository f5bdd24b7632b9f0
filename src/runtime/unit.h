/* A marked range of commands as one step, in bands of rows.
 *
 *   rows of the output       |  band 0  |  band 1  |  band 2  |
 *   rows that it reads      |    band 0   |.|  band 1  |.|  band 2 ...
 *                                           kept from the band before
 *
 * What only the range's own commands read, never stands in the model's arena: each member of the
 * team has rings for it, a few rows that stay in its caches. Kernels run as they are, on the rows
 * that a band needs more than the one before; between two members' rows, both make what both need.
 */
#ifndef RUNTIME_UNIT_H
#define RUNTIME_UNIT_H

#include "runtime/cost.h"
#include "runtime/resolve.h"
#include "snv2/runtime.h"

enum { UNIT_COMMANDS = 8 };

struct unit;

/* How a mark's commands run. */
struct unit_choice {
    bool fused;
    uint32_t count;     /* commands of the step */
    size_t band;        /* rows of the output; 0: the step is a tail (tail.h) */
    size_t ring_floats; /* of one member, all rings together, or what a tail needs */
    const char *reason; /* where it is not fused, for people */
    const struct unit *shape;
};

/* Chooses for each mark, for a team of `members`. NULL: out of memory. */
struct unit_choice *choose_units(const struct blob *blob, const struct cost_model *model,
                                 int members, enum snv2_fusion fusion, struct arena *arena);

struct resolver;

/* A fused mark as a step whose items are rows of its outputs; member i's rings are at
 * rings + i * member_floats, in the same allocation as the blob's arena and behind it. False: out
 * of memory. */
bool resolve_unit(struct resolver *resolver, const struct snv2_blob_mark *mark,
                  const struct unit_choice *choice, struct step *step);

/* A pointer in the arguments of a member's step that is `offset` elements into a ring's tensor. */
struct row_slot {
    struct row_slot *next;
    const float **read; /* or: */
    float **written;
    size_t offset;
};

/* Some rows of a tensor, `first` being the first of them. */
struct ring {
    uint32_t tensor;
    float *memory;
    size_t image_stride, row_stride; /* of the whole tensor, in elements */
    struct row_slot *slots;
};

#endif
