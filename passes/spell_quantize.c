/* Quantization in terms of other operators: whole numbers of 16 bits at most, which float32 holds,
 * and int32. */
#include "passes/spell.h"

#include "ir/operands.h"
#include "passes/rewrite.h"

static struct value *input(const struct speller *speller) {
    return speller->node->inputs[0];
}

/* A parameter along the axis of x where it has several elements. */
static struct value *along_axis(struct speller *speller, struct value *value, int64_t axis) {
    struct shape shape = {.rank = input(speller)->shape.rank};
    int64_t count = shape_elements(&value->shape);
    if (count == 1)
        return value->shape.rank > 0 ? spell_reshape(speller, value, &(struct shape){0}) : value;
    for (int i = 0; i < shape.rank; i++)
        shape.dims[i] = i == axis ? count : 1;
    return spell_reshape(speller, value, &shape);
}

/* The same as float32; NULL where there is none. */
static struct value *parameter(struct speller *speller, int index, int64_t axis) {
    struct value *value = node_input(speller->node, index);
    if (value && value->dtype != DTYPE_FLOAT32)
        value = spell_cast(speller, value, DTYPE_FLOAT32);
    return value ? along_axis(speller, value, axis) : NULL;
}

static struct value *clipped(struct speller *speller, struct value *x, float low, float high) {
    struct node *clip = spell_node(speller, OP_Clip, x, spell_number(speller, low));
    if (clip && !set_operand(speller->graph, clip, 2, spell_number(speller, high)))
        speller->status = diagnose_no_memory(speller->diagnostic);
    return spell_result(speller, clip);
}

/* x / scale, rounded, + zero (NULL: 0), as far as the type reaches. */
static struct value *quantized(struct speller *speller, struct value *scale, struct value *zero,
                               enum dtype dtype) {
    float steps = dtype_bytes(dtype) == 1 ? 256 : 65536;
    float low = dtype_is_unsigned(dtype) ? 0 : -steps / 2;
    struct value *x = spell(speller, OP_Div, input(speller), scale);
    x = spell(speller, OP_Round, x, NULL);
    if (zero)
        x = spell(speller, OP_Add, x, zero);
    return spell_cast(speller, clipped(speller, x, low, low + steps - 1), dtype);
}

struct value *spell_quantize(struct speller *speller) {
    int64_t axis = speller->node->attributes.QuantizeLinear.axis;
    if (input(speller)->dtype != DTYPE_FLOAT32)
        return NULL;
    struct value *scale = parameter(speller, 1, axis);
    struct value *zero = parameter(speller, 2, axis);
    return quantized(speller, scale, zero, speller->node->outputs[0]->dtype);
}

/* The largest or smallest element of x, or 0. */
static struct value *bound(struct speller *speller, enum op reduction, enum op extremum) {
    struct node *node = spell_node(speller, reduction, input(speller), NULL);
    if (node)
        node->attributes.ReduceMax.keepdims = 0;
    return spell(speller, extremum, spell_result(speller, node), spell_number(speller, 0));
}

/* Makes `value`, which nobody reads yet, the node's output `index`, if it has that; the value that
 * is then to be read. */
static struct value *give_further_output(struct speller *speller, int index, struct value *value) {
    struct node *node = speller->node;
    if (!value || index >= node->output_count)
        return value;
    struct value *output = node->outputs[index];
    struct node *heir = value->producer;
    output->producer = NULL;
    value->producer = NULL;
    node_set_output(heir, 0, output);
    return output;
}

/* The scale is a 255th of the range, which includes 0; the zero point is where 0 lies in it. */
struct value *spell_dynamic_quantize(struct speller *speller) {
    struct value *low = bound(speller, OP_ReduceMin, OP_Min);
    struct value *high = bound(speller, OP_ReduceMax, OP_Max);
    struct value *scale = spell(speller, OP_Sub, high, low);
    scale = spell(speller, OP_Div, scale, spell_number(speller, 255));
    scale = give_further_output(speller, 1, scale);
    struct value *zero = spell(speller, OP_Div, low, scale);
    zero = spell(speller, OP_Sub, spell_number(speller, 0), zero);
    zero = spell(speller, OP_Round, clipped(speller, zero, 0, 255), NULL);
    struct value *y = quantized(speller, scale, zero, DTYPE_UINT8);
    give_further_output(speller, 2, spell_cast(speller, zero, DTYPE_UINT8));
    speller->node->output_count = 1;
    return y;
}

struct value *spell_dequantize(struct speller *speller) {
    int64_t axis = speller->node->attributes.DequantizeLinear.axis;
    struct value *x = input(speller), *zero = node_input(speller->node, 2);
    if (zero && x->dtype == DTYPE_INT32) /* else the numbers are whole floats */
        x = spell(speller, OP_Sub, x, along_axis(speller, zero, axis));
    x = spell_cast(speller, x, DTYPE_FLOAT32);
    if (zero && input(speller)->dtype != DTYPE_INT32)
        x = spell(speller, OP_Sub, x, parameter(speller, 2, axis));
    return spell(speller, OP_Mul, x, parameter(speller, 1, axis));
}
