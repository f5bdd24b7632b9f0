/* Recipes of what has a window, and of Resize; see random_maker.h. */
#include "tests/random_recipes.h"

/* Windows over the dimensions behind the second: strides, dilations, and pads or auto_pad. */
static void draw_window(struct maker *maker, struct node *node, const int64_t *kernel,
                        int spatial) {
    int64_t strides[MAX_RANK], dilations[MAX_RANK], pads[2 * MAX_RANK];
    bool is_padded = chance(maker, 60);
    for (int i = 0; i < spatial; i++) {
        strides[i] = chance(maker, 60) ? 1 : draw(maker, 2, 3);
        dilations[i] = chance(maker, 80) ? 1 : 2;
        pads[i] = is_padded ? draw(maker, 0, kernel[i] - 1) : 0;
        pads[spatial + i] = chance(maker, 50) ? pads[i] : draw(maker, 0, kernel[i] - 1);
    }
    set_ints(node, "strides", strides, spatial);
    if (chance(maker, 50))
        set_ints(node, "dilations", dilations, spatial);
    if (chance(maker, 20))
        set_int(node, "auto_pad", draw(maker, AUTO_PAD_SAME_UPPER, AUTO_PAD_VALID));
    else
        set_ints(node, "pads", pads, 2 * spatial);
}

static void draw_kernel(struct maker *maker, int64_t *kernel, int spatial) {
    for (int i = 0; i < spatial; i++)
        kernel[i] = i > 0 && chance(maker, 70) ? kernel[0] : draw(maker, 1, 4);
}

bool recipe_pool(struct maker *maker, enum op op) {
    struct value *value = chance(maker, 10) ? draw_value(maker, WANT_BYTE, 3, 4) : NULL;
    if (!value)
        value = draw_value(maker, WANT_REAL, 3, 4);
    struct node *node = BEGIN_NODE(maker, op, value);
    int64_t kernel[MAX_RANK];
    if (!node)
        return false;
    int spatial = value->shape.rank - 2;
    draw_kernel(maker, kernel, spatial);
    set_ints(node, "kernel_shape", kernel, spatial);
    draw_window(maker, node, kernel, spatial);
    set_int(node, "ceil_mode", draw(maker, 0, 1));
    if (op == OP_AveragePool)
        set_int(node, "count_include_pad", draw(maker, 0, 1));
    return finish(maker, node);
}

bool recipe_global_pool(struct maker *maker, enum op op) {
    return apply(maker, op, draw_value(maker, WANT_REAL, 3, 4));
}

/* A number that divides: 1 for the most part, or all. */
static int64_t draw_groups(struct maker *maker, int64_t channels) {
    int64_t groups = chance(maker, 60)   ? 1
                     : chance(maker, 50) ? channels
                                         : draw(maker, 1, channels);
    while (channels % groups != 0)
        groups--;
    return groups;
}

static struct value *draw_bias(struct maker *maker, int64_t channels) {
    struct shape shape = {1, {channels}};
    return chance(maker, 60) ? draw_reals(maker, &shape, -1, 1, 0) : NULL;
}

void draw_filter(struct maker *maker, const struct value *value, bool transposed,
                 struct filter *filter) {
    int64_t inputs = value->shape.dims[1], groups = draw_groups(maker, inputs);
    int64_t each = groups == 1 ? draw(maker, 1, 20) : draw(maker, 1, 3);
    struct shape *shape = &filter->shape;
    filter->groups = groups;
    filter->outputs = each * groups;
    *shape = (struct shape){value->shape.rank, {each * groups, inputs / groups, 1, 1, 1}};
    if (transposed) {
        shape->dims[0] = inputs;
        shape->dims[1] = each;
    }
    if (chance(maker, groups == 1 ? 50 : 90))
        draw_kernel(maker, shape->dims + 2, shape->rank - 2);
    filter->terms = inputs / groups * shape_product(shape, 2, shape->rank);
}

void set_filter(struct maker *maker, struct node *node, const struct filter *filter) {
    if (!node)
        return;
    set_int(node, "group", filter->groups);
    draw_window(maker, node, filter->shape.dims + 2, filter->shape.rank - 2);
}

static bool convolution(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 3, 4);
    bool transposed = op == OP_ConvTranspose;
    struct filter filter;
    if (!value)
        return false;
    draw_filter(maker, value, transposed, &filter);
    int spatial = filter.shape.rank - 2;
    struct node *node =
        BEGIN_NODE(maker, op, value, draw_weights(maker, &filter.shape, filter.terms),
                   draw_bias(maker, filter.outputs));
    set_filter(maker, node, &filter);
    if (transposed && chance(maker, 30)) {
        int64_t padding[MAX_RANK] = {draw(maker, 0, 1), draw(maker, 0, 1), draw(maker, 0, 1)};
        set_ints(node, "output_padding", padding, spatial);
    }
    return finish(maker, node);
}

bool recipe_conv(struct maker *maker, enum op op) {
    return convolution(maker, op);
}

bool recipe_conv_transpose(struct maker *maker, enum op op) {
    return convolution(maker, op);
}

struct value *convolve(struct maker *maker, struct value *value, int64_t outputs, int64_t size,
                       bool depthwise) {
    if (!value || value->shape.rank != 4)
        return NULL;
    int64_t inputs = depthwise ? 1 : value->shape.dims[1], pad = size / 2;
    struct shape shape = {4, {outputs, inputs, size, size}};
    int64_t pads[] = {pad, pad, pad, pad};
    struct node *node =
        BEGIN_NODE(maker, OP_Conv, value, draw_weights(maker, &shape, inputs * size * size),
                   draw_bias(maker, outputs));
    set_int(node, "group", depthwise ? value->shape.dims[1] : 1);
    set_ints(node, "pads", pads, 4);
    return finish(maker, node);
}

/* By scales or to sizes, of all dimensions or, by axes, of the last two. */
bool recipe_resize(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 3, 4);
    int64_t sizes[4], axes[] = {2, 3};
    float factors[4];
    if (!value)
        return false;
    int rank = value->shape.rank;
    for (int i = 0; i < rank; i++) {
        sizes[i] = i < 2 ? value->shape.dims[i] : draw(maker, 1, 2 * value->shape.dims[i]);
        factors[i] = i < 2 ? 1 : (float)draw(maker, 2, 12) / 4;
    }
    bool by_axes = rank == 4 && chance(maker, 30), by_scales = chance(maker, 50);
    int first = by_axes ? 2 : 0;
    struct value *list = by_scales ? scales(maker, factors + first, rank - first)
                                   : integers(maker, sizes + first, rank - first);
    struct node *node =
        BEGIN_NODE(maker, op, value, NULL, by_scales ? list : NULL, by_scales ? NULL : list);
    draw_attributes(maker, node);
    set_int(node, "keep_aspect_ratio_policy", ASPECT_RATIO_STRETCH);
    if (chance(maker, 10))
        set_int(node, "antialias", 1);
    if (by_axes)
        set_ints(node, "axes", axes, 2);
    return finish(maker, node);
}
