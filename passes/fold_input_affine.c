/* Builds what scales and shifts the input of a linear operator into its weights.
 *
 *   x ─ Mul(s) ─ Add(t) ─ Conv(w, b) ─ y   ->   x ─ Conv(w s, b + sum of w t) ─ y
 *
 * For a BatchNormalization, or Mul, Div, Add, Sub by one constant a channel, before a Conv or Gemm
 * with known weights. A pixel of padding is not shifted, so a Conv with pads takes a scale alone.
 * Needs the result read by nobody else. Runs behind fold_batch_normalization, which builds it into
 * a convolution before it where there is one. Computed in double and rounded once. It pays because
 * it else reads and writes the whole feature map; most often it is the normalization of a picture.
 */
#include "passes/channel_affine.h"
#include "passes/pass.h"
#include "passes/rewrite.h"

#include "ir/operands.h"

#include <math.h>

/* A linear operator's known weights [outputs][inputs of a group][taps]. */
struct linear {
    const struct value *weights, *bias; /* bias [outputs], or NULL */
    int64_t groups, outputs, inputs, taps;
    bool padded;
};

static bool read_linear(const struct node *node, struct linear *linear) {
    const struct Gemm_attributes *gemm = &node->attributes.Gemm;
    if (node->op != OP_Conv && node->op != OP_Gemm)
        return false;
    const struct value *weights = node->inputs[1], *bias = node_input(node, 2);
    if (!is_float_constant(weights) ||
        (bias && (!is_float_constant(bias) || bias->shape.rank != 1 ||
                  bias->shape.dims[0] != weights->shape.dims[0])))
        return false;
    if (node->op == OP_Gemm &&
        (gemm->transA || !gemm->transB || gemm->alpha != 1 || gemm->beta != 1))
        return false;
    bool is_conv = node->op == OP_Conv;
    *linear = (struct linear){.weights = weights,
                              .bias = bias,
                              .groups = is_conv ? node->attributes.Conv.group : 1,
                              .outputs = weights->shape.dims[0],
                              .inputs = weights->shape.dims[1],
                              .taps = shape_product(&weights->shape, 2, weights->shape.rank),
                              .padded = is_conv && !ints_are_all(&node->attributes.Conv.pads, 0)};
    return true;
}

/* What is added to channel c once it is scaled. */
static double channel_offset(const struct channel_affine *affine, int64_t c) {
    return affine->shift[c] - affine->mean[c] * affine->scale[c];
}

static bool shifts(const struct channel_affine *affine) {
    for (int64_t c = 0; c < affine->channels; c++)
        if (channel_offset(affine, c) != 0)
            return true;
    return false;
}

/* The new weights and bias; *fits is false where a finite number is none in float32 any more. */
static void build(const struct linear *linear, const struct channel_affine *affine, float *weights,
                  float *bias, bool *fits) {
    const float *old = linear->weights->data;
    const float *old_bias = linear->bias ? linear->bias->data : NULL;
    int64_t group_outputs = linear->outputs / linear->groups;
    for (int64_t m = 0; m < linear->outputs; m++) {
        double sum = old_bias ? (double)old_bias[m] : 0;
        int64_t first = m / group_outputs * linear->inputs;
        for (int64_t c = first; c < first + linear->inputs; c++)
            for (int64_t tap = 0; tap < linear->taps; tap++, old++, weights++) {
                *weights = (float)((double)*old * affine->scale[c]);
                sum += (double)*old * channel_offset(affine, c);
                *fits &= isfinite(*weights) || !isfinite(*old);
            }
        bias[m] = (float)sum;
        *fits &= isfinite(bias[m]);
    }
}

static enum snv2_status fold(struct graph *graph, struct node *node, const struct linear *linear,
                             const struct channel_affine *affine, bool *fits,
                             struct snv2_diagnostic *diagnostic) {
    const struct shape *shape = &linear->weights->shape, bias_shape = {1, {linear->outputs}};
    float *weights = arena_alloc(graph->arena, (size_t)shape_elements(shape), sizeof *weights);
    float *bias = arena_alloc(graph->arena, (size_t)linear->outputs, sizeof *bias);
    if (!weights || !bias)
        return diagnose_no_memory(diagnostic);
    *fits = true;
    build(linear, affine, weights, bias, fits);
    if (!*fits)
        return SNV2_OK;
    const char *bias_name = linear->bias ? linear->bias->name : node->name;
    struct value *new_weights =
        add_constant(graph, linear->weights->name, DTYPE_FLOAT32, shape, weights);
    struct value *new_bias = add_constant(graph, bias_name, DTYPE_FLOAT32, &bias_shape, bias);
    if (!new_weights || !new_bias || !set_operand(graph, node, 1, new_weights) ||
        !set_operand(graph, node, 2, new_bias))
        return diagnose_no_memory(diagnostic);
    node->inputs[0] = affine->input;
    return SNV2_OK;
}

/* Whether the value is whole numbers of few bits, scaled: with the scale built into the weights,
 * sums are rounded elsewhere, and what is quantized again behind them falls to the other side of
 * more ties. */
static bool is_dequantized(const struct value *value) {
    while (value->producer && (value->producer->op == OP_Sub || value->producer->op == OP_Mul) &&
           value_is_constant(value->producer->inputs[1]))
        value = value->producer->inputs[0];
    return value->producer && value->producer->op == OP_Cast &&
           !dtype_is_real(value->producer->inputs[0]->dtype);
}

enum snv2_status pass_fold_input_affine(struct graph *graph, struct arena *scratch, int *changes,
                                        struct snv2_diagnostic *diagnostic) {
    int32_t *uses = graph_count_uses(graph, scratch);
    if (!uses)
        return diagnose_no_memory(diagnostic);
    for (struct node *node = graph->first; node; node = node->next) {
        struct linear linear;
        struct node *before;
        while (read_linear(node, &linear) && (before = sole_producer(node->inputs[0], uses))) {
            struct channel_affine affine;
            bool fits = false;
            enum snv2_status status = channel_affine_read(before, scratch, &affine, diagnostic);
            if (status == SNV2_OK && affine.input && !is_dequantized(affine.input) &&
                !(linear.padded && shifts(&affine)))
                status = fold(graph, node, &linear, &affine, &fits, diagnostic);
            if (status != SNV2_OK)
                return status;
            if (!fits)
                break;
            graph_remove_node(graph, before);
            ++*changes;
        }
    }
    return SNV2_OK;
}
