/* The lists of a program while it grows: strings, tensors, runs, commands, residues. */
#include "lower/lower.h"

#include <string.h>

void *list_grow(struct arena *arena, void *items, uint32_t count, uint32_t *capacity, size_t size) {
    if (count < *capacity)
        return items;
    if (*capacity > UINT32_MAX / 2)
        return NULL;
    uint32_t larger = *capacity ? 2 * *capacity : 16;
    void *copy = arena_alloc(arena, larger, size);
    if (!copy)
        return NULL;
    if (count)
        memcpy(copy, items, count * size);
    *capacity = larger;
    return copy;
}

bool append_string(struct lowering *lowering, const char *text, uint32_t *offset) {
    struct program *program = lowering->program;
    size_t length = strlen(text) + 1;
    if (length > UINT32_MAX / 4 || program->strings_bytes + length > UINT32_MAX / 2)
        return false;
    if (program->strings_bytes + length > lowering->string_capacity) {
        uint32_t capacity = 2 * (uint32_t)(program->strings_bytes + length);
        char *strings = arena_alloc(lowering->arena, capacity, 1);
        if (!strings)
            return false;
        if (program->strings_bytes)
            memcpy(strings, program->strings, program->strings_bytes);
        program->strings = strings;
        lowering->string_capacity = capacity;
    }
    *offset = (uint32_t)program->strings_bytes;
    memcpy(program->strings + *offset, text, length);
    program->strings_bytes += length;
    return true;
}

bool append_tensor(struct lowering *lowering, const struct snv2_blob_tensor *tensor,
                   uint32_t *number) {
    struct program *program = lowering->program;
    void *tensors = list_grow(lowering->arena, program->tensors, program->tensor_count,
                              &lowering->tensor_capacity, sizeof *program->tensors);
    void *views = list_grow(lowering->arena, lowering->views, program->tensor_count,
                            &lowering->view_capacity, sizeof *lowering->views);
    if (!tensors || !views)
        return false;
    program->tensors = tensors;
    lowering->views = views;
    lowering->views[program->tensor_count] = NO_TENSOR;
    *number = program->tensor_count++;
    program->tensors[*number] = *tensor;
    return true;
}

bool append_run(struct lowering *lowering, const struct snv2_blob_run *run) {
    struct program *program = lowering->program;
    void *runs = list_grow(lowering->arena, program->runs, program->run_count,
                           &lowering->run_capacity, sizeof *program->runs);
    if (!runs)
        return false;
    program->runs = runs;
    program->runs[program->run_count++] = *run;
    return true;
}

uint32_t *append_indices(struct lowering *lowering, int64_t count, uint32_t *first) {
    struct program *program = lowering->program;
    if (count > UINT32_MAX / 8 || program->index_count > UINT32_MAX / 8)
        return NULL;
    uint32_t end = program->index_count + (uint32_t)count;
    if (end > lowering->index_capacity) {
        uint32_t *indices = arena_alloc(lowering->arena, 2 * (size_t)end, sizeof *indices);
        if (!indices)
            return NULL;
        if (program->index_count)
            memcpy(indices, program->indices, program->index_count * sizeof *indices);
        program->indices = indices;
        lowering->index_capacity = 2 * end;
    }
    *first = program->index_count;
    program->index_count = end;
    return program->indices + *first;
}

bool append_command(struct lowering *lowering, const struct node *node, const char *name,
                    struct snv2_blob_command *command) {
    struct program *program = lowering->program;
    void *commands = list_grow(lowering->arena, program->commands, program->command_count,
                               &lowering->command_capacity, sizeof *program->commands);
    void *nodes = list_grow(lowering->arena, lowering->nodes, program->command_count,
                            &lowering->node_capacity, sizeof *lowering->nodes);
    void *operators = list_grow(lowering->arena, program->operators, program->command_count,
                                &lowering->operator_capacity, sizeof *program->operators);
    if (!commands || !nodes || !operators || !append_string(lowering, name, &command->name))
        return false;
    program->commands = commands;
    lowering->nodes = nodes;
    lowering->nodes[program->command_count] = node;
    program->operators = operators;
    program->operators[program->command_count] = node ? node->op : OP_COUNT;
    program->commands[program->command_count++] = *command;
    return true;
}

bool append_residue(struct lowering *lowering, const struct residue *residue) {
    struct program *program = lowering->program;
    void *residues = list_grow(lowering->arena, program->residues, program->residue_count,
                               &lowering->residue_capacity, sizeof *program->residues);
    if (!residues)
        return false;
    program->residues = residues;
    program->residues[program->residue_count++] = *residue;
    return true;
}

struct snv2_blob_command new_command(enum snv2_blob_opcode opcode) {
    return (struct snv2_blob_command){
        .opcode = (uint16_t)opcode, .weights = UINT64_MAX, .bias = UINT64_MAX};
}

enum snv2_status add_labels(struct program *program, uint32_t output, const char *const *names,
                            uint32_t count, struct arena *arena,
                            struct snv2_diagnostic *diagnostic) {
    struct lowering lowering = {.arena = arena, .program = program};
    program->labels = arena_alloc(arena, count, sizeof *program->labels);
    if (!program->labels)
        return diagnose_no_memory(diagnostic);
    for (uint32_t i = 0; i < count; i++) {
        struct snv2_blob_label *label = &program->labels[program->label_count++];
        label->output = output;
        if (!append_string(&lowering, names[i], &label->name))
            return diagnose_no_memory(diagnostic);
    }
    return SNV2_OK;
}

uint64_t program_bytes_moved(const struct program *program) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < program->residue_count; i++)
        if (!program->residues[i].boundary)
            bytes += program->residues[i].bytes;
    return bytes;
}
