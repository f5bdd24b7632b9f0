/* Where the channels of a value lie. A base lies in itself; a ChannelView lies where its inputs
 * lie:
 *
 *   v = ChannelView(a, w) {runs=[0:0+4, 1:2+6]}      channels of v: a 0..3, b 2, 4, 6, 8, 10, 12
 *   w = ChannelView(b) {runs=[0:2+4*2, 0:10+4*2]}    (w 2..7 is b 6..., and so on)
 *
 * Spans are a function of the sequence of channels alone, not of how views spelled it: from left to
 * right each is made as long as it goes. */
#include "lower/lower.h"

#include <assert.h>

/* A base's own channels. */
static bool bind_base(struct lowering *lowering, const struct value *value) {
    struct span *span = arena_alloc(lowering->arena, 1, sizeof *span);
    if (!span)
        return false;
    *span = (struct span){.base = value, .count = (int32_t)value->shape.dims[1], .step = 1};
    lowering->channels[value->id] = (struct channels){1, span};
    return true;
}

const struct channels *channels_of(struct lowering *lowering, const struct value *value) {
    struct channels *channels = &lowering->channels[value->id];
    if (channels->count == 0 && !bind_base(lowering, value))
        return NULL;
    return channels;
}

/* The span that holds channel `channel` of the value. */
static const struct span *find_span(const struct channels *channels, int32_t channel) {
    int32_t low = 0, high = channels->count; /* the span is in [low, high) */
    while (high - low > 1) {
        int32_t middle = low + (high - low) / 2;
        if (channels->spans[middle].start <= channel)
            low = middle;
        else
            high = middle;
    }
    return &channels->spans[low];
}

struct span_list {
    struct span *spans;
    uint32_t count, capacity;
};

/* Appends channel `position` of `base`, as part of the last span where it continues that. */
static bool append_channel(struct arena *arena, struct span_list *list, const struct value *base,
                           int32_t position) {
    struct span *last = list->count ? &list->spans[list->count - 1] : NULL;
    if (last && last->base == base && last->count == 1 && position != last->first) {
        last->step = position - last->first;
        last->count = 2;
        return true;
    }
    if (last && last->base == base && last->count > 1 &&
        position == (int64_t)last->first + (int64_t)last->count * last->step) {
        last->count++;
        return true;
    }
    struct span *spans =
        list_grow(arena, list->spans, list->count, &list->capacity, sizeof *list->spans);
    if (!spans)
        return false;
    int32_t start = last ? last->start + last->count : 0;
    list->spans = spans;
    list->spans[list->count++] = (struct span){base, start, position, 1, 1};
    return true;
}

const char *refuse_view(const struct node *node) {
    return refuse_nothing(node);
}

/* Whether the value is all of a base, in its order. */
static bool is_whole(const struct value *value, const struct span *span) {
    return span->first == 0 && span->step == 1 && span->count == value->shape.dims[1] &&
           shape_equal(&span->base->shape, &value->shape);
}

static bool make_spans(struct lowering *lowering, const struct node *node) {
    const struct channel_runs *runs = &node->attributes.ChannelView.runs;
    struct span_list list = {0};
    for (int32_t r = 0; r < runs->count; r++) {
        const struct channel_run *run = &runs->runs[r];
        const struct channels *channels = channels_of(lowering, node->inputs[run->input]);
        if (!channels)
            return false;
        for (int32_t i = 0; i < run->count; i++) {
            int32_t channel = run->first + i * run->step;
            const struct span *span = find_span(channels, channel);
            int32_t position = span->first + (channel - span->start) * span->step;
            if (!append_channel(lowering->arena, &list, span->base, position))
                return false;
        }
    }
    const struct value *output = node->outputs[0];
    lowering->channels[output->id] = (struct channels){(int32_t)list.count, list.spans};
    return !is_whole(output, list.spans) ||
           set_place(lowering, output, place_of(lowering, list.spans->base));
}

/* What is at home in the view's home is part of it already; then the rest is copied there. */
bool lower_view(struct lowering *lowering, const struct node *node) {
    const struct value **parts;
    int32_t count;
    if (!view_parts(lowering, node, &parts, &count))
        return false;
    return count > 0 && any_at_home(lowering, node->outputs[0], parts, count, 1)
               ? join_parts(lowering, node, parts, count, 1)
               : make_spans(lowering, node);
}
