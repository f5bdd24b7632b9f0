/* Einsum in terms of others, by what stands in its equation:
 *
 *   "ij->ji"             Transpose
 *   "ij->i"              ReduceSum
 *   "...ii->...i"        Reshape [..., n * n], then every element n + 1 of the last dimension
 *   "bhid,bhjd->bhij"    MatMul of [b, h, i, d] and, transposed, [b, h, d, j]
 *
 * A product of two operands is one of matrices: labels that both have and the result keeps are its
 * batch, those that the result leaves out its sum, the others its rows and columns. */
#include "passes/spell.h"

#include "ir/einsum.h"
#include "passes/rewrite.h"

/* A value and the labels of its dimensions. */
struct labelled {
    struct value *value;
    struct einsum_term term;
};

/* Dimension i of the result is dimension axes[i]. */
static void permute(struct speller *speller, struct labelled *x, const int axes[MAX_RANK]) {
    struct einsum_term term = x->term;
    struct ints perm = {.count = term.rank};
    bool moves = false;
    for (int d = 0; d < term.rank; d++) {
        perm.values[d] = axes[d];
        x->term.labels[d] = term.labels[axes[d]];
        moves |= axes[d] != d;
    }
    struct node *node = moves ? spell_node(speller, OP_Transpose, x->value, NULL) : NULL;
    if (node)
        node->attributes.Transpose.perm = perm;
    if (moves)
        x->value = spell_result(speller, node);
}

static int find_axis(const struct einsum_term *term, int label) {
    int axis = 0;
    while (axis < term->rank && term->labels[axis] != label)
        axis++;
    return axis;
}

/* Brings the dimensions into the order of labels. */
static void arrange(struct speller *speller, struct labelled *x, const int *labels) {
    int axes[MAX_RANK];
    for (int d = 0; d < x->term.rank; d++)
        axes[d] = find_axis(&x->term, labels[d]);
    permute(speller, x, axes);
}

/* Elements 0, step, 2 * step, ... of the last dimension. */
static struct value *every(struct speller *speller, struct value *x, int64_t step) {
    int64_t axis = x->shape.rank - 1, bounds[] = {0, x->shape.dims[axis], axis, step};
    struct node *slice = spell_node(speller, OP_Slice, x, spell_integers(speller, &bounds[0], 1));
    for (int i = 1; slice && i < 4; i++) {
        struct value *bound = spell_integers(speller, &bounds[i], 1);
        if (bound && !set_operand(speller->graph, slice, i + 1, bound))
            speller->status = diagnose_no_memory(speller->diagnostic);
    }
    return spell_result(speller, slice);
}

/* The elements whose places in dimensions `first` and `second` are the same, as the last one. */
static void take_diagonal(struct speller *speller, struct labelled *x, int first, int second) {
    int axes[MAX_RANK], rank = 0;
    int64_t size = x->value->shape.dims[first];
    for (int d = 0; d < x->term.rank; d++)
        if (d != first && d != second)
            axes[rank++] = d;
    axes[rank] = first;
    axes[rank + 1] = second;
    permute(speller, x, axes);
    if (!x->value)
        return;
    struct shape shape = x->value->shape;
    shape.rank = x->term.rank = rank + 1;
    shape.dims[rank] = size * size;
    x->value = spell_reshape(speller, x->value, &shape);
    if (x->value)
        x->value = every(speller, x->value, size + 1);
}

static void take_diagonals(struct speller *speller, struct labelled *x) {
    for (int second = 1; x->value && second < x->term.rank; second++) {
        int first = find_axis(&x->term, x->term.labels[second]);
        if (first == second)
            continue;
        take_diagonal(speller, x, first, second);
        second = 0;
    }
}

/* Sums over the labels that neither the result nor the other operand (which may be NULL) has. */
static void sum_rest(struct speller *speller, const struct einsum *einsum, struct labelled *x,
                     const struct einsum_term *other) {
    struct einsum_term kept = {.rank = 0};
    int64_t axes[MAX_RANK];
    int count = 0;
    for (int d = 0; d < x->term.rank; d++) {
        int label = x->term.labels[d];
        bool is_read = einsum_count(&einsum->terms[EINSUM_OUTPUT], label) > 0 ||
                       (other && einsum_count(other, label) > 0);
        if (is_read)
            kept.labels[kept.rank++] = label;
        else
            axes[count++] = d;
    }
    if (count == 0)
        return;
    struct node *sum =
        spell_node(speller, OP_ReduceSum, x->value, spell_integers(speller, axes, count));
    if (sum)
        sum->attributes.ReduceSum.keepdims = 0;
    x->value = spell_result(speller, sum);
    x->term = kept;
}

