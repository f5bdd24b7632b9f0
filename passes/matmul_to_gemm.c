/* Gives every product with known weights one form: a Gemm with weights [M][K] and bias [M].
 *
 *   x [N,K] ─ MatMul(B [K,M]) ─ y                     ->   x ─ Gemm(B' [M,K]) {transB=1} ─ y
 *   x ─ Gemm(B, C) {alpha, beta, transB=0 or 1} ─ y   ->   x ─ Gemm(alpha B', beta C') {transB=1} ─
 * y
 *
 * Needs rank 2 and known weights and bias, the bias the same in every row; others stay. Runs before
 * fold_batch_normalization, which builds the Add behind a MatMul, or whatever else scales and
 * shifts, into that form. It pays because all spellings of a fully connected layer are then one. */
#include "passes/pass.h"
#include "passes/rewrite.h"

#include "ir/operands.h"

#include <math.h>

/* y = alpha x B + beta C. */
struct product {
    const struct value *b, *c; /* c may be NULL */
    bool transposed;           /* b is [M][K] */
    float alpha, beta;
    int64_t outputs, inputs; /* M, K */
};

/* Reads the node; false where it is no such product. */
static bool read_product(const struct node *node, struct product *product) {
    const struct Gemm_attributes *gemm = &node->attributes.Gemm;
    if (node->op == OP_Gemm)
        *product = (struct product){
            node->inputs[1], node_input(node, 2), gemm->transB != 0, gemm->alpha, gemm->beta, 0, 0};
    else if (node->op == OP_MatMul)
        *product = (struct product){.b = node->inputs[1], .alpha = 1, .beta = 1};
    else
        return false;
    if (!is_float_constant(product->b) || product->b->shape.rank != 2 ||
        node->outputs[0]->shape.rank != 2)
        return false;
    const int64_t *dims = product->b->shape.dims;
    product->outputs = dims[!product->transposed];
    product->inputs = dims[product->transposed];
    return true;
}

static bool has_form(const struct node *node, const struct product *product) {
    return node->op == OP_Gemm && product->transposed && product->alpha == 1 &&
           product->beta == 1 && (!product->c || product->c->shape.rank == 1) &&
           (!product->c || product->c->shape.dims[0] == product->outputs);
}

/* C is known and the same in every row. */
static bool has_row_bias(const struct product *product) {
    const struct value *c = product->c;
    return !c || (is_float_constant(c) &&
                  (c->shape.rank < 2 || shape_product(&c->shape, 0, c->shape.rank - 1) == 1));
}

/* result[r * columns + i] = factor * source[r * row_step + i * column_step]; false where that takes
 * a finite number beyond float32. */
static bool scaled_copy(float *result, const float *source, float factor, int64_t rows,
                        int64_t columns, int64_t row_step, int64_t column_step) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < columns; i++) {
            float number = source[r * row_step + i * column_step];
            float scaled = (float)((double)factor * (double)number);
            if (isfinite(number) && !isfinite(scaled))
                return false;
            *result++ = scaled;
        }
    return true;
}

/* Sets *weights and *bias (NULL: none) to the constants of the form; *done is false where their
 * numbers do not fit. */
static enum snv2_status make_form(struct graph *graph, const struct product *product,
                                  struct value **weights, struct value **bias, bool *done,
                                  struct snv2_diagnostic *diagnostic) {
    int64_t m = product->outputs, k = product->inputs;
    struct shape weights_shape = {2, {m, k}}, bias_shape = {1, {m}};
    float *w = arena_alloc(graph->arena, (size_t)(m * k), sizeof *w);
    float *b = arena_alloc(graph->arena, (size_t)m, sizeof *b);
    if (!w || !b)
        return diagnose_no_memory(diagnostic);
    const struct value *c = product->c;
    *done = scaled_copy(w, product->b->data, product->alpha, m, k, product->transposed ? k : 1,
                        product->transposed ? 1 : m) &&
            (!c || scaled_copy(b, c->data, product->beta, 1, m, 0,
                               shape_elements(&c->shape) == 1 ? 0 : 1));
    if (!*done)
        return SNV2_OK;
    *weights = add_constant(graph, product->b->name, DTYPE_FLOAT32, &weights_shape, w);
    *bias = c ? add_constant(graph, c->name, DTYPE_FLOAT32, &bias_shape, b) : NULL;
    return *weights && (*bias || !c) ? SNV2_OK : diagnose_no_memory(diagnostic);
}

/* Makes `node` a Gemm of these constants. */
static enum snv2_status set_form(struct graph *graph, struct node *node, struct value *weights,
                                 struct value *bias, struct snv2_diagnostic *diagnostic) {
    struct node *gemm = graph_insert_node(graph, node, OP_Gemm, node->name, bias ? 3 : 2, 1);
    if (!gemm)
        return diagnose_no_memory(diagnostic);
    if (node->op == OP_Gemm)
        gemm->attributes = node->attributes;
    gemm->attributes.Gemm.transB = 1;
    gemm->attributes.Gemm.alpha = 1;
    gemm->attributes.Gemm.beta = 1;
    gemm->inputs[0] = node->inputs[0];
    gemm->inputs[1] = weights;
    if (bias)
        gemm->inputs[2] = bias;
    give_output(graph, node, gemm);
    return SNV2_OK;
}

enum snv2_status pass_matmul_to_gemm(struct graph *graph, struct arena *scratch, int *changes,
                                     struct snv2_diagnostic *diagnostic) {
    (void)scratch;
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        struct product product;
        if (!read_product(node, &product) || has_form(node, &product) || !has_row_bias(&product))
            continue;
        struct value *weights = NULL, *bias = NULL;
        bool done = false;
        enum snv2_status status = make_form(graph, &product, &weights, &bias, &done, diagnostic);
        if (status == SNV2_OK && done) {
            status = set_form(graph, node, weights, bias, diagnostic);
            ++*changes;
        }
        if (status != SNV2_OK)
            return status;
    }
    return SNV2_OK;
}
