/* Recipes of several nodes, as networks have them; see random_maker.h. */
#include "tests/random_recipes.h"

#include <stdlib.h>

/* ---- channel shuffles, in the spellings of several exporters ---- */

/* A number of groups that divides, over 1 where there is one. */
static int64_t draw_divisor(struct maker *maker, int64_t channels) {
    int64_t groups = draw(maker, 2, 4);
    while (channels % groups != 0)
        groups--;
    return groups;
}

/* Reshape to the groups, Transpose, Reshape; the rest of the map in two dimensions or in one. */
static struct value *shuffle_by_reshape(struct maker *maker, struct value *value, int64_t groups) {
    const int64_t *dims = value->shape.dims;
    int64_t split[] = {dims[0], groups, dims[1] / groups, dims[2], dims[3]};
    int64_t flat[] = {dims[0], groups, dims[1] / groups, dims[2] * dims[3]};
    static const int64_t swap[] = {0, 2, 1, 3, 4};
    bool is_flat = chance(maker, 30);
    value = reshape(maker, value, is_flat ? flat : split, is_flat ? 4 : 5);
    return reshape(maker, transpose(maker, value, swap), dims, 4);
}

static struct value *concat(struct maker *maker, struct value *const parts[], int count, int axis) {
    for (int i = 0; i < count; i++)
        if (!parts[i])
            return NULL;
    struct node *node = begin(maker, OP_Concat, count, parts);
    set_int(node, "axis", axis);
    return finish(maker, node);
}

/* Each position of all groups: Slices with a step and a Concat, in that order or backwards. */
static struct value *shuffle_by_slices(struct maker *maker, struct value *value, int64_t groups) {
    struct value *parts[4];
    for (int i = 0; i < groups; i++)
        parts[i] = slice(maker, value, 1, i, value->shape.dims[1] / groups, groups);
    return concat(maker, parts, (int)groups, 1);
}

static struct value *shuffle_by_gather(struct maker *maker, struct value *value, int64_t groups) {
    int64_t channels = value->shape.dims[1], indices[64];
    if (channels > 64)
        return NULL;
    for (int64_t i = 0; i < channels; i++)
        indices[i] = i % groups * (channels / groups) + i / groups;
    struct node *node =
        BEGIN_NODE(maker, OP_Gather, value, integers(maker, indices, (int)channels));
    set_int(node, "axis", 1);
    return finish(maker, node);
}

/* The authors': [N C / 2, 2, H W], Transpose, Reshape, and two Gathers of halves. */
static struct value *shuffle_by_halves(struct maker *maker, struct value *value) {
    const int64_t *dims = value->shape.dims;
    int64_t pairs[] = {dims[0] * dims[1] / 2, 2, dims[2] * dims[3]};
    int64_t halves[] = {2, -1, dims[1] / 2, dims[2], dims[3]}, first = 0, second = 1;
    static const int64_t swap[] = {1, 0, 2};
    struct value *both =
        reshape(maker, transpose(maker, reshape(maker, value, pairs, 3), swap), halves, 5);
    struct value *parts[] = {
        apply2(maker, OP_Gather, both, reshape(maker, integers(maker, &first, 1), NULL, 0)),
        apply2(maker, OP_Gather, both, reshape(maker, integers(maker, &second, 1), NULL, 0))};
    return chance(maker, 50) ? parts[1] : concat(maker, parts, 2, 1);
}

static struct value *shuffle(struct maker *maker, struct value *value) {
    if (!value)
        return NULL;
    if (value->shape.dims[1] == 1)
        value = repeat_channels(maker, value, draw(maker, 2, 6));
    int64_t groups = value ? draw_divisor(maker, value->shape.dims[1]) : 0;
    switch (value ? draw(maker, 0, 4) : 5) {
    case 0:
    case 1:
        return shuffle_by_reshape(maker, value, groups);
    case 2:
        return shuffle_by_slices(maker, value, groups);
    case 3:
        return shuffle_by_gather(maker, value, groups);
    case 4:
        return value->shape.dims[1] % 2 == 0 ? shuffle_by_halves(maker, value) : NULL;
    default:
        return NULL;
    }
}

bool recipe_shuffle(struct maker *maker, enum op op) {
    (void)op;
    return shuffle(maker, draw_value(maker, WANT_REAL, 4, 4));
}

struct value *repeat_channels(struct maker *maker, struct value *value, int64_t times) {
    int64_t repeats[MAX_RANK] = {1, times, 1, 1, 1, 1, 1, 1};
    return value ? apply2(maker, OP_Tile, value, integers(maker, repeats, value->shape.rank))
                 : NULL;
}

/* ---- blocks ---- */

/* Pointwise, depthwise, pointwise, with activations. */
static struct value *unit(struct maker *maker, struct value *value, int64_t outputs) {
    int64_t inside = draw(maker, 1, 12);
    value = apply(maker, OP_Relu, convolve(maker, value, inside, 1, false));
    value = convolve(maker, value, inside, chance(maker, 70) ? 3 : 5, true);
    return apply(maker, chance(maker, 80) ? OP_Relu : OP_HardSwish,
                 convolve(maker, value, outputs, 1, false));
}

