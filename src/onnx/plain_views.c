/* ChannelViews as Split, Slice, Concat and Gather; see plain.h. */
#include "onnx/plain.h"

#include <string.h>

/* Some channels of a value that a Concat reads, or that are all of a view. */
struct part {
    struct part *next; /* by first channel, count and step */
    struct channel_run run;
    struct value *value;
};

struct speller {
    struct graph *graph;
    struct arena *scratch;
    struct part **parts; /* by value id */
    struct snv2_diagnostic *diagnostic;
};

static enum snv2_status no_memory(const struct speller *speller) {
    return diagnose_no_memory(speller->diagnostic);
}

static int64_t channels_of(const struct value *value) {
    return value->shape.dims[1];
}

/* Whether runs are so short that channels are better copied one by one. */
static bool is_gathered(const struct node *view) {
    int32_t runs = view->attributes.ChannelView.runs.count;
    return runs > 1 && (view->input_count == 1 || runs > 2 * view->input_count);
}

static bool is_whole(const struct channel_run *run, const struct value *value) {
    return run->first == 0 && run->step == 1 && run->count == channels_of(value);
}

static int compare_runs(const struct channel_run *a, const struct channel_run *b) {
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    return a->step < b->step ? -1 : a->step > b->step;
}

/* Where the part stands in the list of its value, or would stand. */
static struct part **find_part(const struct speller *speller, const struct value *value,
                               const struct channel_run *run) {
    struct part **place = &speller->parts[value->id];
    while (*place && compare_runs(&(*place)->run, run) < 0)
        place = &(*place)->next;
    return place;
}

static bool add_part(struct speller *speller, const struct value *value,
                     const struct channel_run *run) {
    struct part **place = find_part(speller, value, run);
    if (*place && compare_runs(&(*place)->run, run) == 0)
        return true;
    struct part *part = arena_alloc(speller->scratch, 1, sizeof *part);
    if (!part)
        return false;
    *part = (struct part){.next = *place, .run = *run};
    *place = part;
    return true;
}

static bool add_parts(struct speller *speller, const struct node *view) {
    const struct channel_runs *runs = &view->attributes.ChannelView.runs;
    for (int32_t i = 0; i < runs->count; i++) {
        const struct value *value = view->inputs[runs->runs[i].input];
        if (!is_whole(&runs->runs[i], value) && !add_part(speller, value, &runs->runs[i]))
            return false;
    }
    return true;
}

/* ---- making the parts ---- */

/* How many parts the value falls into, where they are all of it in order; else 0. */
static int32_t count_tiles(const struct value *value, const struct part *parts) {
    int64_t end = 0;
    int32_t count = 0;
    for (const struct part *part = parts; part; part = part->next, count++) {
        if (part->run.first != end || part->run.step != 1)
            return 0;
        end += part->run.count;
    }
    return end == channels_of(value) ? count : 0;
}

static enum snv2_status split(struct speller *speller, struct value *value, struct node *before,
                              int32_t count) {
    struct graph *graph = speller->graph;
    int64_t *sizes = arena_alloc(speller->scratch, (size_t)count, sizeof *sizes);
    const char *name = arena_printf(graph->arena, "%s/split", value->name);
    struct node *node =
        sizes && name ? plain_insert(graph, before, OP_Split, name, 2, count) : NULL;
    if (!node)
        return no_memory(speller);
    int32_t i = 0;
    for (struct part *part = speller->parts[value->id]; part; part = part->next, i++) {
        sizes[i] = part->run.count;
        part->value = node->outputs[i];
    }
    node->attributes.Split.axis = 1;
    node->inputs[0] = value;
    node->inputs[1] = plain_integers(graph, name, sizes, count);
    return node->inputs[1] ? infer_node(graph, node, speller->diagnostic) : no_memory(speller);
}

static enum snv2_status slice(struct speller *speller, struct value *value, struct node *before,
                              struct part *part) {
    struct graph *graph = speller->graph;
    const struct channel_run *run = &part->run;
    int64_t end = run->first + (int64_t)run->count * run->step;
    if (end < 0)
        end = INT64_MIN; /* before channel 0: -1 would be the last one */
    const int64_t limits[] = {run->first, end, 1, run->step};
    const char *name = arena_printf(graph->arena, "%s/slice", value->name);
    struct node *node = name ? plain_insert(graph, before, OP_Slice, name, 5, 1) : NULL;
    if (!node)
        return no_memory(speller);
    node->inputs[0] = value;
    for (int i = 0; i < 4; i++)
        if (!(node->inputs[1 + i] = plain_integers(graph, name, &limits[i], 1)))
            return no_memory(speller);
    part->value = node->outputs[0];
    return infer_node(graph, node, speller->diagnostic);
}

/* Right behind the value, so that it stands before all readers. */
static enum snv2_status make_parts(struct speller *speller, struct value *value) {
    struct part *parts = speller->parts[value->id];
    struct node *before = value->producer ? value->producer->next : speller->graph->first;
    int32_t tiles = count_tiles(value, parts);
    if (tiles > 0)
        return split(speller, value, before, tiles);
    enum snv2_status status = SNV2_OK;
    for (struct part *part = parts; part && status == SNV2_OK; part = part->next)
        status = slice(speller, value, before, part);
    return status;
}

