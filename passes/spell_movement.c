/* Movements by index lists, windows over one dimension, and general matrix products. */
#include "passes/spell.h"

#include "ir/operands.h"
#include "passes/rewrite.h"

static struct value *input(const struct speller *speller) {
    return speller->node->inputs[0];
}

static int64_t *list_of(struct speller *speller, int64_t count) {
    int64_t *list = arena_alloc(speller->graph->arena, (size_t)count, sizeof *list);
    if (!list)
        speller->status = diagnose_no_memory(speller->diagnostic);
    return list;
}

static struct value *gather(struct speller *speller, struct value *x, int axis,
                            const int64_t *indices, int64_t count) {
    struct node *node =
        spell_node(speller, OP_Gather, x, spell_integers(speller, indices, (int)count));
    if (node)
        node->attributes.Gather.axis = axis;
    return spell_result(speller, node);
}

/* By indices in several dimensions: by the list of them, and then in their shape. */
struct value *spell_gather(struct speller *speller) {
    const struct node *node = speller->node;
    const struct value *indices = node->inputs[1];
    if (!value_is_constant(indices))
        return spell_live_gather(speller);
    if (indices->shape.rank < 2)
        return NULL;
    struct tensor tensor = value_tensor(indices);
    int64_t count = shape_elements(&indices->shape), *list = list_of(speller, count);
    for (int64_t i = 0; list && i < count; i++)
        list[i] = tensor_int(&tensor, i);
    struct value *y =
        list ? gather(speller, input(speller), (int)node->attributes.Gather.axis, list, count)
             : NULL;
    return y ? spell_reshape(speller, y, &node->outputs[0]->shape) : NULL;
}

/* Backwards along some axes. */
struct value *spell_slice(struct speller *speller) {
    struct slice_range ranges[MAX_RANK];
    struct value *x = input(speller);
    bool backwards = false;
    if (slice_ranges(speller->node, NULL, ranges) != SNV2_OK)
        return NULL;
    for (int axis = 0; axis < x->shape.rank; axis++)
        backwards |= ranges[axis].step < 0;
    for (int axis = 0; backwards && x && axis < x->shape.rank; axis++) {
        const struct slice_range *range = &ranges[axis];
        int64_t *list = list_of(speller, range->count);
        for (int64_t i = 0; list && i < range->count; i++)
            list[i] = range->start + i * range->step;
        x = list ? gather(speller, x, axis, list, range->count) : NULL;
    }
    return backwards ? x : NULL;
}

/* The element of `size` that stands at position `at`, which may be outside. */
static int64_t padded_index(enum pad_mode mode, int64_t at, int64_t size) {
    if (mode == PAD_MODE_EDGE)
        return at < 0 ? 0 : at < size ? at : size - 1;
    if (mode == PAD_MODE_WRAP)
        return (at % size + size) % size;
    int64_t period = size > 1 ? 2 * (size - 1) : 1;
    at = (at % period + period) % period;
    return at < size ? at : period - at;
}

/* Modes that repeat elements. */
struct value *spell_pad(struct speller *speller) {
    enum pad_mode mode = speller->node->attributes.Pad.mode;
    struct pad_range ranges[MAX_RANK];
    struct value *x = input(speller);
    if (mode == PAD_MODE_CONSTANT || pad_ranges(speller->node, NULL, ranges) != SNV2_OK)
        return NULL;
    bool changed = false;
    for (int axis = 0; x && axis < x->shape.rank; axis++) {
        int64_t size = x->shape.dims[axis], begin = ranges[axis].begin;
        int64_t count = size + begin + ranges[axis].end;
        if (begin == 0 && ranges[axis].end == 0)
            continue;
        int64_t *list = list_of(speller, count);
        for (int64_t i = 0; list && i < count; i++)
            list[i] = padded_index(mode, i - begin, size);
        x = list ? gather(speller, x, axis, list, count) : NULL;
        changed = true;
    }
    return changed ? x : NULL;
}

/* ---- one dimension as two ---- */

/* `number` behind each element of a list. */
static struct ints with_columns(struct ints list, int64_t number) {
    struct ints result = {.count = 2 * list.count};
    for (int32_t i = 0; i < list.count; i++) {
        result.values[2 * i] = list.values[i];
        result.values[2 * i + 1] = number;
    }
    return result;
}

/* [N,C,L] as [N,C,L,1] */
static struct value *as_plane(struct speller *speller, struct value *x) {
    struct shape shape = x->shape;
    shape.dims[shape.rank++] = 1;
    return spell_reshape(speller, x, &shape);
}

