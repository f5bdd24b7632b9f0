/* Kernel arguments of commands; see resolve.h. blob_verify has checked all that is relied on here.
 */
#include "runtime/resolve.h"

#include "runtime/families.h"
#include "runtime/frames.h"
#include "runtime/half_weights.h"
#include "runtime/strided.h"
#include "runtime/tail.h"
#include "runtime/unit.h"

#define KERNEL(family, args_struct)                                                                \
    void run_##family(const struct kernel_table *kernels, const void *args, size_t begin,          \
                      size_t end) {                                                                \
        kernels->family(args, begin, end);                                                         \
    }
#include "kernels/kernels.def"
#undef KERNEL

#define RESOLVE_CONV resolve_conv
#define RESOLVE_CONV_TRANSPOSE resolve_conv
#define RESOLVE_DEPTHWISE resolve_depthwise
#define RESOLVE_FULLY_CONNECTED resolve_fully_connected
#define RESOLVE_MAX_POOL resolve_pool
#define RESOLVE_AVERAGE_POOL resolve_pool
#define RESOLVE_GLOBAL_AVERAGE_POOL resolve_global_pool
#define RESOLVE_RESIZE resolve_resize
#define RESOLVE_SOFTMAX resolve_softmax
#define RESOLVE_MATMUL resolve_matmul
#define RESOLVE_REDUCE resolve_reduce
#define RESOLVE_CUMULATIVE_SUM resolve_along
#define RESOLVE_TOP_K resolve_along
#define RESOLVE_GATHER resolve_along
#define RESOLVE_MAX_POOL_INDICES resolve_pool
#define RESOLVE_INTEGER resolve_integer
#define RESOLVE_INTEGER_CONV resolve_integer_conv
#define RESOLVE_INTEGER_MATMUL resolve_integer_matmul
#define RESOLVE_INTEGER_REDUCE resolve_integer_reduce
#define RESOLVE_INTEGER_CUMULATIVE_SUM resolve_integer_sums
#define RESOLVE_COPY resolve_copy
#define RESOLVE_ACTIVATE resolve_copy
#define RESOLVE_BINARY resolve_binary

static family_resolver *const resolve[] = {
#define OPCODE(name, number, text) [number] = RESOLVE_##name,
#include "snv2/opcodes.def"
#undef OPCODE
};

/* Whether the activation is a step of its own behind the command's. */
static bool has_epilogue_step(const struct snv2_blob_command *command) {
    switch (command->opcode) {
    case SNV2_OPCODE_ACTIVATE:
    case SNV2_OPCODE_BINARY:
        return false;
    case SNV2_OPCODE_MATMUL:
    case SNV2_OPCODE_REDUCE:
    case SNV2_OPCODE_INTEGER:
    case SNV2_OPCODE_INTEGER_CONV:
    case SNV2_OPCODE_INTEGER_MATMUL:
    case SNV2_OPCODE_INTEGER_REDUCE:
        return command->activation != SNV2_ACTIVATION_NONE;
    default:
        return has_epilogue(command);
    }
}

bool resolve_step(struct resolver *resolver, uint32_t index, struct step *step) {
    const struct snv2_blob_command *command = &resolver->blob->commands[index];
    bool resolved = resolve[command->opcode](resolver, command, step);
    step->command = index;
    step->count = 1;
    return resolved;
}

static bool resolve_command(struct resolver *resolver, uint32_t index) {
    const struct snv2_blob_command *command = &resolver->blob->commands[index];
    struct plan *plan = resolver->plan;
    if (!resolve_step(resolver, index, &plan->steps[plan->step_count++]))
        return false;
    if (!has_epilogue_step(command))
        return true;
    struct strided_args *args = resolve_epilogue(resolver, command);
    if (!args)
        return false;
    struct step *step = &plan->steps[plan->step_count++];
    *step = STEP(unary, args, args->piece_count * args->rows);
    step->command = index;
    step->count = 1;
    return true;
}

static bool resolve_mark(struct resolver *resolver, const struct snv2_blob_mark *mark,
                         const struct unit_choice *choice) {
    struct step *step = &resolver->plan->steps[resolver->plan->step_count++];
    return choice->band == 0 ? resolve_tail(resolver, mark, step)
                             : resolve_unit(resolver, mark, choice, step);
}

bool resolve_commands(const struct blob *blob, float *tensors, int members, size_t member_floats,
                      struct arena *arena, struct plan *plan) {
    struct resolver resolver = {.blob = blob,
                                .tensors = tensors,
                                .arena = arena,
                                .plan = plan,
                                .members = members,
                                .member_memory = tensors + blob->arena_bytes / sizeof(float),
                                .member_floats = member_floats,
                                .panel_floats = (size_t)blob_panel_floats(blob),
                                .frame_floats = (size_t)frame_rows_floats(blob)};
    uint32_t mark = 0;
    plan->frames = arena_alloc(arena, blob->input_count, sizeof *plan->frames);
    if (!plan->frames)
        return false;
    plan->steps = arena_alloc(arena, blob->command_count, 2 * sizeof *plan->steps);
    for (uint32_t i = 0, count; plan->steps && i < blob->command_count; i += count) {
        count = 1;
        while (mark < blob->mark_count && blob->marks[mark].first < i)
            mark++;
        bool fused =
            mark < blob->mark_count && blob->marks[mark].first == i && plan->units[mark].fused;
        if (fused)
            count = plan->units[mark].count;
        if (fused ? !resolve_mark(&resolver, &blob->marks[mark], &plan->units[mark])
                  : !resolve_command(&resolver, i))
            return false;
    }
    return plan->steps;
}
