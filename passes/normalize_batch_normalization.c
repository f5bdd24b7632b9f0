/* Makes a BatchNormalization that is left a depthwise convolution.
 *
 *   x ─ BatchNormalization ─ y   ->   x ─ Conv(s, shift - mean s; group = C, kernel 1x1) ─ y
 *
 *   s = scale / sqrt(variance + epsilon)
 *
 * Needs rank 4 and known operands; others stay. Runs behind fold_batch_normalization, which leaves
 * those behind a pool, a view or a Concat, and those whose input is read twice. It pays because
 * there is then one operator less: the activation behind is fused, and the depthwise kernel, which
 * reads views, runs it. */
#include "passes/channel_affine.h"
#include "passes/pass.h"
#include "passes/rewrite.h"

/* Weights of one a channel, for the affine to scale. */
static const float *ones(int64_t count, struct arena *arena) {
    float *weights = arena_alloc(arena, (size_t)count, sizeof *weights);
    for (int64_t i = 0; weights && i < count; i++)
        weights[i] = 1;
    return weights;
}

static enum snv2_status normalize(struct graph *graph, struct node *node,
                                  const struct channel_affine *affine, struct arena *scratch,
                                  struct snv2_diagnostic *diagnostic) {
    struct value identity = {.name = node->inputs[1]->name,
                             .dtype = DTYPE_FLOAT32,
                             .shape = {4, {affine->channels, 1, 1, 1}},
                             .data = ones(affine->channels, scratch)};
    struct node *conv = graph_insert_node(graph, node, OP_Conv, node->name, 3, 1);
    if (!identity.data || !conv)
        return diagnose_no_memory(diagnostic);
    conv->inputs[0] = affine->input;
    enum snv2_status status = channel_affine_apply(graph, affine, node, &identity, NULL,
                                                   &conv->inputs[1], &conv->inputs[2], diagnostic);
    if (status != SNV2_OK)
        return status;
    conv->attributes.Conv.group = affine->channels;
    give_output(graph, node, conv);
    return infer_node(graph, conv, diagnostic);
}

enum snv2_status pass_normalize_batch_normalization(struct graph *graph, struct arena *scratch,
                                                    int *changes,
                                                    struct snv2_diagnostic *diagnostic) {
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (node->op != OP_BatchNormalization || node->inputs[0]->shape.rank != 4)
            continue;
        struct channel_affine affine;
        enum snv2_status status = channel_affine_read(node, scratch, &affine, diagnostic);
        if (status == SNV2_OK && affine.input) {
            status = normalize(graph, node, &affine, scratch, diagnostic);
            ++*changes;
        }
        if (status != SNV2_OK)
            return status;
    }
    return SNV2_OK;
}
