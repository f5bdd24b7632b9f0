/* Kernel arguments of commands; see resolve.h. blob_verify has checked all that is relied on here.
 */
#include "runtime/resolve.h"

#include "kernels/conv.h"
#include "kernels/depthwise.h"
#include "kernels/elementwise.h"
#include "kernels/fully_connected.h"
#include "kernels/global_pool.h"
#include "kernels/index.h"
#include "kernels/integer.h"
#include "kernels/movement.h"
#include "kernels/pool.h"
#include "kernels/resize.h"
#include "runtime/frames.h"
#include "runtime/half_weights.h"
#include "runtime/operands.h"
#include "runtime/strided.h"
#include "runtime/tail.h"
#include "runtime/unit.h"

#include <math.h>

/* ---- the kernels behind one signature ---- */

#define KERNEL(family, args_struct)                                                                \
    static void run_##family(const struct kernel_table *kernels, const void *args, size_t begin,   \
                             size_t end) {                                                         \
        kernels->family(args, begin, end);                                                         \
    }
#include "kernels/kernels.def"
#undef KERNEL

#define STEP(family, arguments, item_count)                                                        \
    ((struct step){.run = run_##family, .kernel = #family, .args = arguments, .items = item_count})

/* The same with arguments for each member. */
#define HALF_STEP(family, arguments, item_count)                                                   \
    ((struct step){.run = run_##family,                                                            \
                   .kernel = #family,                                                              \
                   .args = arguments,                                                              \
                   .args_stride = sizeof *(arguments),                                             \
                   .items = item_count})

/* ---- arguments ---- */

static const struct snv2_blob_tensor *output_of(const struct resolver *resolver,
                                                const struct snv2_blob_command *command) {
    return &resolver->blob->tensors[command->output];
}

static const struct snv2_blob_tensor *input_of(const struct resolver *resolver,
                                               const struct snv2_blob_command *command) {
    const struct blob *blob = resolver->blob;
    return &blob->tensors[blob->runs[command->operands[0].first_run].tensor];
}

/* The first operand, cut at blocks; the number of its runs. */
static const struct kernel_run *
resolve_blocks(struct resolver *resolver, const struct snv2_blob_command *command, size_t *count) {
    struct piece_list list =
        cut_pieces(resolver, operand_pieces(resolver, &command->operands[0]), KERNEL_LANES, NULL);
    *count = list.count;
    return make_runs(resolver, list);
}

static const float *weights_at(const struct resolver *resolver, uint64_t offset) {
    return (const float *)(const void *)(resolver->blob->weights + offset);
}

/* Activations that are no bounds are a step of their own behind the kernel. */
static bool has_epilogue(const struct snv2_blob_command *command) {
    return command->activation != SNV2_ACTIVATION_NONE &&
           command->activation != SNV2_ACTIVATION_RELU &&
           command->activation != SNV2_ACTIVATION_CLIP;
}

static struct kernel_bounds bounds_of(const struct snv2_blob_command *command) {
    if (command->activation == SNV2_ACTIVATION_RELU)
        return (struct kernel_bounds){0, INFINITY};
    if (command->activation == SNV2_ACTIVATION_CLIP)
        return (struct kernel_bounds){command->activation_alpha, command->activation_beta};
    return (struct kernel_bounds){-INFINITY, INFINITY};
}

static struct kernel_window window_of(const struct resolver *resolver,
                                      const struct snv2_blob_command *command) {
    struct map input = map_of(input_of(resolver, command));
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

static size_t images_of(const struct resolver *resolver, const struct snv2_blob_command *command) {
    return (size_t)map_of(output_of(resolver, command)).images;
}

static size_t rows_of(const struct resolver *resolver, const struct snv2_blob_command *command) {
    struct map output = map_of(output_of(resolver, command));
    return (size_t)(output.images * output.height);
}

/* ---- one function a family: the arguments, and the step that uses them ---- */

/* Zeroed arguments of a family that writes a map, or a return of false. */
#define NEW_ARGS(type, args)                                                                       \
    struct type *args = arena_alloc(resolver->arena, 1, sizeof *args);                             \
    if (!args || !resolve_map(resolver, output_of(resolver, command), &args->output))              \
        return false;                                                                              \
    args->bounds = bounds_of(command)

bool is_pointwise(const struct snv2_blob_window *window) {
    bool pads = window->pad[0] || window->pad[1] || window->pad[2] || window->pad[3];
    return window->kernel[0] == 1 && window->kernel[1] == 1 && window->stride[0] == 1 &&
           window->stride[1] == 1 && !pads;
}

/* For a pointwise convolution any pixels are as good as rows, and shares of them more equal. */
static void make_pixels_rows(struct conv_args *args) {
    args->output.height *= args->output.width;
    args->output.width = 1;
    args->window.height *= args->window.width;
    args->window.width = 1;
}

/* The convolution but for its output, bias and bounds; the runs only of floats. */
static bool fill_conv(struct resolver *resolver, const struct snv2_blob_command *command,
                      struct conv_args *args) {
    struct piece_list list = operand_pieces(resolver, &command->operands[0]);
    if (!list.pieces)
        return false;
    const struct piece *last = &list.pieces[list.count - 1];
    args->groups = command->group;
    args->group_inputs = (last->channel + last->count) / args->groups;
    args->group_outputs = args->output.channels / args->groups;
    args->weights = weights_at(resolver, command->weights);
    args->window = window_of(resolver, command);
    if (reads_bytes(resolver->blob, command))
        return true;
    list = cut_pieces(resolver, list, args->group_inputs, NULL);
    size_t *group_runs = arena_alloc(resolver->arena, args->groups + 1, sizeof *group_runs);
    if (!list.pieces || !group_runs)
        return false;
    for (size_t i = 0; i < list.count; i++)
        group_runs[list.pieces[i].channel / args->group_inputs + 1] = i + 1;
    args->runs = make_runs(resolver, list);
    args->group_runs = group_runs;
    return args->runs;
}

static bool step_of_conv(struct resolver *resolver, const struct snv2_blob_command *command,
                         const struct conv_args *args, struct step *step) {
    size_t items = images_of(resolver, command) * args->output.height;
    bool is_transposed = command->opcode == SNV2_OPCODE_CONV_TRANSPOSE;
    if (has_half_weights(command)) {
        const struct conv_half_args *halves = resolve_conv_half(resolver, command, args);
        *step = is_transposed ? HALF_STEP(conv_transpose_half, halves, items)
                              : HALF_STEP(conv_half, halves, items);
        return halves;
    }
    *step = is_transposed ? STEP(conv_transpose, args, items) : STEP(conv, args, items);
    return true;
}

static bool resolve_conv(struct resolver *resolver, const struct snv2_blob_command *command,
                         struct step *step) {
    NEW_ARGS(conv_args, args);
    if (!fill_conv(resolver, command, args))
        return false;
    args->bias = weights_at(resolver, command->bias);
    if (reads_bytes(resolver->blob, command))
        return resolve_byte_conv(resolver, command, args, step);
    if (command->opcode == SNV2_OPCODE_CONV && is_pointwise(&command->window))
        make_pixels_rows(args);
    return step_of_conv(resolver, command, args, step);
}

static bool resolve_depthwise(struct resolver *resolver, const struct snv2_blob_command *command,
                              struct step *step) {
    NEW_ARGS(depthwise_args, args);
    args->runs = resolve_blocks(resolver, command, &args->run_count);
    args->weights = weights_at(resolver, command->weights);
    args->bias = weights_at(resolver, command->bias);
    args->window = window_of(resolver, command);
    *step = STEP(depthwise, args, rows_of(resolver, command));
    return args->runs;
}

static bool resolve_pool(struct resolver *resolver, const struct snv2_blob_command *command,
                         struct step *step) {
    NEW_ARGS(pool_args, args);
    args->runs = resolve_blocks(resolver, command, &args->run_count);
    args->window = window_of(resolver, command);
    size_t rows = rows_of(resolver, command);
    switch (command->opcode) {
    case SNV2_OPCODE_MAX_POOL:
        *step = STEP(max_pool, args, rows);
        break;
    case SNV2_OPCODE_MAX_POOL_INDICES:
        args->columns_first = command->mode & SNV2_POOL_COLUMNS_FIRST;
        args->input_channels = args->output.channels;
        *step = STEP(max_pool_indices, args, rows);
        break;
    default:
        args->count_padding = command->mode & SNV2_POOL_COUNTS_PADDING;
        *step = STEP(average_pool, args, rows);
        break;
    }
    return args->runs;
}

static bool resolve_global_pool(struct resolver *resolver, const struct snv2_blob_command *command,
                                struct step *step) {
    NEW_ARGS(global_pool_args, args);
    struct map input = map_of(input_of(resolver, command));
    args->runs = resolve_blocks(resolver, command, &args->run_count);
    args->pixels = (size_t)(input.height * input.width);
    *step = STEP(global_average_pool, args, rows_of(resolver, command) * args->run_count);
    return args->runs;
}

static bool resolve_fully_connected(struct resolver *resolver,
                                    const struct snv2_blob_command *command, struct step *step) {
    NEW_ARGS(fully_connected_args, args);
    struct piece_list list = operand_pieces(resolver, &command->operands[0]);
    if (!list.pieces)
        return false;
    const struct piece *last = &list.pieces[list.count - 1];
    args->runs = make_runs(resolver, list);
    args->run_count = list.count;
    args->images = rows_of(resolver, command);
    args->inputs = last->channel + last->count;
    args->weights = weights_at(resolver, command->weights);
    args->bias = weights_at(resolver, command->bias);
    size_t blocks = blocks_of(args->output.channels);
    if (has_half_weights(command)) {
        const struct fully_connected_half_args *halves =
            resolve_fully_connected_half(resolver, command, args);
        *step = HALF_STEP(fully_connected_half, halves, blocks);
        return halves && args->runs;
    }
    *step = STEP(fully_connected, args, blocks);
    return args->runs;
}

/* One axis of a resize: its table of `size` positions of `taps` each, and their weights. */
static struct resize_position *resolve_positions(struct resolver *resolver, size_t size,
                                                 size_t taps, const uint32_t *indices,
                                                 const float *weights) {
    struct resize_position *positions = arena_alloc(resolver->arena, size, sizeof *positions);
    for (size_t i = 0; positions && i < size * taps; i++) {
        positions[i / taps].index[i % taps] = indices[i];
        positions[i / taps].weight[i % taps] = weights ? weights[i] : 1;
    }
    return positions;
}

static bool resolve_resize(struct resolver *resolver, const struct snv2_blob_command *command,
                           struct step *step) {
    struct resize_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    if (!args || !resolve_map(resolver, output_of(resolver, command), &args->output))
        return false;
    const uint32_t *indices = &resolver->blob->indices[command->first_index];
    const float *weights = command->mode > 1 ? weights_at(resolver, command->weights) : NULL;
    size_t taps = command->mode, rows = args->output.height, entries = rows * taps;
    args->runs = resolve_blocks(resolver, command, &args->run_count);
    args->width = (size_t)map_of(input_of(resolver, command)).width;
    args->taps = taps;
    args->rows = resolve_positions(resolver, rows, taps, indices, weights);
    args->columns = resolve_positions(resolver, args->output.width, taps, indices + entries,
                                      weights ? weights + entries : NULL);
    *step = STEP(resize, args, rows_of(resolver, command));
    return args->runs && args->rows && args->columns;
}

static bool resolve_softmax(struct resolver *resolver, const struct snv2_blob_command *command,
                            struct step *step) {
    size_t rows = 0;
    struct softmax_args *args = resolve_along_axis(resolver, command, &rows);
    *step = command->mode == SNV2_SOFTMAX_LOG ? STEP(log_softmax, args, rows)
                                              : STEP(softmax, args, rows);
    return args;
}

static bool resolve_matmul(struct resolver *resolver, const struct snv2_blob_command *command,
                           struct step *step) {
    size_t rows = 0;
    struct matmul_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    if (!args || !resolve_product(resolver, command, args, &rows))
        return false;
    *step = STEP(matmul, args, rows);
    return true;
}

static bool resolve_reduce(struct resolver *resolver, const struct snv2_blob_command *command,
                           struct step *step) {
    static const enum kernel_reduction reductions[] = {
        [SNV2_REDUCE_SUM] = KERNEL_REDUCTION_SUM,
        [SNV2_REDUCE_MEAN] = KERNEL_REDUCTION_MEAN,
        [SNV2_REDUCE_MAX] = KERNEL_REDUCTION_MAX,
        [SNV2_REDUCE_MIN] = KERNEL_REDUCTION_MIN,
        [SNV2_REDUCE_PRODUCT] = KERNEL_REDUCTION_PRODUCT,
        [SNV2_REDUCE_ARG_MAX] = KERNEL_REDUCTION_ARG_MAX,
        [SNV2_REDUCE_ARG_MIN] = KERNEL_REDUCTION_ARG_MIN,
        [SNV2_REDUCE_ARG_MAX_LAST] = KERNEL_REDUCTION_ARG_MAX_LAST,
        [SNV2_REDUCE_ARG_MIN_LAST] = KERNEL_REDUCTION_ARG_MIN_LAST,
    };
    size_t outputs = 0;
    struct reduce_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    if (!args || !resolve_reduction(resolver, command, args, &outputs))
        return false;
    args->reduction = reductions[command->mode];
    *step = STEP(reduce, args, outputs);
    return true;
}

static bool resolve_along(struct resolver *resolver, const struct snv2_blob_command *command,
                          struct step *step) {
    size_t rows = 0;
    struct axis_args *args = resolve_rows(resolver, command, &rows);
    switch (command->opcode) {
    case SNV2_OPCODE_CUMULATIVE_SUM:
        *step = STEP(cumulative_sum, args, rows);
        break;
    case SNV2_OPCODE_TOP_K:
        *step = STEP(top_k, args, rows);
        break;
    default:
        *step = STEP(gather, args, rows);
        break;
    }
    return args;
}

/* ---- integers ---- */

static struct kernel_integer_type type_of(const struct snv2_blob_command *command) {
    static const struct kernel_integer_type types[] = {
#define INTEGER_TYPE(name, number, bits, is_signed) [number] = {bits, is_signed, false},
#include "snv2/integer_types.def"
#undef INTEGER_TYPE
    };
    struct kernel_integer_type type = types[command->dtype];
    type.rounds = command->rounds;
    return type;
}

static bool resolve_integer(struct resolver *resolver, const struct snv2_blob_command *command,
                            struct step *step) {
    static const enum kernel_integer operators[] = {
#define INTEGER(name, number, operands, text) [number] = KERNEL_INTEGER_##name,
#include "snv2/integers.def"
#undef INTEGER
    };
    struct piece_list a = operand_pieces(resolver, &command->operands[0]), b = {NULL, 0};
    bool has_b = command->operands[1].run_count > 0;
    if (has_b)
        b = operand_pieces(resolver, &command->operands[1]);
    if (!a.pieces || (has_b && !b.pieces))
        return false;
    const struct strided_args *loop = resolve_strided(resolver, command, a, b);
    struct integer_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    if (!loop || !args)
        return false;
    *args = (struct integer_args){*loop, operators[command->mode], type_of(command)};
    *step = STEP(integer, args, loop->piece_count * loop->rows);
    return true;
}

static bool resolve_integer_conv(struct resolver *resolver, const struct snv2_blob_command *command,
                                 struct step *step) {
    struct integer_conv_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    if (!args || !resolve_map(resolver, output_of(resolver, command), &args->conv.output) ||
        !fill_conv(resolver, command, &args->conv))
        return false;
    size_t outputs = args->conv.groups * blocks_of(args->conv.group_outputs) * KERNEL_LANES;
    const float *bias = weights_at(resolver, command->bias);
    args->bias = (const int32_t *)(const void *)bias;
    args->scale = command->mode == SNV2_INTEGER_CONV_SCALES ? bias + outputs : NULL;
    args->type = type_of(command);
    *step = STEP(integer_conv, args, rows_of(resolver, command));
    return true;
}

static bool resolve_integer_matmul(struct resolver *resolver,
                                   const struct snv2_blob_command *command, struct step *step) {
    size_t rows = 0;
    struct integer_matmul_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    if (!args || !resolve_product(resolver, command, &args->matmul, &rows))
        return false;
    args->type = type_of(command);
    *step = STEP(integer_matmul, args, rows);
    return true;
}

static bool resolve_integer_reduce(struct resolver *resolver,
                                   const struct snv2_blob_command *command, struct step *step) {
    static const enum kernel_integer_reduction reductions[] = {
        [SNV2_INTEGER_SUM] = KERNEL_INTEGER_SUM,
        [SNV2_INTEGER_MEAN] = KERNEL_INTEGER_MEAN,
        [SNV2_INTEGER_PRODUCT] = KERNEL_INTEGER_PRODUCT,
    };
    size_t outputs = 0;
    struct integer_reduce_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    if (!args || !resolve_reduction(resolver, command, &args->over, &outputs))
        return false;
    args->reduction = reductions[command->mode];
    args->type = type_of(command);
    *step = STEP(integer_reduce, args, outputs);
    return true;
}

/* ---- elementwise ---- */

static bool is_map_operand(struct piece_list list) {
    struct map map;
    for (size_t i = 0; i < list.count; i++)
        if (!tensor_map(list.pieces[i].tensor, &map))
            return false;
    return true;
}

/* Whether the output is a map with its channels side by side, as kernels for maps like it. */
static bool writes_map(const struct resolver *resolver, const struct snv2_blob_command *command) {
    struct map map;
    return tensor_map(output_of(resolver, command), &map) && map.channel_stride == 1;
}

static bool resolve_binary(struct resolver *resolver, const struct snv2_blob_command *command,
                           struct step *step) {
    static const enum kernel_binary binaries[] = {
#define BINARY(name, number, text) [number] = KERNEL_BINARY_##name,
#include "snv2/binaries.def"
#undef BINARY
    };
    struct piece_list a = operand_pieces(resolver, &command->operands[0]);
    struct piece_list b = operand_pieces(resolver, &command->operands[1]);
    if (!a.pieces || !b.pieces)
        return false;
    if (command->mode == SNV2_BINARY_ADD && writes_map(resolver, command) && is_map_operand(a) &&
        is_map_operand(b) && !has_epilogue(command)) {
        NEW_ARGS(add_args, args);
        struct piece_list cut_a = cut_pieces(resolver, a, args->output.channels, &b);
        struct piece_list cut_b = cut_pieces(resolver, b, args->output.channels, &a);
        args->a = make_runs(resolver, cut_a);
        args->b = make_runs(resolver, cut_b);
        args->run_count = cut_a.count;
        *step = STEP(add, args, rows_of(resolver, command));
        return args->a && args->b;
    }
    struct strided_args *args = resolve_strided(resolver, command, a, b);
    if (!args)
        return false;
    args->operator= binaries[command->mode];
    *step = STEP(binary, args, args->piece_count * args->rows);
    return true;
}

/* COPY and ACTIVATE. */
static bool resolve_copy(struct resolver *resolver, const struct snv2_blob_command *command,
                         struct step *step) {
    if (reads_bytes(resolver->blob, command)) {
        struct bytes_args *args = resolve_bytes(resolver, command);
        *step = STEP(bytes, args, rows_of(resolver, command));
        return args;
    }
    struct piece_list list = operand_pieces(resolver, &command->operands[0]);
    if (!list.pieces)
        return false;
    if (writes_map(resolver, command) && is_map_operand(list) && !has_epilogue(command)) {
        NEW_ARGS(copy_args, args);
        args->runs = make_runs(resolver, list);
        args->run_count = list.count;
        *step = STEP(copy, args, rows_of(resolver, command));
        return args->runs;
    }
    struct strided_args *args =
        resolve_strided(resolver, command, list, (struct piece_list){NULL, 0});
    if (args)
        *step = STEP(unary, args, args->piece_count * args->rows);
    return args;
}

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
#define RESOLVE_COPY resolve_copy
#define RESOLVE_ACTIVATE resolve_copy
#define RESOLVE_BINARY resolve_binary

static bool (*const resolve[])(struct resolver *, const struct snv2_blob_command *,
                               struct step *) = {
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
