/* Rewrites a graph to a plan of channel orders (order_plan.h). Every value whose order changes
 * gives way to a new one, since its meaning changes; constants are permuted into new ones, since
 * others may read them too. */
#include "passes/order_plan.h"

#include "passes/rewrite.h"

#include <string.h>

struct rewriter {
    const struct order_plan *plan;
    struct graph *graph;
    struct view_builder builder;
    struct value **renamed;   /* by value id: what stands for it in the new order, or NULL */
    struct channel *channels; /* of the view at hand */
    struct channel *sorted;
    int32_t *from; /* of order_plan_sort */
    int changes;
};

/* ---- constants ---- */

/* result[.., p, ..] = tensor[.., orders[d][p], ..] in each dimension d that has an order. The order
 * in dimension 1 is one of the channels of all groups, of which each belongs to as many rows. */
static void *permute(const struct tensor *tensor, const int32_t *const orders[MAX_RANK],
                     int32_t groups, struct arena *arena) {
    const struct shape *shape = &tensor->shape;
    int last = shape->rank - 1; /* the innermost permuted dimension: behind it, bytes move as one */
    while (last > 0 && !orders[last])
        last--;
    size_t piece = (size_t)shape_product(shape, last + 1, shape->rank) * dtype_bytes(tensor->dtype);
    int64_t pieces = shape_product(shape, 0, last + 1);
    char *result = arena_alloc(arena, (size_t)pieces, piece);
    int64_t index[MAX_RANK] = {0};
    for (int64_t i = 0; result && i < pieces; i++) {
        int64_t source = 0;
        for (int d = 0; d <= last; d++) {
            int64_t first = d == 1 ? index[0] / (shape->dims[0] / groups) * shape->dims[1] : 0;
            source = source * shape->dims[d] +
                     (orders[d] ? orders[d][first + index[d]] - first : index[d]);
        }
        memcpy(result + (size_t)i * piece, (const char *)tensor->data + (size_t)source * piece,
               piece);
        for (int d = last; d >= 0 && ++index[d] == shape->dims[d]; d--)
            index[d] = 0;
    }
    return result;
}

/* Permutes the operand along the node's output channels and along its input's, where it has such a
 * dimension. False where memory ran out. */
static bool permute_constant(struct graph *graph, struct node *node, int32_t operand,
                             const int32_t *output_order, const int32_t *input_order) {
    const int axes[] = {output_channel_axis(node, operand), input_channel_axis(node, operand)};
    const int32_t *const along[] = {output_order, input_order};
    const int32_t *orders[MAX_RANK] = {NULL};
    bool permuted = false;
    for (int i = 0; i < 2; i++) {
        if (axes[i] < 0 || !along[i])
            continue;
        orders[axes[i]] = along[i];
        permuted = true;
    }
    if (!permuted)
        return true;
    const struct value *old = node->inputs[operand];
    struct tensor tensor = value_tensor(old);
    int32_t groups = along[1] ? channel_groups(node) : 1;
    const void *data = permute(&tensor, orders, groups, graph->arena);
    const char *base = arena_printf(graph->arena, "%s.ordered", old->name);
    if (!data || !base)
        return false;
    node->inputs[operand] = add_constant(graph, base, old->dtype, &old->shape, data);
    return node->inputs[operand];
}

/* ---- values in a new order ---- */

/* A value that holds the channels of `value` in another order. */
static struct value *add_ordered_value(struct graph *graph, const struct value *value) {
    const char *base = arena_printf(graph->arena, "%s.ordered", value->name);
    const char *name = base ? graph_unique_name(graph, base) : NULL;
    return name ? graph_add_value(graph, name, value->dtype, &value->shape) : NULL;
}

static bool add_ordered_values(struct rewriter *rewriter) {
    struct graph *graph = rewriter->graph;
    int32_t count = graph->value_count;
    for (int32_t v = 0; v < count; v++) {
        struct value *value = graph->values[v];
        if (!value->producer || value_is_constant(value) ||
            !planned_order(rewriter->plan, value).natural)
            continue;
        rewriter->renamed[v] = add_ordered_value(graph, value);
        if (!rewriter->renamed[v])
            return false;
    }
    return true;
}

