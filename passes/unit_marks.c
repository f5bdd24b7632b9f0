/* Unit marks: which neighbouring nodes may run as one command.
 *
 *   unit      pointwise -> depthwise -> pointwise
 *   opening   x -> depthwise /2 -> pointwise               -> both ends read together
 *             x -> pointwise -> depthwise /2 -> pointwise  ->
 *   stem      graph input -> Conv -> MaxPool
 *   tail      Conv -> GlobalAveragePool
 *
 * The nodes of a unit stand next to each other in the canonical order, in which commands are
 * emitted, and what passes between them is read nowhere else. Needs activations fused, dead code
 * gone and channels ordered. Pays because a runtime may keep the results in between in its caches.
 */
#include "passes/pass.h"

#include "ir/order.h"
#include "passes/planar.h"
#include "passes/rewrite.h"

enum { MAX_STEPS = 5 };

/* What a step reads, where that is not the number of the step before it. */
enum { ANYTHING = -1, SAME_AS_FIRST = -2, GRAPH_INPUT = -3 };

struct step {
    bool (*matches)(const struct node *node);
    int reads; /* the step whose only reader this one is, or one of the above */
};

struct pattern {
    enum unit_kind kind;
    int length;
    bool two_ends; /* steps 1 and the last, which some node reads both */
    struct step steps[MAX_STEPS];
};

static bool is_convolution(const struct node *node) {
    return node->op == OP_Conv;
}

static bool is_pointwise(const struct node *node) {
    const struct Conv_attributes *conv = &node->attributes.Conv;
    return node->op == OP_Conv && conv->group == 1 && ints_are_all(&conv->kernel_shape, 1) &&
           ints_are_all(&conv->strides, 1) && ints_are_all(&conv->pads, 0);
}

static bool is_depthwise(const struct node *node) {
    const struct value *weights = node->op == OP_Conv ? node->inputs[1] : NULL;
    return weights && weights->shape.dims[0] == node->attributes.Conv.group &&
           weights->shape.dims[1] == 1;
}

static bool is_strided_depthwise(const struct node *node) {
    return is_depthwise(node) && ints_are_all(&node->attributes.Conv.strides, 2);
}

static bool is_max_pool(const struct node *node) {
    return node->op == OP_MaxPool;
}

static bool is_global_pool(const struct node *node) {
    return node->op == OP_GlobalAveragePool;
}

/* Tried in this order. */
static const struct pattern patterns[] = {
    {UNIT_OPENING,
     5,
     true,
     {{is_strided_depthwise, ANYTHING},
      {is_pointwise, 0},
      {is_pointwise, SAME_AS_FIRST},
      {is_strided_depthwise, 2},
      {is_pointwise, 3}}},
    {UNIT_UNIT, 3, false, {{is_pointwise, ANYTHING}, {is_depthwise, 0}, {is_pointwise, 1}}},
    {UNIT_STEM, 2, false, {{is_convolution, GRAPH_INPUT}, {is_max_pool, 0}}},
    {UNIT_TAIL, 2, false, {{is_convolution, ANYTHING}, {is_global_pool, 0}}},
};

struct marker {
    struct node **nodes; /* in canonical order */
    int32_t count;
    int32_t *uses;
    struct readers readers;
};

static bool reads(const struct node *node, const struct value *value) {
    for (int32_t i = 0; node && i < node->input_count; i++)
        if (node->inputs[i] == value)
            return true;
    return false;
}

/* A graph input, or one that was channels-last or of bytes: its reader takes them too. */
static bool is_graph_input(const struct value *value) {
    if (value->producer && value->producer->op == OP_ChannelView)
        value = value->producer->inputs[0];
    if (value->producer && value->producer->op == OP_Preprocess)
        return true;
    if (value->producer && is_transpose(value->producer, to_planar))
        value = value->producer->inputs[0];
    return !value->producer && !value_is_constant(value);
}

static bool step_matches(const struct marker *marker, const struct step *step,
                         struct node *const *nodes, const struct node *node) {
    const struct value *input = node->inputs[0];
    if (!step->matches(node))
        return false;
    switch (step->reads) {
    case ANYTHING:
        return true;
    case SAME_AS_FIRST:
        return input == nodes[0]->inputs[0];
    case GRAPH_INPUT:
        return is_graph_input(input);
    default:
        return input == nodes[step->reads]->outputs[0] && marker->uses[input->id] == 1;
    }
}

static bool read_together(const struct marker *marker, const struct value *a,
                          const struct value *b) {
    const struct readers *readers = &marker->readers;
    for (int32_t r = readers->start[a->id]; r < readers->start[a->id + 1]; r++)
        if (reads(readers->list[r].node, b))
            return true;
    return false;
}

static bool pattern_matches(const struct marker *marker, const struct pattern *pattern,
                            int32_t first) {
    struct node *const *nodes = marker->nodes + first;
    if (pattern->length > marker->count - first)
        return false;
    for (int i = 0; i < pattern->length; i++)
        if (!step_matches(marker, &pattern->steps[i], nodes, nodes[i]))
            return false;
    return !pattern->two_ends ||
           read_together(marker, nodes[1]->outputs[0], nodes[pattern->length - 1]->outputs[0]);
}

/* The length of the pattern that matches at `first`, whose nodes are marked as unit number
 * `number`; 0 where none does. */
static int mark(const struct marker *marker, int32_t first, int number) {
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
        if (!pattern_matches(marker, &patterns[p], first))
            continue;
        for (int i = 0; i < patterns[p].length; i++) {
            marker->nodes[first + i]->unit = number;
            marker->nodes[first + i]->unit_kind = patterns[p].kind;
        }
        return patterns[p].length;
    }
    return 0;
}

enum snv2_status pass_unit_marks(struct graph *graph, struct arena *scratch, int *changes,
                                 struct snv2_diagnostic *diagnostic) {
    struct marker marker = {.count = 0};
    marker.nodes = graph_canonical_order(graph, scratch, &marker.count);
    marker.uses = graph_count_uses(graph, scratch);
    if (!marker.nodes || !marker.uses || !graph_find_readers(graph, scratch, &marker.readers))
        return diagnose_no_memory(diagnostic);

    *changes = 0;
    for (int32_t n = 0; n < marker.count;) {
        int length = mark(&marker, n, *changes + 1);
        *changes += length > 0;
        n += length > 0 ? length : 1;
    }
    return SNV2_OK;
}
