/* Channel movements: what only renames channels becomes a view, whatever operators spell it.
 *
 *   x -> Reshape [N,g,C/g,H,W] -> Transpose 0,2,1,3,4 -> Reshape [N,C,H,W] -> y
 *   x                                 ->                      ChannelView -> y
 *
 * Recognized by meaning: every element gets a token that says which element of which value it is,
 * and the interpreter moves the tokens through Reshape, Transpose, Split, Slice, Gather, Concat and
 * so on. Where the tokens of a result say y[n,c,...] = x[n,p(c),...] for all elements (x may differ
 * from channel to channel), the node gives way to a view, and tracing starts anew behind it. All
 * other nodes stay as they are, so what only resembles a shuffle does too; nodes in the middle of a
 * recognized chain are left without readers.
 *
 * Needs known operands of shapes and indices. Pays because a view moves no data: the shuffles,
 * splits and concatenations of ShuffleNet V2 x1.0 are 9.2 MB of copies an image (guideline G4 of
 * arXiv 1807.11164: element-wise operations are not free). */
#include "passes/pass.h"

#include "interp/interp.h"
#include "passes/views.h"

#include <stdlib.h>

/* The operators that tokens are moved through, and whether all their operands are data (else the
 * first is, and the others say how to move it). */
enum data_operands { NOT_TRACED, FIRST_OPERAND, ALL_OPERANDS };
static const enum data_operands traced[OP_COUNT] = {
    [OP_Concat] = ALL_OPERANDS,   [OP_Flatten] = FIRST_OPERAND,   [OP_Gather] = FIRST_OPERAND,
    [OP_Reshape] = FIRST_OPERAND, [OP_Slice] = FIRST_OPERAND,     [OP_Split] = FIRST_OPERAND,
    [OP_Squeeze] = FIRST_OPERAND, [OP_Transpose] = FIRST_OPERAND, [OP_Unsqueeze] = FIRST_OPERAND,
};

/* Tokens that exist at one time: half a gigabyte. Nodes that would need more stay as they are. */
static const int64_t max_tokens = INT64_C(1) << 26;

/* A token is an int64_t: value id, element. The interpreter moves it in the place of a float64,
 * which movements copy bit by bit. */
enum { ELEMENT_BITS = 32 };

struct tracer {
    struct graph *graph;
    struct view_builder builder;
    int64_t **tokens;         /* by value id; NULL: not traced, the value is a source */
    int32_t *uses;            /* by value id: readers that are still to come */
    int64_t token_count;      /* in `tokens` */
    struct channel *channels; /* of the result that is looked at */
    int changes;
    struct snv2_diagnostic *diagnostic;
};

static int64_t token(const struct value *value, int64_t element) {
    return (int64_t)value->id << ELEMENT_BITS | element;
}

static int64_t *source_tokens(const struct value *value) {
    int64_t count = shape_elements(&value->shape);
    int64_t *tokens = malloc((size_t)count * sizeof *tokens);
    for (int64_t i = 0; tokens && i < count; i++)
        tokens[i] = token(value, i);
    return tokens;
}

static bool is_data_operand(const struct node *node, int32_t operand) {
    return operand == 0 || traced[node->op] == ALL_OPERANDS;
}

/* Whether the node moves computed data in a known way and its tokens are affordable. */
static bool can_trace(const struct tracer *tracer, const struct node *node) {
    if (traced[node->op] == NOT_TRACED)
        return false;
    int64_t room = max_tokens - tracer->token_count;
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct value *value = node->inputs[i];
        bool data = is_data_operand(node, i);
        if (value && value_is_constant(value) == data)
            return false;
        if (data && (!dtype_is_real(value->dtype) || shape_elements(&value->shape) > room))
            return false;
        if (data && !tracer->tokens[value->id])
            room -= shape_elements(&value->shape);
    }
    for (int32_t i = 0; i < node->output_count; i++) {
        int64_t count = shape_elements(&node->outputs[i]->shape);
        if (count == 0 || count > room || value_is_constant(node->outputs[i]))
            return false;
        room -= count;
    }
    return true;
}

/* Where the tokens of `value` say that it consists of whole channels of values of its form, lists
 * them in tracer->channels. */
static bool recognize(struct tracer *tracer, const struct value *value, const int64_t *tokens) {
    if (!has_channels(value))
        return false;
    int64_t pixels = shape_product(&value->shape, 2, value->shape.rank);
    for (int32_t c = 0; c < channel_count(value); c++) {
        int64_t first = tokens[c * pixels];
        struct value *source = tracer->graph->values[first >> ELEMENT_BITS];
        struct shape shape = source->shape;
        if (!has_channels(source))
            return false;
        shape.dims[1] = value->shape.dims[1];
        int64_t channel = (first - token(source, 0)) / pixels;
        if (!shape_equal(&shape, &value->shape) || channel >= channel_count(source))
            return false;
        for (int64_t n = 0; n < shape.dims[0]; n++) {
            const int64_t *plane = tokens + (n * channel_count(value) + c) * pixels;
            int64_t expected = token(source, (n * channel_count(source) + channel) * pixels);
            for (int64_t i = 0; i < pixels; i++)
                if (plane[i] != expected + i)
                    return false;
        }
        tracer->channels[c] = (struct channel){source, (int32_t)channel};
    }
    return true;
}

