/* What goes by positions: gathering by what is known at run time only becomes GatherElements, the
 * rest comparisons with constants and Where:
 *
 *   y = Gather(x, i) {axis=1}    GatherElements(x, Expand(Reshape(i, [1,n,1]), dims of y)) {axis=1}
 *   y = OneHot(i, depth, v)      Where(Or(Equal(i, [0..depth)), Equal(i, [-depth..0))), v[1], v[0])
 *   y = Trilu(x)                 Where(mask, x, 0) */
#include "passes/spell.h"

#include "ir/operands.h"
#include "passes/rewrite.h"

#include <math.h>

static struct value *input(const struct speller *speller) {
    return speller->node->inputs[0];
}

static struct value *expanded(struct speller *speller, struct value *x, const struct shape *shape) {
    return shape_equal(&x->shape, shape)
               ? x
               : spell(speller, OP_Expand, x, spell_integers(speller, shape->dims, shape->rank));
}

static struct value *gather_elements(struct speller *speller, struct value *data,
                                     struct value *indices, int64_t axis) {
    struct node *node = spell_node(speller, OP_GatherElements, data, indices);
    if (node)
        node->attributes.GatherElements.axis = axis;
    return spell_result(speller, node);
}

struct value *spell_live_gather(struct speller *speller) {
    const struct node *node = speller->node;
    struct value *indices = node->inputs[1];
    int axis = (int)node->attributes.Gather.axis;
    struct shape list = {.rank = input(speller)->shape.rank}, whole = input(speller)->shape;
    for (int d = 0; d < list.rank; d++)
        list.dims[d] = 1;
    list.dims[axis] = whole.dims[axis] = shape_elements(&indices->shape);
    indices = spell_reshape(speller, indices, &list);
    indices = indices ? expanded(speller, indices, &whole) : NULL;
    struct value *y = indices ? gather_elements(speller, input(speller), indices, axis) : NULL;
    return y ? spell_reshape(speller, y, &node->outputs[0]->shape) : NULL;
}

/* ---- GatherND: one index of those of each list ---- */

/* The lists, [batch, lists, length], as one number each, [batch, lists, 1]: NaN where one of its
 * indices is out of range. The numbers are floats, which hold them. */
static struct value *joined(struct speller *speller, struct value *lists, const int64_t *dims) {
    int length = (int)lists->shape.dims[2];
    int64_t strides[MAX_RANK], stride = 1;
    for (int i = length - 1; i >= 0; stride *= dims[i], i--)
        strides[i] = stride;
    struct value *sizes = spell_cast(speller, spell_integers(speller, dims, length), DTYPE_FLOAT32);
    struct value *steps =
        spell_cast(speller, spell_integers(speller, strides, length), DTYPE_FLOAT32);
    struct value *zero = spell_number(speller, 0), *none = spell_number(speller, NAN);
    struct value *index = spell_cast(speller, lists, DTYPE_FLOAT32);
    struct value *from_end = spell(speller, OP_Add, index, sizes);
    index = spell_where(speller, spell(speller, OP_Less, index, zero), from_end, index);
    struct value *below = spell(speller, OP_Less, index, zero);
    struct value *outside =
        spell(speller, OP_Or, below, spell(speller, OP_GreaterOrEqual, index, sizes));
    index = spell(speller, OP_Mul, spell_where(speller, outside, none, index), steps);
    static const int64_t last[] = {2};
    return spell_cast(speller, spell_reduce(speller, OP_ReduceSum, index, last, 1), DTYPE_INT64);
}

struct value *spell_gather_nd(struct speller *speller) {
    enum { COUNTED = 1 << 24 };
    const struct node *node = speller->node;
    const struct shape *data = &input(speller)->shape, *lists = &node->inputs[1]->shape;
    int batch = (int)node->attributes.GatherND.batch_dims, rank = lists->rank;
    int length = (int)lists->dims[rank - 1];
    int64_t batches = shape_product(data, 0, batch), count = shape_product(lists, batch, rank - 1);
    int64_t positions = shape_product(data, batch, batch + length);
    int64_t slab = shape_product(data, batch + length, data->rank);
    if (positions > COUNTED)
        return NULL;
    struct value *x =
        spell_reshape(speller, input(speller), &(struct shape){3, {batches, positions, slab}});
    struct value *y =
        spell_reshape(speller, node->inputs[1], &(struct shape){3, {batches, count, length}});
    y = y ? joined(speller, y, &data->dims[batch]) : NULL;
    y = y ? expanded(speller, y, &(struct shape){3, {batches, count, slab}}) : NULL;
    y = y ? gather_elements(speller, x, y, 1) : NULL;
    return y ? spell_reshape(speller, y, &node->outputs[0]->shape) : NULL;
}

