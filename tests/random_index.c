/* Recipes of what reads or makes indices, or goes along one axis; see random_maker.h. */
#include "tests/random_recipes.h"

/* ---- along an axis ---- */

bool recipe_cumulative_sum(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_NUMBER, 1, 5);
    if (!value)
        return false;
    int rank = value->shape.rank;
    struct node *node = BEGIN_NODE(maker, op, value, integer(maker, draw(maker, -rank, rank - 1)));
    set_int(node, "exclusive", draw(maker, 0, 1));
    set_int(node, "reverse", draw(maker, 0, 1));
    return finish(maker, node);
}

/* The numbers, and where they were. */
bool recipe_top_k(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_NUMBER, 1, 5);
    if (!value)
        return false;
    int axis = (int)draw(maker, 0, value->shape.rank - 1);
    int64_t count = draw(maker, 1, value->shape.dims[axis]);
    struct node *node = BEGIN_NODE(maker, op, value, integers(maker, &count, 1));
    set_output_count(maker, node, 2);
    set_int(node, "axis", axis);
    set_int(node, "largest", draw(maker, 0, 1));
    return finish(maker, node);
}

/* Zeros above a diagonal or below. */
bool recipe_triangle(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_NUMBER, 2, 5);
    struct value *diagonal = chance(maker, 50) ? integer(maker, draw(maker, -2, 2)) : NULL;
    struct node *node = BEGIN_NODE(maker, op, value, diagonal);
    set_int(node, "upper", draw(maker, 0, 1));
    return finish(maker, node);
}

/* Added to the matrix that it is like. */
bool recipe_eye_like(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 2, 2);
    struct node *node = BEGIN_NODE(maker, op, value);
    set_int(node, "k", draw(maker, -1, 1));
    return apply2(maker, OP_Add, value, finish(maker, node));
}

/* ---- indices ---- */

/* Indices along the axis, which has one element of them, that are known at run time alone. */
static struct value *live_index(struct maker *maker, struct value *value, int axis) {
    struct node *node = value->dtype == DTYPE_BOOL ? NULL : BEGIN_NODE(maker, OP_ArgMax, value);
    set_int(node, "axis", axis);
    set_int(node, "keepdims", 1);
    return finish(maker, node);
}

/* Up to 6 indices, in one dimension, in two or in none, or computed ones. */
bool recipe_gather(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 1, 5);
    int64_t indices[6], dims[2] = {2, 3};
    if (!value)
        return false;
    int axis = (int)draw(maker, 0, value->shape.rank - 1), form = (int)draw(maker, 0, 4);
    int count = form == 0 ? 1 : form == 1 ? 6 : (int)draw(maker, 1, 6);
    for (int i = 0; i < count; i++)
        indices[i] = draw(maker, -value->shape.dims[axis], value->shape.dims[axis] - 1);
    struct value *list = integers(maker, indices, count);
    if (form == 0)
        list = reshape(maker, list, dims, 0);
    else if (form == 1)
        list = reshape(maker, list, dims, 2);
    else if (form == 4)
        list = live_index(maker, value, axis);
    struct node *node = BEGIN_NODE(maker, op, value, list);
    set_int(node, "axis", axis);
    return finish(maker, node);
}

bool recipe_gather_elements(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_NUMBER, 1, 5);
    if (!value)
        return false;
    int axis = (int)draw(maker, 0, value->shape.rank - 1);
    struct shape shape = value->shape;
    shape.dims[axis] = draw(maker, 1, 4);
    int64_t size = value->shape.dims[axis];
    struct value *indices = chance(maker, 50)
                                ? draw_integers(maker, DTYPE_INT64, &shape, -size, size - 1)
                                : live_index(maker, value, axis);
    struct node *node = BEGIN_NODE(maker, op, value, indices);
    set_int(node, "axis", axis);
    return finish(maker, node);
}

/* Of all dimensions but some last ones; at times for each image by itself. */
bool recipe_gather_nd(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_NUMBER, 2, 5);
    if (!value)
        return false;
    int batch = chance(maker, 30), count = (int)draw(maker, 1, value->shape.rank - batch);
    int64_t least = value->shape.dims[batch];
    struct shape shape = {2 + batch, {value->shape.dims[0]}};
    for (int i = batch; i < batch + count; i++)
        least = value->shape.dims[i] < least ? value->shape.dims[i] : least;
    shape.dims[batch] = draw(maker, 1, 5);
    shape.dims[batch + 1] = count;
    struct node *node =
        BEGIN_NODE(maker, op, value, draw_integers(maker, DTYPE_INT64, &shape, -least, least - 1));
    set_int(node, "batch_dims", batch);
    return finish(maker, node);
}

bool recipe_one_hot(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 1, 4);
    struct shape pair = {1, {2}};
    if (!value)
        return false;
    int rank = value->shape.rank, axis = (int)draw(maker, 0, rank - 1);
    int64_t depth = value->shape.dims[axis];
    struct value *indices = live_index(maker, value, axis);
    struct node *node =
        BEGIN_NODE(maker, op, indices, integer(maker, depth), draw_reals(maker, &pair, -1, 1, 0));
    set_int(node, "axis", draw(maker, -rank - 1, rank));
    return finish(maker, node);
}
