/* Recipes of what moves elements and computes none; see random_maker.h. */
#include "tests/random_recipes.h"

#include <stdlib.h>
#include <string.h>

bool recipe_transpose(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 2, 6);
    int64_t perm[MAX_RANK];
    (void)op;
    if (!value)
        return false;
    draw_permutation(maker, perm, value->shape.rank);
    return transpose(maker, value, perm);
}

/* Factors of the number of elements; one dimension may be left open, one kept as it was. */
bool recipe_reshape(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 0, MAX_RANK);
    int64_t dims[MAX_RANK], left = value ? shape_elements(&value->shape) : 0;
    int rank = (int)draw(maker, 1, 5);
    (void)op;
    if (!value)
        return false;
    for (int i = 0; i < rank; i++) {
        dims[i] = i + 1 < rank ? draw(maker, 1, left < 12 ? left : 12) : left;
        while (left % dims[i] != 0)
            dims[i]--;
        left /= dims[i];
    }
    if (rank <= value->shape.rank && dims[0] == value->shape.dims[0] && chance(maker, 50))
        dims[0] = 0;
    if (chance(maker, 30))
        dims[rank - 1] = -1;
    return reshape(maker, value, dims, rank);
}

bool recipe_flatten(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 1, MAX_RANK);
    struct node *node = BEGIN_NODE(maker, op, value);
    if (node)
        set_int(node, "axis", draw(maker, -value->shape.rank, value->shape.rank));
    return finish(maker, node);
}

bool recipe_squeeze(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 1, MAX_RANK);
    int64_t axes[MAX_RANK];
    int count = 0;
    for (int i = 0; value && i < value->shape.rank; i++)
        if (value->shape.dims[i] == 1 && chance(maker, 70))
            axes[count++] = chance(maker, 50) ? i : i - value->shape.rank;
    return count > 0 && apply2(maker, op, value, integers(maker, axes, count));
}

bool recipe_unsqueeze(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 0, 5);
    int64_t axes[MAX_RANK];
    int count = value ? draw_axes(maker, axes, value->shape.rank + 1) : 0;
    return apply2(maker, op, value, integers(maker, axes, count));
}

bool recipe_expand(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 0, 5);
    int64_t dims[MAX_RANK];
    if (!value)
        return false;
    int rank = value->shape.rank, more = chance(maker, 30);
    dims[0] = draw(maker, 1, 3);
    for (int i = 0; i < rank; i++)
        dims[i + more] = value->shape.dims[i] > 1 ? value->shape.dims[i] : draw(maker, 1, 3);
    return apply2(maker, op, value, integers(maker, dims, rank + more));
}

bool recipe_tile(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 1, 5);
    int64_t repeats[MAX_RANK];
    for (int i = 0; value && i < value->shape.rank; i++)
        repeats[i] = chance(maker, 70) ? 1 : draw(maker, 2, 3);
    return value && apply2(maker, op, value, integers(maker, repeats, value->shape.rank));
}

/* Of maps mostly around their pixels; a negative pad takes away. */
bool recipe_pad(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_NUMBER, 1, 5);
    int64_t pads[2 * MAX_RANK] = {0};
    if (!value)
        return false;
    int rank = value->shape.rank;
    bool is_map = rank == 4 && chance(maker, 80);
    for (int i = is_map ? 2 : 0; i < rank; i++) {
        pads[i] = chance(maker, 10) ? -1 : draw(maker, 0, 2);
        pads[rank + i] = chance(maker, 10) ? -1 : draw(maker, 0, 2);
    }
    struct value *filling = chance(maker, 30) ? draw_number(maker, value, -16, 16) : NULL;
    struct node *node = BEGIN_NODE(maker, op, value, integers(maker, pads, 2 * rank), filling);
    draw_attributes(maker, node);
    return finish(maker, node);
}

/* Along one dimension or several, forwards or backwards. */
bool recipe_slice(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 1, 6);
    int64_t axes[MAX_RANK], first[MAX_RANK], last[MAX_RANK], step[MAX_RANK];
    int count = value ? draw_axes(maker, axes, value->shape.rank) : 0;
    for (int i = 0; i < count; i++) {
        int64_t size = value->shape.dims[axes[i]];
        int64_t low = draw(maker, 0, size - 1), high = draw(maker, low + 1, size);
        bool backwards = chance(maker, 20);
        step[i] = (backwards ? -1 : 1) * (chance(maker, 70) ? 1 : draw(maker, 2, 3));
        first[i] = backwards ? high - 1 : low;
        last[i] = backwards ? low - 1 - size : chance(maker, 20) ? INT64_MAX : high;
    }
    return value &&
           finish(maker, BEGIN_NODE(maker, op, value, integers(maker, first, count),
                                    integers(maker, last, count), integers(maker, axes, count),
                                    integers(maker, step, count)));
}

/* Into two to four parts: of sizes that are given, or as even as can be. */
bool recipe_split(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 1, 6);
    int64_t sizes[4], left, parts = draw(maker, 2, 4);
    if (!value)
        return false;
    int axis =
        value->shape.rank > 1 && chance(maker, 60) ? 1 : (int)draw(maker, 0, value->shape.rank - 1);
    left = value->shape.dims[axis];
    if (left < parts)
        return false;
    for (int i = 0; i < parts; i++) {
        sizes[i] = i + 1 < parts ? draw(maker, 1, left - (parts - 1 - i)) : left;
        left -= sizes[i];
    }
    bool is_even = chance(maker, 50);
    struct node *node =
        BEGIN_NODE(maker, op, value, is_even ? NULL : integers(maker, sizes, (int)parts));
    set_int(node, "axis", axis);
    if (is_even)
        set_int(node, "num_outputs", parts);
    set_output_count(maker, node, (int)parts);
    return finish(maker, node);
}

