/* Passes over the graph. One pass is one file and one function; the order stands only in
 * passes.def. The file's first comment shows before -> after, and says what facts the pass needs
 * and breaks, and why it pays. */
#ifndef PASSES_PASS_H
#define PASSES_PASS_H

#include "ir/graph.h"

/* A pass rewrites the graph; temporary memory is `scratch`, reset by the manager after the pass.
 * It leaves shapes inferred. *changes counts what it did (fusions, removed nodes, ...). */
typedef enum snv2_status pass_function(struct graph *graph, struct arena *scratch, int *changes,
                                       struct snv2_diagnostic *diagnostic);

struct pass {
    char letter;         /* of -d */
    const char *name;    /* of --skip-pass, --list-passes */
    const char *summary; /* one line for people */
    pass_function *run;
};

#define PASS(letter, name, summary) pass_function pass_##name;
#include "passes/passes.def"
#undef PASS

/* The passes in their order; pass_count of them. */
extern const struct pass pass_list[];
extern const int pass_count;

/* The index of a pass by name, in which '-' may stand for '_'; or -1. */
int pass_find(const char *name);

/* Called after each pass, for --check-passes and dumps. A status other than SNV2_OK stops. */
typedef enum snv2_status pass_observer(void *user, const struct graph *graph,
                                       const struct pass *pass, int changes,
                                       struct snv2_diagnostic *diagnostic);

/* Runs `count` passes of `list` in order, but for those whose skip[i] is true, and verifies the
 * graph after each: a broken invariant is SNV2_INTERNAL and names the pass. `skip` and `observer`
 * may be NULL. changes[i], where `changes` is not NULL, receives what each did. */
enum snv2_status passes_run(struct graph *graph, const struct pass *list, int count,
                            const bool *skip, pass_observer *observer, void *user, int *changes,
                            struct snv2_diagnostic *diagnostic);

#endif
