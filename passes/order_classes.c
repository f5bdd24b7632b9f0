/* Order classes (order_classes.h): union-find over values that TIED operators join. Graph inputs
 * and what NATURAL operators read or write are pinned, and so is a fully connected layer's result,
 * whose order no reader would gain from. */
#include "passes/order_classes.h"

#include "passes/views.h"

static bool constant_from(const struct node *node, int32_t first) {
    for (int32_t i = first; i < node->input_count; i++)
        if (node->inputs[i] && !value_is_constant(node->inputs[i]))
            return false;
    return true;
}

static enum channel_trait convolution_trait(const struct node *node) {
    const struct shape *weights = &node->inputs[1]->shape;
    int64_t group = node->attributes.Conv.group;
    if (!constant_from(node, 1))
        return TRAIT_NATURAL;
    bool depthwise = group > 1 && weights->dims[0] == group && weights->dims[1] == 1;
    return depthwise ? TRAIT_TIED : TRAIT_FREE;
}

static enum channel_trait gemm_trait(const struct node *node) {
    return constant_from(node, 1) && !node->attributes.Gemm.transA ? TRAIT_FREE : TRAIT_NATURAL;
}

/* Reshape and its like keep the order of elements, so equal N and C leave every channel whole. */
static enum channel_trait reshape_trait(const struct node *node) {
    const struct value *in = node->inputs[0], *out = node->outputs[0];
    bool keeps_channels = has_channels(in) && in->shape.dims[0] == out->shape.dims[0] &&
                          in->shape.dims[1] == out->shape.dims[1];
    return keeps_channels ? TRAIT_TIED : TRAIT_NATURAL;
}

/* Operands of other ranks have their channels elsewhere: only constants are permuted there. */
static enum channel_trait elementwise_trait(const struct node *node) {
    const struct value *out = node->outputs[0];
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct value *in = node->inputs[i];
        if (!in || value_is_constant(in))
            continue;
        if (!has_channels(in) || in->shape.rank != out->shape.rank ||
            (channel_count(in) != channel_count(out) && channel_count(in) != 1))
            return TRAIT_NATURAL;
    }
    return TRAIT_TIED;
}

enum channel_trait node_channel_trait(const struct node *node) {
    if (op_infos[node->op].trait == TRAIT_INVARIANT)
        return TRAIT_INVARIANT;
    if (!has_channels(node->outputs[0]))
        return TRAIT_NATURAL;
    switch (node->op) {
    case OP_Conv:
        return convolution_trait(node);
    case OP_Gemm:
        return gemm_trait(node);
    case OP_Flatten:
    case OP_Reshape:
    case OP_Squeeze:
    case OP_Unsqueeze:
        return reshape_trait(node);
    case OP_BatchNormalization:
        return constant_from(node, 1) ? TRAIT_TIED : TRAIT_NATURAL;
    default:
        return op_infos[node->op].trait == TRAIT_TIED ? elementwise_trait(node) : TRAIT_NATURAL;
    }
}

bool is_tied_operand(const struct node *node, int32_t operand) {
    const struct value *in = node->inputs[operand];
    return node_channel_trait(node) == TRAIT_TIED && in && has_channels(in) &&
           channel_count(in) == channel_count(node->outputs[0]);
}

int32_t channel_groups(const struct node *node) {
    return node->op == OP_Conv ? (int32_t)node->attributes.Conv.group : 1;
}

int output_channel_axis(const struct node *node, int32_t operand) {
    const struct value *out = node->outputs[0], *in = node->inputs[operand];
    if (node->op == OP_Conv || node->op == OP_BatchNormalization)
        return operand > 0 ? 0 : -1;
    if (op_infos[node->op].class != CLASS_ELEMENTWISE)
        return -1;
    int axis = in->shape.rank - (out->shape.rank - 1);
    return axis >= 0 && in->shape.dims[axis] > 1 ? axis : -1;
}

int input_channel_axis(const struct node *node, int32_t operand) {
    if (operand != 1 || node_channel_trait(node) != TRAIT_FREE)
        return -1;
    return node->op == OP_Gemm && !node->attributes.Gemm.transB ? 0 : 1;
}

int32_t order_class(const struct order_classes *classes, const struct value *value) {
    int32_t id = value->id;
    while (classes->parent[id] != id) {
        classes->parent[id] = classes->parent[classes->parent[id]];
        id = classes->parent[id];
    }
    return id;
}

/* The size of blocks that divide blocks of both sizes. */
static int32_t common_block(int32_t a, int32_t b) {
    while (b > 0) {
        int32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The channels of the value's class stay within blocks of this size. */
static void restrict_to_blocks(struct order_classes *classes, const struct value *value,
                               int32_t block) {
    int32_t *common = &classes->block[order_class(classes, value)];
    *common = common_block(*common, block);
}

static void join(struct order_classes *classes, const struct value *a, const struct value *b) {
    int32_t class_a = order_class(classes, a), class_b = order_class(classes, b);
    classes->parent[class_b] = class_a;
    restrict_to_blocks(classes, a, classes->block[class_b]);
}

static void pin(struct order_classes *classes, const struct value *value) {
    restrict_to_blocks(classes, value, 1);
}

/* The value is the data or the result of a FREE node. */
static void restrict_to_groups(struct order_classes *classes, const struct value *value,
                               const struct node *node) {
    restrict_to_blocks(classes, value, channel_count(value) / channel_groups(node));
}

/* What is read through a view is in any order, and what is constant in the natural one. */
static bool is_bound(const struct value *operand) {
    return operand && !value_is_constant(operand) && !is_view(operand->producer);
}

static void classify(struct order_classes *classes, const struct node *node) {
    enum channel_trait trait = node_channel_trait(node);
    for (int32_t i = 0; i < node->input_count; i++) {
        if (!is_bound(node->inputs[i]))
            continue;
        if (trait == TRAIT_NATURAL)
            pin(classes, node->inputs[i]);
        else if (trait == TRAIT_FREE)
            restrict_to_groups(classes, node->inputs[i], node);
        else if (is_tied_operand(node, i))
            join(classes, node->outputs[0], node->inputs[i]);
    }
    for (int32_t i = 0; i < node->output_count; i++)
        if (trait == TRAIT_NATURAL || node->op == OP_Gemm)
            pin(classes, node->outputs[i]);
        else if (trait == TRAIT_FREE)
            restrict_to_groups(classes, node->outputs[i], node);
}

bool order_classes_init(struct order_classes *classes, const struct graph *graph,
                        struct arena *scratch) {
    size_t count = (size_t)graph->value_count;
    classes->parent = arena_alloc(scratch, count, sizeof *classes->parent);
    classes->block = arena_alloc(scratch, count, sizeof *classes->block);
    if (!classes->parent || !classes->block)
        return false;
    for (int32_t v = 0; v < graph->value_count; v++) {
        classes->parent[v] = v;
        classes->block[v] = has_channels(graph->values[v]) ? channel_count(graph->values[v]) : 1;
    }
    for (int32_t i = 0; i < graph->input_count; i++)
        pin(classes, graph->inputs[i]);
    for (const struct node *node = graph->first; node; node = node->next)
        if (!is_view(node))
            classify(classes, node);
    return true;
}
