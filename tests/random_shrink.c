/* Shrinking by edits that are tried one by one; see random_shrink.h. */
#include "tests/random_shrink.h"

#include "interp/interp.h"
#include "passes/rewrite.h"

#include <stdlib.h>
#include <string.h>

/* Each makes edit `number` of its kind. False where there is none of that number, which ends the
 * kind; *edited stays false where there is nothing to edit. */
typedef bool edit(struct graph *graph, int number, bool *edited);

static void read_instead(struct graph *graph, const struct value *value, struct value *other) {
    for (struct node *node = graph->first; node; node = node->next)
        for (int32_t i = 0; i < node->input_count; i++)
            if (node->inputs[i] == value)
                node->inputs[i] = other;
    for (int32_t i = 0; i < graph->output_count; i++)
        if (graph->outputs[i] == value)
            graph->outputs[i] = other;
}

static bool is_same_type(const struct value *a, const struct value *b) {
    return a && b && a->dtype == b->dtype && shape_equal(&a->shape, &b->shape);
}

static bool drop_output(struct graph *graph, int number, bool *edited) {
    if (number >= graph->output_count)
        return false;
    if (graph->output_count > 1) {
        memmove(graph->outputs + number, graph->outputs + number + 1,
                (size_t)(graph->output_count - number - 1) * sizeof *graph->outputs);
        graph->output_count--;
        *edited = true;
    }
    return true;
}

/* What an output's node reads becomes the output. */
static bool cut_output(struct graph *graph, int number, bool *edited) {
    enum { OPERANDS = 4 };
    int output = number / OPERANDS, operand = number % OPERANDS;
    if (output >= graph->output_count)
        return false;
    struct node *node = graph->outputs[output]->producer;
    if (node && operand < node->input_count && node->inputs[operand] &&
        node->inputs[operand]->producer) {
        graph->outputs[output] = node->inputs[operand];
        *edited = true;
    }
    return true;
}

/* A value becomes a graph input. */
static bool cut_value(struct graph *graph, int number, bool *edited) {
    if (number >= graph->value_count)
        return false;
    struct value *value = graph->values[number];
    if (!value->producer || value_is_constant(value))
        return true;
    struct value *input =
        graph_add_value(graph, graph_unique_name(graph, "x"), value->dtype, &value->shape);
    struct value **inputs =
        arena_alloc(graph->arena, (size_t)graph->input_count + 1, sizeof *inputs);
    if (!input || !inputs)
        abort();
    memcpy(inputs, graph->inputs, (size_t)graph->input_count * sizeof *inputs);
    graph->inputs = inputs;
    graph->inputs[graph->input_count++] = input;
    read_instead(graph, value, input);
    return *edited = true;
}

/* A value gives way to an operand of its node, or an input to another. */
static bool bypass(struct graph *graph, int number, bool *edited) {
    if (number >= graph->value_count)
        return false;
    struct value *value = graph->values[number];
    struct node *node = value->producer;
    for (int32_t i = 0; node && i < node->input_count && !*edited; i++)
        if (is_same_type(value, node->inputs[i])) {
            read_instead(graph, value, node->inputs[i]);
            *edited = true;
        }
    for (int32_t i = 0; !node && !value_is_constant(value) && i < graph->input_count; i++)
        if (graph->inputs[i] == value)
            break;
        else if (is_same_type(value, graph->inputs[i])) {
            read_instead(graph, value, graph->inputs[i]);
            return *edited = true;
        }
    return true;
}

/* The elements of a constant that are left where dimension `axis` ends earlier. */
static void cut_constant(struct graph *graph, struct value *value, int axis, int64_t size) {
    const struct shape *shape = &value->shape;
    size_t bytes = dtype_bytes(value->dtype) * (size_t)shape_product(shape, axis + 1, shape->rank);
    int64_t outer = shape_product(shape, 0, axis), old = shape->dims[axis];
    char *data = arena_alloc(graph->arena, (size_t)(outer * size) + 1, bytes);
    if (!data)
        abort();
    for (int64_t i = 0; i < outer; i++)
        memcpy(data + (size_t)(i * size) * bytes,
               (const char *)value->data + (size_t)(i * old) * bytes, (size_t)size * bytes);
    value->data = data;
    value->shape.dims[axis] = size;
}

