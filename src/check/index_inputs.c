/* From the inputs forwards: a bit for each input that a value's elements come from. Inputs past the
 * first 64 are taken for no indices. */
#include "check/index_inputs.h"

enum { TRACED_INPUTS = 64 };

/* Operators that hand indices on as they are. */
static const bool passes_on[OP_COUNT] = {
    [OP_Cast] = true,     [OP_Concat] = true,  [OP_Expand] = true,    [OP_Flatten] = true,
    [OP_Identity] = true, [OP_Reshape] = true, [OP_Slice] = true,     [OP_Split] = true,
    [OP_Squeeze] = true,  [OP_Tile] = true,    [OP_Transpose] = true, [OP_Unsqueeze] = true,
    [OP_Where] = true,
};

/* How many elements the indices of operand 1 choose from, or INT64_MAX. */
static int64_t indexed_elements(const struct node *node) {
    const struct shape *data = &node->inputs[0]->shape;
    switch (node->op) {
    case OP_Gather:
        return data->dims[node->attributes.Gather.axis];
    case OP_GatherElements:
        return data->dims[node->attributes.GatherElements.axis];
    case OP_GatherND: {
        const struct shape *lists = &node->inputs[1]->shape;
        int64_t first = node->attributes.GatherND.batch_dims, least = INT64_MAX;
        for (int64_t d = first; d < first + lists->dims[lists->rank - 1]; d++)
            least = data->dims[d] < least ? data->dims[d] : least;
        return least;
    }
    default:
        return INT64_MAX;
    }
}

int64_t *find_index_limits(const struct graph *graph, struct arena *arena) {
    uint64_t *origins = arena_alloc(arena, (size_t)graph->value_count + 1, sizeof *origins);
    int64_t *limits = arena_alloc(arena, (size_t)graph->input_count + 1, sizeof *limits);
    if (!origins || !limits)
        return NULL;
    for (int32_t i = 0; i < graph->input_count; i++) {
        limits[i] = INT64_MAX;
        if (i < TRACED_INPUTS && !dtype_is_real(graph->inputs[i]->dtype))
            origins[graph->inputs[i]->id] |= UINT64_C(1) << i;
    }
    for (const struct node *node = graph->first; node; node = node->next) {
        uint64_t passed = 0;
        for (int32_t k = 0; k < node->input_count && passes_on[node->op]; k++)
            passed |= node->inputs[k] ? origins[node->inputs[k]->id] : 0;
        for (int32_t k = 0; k < node->output_count; k++)
            origins[node->outputs[k]->id] = passed;
        int64_t limit = indexed_elements(node);
        for (int32_t i = 0; limit < INT64_MAX && i < graph->input_count && i < TRACED_INPUTS; i++)
            if (origins[node->inputs[1]->id] >> i & 1 && limit < limits[i])
                limits[i] = limit;
    }
    return limits;
}
