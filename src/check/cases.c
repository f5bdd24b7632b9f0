/* Inputs to check on: seeded ones, and those of an ONNX test_data_set folder. */
#include "check/check.h"

#include "base/random.h"
#include "check/index_inputs.h"
#include "onnx/onnx.h"

#include <string.h>

/* The generator starts anew for each input of each case, so that no case depends on another. */
static uint64_t input_seed(uint64_t seed, int case_number, int input) {
    return seed + 1000003u * (uint64_t)case_number + 7919u * (uint64_t)input;
}

/* One element of a type from a number in [-1, 1): bool is true for half of them, integers are of
 * one digit or two, and not negative where the type has no sign. */
static void put_element(void *data, int64_t index, enum dtype dtype, float number) {
    int8_t small = (int8_t)(number * 100);
    uint8_t positive = (uint8_t)((number + 1) * 100);
    switch (dtype) {
    case DTYPE_BOOL:
        ((uint8_t *)data)[index] = number < 0;
        break;
    case DTYPE_UINT8:
        ((uint8_t *)data)[index] = positive;
        break;
    case DTYPE_UINT16:
        ((uint16_t *)data)[index] = positive;
        break;
    case DTYPE_UINT32:
        ((uint32_t *)data)[index] = positive;
        break;
    case DTYPE_UINT64:
        ((uint64_t *)data)[index] = positive;
        break;
    case DTYPE_INT8:
        ((int8_t *)data)[index] = small;
        break;
    case DTYPE_INT16:
        ((int16_t *)data)[index] = small;
        break;
    case DTYPE_INT32:
        ((int32_t *)data)[index] = small;
        break;
    case DTYPE_INT64:
        ((int64_t *)data)[index] = small;
        break;
    case DTYPE_FLOAT16:
        ((uint16_t *)data)[index] = float_to_half(number);
        break;
    case DTYPE_BFLOAT16:
        ((uint16_t *)data)[index] = float_to_bfloat16(number);
        break;
    case DTYPE_FLOAT64:
        ((double *)data)[index] = number;
        break;
    case DTYPE_FLOAT32:
    case DTYPE_NONE:
        ((float *)data)[index] = number;
        break;
    }
}

/* A number in [-1, 1) that put_element makes an integer below `limit`. */
static float bounded_number(float number, enum dtype dtype, int64_t limit) {
    bool has_sign =
        dtype == DTYPE_INT8 || dtype == DTYPE_INT16 || dtype == DTYPE_INT32 || dtype == DTYPE_INT64;
    int64_t integer = (int64_t)((number + 1) * 50);
    integer %= limit;
    return ((float)integer + 0.5F) / 100 - (has_sign ? 0 : 1);
}

/* Indices are from 0 on and below `limit`. */
static enum snv2_status seeded_input(const struct value *value, uint64_t seed, int64_t limit,
                                     struct arena *arena, struct tensor *tensor,
                                     struct snv2_diagnostic *diagnostic) {
    int64_t count = shape_elements(&value->shape);
    void *data = arena_alloc(arena, (size_t)count, dtype_bytes(value->dtype));
    if (!data)
        return diagnose_no_memory(diagnostic);
    for (int64_t i = 0; i < count; i++) {
        float number = random_signed(&seed);
        if (limit > 0 && limit < INT64_MAX)
            number = bounded_number(number, value->dtype, limit);
        put_element(data, i, value->dtype, number);
    }
    *tensor = (struct tensor){value->dtype, value->shape, data};
    return SNV2_OK;
}

enum snv2_status check_seeded_cases(const struct graph *graph, uint64_t seed, int count,
                                    struct arena *arena, struct check_case **cases,
                                    struct snv2_diagnostic *diagnostic) {
    struct check_case *made = arena_alloc(arena, (size_t)count, sizeof *made);
    const int64_t *limits = find_index_limits(graph, arena);
    if (!made || !limits)
        return diagnose_no_memory(diagnostic);
    for (int k = 0; k < count; k++) {
        made[k].inputs = arena_alloc(arena, (size_t)graph->input_count, sizeof *made[k].inputs);
        if (!made[k].inputs)
            return diagnose_no_memory(diagnostic);
        for (int i = 0; i < graph->input_count; i++) {
            enum snv2_status status =
                seeded_input(graph->inputs[i], input_seed(seed, k, i), limits[i], arena,
                             &made[k].inputs[i], diagnostic);
            if (status != SNV2_OK)
                return status;
        }
    }
    *cases = made;
    return SNV2_OK;
}

/* Reads FOLDER/<kind>_K.pb for each of the values, and holds it against the value. */
static enum snv2_status read_tensors(struct value *const *values, int count, const char *folder,
                                     const char *kind, struct arena *arena, struct tensor *tensors,
                                     struct snv2_diagnostic *diagnostic) {
    for (int i = 0; i < count; i++) {
        const char *name, *path = arena_printf(arena, "%s/%s_%d.pb", folder, kind, i);
        if (!path)
            return diagnose_no_memory(diagnostic);
        enum snv2_status status = onnx_load_tensor(path, arena, &tensors[i], &name, diagnostic);
        if (status != SNV2_OK)
            return status;
        char wanted[SHAPE_TEXT], found[SHAPE_TEXT];
        if (tensors[i].dtype != values[i]->dtype ||
            !shape_equal(&tensors[i].shape, &values[i]->shape)) {
            diagnose(diagnostic, SNV2_BAD_MODEL, "%s '%s' of the model is %s%s, not %s%s", kind,
                     shown(values[i]->name).text, dtype_name(values[i]->dtype),
                     shape_format(&values[i]->shape, wanted), dtype_name(tensors[i].dtype),
                     shape_format(&tensors[i].shape, found));
            diagnostic_set_file(diagnostic, path);
            return SNV2_BAD_MODEL;
        }
    }
    return SNV2_OK;
}

enum snv2_status check_data_case(const struct graph *graph, const char *folder, struct arena *arena,
                                 struct check_case *result, struct snv2_diagnostic *diagnostic) {
    struct tensor *inputs = arena_alloc(arena, (size_t)graph->input_count, sizeof *inputs);
    struct tensor *outputs = arena_alloc(arena, (size_t)graph->output_count, sizeof *outputs);
    if (!inputs || !outputs)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status =
        read_tensors(graph->inputs, graph->input_count, folder, "input", arena, inputs, diagnostic);
    if (status == SNV2_OK)
        status = read_tensors(graph->outputs, graph->output_count, folder, "output", arena, outputs,
                              diagnostic);
    *result = (struct check_case){inputs, outputs};
    return status;
}
