/* What a context will do, as text for people: a line a command. */
#include "base/diagnostic.h"
#include "runtime/model.h"
#include "runtime/text.h"
#include "runtime/unit.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const mark_names[] = {
    [SNV2_MARK_UNIT] = "unit",
    [SNV2_MARK_OPENING] = "opening",
    [SNV2_MARK_STEM] = "stem",
    [SNV2_MARK_TAIL] = "tail",
};

/* The kind of the mark that a command is in, or "". *mark is the first that may hold it: commands
 * are asked for in order. */
static const char *mark_name(const struct blob *blob, uint32_t command, uint32_t *mark) {
    while (*mark < blob->mark_count &&
           blob->marks[*mark].first + blob->marks[*mark].count <= command)
        ++*mark;
    bool marked = *mark < blob->mark_count && blob->marks[*mark].first <= command;
    return marked ? mark_names[blob->marks[*mark].kind] : "";
}

/* The kernels of a command: "conv_avx512+unary_avx512". *step is the first that may be its. */
static void append_kernels(char *text, size_t size, const struct snv2_context *context,
                           uint32_t command, uint32_t *step) {
    const struct plan *plan = &context->plan;
    while (*step < plan->step_count &&
           plan->steps[*step].command + plan->steps[*step].count <= command)
        ++*step;
    size_t used = 0;
    for (uint32_t i = *step; i < plan->step_count && plan->steps[i].command <= command; i++) {
        const char *kernel = plan->steps[i].kernels
                                 ? plan->steps[i].kernels[command - plan->steps[i].command]
                                 : plan->steps[i].kernel;
        used += (size_t)snprintf(text + used, size - used, "%s%s_%s", used ? "+" : "", kernel,
                                 context->kernels->isa);
        if (used >= size)
            return;
    }
}

static void append_choices(struct text *text, const struct snv2_context *context) {
    const struct blob *blob = &context->blob;
    for (uint32_t i = 0; i < blob->mark_count; i++) {
        const struct snv2_blob_mark *mark = &blob->marks[i];
        const struct unit_choice *choice = &context->plan.units[i];
        append(text, "%s, commands %" PRIu32 " to %" PRIu32 ": ", mark_names[mark->kind],
               mark->first, mark->first + mark->count - 1);
        if (choice->fused && choice->band == 0)
            append(text, "as one with command %" PRIu32 ", in strips of channels\n",
                   mark->first + choice->count - 1);
        else if (choice->fused)
            append(text, "as one, in bands of %zu rows\n", choice->band);
        else
            append(text, "one by one: %s\n", choice->reason);
    }
}

size_t snv2_describe(const struct snv2_context *context, char *buffer, size_t size) {
    const struct blob *blob = &context->blob;
    struct text text = {buffer, size, 0};
    uint32_t mark = 0, step = 0;
    append(&text, "kernels %s, threads %d, arena %" PRIu64 " bytes\n", context->kernels->isa,
           context->threads, blob->arena_bytes);
    for (uint32_t i = 0; i < blob->command_count; i++) {
        const struct snv2_blob_command *command = &blob->commands[i];
        const struct snv2_blob_tensor *output = &blob->tensors[command->output];
        char name[64], dims[128] = "", kernel[64] = "";
        sanitize_text(name, sizeof name, blob->strings + command->name);
        for (size_t axis = 0, used = 0; axis < output->rank && used < sizeof dims; axis++)
            used += (size_t)snprintf(dims + used, sizeof dims - used, "%s%" PRId64, axis ? "x" : "",
                                     output->dims[axis]);
        append_kernels(kernel, sizeof kernel, context, i, &step);
        append(&text, "%4" PRIu32 "  %-19s  %-16s  %-27s  %-7s  %s\n", i,
               opcode_name(command->opcode), dims, kernel, mark_name(blob, i, &mark), name);
    }
    append_choices(&text, context);
    return text.length;
}
