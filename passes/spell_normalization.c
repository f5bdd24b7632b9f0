/* Normalizations and reductions in terms of others. */
#include "passes/spell.h"

#include "ir/operands.h"
#include "passes/rewrite.h"

#include <float.h>

static struct value *input(const struct speller *speller) {
    return speller->node->inputs[0];
}

/* The axes first, first + 1, ... below `end`; the number of them. */
static int axes_from(int first, int end, int64_t axes[MAX_RANK]) {
    for (int axis = first; axis < end; axis++)
        axes[axis - first] = axis;
    return end - first;
}

/* (x - mean) / sqrt(variance + epsilon) over some axes; and that mean and root. */
static struct value *with_moments(struct speller *speller, struct value *x, const int64_t *axes,
                                  int count, float epsilon, struct value **mean_out,
                                  struct value **root_out) {
    struct value *mean = spell_reduce(speller, OP_ReduceMean, x, axes, count);
    struct value *distance = spell(speller, OP_Sub, x, mean);
    struct value *square = spell(speller, OP_Mul, distance, distance);
    struct value *variance = spell_reduce(speller, OP_ReduceMean, square, axes, count);
    struct value *sum = spell(speller, OP_Add, variance, spell_number(speller, epsilon));
    struct value *root = spell(speller, OP_Sqrt, sum, NULL);
    *mean_out = mean;
    *root_out = root;
    return spell(speller, OP_Div, distance, root);
}

static struct value *normalized(struct speller *speller, struct value *x, const int64_t *axes,
                                int count, float epsilon) {
    struct value *mean, *root;
    return with_moments(speller, x, axes, count, epsilon, &mean, &root);
}

/* A list as [count,1,1,...], to stand along dimension 1. */
static struct value *by_channel(struct speller *speller, struct value *list, int rank) {
    struct shape shape = {.rank = rank - 1};
    for (int i = 0; i < shape.rank; i++)
        shape.dims[i] = i == 0 ? shape_elements(&list->shape) : 1;
    return spell_reshape(speller, list, &shape);
}

/* x * scale + bias, by channel. */
static struct value *scaled_by_channel(struct speller *speller, struct value *x,
                                       struct value *scale, struct value *bias) {
    int rank = x ? x->shape.rank : 0;
    if (!x)
        return NULL;
    x = spell(speller, OP_Mul, x, by_channel(speller, scale, rank));
    return spell(speller, OP_Add, x, by_channel(speller, bias, rank));
}

struct value *spell_instance_norm(struct speller *speller) {
    const struct node *node = speller->node;
    int rank = input(speller)->shape.rank;
    int64_t axes[MAX_RANK];
    int count = axes_from(2, rank, axes);
    if (count < 1)
        return NULL;
    struct value *x = normalized(speller, input(speller), axes, count,
                                 node->attributes.InstanceNormalization.epsilon);
    return scaled_by_channel(speller, x, node->inputs[1], node->inputs[2]);
}

/* In the shape [N, groups, elements of one]; scale and bias by channel or by group. */
struct value *spell_group_norm(struct speller *speller) {
    const struct node *node = speller->node;
    const struct shape *shape = &input(speller)->shape;
    int64_t groups = node->attributes.GroupNormalization.num_groups, axis = 2;
    int64_t constants = shape_elements(&node->inputs[1]->shape);
    int64_t rest = shape_product(shape, 1, shape->rank);
    struct shape grouped = {3, {shape->dims[0], groups, rest / groups}};
    struct shape split = {3, {shape->dims[0], constants, rest / constants}};
    struct value *x = spell_reshape(speller, input(speller), &grouped);
    x = normalized(speller, x, &axis, 1, node->attributes.GroupNormalization.epsilon);
    x = x ? spell_reshape(speller, x, &split) : NULL;
    x = scaled_by_channel(speller, x, node->inputs[1], node->inputs[2]);
    return x ? spell_reshape(speller, x, shape) : NULL;
}

struct value *spell_layer_norm(struct speller *speller) {
    const struct node *node = speller->node;
    int64_t axes[MAX_RANK];
    int count =
        axes_from((int)node->attributes.LayerNormalization.axis, input(speller)->shape.rank, axes);
    struct value *mean, *root;
    struct value *x = with_moments(speller, input(speller), axes, count,
                                   node->attributes.LayerNormalization.epsilon, &mean, &root);
    x = spell(speller, OP_Mul, x, node->inputs[1]);
    if (node->output_count > 1)
        speller->others[0] = spell(speller, OP_Identity, mean, NULL);
    if (node->output_count > 2)
        speller->others[1] = spell(speller, OP_Reciprocal, root, NULL);
    return node_input(node, 2) ? spell(speller, OP_Add, x, node->inputs[2]) : x;
}