static void rename_outputs(struct rewriter *rewriter, struct node *node) {
    for (int32_t i = 0; i < node->output_count; i++) {
        struct value *value = node->outputs[i], *ordered = rewriter->renamed[value->id];
        if (!ordered)
            continue;
        value->producer = NULL;
        node_set_output(node, i, ordered);
    }
}

/* A graph output keeps its name and its order: it becomes a view of the new value. */
static bool restore_output(struct rewriter *rewriter, struct value *output, struct value *ordered) {
    const int32_t *position = planned_order(rewriter->plan, output).position;
    int32_t count = channel_count(output);
    for (int32_t c = 0; c < count; c++)
        rewriter->channels[c] = (struct channel){ordered, position[c]};
    struct node *producer = ordered->producer;
    return view_insert(&rewriter->builder, producer->next, producer->name, output,
                       rewriter->channels, count);
}

static bool restore_outputs(struct rewriter *rewriter) {
    for (int32_t i = 0; i < rewriter->graph->output_count; i++) {
        struct value *output = rewriter->graph->outputs[i];
        struct value *ordered = rewriter->renamed[output->id];
        if (ordered && !output->producer && !restore_output(rewriter, output, ordered))
            return false;
    }
    return true;
}

static void rename_channels(const struct rewriter *rewriter, struct channel *channels,
                            int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        struct value *ordered = rewriter->renamed[channels[i].value->id];
        if (ordered)
            channels[i].value = ordered;
    }
}

/* ---- reads through views ---- */

/* Lists where the view's channels lie by the plan. */
static void place_view(struct rewriter *rewriter, const struct node *view) {
    view_channels(view, rewriter->channels);
    order_plan_place(rewriter->plan, rewriter->channels, channel_count(view->outputs[0]));
}

/* The value that holds `channels`, which are those of `view` in another order: an existing one or a
 * new view before `reader`; a new one that says what another says is left unread. NULL where memory
 * ran out. */
static struct value *view_in_order(struct rewriter *rewriter, const struct node *view,
                                   struct node *reader, struct channel *channels) {
    const struct value *value = view->outputs[0];
    int32_t count = channel_count(value);
    rename_channels(rewriter, channels, count);
    struct value *whole = whole_value(channels, count);
    if (whole)
        return whole;
    struct value *output = add_ordered_value(rewriter->graph, value);
    struct node *node =
        output ? view_insert(&rewriter->builder, reader, view->name, output, channels, count)
               : NULL;
    if (!node)
        return NULL;
    return view_unique(&rewriter->builder, node)->outputs[0];
}

/* Lets operand number `operand` of `reader` read its view in the order `natural`. */
static bool read_in_order(struct rewriter *rewriter, struct node *reader, int32_t operand,
                          const int32_t *natural) {
    const struct node *view = reader->inputs[operand]->producer;
    place_view(rewriter, view);
    for (int32_t i = 0; i < channel_count(view->outputs[0]); i++)
        rewriter->sorted[i] = rewriter->channels[natural[i]];
    reader->inputs[operand] = view_in_order(rewriter, view, reader, rewriter->sorted);
    return reader->inputs[operand];
}

/* Lets a FREE reader read its view in sorted order, group by group; *order is that order, NULL
 * where the view had it already. */
static bool read_sorted(struct rewriter *rewriter, struct node *reader, const int32_t **order) {
    const struct node *view = reader->inputs[0]->producer;
    int32_t count = channel_count(view->outputs[0]);
    place_view(rewriter, view);
    bool sorted = order_plan_sort(rewriter->plan, rewriter->channels, count,
                                  count / channel_groups(reader), rewriter->from);
    *order = sorted ? NULL : rewriter->from;
    if (sorted && !whole_value(rewriter->channels, count))
        return true;
    rewriter->changes += !sorted;
    reader->inputs[0] = view_in_order(rewriter, view, reader, rewriter->channels);
    return reader->inputs[0];
}

