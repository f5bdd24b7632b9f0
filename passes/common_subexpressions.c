/* Computes equal nodes once.
 *
 *   x ─┬ Relu ─ a ─ ...             x ─ Relu ─ a ─┬ ...
 *      └ Relu ─ b ─ ...        ->                 └ ...
 *
 * Nodes are equal where operator, attributes, operands and number of outputs are; constants where
 * type, shape and bytes are, so that they are shared first. One walk in topological order: operands
 * are replaced before a node is looked up. Needs nothing, breaks nothing. It pays because exporters
 * repeat shape computations and constants by the dozen, and because equal weights stand in the blob
 * once. */
#include "passes/pass.h"
#include "passes/rewrite.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Constants or nodes by content: open addressing, at most half full. */
struct table {
    struct entry {
        uint64_t hash;
        const void *item;
    } * entries;
    size_t mask;
};

typedef bool is_equal_function(const void *a, const void *b);

static bool table_init(struct table *table, size_t items, struct arena *arena) {
    size_t size = 1;
    while (size < 2 * items)
        size *= 2;
    table->mask = size - 1;
    table->entries = arena_alloc(arena, size, sizeof *table->entries);
    return table->entries != NULL;
}

/* The item equal to `item`, which is added where there is none. */
static const void *table_find_or_add(struct table *table, uint64_t hash, const void *item,
                                     is_equal_function *is_equal) {
    size_t i = (size_t)hash & table->mask;
    for (; table->entries[i].item; i = (i + 1) & table->mask)
        if (table->entries[i].hash == hash && is_equal(table->entries[i].item, item))
            return table->entries[i].item;
    table->entries[i] = (struct entry){hash, item};
    return item;
}

static size_t constant_bytes(const struct value *constant) {
    return (size_t)shape_elements(&constant->shape) * dtype_bytes(constant->dtype);
}

static bool constants_equal(const void *a, const void *b) {
    const struct value *x = a, *y = b;
    return x->dtype == y->dtype && shape_equal(&x->shape, &y->shape) &&
           memcmp(x->data, y->data, constant_bytes(x)) == 0;
}

static bool nodes_equal(const void *a, const void *b) {
    const struct node *x = a, *y = b;
    return x->op == y->op && x->input_count == y->input_count &&
           x->output_count == y->output_count &&
           memcmp(x->inputs, y->inputs, (size_t)x->input_count * sizeof *x->inputs) == 0 &&
           attributes_equal((int)x->op, &x->attributes, &y->attributes);
}

static uint64_t mix(uint64_t hash, uint64_t number) {
    return XXH3_64bits_withSeed(&number, sizeof number, hash);
}

static uint64_t node_hash(const struct node *node) {
    uint64_t hash = mix((uint64_t)node->op, attributes_hash((int)node->op, &node->attributes));
    for (int32_t i = 0; i < node->input_count; i++)
        hash = mix(hash, node->inputs[i] ? (uint64_t)node->inputs[i]->id + 1 : 0);
    return hash;
}

static bool share_constants(const struct graph *graph, struct value **replacement,
                            struct arena *scratch, int *changes) {
    struct table table;
    const int32_t *uses = graph_count_uses(graph, scratch);
    if (!uses || !table_init(&table, (size_t)graph->value_count, scratch))
        return false;
    for (int32_t i = 0; i < graph->value_count; i++) {
        struct value *value = graph->values[i];
        if (!value->data || value->producer || uses[i] == 0)
            continue;
        uint64_t hash = XXH3_64bits(value->data, constant_bytes(value));
        const struct value *first = table_find_or_add(&table, hash, value, constants_equal);
        if (first != value) {
            replacement[i] = graph->values[first->id];
            ++*changes;
        }
    }
    return true;
}

static bool share_nodes(const struct graph *graph, struct value **replacement,
                        struct arena *scratch, int *changes) {
    struct table table;
    if (!table_init(&table, (size_t)graph->node_count, scratch))
        return false;
    for (struct node *node = graph->first; node; node = node->next) {
        for (int32_t i = 0; i < node->input_count; i++)
            if (node->inputs[i] && replacement[node->inputs[i]->id])
                node->inputs[i] = replacement[node->inputs[i]->id];
        const struct node *first = table_find_or_add(&table, node_hash(node), node, nodes_equal);
        if (first == node)
            continue;
        for (int32_t i = 0; i < node->output_count; i++)
            replacement[node->outputs[i]->id] = first->outputs[i];
        ++*changes;
    }
    return true;
}

enum snv2_status pass_common_subexpressions(struct graph *graph, struct arena *scratch,
                                            int *changes, struct snv2_diagnostic *diagnostic) {
    struct value **replacement =
        arena_alloc(scratch, (size_t)graph->value_count, sizeof *replacement);
    if (!replacement || !share_constants(graph, replacement, scratch, changes) ||
        !share_nodes(graph, replacement, scratch, changes))
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = graph_replace(graph, replacement, diagnostic);
    return status == SNV2_OK ? remove_dead_nodes(graph, scratch, NULL, diagnostic) : status;
}