bool recipe_depthwise_unit(struct maker *maker, enum op op) {
    (void)op;
    return unit(maker, draw_value(maker, WANT_REAL, 4, 4), draw(maker, 1, 20));
}

/* ShuffleNet V2: one half of the channels passes by. */
bool recipe_shuffle_unit(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 4, 4);
    (void)op;
    if (!value)
        return false;
    if (value->shape.dims[1] % 2 != 0)
        value = repeat_channels(maker, value, 2);
    struct node *split = BEGIN_NODE(maker, OP_Split, value);
    set_int(split, "axis", 1);
    set_int(split, "num_outputs", 2);
    set_output_count(maker, split, 2);
    if (!finish(maker, split))
        return false;
    struct value *parts[] = {split->outputs[0],
                             unit(maker, split->outputs[1], split->outputs[1]->shape.dims[1])};
    return shuffle(maker, concat(maker, parts, 2, 1));
}

bool recipe_residual(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 4, 4);
    (void)op;
    if (!value)
        return false;
    int64_t channels = value->shape.dims[1];
    struct value *inside = chance(maker, 50) ? unit(maker, value, channels)
                                             : convolve(maker, value, channels, 3, false);
    value = chance(maker, 50) ? apply2(maker, OP_Add, value, inside)
                              : apply2(maker, OP_Add, inside, value);
    return chance(maker, 50) ? apply(maker, OP_Relu, value) : value;
}

/* RepVGG: convolutions of one value, added. */
bool recipe_branches(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 4, 4);
    (void)op;
    if (!value)
        return false;
    bool depthwise = chance(maker, 30);
    int64_t outputs = depthwise || chance(maker, 30) ? value->shape.dims[1] : draw(maker, 1, 12);
    struct value *sum = convolve(maker, value, outputs, 3, depthwise);
    sum = apply2(maker, OP_Add, sum, convolve(maker, value, outputs, 1, depthwise));
    if (outputs == value->shape.dims[1] && chance(maker, 50))
        sum = apply2(maker, OP_Add, sum, value);
    return chance(maker, 50) ? apply(maker, OP_Relu, sum) : sum;
}

/* As Conv, or as Reshape and Gemm. */
bool recipe_squeeze_and_excite(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 4, 4);
    (void)op;
    if (!value)
        return false;
    int64_t channels = value->shape.dims[1], inside = draw(maker, 1, 6);
    struct value *scale = apply(maker, OP_GlobalAveragePool, value);
    if (chance(maker, 50)) {
        scale = apply(maker, OP_Relu, convolve(maker, scale, inside, 1, false));
        scale = apply(maker, OP_HardSigmoid, convolve(maker, scale, channels, 1, false));
    } else {
        struct shape down = {2, {channels, inside}}, up = {2, {inside, channels}};
        int64_t dims[] = {value->shape.dims[0], channels, 1, 1};
        scale = apply2(maker, OP_Gemm, apply(maker, OP_Flatten, scale),
                       draw_weights(maker, &down, channels));
        scale =
            apply2(maker, OP_Gemm, apply(maker, OP_Relu, scale), draw_weights(maker, &up, inside));
        scale = reshape(maker, apply(maker, OP_Sigmoid, scale), dims, 4);
    }
    return apply2(maker, OP_Mul, value, scale);
}

/* ---- spellings ---- */

/* Scale and shift by channel in front of a convolution. */
bool recipe_affine(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 4, 4);
    (void)op;
    if (!value)
        return false;
    struct shape channels = {3, {value->shape.dims[1], 1, 1}}, one = {0, {0}};
    const struct shape *shape = chance(maker, 50) ? &channels : &one;
    struct value *scaled = apply2(maker, OP_Mul, value, draw_reals(maker, shape, -2, 2, 0));
    scaled = apply2(maker, chance(maker, 50) ? OP_Add : OP_Sub, scaled,
                    draw_reals(maker, shape, -2, 2, 0));
    return convolve(maker, scaled, draw(maker, 1, 12), chance(maker, 50) ? 1 : 3, false);
}

/* x * Clip(x + 3, 0, 6) / 6. */
bool recipe_hard_swish(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 1, MAX_RANK);
    struct value *sum = apply2(maker, OP_Add, value, number(maker, 3));
    (void)op;
    struct value *gate =
        finish(maker, BEGIN_NODE(maker, OP_Clip, sum, number(maker, 0), number(maker, 6)));
    return chance(maker, 50)
               ? apply2(maker, OP_Div, apply2(maker, OP_Mul, value, gate), number(maker, 6))
               : apply2(maker, OP_Mul, value, apply2(maker, OP_Div, gate, number(maker, 6)));
}

/* A 1 x 1 convolution that gives every output channel one input channel. */
bool recipe_permuting_conv(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 4, 4);
    (void)op;
    if (!value)
        return false;
    int64_t inputs = value->shape.dims[1], outputs = draw(maker, 1, 12);
    struct shape shape = {4, {outputs, inputs, 1, 1}};
    float *weights = arena_alloc(maker->graph->arena, (size_t)(outputs * inputs), sizeof *weights);
    if (!weights)
        abort();
    for (int64_t i = 0; i < outputs; i++)
        weights[i * inputs + draw(maker, 0, inputs - 1)] = 1;
    return apply2(maker, OP_Conv, value, reals(maker, &shape, weights));
}