/* ---- views ---- */

static struct value *part_value(const struct speller *speller, struct value *value,
                                const struct channel_run *run) {
    return is_whole(run, value) ? value : (*find_part(speller, value, run))->value;
}

static enum snv2_status concatenate(struct speller *speller, struct node *view,
                                    struct value *const *values, int32_t count,
                                    struct node **concat) {
    *concat = plain_insert(speller->graph, view, OP_Concat, view->name, count, 1);
    if (!*concat)
        return no_memory(speller);
    memcpy((*concat)->inputs, values, (size_t)count * sizeof *values);
    (*concat)->attributes.Concat.axis = 1;
    return infer_node(speller->graph, *concat, speller->diagnostic);
}

static enum snv2_status concatenate_parts(struct speller *speller, struct node *view) {
    const struct channel_runs *runs = &view->attributes.ChannelView.runs;
    struct value **values = arena_alloc(speller->scratch, (size_t)runs->count, sizeof *values);
    struct node *concat;
    if (!values)
        return no_memory(speller);
    for (int32_t i = 0; i < runs->count; i++)
        values[i] = part_value(speller, view->inputs[runs->runs[i].input], &runs->runs[i]);
    enum snv2_status status = concatenate(speller, view, values, runs->count, &concat);
    if (status == SNV2_OK)
        plain_take_over(speller->graph, view, concat);
    return status;
}

/* The places, in the concatenation of the view's inputs, of its channels. */
static int64_t *gathered_channels(const struct speller *speller, const struct node *view) {
    const struct channel_runs *runs = &view->attributes.ChannelView.runs;
    int64_t *channels =
        arena_alloc(speller->scratch, (size_t)channels_of(view->outputs[0]), sizeof *channels);
    int64_t *next = channels;
    for (int32_t i = 0; i < runs->count && next; i++) {
        const struct channel_run *run = &runs->runs[i];
        int64_t start = run->first;
        for (int32_t k = 0; k < run->input; k++)
            start += channels_of(view->inputs[k]);
        for (int32_t c = 0; c < run->count; c++)
            *next++ = start + (int64_t)c * run->step;
    }
    return channels;
}

static enum snv2_status gather(struct speller *speller, struct node *view) {
    struct graph *graph = speller->graph;
    struct value *source = view->inputs[0];
    enum snv2_status status = SNV2_OK;
    if (view->input_count > 1) {
        struct node *concat;
        status = concatenate(speller, view, view->inputs, view->input_count, &concat);
        if (status != SNV2_OK)
            return status;
        source = concat->outputs[0];
    }
    int64_t *channels = gathered_channels(speller, view);
    struct value *indices =
        channels ? plain_integers(graph, view->name, channels, channels_of(view->outputs[0]))
                 : NULL;
    struct node *node = indices ? plain_insert(graph, view, OP_Gather, view->name, 2, 1) : NULL;
    if (!node)
        return no_memory(speller);
    node->inputs[0] = source;
    node->inputs[1] = indices;
    node->attributes.Gather.axis = 1;
    status = infer_node(graph, node, speller->diagnostic);
    if (status == SNV2_OK)
        plain_take_over(graph, view, node);
    return status;
}

/* Views of one run: their readers read the part. */
static enum snv2_status replace_single_runs(struct speller *speller) {
    struct graph *graph = speller->graph;
    struct value **replacement =
        arena_alloc(speller->scratch, (size_t)graph->value_count, sizeof *replacement);
    if (!replacement)
        return no_memory(speller);
    for (const struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_ChannelView) {
            const struct channel_run *run = node->attributes.ChannelView.runs.runs;
            replacement[node->outputs[0]->id] = part_value(speller, node->inputs[run->input], run);
        }
    enum snv2_status status = graph_replace(graph, replacement, speller->diagnostic);
    for (struct node *node = graph->first, *next; node && status == SNV2_OK; node = next) {
        next = node->next;
        if (node->op == OP_ChannelView)
            graph_remove_node(graph, node);
    }
    return status;
}

enum snv2_status plain_views(struct graph *graph, struct arena *scratch,
                             struct snv2_diagnostic *diagnostic) {
    int32_t value_count = graph->value_count;
    struct speller speller = {
        .graph = graph,
        .scratch = scratch,
        .parts = arena_alloc(scratch, (size_t)value_count, sizeof *speller.parts),
        .diagnostic = diagnostic,
    };
    if (!speller.parts)
        return diagnose_no_memory(diagnostic);
    for (struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_ChannelView && !is_gathered(node) && !add_parts(&speller, node))
            return diagnose_no_memory(diagnostic);
    enum snv2_status status = SNV2_OK;
    for (int32_t v = 0; v < value_count && status == SNV2_OK; v++)
        if (speller.parts[v])
            status = make_parts(&speller, graph->values[v]);
    for (struct node *node = graph->first, *next; node && status == SNV2_OK; node = next) {
        next = node->next;
        if (node->op != OP_ChannelView)
            continue;
        if (is_gathered(node))
            status = gather(&speller, node);
        else if (node->attributes.ChannelView.runs.count > 1)
            status = concatenate_parts(&speller, node);
    }
    return status == SNV2_OK ? replace_single_runs(&speller) : status;
}
