/* ChannelViews as lists of channels, and back (views.h). */
#include "passes/views.h"

#include <string.h>

bool has_channels(const struct value *value) {
    return !value_is_constant(value) && dtype_is_real(value->dtype) && value->shape.rank >= 2 &&
           value->shape.rank <= 4 && value->shape.dims[1] >= 1 &&
           value->shape.dims[1] <= MAX_VIEW_CHANNELS;
}

int32_t most_channels(const struct graph *graph) {
    int32_t most = 0;
    for (int32_t v = 0; v < graph->value_count; v++)
        if (has_channels(graph->values[v]) && channel_count(graph->values[v]) > most)
            most = channel_count(graph->values[v]);
    return most;
}

bool is_view(const struct node *node) {
    return node && node->op == OP_ChannelView && has_channels(node->outputs[0]);
}

void view_channels(const struct node *view, struct channel *channels) {
    const struct channel_runs *runs = &view->attributes.ChannelView.runs;
    for (int32_t r = 0; r < runs->count; r++) {
        const struct channel_run *run = &runs->runs[r];
        for (int32_t i = 0; i < run->count; i++)
            *channels++ = (struct channel){view->inputs[run->input], run->first + i * run->step};
    }
}

/* The length of the run that starts the list: channels of one value, equally spaced. `count` is
 * positive; *step is 1 for a single channel. */
static int32_t first_run(const struct channel *channels, int32_t count, int32_t *step) {
    *step = 1;
    if (count < 2 || channels[1].value != channels[0].value ||
        channels[1].index == channels[0].index)
        return 1;
    *step = channels[1].index - channels[0].index;
    int32_t length = 2;
    while (length < count && channels[length].value == channels[0].value &&
           channels[length].index - channels[length - 1].index == *step)
        length++;
    return length;
}

static int32_t count_runs(const struct channel *channels, int32_t count) {
    int32_t runs = 0, step;
    for (int32_t i = 0; i < count; i += first_run(channels + i, count - i, &step))
        runs++;
    return runs;
}

struct value *whole_value(const struct channel *channels, int32_t count) {
    int32_t step;
    bool whole = channel_count(channels[0].value) == count &&
                 first_run(channels, count, &step) == count && step == 1;
    return whole ? channels[0].value : NULL;
}

bool view_builder_init(struct view_builder *builder, struct graph *graph, struct arena *scratch,
                       int32_t views) {
    *builder = (struct view_builder){.graph = graph, .slots = 2};
    while (builder->slots < 2 * (uint32_t)views)
        builder->slots *= 2;
    builder->operand = arena_alloc(scratch, (size_t)graph->value_count, sizeof *builder->operand);
    builder->table = arena_alloc(scratch, builder->slots, sizeof *builder->table);
    return builder->operand && builder->table;
}

bool view_set_channels(struct view_builder *builder, struct node *view,
                       const struct channel *channels, int32_t count) {
    struct arena *arena = builder->graph->arena;
    int32_t run_count = count_runs(channels, count);
    struct channel_run *runs = arena_alloc(arena, (size_t)run_count, sizeof *runs);
    struct value **inputs = arena_alloc(arena, (size_t)run_count, sizeof *inputs);
    if (!runs || !inputs)
        return false;
    int32_t input_count = 0, done = 0;
    for (int32_t r = 0; r < run_count; r++) {
        struct value *value = channels[done].value;
        int32_t *operand = &builder->operand[value->id];
        if (*operand == 0) {
            inputs[input_count++] = value;
            *operand = input_count;
        }
        runs[r].input = *operand - 1;
        runs[r].first = channels[done].index;
        runs[r].count = first_run(channels + done, count - done, &runs[r].step);
        done += runs[r].count;
    }
    for (int32_t i = 0; i < input_count; i++)
        builder->operand[inputs[i]->id] = 0;
    view->inputs = inputs;
    view->input_count = input_count;
    view->attributes.ChannelView.runs = (struct channel_runs){run_count, runs};
    return true;
}

struct node *view_insert(struct view_builder *builder, struct node *before, const char *name,
                         struct value *output, const struct channel *channels, int32_t count) {
    struct node *view = graph_insert_node(builder->graph, before, OP_ChannelView, name, 0, 1);
    if (!view || !view_set_channels(builder, view, channels, count))
        return NULL;
    node_set_output(view, 0, output);
    return view;
}

bool view_equal(const struct node *a, const struct node *b) {
    return a->input_count == b->input_count &&
           memcmp(a->inputs, b->inputs, (size_t)a->input_count * sizeof *a->inputs) == 0 &&
           attributes_equal(OP_ChannelView, &a->attributes, &b->attributes);
}

struct node *view_unique(struct view_builder *builder, struct node *view) {
    uint64_t hash = attributes_hash(OP_ChannelView, &view->attributes);
    for (int32_t i = 0; i < view->input_count; i++)
        hash = hash * 31 + (uint64_t)view->inputs[i]->id;
    uint32_t slot = (uint32_t)(hash ^ hash >> 32) & (builder->slots - 1);
    while (builder->table[slot] && !view_equal(builder->table[slot], view))
        slot = (slot + 1) & (builder->slots - 1);
    if (!builder->table[slot])
        builder->table[slot] = view;
    return builder->table[slot];
}
