/* Shape rules of matrix products: Gemm, MatMul and its forms on integers, Einsum. */
#include "ir/einsum.h"
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

/* Real numbers, or integers of 32 bits or more. */
static enum snv2_status require_factor(const struct node *node,
                                       struct snv2_diagnostic *diagnostic) {
    enum dtype dtype = node->inputs[0]->dtype;
    if (!dtype_is_real(dtype) && dtype_bytes(dtype) < 4)
        return bad_model(node, diagnostic, "is not for %s", dtype_name(dtype));
    return require_same_type(node, diagnostic, 1, node->op == OP_Gemm ? 2 : 1);
}

enum snv2_status shape_Gemm(struct node *node, struct tensor_type *outputs,
                            struct snv2_diagnostic *diagnostic) {
    struct Gemm_attributes *gemm = &node->attributes.Gemm;
    const struct shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    enum snv2_status status = require_factor(node, diagnostic);
    if (status != SNV2_OK)
        return status;
    if (a->rank != 2 || b->rank != 2)
        return bad_model(node, diagnostic, "A and B have %d and %d dimensions; both must have 2",
                         a->rank, b->rank);
    if (!(gemm->alpha - gemm->alpha == 0) || !(gemm->beta - gemm->beta == 0))
        return bad_model(node, diagnostic, "alpha %g or beta %g is not finite", gemm->alpha,
                         gemm->beta);
    if (!dtype_is_real(node->inputs[0]->dtype) && (gemm->alpha != 1 || gemm->beta != 1))
        return unsupported(node, diagnostic, "alpha %g or beta %g is not 1, on integers",
                           gemm->alpha, gemm->beta);
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

/* The product of inputs 0 and `index`. */
static enum snv2_status product(const struct node *node, int index, struct shape *shape,
                                struct snv2_diagnostic *diagnostic) {
    struct shape a = node->inputs[0]->shape, b = node->inputs[index]->shape, result;
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
    enum snv2_status status = broadcast(node, diagnostic, &a, &b, &result);
    if (status != SNV2_OK)
        return status;
    if (has_rows)
        result.dims[result.rank++] = rows;
    if (has_columns)
        result.dims[result.rank++] = columns;
    *shape = result;
    return SNV2_OK;
}

enum snv2_status shape_MatMul(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = require_factor(node, diagnostic);
    outputs[0].dtype = node->inputs[0]->dtype;
    return status == SNV2_OK ? product(node, 1, &outputs[0].shape, diagnostic) : status;
}

/* Of integers those of which there are products of matrices. */
enum snv2_status shape_Einsum(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    struct einsum einsum;
    enum dtype dtype = node->inputs[0]->dtype;
    enum snv2_status status = require_same_type(node, diagnostic, 1, node->input_count - 1);
    if (status == SNV2_OK && !dtype_is_real(dtype) && dtype_bytes(dtype) < 4)
        status = unsupported(node, diagnostic, "is not supported on %s", dtype_name(dtype));
    if (status == SNV2_OK)
        status = read_einsum(node, &einsum, diagnostic);
    if (status != SNV2_OK)
        return status;
    const struct einsum_term *result = &einsum.terms[EINSUM_OUTPUT];
    outputs[0] = (struct tensor_type){dtype, {.rank = result->rank}};
    for (int d = 0; d < result->rank; d++)
        outputs[0].shape.dims[d] = einsum.sizes[result->labels[d]];
    return SNV2_OK;
}

struct shape factor_parameter_shape(const struct shape *parameter, bool is_left) {
    struct shape shape = *parameter;
    if (shape.rank == 1 && shape.dims[0] > 1 && is_left)
        shape = (struct shape){2, {shape.dims[0], 1}};
    return shape;
}

/* Input `index`, if there is one, is a number, or one for each row of the left factor or each
 * column of the right one, `of`. */
static enum snv2_status check_factor_parameter(const struct node *node, int index, int of,
                                               struct snv2_diagnostic *diagnostic) {
    const struct value *parameter = node_input(node, index);
    bool is_left = of == 0;
    if (!parameter || shape_elements(&parameter->shape) == 1)
        return SNV2_OK;
    const struct shape *factor = &node->inputs[of]->shape;
    struct shape shape = factor_parameter_shape(&parameter->shape, is_left), both;
    enum snv2_status status = broadcast(node, diagnostic, &shape, factor, &both);
    int depth = is_left ? shape.rank - 1 : shape.rank - 2;
    bool varies = depth >= 0 && shape.dims[depth] != 1;
    if (status == SNV2_OK && (varies || factor->rank < 2 || !shape_equal(&both, factor))) {
        char text[SHAPE_TEXT];
        return bad_model(node, diagnostic, "input %d has shape %s, which is no number for each %s",
                         index, shape_format(&parameter->shape, text), is_left ? "row" : "column");
    }
    return status;
}

enum snv2_status shape_MatMulInteger(struct node *node, struct tensor_type *outputs,
                                     struct snv2_diagnostic *diagnostic) {
    enum snv2_status status;
    if ((status = require_8_bits(node, diagnostic, 0)) != SNV2_OK ||
        (status = require_8_bits(node, diagnostic, 1)) != SNV2_OK ||
        (status = require_zero_point(node, diagnostic, 2, 0)) != SNV2_OK ||
        (status = require_zero_point(node, diagnostic, 3, 1)) != SNV2_OK ||
        (status = check_factor_parameter(node, 2, 0, diagnostic)) != SNV2_OK ||
        (status = check_factor_parameter(node, 3, 1, diagnostic)) != SNV2_OK)
        return status;
    outputs[0].dtype = DTYPE_INT32;
    return product(node, 1, &outputs[0].shape, diagnostic);
}

/* a, its scale and zero point, b, its scale and zero point, y's scale and zero point. */
enum snv2_status shape_QLinearMatMul(struct node *node, struct tensor_type *outputs,
                                     struct snv2_diagnostic *diagnostic) {
    enum snv2_status status;
    if ((status = require_8_bits(node, diagnostic, 0)) != SNV2_OK ||
        (status = require_8_bits(node, diagnostic, 3)) != SNV2_OK ||
        (status = require_8_bits(node, diagnostic, 7)) != SNV2_OK ||
        (status = require_zero_point(node, diagnostic, 2, 0)) != SNV2_OK ||
        (status = require_zero_point(node, diagnostic, 5, 3)) != SNV2_OK ||
        (status = require_parameter(node, diagnostic, 6, 0)) != SNV2_OK ||
        (status = require_parameter(node, diagnostic, 7, 0)) != SNV2_OK)
        return status;
    for (int i = 1; i <= 6 && status == SNV2_OK; i++)
        if (i == 1 || i == 4 || i == 6)
            status = require_scale(node, diagnostic, i);
    for (int i = 1; i <= 5 && status == SNV2_OK; i++)
        if (i != 3)
            status = check_factor_parameter(node, i, i < 3 ? 0 : 3, diagnostic);
    outputs[0].dtype = node->inputs[7]->dtype;
    return status == SNV2_OK ? product(node, 3, &outputs[0].shape, diagnostic) : status;
}
