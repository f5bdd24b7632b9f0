/* Makes an activation that is written out one node.
 *
 *   x ─┬ Add 3 ─ Clip(0, 6) ─ Mul ─ Div 6 ─ y   ->   x ─ HardSwish ─ y
 *      └──────────────────────┘
 *   x ─┬ Exp ─ Add 1 ─ Log ─ Tanh ─ Mul ─ y     ->   x ─ Mish ─ y
 *      └─────────────────────────────┘
 *
 * Recognized by meaning: elementwise nodes that depend on one value alone are a function of one
 * number, which the interpreter evaluates at many; where it is one of the table's up to the
 * rounding of its constants, whatever the order and spelling of its nodes is, it gives way to that
 * operator. Of several values that a result is such a function of, the farthest counts whose nodes
 * are read by nobody else.
 *
 * Needs scalar constants known. Runs before anything is built into weights, which would take an Add
 * apart. It pays because a convolution can apply one activation, and none of four nodes. */
#include "passes/pass.h"
#include "passes/rewrite.h"
#include "passes/scalar_function.h"

#include <math.h>

/* An operator with one data operand. */
struct activation_node {
    enum op op;
    union attributes attributes;
    bool has_low, has_high; /* of a Clip */
    double low, high;
};

/* A function to be told: its values y at the numbers x. */
struct samples {
    int count;
    double x[MAX_PROBES], y[MAX_PROBES];
};

/* How many numbers in all functions may be evaluated at; what comes later is left as it is. */
static const int64_t max_effort = INT64_C(1) << 24;

/* The value where x is `at`, which is a probe. */
static double value_at(const struct samples *samples, double at) {
    for (int i = 0; i < samples->count; i++)
        if (samples->x[i] == at)
            return samples->y[i];
    return NAN;
}

/* ---- parameters that would make the operator the function; false where there are none ---- */

static bool fit_nothing(const struct samples *samples, struct activation_node *node) {
    (void)samples;
    (void)node;
    return true;
}

static bool fit_gelu_tanh(const struct samples *samples, struct activation_node *node) {
    (void)samples;
    node->attributes.Gelu.approximate = GELU_TANH;
    return true;
}

static bool fit_leaky_relu(const struct samples *samples, struct activation_node *node) {
    node->attributes.LeakyRelu.alpha = (float)-value_at(samples, -1);
    return node->attributes.LeakyRelu.alpha != 1;
}

static bool fit_hard_sigmoid(const struct samples *samples, struct activation_node *node) {
    double beta = value_at(samples, 0), step = ldexp(1, -10);
    node->attributes.HardSigmoid.beta = (float)beta;
    node->attributes.HardSigmoid.alpha = (float)((value_at(samples, step) - beta) / step);
    return node->attributes.HardSigmoid.alpha != 0;
}

/* The least and the largest value, where they are not those of a function without bounds. */
static bool fit_clip(const struct samples *samples, struct activation_node *node) {
    double least = 0, largest = 0;
    for (int i = 0; i < samples->count; i++) {
        if (samples->x[i] <= least) {
            least = samples->x[i];
            node->low = samples->y[i];
        }
        if (samples->x[i] >= largest) {
            largest = samples->x[i];
            node->high = samples->y[i];
        }
    }
    node->has_low = node->low != least;
    node->has_high = node->high != largest;
    return (node->has_low || node->has_high) && node->low < node->high;
}

struct candidate {
    enum op op;
    bool (*fit)(const struct samples *samples, struct activation_node *node);
    double line;  /* how far a line goes that crosses 0 where constants cancel; 0: there is none */
    bool has_exp; /* which may overflow where it is written out */
};

/* The first that fits is taken. */
static const struct candidate candidates[] = {
    {OP_Relu, fit_nothing, 0, false},
    {OP_Clip, fit_clip, 0, false},
    {OP_LeakyRelu, fit_leaky_relu, 0, false},
    {OP_HardSigmoid, fit_hard_sigmoid, 1, false},
    {OP_HardSwish, fit_nothing, INFINITY, false},
    {OP_Sigmoid, fit_nothing, 0, true},
    {OP_Tanh, fit_nothing, 0, true},
    {OP_Swish, fit_nothing, 0, true},
    {OP_Mish, fit_nothing, 0, true},
    {OP_Gelu, fit_nothing, 0, true},
    {OP_Gelu, fit_gelu_tanh, 0, true},
    {OP_Softplus, fit_nothing, 0, true},
};
enum { CANDIDATES = sizeof candidates / sizeof *candidates };

/* ---- telling a function ---- */

/* Where exp is finite in float64, and its tails and those of erf end. */
static const double tails = 512;

/* How far sample `i` may be off. Rounding a constant to float32 changes a value in proportion, in
 * the tails of erf and exp by its square; a line that crosses 0, in proportion to the whole. The
 * samples themselves are rounded, to float64. At 0 nothing is, so that an epsilon is never lost. */
static double tolerance(const struct candidate *candidate, const struct samples *samples, int i) {
    double x = fabs(samples->x[i]), y = fabs(samples->y[i]);
    double size = candidate->line > 0 ? fmin(candidate->line, fmax(1, x))
                                      : y * fmin(fmax(1, x * x), 2 * tails);
    return 0x1p-22 * size + (x > 0 ? 0x1p-48 * fmax(1, x) : 0);
}

static bool is_near(const struct candidate *candidate, const struct samples *samples, int i,
                    double y) {
    if (!isfinite(samples->y[i]))
        return candidate->has_exp && fabs(samples->x[i]) > tails;
    return fabs(y - samples->y[i]) <= tolerance(candidate, samples, i);
}

