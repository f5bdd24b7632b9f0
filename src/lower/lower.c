/* A graph to a program: the nodes that the outputs need, in canonical order, each by its rule of
 * lowerings.def. Tensors, runs, weights and strings are numbered as the commands in that order need
 * them, so that a program depends on what the graph means and not on how it was written. */
#include "lower/lower.h"

#include "ir/order.h"

#include <inttypes.h>

/* A view in which all of an operand stands again reads it for each time: one of them alone can be
 * at home there. */
static bool count_repeats(struct lowering *lowering, const struct node *view) {
    const struct channel_runs *runs = &view->attributes.ChannelView.runs;
    bool *seen = arena_alloc(lowering->arena, (size_t)view->input_count, sizeof *seen);
    for (int32_t i = 0; seen && i < runs->count; i++) {
        const struct value *input = view->inputs[runs->runs[i].input];
        if (runs->runs[i].count != input->shape.dims[1])
            continue;
        lowering->uses[input->id] += seen[runs->runs[i].input];
        seen[runs->runs[i].input] = true;
    }
    return seen;
}

/* uses: how often each value is read by `order` and by the graph outputs. */
static bool make_tables(struct lowering *lowering, struct node *const *order, int32_t count) {
    const struct graph *graph = lowering->graph;
    struct arena *arena = lowering->arena;
    size_t values = (size_t)graph->value_count;
    lowering->channels = arena_alloc(arena, values, sizeof *lowering->channels);
    lowering->places = arena_alloc(arena, values, sizeof *lowering->places);
    lowering->maps = arena_alloc(arena, values, sizeof *lowering->maps);
    lowering->homes = arena_alloc(arena, values, sizeof *lowering->homes);
    lowering->frames = arena_alloc(arena, values, sizeof *lowering->frames);
    lowering->uses = arena_alloc(arena, values, sizeof *lowering->uses);
    if (!lowering->channels || !lowering->places || !lowering->maps || !lowering->homes ||
        !lowering->frames || !lowering->uses)
        return false;
    for (int32_t i = 0; i < count; i++) {
        for (int32_t k = 0; k < order[i]->input_count; k++)
            if (order[i]->inputs[k])
                lowering->uses[order[i]->inputs[k]->id]++;
        if (order[i]->op == OP_ChannelView && !count_repeats(lowering, order[i]))
            return false;
    }
    for (int32_t i = 0; i < graph->output_count; i++)
        lowering->uses[graph->outputs[i]->id]++;
    return true;
}

static bool lower_nodes(struct lowering *lowering, struct node *const *order, int32_t count) {
    uint32_t empty;
    if (!append_string(lowering, "", &empty) || !append_boundary_tensors(lowering) ||
        !find_homes(lowering, order, count) || !find_rounds(lowering, order, count))
        return false;
    for (int32_t i = 0; i < count; i++)
        if (!lowering_rules[order[i]->op].lower(lowering, order[i]))
            return false;
    return append_output_copies(lowering) && append_marks(lowering) && pack_weights(lowering);
}

enum snv2_status lower_graph_as(const struct graph *graph, enum dtype halves, struct arena *arena,
                                struct program **program, struct snv2_diagnostic *diagnostic) {
    struct lowering lowering = {.graph = graph, .arena = arena, .halves = halves};
    int32_t count;
    struct node **order = graph_canonical_order(graph, arena, &count);
    lowering.program = arena_alloc(arena, 1, sizeof *lowering.program);
    if (!order || !lowering.program)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = check_support(graph, order, count, arena, diagnostic);
    if (status != SNV2_OK)
        return status;
    lowering.program->input_count = (uint32_t)graph->input_count;
    lowering.program->output_count = (uint32_t)graph->output_count;
    if (!make_tables(&lowering, order, count) || !lower_nodes(&lowering, order, count))
        return diagnose_no_memory(diagnostic);
    if (lowering.program->command_count > SNV2_BLOB_MAX_COMMANDS ||
        lowering.program->run_count > SNV2_BLOB_MAX_RUNS)
        return diagnose(diagnostic, SNV2_UNSUPPORTED,
                        "the network needs %" PRIu32 " commands that read %" PRIu32
                        " runs of channels; at most %d and %d are supported",
                        lowering.program->command_count, lowering.program->run_count,
                        SNV2_BLOB_MAX_COMMANDS, SNV2_BLOB_MAX_RUNS);
    *program = lowering.program;
    return SNV2_OK;
}

enum snv2_status lower_graph(const struct graph *graph, struct arena *arena,
                             struct program **program, struct snv2_diagnostic *diagnostic) {
    return lower_graph_as(graph, DTYPE_NONE, arena, program, diagnostic);
}
