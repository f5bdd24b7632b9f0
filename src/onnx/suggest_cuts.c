/* What to try where operators are not supported: the values at which to cut the graph.
 *
 *   x ─ backbone ─ boxes ─┬─ NonMaxSuppression ─ Gather ─ y      --cut boxes
 *                         └───────────────────────┘
 *
 * They are what nodes make of the inputs without an unsupported operator, and what one, or a node
 * behind one, reads; and the outputs that have nothing to do with any. */
#include "onnx/import.h"

#include <stdio.h>
#include <string.h>

enum {
    LIVE = 1,       /* computed from an input's numbers */
    REFUSED = 2,    /* computed by an unsupported operator, or from what one computed */
    MADE = 4,       /* by a node */
    MAX_CUTS = 6,   /* that are named */
    MAX_SWEEPS = 8, /* one is enough in a sorted file, and one to see that it was */
};

struct suggestion {
    struct importer *importer;
    struct name_table marks; /* value -> unsigned char */
    unsigned gathered;       /* of what a node reads */
    const char *cuts[MAX_CUTS];
    int count; /* may be more than MAX_CUTS */
};

static unsigned marks_of(const struct suggestion *suggestion, const char *name) {
    const unsigned char *marks = name_table_find(&suggestion->marks, name);
    return marks ? *marks : 0;
}

/* False where memory ran out. */
static bool mark(struct suggestion *suggestion, const char *name, unsigned marks, bool *changed) {
    bool is_new;
    struct name_entry *entry = name_table_add(&suggestion->marks, name, &is_new);
    if (entry && is_new)
        entry->value = arena_alloc(suggestion->importer->scratch, 1, 1);
    if (!entry || !entry->value)
        return false;
    unsigned char *old = entry->value;
    *changed |= (*old | marks) != *old;
    *old |= (unsigned char)marks;
    return true;
}

/* Each name that the node, or a node of its branches, reads. */
static void visit_reads(struct suggestion *suggestion, const Onnx__NodeProto *node,
                        void (*visit)(struct suggestion *suggestion, const char *name)) {
    for (size_t i = 0; i < node->n_input; i++)
        visit(suggestion, node->input[i]);
    for (size_t a = 0; a < node->n_attribute; a++) {
        const Onnx__GraphProto *branch = node->attribute[a]->g;
        for (size_t n = 0; branch && n < branch->n_node; n++)
            for (size_t i = 0; i < branch->node[n]->n_input; i++)
                visit(suggestion, branch->node[n]->input[i]);
    }
}

static void gather_marks(struct suggestion *suggestion, const char *name) {
    suggestion->gathered |= marks_of(suggestion, name);
}

static unsigned node_marks(struct suggestion *suggestion, const Onnx__NodeProto *node) {
    const char *op = proto_text(node->op_type);
    bool reads_shape = strcmp(op, "Shape") == 0 || strcmp(op, "Size") == 0;
    suggestion->gathered = MADE | (is_supported(node) ? 0 : REFUSED);
    visit_reads(suggestion, node, gather_marks);
    return reads_shape ? suggestion->gathered & ~(unsigned)LIVE : suggestion->gathered;
}

/* False where memory ran out or the nodes' order makes it long. */
static bool mark_values(struct suggestion *suggestion) {
    const struct importer *importer = suggestion->importer;
    const Onnx__GraphProto *graph = importer->model->graph;
    bool changed = true, ok = true;
    for (size_t i = 0; i < graph->n_input; i++)
        ok = ok && mark(suggestion, proto_text(graph->input[i]->name), LIVE, &changed);
    for (size_t i = 0; i < graph->n_initializer; i++) {
        unsigned char *marks =
            name_table_find(&suggestion->marks, proto_text(graph->initializer[i]->name));
        if (marks)
            *marks = 0;
    }
    for (int sweep = 0; changed && ok; sweep++) {
        changed = false;
        if (sweep == MAX_SWEEPS)
            return false;
        for (int32_t n = 0; n < importer->node_count && ok; n++) {
            const Onnx__NodeProto *node = importer->nodes[n].proto;
            unsigned marks = node_marks(suggestion, node);
            for (size_t i = 0; i < node->n_output && ok; i++)
                ok = !node->output[i][0] || mark(suggestion, node->output[i], marks, &changed);
        }
    }
    return ok;
}

static void consider(struct suggestion *suggestion, const char *name) {
    if (marks_of(suggestion, name) != (LIVE | MADE))
        return;
    for (int i = 0; i < suggestion->count && i < MAX_CUTS; i++)
        if (strcmp(suggestion->cuts[i], name) == 0)
            return;
    if (suggestion->count < MAX_CUTS)
        suggestion->cuts[suggestion->count] = name;
    suggestion->count++;
}

static void find_cuts(struct suggestion *suggestion) {
    const struct importer *importer = suggestion->importer;
    const struct onnx_options *options = importer->options;
    const Onnx__GraphProto *graph = importer->model->graph;
    for (int32_t n = 0; n < importer->node_count; n++) {
        const Onnx__NodeProto *node = importer->nodes[n].proto;
        if (node_marks(suggestion, node) & REFUSED)
            visit_reads(suggestion, node, consider);
    }
    for (int i = 0; i < options->cut_count; i++)
        consider(suggestion, options->cuts[i]);
    for (size_t i = 0; options->cut_count == 0 && i < graph->n_output; i++)
        consider(suggestion, proto_text(graph->output[i]->name));
}

/* Whether a shell and shown() leave the name as it is. */
static bool is_plain_name(const char *name) {
    for (size_t i = 0; name[i]; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:-+,@%",
                    name[i]) ||
            i >= 80)
            return false;
    return *name && *name != '-';
}

void suggest_cuts(struct importer *importer, char *text, size_t size) {
    struct suggestion suggestion = {.importer = importer};
    size_t used = 0;
    bool named = true;
    text[0] = '\0';
    name_table_init(&suggestion.marks, importer->scratch);
    if (mark_values(&suggestion))
        find_cuts(&suggestion);
    if (suggestion.count == 0)
        return;
    for (int i = 0; i < suggestion.count && named; i++)
        named = suggestion.count <= MAX_CUTS && is_plain_name(suggestion.cuts[i]);
    for (int i = 0; i < suggestion.count && named; i++)
        used += (size_t)snprintf(text + used, size - used, "%s --cut %s", i ? "" : ";",
                                 suggestion.cuts[i]);
    snprintf(text + used, size - used, "%s converts what comes before them",
             named ? "" : "; --cut OUTPUT");
}
