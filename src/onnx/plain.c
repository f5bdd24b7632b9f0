/* Activations at the end of a convolution, younger operators, the old Softmax and our own
 * Preprocess, in nodes that every runtime has:
 *
 *   y = Conv(x) {activation=silu}  ->  z = Conv(x); s = Sigmoid(z); y = Mul(z, s)
 *   y = Mish(x)                    ->  s = Softplus(x); t = Tanh(s); y = Mul(x, t)
 *   y = Softmax(x) {over_rest}     ->  y = Reshape(Softmax(Reshape(x))) */
#include "onnx/plain.h"

#include "ir/operands.h"

#include <string.h>

struct node *plain_insert(struct graph *graph, struct node *before, enum op op, const char *name,
                          int input_count, int output_count) {
    static const struct shape unknown = {.rank = SHAPE_UNKNOWN};
    struct node *node = graph_insert_node(graph, before, op, name, input_count, output_count);
    for (int i = 0; node && i < output_count; i++) {
        const char *output = graph_unique_name(graph, name);
        struct value *value = output ? graph_add_value(graph, output, DTYPE_NONE, &unknown) : NULL;
        if (!value)
            return NULL;
        node_set_output(node, i, value);
    }
    return node;
}

struct value *plain_integers(struct graph *graph, const char *name, const int64_t *integers,
                             int64_t count) {
    struct shape shape = {.rank = 1, .dims = {count}};
    int64_t *data = arena_alloc(graph->arena, (size_t)count, sizeof *data);
    const char *unique = graph_unique_name(graph, name);
    if (!data || !unique)
        return NULL;
    memcpy(data, integers, (size_t)count * sizeof *data);
    return graph_add_constant(graph, unique, DTYPE_INT64, &shape, data);
}

void plain_set_result(struct node *node, struct value *value) {
    node->outputs[0]->producer = NULL;
    node_set_output(node, 0, value);
}

void plain_take_over(struct graph *graph, struct node *node, struct node *heir) {
    struct value *output = node->outputs[0];
    graph_remove_node(graph, node);
    plain_set_result(heir, output);
}

/* A formula on its way into the graph: each step is a node before `before`. After a failure, which
 * is in `status`, steps give NULL and do nothing. */
struct formula {
    struct graph *graph;
    struct node *before;
    const char *name; /* that values are named after */
    struct node *last;
    enum snv2_status status;
    struct snv2_diagnostic *diagnostic;
};

/* A node whose operands and attributes are still to be set. */
static struct node *begin(struct formula *formula, enum op op, int input_count) {
    if (formula->status != SNV2_OK)
        return NULL;
    formula->last =
        plain_insert(formula->graph, formula->before, op, formula->name, input_count, 1);
    if (!formula->last)
        formula->status = diagnose_no_memory(formula->diagnostic);
    return formula->last;
}

static struct value *end(struct formula *formula, struct node *node) {
    if (formula->status == SNV2_OK)
        formula->status = infer_node(formula->graph, node, formula->diagnostic);
    return formula->status == SNV2_OK ? node->outputs[0] : NULL;
}

/* An operator without attributes, of one operand or two. */
static struct value *apply(struct formula *formula, enum op op, struct value *a, struct value *b) {
    struct node *node = begin(formula, op, b ? 2 : 1);
    if (node) {
        node->inputs[0] = a;
        if (b)
            node->inputs[1] = b;
    }
    return end(formula, node);
}

static struct value *numbers(struct formula *formula, const float *values,
                             const struct shape *shape) {
    size_t count = (size_t)shape_elements(shape);
    float *data = arena_alloc(formula->graph->arena, count, sizeof *data);
    const char *base = arena_printf(formula->graph->arena, "%s/constant", formula->name);
    const char *name = data && base ? graph_unique_name(formula->graph, base) : NULL;
    struct value *constant =
        name ? graph_add_constant(formula->graph, name, DTYPE_FLOAT32, shape, data) : NULL;
    if (constant)
        memcpy(data, values, count * sizeof *data);
    else if (formula->status == SNV2_OK)
        formula->status = diagnose_no_memory(formula->diagnostic);
    return constant;
}

static struct value *number(struct formula *formula, float value) {
    static const struct shape scalar = {.rank = 0};
    return numbers(formula, &value, &scalar);
}

/* x sigmoid(alpha x) */
static void swish(struct formula *formula, struct value *x, float alpha) {
    struct value *scaled = alpha == 1 ? x : apply(formula, OP_Mul, x, number(formula, alpha));
    apply(formula, OP_Mul, x, apply(formula, OP_Sigmoid, scaled, NULL));
}