/* ---- nodes ---- */

static bool rewrite_node(struct rewriter *rewriter, struct node *node) {
    enum channel_trait trait = node_channel_trait(node);
    const int32_t *output_order = planned_order(rewriter->plan, node->outputs[0]).natural;
    const int32_t *input_order = NULL; /* of a FREE node's data */
    for (int32_t i = 0; i < node->input_count; i++) {
        struct value *value = node->inputs[i];
        if (!value || value_is_constant(value))
            continue;
        bool free_read = trait == TRAIT_FREE && i == 0, done = true;
        if (is_view(value->producer)) {
            if (free_read)
                done = read_sorted(rewriter, node, &input_order);
            else if (output_order && is_tied_operand(node, i))
                done = read_in_order(rewriter, node, i, output_order);
        } else if (rewriter->renamed[value->id]) {
            if (free_read)
                input_order = planned_order(rewriter->plan, value).natural;
            node->inputs[i] = rewriter->renamed[value->id];
        }
        if (!done)
            return false;
    }
    for (int32_t i = 0; i < node->input_count; i++)
        if (node->inputs[i] && value_is_constant(node->inputs[i]) &&
            !permute_constant(rewriter->graph, node, i, output_order, input_order))
            return false;
    rename_outputs(rewriter, node);
    return true;
}

/* The views that were there say the same of the new values. */
static bool rewrite_view(struct rewriter *rewriter, struct node *view) {
    int32_t count = channel_count(view->outputs[0]);
    place_view(rewriter, view);
    rename_channels(rewriter, rewriter->channels, count);
    return view_set_channels(&rewriter->builder, view, rewriter->channels, count);
}

static bool rewriter_init(struct rewriter *rewriter, const struct order_plan *plan) {
    struct arena *scratch = plan->scratch;
    size_t most = (size_t)plan->most_channels;
    *rewriter = (struct rewriter){.plan = plan, .graph = plan->graph};
    rewriter->renamed =
        arena_alloc(scratch, (size_t)plan->graph->value_count, sizeof *rewriter->renamed);
    rewriter->channels = arena_alloc(scratch, most, sizeof *rewriter->channels);
    rewriter->sorted = arena_alloc(scratch, most, sizeof *rewriter->sorted);
    rewriter->from = arena_alloc(scratch, most, sizeof *rewriter->from);
    return rewriter->renamed && rewriter->channels && rewriter->sorted && rewriter->from;
}

/* The nodes as they stand before any is added, and how many reads there are. */
static struct node **list_nodes(const struct order_plan *plan, int32_t *reads) {
    struct node **nodes =
        arena_alloc(plan->scratch, (size_t)plan->graph->node_count, sizeof *nodes);
    int32_t count = 0;
    *reads = 0;
    for (struct node *node = plan->graph->first; nodes && node; node = node->next) {
        nodes[count++] = node;
        *reads += node->input_count;
    }
    return nodes;
}

enum snv2_status order_plan_apply(const struct order_plan *plan, int *changes,
                                  struct snv2_diagnostic *diagnostic) {
    struct rewriter rewriter;
    int32_t count = plan->graph->node_count, reads;
    struct node **nodes = list_nodes(plan, &reads);
    bool done = nodes && rewriter_init(&rewriter, plan) && add_ordered_values(&rewriter) &&
                view_builder_init(&rewriter.builder, plan->graph, plan->scratch, reads);
    for (int32_t n = 0; n < count && done; n++)
        done = is_view(nodes[n]) || rewrite_node(&rewriter, nodes[n]);
    for (int32_t n = 0; n < count && done; n++)
        done = !is_view(nodes[n]) || rewrite_view(&rewriter, nodes[n]);
    if (!done || !restore_outputs(&rewriter))
        return diagnose_no_memory(diagnostic);
    *changes = rewriter.changes;
    return SNV2_OK;
}
