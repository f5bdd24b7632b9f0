/* Preprocessing, final functions and labels; see ports.h. */
#include "convert/ports.h"

#include "base/utf8.h"
#include "ir/operands.h"
#include "onnx/labels.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The number of the value of that name, or of the one there is; -1 with a message where there is
 * none. */
static int find_port(struct value *const *values, int count, const char *name, const char *kind,
                     struct snv2_diagnostic *diagnostic) {
    char list[512] = "";
    size_t used = 0;
    if (!name && count == 1)
        return 0;
    for (int i = 0; i < count; i++) {
        if (name && strcmp(values[i]->name, name) == 0)
            return i;
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s'%s'", i ? ", " : "",
                                     shown(values[i]->name).text);
    }
    diagnose(diagnostic, SNV2_USAGE, "no %s is named '%s'; there is: %s", kind,
             name ? shown(name).text : "", list);
    return -1;
}

/* ---- a chain of nodes before another one ---- */

struct chain {
    struct graph *graph;
    struct node *before;
    const char *name;
    struct node *last;
    struct snv2_diagnostic *diagnostic;
};

/* Appends a node that reads `value`, with a result of its own; false where memory ran out. */
static bool append(struct chain *chain, enum op op, struct value *value, int input_count) {
    static const struct shape unknown = {.rank = SHAPE_UNKNOWN};
    struct graph *graph = chain->graph;
    struct node *node = graph_insert_node(graph, chain->before, op, chain->name, input_count, 1);
    const char *name = graph_unique_name(graph, chain->name);
    struct value *result = node && name ? graph_add_value(graph, name, DTYPE_NONE, &unknown) : NULL;
    if (!result)
        return false;
    node->inputs[0] = value;
    node_set_output(node, 0, result);
    chain->last = node;
    return true;
}

static enum snv2_status infer(struct chain *chain) {
    return infer_node(chain->graph, chain->last, chain->diagnostic);
}

/* The chain ends in `value`, which has no producer. */
static enum snv2_status end_in(struct chain *chain, struct value *value) {
    chain->last->outputs[0]->producer = NULL;
    node_set_output(chain->last, 0, value);
    return infer(chain);
}

static struct value *add_list(struct chain *chain, enum dtype dtype, const void *elements,
                              int64_t count) {
    struct graph *graph = chain->graph;
    struct shape shape = {.rank = 1, .dims = {count}};
    size_t size = dtype_bytes(dtype);
    void *data = arena_alloc(graph->arena, (size_t)count, size);
    const char *name = graph_unique_name(graph, chain->name);
    return data && name ? graph_add_constant(graph, name, dtype, &shape,
                                             memcpy(data, elements, (size_t)count * size))
                        : NULL;
}

/* ---- frames ---- */

/* A frame, and the network's input that it is for. */
struct frame {
    const struct frame_option *option;
    enum frame_pixels pixels;
    int64_t images, height, width, reads; /* reads: channels of the network's input */
    bool last_axis;                       /* they are its last axis, not the second */
};

static enum snv2_status plan_frame(const struct value *input, struct frame *frame,
                                   struct snv2_diagnostic *diagnostic) {
    const struct frame_option *option = frame->option;
    const int64_t *dims = input->shape.dims;
    char text[SHAPE_TEXT];
    bool planes = input->shape.rank == 4 && (dims[1] == 1 || dims[1] == 3);
    bool last = input->shape.rank == 4 && !planes && (dims[3] == 1 || dims[3] == 3);
    if (input->dtype != DTYPE_FLOAT32 || (!planes && !last))
        return diagnose(diagnostic, SNV2_USAGE,
                        "input '%s' is %s%s: frames are for float32 [N,C,H,W] or [N,H,W,C] of 1 or "
                        "3 channels",
                        shown(input->name).text, dtype_name(input->dtype),
                        shape_format(&input->shape, text));
    frame->last_axis = last;
    frame->images = dims[0];
    frame->reads = dims[last ? 3 : 1];
    frame->height = dims[last ? 1 : 2];
    frame->width = dims[last ? 2 : 3];
    frame->pixels = option->has_pixels  ? option->pixels
                    : frame->reads == 1 ? FRAME_GRAY
                                        : FRAME_RGB;
    if ((frame->reads == 1) != (frame->pixels == FRAME_GRAY) ||
        (frame->reads == 1 && option->reads_bgr))
        return diagnose(diagnostic, SNV2_USAGE, "input '%s' has %" PRId64 " channels, and so %s",
                        shown(input->name).text, frame->reads,
                        frame->reads == 1 ? "its pixels are gray" : "its pixels are not gray");
    if ((option->mean.count != 1 && option->mean.count != frame->reads) ||
        (option->std.count != 1 && option->std.count != frame->reads))
        return diagnose(diagnostic, SNV2_USAGE,
                        "mean and std need one number, or %" PRId64 " as input '%s' has channels",
                        frame->reads, shown(input->name).text);
    return SNV2_OK;
}

