/* Shape rules of what slides a window: Conv and its forms on integers, ConvTranspose, AveragePool,
 * LpPool, MaxPool; and of the global pools. All make kernel_shape, strides, dilations and pads
 * explicit and auto_pad NOTSET. */
#include "ir/shape_rule.h"

#include <inttypes.h>

/* Strides and the like are below this, so that index arithmetic in 64 bits cannot overflow. */
enum { WINDOW_MAX = 65535 };

/* The attributes of one sliding window; the pointers are the node's. */
struct window {
    struct ints *kernel_shape, *strides, *dilations, *pads;
    enum auto_pad *auto_pad;
    int64_t *ceil_mode; /* NULL: a convolution, whose pads may also be as large as the kernel */
};

/* `ints` has `count` entries of low .. WINDOW_MAX; an empty list becomes `count` times `standard`.
 */
static enum snv2_status complete(const struct node *node, struct snv2_diagnostic *diagnostic,
                                 const char *name, struct ints *ints, int count, int64_t low,
                                 int64_t standard) {
    if (ints->count == 0) {
        ints->count = count;
        for (int i = 0; i < count; i++)
            ints->values[i] = standard;
    }
    if (ints->count != count)
        return bad_model(node, diagnostic, "%s has %d entries; it must have %d", name, ints->count,
                         count);
    for (int i = 0; i < count; i++)
        if (ints->values[i] < low || ints->values[i] > WINDOW_MAX)
            return bad_model(node, diagnostic,
                             "%s[%d] is %" PRId64 "; it must be in %" PRId64 "..%d", name, i,
                             ints->values[i], low, WINDOW_MAX);
    return SNV2_OK;
}

/* Turns SAME_UPPER, SAME_LOWER and VALID into pads. `dims` are the input's spatial ones, `extents`
 * those of the dilated kernel. None of them leaves a last window over the edge, so ceil_mode says
 * nothing and is cleared. */
static enum snv2_status resolve_auto_pad(const struct node *node,
                                         struct snv2_diagnostic *diagnostic,
                                         const struct window *window, const int64_t *dims,
                                         const int64_t *extents, int count) {
    enum auto_pad mode = *window->auto_pad;
    if (mode == AUTO_PAD_NOTSET)
        return SNV2_OK;
    for (int i = 0; i < window->pads->count; i++)
        if (window->pads->values[i] != 0)
            return bad_model(node, diagnostic, "has both auto_pad and pads");
    for (int i = 0; i < count && mode != AUTO_PAD_VALID; i++) {
        int64_t stride = window->strides->values[i];
        int64_t last = dims[i] > 0 ? (dims[i] - 1) / stride * stride : 0; /* start of a window */
        int64_t total = last + extents[i] - dims[i];
        if (total < 0)
            total = 0;
        int64_t begin = mode == AUTO_PAD_SAME_UPPER ? total / 2 : total - total / 2;
        window->pads->values[i] = begin;
        window->pads->values[count + i] = total - begin;
    }
    *window->auto_pad = AUTO_PAD_NOTSET;
    if (window->ceil_mode)
        *window->ceil_mode = 0;
    return SNV2_OK;
}

/* A pool's window must hold an element of the input: that its pads are below the kernel ensures
 * it, but for dilations that step over the whole input. */
static enum snv2_status check_pool_pads(const struct node *node, struct snv2_diagnostic *diagnostic,
                                        const struct window *window, const int64_t *dims,
                                        const int64_t *extents, int count) {
    for (int i = 0; i < 2 * count; i++)
        if (window->pads->values[i] >= extents[i % count])
            return bad_model(node, diagnostic,
                             "pads[%d] is %" PRId64 "; it must be below the kernel's %" PRId64, i,
                             window->pads->values[i], extents[i % count]);
    for (int i = 0; i < count; i++)
        if (window->pads->values[i] > 0 && window->dilations->values[i] > dims[i])
            return unsupported(node, diagnostic,
                               "dilations[%d] is %" PRId64 ", over the input's %" PRId64, i,
                               window->dilations->values[i], dims[i]);
    return SNV2_OK;
}

