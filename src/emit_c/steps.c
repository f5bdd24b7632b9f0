/* The commands of a network as functions, one for each call of a kernel:
 *
 *   static void step_3(const struct kernels *kernels, const struct memory *memory) {
 *       const struct kernel_run runs[] = {{memory->arena + 4096, 802816, 64, 1, 58, 0}};
 *       const struct conv_args args = {.runs = runs, ...};
 *       kernels->conv(&args, 0, 28);
 *   }
 */
#include "emit_c/arguments.h"

#include "base/diagnostic.h"
#include "kernels/conv.h"
#include "kernels/fully_connected.h"
#include "kernels/integer.h"
#include "kernels/strided.h"

#include <string.h>

enum { MOST_RUNS = 128, LINE = 96 };

static bool is_family(const struct step *step, const char *family) {
    return strcmp(step->kernel, family) == 0;
}

static bool is_strided(const struct step *step) {
    return is_family(step, "unary") || is_family(step, "binary");
}

void list_step(const struct step *step, struct source_list *list) {
    const struct strided_args *args = step->args;
    const struct integer_args *integer = step->args;
    list->activations[KERNEL_ACTIVATION_NONE] = true;
    list->binaries[KERNEL_BINARY_ADD] = true; /* its number is that of no operator, too */
    list->integers[KERNEL_INTEGER_ADD] = true;
    if (is_strided(step)) {
        list->activations[args->activation] = true;
        list->binaries[args->operator] = true;
    } else if (is_family(step, "integer")) {
        list->integers[integer->operator] = true;
    }
}

/* The runs or pieces that calls share out; 1 where they cannot. */
static size_t part_count(const struct step *step) {
    const struct args_kind *kind = args_kind_of(step->kernel);
    size_t count = 1;
    if (kind->at_once > 0)
        memcpy(&count, (const char *)step->args + kind->count_at, sizeof count);
    return count;
}

/* The call of a step that starts with part `first`. */
static struct call call_at(const struct step *step, size_t first) {
    size_t parts = part_count(step), at_once = args_kind_of(step->kernel)->at_once;
    size_t left = parts - first, count = at_once > 0 && left > at_once ? at_once : left;
    /* Work is counted in rows, or in parts of rows or images. */
    bool by_parts =
        is_family(step, "global_average_pool") || is_strided(step) || is_family(step, "integer");
    size_t items = by_parts ? step->items / parts * count : step->items;
    return (struct call){step, first, count, items};
}

/* The runs that one call must have all of. */
static size_t runs_at_once(const struct step *step) {
    const struct integer_conv_args *integer = step->args;
    const struct conv_args *conv = is_family(step, "integer_conv") ? &integer->conv : step->args;
    const struct fully_connected_args *fully_connected = step->args;
    if (is_family(step, "conv") || is_family(step, "conv_transpose") ||
        is_family(step, "integer_conv"))
        return conv->group_runs[conv->groups];
    return is_family(step, "fully_connected") ? fully_connected->run_count : 0;
}

enum snv2_status check_steps(const struct network *network, struct snv2_diagnostic *diagnostic) {
    const struct blob *blob = &network->blob;
    for (uint32_t i = 0; i < network->plan.step_count; i++) {
        const struct step *step = &network->plan.steps[i];
        const struct snv2_blob_command *command = &blob->commands[step->command];
        size_t runs = runs_at_once(step);
        if (!args_kind_of(step->kernel)->write)
            return diagnose_node(diagnostic, SNV2_UNSUPPORTED, blob->strings + command->name,
                                 opcode_name(command->opcode),
                                 "there are no C sources of this command: take the native model");
        if (runs > MOST_RUNS)
            return diagnose_node(
                diagnostic, SNV2_UNSUPPORTED, blob->strings + command->name,
                opcode_name(command->opcode),
                "C sources hold the operands of a command on the stack, and this one reads %zu "
                "runs of channels where %d are possible",
                runs, MOST_RUNS);
    }
    return SNV2_OK;
}

static void write_dims(const struct snv2_blob_tensor *tensor, struct text *text) {
    for (int i = 0; i < tensor->rank; i++)
        text_print(text, "%s%lld", i ? "," : "[", (long long)tensor->dims[i]);
    text_print(text, "]");
}

/* The nodes of a command, which the blob has as "a, b, c", in lines. */
static void write_nodes(const char *nodes, struct text *text) {
    size_t column = 0;
    while (*nodes) {
        size_t length = strcspn(nodes, ",") + (strchr(nodes, ',') != NULL);
        if (column > 0 && column + length > LINE) {
            text_print(text, "\n *   ");
            column = 0;
        }
        char *node = arena_strndup(text->arena, nodes, length);
        if (node)
            text_add_comment(text, node);
        column += length;
        nodes += length;
    }
}

/* The operands' runs as "[1,58,28,28] + [1,58,28,28]", the same one behind another once. */
static void write_operands(const struct blob *blob, const struct snv2_blob_command *command,
                           struct text *text) {
    for (int i = 0; i < SNV2_BLOB_MAX_OPERANDS; i++) {
        const struct snv2_blob_operand *operand = &command->operands[i];
        for (uint32_t r = 0; r < operand->run_count; r++) {
            const struct snv2_blob_run *run = &blob->runs[operand->first_run + r];
            text_print(text, "%s", i + (int)r > 0 ? ", " : "");
            write_dims(&blob->tensors[run->tensor], text);
            if (run->count < blob->tensors[run->tensor].dims[1])
                text_print(text, " (%u channels)", run->count);
        }
    }
}

static void write_comment(const struct network *network, const struct step *step,
                          struct text *text) {
    const struct blob *blob = &network->blob;
    const struct snv2_blob_command *command = &blob->commands[step->command];
    text_print(text, "\n/* ");
    write_nodes(command->name ? blob->strings + command->name : "no node", text);
    text_print(text, "\n * ");
    write_operands(blob, command, text);
    text_print(text, " -> ");
    write_dims(&blob->tensors[command->output], text);
    text_print(text, " */\n");
}

static void write_call(const struct network *network, const struct call *call, size_t number,
                       struct text *text) {
    const struct writer writer = {network, call, text};
    const char *family = call->step->kernel;
    write_comment(network, call->step, text);
    text_print(text,
               "STEP static void step_%zu(const struct kernels *kernels, const struct memory "
               "*memory) {\n",
               number);
    args_kind_of(family)->write(&writer, call->step->args);
    text_print(text, "    };\n    kernels->%s(&args, 0, %zu);\n}\n", family, call->items);
}

void write_steps(const struct network *network, struct text *text) {
    size_t number = 0;
    for (uint32_t i = 0; i < network->plan.step_count; i++) {
        const struct step *step = &network->plan.steps[i];
        for (size_t first = 0; first < part_count(step); number++) {
            struct call call = call_at(step, first);
            write_call(network, &call, number, text);
            first += call.count;
        }
    }
}

void write_schedule(const struct network *network, struct text *text) {
    size_t number = 0;
    for (uint32_t i = 0; i < network->plan.step_count; i++) {
        const struct step *step = &network->plan.steps[i];
        for (size_t first = 0; first < part_count(step); first += call_at(step, first).count)
            text_print(text, "    step_%zu(kernels, &memory);\n", number++);
    }
}
