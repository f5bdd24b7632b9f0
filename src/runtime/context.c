/* A context: memory, resolved commands and threads for one run at a time. */
#include "base/checked.h"
#include "base/diagnostic.h"
#include "runtime/cpu.h"
#include "runtime/model.h"
#include "runtime/unit.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 256, PAGE_BYTES = 4096 };

/* Items [*begin, *end) of `items` are member `member`'s: equal shares, the first ones larger. */
static void share_of(size_t items, size_t members, size_t member, size_t *begin, size_t *end) {
    size_t share = items / members, rest = items % members;
    *begin = share * member + (member < rest ? member : rest);
    *end = *begin + share + (member < rest);
}

static const void *step_args(const struct step *step, int member) {
    return (const char *)step->args + (size_t)member * step->args_stride;
}

static void run_share(void *data, uint32_t phase, int share) {
    struct snv2_context *context = data;
    const struct step *step = &context->plan.steps[phase];
    size_t begin, end;
    if (context->step_starts && share == 0)
        profile_step(context, phase);
    share_of(step->items, (size_t)team_size(context->team), (size_t)share, &begin, &end);
    if (begin < end)
        step->run(context->kernels, step_args(step, share), begin, end);
}

/* Zeroed, so that channel padding never holds what another program left. */
static float *new_tensors(uint64_t bytes) {
    uint64_t size;
    if (!checked_align(bytes ? bytes : 1, PAGE_BYTES, &size) || size > SIZE_MAX)
        return NULL;
    float *tensors = aligned_alloc(PAGE_BYTES, (size_t)size);
    if (tensors)
        memset(tensors, 0, (size_t)size);
    return tensors;
}

static enum snv2_status fill_context(struct snv2_context *context,
                                     const struct snv2_context_options *options,
                                     struct snv2_diagnostic *diagnostic) {
    const struct blob *blob = &context->model->blob;
    enum snv2_status status = choose_kernels(&context->kernels, diagnostic);
    if (status != SNV2_OK)
        return status;
    int members = options->threads ? options->threads : 1;
    struct unit_choice *units =
        choose_units(blob, context->kernels->isa, members, options->fusion, &context->arena);
    if (!units)
        return diagnose_no_memory(diagnostic);
    uint64_t member_floats = 0, bytes;
    for (uint32_t i = 0; i < blob->mark_count; i++)
        if (units[i].fused && units[i].ring_floats > member_floats)
            member_floats = units[i].ring_floats;
    context->plan.units = units;
    if (checked_mul(member_floats, (uint64_t)members * sizeof(float), &bytes) &&
        checked_add(bytes, blob->arena_bytes, &bytes))
        context->tensors = new_tensors(bytes);
    if (!context->tensors || !resolve_commands(blob, context->tensors, members, member_floats,
                                               &context->arena, &context->plan))
        return diagnose_no_memory(diagnostic);
    const struct team_plan plan = {
        .size = members,
        .phases = context->plan.step_count,
        .work = run_share,
        .data = context,
        .parallel_for = options->parallel_for,
        .user = options->user,
    };
    return team_new(&plan, &context->team, diagnostic);
}

enum snv2_status snv2_context_new(const struct snv2_model *model,
                                  const struct snv2_context_options *options,
                                  struct snv2_context **context,
                                  struct snv2_diagnostic *diagnostic) {
    static const struct snv2_context_options defaults;
    options = options ? options : &defaults;
    *context = NULL;
    if (options->threads < 0 || options->threads > MAX_THREADS)
        return diagnose(diagnostic, SNV2_USAGE, "%d threads: give 1 to %d", options->threads,
                        MAX_THREADS);
    if (options->fusion > SNV2_FUSE_EVERYWHERE)
        return diagnose(diagnostic, SNV2_USAGE, "there is no such fusion as %d",
                        (int)options->fusion);
    struct snv2_context *made = calloc(1, sizeof *made);
    if (!made)
        return diagnose_no_memory(diagnostic);
    made->model = model;
    arena_init(&made->arena, UINT64_MAX);
    enum snv2_status status = fill_context(made, options, diagnostic);
    if (status == SNV2_OK)
        *context = made;
    else
        snv2_context_free(made);
    return status;
}

void snv2_context_free(struct snv2_context *context) {
    if (!context)
        return;
    team_free(context->team);
    arena_free(&context->arena);
    free(context->tensors);
    free(context);
}

enum snv2_status snv2_run(struct snv2_context *context, const void *const *inputs,
                          void *const *outputs) {
    for (struct input_slot *slot = context->plan.inputs; slot; slot = slot->next)
        *slot->base = (const float *)inputs[slot->number] + slot->offset;
    for (struct output_slot *slot = context->plan.outputs; slot; slot = slot->next)
        *slot->base = (float *)outputs[slot->number] + slot->offset;
    team_run(context->team);
    return SNV2_OK;
}
