/* The one number that a condition or a count of iterations is, where the file and the shapes of its
 * inputs tell:
 *
 *   Shape(x) ─ Gather ─ Equal ─ c, If(c)        true
 *
 * What it takes to compute it is imported as a graph of its own, cut off behind the number, and the
 * shapes of that are inferred. A number that depends on more than shapes stays unknown, and so does
 * one whose graph cannot be read: the whole is going to say why. */
#include "onnx/expansion.h"

enum { MAX_SEARCHED = 1 << 22 }; /* nodes that are looked through for all numbers together */

/* The nodes that were appended, and those of the graph that are still to be expanded (a file is not
 * always sorted), for a cut to choose from. */
static bool collect_nodes(const struct expansion *expansion, struct importer *part) {
    const struct importer *importer = expansion->importer;
    const struct body *graph = &expansion->bodies[0];
    size_t count = (size_t)importer->node_count + (graph->count - graph->next);
    part->nodes = arena_alloc(part->scratch, count, sizeof *part->nodes);
    if (!part->nodes)
        return false;
    for (int32_t i = 0; i < importer->node_count; i++)
        part->nodes[i] = importer->nodes[i];
    part->node_count = importer->node_count;
    for (size_t i = graph->next; i < graph->count; i++)
        part->nodes[part->node_count++] =
            (struct source_node){.proto = graph->nodes[i], .opset = graph->opset};
    return true;
}

static enum snv2_status compute(struct expansion *expansion, const char *name, struct arena *arena,
                                bool *known, int64_t *number, struct snv2_diagnostic *diagnostic) {
    struct importer *importer = expansion->importer;
    struct importer part = *importer;
    struct onnx_options options = *importer->options;
    struct external external = *importer->external; /* what is read for the whole is digested */
    options.cuts = &name;
    options.cut_count = 1;
    part.options = &options;
    part.is_part = true;
    part.external = &external;
    part.scratch = arena;
    part.diagnostic = diagnostic;
    part.graph = graph_new(arena, "");
    if (!part.graph || !collect_nodes(expansion, &part))
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = import_expanded(&part);
    if (!status && options.infer)
        status = options.infer(part.graph, diagnostic);
    if (status)
        return status;
    const struct value *value = part.graph->outputs[0];
    *known = value_is_constant(value) && !dtype_is_real(value->dtype) &&
             shape_elements(&value->shape) == 1;
    if (*known) {
        struct tensor tensor = value_tensor(value);
        *number = tensor_int(&tensor, 0);
    }
    return SNV2_OK;
}

enum snv2_status known_number(struct expansion *expansion, const Onnx__NodeProto *node,
                              size_t operand, bool *known, int64_t *number) {
    struct importer *importer = expansion->importer;
    struct arena *scratch = importer->scratch;
    struct snv2_diagnostic reason = {.status = SNV2_OK};
    struct arena arena;
    *known = false;
    expansion->searched += importer->node_count;
    if (expansion->searched > MAX_SEARCHED)
        return SNV2_OK;
    arena_init(&arena, scratch->budget - scratch->total);
    enum snv2_status status =
        compute(expansion, node->input[operand], &arena, known, number, &reason);
    arena_free(&arena);
    if (status == SNV2_NO_MEMORY)
        return diagnose_no_memory(importer->diagnostic);
    if (status && status != SNV2_UNSUPPORTED && !importer->unknown) {
        importer->unknown = node;
        importer->reason = reason;
    }
    return SNV2_OK;
}
