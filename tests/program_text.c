/* Programs as text; see program_text.h. */
#include "tests/program_text.h"

#include "tests/tap.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const opcode_names[] = {
#define OPCODE(name, number, text) [number] = #name,
#include "snv2/opcodes.def"
#undef OPCODE
};

static const struct {
    const char *name;
    int parameters;
} activations[] = {
#define ACTIVATION(name, number, parameters, text) [number] = {#name, parameters},
#include "snv2/activations.def"
#undef ACTIVATION
};

/* "t5" for a base, "t5@32(64,1,16,8)" for a view that starts 32 elements behind it, by strides. */
static void print_tensor(FILE *out, const struct program *program, uint32_t number) {
    const struct snv2_blob_tensor *tensor = &program->tensors[number];
    const struct snv2_blob_tensor *owner = &program->tensors[tensor->owner];
    static const char *const places[] = {"t", "in", "out", "const"};
    bool boundary = tensor->place == SNV2_PLACE_INPUT || tensor->place == SNV2_PLACE_OUTPUT;
    fprintf(out, "%s%" PRIu64, places[tensor->place],
            boundary ? owner->offset : (uint64_t)tensor->owner);
    if (tensor == owner)
        return;
    fprintf(out, "@%" PRIu64, tensor->offset / 4);
    for (int axis = 0; axis < tensor->rank; axis++)
        fprintf(out, "%c%" PRId64, axis ? ',' : '(', tensor->strides[axis]);
    fputs(")", out);
}

static void print_operand(FILE *out, const struct program *program,
                          const struct snv2_blob_operand *operand) {
    for (uint32_t r = 0; r < operand->run_count; r++) {
        const struct snv2_blob_run *run = &program->runs[operand->first_run + r];
        fputs(r ? " " : "", out);
        print_tensor(out, program, run->tensor);
        fprintf(out, ":%" PRIu32 "+%" PRIu32, run->first, run->count);
        if (run->step != 1)
            fprintf(out, "*%" PRId32, run->step);
    }
}

static void print_window(FILE *out, const struct snv2_blob_window *window) {
    fprintf(out, " %ux%u/%u,%u", window->kernel[0], window->kernel[1], window->stride[0],
            window->stride[1]);
    if (window->dilation[0] != 1 || window->dilation[1] != 1)
        fprintf(out, " dilation %u,%u", window->dilation[0], window->dilation[1]);
    if (window->pad[0] || window->pad[1] || window->pad[2] || window->pad[3])
        fprintf(out, " pad %u,%u,%u,%u", window->pad[0], window->pad[1], window->pad[2],
                window->pad[3]);
}

static void print_command(FILE *out, const struct program *program, uint32_t number) {
    const struct snv2_blob_command *command = &program->commands[number];
    const struct snv2_blob_tensor *output = &program->tensors[command->output];
    fprintf(out, "%s: %s(", program->strings + command->name, opcode_names[command->opcode]);
    print_operand(out, program, &command->operands[0]);
    if (command->operands[1].run_count) {
        fputs(" | ", out);
        print_operand(out, program, &command->operands[1]);
    }
    ck_assert(command->operands[2].run_count == 0 && command->operands[3].run_count == 0);
    fputs(") -> ", out);
    print_tensor(out, program, command->output);
    for (int i = 0; i < output->rank; i++)
        fprintf(out, "%c%" PRId64, i ? ',' : '[', output->dims[i]);
    fputs("]", out);
    if (command->window.kernel[0])
        print_window(out, &command->window);
    if (command->group)
        fprintf(out, " group %" PRIu32, command->group);
    if (command->activation) {
        fprintf(out, " %s", activations[command->activation].name);
        for (int i = 0; i < activations[command->activation].parameters; i++)
            fprintf(out, "%c%g", i ? ',' : ' ',
                    i ? command->activation_beta : command->activation_alpha);
    }
    if (command->axis)
        fprintf(out, " axis %" PRIu32, command->axis);
    if (command->mode)
        fprintf(out, " mode %u", command->mode);
    fputs("\n", out);
}

char *program_text(const struct program *program) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert(out != NULL);
    for (uint32_t i = 0; i < program->command_count; i++)
        print_command(out, program, i);
    for (uint32_t i = 0; i < program->mark_count; i++)
        fprintf(out, "mark %" PRIu32 ": %" PRIu32 "+%" PRIu32 "\n", program->marks[i].kind,
                program->marks[i].first, program->marks[i].count);
    for (uint32_t i = 0; i < program->residue_count; i++)
        fprintf(out, "%s %" PRIu32 ": %s %" PRIu64 "\n",
                program->residues[i].boundary ? "boundary" : "moved", program->residues[i].command,
                program->residues[i].node, program->residues[i].bytes);
    ck_assert(fclose(out) == 0);
    return text;
}
