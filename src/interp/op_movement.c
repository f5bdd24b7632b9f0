/* Operators that copy elements in long pieces: the Reshape family is one copy; Concat, Split,
 * Gather and ChannelView copy slabs, a slab being what one index along an axis selects. */
#include "interp/real.h"

#include <string.h>

/* ---- one copy ---- */

static enum snv2_status copy(const struct interp_call *call) {
    const struct interp_tensor *x = operand(call, 0);
    memcpy(call->outputs[0].data, x->data, (size_t)shape_elements(&x->shape) * element_bytes(x));
    return SNV2_OK;
}

INTERP_KERNEL(Flatten) {
    return copy(call);
}

INTERP_KERNEL(Identity) {
    return copy(call);
}

INTERP_KERNEL(Reshape) {
    return copy(call);
}

INTERP_KERNEL(Squeeze) {
    return copy(call);
}

INTERP_KERNEL(Unsqueeze) {
    return copy(call);
}

/* ---- slabs ---- */

/* A tensor seen as [outer][length][inner] bytes around an axis. */
struct axis_view {
    char *data;
    int64_t outer, length, inner;
};

static struct axis_view axis_view(const struct interp_tensor *tensor, int axis) {
    const struct shape *shape = &tensor->shape;
    return (struct axis_view){
        .data = tensor->data,
        .outer = shape_product(shape, 0, axis),
        .length = shape->dims[axis],
        .inner = shape_product(shape, axis + 1, shape->rank) * (int64_t)element_bytes(tensor),
    };
}

/* Copies `count` neighbouring slabs. Both views have the same outer and inner. */
static void copy_slabs(const struct axis_view *to, int64_t to_first, const struct axis_view *from,
                       int64_t from_first, int64_t count) {
    for (int64_t o = 0; o < to->outer; o++)
        memcpy(to->data + (o * to->length + to_first) * to->inner,
               from->data + (o * from->length + from_first) * from->inner,
               (size_t)(count * to->inner));
}

INTERP_KERNEL(Concat) {
    int axis = (int)call->node->attributes.Concat.axis;
    struct axis_view to = axis_view(&call->outputs[0], axis);
    int64_t first = 0;
    for (int i = 0; i < call->node->input_count; i++) {
        struct axis_view from = axis_view(operand(call, i), axis);
        copy_slabs(&to, first, &from, 0, from.length);
        first += from.length;
    }
    return SNV2_OK;
}

INTERP_KERNEL(Split) {
    int axis = (int)call->node->attributes.Split.axis;
    struct axis_view from = axis_view(operand(call, 0), axis);
    int64_t first = 0;
    for (int i = 0; i < call->node->output_count; i++) {
        struct axis_view to = axis_view(&call->outputs[i], axis);
        copy_slabs(&to, 0, &from, first, to.length);
        first += to.length;
    }
    return SNV2_OK;
}

INTERP_KERNEL(Gather) {
    int axis = (int)call->node->attributes.Gather.axis;
    const struct interp_tensor *indices = operand(call, 1);
    const int64_t *index = indices->data;
    struct axis_view from = axis_view(operand(call, 0), axis), to = from;
    to.data = call->outputs[0].data;
    to.length = shape_elements(&indices->shape);
    for (int64_t i = 0; i < to.length; i++) {
        if (index[i] < -from.length || index[i] >= from.length)
            return diagnose_call(call, SNV2_BAD_MODEL,
                                 "index %lld is outside of dimension %d, which has %lld elements",
                                 (long long)index[i], axis, (long long)from.length);
        copy_slabs(&to, i, &from, index[i] < 0 ? index[i] + from.length : index[i], 1);
    }
    return SNV2_OK;
}

INTERP_KERNEL(ChannelView) {
    const struct channel_runs *runs = &call->node->attributes.ChannelView.runs;
    struct axis_view to = axis_view(&call->outputs[0], 1);
    int64_t channel = 0;
    for (int32_t r = 0; r < runs->count; r++) {
        const struct channel_run *run = &runs->runs[r];
        struct axis_view from = axis_view(operand(call, run->input), 1);
        for (int64_t c = 0; c < run->count; c++)
            copy_slabs(&to, channel++, &from, run->first + c * run->step, 1);
    }
    return SNV2_OK;
}
