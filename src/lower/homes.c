/* Homes: parts of graph outputs and of concatenations, in which values are stored right away.
 *
 *   conv -> Transpose -> Reshape -> Concat -> output      conv writes its pixels where they stand
 * in conv -> Transpose -> Reshape ----^                    the output, and nothing is copied
 *
 * From the outputs backwards: the home of what a node makes says where its operands' homes are. A
 * Concat has a base of its own where it has no home. */
#include "lower/lower.h"

/* A graph output is never read, so only what has no other use is at home there. */
static bool give_home(struct lowering *lowering, const struct value *value,
                      const struct snv2_blob_tensor *home) {
    const struct snv2_blob_tensor **own = &lowering->homes[value->id];
    if (*own || !value->producer || value_is_constant(value) ||
        (home->place == SNV2_PLACE_OUTPUT && lowering->uses[value->id] > 1))
        return true;
    struct snv2_blob_tensor *copy = arena_alloc(lowering->arena, 1, sizeof *copy);
    if (!copy)
        return false;
    *copy = *home;
    *own = copy;
    return true;
}

static bool place_parts(struct lowering *lowering, const struct value *whole,
                        const struct value *const *parts, int32_t count, int axis) {
    int64_t start = 0;
    for (int32_t i = 0; i < count; start += parts[i++]->shape.dims[axis]) {
        struct snv2_blob_tensor part =
            sliced(lowering->homes[whole->id], axis, start, parts[i]->shape.dims[axis], 1);
        if (!give_home(lowering, parts[i], &part))
            return false;
    }
    return true;
}

static bool place_concat(struct lowering *lowering, const struct node *node) {
    const struct value *output = node->outputs[0];
    if (!lowering->homes[output->id]) {
        struct snv2_blob_tensor base = new_base(output);
        if (!append_base(lowering, &base) || !give_home(lowering, output, &base))
            return false;
    }
    return place_parts(lowering, output, (const struct value *const *)node->inputs,
                       node->input_count, (int)node->attributes.Concat.axis);
}

bool view_parts(struct lowering *lowering, const struct node *node, const struct value ***parts,
                int32_t *count) {
    const struct channel_runs *runs = &node->attributes.ChannelView.runs;
    *count = 0;
    *parts = arena_alloc(lowering->arena, (size_t)runs->count, sizeof **parts);
    if (!*parts)
        return false;
    for (int32_t i = 0; i < runs->count; i++) {
        const struct channel_run *run = &runs->runs[i];
        (*parts)[i] = node->inputs[run->input];
        if (run->first != 0 || run->step != 1 || run->count != (*parts)[i]->shape.dims[1])
            return true;
    }
    *count = runs->count;
    return true;
}

static bool place_view(struct lowering *lowering, const struct node *node) {
    const struct value **parts;
    int32_t count;
    return view_parts(lowering, node, &parts, &count) &&
           place_parts(lowering, node->outputs[0], parts, count, 1);
}

static bool place_transpose(struct lowering *lowering, const struct node *node) {
    const struct ints *perm = &node->attributes.Transpose.perm;
    int64_t inverse[MAX_RANK];
    for (int32_t i = 0; i < perm->count; i++)
        inverse[perm->values[i]] = i;
    struct snv2_blob_tensor home = transposed(lowering->homes[node->outputs[0]->id], inverse);
    return give_home(lowering, node->inputs[0], &home);
}

static bool place_reshape(struct lowering *lowering, const struct node *node) {
    struct snv2_blob_tensor home = *lowering->homes[node->outputs[0]->id];
    return !reshape_tensor(&home, &node->inputs[0]->shape) ||
           give_home(lowering, node->inputs[0], &home);
}

/* What becomes part of the command of its operand has that one's home. */
static bool place_activation(struct lowering *lowering, const struct node *node) {
    return !joins_operand(lowering, node) ||
           give_home(lowering, node->inputs[0], lowering->homes[node->outputs[0]->id]);
}

static bool (*const place[OP_COUNT])(struct lowering *, const struct node *) = {
    [OP_ChannelView] = place_view,    [OP_Concat] = place_concat,     [OP_Flatten] = place_reshape,
    [OP_Identity] = place_reshape,    [OP_Reshape] = place_reshape,   [OP_Squeeze] = place_reshape,
    [OP_Transpose] = place_transpose, [OP_Unsqueeze] = place_reshape,
};

bool find_homes(struct lowering *lowering, struct node *const *order, int32_t count) {
    const struct graph *graph = lowering->graph;
    for (int32_t i = 0; i < graph->output_count; i++) {
        struct snv2_blob_tensor whole = output_place(lowering, i);
        if (!give_home(lowering, graph->outputs[i], &whole))
            return false;
    }
    for (int32_t i = count; i-- > 0;) {
        const struct node *node = order[i];
        bool has_home = node->op == OP_Concat || lowering->homes[node->outputs[0]->id];
        bool (*function)(struct lowering *, const struct node *) =
            lowering_rules[node->op].lower == lower_unary ? place_activation : place[node->op];
        if (function && has_home && !function(lowering, node))
            return false;
    }
    return true;
}