/* The number of windows in `dim` elements. With ceil_mode the last one may hang over the end, but
 * must start in the input or the padding before it. 0 where none fits. */
static int64_t window_count(int64_t dim, int64_t begin, int64_t end, int64_t extent, int64_t stride,
                            bool ceil_mode) {
    int64_t room = dim + begin + end - extent + (ceil_mode ? stride - 1 : 0);
    if (room < 0)
        return 0;
    int64_t count = room / stride + 1;
    if (ceil_mode && (count - 1) * stride >= dim + begin)
        count--;
    return count;
}

/* Completes the attributes and gives the spatial dims of `result`, whose rank is set. */
static enum snv2_status slide(const struct node *node, struct snv2_diagnostic *diagnostic,
                              const struct window *window, struct shape *result) {
    const struct shape *input = &node->inputs[0]->shape;
    const int64_t *dims = input->dims + 2;
    int64_t extents[MAX_RANK];
    int count = input->rank - 2;
    enum snv2_status status;
    if ((status = complete(node, diagnostic, "kernel_shape", window->kernel_shape, count, 1, 0)) !=
            SNV2_OK ||
        (status = complete(node, diagnostic, "strides", window->strides, count, 1, 1)) != SNV2_OK ||
        (status = complete(node, diagnostic, "dilations", window->dilations, count, 1, 1)) !=
            SNV2_OK ||
        (status = complete(node, diagnostic, "pads", window->pads, 2 * count, 0, 0)) != SNV2_OK)
        return status;
    for (int i = 0; i < count; i++)
        extents[i] = (window->kernel_shape->values[i] - 1) * window->dilations->values[i] + 1;
    status = resolve_auto_pad(node, diagnostic, window, dims, extents, count);
    if (status == SNV2_OK && window->ceil_mode)
        status = check_pool_pads(node, diagnostic, window, dims, extents, count);
    for (int i = 0; status == SNV2_OK && i < count; i++) {
        int64_t begin = window->pads->values[i], end = window->pads->values[count + i];
        int64_t windows = window_count(dims[i], begin, end, extents[i], window->strides->values[i],
                                       window->ceil_mode && *window->ceil_mode);
        if (windows < 1)
            return bad_model(node, diagnostic,
                             "the kernel covers %" PRId64 " elements, the input with its padding "
                             "has only %" PRId64 "+%" PRId64 "+%" PRId64,
                             extents[i], begin, dims[i], end);
        result->dims[2 + i] = windows;
    }
    return status;
}

static enum snv2_status check_bias(const struct node *node, int operand, int64_t channels,
                                   struct snv2_diagnostic *diagnostic) {
    const struct value *bias = node_input(node, operand);
    char text[SHAPE_TEXT];
    if (bias && (bias->shape.rank != 1 || bias->shape.dims[0] != channels))
        return bad_model(node, diagnostic, "the bias has shape %s; it must be [%" PRId64 "]",
                         shape_format(&bias->shape, text), channels);
    return SNV2_OK;
}

/* Weights and group against the input's channels. */
static enum snv2_status check_weights(const struct node *node, const struct shape *w,
                                      struct snv2_diagnostic *diagnostic) {
    const struct shape *x = &node->inputs[0]->shape;
    int64_t group = node->attributes.Conv.group;
    if (w->rank != x->rank)
        return bad_model(node, diagnostic, "the weights have %d dimensions, the input has %d",
                         w->rank, x->rank);
    if (group < 1)
        return bad_model(node, diagnostic, "group is %" PRId64, group);
    if (x->dims[1] % group || w->dims[0] % group)
        return bad_model(node, diagnostic,
                         "group %" PRId64 " does not divide %" PRId64 " input and %" PRId64
                         " output channels",
                         group, x->dims[1], w->dims[0]);
    if (w->dims[1] != x->dims[1] / group)
        return bad_model(node, diagnostic,
                         "the weights are for %" PRId64 " channels a group; the input has %" PRId64
                         " channels in %" PRId64 " groups",
                         w->dims[1], x->dims[1], group);
    return SNV2_OK;
}

