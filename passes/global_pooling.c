/* Makes every mean over a whole feature map a GlobalAveragePool.
 *
 *   x ─ ReduceMean(axes 2, 3) ─ y               ->   x ─ GlobalAveragePool ─ y
 *   x ─ ReduceMean(axes 2, 3; keepdims = 0) ─ y ->   x ─ GlobalAveragePool ─ Flatten ─ y
 *   x [N,C,7,7] ─ AveragePool(7x7, no pads) ─ y ->   x ─ GlobalAveragePool ─ y
 *
 * Needs rank 4 and known axes. It pays because there is then one kernel and one order of summation
 * for the end of a network, however it was exported; the Flatten costs nothing (a Gemm reads
 * [N,C,1,1]). */
#include "passes/pass.h"
#include "passes/rewrite.h"

#include "ir/operands.h"

/* The single window of the AveragePool is the whole map, without pads. */
static bool is_global_average_pool(const struct node *node) {
    const struct AveragePool_attributes *pool = &node->attributes.AveragePool;
    const int64_t *map = &node->inputs[0]->shape.dims[2];
    const int64_t *windows = &node->outputs[0]->shape.dims[2];
    return ints_are_all(&pool->pads, 0) && ints_are_all(&pool->dilations, 1) &&
           pool->kernel_shape.values[0] == map[0] && pool->kernel_shape.values[1] == map[1] &&
           windows[0] == 1 && windows[1] == 1;
}

/* The ReduceMean is over axes 2 and 3, no more and no less. */
static bool is_global_mean(const struct node *node) {
    const struct value *axes = node_input(node, 1);
    bool mask[MAX_RANK] = {false};
    return axes && axes->data && known_axes(node, NULL, 1, 4, mask) == SNV2_OK && !mask[0] &&
           !mask[1] && mask[2] && mask[3];
}

static bool is_global(const struct node *node) {
    if (node->inputs[0]->shape.rank != 4 || !dtype_is_real(node->inputs[0]->dtype))
        return false;
    switch (node->op) {
    case OP_AveragePool:
        return is_global_average_pool(node);
    case OP_ReduceMean:
        return is_global_mean(node);
    default:
        return false;
    }
}

/* Puts a Flatten to [N,C] between the pool, which gets an output of its own, and the output of
 * `node`. */
static enum snv2_status flatten(struct graph *graph, struct node *node, struct node *pool,
                                struct snv2_diagnostic *diagnostic) {
    const struct value *output = node->outputs[0];
    struct shape shape = {4, {output->shape.dims[0], output->shape.dims[1], 1, 1}};
    const char *name = graph_unique_name(graph, output->name);
    struct value *pooled = name ? graph_add_value(graph, name, output->dtype, &shape) : NULL;
    struct node *flatten = graph_insert_node(graph, node, OP_Flatten, node->name, 1, 1);
    if (!pooled || !flatten)
        return diagnose_no_memory(diagnostic);
    node_set_output(pool, 0, pooled);
    flatten->inputs[0] = pooled;
    give_output(graph, node, flatten);
    return SNV2_OK;
}

enum snv2_status pass_global_pooling(struct graph *graph, struct arena *scratch, int *changes,
                                     struct snv2_diagnostic *diagnostic) {
    (void)scratch;
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (!is_global(node))
            continue;
        struct node *pool = graph_insert_node(graph, node, OP_GlobalAveragePool, node->name, 1, 1);
        if (!pool)
            return diagnose_no_memory(diagnostic);
        pool->inputs[0] = node->inputs[0];
        ++*changes;
        if (node->outputs[0]->shape.rank == 4) {
            give_output(graph, node, pool);
            continue;
        }
        enum snv2_status status = flatten(graph, node, pool, diagnostic);
        if (status != SNV2_OK)
            return status;
    }
    return SNV2_OK;
}