/* x tanh(log(1 + exp(x))) */
static void mish(struct formula *formula, struct value *x) {
    struct value *softplus = apply(formula, OP_Softplus, x, NULL);
    apply(formula, OP_Mul, x, apply(formula, OP_Tanh, softplus, NULL));
}

/* x (1 + curve) / 2 */
static void gelu_of(struct formula *formula, struct value *x, struct value *curve) {
    struct value *more = apply(formula, OP_Add, curve, number(formula, 1));
    struct value *twice = apply(formula, OP_Mul, x, more);
    apply(formula, OP_Mul, twice, number(formula, 0.5f));
}

/* The curve is erf(x / sqrt(2)). */
static void gelu(struct formula *formula, struct value *x) {
    struct value *scaled = apply(formula, OP_Div, x, number(formula, 1.41421356f));
    gelu_of(formula, x, apply(formula, OP_Erf, scaled, NULL));
}

/* The curve is tanh(sqrt(2 / pi) (x + 0.044715 x^3)). */
static void gelu_tanh(struct formula *formula, struct value *x) {
    struct value *square = apply(formula, OP_Mul, x, x), *cube = apply(formula, OP_Mul, square, x);
    struct value *part = apply(formula, OP_Mul, cube, number(formula, 0.044715f));
    struct value *sum = apply(formula, OP_Add, x, part);
    struct value *scaled = apply(formula, OP_Mul, sum, number(formula, 0.797884561f));
    gelu_of(formula, x, apply(formula, OP_Tanh, scaled, NULL));
}

static void clip(struct formula *formula, struct value *x, float low, float high) {
    struct value *least = number(formula, low);
    struct value *most = number(formula, high);
    struct node *node = begin(formula, OP_Clip, 3);
    if (node) {
        node->inputs[0] = x;
        node->inputs[1] = least;
        node->inputs[2] = most;
    }
    end(formula, node);
}

static void leaky_relu(struct formula *formula, struct value *x, float alpha) {
    struct node *node = begin(formula, OP_LeakyRelu, 1);
    if (node) {
        node->inputs[0] = x;
        node->attributes.LeakyRelu.alpha = alpha;
    }
    end(formula, node);
}

static void hard_sigmoid(struct formula *formula, struct value *x, float alpha, float beta) {
    struct node *node = begin(formula, OP_HardSigmoid, 1);
    if (node) {
        node->inputs[0] = x;
        node->attributes.HardSigmoid = (struct HardSigmoid_attributes){alpha, beta};
    }
    end(formula, node);
}

static void activate(struct formula *formula, struct value *x, enum activation activation,
                     float alpha, float beta) {
    switch (activation) {
    case ACTIVATION_NONE:
        break;
    case ACTIVATION_RELU:
        apply(formula, OP_Relu, x, NULL);
        break;
    case ACTIVATION_CLIP:
        clip(formula, x, alpha, beta);
        break;
    case ACTIVATION_LEAKY_RELU:
        leaky_relu(formula, x, alpha);
        break;
    case ACTIVATION_HARD_SIGMOID:
        hard_sigmoid(formula, x, alpha, beta);
        break;
    case ACTIVATION_HARD_SWISH:
        apply(formula, OP_HardSwish, x, NULL);
        break;
    case ACTIVATION_SIGMOID:
        apply(formula, OP_Sigmoid, x, NULL);
        break;
    case ACTIVATION_TANH:
        apply(formula, OP_Tanh, x, NULL);
        break;
    case ACTIVATION_SILU:
        swish(formula, x, 1);
        break;
    case ACTIVATION_MISH:
        mish(formula, x);
        break;
    case ACTIVATION_GELU:
        gelu(formula, x);
        break;
    }
}

/* The activation becomes nodes behind `node`, the last of which makes what the node made. */
static void split_off(struct formula *formula, struct node *node, enum activation *activation,
                      float alpha, float beta) {
    enum activation kind = *activation;
    struct graph *graph = formula->graph;
    if (kind == ACTIVATION_NONE)
        return;
    *activation = ACTIVATION_NONE;
    struct value *output = node->outputs[0];
    const char *name = graph_unique_name(graph, node->name);
    struct value *linear =
        name ? graph_add_value(graph, name, output->dtype, &output->shape) : NULL;
    if (!linear) {
        formula->status = diagnose_no_memory(formula->diagnostic);
        return;
    }
    output->producer = NULL;
    node_set_output(node, 0, linear);
    formula->before = node->next;
    formula->name = output->name;
    activate(formula, linear, kind, alpha, beta);
    if (formula->status != SNV2_OK)
        return;
    plain_set_result(formula->last, output);
}

