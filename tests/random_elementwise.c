/* Recipes of what works element by element; see random_maker.h. */
#include "tests/random_recipes.h"

bool recipe_unary(struct maker *maker, enum op op) {
    struct node *node = BEGIN_NODE(maker, op, draw_value(maker, WANT_NUMBER, 0, MAX_RANK));
    draw_attributes(maker, node);
    return finish(maker, node);
}

bool recipe_unary_of_positive(struct maker *maker, enum op op) {
    return apply(maker, op, positive(maker, draw_value(maker, WANT_REAL, 0, MAX_RANK)));
}

bool recipe_binary(struct maker *maker, enum op op) {
    struct value *a = draw_value(maker, WANT_NUMBER, 0, MAX_RANK);
    struct value *b = a ? draw_partner(maker, a) : NULL;
    return chance(maker, 50) ? apply2(maker, op, a, b) : apply2(maker, op, b, a);
}

/* By no real zero; of integers, x / 0 is 0. */
static struct value *divisor(struct maker *maker, struct value *value) {
    return value && value->dtype == maker->real ? positive(maker, value) : value;
}

bool recipe_divide(struct maker *maker, enum op op) {
    struct value *a = draw_value(maker, WANT_NUMBER, 0, MAX_RANK);
    struct value *b = a ? draw_partner(maker, a) : NULL;
    return chance(maker, 50) ? apply2(maker, op, a, divisor(maker, b))
                             : apply2(maker, op, b, divisor(maker, a));
}

bool recipe_variadic(struct maker *maker, enum op op) {
    struct value *inputs[4] = {draw_value(maker, WANT_NUMBER, 0, MAX_RANK)};
    int count = (int)draw(maker, 1, 4);
    for (int i = 1; inputs[0] && i < count; i++)
        inputs[i] = draw_partner(maker, inputs[0]);
    return finish(maker, begin(maker, op, count, inputs));
}

/* One slope, or one for each channel. */
bool recipe_prelu(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 1, MAX_RANK);
    if (!value)
        return false;
    struct shape slope = {value->shape.rank > 1 ? value->shape.rank - 1 : 1, {1, 1, 1, 1, 1, 1, 1}};
    if (value->shape.rank > 1 && chance(maker, 70))
        slope.dims[0] = value->shape.dims[1];
    return apply2(maker, op, value, draw_reals(maker, &slope, -1, 1, 0));
}

/* Of positive numbers any power, of others a whole one. */
bool recipe_power(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_NUMBER, 0, MAX_RANK);
    if (chance(maker, 50))
        return apply2(maker, op, value, number(maker, (float)draw(maker, 0, 3)));
    if (value && value->dtype != maker->real)
        return apply2(maker, op, value, draw_integers(maker, DTYPE_INT32, &value->shape, 0, 3));
    value = positive(maker, value);
    return apply2(maker, op, value, value ? draw_partner(maker, value) : NULL);
}

/* Both bounds, one, or none; a live one now and then. */
bool recipe_clip(struct maker *maker, enum op op) {
    struct value *inputs[3] = {draw_value(maker, WANT_NUMBER, 0, MAX_RANK)};
    if (chance(maker, 80))
        inputs[1] = draw_number(maker, inputs[0], -16, 2);
    if (chance(maker, 80))
        inputs[2] = draw_number(maker, inputs[0], 3, 48);
    if (chance(maker, 10))
        inputs[1] = draw_value(maker, WANT_REAL, 0, 0);
    return finish(maker, begin(maker, op, 3, inputs));
}

bool recipe_comparison(struct maker *maker, enum op op) {
    struct value *a = draw_value(maker, chance(maker, 70) ? WANT_REAL : WANT_INTEGER, 0, MAX_RANK);
    return apply2(maker, op, a, a ? draw_partner(maker, a) : NULL);
}

/* Some truth, made where there is none. */
static struct value *condition(struct maker *maker) {
    struct value *value = draw_value(maker, WANT_BOOL, 0, MAX_RANK);
    if (value && chance(maker, 80))
        return value;
    value = draw_value(maker, WANT_REAL, 0, MAX_RANK);
    return apply2(maker, OP_Less, value, number(maker, (float)draw(maker, -4, 4) / 8));
}

bool recipe_logic(struct maker *maker, enum op op) {
    struct value *a = condition(maker);
    return op == OP_Not ? apply(maker, op, a)
                        : apply2(maker, op, a, a ? draw_partner(maker, a) : NULL);
}

bool recipe_where(struct maker *maker, enum op op) {
    struct value *a = condition(maker), *b = draw_value(maker, WANT_NUMBER, 0, MAX_RANK);
    struct value *c = b ? draw_partner(maker, b) : NULL;
    return chance(maker, 50) ? finish(maker, BEGIN_NODE(maker, op, a, b, c))
                             : finish(maker, BEGIN_NODE(maker, op, a, c, b));
}

/* To another type, and back now and then. */
bool recipe_cast(struct maker *maker, enum op op) {
    static const enum dtype types[] = {DTYPE_FLOAT32, DTYPE_FLOAT32, DTYPE_FLOAT64, DTYPE_FLOAT16,
                                       DTYPE_INT32,   DTYPE_INT64,   DTYPE_BOOL,    DTYPE_INT8,
                                       DTYPE_UINT8,   DTYPE_UINT32,  DTYPE_BFLOAT16};
    enum dtype to = types[draw(maker, 0, sizeof types / sizeof *types - 1)];
    struct value *value = draw_value(maker, WANT_ANY, 0, MAX_RANK);
    if (op == OP_CastLike) {
        struct value *like = cast(maker, draw_value(maker, WANT_ANY, 0, MAX_RANK), to);
        value = finish(maker, BEGIN_NODE(maker, op, value, like));
    } else {
        value = cast(maker, value, to);
    }
    bool is_half = to == DTYPE_FLOAT16 || to == DTYPE_BFLOAT16;
    return value && !is_half && chance(maker, 50) ? value : cast(maker, value, maker->real);
}

bool recipe_cast_like(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_ANY, 0, MAX_RANK);
    value = apply2(maker, op, value, draw_value(maker, WANT_ANY, 0, MAX_RANK));
    return cast(maker, value, maker->real);
}

/* Quantized, and real again: with one scale, or one for each channel. */
bool recipe_quantize(struct maker *maker, enum op op) {
    struct value *value = draw_value(maker, WANT_REAL, 1, MAX_RANK);
    (void)op;
    if (!value)
        return false;
    int axis = (int)draw(maker, 0, value->shape.rank - 1);
    struct shape shape = {chance(maker, 50), {value->shape.dims[axis]}};
    struct value *scale = draw_reals(maker, &shape, 0.25, 2, 3);
    struct value *zero =
        chance(maker, 50) ? draw_integers(maker, draw_byte_type(maker), &shape, 0, 127) : NULL;
    struct node *node = BEGIN_NODE(maker, OP_QuantizeLinear, value, scale, zero);
    set_int(node, "axis", axis);
    value = finish(maker, node);
    node = BEGIN_NODE(maker, OP_DequantizeLinear, value, scale, zero);
    set_int(node, "axis", axis);
    return finish(maker, node);
}
