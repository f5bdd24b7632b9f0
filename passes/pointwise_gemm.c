/* Makes fully connected layers over pooled channels, whose result scales channels, 1x1
 * convolutions.
 *
 *   x [N,C,1,1] ─ Flatten ─ Gemm ─ Relu ─ Gemm ─ HardSigmoid ─ Reshape [N,M,1,1] ─ y
 *   x           ->          Conv ─ Relu ─ Conv ─ HardSigmoid           ->          y
 *
 * So squeeze-and-excite has one form, however it is exported. Needs the Gemms in the form of
 * matmul_to_gemm and everything in between read by nobody else; a Gemm whose result stays [N,M], as
 * a classifier's, stays too. Runs behind recognize_activations and fold_batch_normalization, which
 * leave plain chains of Gemms and activations. It pays because the layout then does not change
 * twice in every block.
 */
#include "passes/pass.h"
#include "passes/rewrite.h"

#include "ir/operands.h"

/* Longer chains stay as they are. */
enum { MAX_CHAIN = 16 };

/* [N,C,1,1] and [N,C]. */
static bool is_pooled(const struct value *value) {
    return value->shape.rank == 4 && value->shape.dims[2] == 1 && value->shape.dims[3] == 1;
}

static bool is_flat_form(const struct value *flat, const struct value *pooled) {
    return flat->shape.rank == 2 && is_pooled(pooled) &&
           flat->shape.dims[0] == pooled->shape.dims[0] &&
           flat->shape.dims[1] == pooled->shape.dims[1] && flat->dtype == DTYPE_FLOAT32;
}

static bool is_gemm(const struct node *node) {
    const struct Gemm_attributes *gemm = &node->attributes.Gemm;
    if (node->op != OP_Gemm || !gemm->transB || gemm->transA || gemm->alpha != 1 ||
        gemm->beta != 1 || gemm->activation != ACTIVATION_NONE)
        return false;
    const struct value *bias = node_input(node, 2);
    return is_float_constant(node->inputs[1]) &&
           (!bias || (is_float_constant(bias) && bias->shape.rank == 1 &&
                      bias->shape.dims[0] == node->inputs[1]->shape.dims[0]));
}

/* One number becomes one, and other operands are scalars. */
static bool is_activation(const struct node *node) {
    if (op_infos[node->op].class != CLASS_ELEMENTWISE || node->op == OP_BatchNormalization ||
        node->op == OP_Cast || value_is_constant(node->inputs[0]))
        return false;
    for (int32_t i = 1; i < node->input_count; i++) {
        const struct value *value = node->inputs[i];
        if (value && (!value_is_constant(value) || shape_elements(&value->shape) != 1))
            return false;
    }
    return true;
}

/* The nodes between a reshape to [N,C] and `reshape` back to [N,M,1,1], the last one first. */
struct chain {
    struct node *nodes[MAX_CHAIN];
    int count, gemms;
    struct value *pooled; /* what the first reshape reads */
};

static bool read_chain(const struct node *reshape, const int32_t *uses, struct chain *chain) {
    *chain = (struct chain){.count = 0};
    if (!is_reshape(reshape) || !is_flat_form(reshape->inputs[0], reshape->outputs[0]))
        return false;
    struct node *node = sole_producer(reshape->inputs[0], uses);
    for (; node && chain->count < MAX_CHAIN; node = node->inputs[0]->producer) {
        if (is_reshape(node) && is_flat_form(node->outputs[0], node->inputs[0])) {
            chain->pooled = node->inputs[0];
            return chain->gemms > 0;
        }
        if ((!is_gemm(node) && !is_activation(node)) || uses[node->outputs[0]->id] != 1)
            return false;
        chain->gemms += node->op == OP_Gemm;
        chain->nodes[chain->count++] = node;
    }
    return false;
}

static struct node *insert_convolution(struct graph *graph, struct node *gemm,
                                       struct value *input) {
    struct node *conv = graph_insert_node(graph, gemm, OP_Conv, gemm->name, gemm->input_count, 1);
    const struct value *weights = gemm->inputs[1];
    struct shape shape = {4, {weights->shape.dims[0], weights->shape.dims[1], 1, 1}};
    if (!conv)
        return NULL;
    conv->inputs[0] = input;
    conv->inputs[1] = add_constant(graph, weights->name, weights->dtype, &shape, weights->data);
    if (gemm->input_count > 2)
        conv->inputs[2] = gemm->inputs[2];
    return conv->inputs[1] ? conv : NULL;
}

static struct node *insert_activation(struct graph *graph, struct node *activation,
                                      struct value *input) {
    struct node *copy = graph_insert_node(graph, activation, activation->op, activation->name,
                                          activation->input_count, 1);
    if (!copy)
        return NULL;
    copy->attributes = activation->attributes;
    copy->inputs[0] = input;
    for (int32_t i = 1; i < activation->input_count; i++)
        copy->inputs[i] = activation->inputs[i];
    return copy;
}

/* The same node from [N,C,1,1] to [N,M,1,1], before `node`; a value of that shape is its result. */
static enum snv2_status insert_pooled(struct graph *graph, struct node *node, struct value **value,
                                      struct snv2_diagnostic *diagnostic) {
    const struct value *flat = node->outputs[0];
    struct shape shape = {4, {flat->shape.dims[0], flat->shape.dims[1], 1, 1}};
    struct node *copy = node->op == OP_Gemm ? insert_convolution(graph, node, *value)
                                            : insert_activation(graph, node, *value);
    const char *name = graph_unique_name(graph, flat->name);
    *value = name ? graph_add_value(graph, name, flat->dtype, &shape) : NULL;
    if (!copy || !*value)
        return diagnose_no_memory(diagnostic);
    node_set_output(copy, 0, *value);
    return infer_node(graph, copy, diagnostic);
}

enum snv2_status pass_pointwise_gemm(struct graph *graph, struct arena *scratch, int *changes,
                                     struct snv2_diagnostic *diagnostic) {
    int32_t *uses = graph_count_uses(graph, scratch);
    if (!uses)
        return diagnose_no_memory(diagnostic);
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        struct chain chain;
        if (!read_chain(node, uses, &chain))
            continue;
        struct value *value = chain.pooled;
        for (int i = chain.count - 1; i >= 0; i--) {
            enum snv2_status status = insert_pooled(graph, chain.nodes[i], &value, diagnostic);
            if (status != SNV2_OK)
                return status;
        }
        give_output(graph, node, value->producer);
        *changes += chain.gemms;
    }
    return remove_dead_nodes(graph, scratch, NULL, diagnostic);
}
