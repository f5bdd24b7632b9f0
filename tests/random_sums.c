/* Recipes of what sums or compares along dimensions: products, reductions, normalizations; see
 * random_maker.h. */
#include "tests/random_recipes.h"

/* ---- products ---- */

/* Weights of the value's type. */
static struct value *draw_factor(struct maker *maker, const struct value *value,
                                 const struct shape *shape, int64_t terms) {
    return value->dtype == maker->real ? draw_weights(maker, shape, terms)
                                       : draw_integers(maker, value->dtype, shape, -4, 4);
}

/* The second operand is a constant, or another matrix that fits. */
bool recipe_gemm(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_NUMBER, 2, 2);
    if (!value && (value = draw_value(maker, WANT_REAL, 3, 5)))
        value = apply(maker, OP_Flatten, value);
    if (!value)
        return false;
    bool across = chance(maker, 20), other_across = chance(maker, 50);
    int64_t rows = value->shape.dims[across], terms = value->shape.dims[!across];
    int64_t columns = draw(maker, 1, 20);
    struct shape weights = {2, {terms, columns}}, bias = {(int32_t)draw(maker, 0, 2), {0}};
    if (other_across)
        weights = (struct shape){2, {columns, terms}};
    for (int i = 0; i < bias.rank; i++)
        bias.dims[i] = chance(maker, 20) ? 1 : i + 1 == bias.rank ? columns : rows;
    struct value *other = draw_factor(maker, value, &weights, terms), *addend = NULL;
    if (chance(maker, 20)) {
        other = value; /* times itself, across */
        other_across = !across;
    }
    if (chance(maker, 70) && other != value)
        addend = draw_factor(maker, value, &bias, 4);
    struct node *node = BEGIN_NODE(maker, op, value, other, addend);
    if (value->dtype == maker->real)
        draw_attributes(maker, node);
    set_int(node, "transA", across);
    set_int(node, "transB", other_across);
    return finish(maker, node);
}

/* With constant weights from either side, a vector, or another value across. */
bool recipe_matmul(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_NUMBER, 1, 5);
    if (!value)
        return false;
    int rank = value->shape.rank;
    int64_t last = value->shape.dims[rank - 1], columns = draw(maker, 1, 12), perm[MAX_RANK];
    struct shape weights = {2, {last, columns}}, vector = {1, {last}};
    switch (draw(maker, 0, 3)) {
    case 0: /* value across times value */
        for (int i = 0; i < rank; i++)
            perm[i] = i < rank - 2 ? i : rank - 1 - (i - (rank - 2));
        return rank > 1 && apply2(maker, op, transpose(maker, value, perm), value);
    case 1:
        return apply2(maker, op, value, draw_factor(maker, value, &vector, last));
    case 2: /* from the left */
        weights = (struct shape){2, {columns, rank > 1 ? value->shape.dims[rank - 2] : last}};
        return apply2(maker, op, draw_factor(maker, value, &weights, weights.dims[1]), value);
    default:
        return apply2(maker, op, value, draw_factor(maker, value, &weights, last));
    }
}

/* The value's dims, with a constant of some of them and a new one; some of all stay, in any order.
 */
bool recipe_einsum(struct maker *maker, enum op op) {
    enum { DIMS = 5 };
    struct value *inputs[2] = {draw_value(maker, WANT_REAL, 1, DIMS - 1), NULL};
    int64_t sizes[DIMS], order[DIMS], terms = 1;
    bool used[DIMS] = {false};
    char equation[4 * DIMS];
    int length = 0, rank = inputs[0] ? inputs[0]->shape.rank : 0;
    struct shape shape = {0, {0}};
    bool is_product = chance(maker, 80);
    for (int i = 0; i < rank; i++) {
        sizes[i] = inputs[0]->shape.dims[i];
        used[i] = true;
        equation[length++] = (char)('a' + i);
    }
    sizes[rank] = draw(maker, 1, 6);
    if (is_product)
        equation[length++] = ',';
    draw_permutation(maker, order, rank + 1);
    for (int i = 0; i <= rank && is_product; i++)
        if (chance(maker, 60)) {
            used[order[i]] = true;
            shape.dims[shape.rank++] = sizes[order[i]];
            equation[length++] = (char)('a' + order[i]);
        }
    equation[length++] = '-';
    equation[length++] = '>';
    draw_permutation(maker, order, rank + 1);
    for (int i = 0; i <= rank; i++)
        if (used[order[i]] && chance(maker, 70))
            equation[length++] = (char)('a' + order[i]);
        else if (used[order[i]])
            terms *= sizes[order[i]];
    if (is_product)
        inputs[1] = draw_weights(maker, &shape, terms);
    struct node *node = inputs[0] ? begin(maker, op, 1 + is_product, inputs) : NULL;
    if (node)
        node->attributes.Einsum.equation =
            arena_strndup(maker->graph->arena, equation, (size_t)length);
    return finish(maker, node);
}

