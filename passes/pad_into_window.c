/* Lets the window behind a Pad do the padding.
 *
 *   x ─ Pad(0) ─ Conv {pads=p}             ->   x ─ Conv {pads=p+q}
 *   x ─ Pad(0) ─ AveragePool               ->   x ─ AveragePool {pads=q, count_include_pad=1}
 *   x ─ Pad(-inf) ─ MaxPool {pads=p}       ->   x ─ MaxPool {pads=p+q}
 *
 * A MaxPool also takes a constant that no element of x is below, as 0 behind a Relu. Needs a
 * constant that is known, pads of the spatial dimensions alone, none negative, and a window that
 * takes them at every reader: else the Pad is computed anyway. Runs behind the passes that make
 * layouts and constants plain, before those that look at what stands next to a convolution. It pays
 * because a Pad copies a whole feature map. */
#include "passes/pass.h"
#include "passes/rewrite.h"

#include "ir/operands.h"

#include <float.h>
#include <math.h>

struct padding {
    int32_t spatial;        /* dimensions */
    int64_t pads[MAX_INTS]; /* as in ONNX: all begins, all ends */
    float constant;
};

/* Reads a Pad by a constant around feature maps; false where it is another. */
static bool read_padding(const struct node *pad, struct padding *padding) {
    const struct value *input = pad->inputs[0], *constant = node_input(pad, 2);
    struct pad_range ranges[MAX_RANK];
    int32_t rank = input->shape.rank;
    if (pad->attributes.Pad.mode != PAD_MODE_CONSTANT || rank < 3 ||
        input->dtype != DTYPE_FLOAT32 || (constant && !is_float_constant(constant)) ||
        pad_ranges(pad, NULL, ranges) != SNV2_OK)
        return false;
    padding->spatial = rank - 2;
    padding->constant = constant ? *(const float *)constant->data : 0;
    for (int32_t i = 0; i < rank; i++) {
        if (ranges[i].begin < 0 || ranges[i].end < 0 ||
            (i < 2 && (ranges[i].begin > 0 || ranges[i].end > 0)))
            return false;
        if (i < 2)
            continue;
        padding->pads[i - 2] = ranges[i].begin;
        padding->pads[i - 2 + padding->spatial] = ranges[i].end;
    }
    return true;
}

/* No element of the value is below the result. */
static float lower_bound(const struct value *value) {
    struct node *producer = value->producer;
    if (!producer)
        return -INFINITY;
    if (producer->op == OP_Relu)
        return 0;
    const struct value *low = producer->op == OP_Clip ? node_input(producer, 1) : NULL;
    return is_float_constant(low) ? *(const float *)low->data : -INFINITY;
}

/* The pads of a window, NULL where the node has none. */
static struct ints *window_pads(struct node *node) {
    union attributes *attributes = &node->attributes;
    switch (node->op) {
    case OP_Conv:
        return &attributes->Conv.pads;
    case OP_AveragePool:
        return &attributes->AveragePool.pads;
    case OP_MaxPool:
        return &attributes->MaxPool.pads;
    default:
        return NULL;
    }
}

/* A pool's pads must stay below its kernel, and a last window must not start in them. */
static bool pool_has_room(const struct padding *padding, const struct ints *pads,
                          const struct ints *kernel, const struct ints *dilations,
                          int64_t ceil_mode) {
    for (int32_t i = 0; i < 2 * padding->spatial; i++)
        if (pads->values[i] + padding->pads[i] >= kernel->values[i % padding->spatial])
            return false;
    return ints_are_all(dilations, 1) && !ceil_mode;
}

/* Whether the reader of the Pad, which reads it as its data, takes the pads. */
static bool takes_padding(const struct node *reader, const struct padding *padding,
                          const struct value *padded) {
    const struct AveragePool_attributes *average = &reader->attributes.AveragePool;
    const struct MaxPool_attributes *max = &reader->attributes.MaxPool;
    switch (reader->op) {
    case OP_Conv:
        return padding->constant == 0;
    case OP_AveragePool:
        return padding->constant == 0 &&
               (average->count_include_pad || ints_are_all(&average->pads, 0)) &&
               pool_has_room(padding, &average->pads, &average->kernel_shape, &average->dilations,
                             average->ceil_mode);
    case OP_MaxPool:
        return reader->output_count == 1 &&
               (padding->constant <= -FLT_MAX || padding->constant <= lower_bound(padded)) &&
               pool_has_room(padding, &max->pads, &max->kernel_shape, &max->dilations,
                             max->ceil_mode);
    default:
        return false;
    }
}

static bool all_take_padding(const struct readers *readers, const struct node *pad,
                             const struct padding *padding) {
    int32_t id = pad->outputs[0]->id;
    for (int32_t r = readers->start[id]; r < readers->start[id + 1]; r++) {
        const struct reader *reader = &readers->list[r];
        if (!reader->node || reader->input != 0 ||
            !takes_padding(reader->node, padding, pad->inputs[0]))
            return false;
    }
    return true;
}

static void take_padding(struct node *reader, const struct padding *padding, struct value *input) {
    struct ints *pads = window_pads(reader);
    for (int32_t i = 0; i < 2 * padding->spatial; i++)
        pads->values[i] += padding->pads[i];
    if (reader->op == OP_AveragePool)
        reader->attributes.AveragePool.count_include_pad = 1;
    reader->inputs[0] = input;
}

enum snv2_status pass_pad_into_window(struct graph *graph, struct arena *scratch, int *changes,
                                      struct snv2_diagnostic *diagnostic) {
    struct readers readers;
    if (!graph_find_readers(graph, scratch, &readers))
        return diagnose_no_memory(diagnostic);
    for (struct node *pad = graph->first; pad; pad = pad->next) {
        struct padding padding;
        if (pad->op != OP_Pad || !read_padding(pad, &padding) ||
            !all_take_padding(&readers, pad, &padding))
            continue;
        int32_t id = pad->outputs[0]->id;
        for (int32_t r = readers.start[id]; r < readers.start[id + 1]; r++)
            take_padding(readers.list[r].node, &padding, pad->inputs[0]);
        ++*changes;
    }
    return remove_dead_nodes(graph, scratch, NULL, diagnostic);
}
