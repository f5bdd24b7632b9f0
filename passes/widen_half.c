/* Makes a float16, bfloat16 or float64 graph one of float32.
 *
 *   y = Conv(Cast(x, float16)): float16   ->   h = Cast(x, float16), c = Conv(Cast(h, float32)),
 *                                              y = Cast(c, float16)
 *
 * Half types are for storage here: what is computed in them is computed in float32 without rounding
 * in between, as the interpreter does, and so is what is float64. What does round stays: a Cast to
 * a half type, whose result alone keeps that type and is widened behind it; and the graph's inputs
 * and outputs keep theirs. So a pair of Casts, to a half type and back, is a rounding. A CastLike,
 * whose type would change with its operand's, becomes a Cast before. Runs first: the other passes
 * know float32. It pays because there is then one arithmetic for all models; weights may still be
 * stored in half. */
#include "passes/pass.h"
#include "passes/rewrite.h"

#include <float.h>
#include <math.h>

struct widening {
    struct graph *graph;
    struct readers readers;
    int32_t value_count; /* of values that were there before */
    bool *keeps_type;    /* by value id */
    struct value **wide; /* by value id: what is read instead */
};

/* A real type other than float32. */
static bool is_other_real(enum dtype dtype) {
    return dtype_is_real(dtype) && dtype != DTYPE_FLOAT32;
}

/* A CastLike is a Cast to the type that its second operand has before it is widened. */
static void make_cast(struct node *node) {
    enum dtype dtype = node->outputs[0]->dtype;
    node->op = OP_Cast;
    node->input_count = 1;
    attributes_init(OP_Cast, &node->attributes);
    node->attributes.Cast.to = dtype;
}

/* Whether the value is rounded to its half type by a Cast, or comes from the caller in it. */
static bool is_rounded(const struct value *value) {
    const struct node *producer = value->producer;
    if (!producer)
        return !value_is_constant(value);
    return producer->op == OP_Cast && producer->inputs[0]->dtype != value->dtype;
}

/* Whether anything but a Cast, which takes either type, reads the value. */
static bool is_computed_with(const struct widening *widening, const struct value *value) {
    const struct readers *readers = &widening->readers;
    for (int32_t r = readers->start[value->id]; r < readers->start[value->id + 1]; r++)
        if (readers->list[r].node && readers->list[r].node->op != OP_Cast)
            return true;
    return false;
}

/* The contents as float32; NULL where memory ran out. */
static const float *widen_contents(struct graph *graph, const struct tensor *tensor) {
    int64_t count = shape_elements(&tensor->shape);
    float *numbers = arena_alloc(graph->arena, (size_t)count, sizeof *numbers);
    for (int64_t i = 0; numbers && i < count; i++)
        numbers[i] = (float)tensor_real(tensor, i);
    return numbers;
}

static bool widen_value(struct graph *graph, struct value *value) {
    if (value_is_constant(value)) {
        struct tensor tensor = value_tensor(value);
        value->data = widen_contents(graph, &tensor);
        if (!value->data)
            return false;
    }
    value->dtype = DTYPE_FLOAT32;
    return true;
}

/* A float32 value that holds what `value` does. */
static struct value *add_wide(struct graph *graph, const struct value *value) {
    const char *base = arena_printf(graph->arena, "%s.wide", value->name);
    const char *name = base ? graph_unique_name(graph, base) : NULL;
    struct value *wide = name ? graph_add_value(graph, name, DTYPE_FLOAT32, &value->shape) : NULL;
    if (!wide || !value_is_constant(value))
        return wide;
    struct tensor tensor = value_tensor(value);
    wide->data = widen_contents(graph, &tensor);
    return wide->data ? wide : NULL;
}

static bool insert_cast(struct graph *graph, struct node *before, struct value *from,
                        struct value *to) {
    struct node *cast = graph_insert_node(graph, before, OP_Cast, to->name, 1, 1);
    if (!cast)
        return false;
    cast->attributes.Cast.to = to->dtype;
    cast->inputs[0] = from;
    node_set_output(cast, 0, to);
    return true;
}

/* A rounded value is widened behind where it is made. */
static bool widen_rounded(struct widening *widening, struct value *value) {
    struct graph *graph = widening->graph;
    struct value *wide = add_wide(graph, value);
    struct node *before = value->producer ? value->producer->next : graph->first;
    widening->wide[value->id] = wide;
    return wide && insert_cast(graph, before, value, wide);
}

/* A graph output that is computed gets its type from a Cast of its own. */
static bool widen_output(struct widening *widening, struct value *output) {
    struct node *producer = output->producer;
    struct value *wide = add_wide(widening->graph, output);
    if (!wide)
        return false;
    widening->wide[output->id] = wide;
    for (int32_t i = 0; i < producer->output_count; i++) {
        if (producer->outputs[i] != output)
            continue;
        output->producer = NULL;
        node_set_output(producer, i, wide);
    }
    return insert_cast(widening->graph, producer->next, wide, output);
}

