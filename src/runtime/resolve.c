/* Kernel arguments of commands; see resolve.h. blob_verify has checked all that is relied on here.
 */
#include "runtime/resolve.h"

#include "kernels/conv.h"
#include "kernels/depthwise.h"
#include "kernels/elementwise.h"
#include "kernels/fully_connected.h"
#include "kernels/global_pool.h"
#include "kernels/movement.h"
#include "kernels/pool.h"

#include <math.h>

struct resolver {
    const struct blob *blob;
    float *tensors;
    struct arena *arena;
    struct plan *plan;
};

struct run_list {
    struct kernel_run *runs; /* NULL: out of memory */
    size_t count;
};

/* ---- the kernels behind one signature ---- */

#define KERNEL(family, args_struct)                                                                \
    static void run_##family(const struct kernel_table *kernels, const void *args, size_t begin,   \
                             size_t end) {                                                         \
        kernels->family(args, begin, end);                                                         \
    }
#include "kernels/kernels.def"
#undef KERNEL

#define STEP(family, args, items) ((struct step){run_##family, #family, args, items})

/* ---- operands ---- */

/* The extents of a tensor that a command uses, which are there. */
static struct extents extents_of(const struct snv2_blob_tensor *tensor) {
    struct extents extents = {0};
    tensor_extents(tensor, &extents);
    return extents;
}

static size_t pixels_of(const struct snv2_blob_tensor *tensor) {
    struct extents extents = extents_of(tensor);
    return (size_t)(extents.height * extents.width);
}

/* Where the tensor's memory is; NULL for a graph input or output, which is known at the run. */
static const float *constant_or_arena(const struct resolver *resolver,
                                      const struct snv2_blob_tensor *tensor) {
    size_t offset = (size_t)(tensor->offset / sizeof(float));
    if (tensor->place == SNV2_PLACE_ARENA)
        return resolver->tensors + offset;
    if (tensor->place == SNV2_PLACE_WEIGHTS)
        return (const float *)(const void *)resolver->blob->weights + offset;
    return NULL;
}

static bool resolve_run(struct resolver *resolver, const struct snv2_blob_run *run,
                        struct kernel_run *resolved) {
    const struct snv2_blob_tensor *tensor = &resolver->blob->tensors[run->tensor];
    size_t pixels = pixels_of(tensor);
    const float *base = constant_or_arena(resolver, tensor);
    if (tensor->layout == SNV2_LAYOUT_FEATURE_MAP) {
        size_t stride = (size_t)tensor->pixel_stride;
        *resolved = (struct kernel_run){base + run->first, pixels * stride, stride,
                                        run->step,         run->count,      0};
        return true;
    }
    size_t channels = (size_t)extents_of(tensor).channels;
    *resolved = (struct kernel_run){base, channels * pixels, 1, (ptrdiff_t)pixels, channels, 0};
    if (tensor->place != SNV2_PLACE_INPUT)
        return true;
    struct input_slot *slot = arena_alloc(resolver->arena, 1, sizeof *slot);
    if (!slot)
        return false;
    *slot = (struct input_slot){resolver->plan->inputs, &resolved->base, (uint32_t)tensor->offset};
    resolver->plan->inputs = slot;
    return true;
}