/* kernel_shape is what the weights say, where it is not given, and must be. */
static enum snv2_status kernel_of_weights(const struct node *node, const struct shape *w,
                                          struct ints *kernel_shape,
                                          struct snv2_diagnostic *diagnostic) {
    int count = w->rank - 2;
    if (kernel_shape->count == 0) {
        kernel_shape->count = count;
        for (int i = 0; i < count; i++)
            kernel_shape->values[i] = w->dims[2 + i];
    }
    enum snv2_status status = complete(node, diagnostic, "kernel_shape", kernel_shape, count, 1, 0);
    for (int i = 0; i < count && status == SNV2_OK; i++)
        if (kernel_shape->values[i] != w->dims[2 + i])
            return bad_model(node, diagnostic,
                             "kernel_shape[%d] is %" PRId64 ", but the weights have %" PRId64, i,
                             kernel_shape->values[i], w->dims[2 + i]);
    return status;
}

/* A convolution whose weights are input `index`; the output's type is the caller's to say. */
static enum snv2_status convolution(struct node *node, int index, struct tensor_type *outputs,
                                    struct snv2_diagnostic *diagnostic) {
    struct Conv_attributes *conv = &node->attributes.Conv;
    const struct shape *w = &node->inputs[index]->shape;
    const struct window window = {.kernel_shape = &conv->kernel_shape,
                                  .strides = &conv->strides,
                                  .dilations = &conv->dilations,
                                  .pads = &conv->pads,
                                  .auto_pad = &conv->auto_pad};
    enum snv2_status status;
    if ((status = require_rank(node, diagnostic, 3, 4)) != SNV2_OK ||
        (status = check_weights(node, w, diagnostic)) != SNV2_OK ||
        (status = kernel_of_weights(node, w, &conv->kernel_shape, diagnostic)) != SNV2_OK)
        return status;
    outputs[0].shape = node->inputs[0]->shape;
    outputs[0].shape.dims[1] = w->dims[0];
    return slide(node, diagnostic, &window, &outputs[0].shape);
}

enum snv2_status shape_Conv(struct node *node, struct tensor_type *outputs,
                            struct snv2_diagnostic *diagnostic) {
    enum snv2_status status;
    if ((status = require_real(node, diagnostic)) != SNV2_OK ||
        (status = require_same_type(node, diagnostic, 1, 2)) != SNV2_OK ||
        (status = convolution(node, 1, outputs, diagnostic)) != SNV2_OK)
        return status;
    outputs[0].dtype = node->inputs[0]->dtype;
    return check_bias(node, 2, outputs[0].shape.dims[1], diagnostic);
}

enum snv2_status shape_ConvInteger(struct node *node, struct tensor_type *outputs,
                                   struct snv2_diagnostic *diagnostic) {
    enum snv2_status status;
    if ((status = require_8_bits(node, diagnostic, 0)) != SNV2_OK ||
        (status = require_8_bits(node, diagnostic, 1)) != SNV2_OK ||
        (status = convolution(node, 1, outputs, diagnostic)) != SNV2_OK ||
        (status = require_zero_point(node, diagnostic, 2, 0)) != SNV2_OK ||
        (status = require_zero_point(node, diagnostic, 3, 1)) != SNV2_OK ||
        (status = require_parameter(node, diagnostic, 2, 0)) != SNV2_OK)
        return status;
    outputs[0].dtype = DTYPE_INT32;
    return require_parameter(node, diagnostic, 3, outputs[0].shape.dims[1]);
}