static bool all_recognized(struct tracer *tracer, const struct node *node,
                           const struct interp_tensor *outputs) {
    for (int32_t i = 0; i < node->output_count; i++)
        if (!recognize(tracer, node->outputs[i], outputs[i].data))
            return false;
    return true;
}

/* The node gives way to a view for each of its outputs. */
static enum snv2_status replace_by_views(struct tracer *tracer, struct node *node,
                                         const struct interp_tensor *outputs) {
    struct node *before = node->next;
    graph_remove_node(tracer->graph, node);
    for (int32_t i = 0; i < node->output_count; i++) {
        recognize(tracer, node->outputs[i], outputs[i].data);
        if (!view_insert(&tracer->builder, before, node->name, node->outputs[i], tracer->channels,
                         channel_count(node->outputs[i])))
            return diagnose_no_memory(tracer->diagnostic);
    }
    tracer->changes++;
    return SNV2_OK;
}

/* The operands in the interpreter's form; owned[i] are those to free. */
static enum snv2_status load_operands(struct tracer *tracer, const struct node *node,
                                      struct interp_tensor *operands,
                                      const struct interp_tensor **inputs, void **owned) {
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct value *value = node->inputs[i];
        if (!value)
            continue;
        inputs[i] = &operands[i];
        if (!is_data_operand(node, i)) {
            struct tensor tensor = value_tensor(value);
            enum snv2_status status =
                interp_load(&tensor, PRECISION_FLOAT64, &operands[i], tracer->diagnostic);
            if (status != SNV2_OK)
                return status;
            owned[i] = operands[i].data;
            continue;
        }
        int64_t *tokens = tracer->tokens[value->id];
        if (!tokens)
            owned[i] = tokens = source_tokens(value);
        if (!tokens)
            return diagnose_no_memory(tracer->diagnostic);
        operands[i] = (struct interp_tensor){value->dtype, value->shape, tokens};
    }
    return SNV2_OK;
}

/* The tokens of results that are no views wait for their readers. */
static void keep_tokens(struct tracer *tracer, const struct node *node,
                        struct interp_tensor *outputs) {
    for (int32_t i = 0; i < node->output_count; i++) {
        tracer->tokens[node->outputs[i]->id] = outputs[i].data;
        tracer->token_count += shape_elements(&node->outputs[i]->shape);
        outputs[i].data = NULL;
    }
}

static enum snv2_status trace(struct tracer *tracer, struct node *node) {
    size_t input_count = (size_t)node->input_count, output_count = (size_t)node->output_count;
    struct interp_tensor *operands = calloc(input_count, sizeof *operands);
    const struct interp_tensor **inputs = calloc(input_count, sizeof *inputs);
    void **owned = calloc(input_count, sizeof *owned);
    struct interp_tensor *outputs = calloc(output_count, sizeof *outputs);
    enum snv2_status status = SNV2_OK;
    if (!operands || !inputs || !owned || !outputs)
        status = diagnose_no_memory(tracer->diagnostic);
    if (status == SNV2_OK)
        status = load_operands(tracer, node, operands, inputs, owned);
    if (status == SNV2_OK)
        status = interp_node(node, PRECISION_FLOAT64, inputs, outputs, tracer->diagnostic);
    if (status == SNV2_OK && all_recognized(tracer, node, outputs))
        status = replace_by_views(tracer, node, outputs);
    else if (status == SNV2_OK)
        keep_tokens(tracer, node, outputs);
    for (size_t i = 0; owned && i < input_count; i++)
        free(owned[i]);
    for (size_t i = 0; outputs && i < output_count; i++)
        free(outputs[i].data);
    free(operands);
    free(inputs);
    free(owned);
    free(outputs);
    return status;
}

static void drop_tokens(struct tracer *tracer, const struct value *value) {
    if (!tracer->tokens[value->id])
        return;
    free(tracer->tokens[value->id]);
    tracer->tokens[value->id] = NULL;
    tracer->token_count -= shape_elements(&value->shape);
}

/* `node` has read its operands, and nobody may read its results. */
static void release_tokens(struct tracer *tracer, const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++)
        if (node->inputs[i] && --tracer->uses[node->inputs[i]->id] == 0)
            drop_tokens(tracer, node->inputs[i]);
    for (int32_t i = 0; i < node->output_count; i++)
        if (tracer->uses[node->outputs[i]->id] == 0)
            drop_tokens(tracer, node->outputs[i]);
}

enum snv2_status pass_channel_movements(struct graph *graph, struct arena *scratch, int *changes,
                                        struct snv2_diagnostic *diagnostic) {
    struct tracer tracer = {.graph = graph, .diagnostic = diagnostic};
    tracer.tokens = arena_alloc(scratch, (size_t)graph->value_count, sizeof *tracer.tokens);
    tracer.uses = graph_count_uses(graph, scratch);
    tracer.channels = arena_alloc(scratch, (size_t)most_channels(graph), sizeof *tracer.channels);
    if (!tracer.tokens || !tracer.uses || !tracer.channels ||
        !view_builder_init(&tracer.builder, graph, scratch, 0))
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = SNV2_OK;
    for (struct node *node = graph->first, *next; node && status == SNV2_OK; node = next) {
        next = node->next;
        if (can_trace(&tracer, node))
            status = trace(&tracer, node);
        release_tokens(&tracer, node);
    }
    for (int32_t v = 0; v < graph->value_count; v++)
        free(tracer.tokens[v]);
    *changes = tracer.changes;
    return status;
}
