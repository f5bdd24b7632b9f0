/* Operands and outputs of verified commands as kernels see them: pointers, strides, runs. */
#ifndef RUNTIME_OPERANDS_H
#define RUNTIME_OPERANDS_H

#include "runtime/resolve.h"

struct resolver {
    const struct blob *blob;
    float *tensors;
    struct arena *arena;
    struct plan *plan;
    int members;
    float *member_memory; /* member_floats for each member */
    size_t member_floats, panel_floats, frame_floats;
    int member;         /* whose unit is being resolved */
    struct ring *rings; /* of the unit that is being resolved */
    int ring_count;
};

/* Where a member has the panel of half weights, the rings of units, and the rows of frames. */
static inline float *member_panel(const struct resolver *resolver, int member) {
    return resolver->member_memory + (size_t)member * resolver->member_floats;
}
static inline float *member_rings(const struct resolver *resolver, int member) {
    return member_panel(resolver, member) + resolver->panel_floats;
}
static inline float *member_rows(const struct resolver *resolver, int member) {
    return resolver->member_memory + (size_t)(member + 1) * resolver->member_floats -
           resolver->frame_floats;
}

/* The step of a command that works by rows, which is one (unit.h). False: out of memory. */
bool resolve_step(struct resolver *resolver, uint32_t command, struct step *step);

/* Channels of a tensor that lie one after another in an operand. */
struct piece {
    const struct snv2_blob_tensor *tensor;
    int64_t first, step; /* elements: the first channel's place in the tensor, and the distance */
    size_t count;
    size_t channel; /* number of the first channel in the operand */
};

struct piece_list {
    struct piece *pieces; /* NULL: out of memory */
    size_t count;
};

/* The runs of an operand. */
struct piece_list operand_pieces(struct resolver *resolver,
                                 const struct snv2_blob_operand *operand);

/* Cuts pieces where the channel is a multiple of `multiple` and, where `other` is given, where its
 * pieces start. */
struct piece_list cut_pieces(struct resolver *resolver, struct piece_list list, size_t multiple,
                             const struct piece_list *other);

/* Pieces of maps as runs, which stay where they are; NULL: out of memory. */
const struct kernel_run *make_runs(struct resolver *resolver, struct piece_list list);

/* Sets *where to element `element` of a tensor, now or, in a graph input or output, before each
 * run: *where stays where it is. False when out of memory. */
bool bind_operand(struct resolver *resolver, const struct snv2_blob_tensor *tensor, int64_t element,
                  const float **where);
bool bind_output(struct resolver *resolver, const struct snv2_blob_tensor *tensor, int64_t element,
                 float **where);

/* A map, as *output, which stays where it is. */
bool resolve_map(struct resolver *resolver, const struct snv2_blob_tensor *tensor,
                 struct kernel_map *output);

/* A 1x1 window of stride 1 without pads. */
bool is_pointwise(const struct snv2_blob_window *window);

/* The tensor as a map, which it is. */
struct map map_of(const struct snv2_blob_tensor *tensor);

#endif
