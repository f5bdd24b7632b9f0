/* Lets a convolution or Gemm apply the activation behind it.
 *
 *   x ─ Conv ─ Relu ─ y             ->   x ─ Conv {activation=relu} ─ y
 *   x ─ Conv ─ Clip(low, high) ─ y  ->   x ─ Conv {activation=clip, low, high} ─ y
 *
 * Every activation is a range: Relu [+0, inf], none [-inf, inf]; two in sequence are the
 * intersection of theirs, exactly (signed zeros too) where that is not empty. Needs the result read
 * by nobody else, and known bounds. Runs behind fold_batch_normalization. It pays because the
 * numbers are still in registers: a Relu of its own reads and writes the whole feature map. */
#include "passes/pass.h"
#include "passes/rewrite.h"

#include "ir/operands.h"

#include <math.h>

struct range {
    float low, high;
};

static const struct range everything = {-INFINITY, INFINITY}, not_negative = {0, INFINITY};

/* Operand `index` of a Clip, an omitted one being `omitted`; false where it is not known. */
static bool read_bound(const struct node *clip, int index, float omitted, float *bound) {
    const struct value *operand = node_input(clip, index);
    if (operand && !is_float_constant(operand))
        return false;
    *bound = operand ? *(const float *)operand->data : omitted;
    return true;
}

/* The range that `node` limits its float32 input to; false where it is no activation. */
static bool read_activation(const struct node *node, struct range *range) {
    if (node->outputs[0]->dtype != DTYPE_FLOAT32)
        return false;
    *range = not_negative;
    return node->op == OP_Relu ||
           (node->op == OP_Clip && read_bound(node, 1, -INFINITY, &range->low) &&
            read_bound(node, 2, INFINITY, &range->high));
}

static struct range fused_range(struct activation_fields fields) {
    switch (*fields.activation) {
    case ACTIVATION_RELU:
        return not_negative;
    case ACTIVATION_CLIP:
        return (struct range){*fields.alpha, *fields.beta};
    default:
        return everything;
    }
}

/* Makes the range what the fields say. A range from -0 up is no Relu: it makes -1 a -0. */
static void set_fused_range(struct activation_fields fields, struct range range) {
    bool unlimited = range.high == INFINITY;
    if (unlimited && range.low == 0 && !signbit(range.low)) {
        *fields.activation = ACTIVATION_RELU;
    } else if (!unlimited || range.low != -INFINITY) {
        *fields.activation = ACTIVATION_CLIP;
        *fields.alpha = range.low;
        *fields.beta = range.high;
    }
}

/* Lets `linear` limit its result to `range` too; false where that is not possible. */
static bool fuse(struct node *linear, struct range range) {
    struct activation_fields fields = node_activation(linear);
    if (!fields.activation)
        return false;
    struct range fused = fused_range(fields);
    fused.low = fused.low < range.low ? range.low : fused.low;
    fused.high = fused.high > range.high ? range.high : fused.high;
    if (fused.low > fused.high)
        return false;
    set_fused_range(fields, fused);
    return true;
}

enum snv2_status pass_fuse_activation(struct graph *graph, struct arena *scratch, int *changes,
                                      struct snv2_diagnostic *diagnostic) {
    int32_t *uses = graph_count_uses(graph, scratch);
    if (!uses)
        return diagnose_no_memory(diagnostic);
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        struct range range;
        if (!read_activation(node, &range))
            continue;
        struct node *linear = sole_producer(node->inputs[0], uses);
        if (linear && fuse(linear, range)) {
            give_output(graph, node, linear);
            ++*changes;
        }
    }
    return SNV2_OK;
}
