/* ChannelViews as lists of channels, and back: what the passes over views share. */
#ifndef PASSES_VIEWS_H
#define PASSES_VIEWS_H

#include "ir/graph.h"

/* Values of more channels than this are never viewed. */
enum { MAX_VIEW_CHANNELS = 1 << 20 };

/* One channel (index along dimension 1) of a value. */
struct channel {
    struct value *value;
    int32_t index;
};

/* Whether the value may be viewed, and be a view's result: computed data of rank 2 to 4. */
bool has_channels(const struct value *value);

/* Whether `node` is a ChannelView of such values; NULL is none. */
bool is_view(const struct node *node);

static inline int32_t channel_count(const struct value *value) {
    return (int32_t)value->shape.dims[1];
}

/* The most channels that a value of the graph has which may be viewed. */
int32_t most_channels(const struct graph *graph);

/* The channels of a ChannelView's output in order, channel_count(view->outputs[0]) of them. */
void view_channels(const struct node *view, struct channel *channels);

/* The value whose channels, all of them in order, the list is; NULL where there is none. */
struct value *whole_value(const struct channel *channels, int32_t count);

/* Makes views. Only values that existed when it was set up may be viewed. */
struct view_builder {
    struct graph *graph;
    int32_t *operand;    /* by value id: 1 + its operand number in the view being made, else 0 */
    struct node **table; /* views made, by a hash of what they say */
    uint32_t slots;      /* a power of two, twice the views that may be made at least */
};

/* For at most `views` views to be remembered by view_unique. False where memory ran out. */
bool view_builder_init(struct view_builder *builder, struct graph *graph, struct arena *scratch,
                       int32_t views);

/* Rewrites operands and runs of `view`: the longest runs, operands in order of first use, each
 * once. False where memory ran out. */
bool view_set_channels(struct view_builder *builder, struct node *view,
                       const struct channel *channels, int32_t count);

/* Inserts a view called `name` before `before`; it produces `output`, which has no producer. NULL
 * where memory ran out. */
struct node *view_insert(struct view_builder *builder, struct node *before, const char *name,
                         struct value *output, const struct channel *channels, int32_t count);

/* Whether both say the same: operands and runs. */
bool view_equal(const struct node *a, const struct node *b);

/* The first view that was asked about and says the same as `view`: maybe `view` itself. */
struct node *view_unique(struct view_builder *builder, struct node *view);

#endif
