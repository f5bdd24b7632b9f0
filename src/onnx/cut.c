/* The part of a graph before some of its values, which become its outputs:
 *
 *   x ─ backbone ─ boxes ─ NonMaxSuppression ─ y      cut at boxes:   x ─ backbone ─ boxes
 *
 * What they do not need, nodes and inputs, is left out before anything is asked about it. */
#include "onnx/import.h"

#include <string.h>

struct cutter {
    struct importer *importer;
    struct name_table makers; /* value -> the node that makes it */
    struct source_node **stack;
    bool *kept; /* by node */
    int32_t depth;
};

static enum snv2_status index_makers(struct cutter *cutter) {
    struct importer *importer = cutter->importer;
    bool is_new;
    for (int32_t n = 0; n < importer->node_count; n++) {
        const Onnx__NodeProto *node = importer->nodes[n].proto;
        for (size_t i = 0; i < node->n_output; i++) {
            struct name_entry *entry = name_table_add(&cutter->makers, node->output[i], &is_new);
            if (!entry)
                return diagnose_no_memory(importer->diagnostic);
            entry->value = &importer->nodes[n];
        }
    }
    return SNV2_OK;
}

/* Notes that a value is needed, and opens the node that makes it. */
static enum snv2_status need(struct cutter *cutter, const char *name) {
    struct importer *importer = cutter->importer;
    struct source_node *maker = name_table_find(&cutter->makers, name);
    bool is_new;
    struct name_entry *entry = name_table_add(&importer->needed, name, &is_new);
    if (!entry)
        return diagnose_no_memory(importer->diagnostic);
    entry->value = importer;
    if (!maker || cutter->kept[maker - importer->nodes])
        return SNV2_OK;
    cutter->kept[maker - importer->nodes] = true;
    cutter->stack[cutter->depth++] = maker;
    return SNV2_OK;
}

static bool is_initializer_or_input(const Onnx__GraphProto *graph, const char *name) {
    for (size_t i = 0; i < graph->n_input; i++)
        if (strcmp(proto_text(graph->input[i]->name), name) == 0)
            return true;
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (strcmp(proto_text(graph->initializer[i]->name), name) == 0)
            return true;
    return false;
}

static enum snv2_status start_at(struct cutter *cutter, const char *name) {
    struct importer *importer = cutter->importer;
    if (!*name || (!name_table_find(&cutter->makers, name) &&
                   !is_initializer_or_input(importer->model->graph, name)))
        return diagnose(importer->diagnostic, SNV2_USAGE,
                        "--cut names '%s', which no node makes: it is an output of a node, not the "
                        "node's name",
                        shown(name).text);
    return need(cutter, name);
}

static void drop_nodes(struct cutter *cutter) {
    struct importer *importer = cutter->importer;
    int32_t kept = 0;
    for (int32_t n = 0; n < importer->node_count; n++)
        if (cutter->kept[n])
            importer->nodes[kept++] = importer->nodes[n];
    importer->node_count = kept;
}

enum snv2_status cut_graph(struct importer *importer) {
    const struct onnx_options *options = importer->options;
    struct cutter cutter = {.importer = importer};
    size_t nodes = (size_t)importer->node_count;
    enum snv2_status status = SNV2_OK;
    name_table_init(&importer->needed, importer->scratch);
    if (options->cut_count == 0)
        return SNV2_OK;
    name_table_init(&cutter.makers, importer->scratch);
    cutter.stack = arena_alloc(importer->scratch, nodes, sizeof *cutter.stack);
    cutter.kept = arena_alloc(importer->scratch, nodes, sizeof *cutter.kept);
    if (!cutter.stack || !cutter.kept)
        return diagnose_no_memory(importer->diagnostic);
    status = index_makers(&cutter);
    for (int i = 0; i < options->cut_count && !status; i++)
        status = start_at(&cutter, options->cuts[i]);
    while (cutter.depth > 0 && !status) {
        const Onnx__NodeProto *node = cutter.stack[--cutter.depth]->proto;
        for (size_t i = 0; i < node->n_input && !status; i++)
            if (node->input[i][0])
                status = need(&cutter, node->input[i]);
    }
    if (!status)
        drop_nodes(&cutter);
    return status;
}

bool is_needed(const struct importer *importer, const char *name) {
    return importer->options->cut_count == 0 || name_table_find(&importer->needed, name);
}
