/* A context: memory, resolved commands and threads for one run at a time. */
#include "base/checked.h"
#include "base/diagnostic.h"
#include "base/memory.h"
#include "runtime/cpu.h"
#include "runtime/frames.h"
#include "runtime/half_weights.h"
#include "runtime/huge_pages.h"
#include "runtime/model.h"
#include "runtime/unit.h"

#include <string.h>
#include <sys/mman.h>

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

static void run_share(void *data, uint32_t number, int share) {
    struct snv2_context *context = data;
    const struct phase *phase = &context->schedule.phases[number];
    bool divided = phase->shared && share != WHOLE_PHASE;
    int members = divided ? context->threads : 1, member = share == WHOLE_PHASE ? 0 : share;
    for (uint32_t i = phase->first; i < phase->first + phase->count; i++) {
        const struct step *step = &context->plan.steps[i];
        size_t begin, end;
        if (context->step_starts && member == 0)
            profile_step(context, i);
        if (member >= members)
            return;
        share_of(step->items, (size_t)members, (size_t)member, &begin, &end);
        if (begin < end)
            step->run(context->kernels, step_args(step, member), begin, end);
    }
}

/* Zeroed, so that channel padding never holds what another program left. */
static bool new_tensors(struct snv2_context *context, uint64_t bytes) {
    const struct snv2_allocator *allocator = context->model->allocator;
    uint64_t size;
    if (!checked_align(bytes ? bytes : 1, PAGE_BYTES, &size) || size > SIZE_MAX)
        return false;
    context->bytes = (size_t)size;
    context->tensors = NULL;
    context->mapped = 0;
    if (allocator == &system_memory)
        context->tensors = huge_pages_map(context->bytes, &context->mapped);
    if (context->tensors)
        return true;
    context->tensors = memory_new(allocator, context->bytes, PAGE_BYTES);
    return context->tensors && memset(context->tensors, 0, context->bytes);
}

static void free_tensors(struct snv2_context *context) {
    if (context->mapped)
        munmap(context->tensors, context->mapped);
    else
        memory_free(context->model->allocator, context->tensors, context->bytes);
}

/* The model's arena, and behind it for each member a panel for half weights, rings, and the rows of
 * frames that it reads, in the tensors' memory where that is large enough. */
static bool allocate_tensors(struct snv2_context *context, size_t *member_floats) {
    const struct blob *blob = &context->blob;
    const struct unit_choice *units = context->plan.units;
    uint64_t bytes, floats = 0;
    for (uint32_t i = 0; i < blob->mark_count; i++)
        if (units[i].fused && units[i].ring_floats > floats)
            floats = units[i].ring_floats;
    if (!checked_add(floats, frame_rows_floats(blob), &floats) ||
        !checked_add(floats, blob_panel_floats(blob), &floats) ||
        !checked_align(floats, KERNEL_LANES, &floats) || floats > SIZE_MAX)
        return false;
    *member_floats = (size_t)floats;
    if (!checked_mul(*member_floats, (uint64_t)context->threads * sizeof(float), &bytes) ||
        !checked_add(bytes, blob->arena_bytes, &bytes))
        return false;
    return bytes <= context->bytes || new_tensors(context, bytes);
}

/* Which steps a run of so many images has, and how they are shared out. */
static bool plan_run(struct snv2_context *context, uint32_t images) {
    const struct blob *blob = &context->blob;
    struct cost_model model = cost_model(context->kernels->isa, context->threads);
    size_t member_floats;
    if (!blob_of_images(&context->model->blob, images, &context->arena, &context->blob))
        return false;
    context->plan.units =
        choose_units(blob, &model, context->threads, context->fusion, &context->arena);
    if (!context->plan.units || !allocate_tensors(context, &member_floats) ||
        !resolve_commands(blob, context->tensors, context->threads, member_floats, &context->arena,
                          &context->plan))
        return false;
    if (context->fusion == SNV2_FUSE_EVERYWHERE)
        model.barrier = 0; /* everything is worth sharing out */
    context->schedule =
        schedule_steps(blob, &context->plan, &model, context->threads, &context->arena);
    return context->schedule.phases;
}

