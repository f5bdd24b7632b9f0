/* Reading a node as an affine of its channels, and building one into weights; see
 * channel_affine.h. */
#include "passes/channel_affine.h"

#include "ir/operands.h"
#include "passes/rewrite.h"

#include <math.h>

static bool allocate(struct channel_affine *affine, int64_t channels, struct arena *arena) {
    double *numbers = arena_alloc(arena, (size_t)channels, 3 * sizeof *numbers);
    if (!numbers)
        return false;
    affine->channels = channels;
    affine->mean = numbers;
    affine->scale = numbers + channels;
    affine->shift = numbers + 2 * channels;
    return true;
}

static enum snv2_status read_batch_normalization(const struct node *node, struct arena *arena,
                                                 struct channel_affine *affine,
                                                 struct snv2_diagnostic *diagnostic) {
    for (int i = 1; i < 5; i++)
        if (!is_float_constant(node->inputs[i]))
            return SNV2_OK;
    if (!allocate(affine, shape_elements(&node->inputs[1]->shape), arena))
        return diagnose_no_memory(diagnostic);
    const float *scale = node->inputs[1]->data, *shift = node->inputs[2]->data;
    const float *mean = node->inputs[3]->data, *variance = node->inputs[4]->data;
    double epsilon = (double)node->attributes.BatchNormalization.epsilon;
    for (int64_t c = 0; c < affine->channels; c++) {
        double sum = (double)variance[c] + epsilon;
        if (variance[c] < 0 || sum <= 0)
            return bad_model(node, diagnostic,
                             "the variance of channel %lld is %g, with epsilon %g; their sum must "
                             "be above zero, and no variance negative",
                             (long long)c, (double)variance[c], epsilon);
        affine->mean[c] = (double)mean[c];
        affine->scale[c] = (double)scale[c] / sqrt(sum);
        affine->shift[c] = (double)shift[c];
    }
    affine->input = node->inputs[0];
    return SNV2_OK;
}

/* Whether `constant`, broadcast to `shape`, leaves it as it is and differs only between channels.
 */
static bool is_per_channel(const struct shape *constant, const struct shape *shape) {
    int offset = shape->rank - constant->rank; /* dimensions are aligned at the last one */
    if (offset < 0)
        return false;
    for (int i = 0; i < constant->rank; i++)
        if (constant->dims[i] != 1 && !(offset + i == 1 && constant->dims[i] == shape->dims[1]))
            return false;
    return true;
}

/* What `operator constant` does to a channel. False where it is no affine: a division by zero or by
 * what is not finite distributes over no sum. */
static bool set_channel(enum op op, double constant, double *scale, double *shift) {
    *scale = 1;
    *shift = 0;
    switch (op) {
    case OP_Mul:
        *scale = constant;
        return true;
    case OP_Div:
        *scale = 1 / constant;
        return constant != 0 && isfinite(constant);
    case OP_Add:
        *shift = constant;
        return true;
    case OP_Sub:
        *shift = -constant;
        return true;
    default:
        return false;
    }
}

static enum snv2_status read_elementwise(const struct node *node, struct arena *arena,
                                         struct channel_affine *affine,
                                         struct snv2_diagnostic *diagnostic) {
    bool commutes = node->op == OP_Mul || node->op == OP_Add;
    int index = commutes && is_float_constant(node->inputs[0]) ? 0 : 1;
    const struct value *constant = node->inputs[index];
    struct value *input = node->inputs[1 - index];
    if (!is_float_constant(constant) || input->shape.rank < 2 ||
        !is_per_channel(&constant->shape, &input->shape))
        return SNV2_OK;
    if (!allocate(affine, input->shape.dims[1], arena))
        return diagnose_no_memory(diagnostic);
    const float *numbers = constant->data;
    bool scalar = shape_elements(&constant->shape) == 1;
    for (int64_t c = 0; c < affine->channels; c++)
        if (!set_channel(node->op, (double)numbers[scalar ? 0 : c], &affine->scale[c],
                         &affine->shift[c]))
            return SNV2_OK;
    affine->input = input;
    return SNV2_OK;
}

enum snv2_status channel_affine_read(const struct node *node, struct arena *arena,
                                     struct channel_affine *affine,
                                     struct snv2_diagnostic *diagnostic) {
    *affine = (struct channel_affine){.input = NULL};
    switch (node->op) {
    case OP_BatchNormalization:
        return read_batch_normalization(node, arena, affine, diagnostic);
    case OP_Mul:
    case OP_Div:
    case OP_Add:
    case OP_Sub:
        return read_elementwise(node, arena, affine, diagnostic);
    default:
        return SNV2_OK;
    }
}

/* Rounds `exact` to *result; false where that turned a finite number into none. */
static bool round_to_float(double exact, float *result) {
    *result = (float)exact;
    return isfinite(*result) || !isfinite(exact);
}

enum snv2_status channel_affine_apply(struct graph *graph, const struct channel_affine *affine,
                                      const struct node *node, const struct value *weights,
                                      const struct value *bias, struct value **new_weights,
                                      struct value **new_bias, struct snv2_diagnostic *diagnostic) {
    int64_t channels = affine->channels,
            row = shape_product(&weights->shape, 1, weights->shape.rank);
    float *w = arena_alloc(graph->arena, (size_t)(channels * row), sizeof *w);
    float *b = arena_alloc(graph->arena, (size_t)channels, sizeof *b);
    if (!w || !b)
        return diagnose_no_memory(diagnostic);
    const float *old_w = weights->data, *old_b = bias ? bias->data : NULL;
    for (int64_t c = 0; c < channels; c++) {
        double scale = affine->scale[c], centred = (old_b ? (double)old_b[c] : 0) - affine->mean[c];
        bool fits = round_to_float(centred * scale + affine->shift[c], &b[c]);
        for (int64_t i = c * row; i < (c + 1) * row; i++)
            fits &= round_to_float((double)old_w[i] * scale, &w[i]);
        if (!fits)
            return unsupported(node, diagnostic,
                               "channel %lld is scaled by %g, which takes a weight or the bias "
                               "beyond float32",
                               (long long)c, scale);
    }
    struct shape bias_shape = {1, {channels}};
    *new_weights = add_constant(graph, weights->name, DTYPE_FLOAT32, &weights->shape, w);
    *new_bias = add_constant(graph, bias ? bias->name : node->name, DTYPE_FLOAT32, &bias_shape, b);
    return *new_weights && *new_bias ? SNV2_OK : diagnose_no_memory(diagnostic);
}
