/* Computes what does not depend on an input, shape computations included.
 *
 *   x ─ Shape ─ Gather(0) ─ Concat([.], -1) ─┐
 *   x ───────────────────────────────── Reshape ─ y   ->   x ─ Reshape(constant) ─ y
 *
 * Needs inferred shapes; a node whose results inference has already found (Shape) needs no known
 * operands. Dead nodes are gone afterwards. It pays because exporters spell every shuffle with a
 * dozen such nodes, and because the other passes ask for constant operands.
 *
 * A hostile file must not buy much memory or time with few bytes: results are bounded one by one
 * and the elements touched are bounded in all. What is over a bound stays, with a note. */
#include "passes/pass.h"
#include "passes/rewrite.h"

#include "interp/interp.h"

static const uint64_t result_bytes_max = UINT64_C(256) << 20;
static const uint64_t touched_elements_max = UINT64_C(1) << 30;
static const uint64_t compute_elements_max = UINT64_C(1) << 20; /* per CLASS_COMPUTE node */

static bool results_are_known(const struct node *node) {
    for (int32_t i = 0; i < node->output_count; i++)
        if (!node->outputs[i]->data)
            return false;
    return true;
}

/* Elements of operands and results, or limit + 1 where they are more than `limit`. */
static uint64_t touched_elements(const struct node *node, uint64_t limit) {
    uint64_t sum = 0;
    for (int32_t i = 0; i < node->input_count + node->output_count; i++) {
        const struct value *value =
            i < node->input_count ? node->inputs[i] : node->outputs[i - node->input_count];
        uint64_t elements = value ? (uint64_t)shape_elements(&value->shape) : 0;
        if (elements > limit - sum)
            return limit + 1;
        sum += elements;
    }
    return sum;
}

/* Computes the results of `node` where its operands are known and it costs no more than *budget. */
static enum snv2_status fold(struct graph *graph, struct node *node, uint64_t *budget, bool *done,
                             struct snv2_diagnostic *diagnostic) {
    uint64_t limit = *budget;
    if (op_infos[node->op].class == CLASS_COMPUTE && limit > compute_elements_max)
        limit = compute_elements_max;
    uint64_t touched = touched_elements(node, limit);
    if (touched > limit)
        return SNV2_OK;
    *budget -= touched;
    return interp_fold_node(graph, node, result_bytes_max, done, diagnostic);
}

enum snv2_status pass_fold_constants(struct graph *graph, struct arena *scratch, int *changes,
                                     struct snv2_diagnostic *diagnostic) {
    uint64_t budget = touched_elements_max;
    int left = 0;
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        bool done = results_are_known(node);
        if (!done && interp_can_fold(node)) {
            enum snv2_status status = fold(graph, node, &budget, &done, diagnostic);
            if (status != SNV2_OK)
                return status;
            left += !done;
        }
        if (done) {
            graph_remove_node(graph, node);
            ++*changes;
        }
    }
    if (left > 0)
        graph_note(graph, "%d nodes depend on no input but are too large to be computed now", left);
    return remove_dead_nodes(graph, scratch, NULL, diagnostic);
}