/* What `node`, an old one, reads instead of `value`; a Cast may read what is rounded. */
static struct value *wide_operand(const struct widening *widening, const struct node *node,
                                  struct value *value) {
    struct value *wide = value ? widening->wide[value->id] : NULL;
    bool rounded = wide && wide->producer->inputs[0] == value;
    return wide && !(rounded && node->op == OP_Cast) ? wide : value;
}

static bool widen_node(struct widening *widening, struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++)
        node->inputs[i] = wide_operand(widening, node, node->inputs[i]);
    if (node->op == OP_Cast)
        node->attributes.Cast.to = node->outputs[0]->dtype;
    if (node->op == OP_EyeLike && node->attributes.EyeLike.dtype != 0)
        node->attributes.EyeLike.dtype = node->outputs[0]->dtype;
    if (node->op != OP_ConstantOfShape || !node->attributes.ConstantOfShape.value ||
        !is_other_real(node->attributes.ConstantOfShape.value->dtype))
        return true;
    struct tensor *value = arena_alloc(widening->graph->arena, 1, sizeof *value);
    if (!value)
        return false;
    *value = *node->attributes.ConstantOfShape.value;
    value->data = widen_contents(widening->graph, value);
    value->dtype = DTYPE_FLOAT32;
    node->attributes.ConstantOfShape.value = value;
    return value->data;
}

/* That float32 reaches as far as the constants that are read. */
static enum snv2_status check_range(const struct widening *widening,
                                    struct snv2_diagnostic *diagnostic) {
    const int32_t *start = widening->readers.start;
    for (int32_t v = 0; v < widening->value_count; v++) {
        const struct value *value = widening->graph->values[v];
        bool is_read = value_is_constant(value) && start[v] < start[v + 1];
        struct tensor tensor = value_tensor(value);
        int64_t count =
            is_read && value->dtype == DTYPE_FLOAT64 ? shape_elements(&value->shape) : 0;
        for (int64_t i = 0; i < count; i++) {
            double number = fabs(tensor_real(&tensor, i));
            if (number > FLT_MAX && number < INFINITY)
                return diagnose(diagnostic, SNV2_UNSUPPORTED,
                                "'%s' has the number %g, which is beyond float32, in which float64 "
                                "is computed",
                                shown(value->name).text, tensor_real(&tensor, i));
        }
    }
    return SNV2_OK;
}

/* Gives every value of another real type its new type, or its wide value; *changes counts them. */
static bool widen_values(struct widening *widening, int *changes) {
    struct graph *graph = widening->graph;
    for (int32_t i = 0; i < graph->output_count; i++) {
        struct value *output = graph->outputs[i];
        if (!is_other_real(output->dtype) || widening->keeps_type[output->id])
            continue;
        widening->keeps_type[output->id] = true;
        if (output->producer && !widen_output(widening, output))
            return false;
    }
    for (int32_t v = 0; v < widening->value_count; v++) {
        struct value *value = graph->values[v];
        if (!is_other_real(value->dtype))
            continue;
        if (widening->keeps_type[v] && !widening->wide[v] && !is_computed_with(widening, value))
            continue;
        bool done = widening->wide[v] || (widening->keeps_type[v] ? widen_rounded(widening, value)
                                                                  : widen_value(graph, value));
        if (!done)
            return false;
        ++*changes;
    }
    return true;
}

enum snv2_status pass_widen_half(struct graph *graph, struct arena *scratch, int *changes,
                                 struct snv2_diagnostic *diagnostic) {
    struct widening widening = {.graph = graph, .value_count = graph->value_count};
    size_t count = (size_t)graph->value_count, nodes = (size_t)graph->node_count;
    widening.keeps_type = arena_alloc(scratch, count, sizeof *widening.keeps_type);
    widening.wide = arena_alloc(scratch, count, sizeof *widening.wide);
    struct node **list = arena_alloc(scratch, nodes, sizeof *list);
    if (!widening.keeps_type || !widening.wide || !list ||
        !graph_find_readers(graph, scratch, &widening.readers))
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = check_range(&widening, diagnostic);
    if (status != SNV2_OK)
        return status;
    for (struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_CastLike) {
            make_cast(node);
            ++*changes;
        }
    for (int32_t v = 0; v < graph->value_count; v++)
        widening.keeps_type[v] =
            is_other_real(graph->values[v]->dtype) && is_rounded(graph->values[v]);
    nodes = 0;
    for (struct node *node = graph->first; node; node = node->next)
        list[nodes++] = node;
    bool done = widen_values(&widening, changes);
    for (size_t n = 0; n < nodes && done && *changes > 0; n++)
        done = widen_node(&widening, list[n]);
    return done ? SNV2_OK : diagnose_no_memory(diagnostic);
}