bool recipe_concat(struct maker *maker, enum op op) {
    struct value *inputs[4] = {draw_value(maker, WANT_ANY, 1, 6)};
    if (!inputs[0])
        return false;
    int count = (int)draw(maker, 1, 4), rank = inputs[0]->shape.rank;
    int axis = rank > 1 && chance(maker, 60) ? 1 : (int)draw(maker, 0, rank - 1);
    for (int i = 1; i < count; i++)
        inputs[i] = draw_like(maker, inputs[0], axis);
    struct node *node = begin(maker, op, count, inputs);
    set_int(node, "axis", chance(maker, 50) ? axis : axis - rank);
    return finish(maker, node);
}

bool recipe_depth_to_space(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 4, 4);
    int64_t block = draw(maker, 1, 3);
    if (!value)
        return false;
    if (value->shape.dims[1] % (block * block) != 0)
        value = repeat_channels(maker, value, block * block);
    struct node *node = BEGIN_NODE(maker, op, value);
    set_int(node, "blocksize", block);
    draw_attributes(maker, node);
    return finish(maker, node);
}

bool recipe_space_to_depth(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 4, 4);
    int64_t block = draw(maker, 1, 3);
    if (value && value->shape.dims[2] % block != 0)
        value = slice(maker, value, 2, 0, value->shape.dims[2] / block * block, 1);
    if (value && value->shape.dims[3] % block != 0)
        value = slice(maker, value, 3, 0, value->shape.dims[3] / block * block, 1);
    struct node *node = BEGIN_NODE(maker, op, value);
    set_int(node, "blocksize", block);
    return finish(maker, node);
}

/* Runs of channels of two values. */
bool recipe_channel_view(struct maker *maker, enum op op) {
    struct value *inputs[2] = {draw_value(maker, WANT_REAL, 2, 4)};
    int count = (int)draw(maker, 1, 5);
    struct channel_run *runs = arena_alloc(maker->graph->arena, (size_t)count, sizeof *runs);
    if (!runs)
        abort();
    if (!inputs[0])
        return false;
    inputs[1] = draw_like(maker, inputs[0], 1);
    for (int i = 0; i < count; i++) {
        int input = (int)draw(maker, 0, 1);
        int32_t have = (int32_t)inputs[input]->shape.dims[1], step = (int32_t)draw(maker, 1, 2);
        int32_t first = (int32_t)draw(maker, 0, have - 1);
        int32_t most = (have - 1 - first) / step + 1;
        runs[i] = (struct channel_run){input, first, (int32_t)draw(maker, 1, most), step};
        if (chance(maker, 20)) { /* the same ones backwards */
            runs[i].first += (runs[i].count - 1) * step;
            runs[i].step = -step;
        }
    }
    struct node *node = begin(maker, op, 2, inputs);
    node->attributes.ChannelView.runs = (struct channel_runs){count, runs};
    return finish(maker, node);
}

/* ---- computations of shapes ---- */

/* Reshapes to a shape that is computed: two dimensions become one. */
bool recipe_shape(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 3, 5);
    struct value *dims = apply(maker, op, value);
    if (!dims)
        return false;
    int64_t rank = value->shape.rank, rest = -1;
    struct value *head = slice(maker, dims, 0, 0, rank - 2, 1);
    struct node *node = BEGIN_NODE(maker, OP_Concat, head, integers(maker, &rest, 1));
    set_int(node, "axis", 0);
    return apply2(maker, OP_Reshape, value, finish(maker, node));
}

/* Divides a sum by the number of elements. */
bool recipe_size(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 1, 5);
    struct node *node = BEGIN_NODE(maker, OP_Cast, apply(maker, op, value));
    set_int(node, "to", maker->real);
    return apply2(maker, OP_Div, value, finish(maker, node));
}

/* Adds a tensor of one number. */
bool recipe_constant_of_shape(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 1, 5);
    struct node *node = BEGIN_NODE(maker, op, apply(maker, OP_Shape, value));
    struct tensor *filling = arena_alloc(maker->graph->arena, 1, sizeof *filling);
    if (!filling)
        abort();
    *filling = value_tensor(number(maker, (float)draw(maker, 1, 8) / 4));
    filling->shape = (struct shape){1, {1}};
    if (node)
        node->attributes.ConstantOfShape.value = filling;
    return apply2(maker, OP_Add, value, finish(maker, node));
}

/* Picks by a computed list. */
bool recipe_range(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 1, 5);
    if (!value)
        return false;
    int axis = (int)draw(maker, 0, value->shape.rank - 1);
    int64_t size = value->shape.dims[axis], step = draw(maker, 1, 3);
    bool backwards = chance(maker, 50);
    struct value *list =
        finish(maker, BEGIN_NODE(maker, op, integer(maker, backwards ? size - 1 : 0),
                                 integer(maker, backwards ? -1 : size),
                                 integer(maker, backwards ? -step : step)));
    struct node *node = BEGIN_NODE(maker, OP_Gather, value, list);
    set_int(node, "axis", axis);
    return finish(maker, node);
}
