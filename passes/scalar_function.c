/* Functions of one number: found by walking back through elementwise nodes, evaluated by the
 * interpreter on a list of numbers (scalar_function.h). */
#include "passes/scalar_function.h"

#include "interp/interp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- walking back ---- */

static bool is_scalar_constant(const struct value *value) {
    return value_is_constant(value) && value->dtype == DTYPE_FLOAT32 &&
           shape_elements(&value->shape) == 1;
}

/* Functions that jump, where no probe may be. */
static bool has_steps(const struct node *node) {
    return node->op == OP_Ceil || node->op == OP_Floor || node->op == OP_Round ||
           node->op == OP_Sign;
}

/* Whether each element of the result depends on the same element of the computed operands alone. */
static bool is_elementwise(const struct node *node) {
    const struct value *output = node->outputs[0];
    if (op_infos[node->op].class != CLASS_ELEMENTWISE || node->op == OP_BatchNormalization ||
        node->op == OP_Cast || has_steps(node) || output->dtype != DTYPE_FLOAT32 ||
        value_is_constant(output))
        return false;
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct value *value = node->inputs[i];
        if (value && !is_scalar_constant(value) &&
            (value_is_constant(value) || value->dtype != DTYPE_FLOAT32 ||
             !shape_equal(&value->shape, &output->shape)))
            return false;
    }
    return node->input_count <= MAX_FUNCTION_NODES;
}

struct function_walk function_walk_start(struct node *last, const int32_t *position) {
    return (struct function_walk){
        .position = position, .open = {last->outputs[0]}, .open_count = 1};
}

/* Of the open values the one that is made last. */
static int latest_open(const struct function_walk *walk) {
    int latest = 0;
    for (int i = 1; i < walk->open_count; i++)
        if (walk->position[walk->open[i]->id] > walk->position[walk->open[latest]->id])
            latest = i;
    return latest;
}

static void open_value(struct function_walk *walk, struct value *value) {
    for (int i = 0; i < walk->open_count; i++)
        if (walk->open[i] == value)
            return;
    walk->open[walk->open_count++] = value;
}

bool function_walk_next(struct function_walk *walk) {
    struct scalar_function *function = &walk->function;
    while (walk->open_count > 0 && function->count < MAX_FUNCTION_NODES) {
        int latest = latest_open(walk);
        struct node *node = walk->open[latest]->producer;
        if (!node || !is_elementwise(node) ||
            walk->open_count + node->input_count > 2 * MAX_FUNCTION_NODES)
            return false;
        function->nodes[function->count++] = node;
        walk->open[latest] = walk->open[--walk->open_count];
        for (int32_t i = 0; i < node->input_count; i++)
            if (node->inputs[i] && !value_is_constant(node->inputs[i]))
                open_value(walk, node->inputs[i]);
        if (walk->open_count == 1) {
            function->source = walk->open[0];
            return true;
        }
    }
    return false;
}

/* ---- evaluating ---- */

static struct interp_tensor list_of(const double *numbers, int count) {
    return (struct interp_tensor){DTYPE_FLOAT32, {1, {count}}, (void *)numbers};
}

static struct interp_tensor scalar_of(const double *number) {
    return (struct interp_tensor){DTYPE_FLOAT32, {0, {0}}, (void *)number};
}

/* One node on lists of `count` numbers and scalars. */
static enum snv2_status evaluate_node(const struct node *node,
                                      const struct interp_tensor *const *inputs, int count,
                                      double *y, struct snv2_diagnostic *diagnostic) {
    struct value output = {.dtype = DTYPE_FLOAT32, .shape = {1, {count}}};
    struct value *outputs[] = {&output};
    struct node probe = *node;
    probe.outputs = outputs;
    struct interp_tensor result = {.data = NULL};
    enum snv2_status status = interp_node(&probe, PRECISION_FLOAT64, inputs, &result, diagnostic);
    if (status == SNV2_OK)
        memcpy(y, result.data, (size_t)count * sizeof *y);
    free(result.data);
    return status;
}

/* The results of the function's nodes: those of nodes[i] start at rows + i * count. */
static const double *row_of(const struct scalar_function *function, const struct value *value,
                            const double *rows, int count, const double *x) {
    for (int i = 0; i < function->count; i++)
        if (function->nodes[i]->outputs[0] == value)
            return rows + i * count;
    return x;
}

enum snv2_status function_evaluate(const struct scalar_function *function, const double *x,
                                   int count, double *y, struct snv2_diagnostic *diagnostic) {
    double *rows = calloc((size_t)function->count * (size_t)count, sizeof *rows);
    enum snv2_status status = rows ? SNV2_OK : diagnose_no_memory(diagnostic);
    for (int n = function->count - 1; n >= 0 && status == SNV2_OK; n--) {
        const struct node *node = function->nodes[n];
        struct interp_tensor tensors[MAX_FUNCTION_NODES];
        const struct interp_tensor *inputs[MAX_FUNCTION_NODES] = {NULL};
        double constants[MAX_FUNCTION_NODES];
        for (int32_t i = 0; i < node->input_count; i++) {
            const struct value *value = node->inputs[i];
            if (!value)
                continue;
            inputs[i] = &tensors[i];
            if (value_is_constant(value)) {
                constants[i] = (double)*(const float *)value->data;
                tensors[i] = scalar_of(&constants[i]);
            } else {
                tensors[i] = list_of(row_of(function, value, rows, count, x), count);
            }
        }
        status = evaluate_node(node, inputs, count, rows + n * count, diagnostic);
    }
    if (status == SNV2_OK)
        memcpy(y, rows, (size_t)count * sizeof *y);
    free(rows);
    return status;
}

enum snv2_status operator_evaluate(enum op op, const union attributes *attributes,
                                   const double *low, const double *high, const double *x,
                                   int count, double *y, struct snv2_diagnostic *diagnostic) {
    struct interp_tensor tensors[] = {list_of(x, count), scalar_of(low), scalar_of(high)};
    const struct interp_tensor *inputs[] = {&tensors[0], low ? &tensors[1] : NULL,
                                            high ? &tensors[2] : NULL};
    struct node node = {.op = op, .name = "", .input_count = 3, .output_count = 1};
    node.attributes = *attributes;
    return evaluate_node(&node, inputs, count, y, diagnostic);
}

/* ---- probes ---- */

int function_probes(const struct scalar_function *function, double probes[MAX_PROBES]) {
    enum { GRID = 192, SMALLEST = -10, DENSE = 9, LARGEST = 127, STEP = 2, NEIGHBOURS = 6 };
    int count = 0;
    for (int i = -GRID; i <= GRID; i++)
        probes[count++] = (double)i / 16;
    for (int i = SMALLEST; i <= LARGEST; i += i < DENSE ? 1 : STEP) {
        probes[count++] = ldexp(1, i);
        probes[count++] = -ldexp(1, i);
    }
    for (int n = 0; n < function->count; n++) {
        const struct node *node = function->nodes[n];
        for (int32_t i = 0; i < node->input_count && count + NEIGHBOURS <= MAX_PROBES; i++) {
            if (!node->inputs[i] || !value_is_constant(node->inputs[i]))
                continue;
            double constant = (double)*(const float *)node->inputs[i]->data;
            const double near[NEIGHBOURS] = {constant,      -constant,    2 * constant,
                                             -2 * constant, constant - 1, constant + 1};
            for (int k = 0; k < NEIGHBOURS; k++)
                if (isfinite(near[k]))
                    probes[count++] = near[k];
        }
    }
    return count;
}
