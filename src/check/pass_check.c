/* Watching a graph through its passes: which pass first changes what the network computes, and at
 * which node. */
#include "check/check.h"

#include "check/compare.h"
#include "check/oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the original computed for a value. */
struct baseline {
    double *exact; /* malloc'ed; NULL: not a real tensor, or never computed */
    double limit;  /* of |difference|, as for an output (check.h) */
};

struct pass_check {
    const struct graph *original;
    const struct check_case *inputs;
    struct baseline *baselines; /* by the original's value id */
    struct snv2_diagnostic *diagnostic;
    /* Of the comparison under way: */
    const struct value *value; /* the first value, in the order of execution, that differs */
    const struct node *node;   /* which computes it, or did in the original */
    double difference, limit;
};

/* Keeps the float64 run. */
static enum snv2_status keep_exact(void *user, const struct value *value,
                                   const struct interp_tensor *tensor) {
    struct pass_check *check = user;
    struct baseline *baseline = &check->baselines[value->id];
    if (!dtype_is_real(tensor->dtype) || baseline->exact)
        return SNV2_OK;
    size_t bytes = (size_t)shape_elements(&tensor->shape) * sizeof(double);
    baseline->exact = malloc(bytes > 0 ? bytes : 1);
    if (!baseline->exact)
        return diagnose_no_memory(check->diagnostic);
    memcpy(baseline->exact, tensor->data, bytes);
    return SNV2_OK;
}

/* Takes the limits from the float32 run. */
static enum snv2_status keep_limit(void *user, const struct value *value,
                                   const struct interp_tensor *tensor) {
    struct pass_check *check = user;
    struct baseline *baseline = &check->baselines[value->id];
    if (!baseline->exact)
        return SNV2_OK;
    struct distance e32 =
        distance_float(tensor->data, baseline->exact, shape_elements(&tensor->shape));
    baseline->limit = CHECK_ERROR_FACTOR * e32.max + CHECK_EPSILONS * ldexp(e32.largest, -24);
    return SNV2_OK;
}

static enum snv2_status compare(void *user, const struct value *value,
                                const struct interp_tensor *tensor) {
    struct pass_check *check = user;
    const struct value *old = graph_find_value(check->original, value->name);
    if (check->value || !old || !check->baselines[old->id].exact)
        return SNV2_OK;
    const struct node *node = value->producer ? value->producer : old->producer;
    if (!node) /* a constant that is wrong shows at the nodes that read it */
        return SNV2_OK;
    const struct baseline *baseline = &check->baselines[old->id];
    double difference = INFINITY;
    if (shape_equal(&tensor->shape, &old->shape))
        difference =
            distance_double(tensor->data, baseline->exact, shape_elements(&tensor->shape)).max;
    if (!(difference > baseline->limit))
        return SNV2_OK;
    check->value = value;
    check->node = node;
    check->difference = difference;
    check->limit = baseline->limit;
    return SNV2_OK;
}

/* One run of a graph on the check's inputs, for its observer's sake. */
static enum snv2_status observe(struct pass_check *check, const struct graph *graph,
                                enum precision precision, interp_observer *observer,
                                struct snv2_diagnostic *diagnostic) {
    struct interp_tensor *outputs = calloc((size_t)graph->output_count + 1, sizeof *outputs);
    if (!outputs)
        return diagnose_no_memory(diagnostic);
    check->diagnostic = diagnostic;
    enum snv2_status status =
        oracle_run(graph, precision, check->inputs, outputs, observer, check, diagnostic);
    oracle_free(outputs, graph->output_count);
    free(outputs);
    return status;
}

enum snv2_status pass_check_new(const struct graph *original, const struct check_case *inputs,
                                struct arena *arena, struct pass_check **check,
                                struct snv2_diagnostic *diagnostic) {
    struct pass_check *made = arena_alloc(arena, 1, sizeof *made);
    if (!made)
        return diagnose_no_memory(diagnostic);
    *made = (struct pass_check){.original = original, .inputs = inputs};
    *check = made;
    made->baselines = arena_alloc(arena, (size_t)original->value_count, sizeof *made->baselines);
    if (!made->baselines)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = observe(made, original, PRECISION_FLOAT64, keep_exact, diagnostic);
    if (status == SNV2_OK)
        status = observe(made, original, PRECISION_FLOAT32, keep_limit, diagnostic);
    return status;
}

enum snv2_status pass_check_graph(struct pass_check *check, const struct graph *graph,
                                  const char *pass, struct snv2_diagnostic *diagnostic) {
    check->value = NULL;
    enum snv2_status status = observe(check, graph, PRECISION_FLOAT64, compare, diagnostic);
    if (status != SNV2_OK || !check->value)
        return status;
    return diagnose_node(diagnostic, SNV2_CHECK_FAILED, check->node->name,
                         op_infos[check->node->op].name,
                         "differs after pass %s: '%s' is off by %g, its limit is %g", pass,
                         shown(check->value->name).text, check->difference, check->limit);
}

void pass_check_free(struct pass_check *check) {
    for (int32_t i = 0; check && check->baselines && i < check->original->value_count; i++)
        free(check->baselines[i].exact);
}
