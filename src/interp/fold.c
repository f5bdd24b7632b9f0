/* Constant folding of one node: load the operands, evaluate, store the results in the values. */
#include "interp/kernel.h"

#include "base/checked.h"
#include "ir/operands.h"

#include <stdlib.h>

bool interp_reads_shape(const struct node *node) {
    return node->op == OP_EyeLike || node->op == OP_Shape || node->op == OP_Size;
}

bool interp_can_fold(const struct node *node) {
    if (interp_reads_shape(node))
        return true;
    for (int32_t i = 0; i < node->input_count; i++)
        if (node->inputs[i] && !value_is_constant(node->inputs[i]))
            return false;
    return true;
}

static bool results_fit(const struct node *node, uint64_t limit) {
    uint64_t total = 0;
    for (int32_t i = 0; i < node->output_count; i++) {
        struct value *output = node->outputs[i];
        uint64_t bytes;
        if (!checked_mul((uint64_t)shape_elements(&output->shape), dtype_bytes(output->dtype),
                         &bytes) ||
            !checked_add(total, bytes, &total) || total > limit)
            return false;
    }
    return true;
}

static enum precision folding_precision(const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++)
        if (node->inputs[i] && node->inputs[i]->dtype == DTYPE_FLOAT64)
            return PRECISION_FLOAT64;
    for (int32_t i = 0; i < node->output_count; i++)
        if (node->outputs[i]->dtype == DTYPE_FLOAT64)
            return PRECISION_FLOAT64;
    return PRECISION_FLOAT32;
}

static enum snv2_status load_operand(const struct node *node, const struct value *value,
                                     enum precision precision, struct interp_tensor *tensor,
                                     struct snv2_diagnostic *diagnostic) {
    if (interp_reads_shape(node)) {
        *tensor = (struct interp_tensor){.dtype = value->dtype, .shape = value->shape};
        return SNV2_OK;
    }
    struct tensor contents = value_tensor(value);
    return interp_load(&contents, precision, tensor, diagnostic);
}

/* A model whose constants divide by zero means something else than it says. (Where a run does, the
 * result is 0.) */
static enum snv2_status check_divisor(const struct node *node, struct snv2_diagnostic *diagnostic) {
    const struct value *divisor = node->input_count > 1 ? node->inputs[1] : NULL;
    if ((node->op != OP_Div && node->op != OP_Mod) || dtype_is_real(divisor->dtype))
        return SNV2_OK;
    struct tensor tensor = value_tensor(divisor);
    for (int64_t i = 0; i < shape_elements(&divisor->shape); i++)
        if (tensor_int(&tensor, i) == 0)
            return bad_model(node, diagnostic, "element %lld: division by zero", (long long)i);
    return SNV2_OK;
}

/* `operands` and `results` are zeroed; what they hold afterwards is the caller's to free. */
static enum snv2_status fold(struct graph *graph, struct node *node, struct interp_tensor *operands,
                             const struct interp_tensor **inputs, struct interp_tensor *results,
                             struct snv2_diagnostic *diagnostic) {
    enum precision precision = folding_precision(node);
    enum snv2_status status = check_divisor(node, diagnostic);
    for (int32_t i = 0; i < node->input_count && status == SNV2_OK; i++) {
        if (!node->inputs[i])
            continue;
        inputs[i] = &operands[i];
        status = load_operand(node, node->inputs[i], precision, &operands[i], diagnostic);
    }
    if (status == SNV2_OK)
        status = interp_node(node, precision, inputs, results, diagnostic);
    for (int32_t i = 0; i < node->output_count && status == SNV2_OK; i++) {
        node->outputs[i]->data = interp_store(&results[i], precision, graph->arena);
        if (!node->outputs[i]->data)
            status = diagnose_no_memory(diagnostic);
    }
    return status;
}

enum snv2_status interp_fold_node(struct graph *graph, struct node *node, uint64_t limit,
                                  bool *done, struct snv2_diagnostic *diagnostic) {
    *done = results_fit(node, limit);
    if (!*done)
        return SNV2_OK;
    size_t input_count = (size_t)node->input_count, output_count = (size_t)node->output_count;
    struct interp_tensor *operands = calloc(input_count + 1, sizeof *operands);
    struct interp_tensor *results = calloc(output_count, sizeof *results);
    const struct interp_tensor **inputs = calloc(input_count + 1, sizeof *inputs);
    enum snv2_status status = operands && results && inputs
                                  ? fold(graph, node, operands, inputs, results, diagnostic)
                                  : diagnose_no_memory(diagnostic);
    for (size_t i = 0; operands && i < input_count; i++)
        free(operands[i].data);
    for (size_t i = 0; results && i < output_count; i++)
        free(results[i].data);
    free(operands);
    free(results);
    free(inputs);
    *done = status == SNV2_OK;
    return status;
}
