/* Says in other operators what has no command of its own.
 *
 *   y = LayerNormalization(x, s, b)   ->   m = ReduceMean(x), d = Sub(x, m), v = ReduceMean(d * d),
 *                                          y = d / Sqrt(v + epsilon) * s + b
 *
 * and so on, a function for each operator. Forms that have a command stay. It pays because every
 * operator that is a formula over others needs no kernel; they run, though not as fast as one that
 * is made for them. Behind the passes that fold constants, in front of those that look for
 * activations and pools, which find some in what is spelled. */
#include "passes/spell.h"

#include "interp/interp.h"
#include "passes/pass.h"
#include "passes/rewrite.h"

#include <string.h>

enum { FOLDED_BYTES_MAX = 1 << 28 };

static spelling *const spellings[OP_COUNT] = {
    [OP_ArgMax] = spell_argument,
    [OP_ArgMin] = spell_argument,
    [OP_AveragePool] = spell_window,
    [OP_BatchNormalization] = spell_batch_norm,
    [OP_Celu] = spell_celu,
    [OP_Clip] = spell_clip,
    [OP_Conv] = spell_window,
    [OP_ConvInteger] = spell_window,
    [OP_ConvTranspose] = spell_window,
    [OP_DequantizeLinear] = spell_dequantize,
    [OP_DynamicQuantizeLinear] = spell_dynamic_quantize,
    [OP_Einsum] = spell_einsum,
    [OP_Gather] = spell_gather,
    [OP_GatherND] = spell_gather_nd,
    [OP_Gemm] = spell_gemm,
    [OP_GlobalAveragePool] = spell_global_pool,
    [OP_GlobalLpPool] = spell_global_lp_pool,
    [OP_GlobalMaxPool] = spell_global_pool,
    [OP_GroupNormalization] = spell_group_norm,
    [OP_Hardmax] = spell_hardmax,
    [OP_InstanceNormalization] = spell_instance_norm,
    [OP_IsInf] = spell_is_inf,
    [OP_IsNaN] = spell_is_nan,
    [OP_LRN] = spell_lrn,
    [OP_LayerNormalization] = spell_layer_norm,
    [OP_LogSoftmax] = spell_softmax,
    [OP_LpNormalization] = spell_lp_norm,
    [OP_LpPool] = spell_lp_pool,
    [OP_Max] = spell_several,
    [OP_MaxPool] = spell_window,
    [OP_Mean] = spell_mean,
    [OP_MeanVarianceNormalization] = spell_mean_variance_norm,
    [OP_Min] = spell_several,
    [OP_OneHot] = spell_one_hot,
    [OP_Pad] = spell_pad,
    [OP_Pow] = spell_pow,
    [OP_QLinearConv] = spell_window,
    [OP_QuantizeLinear] = spell_quantize,
    [OP_ReduceL1] = spell_norm_reduction,
    [OP_ReduceL2] = spell_norm_reduction,
    [OP_ReduceLogSum] = spell_log_sum,
    [OP_ReduceLogSumExp] = spell_log_sum_exp,
    [OP_ReduceSumSquare] = spell_norm_reduction,
    [OP_Resize] = spell_resize,
    [OP_Selu] = spell_selu,
    [OP_Shrink] = spell_shrink,
    [OP_Slice] = spell_slice,
    [OP_Softmax] = spell_softmax,
    [OP_Softsign] = spell_softsign,
    [OP_Swish] = spell_swish,
    [OP_ThresholdedRelu] = spell_thresholded_relu,
    [OP_TopK] = spell_top_k,
    [OP_Trilu] = spell_trilu,
};

/* ---- steps ---- */

static void no_memory(struct speller *speller) {
    if (speller->status == SNV2_OK)
        speller->status = diagnose_no_memory(speller->diagnostic);
}

struct node *spell_node_of(struct speller *speller, enum op op, struct value *a, struct value *b,
                           int results) {
    if (speller->status != SNV2_OK || !a)
        return NULL;
    struct node *node = graph_insert_node(speller->graph, speller->node, op, speller->node->name,
                                          b ? 2 : 1, results);
    if (!node) {
        no_memory(speller);
        return NULL;
    }
    node->inputs[0] = a;
    if (b)
        node->inputs[1] = b;
    return node;
}

struct node *spell_node(struct speller *speller, enum op op, struct value *a, struct value *b) {
    return spell_node_of(speller, op, a, b, 1);
}