static struct run_list resolve_operand(struct resolver *resolver,
                                       const struct snv2_blob_operand *operand) {
    struct run_list list = {arena_alloc(resolver->arena, operand->run_count, sizeof *list.runs),
                            operand->run_count};
    size_t channel = 0;
    for (size_t i = 0; list.runs && i < list.count; i++) {
        if (!resolve_run(resolver, &resolver->blob->runs[operand->first_run + i], &list.runs[i]))
            return (struct run_list){NULL, 0};
        list.runs[i].channel = channel;
        channel += list.runs[i].count;
    }
    return list;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Cuts runs where the channel is a multiple of `multiple` and, where `other` is given, where its
 * runs start. Writes the pieces unless that is NULL, and returns their number. */
static size_t cut_into(struct kernel_run *pieces, struct run_list list, size_t multiple,
                       const struct run_list *other) {
    size_t count = 0, o = 0;
    for (size_t i = 0; i < list.count; i++) {
        const struct kernel_run *run = &list.runs[i];
        for (size_t used = 0, length; used < run->count; used += length, count++) {
            size_t channel = run->channel + used;
            length = smaller(run->count - used, multiple - channel % multiple);
            if (other) {
                while (other->runs[o].channel + other->runs[o].count <= channel)
                    o++;
                length = smaller(length, other->runs[o].channel + other->runs[o].count - channel);
            }
            if (!pieces)
                continue;
            pieces[count] = *run;
            pieces[count].base += (ptrdiff_t)used * run->step;
            pieces[count].count = length;
            pieces[count].channel = channel;
        }
    }
    return count;
}

static struct run_list cut_runs(struct resolver *resolver, struct run_list list, size_t multiple,
                                const struct run_list *other) {
    if (!list.runs || (other && !other->runs))
        return (struct run_list){NULL, 0};
    size_t count = cut_into(NULL, list, multiple, other);
    if (count == list.count)
        return list; /* nothing to cut: graph inputs, whose base is not known yet, come here */
    struct run_list cut = {arena_alloc(resolver->arena, count, sizeof *cut.runs), count};
    if (cut.runs)
        cut_into(cut.runs, list, multiple, other);
    return cut;
}

/* The first operand, cut at blocks. */
static struct run_list resolve_blocks(struct resolver *resolver,
                                      const struct snv2_blob_command *command) {
    return cut_runs(resolver, resolve_operand(resolver, &command->operands[0]), KERNEL_LANES, NULL);
}

/* ---- the other arguments ---- */

static const float *weights_at(const struct resolver *resolver, uint64_t offset) {
    return (const float *)(const void *)(resolver->blob->weights + offset);
}

static const struct snv2_blob_tensor *input_of(const struct resolver *resolver,
                                               const struct snv2_blob_command *command) {
    const struct blob *blob = resolver->blob;
    return &blob->tensors[blob->runs[command->operands[0].first_run].tensor];
}

static struct kernel_bounds bounds_of(const struct snv2_blob_command *command) {
    switch ((enum snv2_blob_activation)command->activation) {
    case SNV2_ACTIVATION_NONE:
        break;
    case SNV2_ACTIVATION_RELU:
        return (struct kernel_bounds){0, INFINITY};
    case SNV2_ACTIVATION_CLIP:
        return (struct kernel_bounds){command->activation_low, command->activation_high};
    }
    return (struct kernel_bounds){-INFINITY, INFINITY};
}

static struct kernel_window window_of(const struct resolver *resolver,
                                      const struct snv2_blob_command *command) {
    struct extents input = extents_of(input_of(resolver, command));
    const struct snv2_blob_window *window = &command->window;
    struct kernel_window resolved = {.height = (size_t)input.height, .width = (size_t)input.width};
    for (int i = 0; i < 2; i++) {
        resolved.kernel[i] = window->kernel[i];
        resolved.stride[i] = window->stride[i];
        resolved.dilation[i] = window->dilation[i];
    }
    for (int i = 0; i < 4; i++)
        resolved.pad[i] = window->pad[i];
    return resolved;
}

/* The output, as *map, which stays where it is. False when out of memory. */
static bool resolve_output(struct resolver *resolver, const struct snv2_blob_command *command,
                           struct kernel_map *map) {
    const struct snv2_blob_tensor *tensor = &resolver->blob->tensors[command->output];
    struct extents extents = extents_of(tensor);
    size_t pixels = pixels_of(tensor), channels = (size_t)extents.channels;
    bool row_major = tensor->layout == SNV2_LAYOUT_ROW_MAJOR;
    size_t pixel_stride = row_major ? 1 : (size_t)tensor->pixel_stride;
    *map = (struct kernel_map){
        .image_stride = pixels * (row_major ? channels : pixel_stride),
        .pixel_stride = pixel_stride,
        .channel_stride = row_major ? pixels : 1,
        .height = (size_t)extents.height,
        .width = (size_t)extents.width,
        .channels = channels,
    };
    if (tensor->place == SNV2_PLACE_ARENA) {
        map->base = resolver->tensors + tensor->offset / sizeof(float);
        return true;
    }
    struct output_slot *slot = arena_alloc(resolver->arena, 1, sizeof *slot);
    if (!slot)
        return false;
    *slot = (struct output_slot){resolver->plan->outputs, &map->base, (uint32_t)tensor->offset};
    resolver->plan->outputs = slot;
    return true;
}

static size_t rows_of(const struct resolver *resolver, const struct snv2_blob_command *command) {
    struct extents extents = extents_of(&resolver->blob->tensors[command->output]);
    return (size_t)(extents.images * extents.height);
}

/* ---- one function a family: the arguments, and the step that uses them ---- */

/* Zeroed arguments of a family, or a return of false. */
#define NEW_ARGS(type, args)                                                                       \
    struct type *args = arena_alloc(resolver->arena, 1, sizeof *args);                             \
    if (!args || !resolve_output(resolver, command, &args->output))                                \
        return false;                                                                              \
    args->bounds = bounds_of(command)

static bool resolve_conv(struct resolver *resolver, const struct snv2_blob_command *command,
                         struct step *step) {
    NEW_ARGS(conv_args, args);
    struct run_list list = resolve_operand(resolver, &command->operands[0]);
    if (!list.runs)
        return false;
    const struct kernel_run *last = &list.runs[list.count - 1];
    args->groups = command->group;
    args->group_inputs = (last->channel + last->count) / args->groups;
    args->group_outputs = args->output.channels / args->groups;
    list = cut_runs(resolver, list, args->group_inputs, NULL);
    size_t *group_runs = arena_alloc(resolver->arena, args->groups + 1, sizeof *group_runs);
    if (!list.runs || !group_runs)
        return false;
    for (size_t i = 0; i < list.count; i++)
        group_runs[list.runs[i].channel / args->group_inputs + 1] = i + 1;
    args->runs = list.runs;
    args->group_runs = group_runs;
    args->weights = weights_at(resolver, command->weights);
    args->bias = weights_at(resolver, command->bias);
    args->window = window_of(resolver, command);
    *step = STEP(conv, args, rows_of(resolver, command));
    return true;
}

static bool resolve_depthwise(struct resolver *resolver, const struct snv2_blob_command *command,
                              struct step *step) {
    NEW_ARGS(depthwise_args, args);
    struct run_list list = resolve_blocks(resolver, command);
    args->runs = list.runs;
    args->run_count = list.count;
    args->weights = weights_at(resolver, command->weights);
    args->bias = weights_at(resolver, command->bias);
    args->window = window_of(resolver, command);
    *step = STEP(depthwise, args, rows_of(resolver, command));
    return list.runs;
}

static bool resolve_pool(struct resolver *resolver, const struct snv2_blob_command *command,
                         struct step *step) {
    NEW_ARGS(pool_args, args);
    struct run_list list = resolve_blocks(resolver, command);
    args->runs = list.runs;
    args->run_count = list.count;
    args->count_padding = command->flags & SNV2_POOL_COUNTS_PADDING;
    args->window = window_of(resolver, command);
    *step = command->opcode == SNV2_OPCODE_MAX_POOL
                ? STEP(max_pool, args, rows_of(resolver, command))
                : STEP(average_pool, args, rows_of(resolver, command));
    return list.runs;
}

static bool resolve_global_pool(struct resolver *resolver, const struct snv2_blob_command *command,
                                struct step *step) {
    NEW_ARGS(global_pool_args, args);
    struct run_list list = resolve_blocks(resolver, command);
    args->runs = list.runs;
    args->run_count = list.count;
    args->pixels = pixels_of(input_of(resolver, command));
    *step = STEP(global_average_pool, args, rows_of(resolver, command) * list.count);
    return list.runs;
}

static bool resolve_fully_connected(struct resolver *resolver,
                                    const struct snv2_blob_command *command, struct step *step) {
    NEW_ARGS(fully_connected_args, args);
    struct run_list list = resolve_operand(resolver, &command->operands[0]);
    if (!list.runs)
        return false;
    const struct kernel_run *last = &list.runs[list.count - 1];
    args->runs = list.runs;
    args->run_count = list.count;
    args->images = rows_of(resolver, command);
    args->inputs = last->channel + last->count;
    args->weights = weights_at(resolver, command->weights);
    args->bias = weights_at(resolver, command->bias);
    *step = STEP(fully_connected, args, (args->output.channels + KERNEL_LANES - 1) / KERNEL_LANES);
    return true;
}

static bool resolve_add(struct resolver *resolver, const struct snv2_blob_command *command,
                        struct step *step) {
    NEW_ARGS(add_args, args);
    struct run_list a = resolve_operand(resolver, &command->operands[0]);
    struct run_list b = resolve_operand(resolver, &command->operands[1]);
    struct run_list cut_a = cut_runs(resolver, a, args->output.channels, &b);
    struct run_list cut_b = cut_runs(resolver, b, args->output.channels, &a);
    args->a = cut_a.runs;
    args->b = cut_b.runs;
    args->run_count = cut_a.count;
    *step = STEP(add, args, rows_of(resolver, command));
    return cut_a.runs && cut_b.runs;
}

static bool resolve_copy(struct resolver *resolver, const struct snv2_blob_command *command,
                         struct step *step) {
    NEW_ARGS(copy_args, args);
    struct run_list list = resolve_operand(resolver, &command->operands[0]);
    args->runs = list.runs;
    args->run_count = list.count;
    *step = STEP(copy, args, rows_of(resolver, command));
    return list.runs;
}

#define RESOLVE_CONV resolve_conv
#define RESOLVE_CONV_PLANAR resolve_conv
#define RESOLVE_DEPTHWISE resolve_depthwise
#define RESOLVE_MAX_POOL resolve_pool
#define RESOLVE_AVERAGE_POOL resolve_pool
#define RESOLVE_GLOBAL_AVERAGE_POOL resolve_global_pool
#define RESOLVE_FULLY_CONNECTED resolve_fully_connected
#define RESOLVE_ACTIVATE resolve_copy
#define RESOLVE_ADD resolve_add
#define RESOLVE_COPY resolve_copy
#define RESOLVE_TO_FEATURE_MAP resolve_copy
#define RESOLVE_TO_ROW_MAJOR resolve_copy

static bool (*const resolve[])(struct resolver *, const struct snv2_blob_command *,
                               struct step *) = {
#define OPCODE(name, number, text) [number] = RESOLVE_##name,
#include "snv2/opcodes.def"
#undef OPCODE
};

bool resolve_commands(const struct blob *blob, float *tensors, struct arena *arena,
                      struct plan *plan) {
    struct resolver resolver = {blob, tensors, arena, plan};
    *plan = (struct plan){arena_alloc(arena, blob->command_count, sizeof *plan->steps), NULL, NULL};
    for (uint32_t i = 0; plan->steps && i < blob->command_count; i++)
        if (!resolve[blob->commands[i].opcode](&resolver, &blob->commands[i], &plan->steps[i]))
            return false;
    return plan->steps;
}