/* The byte of a pixel that the network reads as its channel. */
static int64_t byte_of_channel(const struct frame *frame, int64_t channel) {
    bool blue_first = frame->pixels == FRAME_BGR || frame->pixels == FRAME_BGRA;
    return blue_first != frame->option->reads_bgr ? 2 - channel : channel;
}

static float number_of(const struct channel_numbers *numbers, int64_t channel) {
    return numbers->values[numbers->count == 1 ? 0 : channel];
}

/* The Preprocess of a frame; alpha stays as it is. */
static enum snv2_status append_preprocess(struct chain *chain, const struct frame *frame,
                                          struct value *bytes) {
    float mean[] = {0, 0, 0, 0}, std[] = {1, 1, 1, 1};
    int64_t channels = frame_channels(frame->pixels);
    for (int64_t c = 0; c < frame->reads; c++) {
        int64_t byte = byte_of_channel(frame, c);
        mean[byte] = number_of(&frame->option->mean, c);
        std[byte] = number_of(&frame->option->std, c);
    }
    if (!append(chain, OP_Preprocess, bytes, 3))
        return diagnose_no_memory(chain->diagnostic);
    struct node *node = chain->last;
    node->inputs[1] = add_list(chain, DTYPE_FLOAT32, mean, channels);
    node->inputs[2] = add_list(chain, DTYPE_FLOAT32, std, channels);
    if (!node->inputs[1] || !node->inputs[2])
        return diagnose_no_memory(chain->diagnostic);
    node->attributes.Preprocess =
        (struct Preprocess_attributes){frame->option->layout, frame->pixels, frame->option->scale};
    return infer(chain);
}

/* The channels that the network reads, in its order, where they are not the frame's. */
static enum snv2_status append_order(struct chain *chain, const struct frame *frame) {
    int64_t bytes[3];
    bool same = frame->reads == frame_channels(frame->pixels);
    for (int64_t c = 0; c < frame->reads; c++) {
        bytes[c] = byte_of_channel(frame, c);
        same = same && bytes[c] == c;
    }
    if (same)
        return SNV2_OK;
    if (!append(chain, OP_Gather, chain->last->outputs[0], 2) ||
        !(chain->last->inputs[1] = add_list(chain, DTYPE_INT64, bytes, frame->reads)))
        return diagnose_no_memory(chain->diagnostic);
    chain->last->attributes.Gather.axis = 1;
    return infer(chain);
}

static enum snv2_status append_last_axis(struct chain *chain, const struct frame *frame) {
    static const struct ints perm = {4, {0, 2, 3, 1}};
    if (!frame->last_axis)
        return SNV2_OK;
    if (!append(chain, OP_Transpose, chain->last->outputs[0], 1))
        return diagnose_no_memory(chain->diagnostic);
    chain->last->attributes.Transpose.perm = perm;
    return infer(chain);
}

static enum snv2_status apply_frame(struct graph *graph, const struct frame_option *option,
                                    struct snv2_diagnostic *diagnostic) {
    struct frame frame = {.option = option};
    int number = find_port(graph->inputs, graph->input_count, option->name, "input", diagnostic);
    if (number < 0)
        return SNV2_USAGE;
    struct value *input = graph->inputs[number];
    enum snv2_status status = plan_frame(input, &frame, diagnostic);
    if (status != SNV2_OK)
        return status;
    struct shape shape = {4,
                          {frame.images, frame.height, frame.width, frame_channels(frame.pixels)}};
    if (option->layout == FRAME_NCHW)
        shape = (struct shape){4, {frame.images, shape.dims[3], frame.height, frame.width}};
    const char *name = graph_unique_name(graph, input->name);
    struct value *bytes = name ? graph_add_value(graph, name, DTYPE_UINT8, &shape) : NULL;
    if (!bytes)
        return diagnose_no_memory(diagnostic);
    graph_swap_names(graph, bytes, input);
    struct chain chain = {graph, graph->first, input->name, NULL, diagnostic};
    status = append_preprocess(&chain, &frame, bytes);
    if (status == SNV2_OK)
        status = append_order(&chain, &frame);
    if (status == SNV2_OK)
        status = append_last_axis(&chain, &frame);
    graph->inputs[number] = bytes;
    return status == SNV2_OK ? end_in(&chain, input) : status;
}

/* ---- functions ---- */

/* Where an output has its classes, if nobody says otherwise. */
static int class_axis(const struct shape *shape) {
    return shape->rank == 2 || shape->rank == 4 ? 1 : shape->rank - 1;
}

