/* Moves what runs in the channels-last layout to the planar one, where Transposes meet and vanish.
 *
 *   Conv ─ Transpose 0,2,3,1 ─ Relu ─ Transpose 0,3,1,2 ─ Conv    ->    Conv ─ Relu ─ Conv
 *
 * Keras and TensorFlow compute on [N H W C]; ONNX convolutions do not, so exporters put a Transpose
 * on each side. A node that has a planar form (planar.h) and stands behind such a Transpose, or
 * before one, is rewritten to it; Transposes appear where the planar region ends. Regions are what
 * rewritten nodes share values with; each is rewritten only where no Transpose is gained by not
 * doing so. Graph inputs and outputs keep their layout, by one Transpose.
 *
 * Needs inferred shapes and last_axis_gather before; constants are transposed now. It pays because
 * every other pass then knows one layout, and because a Transpose copies a whole feature map. */
#include "passes/pass.h"
#include "passes/planar.h"
#include "passes/rewrite.h"

#include <string.h>

struct region {
    int32_t vanishing; /* Transposes that the region stands between */
    int32_t needed;    /* Transposes at its ends when it is planar */
};

struct layouts {
    struct graph *graph;
    struct arena *scratch;
    struct node **nodes; /* as they stood before any is rewritten */
    int32_t node_count;
    struct readers readers;

    /* By value id, for those that were there. */
    int32_t *parent;            /* union-find of regions */
    struct region *regions;     /* of the value that stands for its region */
    bool *is_wanted;            /* its planar form is read somewhere */
    bool *is_inner;             /* a rewritable node makes it */
    bool *is_rewritable;        /* the node is whose first output it is */
    struct value **planar;      /* its planar form, where there is one by now */
    struct value **replacement; /* what stands for it by now */
};

/* ---- which nodes may be rewritten ---- */

static bool makes_wanted(const struct layouts *layouts, const struct node *node) {
    for (int32_t i = 0; i < node->output_count; i++)
        if (is_map(node->outputs[i]) && layouts->is_wanted[node->outputs[i]->id])
            return true;
    return false;
}

/* From the last node to the first: what is read by a Transpose to planar, or by a node that has a
 * planar form and whose result is wanted. */
static void mark_wanted(struct layouts *layouts) {
    for (int32_t n = layouts->node_count - 1; n >= 0; n--) {
        const struct node *node = layouts->nodes[n];
        bool wants =
            is_transpose(node, to_planar) || (has_planar_form(node) && makes_wanted(layouts, node));
        for (int32_t i = 0; wants && i < node->input_count; i++)
            if (is_map(node->inputs[i]))
                layouts->is_wanted[node->inputs[i]->id] = true;
    }
}

/* Whether the planar form of the value comes without a Transpose. */
static bool has_planar_source(const struct layouts *layouts, const struct value *value) {
    return layouts->is_inner[value->id] ||
           (value->producer && is_transpose(value->producer, to_channels_last));
}

static bool may_be_rewritten(const struct layouts *layouts, const struct node *node) {
    if (!has_planar_form(node))
        return false;
    bool may = makes_wanted(layouts, node);
    for (int32_t i = 0; i < node->input_count && !may; i++)
        may = is_map(node->inputs[i]) && has_planar_source(layouts, node->inputs[i]);
    return may;
}

/* ---- regions ---- */

static int32_t find_region(const struct layouts *layouts, const struct value *value) {
    int32_t id = value->id;
    while (layouts->parent[id] != id) {
        layouts->parent[id] = layouts->parent[layouts->parent[id]];
        id = layouts->parent[id];
    }
    return id;
}

/* The node's maps are of one region; *known is one of them, NULL before the first. */
static void join(const struct layouts *layouts, const struct value *value,
                 const struct value **known) {
    if (*known)
        layouts->parent[find_region(layouts, value)] = find_region(layouts, *known);
    *known = value;
}

static void find_rewritable(struct layouts *layouts) {
    for (int32_t n = 0; n < layouts->node_count; n++) {
        const struct node *node = layouts->nodes[n];
        if (!may_be_rewritten(layouts, node))
            continue;
        layouts->is_rewritable[node->outputs[0]->id] = true;
        const struct value *known = NULL;
        for (int32_t i = 0; i < node->input_count; i++) {
            if (!is_map(node->inputs[i]))
                continue;
            join(layouts, node->inputs[i], &known);
            layouts->is_wanted[node->inputs[i]->id] = true;
        }
        for (int32_t i = 0; i < node->output_count; i++) {
            if (!is_map(node->outputs[i]))
                continue;
            join(layouts, node->outputs[i], &known);
            layouts->is_inner[node->outputs[i]->id] = true;
        }
    }
}

