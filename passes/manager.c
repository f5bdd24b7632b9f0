/* The pass manager: the list of passes.def, and the loop that runs it. It owns what all passes
 * share: scratch memory that ends with each pass, the verifier behind each pass, and the name of
 * the pass in its errors. */
#include "passes/pass.h"

#include <string.h>

const struct pass pass_list[] = {
#define PASS(letter, name, summary) {letter, #name, summary, pass_##name},
#include "passes/passes.def"
#undef PASS
};
const int pass_count = sizeof pass_list / sizeof *pass_list;

/* Whether `name` is the pass name `spelled`, '-' standing for '_' too. */
static bool is_spelled(const char *spelled, const char *name) {
    for (; *spelled; spelled++, name++)
        if (*name != *spelled && !(*spelled == '_' && *name == '-'))
            return false;
    return *name == '\0';
}

int pass_find(const char *name) {
    for (int i = 0; i < pass_count; i++)
        if (is_spelled(pass_list[i].name, name))
            return i;
    return -1;
}

/* Puts the name of the pass before the message. */
static enum snv2_status diagnose_pass(struct snv2_diagnostic *diagnostic, enum snv2_status status,
                                      const struct pass *pass) {
    if (!diagnostic)
        return status;
    struct snv2_diagnostic cause = *diagnostic;
    return diagnose_node(diagnostic, status, cause.node, cause.op, "pass %s: %s", pass->name,
                         cause.message);
}

static enum snv2_status run_pass(struct graph *graph, const struct pass *pass,
                                 struct arena *scratch, int *changes,
                                 struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = pass->run(graph, scratch, changes, diagnostic);
    arena_reset(scratch);
    if (status == SNV2_OK)
        status = graph_verify(graph, scratch, diagnostic);
    arena_reset(scratch);
    return status == SNV2_OK ? SNV2_OK : diagnose_pass(diagnostic, status, pass);
}

enum snv2_status passes_run(struct graph *graph, const struct pass *list, int count,
                            const bool *skip, pass_observer *observer, void *user, int *changes,
                            struct snv2_diagnostic *diagnostic) {
    struct arena scratch;
    arena_init(&scratch, graph->arena->budget);
    enum snv2_status status = SNV2_OK;
    for (int i = 0; i < count && status == SNV2_OK; i++) {
        int changed = 0;
        if (!skip || !skip[i]) {
            status = run_pass(graph, &list[i], &scratch, &changed, diagnostic);
            if (status == SNV2_OK && observer)
                status = observer(user, graph, &list[i], changed, diagnostic);
        }
        if (changes)
            changes[i] = changed;
    }
    arena_free(&scratch);
    return status;
}