/* Whether the operator has the function's values at the numbers `first` .. `end`. */
static enum snv2_status has_values(const struct candidate *candidate,
                                   const struct activation_node *node,
                                   const struct samples *samples, int first, int end, bool *has,
                                   struct snv2_diagnostic *diagnostic) {
    double y[MAX_PROBES];
    enum snv2_status status = operator_evaluate(
        node->op, &node->attributes, node->has_low ? &node->low : NULL,
        node->has_high ? &node->high : NULL, samples->x + first, end - first, y, diagnostic);
    *has = status == SNV2_OK;
    for (int i = first; i < end && *has; i++)
        *has = is_near(candidate, samples, i, y[i - first]);
    return status;
}

/* Sets *node to the operator that the function is; *found is false where it is none. */
static enum snv2_status tell(const struct samples *samples, struct activation_node *node,
                             bool *found, struct snv2_diagnostic *diagnostic) {
    enum { FEW = 8 };
    *found = false;
    for (int c = 0; c < CANDIDATES && !*found; c++) {
        *node = (struct activation_node){.op = candidates[c].op};
        attributes_init((int)node->op, &node->attributes);
        if (!candidates[c].fit(samples, node))
            continue;
        enum snv2_status status =
            has_values(&candidates[c], node, samples, 0, FEW, found, diagnostic);
        if (status == SNV2_OK && *found)
            status =
                has_values(&candidates[c], node, samples, FEW, samples->count, found, diagnostic);
        if (status != SNV2_OK)
            return status;
    }
    return SNV2_OK;
}

/* ---- rewriting ---- */

/* Whether the results in between are read by the function's own nodes alone. */
static bool is_exclusive(const struct scalar_function *function, const int32_t *uses) {
    for (int n = 1; n < function->count; n++) {
        const struct value *value = function->nodes[n]->outputs[0];
        int32_t reads = 0;
        for (int m = 0; m < function->count; m++)
            for (int32_t i = 0; i < function->nodes[m]->input_count; i++)
                reads += function->nodes[m]->inputs[i] == value;
        if (reads != uses[value->id])
            return false;
    }
    return true;
}

/* The farthest function that ends in `last`, is an activation, and reads as its own what is in
 * between. */
static enum snv2_status recognize(struct node *last, const int32_t *position, const int32_t *uses,
                                  struct samples *samples, int64_t *effort,
                                  struct scalar_function *function, struct activation_node *node,
                                  struct snv2_diagnostic *diagnostic) {
    function->count = 0;
    struct function_walk walk = function_walk_start(last, position);
    while (*effort > 0 && function_walk_next(&walk)) {
        if (!is_exclusive(&walk.function, uses))
            continue;
        samples->count = function_probes(&walk.function, samples->x);
        *effort -= (int64_t)samples->count * walk.function.count;
        struct activation_node told;
        bool found = false;
        enum snv2_status status =
            function_evaluate(&walk.function, samples->x, samples->count, samples->y, diagnostic);
        if (status == SNV2_OK)
            status = tell(samples, &told, &found, diagnostic);
        if (status != SNV2_OK)
            return status;
        if (found) {
            *function = walk.function;
            *node = told;
        }
    }
    return SNV2_OK;
}

static void count_reads(const struct node *node, int32_t *uses, int32_t step) {
    for (int32_t i = 0; i < node->input_count; i++)
        if (node->inputs[i])
            uses[node->inputs[i]->id] += step;
}

static struct value *add_bound(struct graph *graph, const struct node *node, double bound) {
    static const struct shape scalar = {.rank = 0};
    float *data = arena_alloc(graph->arena, 1, sizeof *data);
    if (!data)
        return NULL;
    *data = (float)bound;
    return add_constant(graph, node->name, DTYPE_FLOAT32, &scalar, data);
}

/* The function's nodes give way to `told`. */
static bool rewrite(struct graph *graph, const struct scalar_function *function,
                    const struct activation_node *told, int32_t *uses) {
    struct node *last = function->nodes[0];
    int inputs = told->has_high ? 3 : told->has_low ? 2 : 1;
    struct node *node = graph_insert_node(graph, last, told->op, last->name, inputs, 1);
    if (!node)
        return false;
    node->attributes = told->attributes;
    node->inputs[0] = function->source;
    if (told->has_low && !(node->inputs[1] = add_bound(graph, last, told->low)))
        return false;
    if (told->has_high && !(node->inputs[2] = add_bound(graph, last, told->high)))
        return false;
    uses[function->source->id]++;
    for (int n = 0; n < function->count; n++)
        count_reads(function->nodes[n], uses, -1);
    give_output(graph, last, node);
    for (int n = 1; n < function->count; n++)
        graph_remove_node(graph, function->nodes[n]);
    return true;
}

enum snv2_status pass_recognize_activations(struct graph *graph, struct arena *scratch,
                                            int *changes, struct snv2_diagnostic *diagnostic) {
    int32_t *uses = graph_count_uses(graph, scratch);
    int32_t *position = arena_alloc(scratch, (size_t)graph->value_count, sizeof *position);
    struct samples *samples = arena_alloc(scratch, 1, sizeof *samples);
    if (!uses || !position || !samples)
        return diagnose_no_memory(diagnostic);
    int32_t number = 0;
    for (const struct node *node = graph->first; node; node = node->next)
        position[node->outputs[0]->id] = ++number;
    int64_t effort = max_effort;
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        struct scalar_function function;
        struct activation_node told;
        enum snv2_status status =
            recognize(node, position, uses, samples, &effort, &function, &told, diagnostic);
        if (status != SNV2_OK)
            return status;
        if (function.count == 0 || (function.count == 1 && node->op == told.op))
            continue;
        if (!rewrite(graph, &function, &told, uses))
            return diagnose_no_memory(diagnostic);
        ++*changes;
    }
    return SNV2_OK;
}