/* Whether the channels-last form of the value is read when its region is planar. */
static bool is_read_outside(const struct layouts *layouts, const struct value *value) {
    const struct readers *readers = &layouts->readers;
    for (int32_t r = readers->start[value->id]; r < readers->start[value->id + 1]; r++) {
        const struct node *reader = readers->list[r].node;
        if (!reader ||
            (!is_transpose(reader, to_planar) && !layouts->is_rewritable[reader->outputs[0]->id]))
            return true;
    }
    return false;
}

static void count_transposes(struct layouts *layouts) {
    for (int32_t n = 0; n < layouts->node_count; n++) {
        const struct node *node = layouts->nodes[n];
        if (is_transpose(node, to_planar))
            layouts->regions[find_region(layouts, node->inputs[0])].vanishing++;
        if (is_transpose(node, to_channels_last) && !is_read_outside(layouts, node->outputs[0]))
            layouts->regions[find_region(layouts, node->outputs[0])].vanishing++;
    }
    for (int32_t v = 0; v < layouts->graph->value_count; v++) {
        const struct value *value = layouts->graph->values[v];
        struct region *region = &layouts->regions[find_region(layouts, value)];
        if (layouts->is_inner[v])
            region->needed += is_read_outside(layouts, value);
        else if (layouts->is_wanted[v])
            region->needed += !has_planar_source(layouts, value);
    }
}

static bool pays(const struct layouts *layouts, const struct value *value) {
    const struct region *region = &layouts->regions[find_region(layouts, value)];
    return region->vanishing > 0 && region->needed <= region->vanishing;
}

/* ---- rewriting ---- */

/* A value of that shape with its dimensions moved by `perm`, called after `value`. */
static struct value *add_transposed(struct graph *graph, const struct value *value,
                                    const int64_t perm[4]) {
    struct shape shape = {.rank = 4};
    for (int i = 0; i < 4; i++)
        shape.dims[i] = value->shape.dims[perm[i]];
    const char *base = arena_printf(graph->arena, "%s.planar", value->name);
    const char *name = base ? graph_unique_name(graph, base) : NULL;
    return name ? graph_add_value(graph, name, value->dtype, &shape) : NULL;
}

static bool insert_transpose(struct graph *graph, struct node *before, const int64_t perm[4],
                             const char *name, struct value *from, struct value *to) {
    struct node *transpose = graph_insert_node(graph, before, OP_Transpose, name, 1, 1);
    if (!transpose || !to)
        return false;
    transpose->inputs[0] = from;
    transpose->attributes.Transpose.perm.count = 4;
    for (int i = 0; i < 4; i++)
        transpose->attributes.Transpose.perm.values[i] = perm[i];
    node_set_output(transpose, 0, to);
    return true;
}

/* The planar form of `value`; a Transpose before `reader` makes it where there is none. */
static struct value *planar_form(struct layouts *layouts, struct value *value,
                                 struct node *reader) {
    struct value **planar = &layouts->planar[value->id];
    if (!*planar) {
        struct value *added = add_transposed(layouts->graph, value, to_planar);
        if (!insert_transpose(layouts->graph, reader, to_planar, value->name, value, added))
            return NULL;
        *planar = added;
    }
    return *planar;
}

/* Outputs of `node` become those of its planar form `planar`, and Transposes behind make them again
 * for whoever wants them. */
static bool move_outputs(struct layouts *layouts, struct node *node, struct node *planar) {
    struct graph *graph = layouts->graph;
    struct node *before = node->next;
    graph_remove_node(graph, node);
    for (int32_t i = 0; i < node->output_count; i++) {
        struct value *output = node->outputs[i];
        if (!is_map(output)) {
            node_set_output(planar, i, output);
            continue;
        }
        struct value *added = add_transposed(graph, output, to_planar);
        if (!added)
            return false;
        node_set_output(planar, i, added);
        layouts->planar[output->id] = added;
        if (!insert_transpose(graph, before, to_channels_last, node->name, added, output))
            return false;
    }
    return true;
}

