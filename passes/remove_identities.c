/* Drops nodes whose result is their operand, and joins pairs of reshapes and of transposes.
 *
 *   x ─ Identity ─ Relu           ->   x ─ Relu
 *   x ─ Reshape ─ Unsqueeze ─ y   ->   x ─ Reshape ─ y
 *   x ─ Transpose ─ Transpose ─ y ->   x ─ Transpose ─ y, or x
 *
 * The operand must come back bit for bit, with its type and shape: x + 0 is none of them, since it
 * makes -0 a 0. Needs inferred shapes and folded constants; dead nodes are gone afterwards. It pays
 * because the fusions look at neighbours, and a fragment between two hides them from each other. */
#include "passes/pass.h"
#include "passes/rewrite.h"

#include "ir/operands.h"

#include <math.h>

static bool same_shape(const struct node *node) {
    return shape_equal(&node->inputs[0]->shape, &node->outputs[0]->shape);
}

static bool keeps_all(const struct node *node) {
    return node->output_count == 1;
}

static bool keeps_type(const struct node *node) {
    return node->inputs[0]->dtype == node->outputs[0]->dtype;
}

static bool joins_one(const struct node *node) {
    return node->input_count == 1;
}

static bool is_infinite(const struct value *bound, float infinity) {
    return !bound || (is_float_constant(bound) && *(const float *)bound->data == infinity);
}

static bool clips_nothing(const struct node *node) {
    return is_infinite(node_input(node, 1), -INFINITY) &&
           is_infinite(node_input(node, 2), INFINITY);
}

/* Only dimensions of one element move. */
static bool moves_nothing(const struct node *node) {
    const struct ints *perm = &node->attributes.Transpose.perm;
    int64_t last = -1;
    for (int32_t i = 0; i < perm->count; i++) {
        if (node->outputs[0]->shape.dims[i] == 1)
            continue;
        if (perm->values[i] < last)
            return false;
        last = perm->values[i];
    }
    return same_shape(node);
}

static bool slices_nothing(const struct node *node) {
    struct slice_range ranges[MAX_RANK];
    if (!same_shape(node) || slice_ranges(node, NULL, ranges) != SNV2_OK)
        return false;
    for (int32_t i = 0; i < node->inputs[0]->shape.rank; i++)
        if (ranges[i].start != 0 || (ranges[i].step != 1 && ranges[i].count > 1))
            return false;
    return true;
}

static bool pads_nothing(const struct node *node) {
    struct pad_range ranges[MAX_RANK];
    if (pad_ranges(node, NULL, ranges) != SNV2_OK)
        return false;
    for (int32_t i = 0; i < node->inputs[0]->shape.rank; i++)
        if (ranges[i].begin != 0 || ranges[i].end != 0)
            return false;
    return true;
}

static bool is_all_ones(const struct value *factor) {
    if (!is_float_constant(factor))
        return false;
    const float *numbers = factor->data;
    for (int64_t i = 0; i < shape_elements(&factor->shape); i++)
        if (numbers[i] != 1)
            return false;
    return true;
}

static bool multiplies_by_one(const struct node *node) {
    return is_all_ones(node->inputs[1]) && same_shape(node);
}

/* By operator: whether the output is operand 0. */
static bool (*const is_identity[OP_COUNT])(const struct node *) = {
    [OP_Cast] = keeps_type,         [OP_Clip] = clips_nothing,   [OP_Concat] = joins_one,
    [OP_Div] = multiplies_by_one,   [OP_Flatten] = same_shape,   [OP_Identity] = same_shape,
    [OP_Mul] = multiplies_by_one,   [OP_Pad] = pads_nothing,     [OP_Reshape] = same_shape,
    [OP_Slice] = slices_nothing,    [OP_Split] = keeps_all,      [OP_Squeeze] = same_shape,
    [OP_Transpose] = moves_nothing, [OP_Unsqueeze] = same_shape,
};

/* The operand that the node's output equals, or NULL. */
static struct value *equal_operand(const struct node *node) {
    if (is_identity[node->op] && is_identity[node->op](node))
        return node->inputs[0];
    bool one_first = node->op == OP_Mul && is_all_ones(node->inputs[0]);
    return one_first && shape_equal(&node->inputs[1]->shape, &node->outputs[0]->shape)
               ? node->inputs[1]
               : NULL;
}