static enum snv2_status fill_context(struct snv2_context *context,
                                     const struct snv2_context_options *options,
                                     struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = choose_kernels(&context->kernels, diagnostic);
    if (status != SNV2_OK)
        return status;
    context->threads = options->threads ? options->threads : 1;
    context->fusion = options->fusion;
    if (!plan_run(context, context->model->blob.images))
        return diagnose_no_memory(diagnostic);
    const struct team_plan plan = {
        .size = context->schedule.shared ? context->threads : 1,
        .always = options->fusion == SNV2_FUSE_EVERYWHERE,
        .phases = context->schedule.count,
        .work = run_share,
        .data = context,
        .parallel_for = options->parallel_for,
        .user = options->user,
        .allocator = context->model->allocator,
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
    struct snv2_context *made =
        memory_new(model->allocator, sizeof *made, _Alignof(struct snv2_context));
    if (!made)
        return diagnose_no_memory(diagnostic);
    *made = (struct snv2_context){.model = model};
    arena_init_from(&made->arena, model->allocator);
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
    free_tensors(context);
    memory_free(context->model->allocator, context, sizeof *context);
}

enum snv2_status snv2_set_images(struct snv2_context *context, int images,
                                 struct snv2_diagnostic *diagnostic) {
    int most = snv2_images(context->model);
    if (images < 1 || images > most)
        return diagnose(diagnostic, SNV2_USAGE,
                        most ? "%d images, and a run has 1 to %d"
                             : "%d images, and the model says how many: convert it with --batch",
                        images, most);
    struct snv2_context next = *context;
    next.plan = (struct plan){0};
    arena_init_from(&next.arena, context->model->allocator);
    bool planned = plan_run(&next, (uint32_t)images);
    struct snv2_context *unused = planned ? context : &next;
    if (next.tensors != context->tensors)
        free_tensors(unused);
    arena_free(&unused->arena);
    if (!planned)
        return diagnose_no_memory(diagnostic);
    *context = next;
    team_set_phases(context->team, context->schedule.count);
    return SNV2_OK;
}

static void bind_outputs(struct snv2_context *context, void *const *outputs) {
    for (struct output_slot *slot = context->plan.outputs; slot; slot = slot->next)
        *slot->base = (float *)outputs[slot->number] + slot->offset;
}

static bool bind_frame(struct snv2_context *context, int number, const struct snv2_frame *frame) {
    const struct snv2_frame_info *info = snv2_input_frame(context->model, number);
    if (!info)
        return frame->row_stride == 0 && frame->plane_stride == 0 && frame->image_stride == 0;
    return place_frame(info, frame, &context->plan.frames[number]);
}

enum snv2_status snv2_run(struct snv2_context *context, const void *const *inputs,
                          void *const *outputs) {
    for (struct input_slot *slot = context->plan.inputs; slot; slot = slot->next)
        *slot->base = (const float *)inputs[slot->number] + slot->offset;
    for (int i = 0; i < snv2_input_count(context->model); i++)
        bind_frame(context, i, &(struct snv2_frame){.data = inputs[i]});
    bind_outputs(context, outputs);
    team_run(context->team);
    return SNV2_OK;
}

enum snv2_status snv2_run_frames(struct snv2_context *context, const struct snv2_frame *inputs,
                                 void *const *outputs) {
    for (int i = 0; i < snv2_input_count(context->model); i++)
        if (!bind_frame(context, i, &inputs[i]))
            return SNV2_USAGE;
    for (struct input_slot *slot = context->plan.inputs; slot; slot = slot->next)
        *slot->base = (const float *)inputs[slot->number].data + slot->offset;
    bind_outputs(context, outputs);
    team_run(context->team);
    return SNV2_OK;
}
