/* Recipes of what is for integers alone, and of quantized products; see random_maker.h. */
#include "tests/random_recipes.h"

/* Real numbers become integers of some type. */
bool recipe_whole_numbers(struct maker *maker, enum op op) {
    static const enum dtype types[] = {DTYPE_INT8,   DTYPE_UINT8, DTYPE_INT16, DTYPE_UINT16,
                                       DTYPE_UINT32, DTYPE_INT32, DTYPE_INT32, DTYPE_INT64};
    enum dtype dtype = types[draw(maker, 0, sizeof types / sizeof *types - 1)];
    struct value *value = draw_value(maker, WANT_REAL, 0, MAX_RANK);
    (void)op;
    return cast(maker, apply2(maker, OP_Mul, value, number(maker, (float)draw(maker, 8, 800) / 8)),
                dtype);
}

bool recipe_modulus(struct maker *maker, enum op op) {
    bool is_real = chance(maker, 30);
    struct value *a = draw_value(maker, is_real ? WANT_REAL : WANT_INTEGER, 0, MAX_RANK);
    struct value *b = a ? draw_partner(maker, a) : NULL;
    struct node *node = BEGIN_NODE(maker, op, a, is_real ? positive(maker, b) : b);
    set_int(node, "fmod", is_real || chance(maker, 50));
    return finish(maker, node);
}

/* By less than the width, by it, or by more. */
bool recipe_shift(struct maker *maker, enum op op) {
    static const enum dtype types[] = {DTYPE_UINT8, DTYPE_UINT16, DTYPE_UINT32, DTYPE_UINT64};
    struct value *value = draw_value(maker, WANT_INTEGER, 0, MAX_RANK);
    if (value && !dtype_is_unsigned(value->dtype))
        value = cast(maker, apply(maker, OP_Abs, value), types[draw(maker, 0, 3)]);
    if (!value)
        return false;
    struct shape amounts = value->shape;
    if (chance(maker, 50))
        amounts.rank = 0;
    struct node *node =
        BEGIN_NODE(maker, op, value,
                   draw_integers(maker, value->dtype, &amounts, 0, chance(maker, 80) ? 6 : 70));
    set_int(node, "direction", draw(maker, SHIFT_LEFT, SHIFT_RIGHT));
    return finish(maker, node);
}

/* ---- quantized ---- */

static struct value *one_scale(struct maker *maker, double low, double high) {
    float scale = (float)draw(maker, (int64_t)(1024 * low), (int64_t)(1024 * high)) / 1024;
    return scales(maker, &scale, 1);
}

/* An integer of 8 bits that there is, or a real one quantized. */
static struct value *quantized(struct maker *maker, int low, int high) {
    static const struct shape scalar = {0, {0}};
    struct value *value = draw_value(maker, WANT_BYTE, low, high);
    if (value && chance(maker, 60))
        return value;
    value = draw_value(maker, WANT_REAL, low, high);
    if (!value)
        return NULL;
    double scale = samples_largest(&maker->samples, value) / (double)draw(maker, 30, 150);
    struct value *zero = draw_integers(maker, draw_byte_type(maker), &scalar, 0, 127);
    return finish(maker,
                  BEGIN_NODE(maker, OP_QuantizeLinear, value, number(maker, (float)scale), zero));
}

/* Mostly real again. */
static bool end_quantized(struct maker *maker, struct value *value) {
    static const struct shape scalar = {0, {0}};
    if (!value || chance(maker, 30))
        return value;
    int divisor_log2 = value->dtype == DTYPE_INT32 ? 10 : 4;
    return apply2(maker, OP_DequantizeLinear, value,
                  draw_reals(maker, &scalar, 0.5, 2, divisor_log2));
}

/* A zero point, or one for each of `count`. */
static struct value *draw_zero(struct maker *maker, enum dtype dtype, int64_t count, int64_t high) {
    const struct shape shape = {chance(maker, 50), {count}};
    return draw_integers(maker, dtype, &shape, 0, high);
}

