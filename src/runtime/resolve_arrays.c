/* Commands of arrays of any strides: along an axis, products, reductions, elementwise; see
 * families.h. Sums and copies of maps have kernels of their own. */
#include "runtime/families.h"

#include "kernels/elementwise.h"
#include "kernels/movement.h"
#include "runtime/frames.h"
#include "runtime/strided.h"

bool resolve_softmax(struct resolver *resolver, const struct snv2_blob_command *command,
                     struct step *step) {
    size_t rows = 0;
    struct softmax_args *args = resolve_along_axis(resolver, command, &rows);
    *step = command->mode == SNV2_SOFTMAX_LOG ? STEP(log_softmax, args, rows)
                                              : STEP(softmax, args, rows);
    return args;
}

bool resolve_matmul(struct resolver *resolver, const struct snv2_blob_command *command,
                    struct step *step) {
    size_t rows = 0;
    struct matmul_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    if (!args || !resolve_product(resolver, command, args, &rows))
        return false;
    *step = STEP(matmul, args, rows);
    return true;
}

bool resolve_reduce(struct resolver *resolver, const struct snv2_blob_command *command,
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

bool resolve_along(struct resolver *resolver, const struct snv2_blob_command *command,
                   struct step *step) {
    size_t rows = 0;
    struct axis_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    if (!args || !resolve_rows(resolver, command, args, &rows))
        return false;
    *step = command->opcode == SNV2_OPCODE_CUMULATIVE_SUM ? STEP(cumulative_sum, args, rows)
            : command->opcode == SNV2_OPCODE_TOP_K        ? STEP(top_k, args, rows)
                                                          : STEP(gather, args, rows);
    return true;
}

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

bool resolve_binary(struct resolver *resolver, const struct snv2_blob_command *command,
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
bool resolve_copy(struct resolver *resolver, const struct snv2_blob_command *command,
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
