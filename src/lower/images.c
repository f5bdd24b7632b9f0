/* Finds the tensors that hold something of each image, by lowering a network twice, for N images
 * and for N + 1:
 *
 *   dims for N images       [3, 24, 56, 56]   [12, 5]   [1, 24]
 *   dims for N + 1          [4, 24, 56, 56]   [16, 5]   [1, 24]
 *   the first holds images  yes               yes       no
 *
 * Where the programs differ in anything else, the network does something else with more images than
 * the same with each: what that is, is named. */
#include "base/blob_images.h"
#include "base/diagnostic.h"
#include "lower/program.h"

#include <string.h>

struct comparison {
    struct program *program;
    const struct program *more;
    uint32_t images; /* of `program`; those of `more` are one more */
};

static bool same_name(const struct comparison *c, uint32_t a, uint32_t b) {
    return strcmp(c->program->strings + a, c->more->strings + b) == 0;
}

/* Says which images the tensor holds; false where it is not the same in both programs. */
static bool find_images(const struct comparison *c, uint32_t number) {
    struct snv2_blob_tensor *tensor = &c->program->tensors[number];
    const struct snv2_blob_tensor *more = &c->more->tensors[number];
    if (tensor->rank > 0 && tensor->dims[0] != more->dims[0]) {
        if (tensor->dims[0] % c->images != 0 ||
            more->dims[0] != tensor->dims[0] / c->images * (c->images + 1))
            return false;
        tensor->images = c->images;
    }
    struct snv2_blob_tensor same = *more;
    same.images = tensor->images;
    same.dims[0] = tensor->dims[0];
    same.name = tensor->name;
    same.bytes = tensor->images ? tensor->bytes : more->bytes;
    return same_name(c, tensor->name, more->name) && memcmp(&same, tensor, sizeof same) == 0;
}

static bool is_same_command(const struct comparison *c, uint32_t number) {
    const struct snv2_blob_command *command = &c->program->commands[number];
    struct snv2_blob_command same = c->more->commands[number];
    bool is_named = same_name(c, command->name, same.name);
    same.name = command->name;
    return is_named && memcmp(&same, command, sizeof same) == 0;
}

static bool holds_images(const struct program *program, uint32_t tensor) {
    return program->tensors[tensor].images > 0;
}

/* Why the command does not do the same with each image, or NULL. */
static const char *command_fault(const struct program *program,
                                 const struct snv2_blob_command *command) {
    bool reads = false, along = false;
    for (int k = 0; k < SNV2_BLOB_MAX_OPERANDS; k++)
        for (uint32_t r = 0; r < command->operands[k].run_count; r++)
            reads |=
                holds_images(program, program->runs[command->operands[k].first_run + r].tensor);
    switch (command->opcode) {
    case SNV2_OPCODE_SOFTMAX:
    case SNV2_OPCODE_CUMULATIVE_SUM:
    case SNV2_OPCODE_TOP_K:
    case SNV2_OPCODE_GATHER:
        along = command->axis == 0;
        break;
    default:
        break;
    }
    return reads && (along || !holds_images(program, command->output))
               ? "it makes one thing of several images"
               : NULL;
}

static enum snv2_status blame(const struct comparison *c, uint32_t number, const char *fault,
                              struct snv2_diagnostic *diagnostic) {
    const struct program *program = c->program;
    if (number >= program->command_count)
        return diagnose(diagnostic, SNV2_UNSUPPORTED,
                        "the network cannot be planned for %u images: %s", c->images, fault);
    enum op op = program->operators[number];
    return diagnose_node(diagnostic, SNV2_UNSUPPORTED,
                         program->strings + program->commands[number].name,
                         op == OP_COUNT ? "copy" : op_infos[op].name,
                         "the network cannot be planned for %u images: %s", c->images, fault);
}

/* The first command that writes a tensor of that base, or else reads one; or their number. */
static uint32_t find_user(const struct program *program, uint32_t tensor) {
    uint32_t owner = program->tensors[tensor].owner, reader = program->command_count;
    for (uint32_t i = 0; i < program->command_count; i++) {
        const struct snv2_blob_command *command = &program->commands[i];
        if (program->tensors[command->output].owner == owner)
            return i;
        for (int k = 0; k < SNV2_BLOB_MAX_OPERANDS; k++)
            for (uint32_t r = 0; r < command->operands[k].run_count; r++) {
                uint32_t read = program->runs[command->operands[k].first_run + r].tensor;
                if (reader == program->command_count && program->tensors[read].owner == owner)
                    reader = i;
            }
    }
    return reader;
}

static enum snv2_status mark_tensors(const struct comparison *c,
                                     struct snv2_diagnostic *diagnostic) {
    struct program *program = c->program;
    for (uint32_t i = 0; i < program->tensor_count; i++)
        if (!find_images(c, i))
            return blame(c, find_user(program, i), "its dimensions are not those of each image",
                         diagnostic);
    for (uint32_t i = 0; i < program->tensor_count; i++) {
        const struct snv2_blob_tensor *tensor = &program->tensors[i];
        const char *fault = images_fault(tensor, &program->tensors[tensor->owner], c->images);
        if (fault)
            return blame(c, find_user(program, i), "it takes the images apart", diagnostic);
    }
    return SNV2_OK;
}

enum snv2_status mark_images(struct program *program, const struct program *more, uint32_t images,
                             struct snv2_diagnostic *diagnostic) {
    const struct comparison c = {program, more, images};
    uint32_t commands = program->command_count;
    for (uint32_t i = 0; i < commands && i < more->command_count; i++)
        if (!is_same_command(&c, i))
            return blame(&c, i, "it is another command for another number of them", diagnostic);
    if (commands != more->command_count || program->tensor_count != more->tensor_count ||
        program->run_count != more->run_count || program->index_count != more->index_count ||
        program->mark_count != more->mark_count ||
        memcmp(program->runs, more->runs, program->run_count * sizeof *program->runs) != 0 ||
        memcmp(program->marks, more->marks, program->mark_count * sizeof *program->marks) != 0 ||
        memcmp(program->indices, more->indices, program->index_count * sizeof *program->indices) !=
            0)
        return blame(&c, commands, "it would be another one for another number", diagnostic);
    if (program->weights_bytes != more->weights_bytes ||
        memcmp(program->weights, more->weights, program->weights_bytes) != 0)
        return blame(&c, commands, "its constants depend on the number", diagnostic);
    enum snv2_status status = mark_tensors(&c, diagnostic);
    for (uint32_t i = 0; i < commands && status == SNV2_OK; i++) {
        const char *fault = command_fault(program, &program->commands[i]);
        if (fault)
            status = blame(&c, i, fault, diagnostic);
    }
    return status;
}
