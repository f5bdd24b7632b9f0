/* Scales the weights of a linear operator by what stands behind it.
 *
 *   x ─ Conv(w, b) ─ BatchNormalization ─ y   ->   x ─ Conv(w', b') ─ y
 *
 *   s = scale / sqrt(variance + epsilon),  w' = w s,  b' = (b - mean) s + shift  (channel by
 * channel)
 *
 * The same for a Gemm [M][K], and for a Mul, Div, Add or Sub by one constant a channel. Needs the
 * weights known and the result read by nobody else: who else reads it wants it unscaled. Needs
 * matmul_to_gemm before and no activation fused yet. Computed in double and rounded once.
 * It pays because a BatchNormalization reads and writes a whole feature map to do one fused
 * multiply-add an element. */
#include "passes/channel_affine.h"
#include "passes/pass.h"
#include "passes/rewrite.h"

#include "ir/operands.h"

/* Whether a row of known weights, and an element of known bias, belongs to each output channel. */
static bool has_rows(struct node *node, int64_t channels) {
    struct activation_fields fields = node_activation(node);
    if (!fields.activation || *fields.activation != ACTIVATION_NONE)
        return false;
    const struct Gemm_attributes *gemm = &node->attributes.Gemm;
    if (node->op == OP_Gemm && !(gemm->transB && gemm->alpha == 1 && gemm->beta == 1))
        return false;
    const struct value *weights = node->inputs[1], *bias = node_input(node, 2);
    return is_float_constant(weights) && weights->shape.dims[0] == channels &&
           (!bias ||
            (is_float_constant(bias) && bias->shape.rank == 1 && bias->shape.dims[0] == channels));
}

enum snv2_status pass_fold_batch_normalization(struct graph *graph, struct arena *scratch,
                                               int *changes, struct snv2_diagnostic *diagnostic) {
    int32_t *uses = graph_count_uses(graph, scratch);
    if (!uses)
        return diagnose_no_memory(diagnostic);
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        struct channel_affine affine;
        enum snv2_status status = channel_affine_read(node, scratch, &affine, diagnostic);
        if (status != SNV2_OK)
            return status;
        struct node *linear = affine.input ? sole_producer(affine.input, uses) : NULL;
        if (!linear || !has_rows(linear, affine.channels))
            continue;
        struct value *weights, *bias;
        status = channel_affine_apply(graph, &affine, node, linear->inputs[1],
                                      node_input(linear, 2), &weights, &bias, diagnostic);
        if (status != SNV2_OK)
            return status;
        if (!set_operand(graph, linear, 1, weights) || !set_operand(graph, linear, 2, bias))
            return diagnose_no_memory(diagnostic);
        give_output(graph, node, linear);
        ++*changes;
    }
    return SNV2_OK;
}