/* x, its scale and zero point, w, its scale and zero point, y's scale and zero point, B. */
enum snv2_status shape_QLinearConv(struct node *node, struct tensor_type *outputs,
                                   struct snv2_diagnostic *diagnostic) {
    static const int scales[] = {1, 4, 6};
    const struct value *bias = node_input(node, 8);
    enum snv2_status status;
    if ((status = require_8_bits(node, diagnostic, 0)) != SNV2_OK ||
        (status = require_8_bits(node, diagnostic, 3)) != SNV2_OK ||
        (status = require_8_bits(node, diagnostic, 7)) != SNV2_OK ||
        (status = convolution(node, 3, outputs, diagnostic)) != SNV2_OK ||
        (status = require_zero_point(node, diagnostic, 2, 0)) != SNV2_OK ||
        (status = require_zero_point(node, diagnostic, 5, 3)) != SNV2_OK)
        return status;
    for (int i = 0; i < 3; i++) {
        int64_t count = scales[i] == 4 ? outputs[0].shape.dims[1] : 0;
        if ((status = require_scale(node, diagnostic, scales[i])) != SNV2_OK ||
            (status = require_parameter(node, diagnostic, scales[i], count)) != SNV2_OK ||
            (status = require_parameter(node, diagnostic, scales[i] + 1, count)) != SNV2_OK)
            return status;
    }
    if (bias && bias->dtype != DTYPE_INT32)
        return bad_model(node, diagnostic, "the bias is %s; it must be int32",
                         dtype_name(bias->dtype));
    outputs[0].dtype = node->inputs[7]->dtype;
    return check_bias(node, 8, outputs[0].shape.dims[1], diagnostic);
}

/* The weights are [C][M / group][...]. */
static enum snv2_status check_transposed_weights(const struct node *node,
                                                 struct snv2_diagnostic *diagnostic) {
    const struct shape *x = &node->inputs[0]->shape, *w = &node->inputs[1]->shape;
    int64_t group = node->attributes.ConvTranspose.group;
    if (w->rank != x->rank)
        return bad_model(node, diagnostic, "the weights have %d dimensions, the input has %d",
                         w->rank, x->rank);
    if (group < 1 || x->dims[1] % group)
        return bad_model(node, diagnostic,
                         "group %" PRId64 " does not divide %" PRId64 " input channels", group,
                         x->dims[1]);
    if (w->dims[0] != x->dims[1])
        return bad_model(node, diagnostic,
                         "the weights are for %" PRId64 " channels; the input has %" PRId64,
                         w->dims[0], x->dims[1]);
    if (w->dims[1] > INT64_MAX / group)
        return bad_model(node, diagnostic, "the number of output channels is over 2^63");
    return check_bias(node, 2, w->dims[1] * group, diagnostic);
}

/* One spatial dimension of a ConvTranspose: `full` elements without pads. The pads are given, or
 * follow from the size that is asked for, which is the input's times the stride where auto_pad says
 * SAME; what the kernel does not reach of it is output_padding. */
static enum snv2_status transposed_dim(const struct node *node, int64_t input, int64_t full, int d,
                                       struct ConvTranspose_attributes *conv, int64_t *result,
                                       struct snv2_diagnostic *diagnostic) {
    int count = node->inputs[0]->shape.rank - 2;
    int64_t *begin = &conv->pads.values[d], *end = &conv->pads.values[count + d];
    bool same = conv->auto_pad == AUTO_PAD_SAME_UPPER || conv->auto_pad == AUTO_PAD_SAME_LOWER;
    if (conv->output_shape.count > 0 || same) {
        int64_t asked = conv->output_shape.count > 0 ? conv->output_shape.values[d]
                                                     : input * conv->strides.values[d];
        int64_t total = full - asked;
        if (total < 0) {
            conv->output_padding.values[d] -= total;
            full = asked;
            total = 0;
        }
        *begin = conv->auto_pad == AUTO_PAD_SAME_UPPER ? total / 2 : total - total / 2;
        *end = total - *begin;
    }
    *result = full - *begin - *end;
    if (*result < 1)
        return bad_model(node, diagnostic,
                         "pads %" PRId64 " and %" PRId64 " leave nothing of %" PRId64 " elements",
                         *begin, *end, full);
    return SNV2_OK;
}

