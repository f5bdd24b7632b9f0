/* The walk that infers every shape. Shapes may be computed by the graph itself
 * (Shape -> Gather -> Div -> Mul -> Slice), so small results are folded as the walk meets them. */
#include "interp/interp.h"

enum { MAX_ELEMENTS = 4096 };

static bool is_small(const struct value *value) {
    return shape_elements(&value->shape) <= MAX_ELEMENTS;
}

/* Whether a shape may depend on the node: it computes integers, or reals from what was computed in
 * this way (a dimension scaled as a float), or as few reals as a Resize may have scales. What else
 * is real is left to the constant folding. */
static bool belongs_to_shapes(const struct node *node) {
    const struct value *output = node->outputs[0];
    if (!dtype_is_real(output->dtype) || shape_elements(&output->shape) <= MAX_RANK)
        return true;
    for (int32_t i = 0; i < node->input_count; i++)
        if (node->inputs[i] && node->inputs[i]->producer && value_is_constant(node->inputs[i]))
            return true;
    return false;
}

/* Bounds the work as well: operands are small too, unless only their shapes are read. */
static bool should_fold(const struct node *node) {
    if (!interp_can_fold(node) || !belongs_to_shapes(node))
        return false;
    for (int32_t i = 0; i < node->input_count; i++)
        if (!interp_reads_shape(node) && node->inputs[i] && !is_small(node->inputs[i]))
            return false;
    for (int32_t i = 0; i < node->output_count; i++)
        if (!is_small(node->outputs[i]))
            return false;
    return true;
}

enum snv2_status interp_infer_node(struct graph *graph, struct node *node,
                                   struct snv2_diagnostic *diagnostic) {
    bool done;
    enum snv2_status status = infer_node(graph, node, diagnostic);
    if (status == SNV2_OK && should_fold(node))
        status = interp_fold_node(graph, node, UINT64_MAX, &done, diagnostic);
    return status;
}

enum snv2_status infer_graph(struct graph *graph, struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    for (struct node *node = graph->first; node && status == SNV2_OK; node = node->next)
        status = interp_infer_node(graph, node, diagnostic);
    return status;
}