static enum snv2_status apply_function(struct graph *graph, const struct function_option *option,
                                       struct snv2_diagnostic *diagnostic) {
    int number = find_port(graph->outputs, graph->output_count, option->name, "output", diagnostic);
    if (number < 0)
        return SNV2_USAGE;
    struct value *output = graph->outputs[number];
    int rank = output->shape.rank,
        axis = option->has_axis ? option->axis : class_axis(&output->shape);
    char text[SHAPE_TEXT];
    axis += axis < 0 ? rank : 0;
    if (!dtype_is_real(output->dtype) || axis < 0 || axis >= rank)
        return diagnose(diagnostic, SNV2_USAGE,
                        "output '%s' is %s%s: it has no numbers, or no axis %d, to take the "
                        "%s over",
                        shown(output->name).text, dtype_name(output->dtype),
                        shape_format(&output->shape, text), axis, op_infos[option->op].name);
    struct chain chain = {graph, NULL, output->name, NULL, diagnostic};
    if (!append(&chain, option->op, output, 1))
        return diagnose_no_memory(diagnostic);
    if (option->op == OP_Softmax)
        chain.last->attributes.Softmax.axis = axis;
    else
        chain.last->attributes.ArgMax = (struct ArgMax_attributes){axis, rank == 1, 0};
    graph->outputs[number] = chain.last->outputs[0];
    graph_swap_names(graph, output, graph->outputs[number]);
    return infer(&chain);
}

enum snv2_status apply_port_options(struct graph *graph, const struct port_options *options,
                                    struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    for (int i = 0; i < options->frame_count && status == SNV2_OK; i++)
        status = apply_frame(graph, &options->frames[i], diagnostic);
    for (int i = 0; i < options->function_count && status == SNV2_OK; i++)
        status = apply_function(graph, &options->functions[i], diagnostic);
    return status;
}

/* ---- labels ---- */

/* How many classes an output has: those that an ArgMax chooses from, or the size of their axis. */
static int64_t count_classes(const struct value *output) {
    const struct node *node = output->producer;
    if (node && node->op == OP_ArgMax)
        return node->inputs[0]->shape.dims[node->attributes.ArgMax.axis];
    if (node && node->op == OP_Softmax)
        return output->shape.dims[node->attributes.Softmax.axis];
    return output->shape.rank ? output->shape.dims[class_axis(&output->shape)] : 1;
}

/* The output that has so many classes; -1 with a message where that is not one. */
static int find_classes(const struct graph *graph, int64_t count,
                        struct snv2_diagnostic *diagnostic) {
    char list[512] = "";
    size_t used = 0;
    int found = -1, fitting = 0;
    for (int i = 0; i < graph->output_count; i++) {
        int64_t classes = count_classes(graph->outputs[i]);
        if (classes == count) {
            found = i;
            fitting++;
        }
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s'%s' has %" PRId64,
                                     i ? ", " : "", shown(graph->outputs[i]->name).text, classes);
    }
    if (fitting == 1)
        return found;
    diagnose(diagnostic, SNV2_USAGE, "%" PRId64 " labels fit %d outputs%s; their classes: %s",
             count, fitting, fitting ? ": name one, as in NAME=FILE" : "", list);
    return -1;
}

/* The output that "NAME=FILE" names, or -1; *file is the FILE. */
static int named_output(const struct graph *graph, const char *argument, const char **file) {
    *file = argument;
    for (int i = 0; i < graph->output_count; i++) {
        size_t length = strlen(graph->outputs[i]->name);
        if (strncmp(argument, graph->outputs[i]->name, length) == 0 && argument[length] == '=') {
            *file = argument + length + 1;
            return i;
        }
    }
    return -1;
}

static bool is_text(const char *name) {
    const unsigned char *bytes = (const unsigned char *)name;
    for (size_t left = strlen(name), length; left > 0; left -= length, bytes += length)
        if ((length = utf8_length(bytes, left)) == 0)
            return false;
    return true;
}

enum snv2_status apply_labels(const struct graph *graph, const struct port_options *options,
                              struct program *program, struct arena *arena,
                              struct snv2_diagnostic *diagnostic) {
    struct labels labels = {0};
    const char *file;
    if (!options->labels)
        return SNV2_OK;
    int output = named_output(graph, options->labels, &file);
    enum snv2_status status = labels_load(file, arena, &labels, diagnostic);
    for (int64_t i = 0; i < labels.count && status == SNV2_OK; i++)
        if (!is_text(labels.names[i]))
            status = diagnose(diagnostic, SNV2_BAD_MODEL, "label %" PRId64 " is not UTF-8", i);
    if (status == SNV2_OK && output < 0)
        output = find_classes(graph, labels.count, diagnostic);
    else if (status == SNV2_OK && count_classes(graph->outputs[output]) != labels.count)
        status = diagnose(diagnostic, SNV2_USAGE,
                          "%" PRId64 " labels for the %" PRId64 " classes of '%s'", labels.count,
                          count_classes(graph->outputs[output]),
                          shown(graph->outputs[output]->name).text);
    if (status == SNV2_OK && output < 0)
        status = SNV2_USAGE;
    if (status != SNV2_OK)
        diagnostic_set_file(diagnostic, file);
    return status != SNV2_OK ? status
                             : add_labels(program, (uint32_t)output, labels.names,
                                          (uint32_t)labels.count, arena, diagnostic);
}