/* Numbers `from` of a list become `to`. */
static void change_list(struct graph *graph, struct value *value, int64_t from, int64_t to) {
    int64_t count = shape_elements(&value->shape);
    int64_t *list = arena_alloc(graph->arena, (size_t)count + 1, sizeof *list);
    if (!list)
        abort();
    memcpy(list, value->data, (size_t)count * sizeof *list);
    for (int64_t i = 0; i < count; i++)
        if (list[i] == from)
            list[i] = to;
    value->data = list;
}

/* Wherever a dimension of an input or a constant, or a number of a list, is `from`, it becomes
 * `to`: of inputs alone, of these and constants, or of lists too. */
static bool shrink_sizes(struct graph *graph, int number, bool *edited) {
    enum { SIZES = 40, FORMS = 3 };
    int64_t from = number / (2 * FORMS) + 2, to = number / FORMS % 2 ? from - 1 : from / 2;
    int form = number % FORMS;
    if (from > SIZES)
        return false;
    for (int32_t v = 0; v < graph->value_count; v++) {
        struct value *value = graph->values[v];
        if (value->producer)
            continue;
        bool is_list = value->dtype == DTYPE_INT64 && value_is_constant(value);
        if (is_list && form == 2)
            change_list(graph, value, from, to);
        for (int i = 0; i < value->shape.rank && !is_list; i++) {
            if (value->shape.dims[i] != from || (form == 0 && value_is_constant(value)))
                continue;
            *edited = true;
            if (value_is_constant(value))
                cut_constant(graph, value, i, to);
            else
                value->shape.dims[i] = to;
        }
    }
    return true;
}

static edit *const edits[] = {drop_output, cut_output, cut_value, bypass, shrink_sizes};

/* Inputs that nobody reads, and nodes. */
static bool tidy(struct graph *graph) {
    struct arena scratch;
    struct snv2_diagnostic diagnostic;
    int32_t kept = 0;
    arena_init(&scratch, UINT64_MAX);
    bool done = remove_dead_nodes(graph, &scratch, NULL, &diagnostic) == SNV2_OK;
    const int32_t *uses = graph_count_uses(graph, &scratch);
    for (int32_t i = 0; uses && i < graph->input_count; i++)
        if (uses[graph->inputs[i]->id] > 0)
            graph->inputs[kept++] = graph->inputs[i];
    graph->input_count = kept;
    arena_free(&scratch);
    return done && kept > 0 && graph->node_count > 0;
}

static bool infer_again(struct graph *graph) {
    struct snv2_diagnostic diagnostic;
    for (int32_t i = 0; i < graph->value_count; i++)
        if (graph->values[i]->producer) {
            graph->values[i]->dtype = DTYPE_NONE;
            graph->values[i]->shape.rank = SHAPE_UNKNOWN;
            graph->values[i]->data = NULL;
        }
    return infer_graph(graph, &diagnostic) == SNV2_OK;
}

/* Nodes count most, then outputs and inputs, then elements. */
static int64_t weight(const struct graph *graph) {
    int64_t elements = 0;
    for (int32_t i = 0; i < graph->value_count; i++)
        if (graph->values[i]->shape.rank != SHAPE_UNKNOWN)
            elements += shape_elements(&graph->values[i]->shape);
    return graph->node_count * 100000000LL + graph->output_count * 10000000LL +
           graph->input_count * 1000000LL + elements;
}

/* A copy without the values that nothing needs any more. */
static struct graph *copy(const struct graph *graph, struct arena *arena) {
    struct graph *clone = graph_clone(graph, arena);
    if (!clone)
        abort();
    const int32_t *uses = graph_count_uses(clone, arena);
    for (int32_t i = 0; uses && i < clone->value_count; i++)
        if (uses[i] == 0 && !clone->values[i]->producer)
            clone->values[i]->shape = (struct shape){0, {0}};
    return clone;
}

struct graph *shrink(const struct graph *graph, fails *fails, void *user, struct arena *arena) {
    struct graph *smallest = copy(graph, arena);
    size_t kind = 0;
    int number = 0;
    while (kind < sizeof edits / sizeof *edits) {
        struct graph *candidate = copy(smallest, arena);
        bool edited = false;
        if (!edits[kind](candidate, number, &edited)) {
            kind++;
            number = 0;
        } else if (edited && tidy(candidate) && infer_again(candidate) &&
                   weight(copy(candidate, arena)) < weight(smallest) && fails(user, candidate)) {
            smallest = copy(candidate, arena);
            kind = 0;
            number = 0;
        } else {
            number++;
        }
    }
    return smallest;
}