/* Makes a reshape of a reshape read what the first one reads. It becomes a Reshape to its output's
 * shape, or *source is set where that is the shape there was before. */
static enum snv2_status join_reshapes(struct graph *graph, struct node *node, struct value **source,
                                      int *changes, struct snv2_diagnostic *diagnostic) {
    const struct node *first = node->inputs[0]->producer;
    struct value *output = node->outputs[0];
    if (!first || !is_reshape(first) || shape_elements(&output->shape) == 0)
        return SNV2_OK;
    if (shape_equal(&first->inputs[0]->shape, &output->shape)) {
        *source = first->inputs[0];
        return SNV2_OK;
    }
    struct shape list = {1, {output->shape.rank}};
    int64_t *dims = arena_alloc(graph->arena, (size_t)output->shape.rank, sizeof *dims);
    struct node *reshape = graph_insert_node(graph, node, OP_Reshape, node->name, 2, 1);
    if (!dims || !reshape)
        return diagnose_no_memory(diagnostic);
    for (int32_t i = 0; i < output->shape.rank; i++)
        dims[i] = output->shape.dims[i];
    reshape->inputs[0] = first->inputs[0];
    reshape->inputs[1] = add_constant(graph, output->name, DTYPE_INT64, &list, dims);
    if (!reshape->inputs[1])
        return diagnose_no_memory(diagnostic);
    give_output(graph, node, reshape);
    ++*changes;
    return SNV2_OK;
}

/* Makes a transpose of a transpose read what the first one reads. */
static bool join_transposes(struct node *node) {
    const struct node *first = node->inputs[0]->producer;
    if (node->op != OP_Transpose || !first || first->op != OP_Transpose)
        return false;
    struct ints *perm = &node->attributes.Transpose.perm;
    for (int32_t i = 0; i < perm->count; i++)
        perm->values[i] = first->attributes.Transpose.perm.values[perm->values[i]];
    node->inputs[0] = first->inputs[0];
    return true;
}

/* Side tables by value id. */
struct identities {
    struct value **replacement; /* room for the values that the pass adds */
    bool *is_output;
};

static bool allocate(struct identities *identities, const struct graph *graph,
                     struct arena *scratch) {
    size_t values = (size_t)graph->value_count + (size_t)graph->node_count;
    identities->replacement = arena_alloc(scratch, values, sizeof *identities->replacement);
    identities->is_output = arena_alloc(scratch, values, sizeof *identities->is_output);
    if (!identities->replacement || !identities->is_output)
        return false;
    for (int32_t i = 0; i < graph->output_count; i++)
        identities->is_output[graph->outputs[i]->id] = true;
    return true;
}

/* Whether `source` may stand for `output`. Where both names must stay, graph_replace would put an
 * Identity back. */
static bool can_replace(const struct identities *identities, const struct value *output,
                        const struct value *source) {
    return !identities->is_output[output->id] ||
           (source->producer && !identities->is_output[source->id]);
}

enum snv2_status pass_remove_identities(struct graph *graph, struct arena *scratch, int *changes,
                                        struct snv2_diagnostic *diagnostic) {
    struct identities identities;
    if (!allocate(&identities, graph, scratch))
        return diagnose_no_memory(diagnostic);
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        for (int32_t i = 0; i < node->input_count; i++)
            if (node->inputs[i] && identities.replacement[node->inputs[i]->id])
                node->inputs[i] = identities.replacement[node->inputs[i]->id];
        *changes += join_transposes(node);
        struct value *output = node->outputs[0], *source = equal_operand(node);
        if (!source && is_reshape(node)) {
            enum snv2_status status = join_reshapes(graph, node, &source, changes, diagnostic);
            if (status != SNV2_OK)
                return status;
        }
        if (source && can_replace(&identities, output, source)) {
            identities.replacement[output->id] = source;
            ++*changes;
        }
    }
    enum snv2_status status = graph_replace(graph, identities.replacement, diagnostic);
    return status == SNV2_OK ? remove_dead_nodes(graph, scratch, NULL, diagnostic) : status;
}
