/* Makes a convolution that only selects channels the view that it is.
 *
 *   x ─ Conv(w: one 1 in each row, else 0; 1x1) ─ y   ->   x ─ ChannelView ─ y
 *
 * Some exporters spell a shuffle or a half of a split as a convolution with a permutation matrix.
 * Needs known weights, no bias but zeros, no activation, and neither stride nor pads. The zeros of
 * a row add nothing to a finite number. Runs before anything is built into the weights. It pays
 * because a view moves no data. */
#include "passes/pass.h"
#include "passes/rewrite.h"
#include "passes/views.h"

#include "ir/operands.h"

static bool is_all_zero(const struct value *bias) {
    if (!is_float_constant(bias))
        return false;
    const float *numbers = bias->data;
    for (int64_t i = 0; i < shape_elements(&bias->shape); i++)
        if (numbers[i] != 0)
            return false;
    return true;
}

/* Whether each pixel of the result depends on the same pixel of the input alone. */
static bool is_pointwise(const struct Conv_attributes *conv) {
    return ints_are_all(&conv->kernel_shape, 1) && ints_are_all(&conv->strides, 1) &&
           ints_are_all(&conv->pads, 0);
}

/* Where the one 1 among zeros stands in a row; -1 where the row is another. */
static int32_t selected_column(const float *row, int64_t columns) {
    int32_t selected = -1;
    for (int64_t k = 0; k < columns; k++) {
        if (row[k] == 0)
            continue;
        if (row[k] != 1 || selected >= 0)
            return -1;
        selected = (int32_t)k;
    }
    return selected;
}

/* Whether `conv` selects channels of its input; `channels`, with room for its outputs, lists them.
 */
static bool read_selection(const struct node *conv, struct channel *channels) {
    const struct Conv_attributes *attributes = &conv->attributes.Conv;
    struct value *input = conv->inputs[0];
    const struct value *weights = conv->inputs[1], *bias = node_input(conv, 2);
    if (!is_float_constant(weights) || (bias && !is_all_zero(bias)) || !is_pointwise(attributes) ||
        attributes->activation != ACTIVATION_NONE || !has_channels(input) ||
        !has_channels(conv->outputs[0]))
        return false;
    const float *row = weights->data;
    int32_t outputs = channel_count(conv->outputs[0]), columns = (int32_t)weights->shape.dims[1];
    int32_t group_outputs = outputs / (int32_t)attributes->group;
    for (int32_t m = 0; m < outputs; m++, row += columns) {
        int32_t column = selected_column(row, columns);
        if (column < 0)
            return false;
        channels[m] = (struct channel){input, m / group_outputs * columns + column};
    }
    return true;
}

enum snv2_status pass_channel_selection(struct graph *graph, struct arena *scratch, int *changes,
                                        struct snv2_diagnostic *diagnostic) {
    struct view_builder builder;
    int32_t most = most_channels(graph);
    struct channel *channels = arena_alloc(scratch, (size_t)most, sizeof *channels);
    if (!channels || !view_builder_init(&builder, graph, scratch, 0))
        return diagnose_no_memory(diagnostic);
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (node->op != OP_Conv || !read_selection(node, channels))
            continue;
        struct value *output = node->outputs[0];
        graph_remove_node(graph, node);
        if (!view_insert(&builder, next, node->name, output, channels, channel_count(output)))
            return diagnose_no_memory(diagnostic);
        ++*changes;
    }
    return SNV2_OK;
}