/* Completes the attributes, output_shape and auto_pad turned into pads, and gives the spatial dims
 * of `result`. */
static enum snv2_status slide_transposed(struct node *node, struct shape *result,
                                         struct snv2_diagnostic *diagnostic) {
    struct ConvTranspose_attributes *conv = &node->attributes.ConvTranspose;
    const int64_t *dims = node->inputs[0]->shape.dims + 2;
    int count = node->inputs[0]->shape.rank - 2;
    bool has_size = conv->output_shape.count > 0;
    enum snv2_status status;
    if ((status = kernel_of_weights(node, &node->inputs[1]->shape, &conv->kernel_shape,
                                    diagnostic)) != SNV2_OK ||
        (status = complete(node, diagnostic, "strides", &conv->strides, count, 1, 1)) != SNV2_OK ||
        (status = complete(node, diagnostic, "dilations", &conv->dilations, count, 1, 1)) !=
            SNV2_OK ||
        (status = complete(node, diagnostic, "output_padding", &conv->output_padding, count, 0,
                           0)) != SNV2_OK ||
        (status = complete(node, diagnostic, "pads", &conv->pads, 2 * count, 0, 0)) != SNV2_OK ||
        (has_size && (status = complete(node, diagnostic, "output_shape", &conv->output_shape,
                                        count, 1, 0)) != SNV2_OK))
        return status;
    for (int i = 0; i < 2 * count && conv->auto_pad != AUTO_PAD_NOTSET; i++)
        if (conv->pads.values[i] != 0)
            return bad_model(node, diagnostic, "has both auto_pad and pads");
    for (int d = 0; d < count && status == SNV2_OK; d++) {
        int64_t stride = conv->strides.values[d], dilation = conv->dilations.values[d];
        if (dims[d] > INT32_MAX)
            return unsupported(node, diagnostic, "the input has %" PRId64 " elements in a row",
                               dims[d]);
        int64_t full = (dims[d] - 1) * stride + (conv->kernel_shape.values[d] - 1) * dilation + 1 +
                       conv->output_padding.values[d];
        status = transposed_dim(node, dims[d], full, d, conv, &result->dims[2 + d], diagnostic);
        if (status == SNV2_OK && conv->output_padding.values[d] >= stride &&
            conv->output_padding.values[d] >= dilation)
            return bad_model(node, diagnostic,
                             "output_padding[%d] is %" PRId64
                             "; it must be below the stride or the dilation",
                             d, conv->output_padding.values[d]);
    }
    conv->auto_pad = AUTO_PAD_NOTSET;
    conv->output_shape.count = 0;
    return status;
}

enum snv2_status shape_ConvTranspose(struct node *node, struct tensor_type *outputs,
                                     struct snv2_diagnostic *diagnostic) {
    enum snv2_status status;
    if ((status = require_real(node, diagnostic)) != SNV2_OK ||
        (status = require_same_type(node, diagnostic, 1, 2)) != SNV2_OK ||
        (status = require_rank(node, diagnostic, 3, 4)) != SNV2_OK ||
        (status = check_transposed_weights(node, diagnostic)) != SNV2_OK)
        return status;
    outputs[0] = type_of(node->inputs[0]);
    outputs[0].shape.dims[1] =
        node->inputs[1]->shape.dims[1] * node->attributes.ConvTranspose.group;
    return slide_transposed(node, &outputs[0].shape, diagnostic);
}

