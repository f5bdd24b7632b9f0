/* Gemm with constant B and C: FULLY_CONNECTED. alpha, beta, transB and the broadcast of C become
 * part of the packed weights and bias. */
#include "lower/lower.h"

static const struct value *gemm_bias(const struct node *node) {
    return node->input_count > 2 ? node->inputs[2] : NULL;
}

const char *refuse_gemm(const struct node *node) {
    const struct value *bias = gemm_bias(node);
    if (node->attributes.Gemm.transA)
        return "with transA";
    if (!is_weights(node->inputs[1]) || !is_weights(bias))
        return "with weights that are not float32 constants";
    if (bias && bias->shape.rank == 2 && bias->shape.dims[0] != 1)
        return "with another bias for each row";
    return NULL;
}

static bool pack_gemm(struct lowering *lowering, const struct node *node,
                      struct snv2_blob_command *command) {
    const struct Gemm_attributes *gemm = &node->attributes.Gemm;
    const struct value *weights = node->inputs[1], *bias = gemm_bias(node);
    int64_t inputs = node->inputs[0]->shape.dims[1], outputs = node->outputs[0]->shape.dims[1];
    struct packing weights_packing = {
        .source = weights->data,
        .halves = half_weights(lowering, node, command),
        .scale = gemm->alpha,
        .groups = 1,
        .outputs = outputs,
        .taps = 1,
        .inputs = inputs,
        .output_stride = gemm->transB ? inputs : 1,
        .input_stride = gemm->transB ? 1 : outputs,
    };
    struct packing bias_packing = {
        .source = bias ? bias->data : NULL,
        .scale = gemm->beta,
        .groups = 1,
        .outputs = outputs,
        .taps = 1,
        .inputs = 1,
        .output_stride = bias && shape_elements(&bias->shape) == 1 ? 0 : 1,
    };
    return append_packing(lowering, &weights_packing, &command->weights) &&
           append_packing(lowering, &bias_packing, &command->bias);
}

bool lower_gemm(struct lowering *lowering, const struct node *node) {
    const struct Gemm_attributes *gemm = &node->attributes.Gemm;
    struct snv2_blob_command command = new_command(SNV2_OPCODE_FULLY_CONNECTED);
    set_activation(&command, gemm->activation, gemm->activation_alpha, gemm->activation_beta);
    return set_map_operand(lowering, &command, 0, node->inputs[0]) &&
           pack_gemm(lowering, node, &command) &&
           set_map_output(lowering, &command, node->outputs[0]) &&
           append_command(lowering, node, node->name, &command);
}
