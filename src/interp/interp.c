/* Runs a graph node by node. A value's tensor exists from its producer (a constant's: from its
 * first reader) to its last reader. */
#include "interp/kernel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum snv2_status interp_node(const struct node *node, enum precision precision,
                             const struct interp_tensor *const *inputs,
                             struct interp_tensor *outputs, struct snv2_diagnostic *diagnostic) {
    interp_kernel *const *kernels =
        precision == PRECISION_FLOAT32 ? interp_ops_f32 : interp_ops_f64;
    struct interp_call call = {node, inputs, outputs, diagnostic};
    enum snv2_status status = SNV2_OK;
    for (int32_t i = 0; i < node->output_count; i++)
        outputs[i].data = NULL;
    for (int32_t i = 0; i < node->output_count && status == SNV2_OK; i++)
        status = interp_allocate(&outputs[i], node->outputs[i]->dtype, &node->outputs[i]->shape,
                                 precision, diagnostic);
    if (status == SNV2_OK)
        status = kernels[node->op](&call);
    for (int32_t i = 0; i < node->output_count && status != SNV2_OK; i++) {
        free(outputs[i].data);
        outputs[i].data = NULL;
    }
    return status;
}

/* A value during a run. */
struct slot {
    struct interp_tensor tensor; /* data is NULL before the first and after the last use */
    int32_t uses;                /* reads that are still to come */
    bool borrowed;               /* a graph input: the caller's */
};

struct run {
    const struct graph *graph;
    enum precision precision;
    struct slot *slots; /* by value id */
    interp_observer *observer;
    void *user;
    struct snv2_diagnostic *diagnostic;
};

static void drop_unused(struct slot *slot) {
    if (slot->uses > 0)
        return;
    if (!slot->borrowed)
        free(slot->tensor.data);
    slot->tensor.data = NULL;
}

/* A value has its contents now. */
static enum snv2_status observe(struct run *run, const struct value *value) {
    struct slot *slot = &run->slots[value->id];
    enum snv2_status status =
        run->observer ? run->observer(run->user, value, &slot->tensor) : SNV2_OK;
    drop_unused(slot);
    return status;
}

/* Loads a constant that has not been read before. */
static enum snv2_status require(struct run *run, const struct value *value) {
    struct slot *slot = &run->slots[value->id];
    if (slot->tensor.data)
        return SNV2_OK;
    assert(value_is_constant(value));
    struct tensor tensor = value_tensor(value);
    enum snv2_status status = interp_load(&tensor, run->precision, &slot->tensor, run->diagnostic);
    return status == SNV2_OK ? observe(run, value) : status;
}

static void release(struct run *run, const struct value *value) {
    struct slot *slot = &run->slots[value->id];
    slot->uses--;
    drop_unused(slot);
}

static bool outputs_are_known(const struct node *node) {
    for (int32_t i = 0; i < node->output_count; i++)
        if (!value_is_constant(node->outputs[i]))
            return false;
    return true;
}

/* `inputs` and `outputs` have room for the node's. */
static enum snv2_status evaluate(struct run *run, const struct node *node,
                                 const struct interp_tensor **inputs,
                                 struct interp_tensor *outputs) {
    enum snv2_status status;
    for (int32_t i = 0; i < node->input_count; i++) {
        inputs[i] = NULL;
        if (!node->inputs[i])
            continue;
        status = require(run, node->inputs[i]);
        if (status != SNV2_OK)
            return status;
        inputs[i] = &run->slots[node->inputs[i]->id].tensor;
    }
    status = interp_node(node, run->precision, inputs, outputs, run->diagnostic);
    if (status != SNV2_OK)
        return status;
    /* All outputs are in their slots before one can fail, so that the end of the run frees them. */
    for (int32_t i = 0; i < node->output_count; i++) {
        if (value_is_constant(node->outputs[i]))
            free(outputs[i].data);
        else
            run->slots[node->outputs[i]->id].tensor = outputs[i];
    }
    for (int32_t i = 0; i < node->output_count && status == SNV2_OK; i++)
        if (!value_is_constant(node->outputs[i]))
            status = observe(run, node->outputs[i]);
    return status;
}