/* Softmax over all dimensions from the axis on. */
static void soften_rest(struct formula *formula, struct node *node, int axis) {
    struct graph *graph = formula->graph;
    const struct shape *shape = &node->inputs[0]->shape;
    int64_t rows = shape_product(shape, 0, axis);
    int64_t matrix[] = {rows, shape_product(shape, axis, shape->rank)};
    struct value *flat_shape = plain_integers(graph, node->name, matrix, 2);
    struct value *full_shape = plain_integers(graph, node->name, shape->dims, shape->rank);
    if (!flat_shape || !full_shape) {
        formula->status = diagnose_no_memory(formula->diagnostic);
        return;
    }
    struct value *flat = apply(formula, OP_Reshape, node->inputs[0], flat_shape);
    struct node *softmax = begin(formula, node->op, 1);
    if (softmax) {
        softmax->inputs[0] = flat;
        softmax->attributes.Softmax = (struct Softmax_attributes){1, 0};
    }
    struct value *soft = end(formula, softmax);
    apply(formula, OP_Reshape, soft, full_shape);
}

/* (x scale - mean) / std, of bytes in either layout. */
static void preprocess(struct formula *formula, const struct node *node) {
    const struct Preprocess_attributes *attributes = &node->attributes.Preprocess;
    const struct shape channels = {3, {node->inputs[1]->shape.dims[0], 1, 1}};
    struct node *cast = begin(formula, OP_Cast, 1);
    if (cast) {
        cast->inputs[0] = node->inputs[0];
        cast->attributes.Cast.to = DTYPE_FLOAT32;
    }
    struct value *x = end(formula, cast);
    if (attributes->layout == FRAME_NHWC) {
        struct node *transpose = begin(formula, OP_Transpose, 1);
        if (transpose) {
            transpose->inputs[0] = x;
            transpose->attributes.Transpose.perm = (struct ints){4, {0, 3, 1, 2}};
        }
        x = end(formula, transpose);
    }
    x = apply(formula, OP_Mul, x, number(formula, attributes->scale));
    x = apply(formula, OP_Sub, x, numbers(formula, node->inputs[1]->data, &channels));
    apply(formula, OP_Div, x, numbers(formula, node->inputs[2]->data, &channels));
}

/* A float32 node as a formula before it; formula->last stays NULL where older runtimes have it too.
 */
static void spell_out(struct formula *formula, struct node *node) {
    const union attributes *attributes = &node->attributes;
    switch (node->op) {
    case OP_Gelu:
        if (attributes->Gelu.approximate == GELU_TANH)
            gelu_tanh(formula, node->inputs[0]);
        else
            gelu(formula, node->inputs[0]);
        break;
    case OP_Mish:
        mish(formula, node->inputs[0]);
        break;
    case OP_Preprocess:
        preprocess(formula, node);
        break;
    case OP_Swish:
        swish(formula, node->inputs[0], attributes->Swish.alpha);
        break;
    case OP_LogSoftmax:
    case OP_Softmax:
        if (attributes->Softmax.over_rest)
            soften_rest(formula, node, (int)attributes->Softmax.axis);
        break;
    default:
        break;
    }
}

static enum snv2_status plain_node(struct graph *graph, struct node *node,
                                   struct snv2_diagnostic *diagnostic) {
    union attributes *attributes = &node->attributes;
    struct formula formula = {.graph = graph, .diagnostic = diagnostic};
    if (node->op == OP_Conv)
        split_off(&formula, node, &attributes->Conv.activation, attributes->Conv.activation_alpha,
                  attributes->Conv.activation_beta);
    else if (node->op == OP_Gemm)
        split_off(&formula, node, &attributes->Gemm.activation, attributes->Gemm.activation_alpha,
                  attributes->Gemm.activation_beta);
    if (node->op == OP_Conv || node->op == OP_Gemm)
        return formula.status;
    formula.before = node;
    formula.name = node->name;
    if (node->outputs[0]->dtype == DTYPE_FLOAT32)
        spell_out(&formula, node);
    if (formula.status == SNV2_OK && formula.last)
        plain_take_over(graph, node, formula.last);
    return formula.status;
}

enum snv2_status plain_graph(struct graph *graph, struct arena *scratch,
                             struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    for (struct node *node = graph->first, *next; node && status == SNV2_OK; node = next) {
        next = node->next;
        status = plain_node(graph, node, diagnostic);
    }
    return status == SNV2_OK ? plain_views(graph, scratch, diagnostic) : status;
}
