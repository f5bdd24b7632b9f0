/* Shape rules of matrix products: Gemm and MatMul. */
#include "ir/shape_rule.h"

#include <inttypes.h>

/* C of Gemm broadcasts to the product, and not the other way round. */
static enum snv2_status check_addend(const struct node *node, const struct shape *product,
                                     struct snv2_diagnostic *diagnostic) {
    const struct value *c = node_input(node, 2);
    if (!c)
        return SNV2_OK;
    struct shape both;
    enum snv2_status status = broadcast(node, diagnostic, &c->shape, product, &both);
    if (status == SNV2_OK && !shape_equal(&both, product)) {
        char from[SHAPE_TEXT], to[SHAPE_TEXT];
        return bad_model(node, diagnostic, "C has shape %s, which does not broadcast to %s",
                         shape_format(&c->shape, from), shape_format(product, to));
    }
    return status;
}

enum snv2_status shape_Gemm(struct node *node, struct tensor_type *outputs,
                            struct snv2_diagnostic *diagnostic) {
    struct Gemm_attributes *gemm = &node->attributes.Gemm;
    const struct shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    enum snv2_status status;
    if ((status = require_real(node, diagnostic)) != SNV2_OK ||
        (status = require_same_type(node, diagnostic, 1, 2)) != SNV2_OK)
        return status;
    if (a->rank != 2 || b->rank != 2)
        return bad_model(node, diagnostic, "A and B have %d and %d dimensions; both must have 2",
                         a->rank, b->rank);
    if (!(gemm->alpha - gemm->alpha == 0) || !(gemm->beta - gemm->beta == 0))
        return bad_model(node, diagnostic, "alpha %g or beta %g is not finite", gemm->alpha,
                         gemm->beta);
    gemm->transA = gemm->transA != 0;
    gemm->transB = gemm->transB != 0;
    int64_t inner_a = a->dims[!gemm->transA], inner_b = b->dims[gemm->transB];
    if (inner_a != inner_b)
        return bad_model(node, diagnostic,
                         "A has %" PRId64 " columns and B %" PRId64 " rows; they must agree",
                         inner_a, inner_b);
    outputs[0].dtype = node->inputs[0]->dtype;
    outputs[0].shape =
        (struct shape){.rank = 2, .dims = {a->dims[gemm->transA], b->dims[!gemm->transB]}};
    return check_addend(node, &outputs[0].shape, diagnostic);
}

enum snv2_status shape_MatMul(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    struct shape a = node->inputs[0]->shape, b = node->inputs[1]->shape, result;
    enum snv2_status status;
    if ((status = require_real(node, diagnostic)) != SNV2_OK ||
        (status = require_same_type(node, diagnostic, 1, 1)) != SNV2_OK)
        return status;
    if (a.rank < 1 || b.rank < 1)
        return bad_model(node, diagnostic, "the operands have %d and %d dimensions; 1 is the least",
                         a.rank, b.rank);
    int64_t rows = a.rank > 1 ? a.dims[a.rank - 2] : 1;
    int64_t columns = b.rank > 1 ? b.dims[b.rank - 1] : 1;
    int64_t inner_a = a.dims[a.rank - 1], inner_b = b.rank > 1 ? b.dims[b.rank - 2] : b.dims[0];
    if (inner_a != inner_b)
        return bad_model(node, diagnostic,
                         "the left has %" PRId64 " columns and the right %" PRId64
                         " rows; they must agree",
                         inner_a, inner_b);
    bool has_rows = a.rank > 1, has_columns = b.rank > 1;
    a.rank = has_rows ? a.rank - 2 : 0;
    b.rank = has_columns ? b.rank - 2 : 0;
    status = broadcast(node, diagnostic, &a, &b, &result);
    if (status != SNV2_OK)
        return status;
    if (has_rows)
        result.dims[result.rank++] = rows;
    if (has_columns)
        result.dims[result.rank++] = columns;
    outputs[0] = (struct tensor_type){node->inputs[0]->dtype, result};
    return SNV2_OK;
}
