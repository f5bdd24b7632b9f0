/* Lets a convolution or Gemm apply the activation behind it.
 *
 *   x ─ Conv ─ Relu ─ y             ->   x ─ Conv {activation=relu} ─ y
 *   x ─ Conv ─ Clip(low, high) ─ y  ->   x ─ Conv {activation=clip, low, high} ─ y
 *   x ─ Conv ─ HardSwish ─ y        ->   x ─ Conv {activation=hard_swish} ─ y
 *
 * Relu, Clip and none are ranges, [+0, inf], [low, high] and [-inf, inf]; two in sequence are the
 * intersection of theirs, exactly (signed zeros too) where that is not empty. Any other activation
 * is fused where there is none yet. Needs the result read by nobody else, and known bounds. Runs
 * behind fold_batch_normalization and recognize_activations. It pays because the numbers are still
 * in registers: an activation of its own reads and writes the whole feature map. */
#include "passes/pass.h"
#include "passes/rewrite.h"

#include "ir/operands.h"

#include <math.h>

/* An activation of enums.def with its parameters. */
struct activation_kind {
    enum activation activation;
    float alpha, beta;
};

/* Operators whose activation has no parameters, and no others that could make it another one. */
static const enum activation plain_activations[OP_COUNT] = {
    [OP_HardSwish] = ACTIVATION_HARD_SWISH,
    [OP_Mish] = ACTIVATION_MISH,
    [OP_Relu] = ACTIVATION_RELU,
    [OP_Sigmoid] = ACTIVATION_SIGMOID,
    [OP_Tanh] = ACTIVATION_TANH,
};

/* Operand `index` of a Clip, an omitted one being `omitted`; false where it is not known. */
static bool read_bound(const struct node *clip, int index, float omitted, float *bound) {
    const struct value *operand = node_input(clip, index);
    if (operand && !is_float_constant(operand))
        return false;
    *bound = operand ? *(const float *)operand->data : omitted;
    return true;
}

/* What `node` does to its float32 input; false where it is no activation. */
static bool read_activation(const struct node *node, struct activation_kind *kind) {
    const union attributes *attributes = &node->attributes;
    if (node->outputs[0]->dtype != DTYPE_FLOAT32)
        return false;
    *kind = (struct activation_kind){plain_activations[node->op], 0, 0};
    switch (node->op) {
    case OP_Clip:
        kind->activation = ACTIVATION_CLIP;
        return read_bound(node, 1, -INFINITY, &kind->alpha) &&
               read_bound(node, 2, INFINITY, &kind->beta);
    case OP_Gelu:
        kind->activation = ACTIVATION_GELU;
        return attributes->Gelu.approximate == GELU_EXACT;
    case OP_HardSigmoid:
        *kind = (struct activation_kind){ACTIVATION_HARD_SIGMOID, attributes->HardSigmoid.alpha,
                                         attributes->HardSigmoid.beta};
        return true;
    case OP_LeakyRelu:
        *kind = (struct activation_kind){ACTIVATION_LEAKY_RELU, attributes->LeakyRelu.alpha, 0};
        return true;
    case OP_Swish:
        kind->activation = ACTIVATION_SILU;
        return attributes->Swish.alpha == 1;
    default:
        return kind->activation != ACTIVATION_NONE;
    }
}

/* ---- ranges ---- */

/* Writes a range as a Clip; false where the activation is no range. */
static bool make_range(struct activation_kind *kind) {
    switch (kind->activation) {
    case ACTIVATION_NONE:
        *kind = (struct activation_kind){ACTIVATION_CLIP, -INFINITY, INFINITY};
        return true;
    case ACTIVATION_RELU:
        *kind = (struct activation_kind){ACTIVATION_CLIP, 0, INFINITY};
        return true;
    default:
        return kind->activation == ACTIVATION_CLIP;
    }
}

/* Writes a Clip as what it is. One from -0 up is no Relu: it makes -1 a -0. */
static void name_range(struct activation_kind *kind) {
    if (kind->beta != INFINITY)
        return;
    if (kind->alpha == 0 && !signbit(kind->alpha))
        *kind = (struct activation_kind){ACTIVATION_RELU, 0, 0};
    else if (kind->alpha == -INFINITY)
        *kind = (struct activation_kind){ACTIVATION_NONE, 0, 0};
}

/* `first` and then `second`, both ranges, as one in *first; false where nothing is left. */
static bool intersect(struct activation_kind *first, const struct activation_kind *second) {
    if (first->alpha < second->alpha)
        first->alpha = second->alpha;
    if (first->beta > second->beta)
        first->beta = second->beta;
    return first->alpha <= first->beta;
}

/* ---- fusing ---- */

/* `first` and then `second` as one in *first; false where they are not one. */
static bool combine(struct activation_kind *first, struct activation_kind second) {
    if (make_range(&second)) {
        bool combined = make_range(first) && intersect(first, &second);
        name_range(first);
        return combined;
    }
    if (first->activation != ACTIVATION_NONE)
        return false;
    *first = second;
    return true;
}

/* Lets `linear` apply the activation to its result too; false where that is not possible. */
static bool fuse(struct node *linear, const struct activation_kind *kind) {
    struct activation_fields fields = node_activation(linear);
    if (!fields.activation)
        return false;
    struct activation_kind fused = {*fields.activation, *fields.alpha, *fields.beta};
    if (!combine(&fused, *kind))
        return false;
    *fields.activation = fused.activation;
    *fields.alpha = fused.alpha;
    *fields.beta = fused.beta;
    return true;
}

enum snv2_status pass_fuse_activation(struct graph *graph, struct arena *scratch, int *changes,
                                      struct snv2_diagnostic *diagnostic) {
    int32_t *uses = graph_count_uses(graph, scratch);
    if (!uses)
        return diagnose_no_memory(diagnostic);
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        struct activation_kind kind;
        if (!read_activation(node, &kind))
            continue;
        struct node *linear = sole_producer(node->inputs[0], uses);
        if (linear && fuse(linear, &kind)) {
            give_output(graph, node, linear);
            ++*changes;
        }
    }
    return SNV2_OK;
}