/* A convolution, its BatchNormalization and an activation. */
bool recipe_normalized_conv(struct maker *maker, enum op op) {
    static const enum op activations[] = {OP_Relu, OP_Clip, OP_LeakyRelu, OP_HardSwish, OP_Sigmoid};
    (void)op;
    if (!recipe_conv(maker, OP_Conv) || !recipe_batch_normalization(maker, OP_BatchNormalization))
        return false;
    op = activations[draw(maker, 0, 4)];
    return op == OP_Clip ? recipe_clip(maker, op) : recipe_unary(maker, op);
}

/* DenseNet: the value beside what a convolution makes of it. */
bool recipe_dense_layer(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 4, 4);
    (void)op;
    if (!value || !recipe_batch_normalization(maker, OP_BatchNormalization))
        return false;
    struct value *inside = apply(maker, OP_Relu, draw_value(maker, WANT_REAL, 4, 4));
    struct value *parts[] = {value, convolve(maker, inside, draw(maker, 1, 8), 3, false)};
    return concat(maker, parts, 2, 1);
}

/* A Pad, and the convolution or pool that could do it. */
bool recipe_padded_window(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 4, 4);
    int64_t pads[8] = {0};
    (void)op;
    for (int i = 0; i < 8; i++)
        pads[i] = i % 4 < 2 ? 0 : draw(maker, 0, 2);
    static const enum op windows[] = {OP_Conv, OP_Conv, OP_MaxPool, OP_AveragePool};
    struct value *filling = chance(maker, 20) ? number(maker, 0.5f) : NULL;
    value = value
                ? finish(maker, BEGIN_NODE(maker, OP_Pad, value, integers(maker, pads, 8), filling))
                : NULL;
    op = windows[draw(maker, 0, 3)];
    return value && (op == OP_Conv ? recipe_conv(maker, op) : recipe_pool(maker, op));
}

/* ---- channels last ---- */

static const int64_t to_channels_last[] = {0, 2, 3, 1}, to_planar[] = {0, 3, 1, 2};

/* One node on [N H W C]. */
static struct value *channels_last_node(struct maker *maker, struct value *value) {
    const int64_t *dims = value->shape.dims;
    struct shape channels = {1, {dims[3]}}, matrix = {2, {dims[3], draw(maker, 1, 8)}};
    int64_t pads[8] = {0, draw(maker, 0, 1), draw(maker, 0, 1), 0, 0, draw(maker, 0, 1), 0, 0};
    int64_t pixels[] = {1, 2};
    struct value *parts[] = {value, value};
    struct node *node;
    switch (draw(maker, 0, 7)) {
    case 0:
        return apply2(maker, OP_Mul, value, draw_reals(maker, &channels, -2, 2, 0));
    case 1:
        return apply2(maker, OP_Add, draw_reals(maker, &channels, -2, 2, 0), value);
    case 2:
        return concat(maker, parts, 2, 3);
    case 3:
        return slice(maker, value, 3, 0, dims[3] / 2 + 1, 1);
    case 4:
        return apply2(maker, OP_MatMul, value, draw_weights(maker, &matrix, dims[3]));
    case 5:
        return apply2(maker, OP_Pad, value, integers(maker, pads, 8));
    case 6:
        return apply2(maker, OP_Sub, value,
                      apply2(maker, OP_ReduceMean, value, integers(maker, pixels, 2)));
    default:
        node = BEGIN_NODE(maker, OP_Softmax, value);
        set_int(node, "axis", chance(maker, 50) ? 3 : -1);
        return finish(maker, node);
    }
}

/* What stands between two Transposes, or stays behind the first. */
bool recipe_channels_last(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 4, 4);
    (void)op;
    value = value ? transpose(maker, value, to_channels_last) : NULL;
    for (int i = (int)draw(maker, 0, 3); value && i > 0; i--)
        value = channels_last_node(maker, value);
    return value && chance(maker, 70) ? transpose(maker, value, to_planar) : value;
}

/* A shuffle of the last dimension. */
bool recipe_last_shuffle(struct maker *maker, enum op op) {
    static const int64_t swap[] = {0, 1, 2, 4, 3};
    struct value *value = draw_value(maker, WANT_REAL, 4, 4);
    (void)op;
    value = value && chance(maker, 70) ? transpose(maker, value, to_channels_last) : value;
    if (!value)
        return false;
    const int64_t *dims = value->shape.dims;
    int64_t groups = draw_divisor(maker, dims[3]);
    int64_t split[] = {dims[0], dims[1], dims[2], groups, dims[3] / groups};
    value = reshape(maker, transpose(maker, reshape(maker, value, split, 5), swap), dims, 4);
    return value && chance(maker, 70) ? transpose(maker, value, to_planar) : value;
}
