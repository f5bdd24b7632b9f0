/* Values computed exactly and with noise; see random_samples.h. */
#include "tests/random_samples.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPERANDS_MAX = 16, RESULTS_MAX = 8 };

/* Of the largest element: some sixteen units in the last place of a float32. */
static const double noise_share = 0x1p-20;

static struct interp_tensor *grow(struct interp_tensor *tensors, int32_t from, int32_t to) {
    tensors = realloc(tensors, (size_t)(to + 1) * sizeof *tensors);
    if (!tensors)
        abort();
    memset(tensors + from, 0, (size_t)(to + 1 - from) * sizeof *tensors);
    return tensors;
}

static void reserve(struct samples *samples, int32_t count) {
    if (count <= samples->count)
        return;
    for (int i = 0; i < SAMPLE_COUNT; i++)
        samples->tensors[i] = grow(samples->tensors[i], samples->count, count);
    samples->count = count;
}

/* The same contents in all of them. */
static void load(struct samples *samples, const struct value *value, const struct tensor *tensor) {
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        struct interp_tensor *copy = &samples->tensors[i][value->id];
        free(copy->data);
        if (interp_load(tensor, PRECISION_FLOAT64, copy, NULL) != SNV2_OK)
            abort();
    }
}

void samples_start(struct samples *samples, const struct graph *graph, uint64_t seed) {
    struct arena arena;
    struct check_case *cases;
    arena_init(&arena, UINT64_MAX);
    if (check_seeded_cases(graph, seed, 1, &arena, &cases, NULL) != SNV2_OK)
        abort();
    reserve(samples, graph->value_count);
    for (int32_t i = 0; i < graph->input_count; i++)
        load(samples, graph->inputs[i], &cases->inputs[i]);
    arena_free(&arena);
}

void samples_free(struct samples *samples) {
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        for (int32_t v = 0; v < samples->count; v++)
            free(samples->tensors[i][v].data);
        free(samples->tensors[i]);
    }
    *samples = (struct samples){0};
}

static bool evaluate(const struct node *node, const struct interp_tensor *values,
                     struct interp_tensor results[RESULTS_MAX]) {
    const struct interp_tensor *operands[OPERANDS_MAX] = {0};
    struct snv2_diagnostic diagnostic;
    for (int32_t i = 0; i < node->input_count; i++)
        operands[i] = node->inputs[i] ? &values[node->inputs[i]->id] : NULL;
    return interp_node(node, PRECISION_FLOAT64, operands, results, &diagnostic) == SNV2_OK;
}

static double largest(const struct interp_tensor *tensor) {
    const double *numbers = tensor->data;
    double result = 0;
    for (int64_t i = 0; i < shape_elements(&tensor->shape); i++) {
        if (!isfinite(numbers[i]))
            return INFINITY;
        result = fmax(result, fabs(numbers[i]));
    }
    return result;
}

/* Whether a zero is one without any rounding, as what a Relu makes, and no sum that cancels. */
static bool keeps_zeros(enum op op) {
    return op_infos[op].class == CLASS_ELEMENTWISE && op != OP_Add && op != OP_Sub &&
           op != OP_BatchNormalization;
}

static void add_noise(struct interp_tensor *tensor, bool keeps_zeros, double share, uint64_t seed) {
    double *numbers = tensor->data, size = share * largest(tensor);
    for (int64_t i = 0; isfinite(size) && i < shape_elements(&tensor->shape); i++)
        if (numbers[i] != 0 || !keeps_zeros)
            numbers[i] += random_signed(&seed) < 0 ? -size : size;
}

static const double noise_shares[SAMPLE_COUNT] = {[NOISY] = noise_share, [OPPOSITE] = -noise_share};

bool samples_add_node(struct samples *samples, const struct graph *graph, const struct node *node) {
    struct interp_tensor results[SAMPLE_COUNT][RESULTS_MAX] = {0};
    bool done = true;
    if (node->input_count > OPERANDS_MAX || node->output_count > RESULTS_MAX)
        return false;
    reserve(samples, graph->value_count);
    for (int32_t i = 0; i < node->input_count; i++)
        if (node->inputs[i] && !samples->tensors[EXACT][node->inputs[i]->id].data) {
            struct tensor contents = value_tensor(node->inputs[i]);
            load(samples, node->inputs[i], &contents);
        }
    for (int k = 0; k < SAMPLE_COUNT && done; k++)
        done = evaluate(node, samples->tensors[k], results[k]);
    for (int k = 0; k < SAMPLE_COUNT; k++)
        for (int32_t i = 0; i < node->output_count; i++) {
            struct interp_tensor *result = &results[k][i];
            int32_t id = node->outputs[i]->id;
            if (!done) {
                free(result->data);
                continue;
            }
            if (op_infos[node->op].class != CLASS_MOVEMENT && dtype_is_real(result->dtype))
                add_noise(result, keeps_zeros(node->op), noise_shares[k], (uint64_t)id);
            samples->tensors[k][id] = *result;
        }
    return done;
}

bool samples_add_graph(struct samples *samples, const struct graph *graph) {
    for (const struct node *node = graph->first; node; node = node->next)
        if (!samples_add_node(samples, graph, node))
            return false;
    return true;
}

double samples_largest(const struct samples *samples, const struct value *value) {
    const struct interp_tensor *tensor = &samples->tensors[EXACT][value->id];
    if (dtype_is_real(tensor->dtype))
        return largest(tensor);
    double result = 0;
    for (int64_t i = 0; i < shape_elements(&tensor->shape); i++)
        result = fmax(result, fabs((double)((const int64_t *)tensor->data)[i]));
    return result;
}

static double distance(const struct interp_tensor *exact, const struct interp_tensor *noisy) {
    int64_t count = shape_elements(&exact->shape);
    if (!dtype_is_real(exact->dtype))
        return memcmp(exact->data, noisy->data, (size_t)count * sizeof(int64_t)) != 0;
    const double *a = exact->data, *b = noisy->data;
    double result = 0;
    for (int64_t i = 0; i < count; i++) {
        double difference = fabs(a[i] - b[i]);
        if (!isfinite(difference))
            return INFINITY;
        result = fmax(result, difference);
    }
    return result;
}

double samples_noise(const struct samples *samples, const struct value *value) {
    const struct interp_tensor *exact = &samples->tensors[EXACT][value->id];
    return fmax(distance(exact, &samples->tensors[NOISY][value->id]),
                distance(exact, &samples->tensors[OPPOSITE][value->id]));
}