static enum snv2_status rewrite(struct layouts *layouts, struct node *node,
                                struct snv2_diagnostic *diagnostic) {
    struct value **operands =
        arena_alloc(layouts->scratch, (size_t)node->input_count, sizeof *operands);
    if (!operands)
        return diagnose_no_memory(diagnostic);
    for (int32_t i = 0; i < node->input_count; i++) {
        if (!is_map(node->inputs[i]))
            continue;
        operands[i] = planar_form(layouts, node->inputs[i], node);
        if (!operands[i])
            return diagnose_no_memory(diagnostic);
    }
    struct node *planar = insert_planar_form(layouts->graph, node, operands);
    if (!planar || !move_outputs(layouts, node, planar))
        return diagnose_no_memory(diagnostic);
    return infer_node(layouts->graph, planar, diagnostic);
}

/* Its result is the planar form of its operand, maybe one that is there already. */
static void meet_transpose(struct layouts *layouts, const struct node *transpose, int *changes) {
    struct value **planar = &layouts->planar[transpose->inputs[0]->id];
    struct value *output = transpose->outputs[0];
    if (!*planar) {
        *planar = output;
    } else {
        layouts->replacement[output->id] = *planar;
        ++*changes;
    }
}

/* One of the node's maps. */
static const struct value *region_member(const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++)
        if (is_map(node->inputs[i]))
            return node->inputs[i];
    return node->outputs[0];
}

static enum snv2_status rewrite_all(struct layouts *layouts, int *changes,
                                    struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    for (int32_t n = 0; n < layouts->node_count && status == SNV2_OK; n++) {
        struct node *node = layouts->nodes[n];
        if (is_transpose(node, to_planar)) {
            meet_transpose(layouts, node, changes);
        } else if (is_transpose(node, to_channels_last)) {
            layouts->planar[node->outputs[0]->id] = node->inputs[0];
        } else if (layouts->is_rewritable[node->outputs[0]->id] &&
                   pays(layouts, region_member(node))) {
            status = rewrite(layouts, node, diagnostic);
            ++*changes;
        }
    }
    return status;
}

static bool allocate(struct layouts *layouts, struct graph *graph, struct arena *scratch) {
    size_t values = (size_t)graph->value_count, nodes = (size_t)graph->node_count;
    *layouts = (struct layouts){.graph = graph, .scratch = scratch};
    layouts->nodes = arena_alloc(scratch, nodes, sizeof *layouts->nodes);
    layouts->is_rewritable = arena_alloc(scratch, values, sizeof *layouts->is_rewritable);
    layouts->parent = arena_alloc(scratch, values, sizeof *layouts->parent);
    layouts->regions = arena_alloc(scratch, values, sizeof *layouts->regions);
    layouts->is_wanted = arena_alloc(scratch, values, sizeof *layouts->is_wanted);
    layouts->is_inner = arena_alloc(scratch, values, sizeof *layouts->is_inner);
    layouts->planar = arena_alloc(scratch, values, sizeof *layouts->planar);
    layouts->replacement = arena_alloc(scratch, values, sizeof *layouts->replacement);
    if (!layouts->nodes || !layouts->is_rewritable || !layouts->parent || !layouts->regions ||
        !layouts->is_wanted || !layouts->is_inner || !layouts->planar || !layouts->replacement)
        return false;
    for (int32_t v = 0; v < graph->value_count; v++)
        layouts->parent[v] = v;
    for (struct node *node = graph->first; node; node = node->next)
        layouts->nodes[layouts->node_count++] = node;
    return graph_find_readers(graph, scratch, &layouts->readers);
}

enum snv2_status pass_channels_last(struct graph *graph, struct arena *scratch, int *changes,
                                    struct snv2_diagnostic *diagnostic) {
    struct layouts layouts;
    size_t values = (size_t)graph->value_count;
    if (!allocate(&layouts, graph, scratch))
        return diagnose_no_memory(diagnostic);
    mark_wanted(&layouts);
    find_rewritable(&layouts);
    count_transposes(&layouts);
    enum snv2_status status = rewrite_all(&layouts, changes, diagnostic);
    if (status != SNV2_OK)
        return status;
    struct value **replacement =
        arena_alloc(scratch, (size_t)graph->value_count, sizeof *replacement);
    if (!replacement)
        return diagnose_no_memory(diagnostic);
    memcpy(replacement, layouts.replacement, values * sizeof *replacement);
    status = graph_replace(graph, replacement, diagnostic);
    return status == SNV2_OK ? remove_dead_nodes(graph, scratch, NULL, diagnostic) : status;
}
