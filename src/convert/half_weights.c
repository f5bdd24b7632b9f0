/* Rounding weights to halves; see half_weights.h. */
#include "convert/half_weights.h"

#include "lower/program.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *word;
    enum dtype dtype;
} half_types[] = {{"f16", DTYPE_FLOAT16}, {"bf16", DTYPE_BFLOAT16}};

enum snv2_status parse_half_type(const char *argument, enum dtype *dtype,
                                 struct snv2_diagnostic *diagnostic) {
    for (size_t i = 0; i < sizeof half_types / sizeof *half_types; i++)
        if (strcmp(argument, half_types[i].word) == 0) {
            *dtype = half_types[i].dtype;
            return SNV2_OK;
        }
    return diagnose(diagnostic, SNV2_USAGE, "option '--weights': '%s' is not f16 or bf16",
                    argument);
}

/* The output channel that weight number `index` belongs to. */
static int64_t output_channel(const struct node *node, int64_t index) {
    const struct shape *shape = &node->inputs[1]->shape;
    int64_t taps, group;
    switch (node->op) {
    case OP_Conv:
        return index / shape_product(shape, 1, shape->rank);
    case OP_ConvTranspose:
        taps = shape_product(shape, 2, shape->rank);
        group = index / (shape->dims[1] * taps) /
                (shape->dims[0] / node->attributes.ConvTranspose.group);
        return group * shape->dims[1] + index / taps % shape->dims[1];
    case OP_Gemm:
        return node->attributes.Gemm.transB ? index / shape->dims[1] : index % shape->dims[1];
    default: /* MatMul */
        return index % shape->dims[1];
    }
}

static float rounded(enum dtype dtype, float value) {
    return dtype == DTYPE_FLOAT16 ? half_to_float(float_to_half(value))
                                  : bfloat16_to_float(float_to_bfloat16(value));
}

/* A factor that lowering would multiply the rounded weights with becomes part of them. */
static float take_factor(struct node *node) {
    float factor = 1;
    if (node->op == OP_Gemm) {
        factor = node->attributes.Gemm.alpha;
        node->attributes.Gemm.alpha = 1;
    }
    return factor;
}

static enum snv2_status round_node(struct graph *graph, struct node *node,
                                   struct rounding *rounding, struct snv2_diagnostic *diagnostic) {
    const struct value *weights = node->inputs[1];
    const float *from = weights->data, factor = take_factor(node);
    int64_t count = shape_elements(&weights->shape);
    float *to = arena_alloc(graph->arena, (size_t)count, sizeof *to);
    for (int64_t i = 0; to && i < count; i++) {
        float value = factor == 1 ? from[i] : factor * from[i];
        to[i] = rounded(rounding->dtype, value);
        if (isinf(to[i]) && !isinf(value))
            return diagnose_node(diagnostic, SNV2_UNSUPPORTED, node->name, op_infos[node->op].name,
                                 "a weight of output channel %" PRId64
                                 " is %g, which is infinite as %s: leave --weights out%s",
                                 output_channel(node, i), (double)value,
                                 dtype_name(rounding->dtype),
                                 rounding->dtype == DTYPE_FLOAT16 ? ", or take bf16" : "");
        rounding->flushed += to[i] == 0 && value != 0;
    }
    rounding->count += count;
    const char *name = to ? graph_unique_name(graph, weights->name) : NULL;
    node->inputs[1] =
        name ? graph_add_constant(graph, name, DTYPE_FLOAT32, &weights->shape, to) : NULL;
    return node->inputs[1] ? SNV2_OK : diagnose_no_memory(diagnostic);
}

enum snv2_status round_weights(struct graph *graph, enum dtype dtype, struct rounding *rounding,
                               struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    *rounding = (struct rounding){.dtype = dtype};
    for (struct node *node = graph->first; node && status == SNV2_OK; node = node->next)
        if (take_half_weights(node))
            status = round_node(graph, node, rounding, diagnostic);
    return status;
}