static enum snv2_status shape_pool(const struct node *node, const struct window *window,
                                   struct tensor_type *output, struct snv2_diagnostic *diagnostic) {
    bool takes_bytes = node->op == OP_MaxPool || node->op == OP_MaxPoolIndices;
    bool of_bytes = dtype_bytes(node->inputs[0]->dtype) == 1 && takes_bytes;
    enum snv2_status status =
        of_bytes ? require_number(node, diagnostic) : require_real(node, diagnostic);
    if (status == SNV2_OK)
        status = require_rank(node, diagnostic, 3, 4);
    if (status != SNV2_OK)
        return status;
    if (window->kernel_shape->count == 0)
        return bad_model(node, diagnostic, "has no kernel_shape");
    *output = type_of(node->inputs[0]);
    return slide(node, diagnostic, window, &output->shape);
}

enum snv2_status shape_AveragePool(struct node *node, struct tensor_type *outputs,
                                   struct snv2_diagnostic *diagnostic) {
    struct AveragePool_attributes *pool = &node->attributes.AveragePool;
    const struct window window = {&pool->kernel_shape, &pool->strides,  &pool->dilations,
                                  &pool->pads,         &pool->auto_pad, &pool->ceil_mode};
    return shape_pool(node, &window, &outputs[0], diagnostic);
}

enum snv2_status shape_MaxPool(struct node *node, struct tensor_type *outputs,
                               struct snv2_diagnostic *diagnostic) {
    struct MaxPool_attributes *pool = &node->attributes.MaxPool;
    const struct window window = {&pool->kernel_shape, &pool->strides,  &pool->dilations,
                                  &pool->pads,         &pool->auto_pad, &pool->ceil_mode};
    return shape_pool(node, &window, &outputs[0], diagnostic);
}

enum snv2_status shape_MaxPoolIndices(struct node *node, struct tensor_type *outputs,
                                      struct snv2_diagnostic *diagnostic) {
    struct MaxPoolIndices_attributes *pool = &node->attributes.MaxPoolIndices;
    const struct window window = {&pool->kernel_shape, &pool->strides,  &pool->dilations,
                                  &pool->pads,         &pool->auto_pad, &pool->ceil_mode};
    enum snv2_status status = shape_pool(node, &window, &outputs[0], diagnostic);
    outputs[0].dtype = DTYPE_INT64;
    return status;
}

static enum snv2_status require_norm(const struct node *node, int64_t p,
                                     struct snv2_diagnostic *diagnostic) {
    return p > 0 ? SNV2_OK : bad_model(node, diagnostic, "p is %" PRId64, p);
}

enum snv2_status shape_LpPool(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    struct LpPool_attributes *pool = &node->attributes.LpPool;
    const struct window window = {&pool->kernel_shape, &pool->strides,  &pool->dilations,
                                  &pool->pads,         &pool->auto_pad, &pool->ceil_mode};
    enum snv2_status status = require_norm(node, pool->p, diagnostic);
    return status == SNV2_OK ? shape_pool(node, &window, &outputs[0], diagnostic) : status;
}

static enum snv2_status global_pool(struct node *node, struct tensor_type *outputs,
                                    struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = require_real(node, diagnostic);
    if (status == SNV2_OK)
        status = require_rank(node, diagnostic, 3, 4);
    if (status != SNV2_OK)
        return status;
    outputs[0] = type_of(node->inputs[0]);
    for (int i = 2; i < outputs[0].shape.rank; i++)
        outputs[0].shape.dims[i] = 1;
    return SNV2_OK;
}

SHAPE_RULE(GlobalAveragePool, global_pool)
SHAPE_RULE(GlobalMaxPool, global_pool)

enum snv2_status shape_GlobalLpPool(struct node *node, struct tensor_type *outputs,
                                    struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = require_norm(node, node->attributes.GlobalLpPool.p, diagnostic);
    return status == SNV2_OK ? global_pool(node, outputs, diagnostic) : status;
}