static enum snv2_status run_nodes(struct run *run, const struct interp_tensor **inputs,
                                  struct interp_tensor *outputs) {
    for (const struct node *node = run->graph->first; node; node = node->next) {
        if (!outputs_are_known(node)) {
            enum snv2_status status = evaluate(run, node, inputs, outputs);
            if (status != SNV2_OK)
                return status;
        }
        for (int32_t i = 0; i < node->input_count; i++)
            if (node->inputs[i])
                release(run, node->inputs[i]);
    }
    return SNV2_OK;
}

/* Hands a graph output to the caller: the tensor itself where nobody else has it, else a copy. */
static enum snv2_status take(struct run *run, const struct value *value,
                             struct interp_tensor *output) {
    struct slot *slot = &run->slots[value->id];
    enum snv2_status status = require(run, value);
    if (status != SNV2_OK)
        return status;
    if (slot->uses == 1 && !slot->borrowed) {
        *output = slot->tensor;
        slot->tensor.data = NULL;
    } else {
        status =
            interp_allocate(output, value->dtype, &value->shape, run->precision, run->diagnostic);
        if (status != SNV2_OK)
            return status;
        memcpy(output->data, slot->tensor.data,
               (size_t)shape_elements(&value->shape) *
                   interp_element_bytes(value->dtype, run->precision));
    }
    release(run, value);
    return SNV2_OK;
}

static void most_operands(const struct graph *graph, int32_t *inputs, int32_t *outputs) {
    for (const struct node *node = graph->first; node; node = node->next) {
        *inputs = node->input_count > *inputs ? node->input_count : *inputs;
        *outputs = node->output_count > *outputs ? node->output_count : *outputs;
    }
}

static enum snv2_status run_graph(struct run *run, struct arena *arena,
                                  const struct interp_tensor *inputs,
                                  struct interp_tensor *outputs) {
    const struct graph *graph = run->graph;
    int32_t most_inputs = 0, most_outputs = 0;
    most_operands(graph, &most_inputs, &most_outputs);
    const struct interp_tensor **node_inputs =
        arena_alloc(arena, (size_t)most_inputs, sizeof *node_inputs);
    struct interp_tensor *node_outputs =
        arena_alloc(arena, (size_t)most_outputs, sizeof *node_outputs);
    int32_t *uses = graph_count_uses(graph, arena);
    run->slots = arena_alloc(arena, (size_t)graph->value_count, sizeof *run->slots);
    if (!node_inputs || !node_outputs || !uses || !run->slots)
        return diagnose_no_memory(run->diagnostic);

    enum snv2_status status = SNV2_OK;
    for (int32_t v = 0; v < graph->value_count; v++)
        run->slots[v].uses = uses[v];
    for (int32_t i = 0; i < graph->input_count && status == SNV2_OK; i++) {
        struct slot *slot = &run->slots[graph->inputs[i]->id];
        assert(shape_equal(&inputs[i].shape, &graph->inputs[i]->shape));
        slot->tensor = inputs[i];
        slot->borrowed = true;
        status = observe(run, graph->inputs[i]);
    }
    if (status == SNV2_OK)
        status = run_nodes(run, node_inputs, node_outputs);
    for (int32_t i = 0; i < graph->output_count && status == SNV2_OK; i++)
        status = take(run, graph->outputs[i], &outputs[i]);

    for (int32_t v = 0; v < graph->value_count; v++) {
        run->slots[v].uses = 0;
        drop_unused(&run->slots[v]);
    }
    return status;
}

enum snv2_status interp_run(const struct graph *graph, enum precision precision,
                            const struct interp_tensor *inputs, struct interp_tensor *outputs,
                            interp_observer *observer, void *user,
                            struct snv2_diagnostic *diagnostic) {
    struct run run = {graph, precision, NULL, observer, user, diagnostic};
    struct arena arena;
    arena_init(&arena, UINT64_MAX);
    for (int32_t i = 0; i < graph->output_count; i++)
        outputs[i] = (struct interp_tensor){0};
    enum snv2_status status = run_graph(&run, &arena, inputs, outputs);
    for (int32_t i = 0; i < graph->output_count && status != SNV2_OK; i++) {
        free(outputs[i].data);
        outputs[i].data = NULL;
    }
    arena_free(&arena);
    return status;
}