/* Result `index` of the node, named after the one that is spelled. */
static void add_result(struct speller *speller, struct node *node, int index) {
    static const struct shape unknown = {.rank = SHAPE_UNKNOWN};
    struct graph *graph = speller->graph;
    const char *name = graph_unique_name(graph, speller->node->outputs[0]->name);
    struct value *value = name ? graph_add_value(graph, name, DTYPE_NONE, &unknown) : NULL;
    if (value)
        node_set_output(node, index, value);
    else
        no_memory(speller);
}

struct value *spell_result(struct speller *speller, struct node *node) {
    struct graph *graph = speller->graph;
    for (int32_t i = 0; node && i < node->output_count && speller->status == SNV2_OK; i++)
        add_result(speller, node, i);
    if (speller->status != SNV2_OK || !node)
        return NULL;
    speller->status = infer_node(graph, node, speller->diagnostic);
    bool done;
    if (speller->status == SNV2_OK && interp_can_fold(node))
        speller->status =
            interp_fold_node(graph, node, FOLDED_BYTES_MAX, &done, speller->diagnostic);
    return speller->status == SNV2_OK ? node->outputs[0] : NULL;
}

struct value *spell(struct speller *speller, enum op op, struct value *a, struct value *b) {
    return spell_result(speller, spell_node(speller, op, a, b));
}

struct value *spell_where(struct speller *speller, struct value *condition, struct value *yes,
                          struct value *no) {
    struct node *node = yes && no ? spell_node(speller, OP_Where, condition, yes) : NULL;
    if (node && !set_operand(speller->graph, node, 2, no))
        no_memory(speller);
    return spell_result(speller, node);
}

static struct value *spell_constant(struct speller *speller, enum dtype dtype,
                                    const struct shape *shape, const void *data) {
    size_t bytes = (size_t)shape_elements(shape) * dtype_bytes(dtype);
    void *copy = arena_alloc(speller->graph->arena, bytes, 1);
    struct value *value = NULL;
    if (copy) {
        memcpy(copy, data, bytes);
        value = add_constant(speller->graph, speller->node->outputs[0]->name, dtype, shape, copy);
    }
    if (!value)
        no_memory(speller);
    return value;
}

struct value *spell_number(struct speller *speller, float number) {
    static const struct shape scalar = {.rank = 0};
    return spell_constant(speller, DTYPE_FLOAT32, &scalar, &number);
}

struct value *spell_integers(struct speller *speller, const int64_t *integers, int count) {
    struct shape shape = {1, {count}};
    return spell_constant(speller, DTYPE_INT64, &shape, integers);
}

struct value *spell_reshape(struct speller *speller, struct value *x, const struct shape *shape) {
    return spell(speller, OP_Reshape, x, spell_integers(speller, shape->dims, shape->rank));
}

struct value *spell_cast(struct speller *speller, struct value *x, enum dtype dtype) {
    struct node *cast = spell_node(speller, OP_Cast, x, NULL);
    if (cast)
        cast->attributes.Cast.to = dtype;
    return spell_result(speller, cast);
}

struct value *spell_reduce(struct speller *speller, enum op op, struct value *x,
                           const int64_t *axes, int count) {
    return spell(speller, op, x, spell_integers(speller, axes, count));
}

/* ---- the pass ---- */

/* Whether values are float32, or no reals at all: what other passes have not made so stays. */
static bool has_types(const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++)
        if (node->inputs[i] && dtype_is_real(node->inputs[i]->dtype) &&
            node->inputs[i]->dtype != DTYPE_FLOAT32)
            return false;
    return true;
}

/* give_output for outputs of a node that is gone. */
static void give_other_output(const struct node *node, int32_t index, struct node *heir) {
    heir->outputs[0]->producer = NULL;
    node_set_output(heir, 0, node->outputs[index]);
}

enum snv2_status pass_spell_out(struct graph *graph, struct arena *scratch, int *changes,
                                struct snv2_diagnostic *diagnostic) {
    for (struct node *node = graph->first, *next; node; node = next) {
        struct speller speller = {.graph = graph, .node = node, .diagnostic = diagnostic};
        next = node->next;
        if (!spellings[node->op] || !has_types(node) || value_is_constant(node->outputs[0]))
            continue;
        struct value *result = spellings[node->op](&speller);
        if (speller.status != SNV2_OK)
            return speller.status;
        if (!result)
            continue;
        give_output(graph, node, result->producer);
        for (int32_t i = 1; i < node->output_count; i++)
            give_other_output(node, i, speller.others[i - 1]->producer);
        ++*changes;
    }
    return *changes ? remove_dead_nodes(graph, scratch, NULL, diagnostic) : SNV2_OK;
}
