/* Commands of feature maps: convolutions, pools, fully connected, resizes; see families.h. */
#include "runtime/families.h"

#include "kernels/conv.h"
#include "kernels/depthwise.h"
#include "kernels/fully_connected.h"
#include "kernels/global_pool.h"
#include "kernels/pool.h"
#include "kernels/resize.h"
#include "runtime/frames.h"
#include "runtime/half_weights.h"

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

bool fill_conv(struct resolver *resolver, const struct snv2_blob_command *command,
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

bool resolve_conv(struct resolver *resolver, const struct snv2_blob_command *command,
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

bool resolve_depthwise(struct resolver *resolver, const struct snv2_blob_command *command,
                       struct step *step) {
    NEW_ARGS(depthwise_args, args);
    args->runs = resolve_blocks(resolver, command, &args->run_count);
    args->weights = weights_at(resolver, command->weights);
    args->bias = weights_at(resolver, command->bias);
    args->window = window_of(resolver, command);
    *step = STEP(depthwise, args, rows_of(resolver, command));
    return args->runs;
}

bool resolve_pool(struct resolver *resolver, const struct snv2_blob_command *command,
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

bool resolve_global_pool(struct resolver *resolver, const struct snv2_blob_command *command,
                         struct step *step) {
    NEW_ARGS(global_pool_args, args);
    struct map input = map_of(input_of(resolver, command));
    args->runs = resolve_blocks(resolver, command, &args->run_count);
    args->pixels = (size_t)(input.height * input.width);
    *step = STEP(global_average_pool, args, rows_of(resolver, command) * args->run_count);
    return args->runs;
}

bool resolve_fully_connected(struct resolver *resolver, const struct snv2_blob_command *command,
                             struct step *step) {
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

bool resolve_resize(struct resolver *resolver, const struct snv2_blob_command *command,
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
