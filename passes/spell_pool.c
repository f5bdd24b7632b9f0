/* LpPool and GlobalLpPool in terms of others:
 *
 *   x ─ LpPool(p)       ->  x ─ |x|^p ─ Conv of ones, by channel ─ root
 *   x ─ GlobalLpPool(p) ->  x ─ |x|^p ─ ReduceSum ─ root */
#include "passes/spell.h"

#include "ir/operands.h"

static struct value *powers(struct speller *speller, struct value *x, int64_t p) {
    if (p == 2)
        return spell(speller, OP_Mul, x, x);
    struct value *size = spell(speller, OP_Abs, x, NULL);
    return p == 1 ? size : spell(speller, OP_Pow, size, spell_number(speller, (float)p));
}

static struct value *root(struct speller *speller, struct value *sum, int64_t p) {
    if (p == 1)
        return sum;
    return p == 2 ? spell(speller, OP_Sqrt, sum, NULL)
                  : spell(speller, OP_Pow, sum, spell_number(speller, 1 / (float)p));
}

/* The list with `value` behind it, where it is of one dimension. */
static struct ints for_plane(const struct ints *list, int64_t value) {
    return list->count == 1 ? (struct ints){2, {list->values[0], value}} : *list;
}

/* The pads before and behind, those behind as long as the last output needs: rounding up reaches
 * beyond what the file says, rounding down may not need all of it. */
static struct ints pads_of(const struct LpPool_attributes *pool, const struct shape *x,
                           const struct shape *y) {
    int spatial = x->rank - 2;
    struct ints pads = {4, {0, 0, 0, 0}};
    for (int i = 0; i < spatial; i++) {
        int64_t extent = (pool->kernel_shape.values[i] - 1) * pool->dilations.values[i] + 1;
        int64_t read = (y->dims[2 + i] - 1) * pool->strides.values[i] + extent;
        int64_t before = pool->pads.values[i], behind = read - before - x->dims[2 + i];
        pads.values[i] = before;
        pads.values[2 + i] = behind > 0 ? behind : 0;
    }
    return pads;
}

struct value *spell_lp_pool(struct speller *speller) {
    const struct node *node = speller->node;
    const struct LpPool_attributes *pool = &node->attributes.LpPool;
    const struct shape *x = &node->inputs[0]->shape, *y = &node->outputs[0]->shape;
    struct ints kernel = for_plane(&pool->kernel_shape, 1);
    const int64_t ones[4] = {x->dims[1], 1, kernel.values[0], kernel.values[1]};
    struct shape map = {4, {x->dims[0], x->dims[1], x->dims[2], x->rank > 3 ? x->dims[3] : 1}};
    struct value *size = powers(speller, node->inputs[0], pool->p);
    struct value *weights =
        spell(speller, OP_Expand, spell_number(speller, 1), spell_integers(speller, ones, 4));
    size = size && x->rank == 3 ? spell_reshape(speller, size, &map) : size;
    struct node *conv = weights ? spell_node(speller, OP_Conv, size, weights) : NULL;
    if (conv) {
        struct Conv_attributes *sum = &conv->attributes.Conv;
        sum->group = x->dims[1];
        sum->kernel_shape = kernel;
        sum->strides = for_plane(&pool->strides, 1);
        sum->dilations = for_plane(&pool->dilations, 1);
        sum->pads = pads_of(pool, x, y);
    }
    struct value *result = root(speller, spell_result(speller, conv), pool->p);
    return result && x->rank == 3 ? spell_reshape(speller, result, y) : result;
}

struct value *spell_global_lp_pool(struct speller *speller) {
    int64_t p = speller->node->attributes.GlobalLpPool.p, axes[] = {2, 3};
    struct value *x = speller->node->inputs[0], *size = powers(speller, x, p);
    return root(speller, spell_reduce(speller, OP_ReduceSum, size, axes, x->shape.rank - 2), p);
}