/* Labels of a product: of the batch, of one factor alone, summed over. */
struct groups {
    struct einsum_term batch, own[EINSUM_OPERANDS], summed;
};

static void append_label(struct einsum_term *term, int label) {
    term->labels[term->rank++] = label;
}

static struct groups group_labels(const struct einsum *einsum, const struct labelled x[]) {
    struct groups groups = {.batch = {.rank = 0}};
    for (int i = 0; i < EINSUM_OPERANDS; i++)
        for (int d = 0; d < x[i].term.rank; d++) {
            int label = x[i].term.labels[d];
            bool is_shared = einsum_count(&x[!i].term, label) > 0;
            bool is_kept = einsum_count(&einsum->terms[EINSUM_OUTPUT], label) > 0;
            if (!is_shared)
                append_label(&groups.own[i], label);
            else if (i == 0)
                append_label(is_kept ? &groups.batch : &groups.summed, label);
        }
    return groups;
}

/* Appends the labels of a term to a list. */
static int join(int *labels, int count, const struct einsum_term *term) {
    for (int d = 0; d < term->rank; d++)
        labels[count + d] = term->labels[d];
    return count + term->rank;
}

/* A factor as matrices [batch..., rows, columns]. */
static struct value *as_matrices(struct speller *speller, struct labelled x,
                                 const struct einsum_term *batch, const struct einsum_term *rows,
                                 const struct einsum_term *columns) {
    int labels[MAX_RANK];
    join(labels, join(labels, join(labels, 0, batch), rows), columns);
    arrange(speller, &x, labels);
    if (!x.value)
        return NULL;
    struct shape shape = x.value->shape;
    int first = batch->rank, second = first + rows->rank;
    int64_t height = shape_product(&shape, first, second);
    int64_t width = shape_product(&shape, second, shape.rank);
    shape.rank = batch->rank + 2;
    shape.dims[first] = height;
    shape.dims[first + 1] = width;
    return spell_reshape(speller, x.value, &shape);
}

/* The product, with the labels of its batch, rows and columns in that order. */
static void multiply(struct speller *speller, const struct einsum *einsum,
                     const struct labelled x[], struct labelled *result) {
    struct groups groups = group_labels(einsum, x);
    result->value = NULL;
    if (groups.batch.rank + 2 > MAX_RANK)
        return;
    struct value *left = as_matrices(speller, x[0], &groups.batch, &groups.own[0], &groups.summed);
    struct value *right = as_matrices(speller, x[1], &groups.batch, &groups.summed, &groups.own[1]);
    struct value *product = left && right ? spell(speller, OP_MatMul, left, right) : NULL;
    struct shape shape = {.rank = einsum->terms[EINSUM_OUTPUT].rank};
    result->term.rank = shape.rank;
    int *labels = result->term.labels;
    join(labels, join(labels, join(labels, 0, &groups.batch), &groups.own[0]), &groups.own[1]);
    for (int d = 0; d < shape.rank; d++)
        shape.dims[d] = einsum->sizes[labels[d]];
    if (product)
        result->value = spell_reshape(speller, product, &shape);
}

struct value *spell_einsum(struct speller *speller) {
    const struct node *node = speller->node;
    struct einsum einsum;
    struct labelled x[EINSUM_OPERANDS];
    bool is_product = node->input_count > 1;
    speller->status = read_einsum(node, &einsum, speller->diagnostic);
    if (speller->status != SNV2_OK)
        return NULL;
    for (int i = 0; i < node->input_count; i++) {
        x[i] = (struct labelled){node->inputs[i], einsum.terms[i]};
        take_diagonals(speller, &x[i]);
        sum_rest(speller, &einsum, &x[i], is_product ? &einsum.terms[!i] : NULL);
    }
    if (is_product)
        multiply(speller, &einsum, (const struct labelled[]){x[0], x[1]}, &x[0]);
    if (!x[0].value)
        return NULL;
    arrange(speller, &x[0], einsum.terms[EINSUM_OUTPUT].labels);
    return x[0].value == node->inputs[0] ? spell(speller, OP_Identity, x[0].value, NULL)
                                         : x[0].value;
}
