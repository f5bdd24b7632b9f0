/* Weights of half the size; see half_weights.h. */
#include "runtime/half_weights.h"

#include "kernels/index.h"

/* Channels of the first operand. */
static uint64_t operand_channels(const struct blob *blob, const struct snv2_blob_command *command) {
    uint64_t channels = 0;
    for (uint32_t r = 0; r < command->operands[0].run_count; r++)
        channels += blob->runs[command->operands[0].first_run + r].count;
    return channels;
}

/* The room that the command's panel needs. The weights of all its blocks are there, as bytes in
 * memory, so twice as many for a few blocks are a number. */
static uint64_t panel_floats(const struct blob *blob, const struct snv2_blob_command *command) {
    struct map output = map_of(&blob->tensors[command->output]);
    uint64_t group = 1, taps = 1;
    if (command->opcode != SNV2_OPCODE_FULLY_CONNECTED) {
        group = command->group;
        taps = (uint64_t)command->window.kernel[0] * command->window.kernel[1];
    }
    uint64_t weights = taps * (operand_channels(blob, command) / group);
    return half_panel_floats(blocks_of((size_t)(output.channels / group)), (size_t)weights);
}

uint64_t blob_panel_floats(const struct blob *blob) {
    uint64_t most = 0;
    for (uint32_t i = 0; i < blob->command_count; i++) {
        if (!has_half_weights(&blob->commands[i]))
            continue;
        uint64_t floats = panel_floats(blob, &blob->commands[i]);
        most = floats > most ? floats : most;
    }
    return most;
}

struct kernel_half_weights half_weights_of(const struct resolver *resolver,
                                           const struct snv2_blob_command *command, int member) {
    bool is_float16 = command->weights_dtype == SNV2_WEIGHTS_FLOAT16;
    return (struct kernel_half_weights){
        .type = is_float16 ? KERNEL_FLOAT16 : KERNEL_BFLOAT16,
        .pairs = (const uint32_t *)(const void *)(resolver->blob->weights + command->weights),
        .panel = member_panel(resolver, member),
    };
}

/* A unit is resolved for one member after the other, anything else for all at once. */
#define RESOLVE_HALF(family)                                                                       \
    struct family##_half_args *resolve_##family##_half(struct resolver *resolver,                  \
                                                       const struct snv2_blob_command *command,    \
                                                       const struct family##_args *family) {       \
        bool in_unit = resolver->rings;                                                            \
        int count = in_unit ? 1 : resolver->members;                                               \
        struct family##_half_args *args =                                                          \
            arena_alloc(resolver->arena, (size_t)count, sizeof *args);                             \
        for (int i = 0; args && i < count; i++)                                                    \
            args[i] = (struct family##_half_args){                                                 \
                family, half_weights_of(resolver, command, in_unit ? resolver->member : i)};       \
        return args;                                                                               \
    }
RESOLVE_HALF(conv)
RESOLVE_HALF(fully_connected)