/* A scale, or one for each of `count`. */
static struct value *draw_scale(struct maker *maker, int64_t count) {
    float list[MAKER_ELEMENTS];
    int used = chance(maker, 50) && count <= MAKER_ELEMENTS ? (int)count : 1;
    for (int i = 0; i < used; i++)
        list[i] = (float)draw(maker, 8, 64) / 1024;
    return scales(maker, list, used);
}

/* One that keeps most sums of `terms` products in 8 bits. */
static struct value *result_scale(struct maker *maker, int64_t terms) {
    return one_scale(maker, 0.02, 0.04 + 0.02 * (double)terms);
}

/* A convolution of integers: of constants of -8 to 8. */
bool recipe_quantized_conv(struct maker *maker, enum op op) {
    struct value *value = quantized(maker, 3, 4);
    struct filter filter;
    if (!value)
        return false;
    draw_filter(maker, value, false, &filter);
    int64_t outputs = filter.shape.dims[0];
    enum dtype dtype = draw_byte_type(maker), result = draw_byte_type(maker);
    struct value *w = draw_integers(maker, dtype, &filter.shape, -8, 8);
    struct value *x_zero = chance(maker, 60) ? draw_zero(maker, value->dtype, 1, 127) : NULL;
    struct value *w_zero = chance(maker, 60) ? draw_zero(maker, dtype, outputs, 3) : NULL;
    const struct shape bias_shape = {1, {outputs}};
    struct value *bias =
        chance(maker, 60) ? draw_integers(maker, DTYPE_INT32, &bias_shape, -500, 500) : NULL;
    struct node *node;
    if (op == OP_ConvInteger)
        node = BEGIN_NODE(maker, op, value, w, x_zero, w_zero);
    else
        node = BEGIN_NODE(
            maker, op, value, one_scale(maker, 0.01, 0.1),
            x_zero ? x_zero : draw_zero(maker, value->dtype, 1, 0), w, draw_scale(maker, outputs),
            w_zero ? w_zero : draw_zero(maker, dtype, outputs, 0),
            result_scale(maker, filter.terms), draw_zero(maker, result, 1, 127), bias);
    set_filter(maker, node, &filter);
    return end_quantized(maker, finish(maker, node));
}

/* A product of integers: of a constant matrix, of a vector, of the value's own across. */
bool recipe_quantized_matmul(struct maker *maker, enum op op) {
    struct value *value = quantized(maker, 1, 4);
    int64_t perm[MAX_RANK], columns = draw(maker, 1, 12);
    if (!value)
        return false;
    int rank = value->shape.rank;
    int64_t rows = rank == 2 ? value->shape.dims[0] : 1, terms = value->shape.dims[rank - 1];
    struct shape shape = {chance(maker, 80) ? 2 : 1, {terms, columns}};
    struct value *other = NULL;
    if (rank > 1 && chance(maker, 20)) {
        for (int i = 0; i < rank; i++)
            perm[i] = i < rank - 2 ? i : rank - 1 - (i - (rank - 2));
        other = transpose(maker, value, perm);
        shape.rank = 1; /* no parameters by column */
    } else {
        other = draw_integers(maker, draw_byte_type(maker), &shape, -8, 8);
    }
    if (!other)
        return false;
    if (shape.rank == 1)
        columns = 1;
    struct value *a_zero = draw_zero(maker, value->dtype, rows, 127);
    struct value *b_zero = draw_zero(maker, other->dtype, columns, 3);
    struct node *node;
    if (op == OP_MatMulInteger)
        node = BEGIN_NODE(maker, op, value, other, chance(maker, 60) ? a_zero : NULL,
                          chance(maker, 60) ? b_zero : NULL);
    else
        node = BEGIN_NODE(maker, op, value, draw_scale(maker, rows), a_zero, other,
                          draw_scale(maker, columns), b_zero, result_scale(maker, terms),
                          draw_zero(maker, draw_byte_type(maker), 1, 127));
    return end_quantized(maker, finish(maker, node));
}