/* Maps of two dimensions are made convolutions, by another pass. */
struct value *spell_batch_norm(struct speller *speller) {
    const struct node *node = speller->node;
    int rank = input(speller)->shape.rank;
    if (rank == 4)
        return NULL;
    struct value *epsilon = spell_number(speller, node->attributes.BatchNormalization.epsilon);
    struct value *sum = spell(speller, OP_Add, node->inputs[4], epsilon);
    struct value *deviation = spell(speller, OP_Sqrt, sum, NULL), *mean = node->inputs[3];
    struct value *x = spell(speller, OP_Sub, input(speller), by_channel(speller, mean, rank));
    x = deviation ? spell(speller, OP_Div, x, by_channel(speller, deviation, rank)) : NULL;
    return scaled_by_channel(speller, x, node->inputs[1], node->inputs[2]);
}

/* Means over channels in a window around each: a pool over the map [N,1,C,pixels], or where the
 * window reaches beyond all of them, their sum; padding counts. */
static struct value *mean_around(struct speller *speller, struct value *square) {
    const struct LRN_attributes *lrn = &speller->node->attributes.LRN;
    struct shape shape = input(speller)->shape;
    int64_t channels = 1;
    if (lrn->size > 2 * shape.dims[channels]) {
        struct value *sum = spell_reduce(speller, OP_ReduceSum, square, &channels, 1);
        return spell(speller, OP_Div, sum, spell_number(speller, (float)lrn->size));
    }
    int64_t before = (lrn->size - 1) / 2;
    struct shape map = {4, {shape.dims[0], 1, shape.dims[1], shape_product(&shape, 2, shape.rank)}};
    struct value *plane = square ? spell_reshape(speller, square, &map) : NULL;
    struct node *pool = spell_node(speller, OP_AveragePool, plane, NULL);
    if (pool) {
        pool->attributes.AveragePool.kernel_shape = (struct ints){2, {lrn->size, 1}};
        pool->attributes.AveragePool.pads =
            (struct ints){4, {before, 0, lrn->size - 1 - before, 0}};
        pool->attributes.AveragePool.count_include_pad = 1;
    }
    struct value *mean = spell_result(speller, pool);
    return mean ? spell_reshape(speller, mean, &shape) : NULL;
}

struct value *spell_lrn(struct speller *speller) {
    const struct LRN_attributes *lrn = &speller->node->attributes.LRN;
    struct value *x = input(speller), *square = spell(speller, OP_Mul, x, x);
    struct value *mean = square ? mean_around(speller, square) : NULL;
    mean = spell(speller, OP_Mul, mean, spell_number(speller, lrn->alpha));
    mean = spell(speller, OP_Add, mean, spell_number(speller, lrn->bias));
    struct value *power = spell(speller, OP_Pow, mean, spell_number(speller, lrn->beta));
    return spell(speller, OP_Div, x, power);
}

/* x / norm, and 0 where the norm is 0; of x divided by its largest element, so that no square or
 * sum is too large or small for a float32. */
struct value *spell_lp_norm(struct speller *speller) {
    const struct LpNormalization_attributes *attributes =
        &speller->node->attributes.LpNormalization;
    struct value *x = input(speller), *size = spell(speller, OP_Abs, x, NULL);
    enum op op = attributes->p == 1 ? OP_ReduceL1 : OP_ReduceL2;
    struct value *largest = spell_reduce(speller, OP_ReduceMax, size, &attributes->axis, 1);
    largest = spell(speller, OP_Max, largest, spell_number(speller, FLT_MIN));
    largest = spell(speller, OP_Min, largest, spell_number(speller, FLT_MAX));
    x = spell(speller, OP_Div, x, largest);
    size = op == OP_ReduceL1 ? spell(speller, OP_Abs, x, NULL) : spell(speller, OP_Mul, x, x);
    struct value *norm = spell_reduce(speller, OP_ReduceSum, size, &attributes->axis, 1);
    if (op == OP_ReduceL2)
        norm = spell(speller, OP_Sqrt, norm, NULL);
    norm = spell(speller, OP_Max, norm, spell_number(speller, FLT_MIN));
    return spell(speller, OP_Div, x, norm);
}

/* (x - mean) / (deviation + 1e-9) */
struct value *spell_mean_variance_norm(struct speller *speller) {
    const struct ints *axes = &speller->node->attributes.MeanVarianceNormalization.axes;
    struct value *x = input(speller);
    struct value *mean = spell_reduce(speller, OP_ReduceMean, x, axes->values, axes->count);
    struct value *distance = spell(speller, OP_Sub, x, mean);
    struct value *square = spell(speller, OP_Mul, distance, distance);
    struct value *variance =
        spell_reduce(speller, OP_ReduceMean, square, axes->values, axes->count);
    struct value *deviation = spell(speller, OP_Sqrt, variance, NULL);
    deviation = spell(speller, OP_Add, deviation, spell_number(speller, 1e-9f));
    return spell(speller, OP_Div, distance, deviation);
}

