/* Makes what only permutes the last dimension a Gather along it.
 *
 *   x [N,H,W,C] ─ Reshape [N,H,W,g,C/g] ─ Transpose 0,1,2,4,3 ─ Reshape [N,H,W,C] ─ y
 *   x [N,H,W,C]                    ->                        Gather {axis=3} ─ y
 *
 * Recognized by meaning: each element of the result is followed back through the Reshapes and
 * Transposes, whatever their shapes are. Needs inferred shapes. It pays because channels_last,
 * which runs next, can move a Gather along the channels to the planar layout, where it is a view.
 */
#include "passes/pass.h"
#include "passes/rewrite.h"

/* A chain of more nodes, or a result of more elements, is left alone. */
enum { MAX_CHAIN = 8, MAX_ELEMENTS = 1 << 24 };

/* The element of the operand that is element number `element` of the Transpose's result. */
static int64_t transposed_element(const struct node *transpose, int64_t element) {
    const struct ints *perm = &transpose->attributes.Transpose.perm;
    const struct shape *in = &transpose->inputs[0]->shape, *out = &transpose->outputs[0]->shape;
    int64_t index[MAX_RANK], source = 0;
    for (int i = out->rank - 1; i >= 0; i--) {
        index[perm->values[i]] = element % out->dims[i];
        element /= out->dims[i];
    }
    for (int i = 0; i < in->rank; i++)
        source = source * in->dims[i] + index[i];
    return source;
}

/* The element of `source` that is element number `element` of the result of `node`. */
static int64_t source_element(const struct node *node, const struct value *source,
                              int64_t element) {
    for (;; node = node->inputs[0]->producer) {
        if (node->op == OP_Transpose)
            element = transposed_element(node, element);
        if (node->inputs[0] == source)
            return element;
    }
}

/* Whether the result of `node` is `source` with the last dimension permuted; indices[i] is then the
 * element of the last dimension that stands at i. */
static bool permutes_last_axis(const struct node *node, const struct value *source,
                               int64_t *indices) {
    const struct shape *shape = &source->shape;
    int64_t last = shape->dims[shape->rank - 1], elements = shape_elements(shape);
    for (int64_t i = 0; i < last; i++)
        indices[i] = source_element(node, source, i);
    for (int64_t i = 0; i < elements; i++) {
        int64_t expected = i - i % last + indices[i % last];
        if (indices[i % last] >= last || source_element(node, source, i) != expected)
            return false;
    }
    return true;
}

/* The value of the same shape that the chain of Reshapes and Transposes ending in `node` starts
 * from; NULL where there is none. */
static struct value *chain_source(const struct node *node) {
    const struct shape *shape = &node->outputs[0]->shape;
    int transposes = 0;
    for (int i = 0; i < MAX_CHAIN && node; i++, node = node->inputs[0]->producer) {
        if (node->op != OP_Transpose && !is_reshape(node))
            return NULL;
        transposes += node->op == OP_Transpose;
        if (transposes > 0 && shape_equal(&node->inputs[0]->shape, shape))
            return node->inputs[0];
    }
    return NULL;
}

static bool is_identity(const int64_t *indices, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (indices[i] != i)
            return false;
    return true;
}

static enum snv2_status insert_gather(struct graph *graph, struct node *node, struct value *source,
                                      const int64_t *indices, struct snv2_diagnostic *diagnostic) {
    struct shape list = {1, {source->shape.dims[3]}};
    struct node *gather = graph_insert_node(graph, node, OP_Gather, node->name, 2, 1);
    struct value *constant =
        add_constant(graph, node->outputs[0]->name, DTYPE_INT64, &list, indices);
    if (!gather || !constant)
        return diagnose_no_memory(diagnostic);
    gather->attributes.Gather.axis = 3;
    gather->inputs[0] = source;
    gather->inputs[1] = constant;
    give_output(graph, node, gather);
    return SNV2_OK;
}

enum snv2_status pass_last_axis_gather(struct graph *graph, struct arena *scratch, int *changes,
                                       struct snv2_diagnostic *diagnostic) {
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        struct value *source = is_reshape(node) ? chain_source(node) : NULL;
        if (!source || source->shape.rank != 4 || value_is_constant(source) ||
            shape_elements(&source->shape) > MAX_ELEMENTS)
            continue;
        int64_t last = source->shape.dims[3];
        int64_t *indices = arena_alloc(graph->arena, (size_t)last, sizeof *indices);
        if (!indices)
            return diagnose_no_memory(diagnostic);
        if (!permutes_last_axis(node, source, indices) || is_identity(indices, last))
            continue;
        enum snv2_status status = insert_gather(graph, node, source, indices, diagnostic);
        if (status != SNV2_OK)
            return status;
        ++*changes;
    }
    return remove_dead_nodes(graph, scratch, NULL, diagnostic);
}
