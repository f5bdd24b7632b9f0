/* Counting what a graph and a program cost; see statistics.h. */
#include "convert/statistics.h"

#include <string.h>

/* Movements that the runtimes carry out by renaming: the elements stay where they are. */
static bool moves_nothing(enum op op) {
    return op == OP_Reshape || op == OP_Flatten || op == OP_Squeeze || op == OP_Unsqueeze ||
           op == OP_Identity;
}

/* Whether a run has to compute the node: some result is not known at conversion time. */
static bool runs(const struct node *node) {
    for (int32_t i = 0; i < node->output_count; i++)
        if (node->outputs[i] && !value_is_constant(node->outputs[i]))
            return true;
    return false;
}

static uint64_t output_bytes(const struct node *node) {
    uint64_t bytes = 0;
    for (int32_t i = 0; i < node->output_count; i++)
        if (node->outputs[i])
            bytes += (uint64_t)shape_elements(&node->outputs[i]->shape) *
                     dtype_bytes(node->outputs[i]->dtype);
    return bytes;
}

static uint64_t multiply_adds(const struct node *node) {
    uint64_t outputs = (uint64_t)shape_elements(&node->outputs[0]->shape);
    const struct shape *shape = &node->inputs[0]->shape;
    switch (node->op) {
    case OP_Conv:
        shape = &node->inputs[1]->shape;
        return outputs * (uint64_t)shape_product(shape, 1, shape->rank);
    case OP_Gemm:
        return outputs * (uint64_t)shape->dims[node->attributes.Gemm.transA ? 0 : 1];
    case OP_MatMul:
        return outputs * (uint64_t)shape->dims[shape->rank - 1];
    default:
        return 0;
    }
}

/* Real constants that the node reads for the first time. */
static uint64_t new_parameters(const struct node *node, bool *seen) {
    uint64_t parameters = 0;
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct value *value = node->inputs[i];
        if (!value || !value_is_constant(value) || !dtype_is_real(value->dtype) || seen[value->id])
            continue;
        seen[value->id] = true;
        parameters += (uint64_t)shape_elements(&value->shape);
    }
    return parameters;
}

enum snv2_status graph_statistics(const struct graph *graph, struct arena *scratch,
                                  struct statistics *statistics,
                                  struct snv2_diagnostic *diagnostic) {
    *statistics = (struct statistics){.nodes = graph->node_count};
    bool *seen = arena_alloc(scratch, (size_t)graph->value_count, sizeof *seen);
    if (!seen)
        return diagnose_no_memory(diagnostic);
    for (const struct node *node = graph->first; node; node = node->next) {
        statistics->operators[node->op]++;
        if (!runs(node))
            continue;
        statistics->multiply_adds += multiply_adds(node);
        statistics->parameters += new_parameters(node, seen);
        if (op_infos[node->op].class == CLASS_MOVEMENT && !moves_nothing(node->op))
            statistics->bytes_moved += output_bytes(node);
    }
    return SNV2_OK;
}

/* Channels of the first operand. */
static uint64_t operand_channels(const struct program *program,
                                 const struct snv2_blob_command *command) {
    const struct snv2_blob_run *run = &program->runs[command->operands[0].first_run];
    uint64_t channels = 0;
    for (uint32_t i = 0; i < command->operands[0].run_count; i++)
        channels += run[i].count;
    return channels;
}

static uint64_t elements(const struct snv2_blob_tensor *tensor) {
    uint64_t count = 1;
    for (int i = 0; i < tensor->rank; i++)
        count *= (uint64_t)tensor->dims[i];
    return count;
}

/* Multiply-adds and parameters of a command with weights and a bias. A transposed convolution has
 * as many for each pixel that it reads as another has for each that it makes. */
static void add_weights(const struct program *program, const struct snv2_blob_command *command,
                        struct statistics *statistics) {
    const struct snv2_blob_tensor *output = &program->tensors[command->output];
    uint64_t inputs = operand_channels(program, command), outputs = (uint64_t)output->dims[1];
    const struct snv2_blob_tensor *pixels = output;
    if (command->opcode == SNV2_OPCODE_CONV_TRANSPOSE)
        pixels = &program->tensors[program->runs[command->operands[0].first_run].tensor];
    if (command->opcode == SNV2_OPCODE_DEPTHWISE)
        inputs = 1;
    else if (command->group > 0)
        inputs /= command->group;
    if (command->window.kernel[0] > 0)
        inputs *= (uint64_t)command->window.kernel[0] * command->window.kernel[1];
    statistics->multiply_adds += elements(pixels) / (uint64_t)pixels->dims[1] * outputs * inputs;
    statistics->parameters += outputs * inputs + outputs;
}

static uint64_t product_multiply_adds(const struct program *program,
                                      const struct snv2_blob_command *command) {
    const struct snv2_blob_tensor *left =
        &program->tensors[program->runs[command->operands[0].first_run].tensor];
    return elements(&program->tensors[command->output]) * (uint64_t)left->dims[left->rank - 1];
}

void program_statistics(const struct program *program, struct statistics *statistics) {
    *statistics = (struct statistics){.nodes = (int32_t)program->command_count};
    for (uint32_t i = 0; i < program->command_count; i++) {
        const struct snv2_blob_command *command = &program->commands[i];
        enum op op = program->operators[i];
        if (op < OP_COUNT)
            statistics->operators[op]++;
        if (command->bias != UINT64_MAX)
            add_weights(program, command, statistics);
        if (command->opcode == SNV2_OPCODE_MATMUL)
            statistics->multiply_adds += product_multiply_adds(program, command);
    }
    for (uint32_t i = 0; i < program->residue_count; i++)
        if (!program->residues[i].boundary)
            statistics->bytes_moved += program->residues[i].bytes;
}

int program_marks(const struct program *program, enum snv2_blob_mark_kind kind) {
    int count = 0;
    for (uint32_t i = 0; i < program->mark_count; i++)
        count += program->marks[i].kind == (uint32_t)kind;
    return count;
}