/* Over all axes from one on: as a matrix, along its rows. */
struct value *spell_softmax(struct speller *speller) {
    const struct Softmax_attributes *softmax = &speller->node->attributes.Softmax;
    const struct shape *shape = &input(speller)->shape;
    int axis = (int)softmax->axis;
    struct shape matrix = {
        2, {shape_product(shape, 0, axis), shape_product(shape, axis, shape->rank)}};
    if (!softmax->over_rest)
        return NULL;
    struct node *node = spell_node(speller, speller->node->op,
                                   spell_reshape(speller, input(speller), &matrix), NULL);
    if (node)
        node->attributes.Softmax.axis = 1;
    struct value *y = spell_result(speller, node);
    return y ? spell_reshape(speller, y, shape) : NULL;
}

/* Where the number of an element is that of the first largest. */
struct value *spell_hardmax(struct speller *speller) {
    struct speller *s = speller;
    struct Softmax_attributes hardmax = s->node->attributes.Softmax;
    struct shape shape = input(s)->shape;
    struct value *x = input(s);
    int axis = (int)hardmax.axis;
    if (hardmax.over_rest) {
        struct shape matrix = {
            2, {shape_product(&shape, 0, axis), shape_product(&shape, axis, shape.rank)}};
        x = spell_reshape(s, x, &matrix);
        axis = 1;
    }
    struct node *argument = spell_node(s, OP_ArgMax, x, NULL);
    if (!argument)
        return NULL;
    argument->attributes.ArgMax.axis = axis;
    struct value *best = spell_result(s, argument);
    int64_t count = x->shape.dims[axis];
    int64_t *numbers = arena_alloc(s->graph->arena, (size_t)count, sizeof *numbers);
    if (!numbers) {
        s->status = diagnose_no_memory(s->diagnostic);
        return NULL;
    }
    for (int64_t i = 0; i < count; i++)
        numbers[i] = i;
    struct shape along = {.rank = x->shape.rank};
    for (int i = 0; i < along.rank; i++)
        along.dims[i] = i == axis ? count : 1;
    struct value *list = spell_reshape(s, spell_integers(s, numbers, (int)count), &along);
    struct value *y = spell_cast(s, spell(s, OP_Equal, best, list), DTYPE_FLOAT32);
    return y && hardmax.over_rest ? spell_reshape(s, y, &shape) : y;
}

/* ---- reductions, with the node's own axes ---- */

static struct value *reduction(struct speller *speller, enum op op, struct value *x) {
    struct node *node = spell_node(speller, op, x, node_input(speller->node, 1));
    if (node)
        node->attributes.ReduceSum = speller->node->attributes.ReduceSum;
    return spell_result(speller, node);
}

struct value *spell_norm_reduction(struct speller *speller) {
    enum op op = speller->node->op;
    struct value *x = input(speller);
    x = op == OP_ReduceL1 ? spell(speller, OP_Abs, x, NULL) : spell(speller, OP_Mul, x, x);
    struct value *sum = reduction(speller, OP_ReduceSum, x);
    return op == OP_ReduceL2 ? spell(speller, OP_Sqrt, sum, NULL) : sum;
}

struct value *spell_log_sum(struct speller *speller) {
    return spell(speller, OP_Log, reduction(speller, OP_ReduceSum, input(speller)), NULL);
}

/* m + log(sum(exp(x - m))), where m is the largest one, as far as it is finite. */
struct value *spell_log_sum_exp(struct speller *speller) {
    struct node *largest =
        spell_node(speller, OP_ReduceMax, input(speller), node_input(speller->node, 1));
    if (largest) {
        largest->attributes.ReduceSum = speller->node->attributes.ReduceSum;
        largest->attributes.ReduceMax.keepdims = 1;
    }
    struct value *top = spell_result(speller, largest);
    struct node *clip = spell_node(speller, OP_Clip, top, spell_number(speller, -FLT_MAX));
    if (clip && !set_operand(speller->graph, clip, 2, spell_number(speller, FLT_MAX)))
        speller->status = diagnose_no_memory(speller->diagnostic);
    top = spell_result(speller, clip);
    struct value *power = spell(speller, OP_Sub, input(speller), top);
    power = spell(speller, OP_Exp, power, NULL);
    struct value *sum = spell(speller, OP_Log, reduction(speller, OP_ReduceSum, power), NULL);
    if (sum && top && !shape_equal(&sum->shape, &top->shape))
        top = spell_reshape(speller, top, &sum->shape);
    return sum && top ? spell(speller, OP_Add, sum, top) : NULL;
}
