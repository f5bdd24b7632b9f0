/* What the public opaque types hold. */
#ifndef RUNTIME_MODEL_H
#define RUNTIME_MODEL_H

#include "runtime/blob.h"
#include "runtime/file.h"
#include "runtime/resolve.h"
#include "runtime/schedule.h"
#include "runtime/team.h"
#include "snv2/runtime.h"

struct snv2_model {
    const struct snv2_allocator *allocator; /* the system's, or this copy of the caller's: */
    struct snv2_allocator given;
    struct arena arena;      /* the blob's records and the infos */
    struct file_memory file; /* none where the caller gave the memory */
    struct blob blob;
    struct snv2_tensor_info *inputs, *outputs;
    struct snv2_frame_info *frames; /* by input */
};

struct snv2_context {
    const struct snv2_model *model;
    const struct kernel_table *kernels;
    enum snv2_fusion fusion;
    struct arena arena; /* blob and plan */
    struct blob blob;   /* the model's, for the images of a run */
    float *tensors;     /* the model's arena */
    size_t bytes;       /* of it */
    size_t mapped;      /* bytes of it in huge pages; 0: it is the allocator's */
    struct plan plan;
    struct schedule schedule;
    int threads;
    struct team *team;     /* of as many, or of one where nothing is shared out */
    uint64_t *step_starts; /* NULL, or where profile_step notes the time */
};

/* Notes that share 0 of a step begins. */
void profile_step(struct snv2_context *context, uint32_t step);

#endif
