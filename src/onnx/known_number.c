/* The one number that a condition or a count of iterations is, where constants and the shapes of
 * the inputs tell:
 *
 *   Shape(x) ─ Gather ─ Equal ─ c, If(c)        true
 *
 * What it takes to compute it is imported into a graph of its own, where shapes are inferred node
 * by node; that graph stays, so that no node is looked at twice. A number that depends on more than
 * shapes stays unknown, and so does one whose nodes cannot be imported: the whole is going to say
 * why. */
#include "onnx/expansion.h"

enum state {
    UNVISITED,
    OPEN,
    ADDED,  /* it is in the graph, with inferred shapes */
    FAILED, /* what it makes stays unknown */
};

/* A node that may be asked for. */
struct maker {
    struct source_node source;
    enum state state;
    size_t next_input;   /* the one to look at next */
    struct maker *below; /* on the stack of open nodes */
};

struct known_numbers {
    struct importer part;
    struct onnx_options options;
    struct external external;
    struct name_table makers;      /* value -> struct maker */
    int32_t indexed;               /* of the nodes that were appended */
    struct maker *top;             /* the stack */
    struct snv2_diagnostic reason; /* of the last failure */
};

/* Notes who makes the node's values. False where memory ran out. */
static bool index_node(struct known_numbers *known, const Onnx__NodeProto *node, int64_t opset) {
    struct arena *arena = known->part.scratch;
    struct maker *maker = NULL;
    bool is_new;
    for (size_t i = 0; i < node->n_output; i++) {
        struct name_entry *entry = name_table_add(&known->makers, node->output[i], &is_new);
        if (!entry)
            return false;
        const struct maker *old = entry->value;
        if (old && old->source.proto == node)
            continue;
        if (!maker && !(maker = arena_alloc(arena, 1, sizeof *maker)))
            return false;
        maker->source = (struct source_node){node, opset};
        entry->value = maker;
    }
    return true;
}

/* A graph with the initializers and inputs of the whole, and the nodes of the file to choose from:
 * they are not always sorted. What cannot be imported fails again, and for good, with the whole. */
static struct known_numbers *new_known_numbers(struct importer *importer) {
    struct arena *arena = importer->scratch;
    const Onnx__GraphProto *graph = importer->model->graph;
    struct known_numbers *known = arena_alloc(arena, 1, sizeof *known);
    if (!known)
        return NULL;
    known->options = *importer->options;
    known->options.cut_count = 0;
    known->external = *importer->external; /* what is read for the whole is digested */
    known->part = *importer;
    known->part.is_part = true;
    known->part.options = &known->options;
    known->part.external = &known->external;
    known->part.diagnostic = &known->reason;
    known->part.graph = graph_new(arena, "");
    name_table_init(&known->makers, arena);
    bool ok = known->part.graph;
    for (size_t i = 0; i < graph->n_node; i++)
        ok = ok && index_node(known, graph->node[i], importer->opset);
    enum snv2_status status = ok ? import_initializers(&known->part) : SNV2_NO_MEMORY;
    if (!status)
        status = freeze_inputs(&known->part);
    if (!status)
        status = import_inputs(&known->part);
    if (status == SNV2_NO_MEMORY)
        return NULL;
    known->part.first_output = known->part.graph->value_count;
    return known;
}

/* Adds an open node, all of whose operands are there. */
static enum snv2_status add_maker(struct known_numbers *known, const struct maker *maker) {
    struct importer *part = &known->part;
    struct node *last = part->graph->last;
    enum snv2_status status =
        is_supported(maker->source.proto) ? SNV2_OK : SNV2_UNSUPPORTED; /* the whole says so */
    if (!status)
        status = add_values_of(part, maker->source.proto);
    if (!status)
        status = import_node(part, &maker->source);
    for (struct node *node = last ? last->next : part->graph->first; node && !status;
         node = node->next)
        status = part->options->infer ? part->options->infer(part->graph, node, &known->reason)
                                      : SNV2_UNSUPPORTED;
    return status;
}

/* One step at the innermost open node: opens who makes its next input, or adds it. */
static enum snv2_status step(struct known_numbers *known) {
    struct maker *maker = known->top;
    const Onnx__NodeProto *node = maker->source.proto;
    if (maker->next_input == node->n_input) {
        enum snv2_status status = add_maker(known, maker);
        if (!status) {
            maker->state = ADDED;
            known->top = maker->below;
        }
        return status;
    }
    const char *name = node->input[maker->next_input++];
    struct maker *other = *name ? name_table_find(&known->makers, name) : NULL;
    if (!other)
        return !*name || graph_find_value(known->part.graph, name) ? SNV2_OK : SNV2_UNSUPPORTED;
    if (other->state == ADDED)
        return SNV2_OK;
    if (other->state != UNVISITED)
        return SNV2_UNSUPPORTED;
    other->state = OPEN;
    other->below = known->top;
    known->top = other;
    return SNV2_OK;
}

/* Adds what it takes to compute the value, or as much of it as can be. */
static enum snv2_status add_value(struct known_numbers *known, const char *name) {
    struct maker *maker = name_table_find(&known->makers, name);
    enum snv2_status status = SNV2_OK;
    if (!maker || maker->state != UNVISITED)
        return SNV2_OK;
    maker->state = OPEN;
    known->top = maker;
    maker->below = NULL;
    while (known->top && !status)
        status = step(known);
    for (; known->top; known->top = known->top->below)
        known->top->state = FAILED;
    return status;
}

enum snv2_status known_number(struct expansion *expansion, const Onnx__NodeProto *node,
                              size_t operand, bool *known, int64_t *number) {
    struct importer *importer = expansion->importer;
    const char *name = node->input[operand];
    *known = false;
    if (!expansion->known_numbers)
        expansion->known_numbers = new_known_numbers(importer);
    struct known_numbers *numbers = expansion->known_numbers;
    bool ok = numbers;
    for (; ok && numbers->indexed < importer->node_count; numbers->indexed++) {
        const struct source_node *source = &importer->nodes[numbers->indexed];
        ok = index_node(numbers, source->proto, source->opset);
    }
    if (!ok || add_value(numbers, name) == SNV2_NO_MEMORY)
        return diagnose_no_memory(importer->diagnostic);
    const struct value *value = graph_find_value(numbers->part.graph, name);
    if (value && value_is_constant(value) && !dtype_is_real(value->dtype) &&
        shape_elements(&value->shape) == 1) {
        struct tensor tensor = value_tensor(value);
        *known = true;
        *number = tensor_int(&tensor, 0);
    }
    bool has_reason = numbers->reason.status && numbers->reason.status != SNV2_UNSUPPORTED;
    if (!*known && !importer->unknown && has_reason) {
        importer->unknown = node;
        importer->reason = numbers->reason;
    }
    return SNV2_OK;
}
