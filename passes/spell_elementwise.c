/* Elementwise operators in terms of others. */
#include "passes/spell.h"

#include "ir/operands.h"
#include "passes/rewrite.h"

#include <math.h>

static struct value *input(const struct speller *speller) {
    return speller->node->inputs[0];
}

/* max(x, low), then min of that and high; constant bounds have a command. */
struct value *spell_clip(struct speller *speller) {
    struct value *low = node_input(speller->node, 1), *high = node_input(speller->node, 2);
    struct value *x = input(speller);
    if ((!low || is_float_constant(low)) && (!high || is_float_constant(high)))
        return NULL;
    if (low)
        x = spell(speller, OP_Max, x, low);
    return high ? spell(speller, OP_Min, x, high) : x;
}

/* x < 0 ? alpha (exp(x / alpha) - 1) : x; of a negative alpha, x / alpha is positive there */
struct value *spell_celu(struct speller *speller) {
    float alpha = speller->node->attributes.Celu.alpha;
    struct value *zero = spell_number(speller, 0), *x = input(speller);
    struct value *quotient = spell(speller, OP_Div, x, spell_number(speller, alpha));
    struct value *power = spell(speller, alpha < 0 ? OP_Exp : OP_Elu, quotient, NULL);
    if (alpha < 0)
        power = spell(speller, OP_Sub, power, spell_number(speller, 1));
    struct value *scaled = spell(speller, OP_Mul, power, spell_number(speller, alpha));
    return spell_where(speller, spell(speller, OP_Less, x, zero), scaled, x);
}

struct value *spell_is_inf(struct speller *speller) {
    const struct IsInf_attributes *attributes = &speller->node->attributes.IsInf;
    struct value *x = input(speller);
    struct value *above = spell(speller, OP_Equal, x, spell_number(speller, INFINITY));
    struct value *below = spell(speller, OP_Equal, x, spell_number(speller, -INFINITY));
    if (!attributes->detect_positive && !attributes->detect_negative)
        return spell(speller, OP_And, above, below); /* nothing */
    if (!attributes->detect_negative)
        return above;
    return attributes->detect_positive ? spell(speller, OP_Or, above, below) : below;
}

/* x != x */
struct value *spell_is_nan(struct speller *speller) {
    return spell(speller, OP_Not, spell(speller, OP_Equal, input(speller), input(speller)), NULL);
}

/* Operands one after the other. */
static struct value *chain(struct speller *speller, enum op op) {
    const struct node *node = speller->node;
    struct value *result = node->inputs[0];
    for (int32_t i = 1; i < node->input_count; i++)
        result = spell(speller, op, result, node->inputs[i]);
    return node->input_count == 1 ? spell(speller, OP_Identity, result, NULL) : result;
}

struct value *spell_several(struct speller *speller) {
    return speller->node->input_count == 2 ? NULL : chain(speller, speller->node->op);
}

struct value *spell_mean(struct speller *speller) {
    float count = (float)speller->node->input_count;
    struct value *sum = chain(speller, OP_Add);
    return spell(speller, OP_Div, sum, spell_number(speller, count));
}

/* Whole exponents of some size are products and roots; the others have a command. */
struct value *spell_pow(struct speller *speller) {
    const struct value *exponent = speller->node->inputs[1];
    struct value *x = input(speller), *square;
    if (!value_is_constant(exponent) || shape_elements(&exponent->shape) != 1 ||
        !shape_equal(&x->shape, &speller->node->outputs[0]->shape))
        return NULL;
    struct tensor tensor = value_tensor(exponent);
    double power = tensor_real(&tensor, 0);
    if (power == 1)
        return spell(speller, OP_Identity, x, NULL);
    if (power == 2)
        return spell(speller, OP_Mul, x, x);
    if (power != 3)
        return NULL;
    square = spell(speller, OP_Mul, x, x);
    return spell(speller, OP_Mul, square, x);
}

struct value *spell_selu(struct speller *speller) {
    const struct Selu_attributes *attributes = &speller->node->attributes.Selu;
    struct node *elu = spell_node(speller, OP_Elu, input(speller), NULL);
    if (elu)
        elu->attributes.Elu.alpha = attributes->alpha;
    struct value *y = spell_result(speller, elu);
    return spell(speller, OP_Mul, y, spell_number(speller, attributes->gamma));
}

/* x < -lambd ? x + bias : x > lambd ? x - bias : 0, NaN staying */
struct value *spell_shrink(struct speller *speller) {
    const struct Shrink_attributes *attributes = &speller->node->attributes.Shrink;
    struct value *x = input(speller), *zero = spell_number(speller, 0);
    if (x->dtype != DTYPE_FLOAT32)
        return NULL;
    struct value *limit = spell_number(speller, attributes->lambd);
    struct value *below = spell_number(speller, -attributes->lambd);
    struct value *bias = spell_number(speller, attributes->bias);
    struct value *nothing = spell(speller, OP_Mul, x, zero); /* 0, or NaN for NaN and infinities */
    struct value *above = spell(speller, OP_Greater, x, limit);
    struct value *inner = spell_where(speller, above, spell(speller, OP_Sub, x, bias), nothing);
    struct value *is_below = spell(speller, OP_Less, x, below);
    return spell_where(speller, is_below, spell(speller, OP_Add, x, bias), inner);
}

/* x / (1 + |x|) */
struct value *spell_softsign(struct speller *speller) {
    struct value *size = spell(speller, OP_Abs, input(speller), NULL);
    struct value *sum = spell(speller, OP_Add, size, spell_number(speller, 1));
    return spell(speller, OP_Div, input(speller), sum);
}

/* x sigmoid(alpha x), where alpha is not 1 */
struct value *spell_swish(struct speller *speller) {
    float alpha = speller->node->attributes.Swish.alpha;
    if (alpha == 1)
        return NULL;
    struct value *scaled = spell(speller, OP_Mul, input(speller), spell_number(speller, alpha));
    return spell(speller, OP_Mul, input(speller), spell(speller, OP_Sigmoid, scaled, NULL));
}

/* x <= alpha ? 0 : x, NaN staying */
struct value *spell_thresholded_relu(struct speller *speller) {
    struct value *alpha = spell_number(speller, speller->node->attributes.ThresholdedRelu.alpha);
    struct value *is_low = spell(speller, OP_LessOrEqual, input(speller), alpha);
    return spell_where(speller, is_low, spell_number(speller, 0), input(speller));
}