/* ---- reductions ---- */

bool recipe_reduce(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_NUMBER, 1, 5);
    int64_t axes[MAX_RANK];
    if (op == OP_ReduceLogSum)
        value = positive(maker, value);
    if (!value)
        return false;
    int count = draw_axes(maker, axes, value->shape.rank);
    for (int i = 0; i < count; i++)
        axes[i] -= chance(maker, 30) ? value->shape.rank : 0;
    struct node *node =
        BEGIN_NODE(maker, op, value, chance(maker, 90) ? integers(maker, axes, count) : NULL);
    set_int(node, "keepdims", draw(maker, 0, 1));
    return finish(maker, node);
}

/* The index as a real, so that more can stand behind it. */
bool recipe_argument(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, chance(maker, 80) ? WANT_REAL : WANT_INTEGER, 1, 5);
    struct node *node = BEGIN_NODE(maker, op, value);
    if (!node)
        return false;
    set_int(node, "axis", draw(maker, -value->shape.rank, value->shape.rank - 1));
    set_int(node, "keepdims", draw(maker, 0, 1));
    set_int(node, "select_last_index", draw(maker, 0, 1));
    return finish(maker, node);
}

bool recipe_softmax(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 1, 5);
    struct node *node = BEGIN_NODE(maker, op, value);
    if (!node)
        return false;
    set_int(node, "axis", draw(maker, -value->shape.rank, value->shape.rank - 1));
    return finish(maker, node);
}

/* ---- normalizations ---- */

static struct value *parameter(struct maker *maker, int64_t count, double low, double high) {
    struct shape shape = {1, {count}};
    return draw_reals(maker, &shape, low, high, 0);
}

bool recipe_batch_normalization(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 2, 5);
    if (!value)
        return false;
    int64_t channels = value->shape.dims[1];
    struct node *node = BEGIN_NODE(
        maker, op, value, parameter(maker, channels, -2, 2), parameter(maker, channels, -1, 1),
        parameter(maker, channels, -1, 1), parameter(maker, channels, 0.5, 2));
    return finish(maker, node);
}

bool recipe_instance_normalization(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 3, 4);
    if (!value)
        return false;
    int64_t channels = value->shape.dims[1];
    return finish(maker, BEGIN_NODE(maker, op, value, parameter(maker, channels, -2, 2),
                                    parameter(maker, channels, -1, 1)));
}

bool recipe_group_normalization(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 3, 4);
    if (!value)
        return false;
    int64_t channels = value->shape.dims[1], groups = draw(maker, 1, channels);
    while (channels % groups != 0)
        groups--;
    struct node *node = BEGIN_NODE(maker, op, value, parameter(maker, channels, -2, 2),
                                   parameter(maker, channels, -1, 1));
    set_int(node, "num_groups", groups);
    return finish(maker, node);
}

bool recipe_layer_normalization(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 2, 5);
    if (!value)
        return false;
    int rank = value->shape.rank, axis = (int)draw(maker, 1, rank - 1);
    struct shape shape = {rank - axis, {0}};
    for (int i = 0; i < shape.rank; i++)
        shape.dims[i] = value->shape.dims[axis + i];
    struct value *shift = chance(maker, 60) ? draw_reals(maker, &shape, -1, 1, 0) : NULL;
    struct node *node = BEGIN_NODE(maker, op, value, draw_reals(maker, &shape, -2, 2, 0), shift);
    set_output_count(maker, node, chance(maker, 80) ? 1 : (int)draw(maker, 2, 3));
    set_int(node, "axis", chance(maker, 50) ? axis : axis - rank);
    return finish(maker, node);
}

bool recipe_local_normalization(struct maker *maker, enum op op) {
    struct node *node = BEGIN_NODE(maker, op, draw_value(maker, WANT_REAL, 3, 4));
    draw_attributes(maker, node);
    set_int(node, "size", draw(maker, 1, 5));
    return finish(maker, node);
}

bool recipe_lp_normalization(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 1, 5);
    struct node *node = BEGIN_NODE(maker, op, value);
    if (!node)
        return false;
    set_int(node, "axis", draw(maker, -value->shape.rank, value->shape.rank - 1));
    set_int(node, "p", draw(maker, 1, 2));
    return finish(maker, node);
}

bool recipe_mean_variance_normalization(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 2, 5);
    int64_t axes[MAX_RANK], elements = 1;
    if (!value)
        return false;
    int count = draw_axes(maker, axes, value->shape.rank);
    for (int i = 0; i < count; i++)
        elements *= value->shape.dims[axes[i]];
    if (elements == 2) /* 1 and -1, as far as the rounding of their mean lets them */
        return false;
    struct node *node = BEGIN_NODE(maker, op, value);
    set_ints(node, "axes", axes, count);
    return finish(maker, node);
}
