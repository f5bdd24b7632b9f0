/* Views of views: every view names the values that hold its channels.
 *
 *   a, b -> ChannelView -> v              a, b -> ChannelView -> v
 *   v, c -> ChannelView -> w       ->     a, b, c -> ChannelView -> w
 *
 * Runs become as long as they can be, operands stand in the order of first use, a view that is all
 * of one value in order gives way to that value, and equal views become one. Views that nothing
 * reads any more are left for dead_code. Pays because a reader then reads its channels where they
 * were computed, however many shuffles lie between. */
#include "passes/pass.h"

#include "passes/views.h"

struct composer {
    struct arena *scratch;
    struct view_builder builder;
    struct value **replacement; /* by value id, for graph_replace */
    int32_t **starts;           /* by value id, of composed views: the first channel of each run */
    struct channel *channels;   /* of the view at hand */
};

/* Channel number `index` of a composed view. */
static struct channel channel_of_view(const struct node *view, const int32_t *starts,
                                      int32_t index) {
    const struct channel_runs *runs = &view->attributes.ChannelView.runs;
    int32_t low = 0, high = runs->count; /* starts[low] <= index < starts[high] */
    while (high - low > 1) {
        int32_t middle = low + (high - low) / 2;
        if (starts[middle] <= index)
            low = middle;
        else
            high = middle;
    }
    const struct channel_run *run = &runs->runs[low];
    return (struct channel){view->inputs[run->input],
                            run->first + (index - starts[low]) * run->step};
}

/* Replaces channels of views by those that they stand for. All operands that are views have been
 * composed, so one step leads to values that no view makes. */
static void resolve_channels(struct composer *composer, int32_t count) {
    for (int32_t c = 0; c < count; c++) {
        struct channel *channel = &composer->channels[c];
        struct value *replacement = composer->replacement[channel->value->id];
        if (replacement)
            channel->value = replacement;
        if (is_view(channel->value->producer))
            *channel = channel_of_view(channel->value->producer,
                                       composer->starts[channel->value->id], channel->index);
    }
}

static bool remember_starts(struct composer *composer, const struct node *view) {
    const struct channel_runs *runs = &view->attributes.ChannelView.runs;
    int32_t *starts = arena_alloc(composer->scratch, (size_t)runs->count, sizeof *starts);
    if (!starts)
        return false;
    for (int32_t r = 1; r < runs->count; r++)
        starts[r] = starts[r - 1] + runs->runs[r - 1].count;
    composer->starts[view->outputs[0]->id] = starts;
    return true;
}

/* *changed: whether the graph says it in another way now. False where memory ran out. */
static bool compose(struct composer *composer, struct node *view, bool *changed) {
    struct value *output = view->outputs[0];
    int32_t count = channel_count(output);
    view_channels(view, composer->channels);
    resolve_channels(composer, count);
    struct value *replacement = whole_value(composer->channels, count);
    struct node old = *view;
    if (!replacement) {
        if (!view_set_channels(&composer->builder, view, composer->channels, count) ||
            !remember_starts(composer, view))
            return false;
        struct node *first = view_unique(&composer->builder, view);
        replacement = first != view ? first->outputs[0] : NULL;
    }
    composer->replacement[output->id] = replacement;
    *changed = replacement || !view_equal(&old, view);
    return true;
}

enum snv2_status pass_compose_views(struct graph *graph, struct arena *scratch, int *changes,
                                    struct snv2_diagnostic *diagnostic) {
    size_t value_count = (size_t)graph->value_count;
    struct composer composer = {.scratch = scratch};
    int32_t views = 0, most = 0;
    for (const struct node *node = graph->first; node; node = node->next) {
        if (!is_view(node))
            continue;
        views++;
        most = channel_count(node->outputs[0]) > most ? channel_count(node->outputs[0]) : most;
    }
    composer.replacement = arena_alloc(scratch, value_count, sizeof *composer.replacement);
    composer.starts = arena_alloc(scratch, value_count, sizeof *composer.starts);
    composer.channels = arena_alloc(scratch, (size_t)most, sizeof *composer.channels);
    if (!composer.replacement || !composer.starts || !composer.channels ||
        !view_builder_init(&composer.builder, graph, scratch, views))
        return diagnose_no_memory(diagnostic);

    *changes = 0;
    for (struct node *node = graph->first; node; node = node->next) {
        bool changed = false;
        if (is_view(node) && !compose(&composer, node, &changed))
            return diagnose_no_memory(diagnostic);
        *changes += changed;
    }
    return graph_replace(graph, composer.replacement, diagnostic);
}
