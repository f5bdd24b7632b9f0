/* See cost.h. The rates are those of the kernels on a core of some 3.5 GHz. */
#include "runtime/cost.h"

#include <string.h>
#include <unistd.h>

static const double barrier_nanoseconds = 1500; /* with the lines that move between caches then */
static const double plain_operations = 1;       /* in a nanosecond: kernels without vectors */
static const double usual_cache = 512 * 1024;

struct cost_model cost_model(const char *isa, int members) {
    static const struct {
        const char *isa;
        double operations;
    } rates[] = {{"avx512", 80}, {"avx2", 40}, {"neon", 10}, {"ref_fma", 4}, {"ref", 1}};
    struct cost_model model = {plain_operations, members > 1 ? barrier_nanoseconds : 0,
                               (size_t)usual_cache};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        if (strcmp(isa, rates[i].isa) == 0)
            model.operations = rates[i].operations;
#ifdef _SC_LEVEL2_CACHE_SIZE
    long bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
    if (bytes > 0)
        model.cache = (size_t)bytes;
#endif
    return model;
}

/* Channels of the first operand. */
static double operand_channels(const struct blob *blob, const struct snv2_blob_command *command) {
    double channels = 0;
    for (uint32_t r = 0; r < command->operands[0].run_count; r++)
        channels += blob->runs[command->operands[0].first_run + r].count;
    return channels;
}

static double elements(const struct snv2_blob_tensor *tensor) {
    double count = 1;
    for (int i = 0; i < tensor->rank; i++)
        count *= (double)tensor->dims[i];
    return count;
}

static const struct snv2_blob_tensor *operand_tensor(const struct blob *blob,
                                                     const struct snv2_blob_command *command) {
    return &blob->tensors[blob->runs[command->operands[0].first_run].tensor];
}

double command_operations(const struct blob *blob, const struct snv2_blob_command *command) {
    const struct snv2_blob_tensor *input = operand_tensor(blob, command);
    double outputs = elements(&blob->tensors[command->output]);
    double taps = (double)command->window.kernel[0] * command->window.kernel[1];
    switch (command->opcode) {
    case SNV2_OPCODE_CONV:
    case SNV2_OPCODE_CONV_TRANSPOSE:
    case SNV2_OPCODE_INTEGER_CONV:
        return outputs * taps * operand_channels(blob, command) / command->group;
    case SNV2_OPCODE_FULLY_CONNECTED:
        return outputs * operand_channels(blob, command);
    case SNV2_OPCODE_DEPTHWISE:
    case SNV2_OPCODE_MAX_POOL:
    case SNV2_OPCODE_AVERAGE_POOL:
    case SNV2_OPCODE_MAX_POOL_INDICES:
        return outputs * taps;
    case SNV2_OPCODE_MATMUL:
    case SNV2_OPCODE_INTEGER_MATMUL:
        return outputs * (double)input->dims[input->rank - 1];
    case SNV2_OPCODE_GLOBAL_AVERAGE_POOL:
    case SNV2_OPCODE_REDUCE:
    case SNV2_OPCODE_TOP_K:
    case SNV2_OPCODE_INTEGER_REDUCE:
        return elements(input);
    default:
        return outputs;
    }
}

/* Families that have vector kernels. */
static bool has_vectors(const struct snv2_blob_command *command) {
    switch (command->opcode) {
    case SNV2_OPCODE_CONV:
    case SNV2_OPCODE_DEPTHWISE:
    case SNV2_OPCODE_FULLY_CONNECTED:
    case SNV2_OPCODE_MAX_POOL:
    case SNV2_OPCODE_AVERAGE_POOL:
    case SNV2_OPCODE_GLOBAL_AVERAGE_POOL:
        return command->activation == SNV2_ACTIVATION_NONE ||
               command->activation == SNV2_ACTIVATION_RELU ||
               command->activation == SNV2_ACTIVATION_CLIP;
    default:
        return false;
    }
}

double command_cost(const struct cost_model *model, const struct blob *blob,
                    const struct snv2_blob_command *command) {
    double rate = has_vectors(command) ? model->operations : plain_operations;
    return command_operations(blob, command) / rate;
}
