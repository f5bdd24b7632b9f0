/* A Resize of a part that reaches beyond the image:
 *
 *   y = Resize(x, roi, ...) {coordinates=tf_crop_and_resize, extrapolation_value=v}   ->
 *                                     r = Resize(x, roi, ...) {..., clamps=1}, y = Where(outside,
 * v, r)
 *
 * clamps=1 reads the nearest pixels there. What is outside is known: it is where the same Resize of
 * zeros, extrapolated by ones, is one. */
#include "passes/spell.h"

#include "passes/rewrite.h"

/* The node over another input; all else is the same. */
static struct node *resize(struct speller *speller, struct value *x) {
    const struct node *node = speller->node;
    struct node *copy = spell_node(speller, OP_Resize, x, NULL);
    for (int i = 1; copy && i < node->input_count; i++)
        if (!set_operand(speller->graph, copy, i, node->inputs[i]))
            speller->status = diagnose_no_memory(speller->diagnostic);
    if (copy)
        copy->attributes = node->attributes;
    return copy;
}

/* Where the result is extrapolated, [1,1,H,W]. */
static struct value *outside(struct speller *speller) {
    const struct shape *shape = &speller->node->inputs[0]->shape;
    struct value *zeros =
        spell(speller, OP_ConstantOfShape, spell_integers(speller, shape->dims, shape->rank), NULL);
    struct node *of_zeros = resize(speller, zeros);
    if (of_zeros)
        of_zeros->attributes.Resize.extrapolation_value = 1;
    struct value *result = spell_result(speller, of_zeros);
    static const int64_t starts[] = {0, 0}, ends[] = {1, 1};
    struct node *slice = spell_node(speller, OP_Slice, result, spell_integers(speller, starts, 2));
    if (slice && !set_operand(speller->graph, slice, 2, spell_integers(speller, ends, 2)))
        speller->status = diagnose_no_memory(speller->diagnostic);
    struct value *mask = spell_result(speller, slice);
    return mask ? spell_cast(speller, mask, DTYPE_BOOL) : NULL;
}

struct value *spell_resize(struct speller *speller) {
    const struct Resize_attributes *attributes = &speller->node->attributes.Resize;
    struct value *x = speller->node->inputs[0];
    if (attributes->coordinate_transformation_mode != COORDINATE_TF_CROP_AND_RESIZE ||
        attributes->clamps || x->dtype != DTYPE_FLOAT32 || x->shape.rank != 4)
        return NULL;
    struct value *mask = outside(speller);
    struct value *value = spell_number(speller, attributes->extrapolation_value);
    struct node *inside = resize(speller, x);
    if (inside)
        inside->attributes.Resize.clamps = 1;
    return spell_where(speller, mask, value, spell_result(speller, inside));
}
