/* Seeded weights; see random_weights.h. */
#include "convert/random_weights.h"

#include "base/random.h"

#include <math.h>

/* The range of an operand's new elements: uniform in centre +- spread, where a spread of 0 stands
 * for sqrt(6 / fan-in), which keeps the scale of activations behind a Relu (He et al., 2015). */
struct operand_range {
    enum op op;
    int input;
    float centre, spread;
};

static const struct operand_range operand_ranges[] = {
    {OP_Conv, 1, 0, 0},
    {OP_Conv, 2, 0, 0.1f},
    {OP_Gemm, 1, 0, 0},
    {OP_Gemm, 2, 0, 0.1f},
    {OP_MatMul, 1, 0, 0},
    {OP_BatchNormalization, 1, 1, 0.4f},
    {OP_BatchNormalization, 2, 0, 0.2f},
    {OP_BatchNormalization, 3, 0, 0.1f},
    {OP_BatchNormalization, 4, 1, 0.3f},
};

/* Products in one output element. */
static double fan_in(const struct node *node) {
    const struct shape *weights = &node->inputs[1]->shape;
    if (node->op == OP_Conv)
        return (double)shape_product(weights, 1, weights->rank);
    bool transposed = node->op == OP_Gemm && node->attributes.Gemm.transB;
    return (double)weights->dims[transposed ? weights->rank - 1 : weights->rank - 2];
}

static enum snv2_status randomize(struct graph *graph, const struct node *node,
                                  const struct operand_range *range, uint64_t seed,
                                  struct snv2_diagnostic *diagnostic) {
    struct value *value = node->inputs[range->input];
    int64_t count = shape_elements(&value->shape);
    float *data = arena_alloc(graph->arena, (size_t)count, sizeof *data);
    if (!data)
        return diagnose_no_memory(diagnostic);
    random_fill(data, count, seed + (uint64_t)value->id);
    float spread = range->spread > 0 ? range->spread : (float)sqrt(6 / fan_in(node));
    for (int64_t i = 0; i < count; i++)
        data[i] = range->centre + spread * data[i];
    value->data = data;
    return SNV2_OK;
}

/* A constant of its own, or what is filled with one number. Other values with a producer are
 * computed. */
static bool is_given(const struct value *value) {
    return value->producer ? value->producer->op == OP_ConstantOfShape : value_is_constant(value);
}

static bool is_weight(const struct node *node, int input) {
    if (input >= node->input_count || !node->inputs[input])
        return false;
    const struct value *value = node->inputs[input];
    return is_given(value) && value->dtype == DTYPE_FLOAT32 &&
           (input != 1 || value->shape.rank >= 2 || node->op == OP_BatchNormalization);
}

enum snv2_status randomize_weights(struct graph *graph, uint64_t seed,
                                   struct snv2_diagnostic *diagnostic) {
    size_t count = sizeof operand_ranges / sizeof *operand_ranges;
    for (const struct node *node = graph->first; node; node = node->next) {
        for (size_t i = 0; i < count; i++) {
            const struct operand_range *range = &operand_ranges[i];
            if (range->op != node->op || !is_weight(node, range->input))
                continue;
            enum snv2_status status = randomize(graph, node, range, seed, diagnostic);
            if (status != SNV2_OK)
                return status;
        }
    }
    return SNV2_OK;
}
