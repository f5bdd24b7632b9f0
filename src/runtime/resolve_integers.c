/* Commands that compute with integers; see families.h. */
#include "runtime/families.h"

#include "kernels/integer.h"
#include "runtime/strided.h"

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

bool resolve_integer(struct resolver *resolver, const struct snv2_blob_command *command,
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

bool resolve_integer_conv(struct resolver *resolver, const struct snv2_blob_command *command,
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

bool resolve_integer_matmul(struct resolver *resolver, const struct snv2_blob_command *command,
                            struct step *step) {
    size_t rows = 0;
    struct integer_matmul_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    if (!args || !resolve_product(resolver, command, &args->matmul, &rows))
        return false;
    args->type = type_of(command);
    *step = STEP(integer_matmul, args, rows);
    return true;
}

bool resolve_integer_reduce(struct resolver *resolver, const struct snv2_blob_command *command,
                            struct step *step) {
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

bool resolve_integer_sums(struct resolver *resolver, const struct snv2_blob_command *command,
                          struct step *step) {
    size_t rows = 0;
    struct integer_axis_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    if (!args || !resolve_rows(resolver, command, &args->along, &rows))
        return false;
    args->type = type_of(command);
    *step = STEP(integer_cumulative_sum, args, rows);
    return true;
}