/* ---- OneHot ---- */

/* first, first + 1, ... along the axis, as a type. */
static struct value *counted(struct speller *speller, int64_t first, enum dtype dtype) {
    const struct value *output = speller->node->outputs[0];
    int axis = (int)speller->node->attributes.OneHot.axis;
    struct shape shape = {.rank = output->shape.rank};
    int64_t depth = output->shape.dims[axis];
    int64_t *list = arena_alloc(speller->graph->arena, (size_t)depth, sizeof *list);
    if (!list) {
        speller->status = diagnose_no_memory(speller->diagnostic);
        return NULL;
    }
    for (int64_t i = 0; i < depth; i++)
        list[i] = first + i;
    for (int d = 0; d < shape.rank; d++)
        shape.dims[d] = d == axis ? depth : 1;
    struct value *numbers =
        spell_reshape(speller, spell_integers(speller, list, (int)depth), &shape);
    return numbers ? spell_cast(speller, numbers, dtype) : NULL;
}

static struct value *element(struct speller *speller, struct value *list, int64_t index) {
    return spell(speller, OP_Gather, list, spell_integers(speller, &index, 1));
}

struct value *spell_one_hot(struct speller *speller) {
    const struct node *node = speller->node;
    struct value *indices = input(speller);
    int64_t axis = node->attributes.OneHot.axis;
    int64_t depth = node->outputs[0]->shape.dims[axis];
    if (dtype_is_real(indices->dtype))
        indices = spell_cast(speller, indices, DTYPE_INT64);
    indices =
        indices ? spell(speller, OP_Unsqueeze, indices, spell_integers(speller, &axis, 1)) : NULL;
    if (!indices)
        return NULL;
    bool has_sign = indices->dtype != DTYPE_UINT8 && indices->dtype != DTYPE_UINT16 &&
                    indices->dtype != DTYPE_UINT32 && indices->dtype != DTYPE_UINT64;
    struct value *hot = spell(speller, OP_Equal, indices, counted(speller, 0, indices->dtype));
    if (has_sign)
        hot = spell(speller, OP_Or, hot,
                    spell(speller, OP_Equal, indices, counted(speller, -depth, indices->dtype)));
    struct value *off = element(speller, node->inputs[2], 0);
    return spell_where(speller, hot, element(speller, node->inputs[2], 1), off);
}

/* ---- Trilu ---- */

struct value *spell_trilu(struct speller *speller) {
    const struct node *node = speller->node;
    const struct shape *shape = &input(speller)->shape;
    struct shape matrix = {2, {shape->dims[shape->rank - 2], shape->dims[shape->rank - 1]}};
    int64_t count = shape_elements(&matrix), k = 0;
    bool upper = node->attributes.Trilu.upper;
    bool *kept = arena_alloc(speller->graph->arena, (size_t)count, sizeof *kept);
    if (node_input(node, 1)) {
        struct tensor diagonal = value_tensor(node->inputs[1]);
        k = tensor_int(&diagonal, 0);
    }
    for (int64_t i = 0; kept && i < count; i++) {
        int64_t above = i % matrix.dims[1] - i / matrix.dims[1];
        kept[i] = upper ? above >= k : above <= k;
    }
    struct value *mask =
        kept ? add_constant(speller->graph, node->outputs[0]->name, DTYPE_BOOL, &matrix, kept)
             : NULL;
    if (!mask) {
        speller->status = diagnose_no_memory(speller->diagnostic);
        return NULL;
    }
    struct value *zero = spell_cast(speller, spell_number(speller, 0), input(speller)->dtype);
    return spell_where(speller, mask, input(speller), zero);
}