static void widen_window(struct speller *speller, struct node *node) {
    union attributes *to = &node->attributes;
    *to = speller->node->attributes;
    struct ints *ones[3], *pads;
    switch (node->op) {
    case OP_Conv:
    case OP_ConvInteger:
    case OP_QLinearConv:
        ones[0] = &to->Conv.kernel_shape, ones[1] = &to->Conv.strides;
        ones[2] = &to->Conv.dilations, pads = &to->Conv.pads;
        break;
    case OP_ConvTranspose:
        ones[0] = &to->ConvTranspose.kernel_shape, ones[1] = &to->ConvTranspose.strides;
        ones[2] = &to->ConvTranspose.dilations, pads = &to->ConvTranspose.pads;
        to->ConvTranspose.output_padding = with_columns(to->ConvTranspose.output_padding, 0);
        to->ConvTranspose.output_shape = with_columns(to->ConvTranspose.output_shape, 1);
        break;
    case OP_MaxPool:
        ones[0] = &to->MaxPool.kernel_shape, ones[1] = &to->MaxPool.strides;
        ones[2] = &to->MaxPool.dilations, pads = &to->MaxPool.pads;
        break;
    default:
        ones[0] = &to->AveragePool.kernel_shape, ones[1] = &to->AveragePool.strides;
        ones[2] = &to->AveragePool.dilations, pads = &to->AveragePool.pads;
        break;
    }
    for (int i = 0; i < 3; i++)
        *ones[i] = with_columns(*ones[i], 1);
    *pads = with_columns(*pads, 0);
}

/* Which operand are the weights; 0: none. */
static int weights_operand(enum op op) {
    return op == OP_QLinearConv                                              ? 3
           : op == OP_Conv || op == OP_ConvInteger || op == OP_ConvTranspose ? 1
                                                                             : 0;
}

struct value *spell_window(struct speller *speller) {
    const struct node *node = speller->node;
    int weights = weights_operand(node->op);
    if (input(speller)->shape.rank != 3 || (weights && !value_is_constant(node->inputs[weights])))
        return NULL;
    struct value *taps = weights ? as_plane(speller, node->inputs[weights]) : NULL;
    struct node *plane = spell_node(speller, node->op, as_plane(speller, input(speller)), NULL);
    if (!plane)
        return NULL;
    widen_window(speller, plane);
    for (int i = 1; i < node->input_count; i++) {
        struct value *operand = i == weights ? taps : node->inputs[i];
        if (operand && !set_operand(speller->graph, plane, i, operand))
            speller->status = diagnose_no_memory(speller->diagnostic);
    }
    struct value *y = spell_result(speller, plane);
    return y ? spell_reshape(speller, y, &node->outputs[0]->shape) : NULL;
}

/* Over all pixels, whatever their dimensions are. */
struct value *spell_global_pool(struct speller *speller) {
    const struct shape *shape = &input(speller)->shape;
    struct shape map = {4,
                        {shape->dims[0], shape->dims[1], shape_product(shape, 2, shape->rank), 1}};
    if (shape->rank == 4)
        return NULL;
    struct value *y =
        spell(speller, speller->node->op, spell_reshape(speller, input(speller), &map), NULL);
    return y ? spell_reshape(speller, y, &speller->node->outputs[0]->shape) : NULL;
}

/* ---- Gemm of which more than the left operand is no constant, or that is transposed ---- */

static bool is_layer(const struct node *node) {
    const struct value *bias = node_input(node, 2);
    return !node->attributes.Gemm.transA && is_float_constant(node->inputs[1]) &&
           (!bias ||
            (is_float_constant(bias) && (bias->shape.rank < 2 || bias->shape.dims[0] == 1)));
}

static struct value *transposed_if(struct speller *speller, struct value *x, bool transposes) {
    return transposes ? spell(speller, OP_Transpose, x, NULL) : x;
}

struct value *spell_gemm(struct speller *speller) {
    const struct node *node = speller->node;
    const struct Gemm_attributes *gemm = &node->attributes.Gemm;
    struct value *bias = node_input(node, 2);
    if (is_layer(node) || gemm->activation != ACTIVATION_NONE)
        return NULL;
    struct value *a = transposed_if(speller, node->inputs[0], gemm->transA);
    struct value *b = transposed_if(speller, node->inputs[1], gemm->transB);
    struct value *y = spell(speller, OP_MatMul, a, b);
    if (gemm->alpha != 1)
        y = spell(speller, OP_Mul, y, spell_number(speller, gemm->alpha));
    if (bias && gemm->beta != 1)
        bias = spell(speller, OP_Mul, bias, spell_number(speller, gemm->beta));
    return bias ? spell(speller, OP_Add, y, bias) : y;
}
