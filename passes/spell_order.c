/* ArgMax, ArgMin and TopK of integers of 32 and 64 bits, which may be NaN where no float32 holds
 * them. Such an element's place in the order is not known, so all results of its row are NaN:
 *
 *   y = ArgMax(x)   ->   m = ReduceMax(x), z = Cast(Sub(m, m), int64), y = Add(ArgMax(x), z)
 *
 * z being 0, or NaN where an element is. */
#include "passes/spell.h"

static bool may_be_unknown(const struct value *value) {
    return !dtype_is_real(value->dtype) && dtype_bytes(value->dtype) >= 4;
}

/* 0 for each row of the operand along an axis, which stays as 1; NaN where an element is. */
static struct value *unknown_rows(struct speller *speller, int64_t axis) {
    struct value *x = speller->node->inputs[0];
    struct value *largest = spell_reduce(speller, OP_ReduceMax, x, &axis, 1);
    return spell(speller, OP_Sub, largest, largest);
}

struct value *spell_argument(struct speller *speller) {
    const struct node *node = speller->node;
    const struct ArgMax_attributes *attributes = &node->attributes.ArgMax; /* ArgMin's too */
    struct value *x = node->inputs[0];
    if (!may_be_unknown(x))
        return NULL;
    struct node *argument = spell_node(speller, node->op, x, NULL);
    if (argument)
        argument->attributes = node->attributes;
    struct value *index = spell_result(speller, argument);
    struct value *unknown = unknown_rows(speller, attributes->axis);
    if (index && unknown && !attributes->keepdims)
        unknown = spell_reshape(speller, unknown, &index->shape);
    unknown = unknown ? spell_cast(speller, unknown, DTYPE_INT64) : NULL;
    return unknown ? spell(speller, OP_Add, index, unknown) : NULL;
}

struct value *spell_top_k(struct speller *speller) {
    const struct node *node = speller->node;
    struct value *x = node->inputs[0], *positions;
    if (!may_be_unknown(x))
        return NULL;
    struct node *top = spell_node_of(speller, OP_TopK, x, node->inputs[1], 2);
    if (top)
        top->attributes = node->attributes;
    struct value *elements = spell_result(speller, top);
    struct value *unknown = unknown_rows(speller, node->attributes.TopK.axis);
    if (!elements || !unknown)
        return NULL;
    if (node->output_count > 1) {
        positions = spell_cast(speller, unknown, DTYPE_INT64);
        speller->others[0] = positions ? spell(speller, OP_Add, top->outputs[1], positions) : NULL;
    }
    return spell(speller, OP_Add, elements, unknown);
}
