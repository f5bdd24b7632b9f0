/* Inputs to check on: seeded ones, and those of an ONNX test_data_set folder. */
#include "check/check.h"

#include "base/random.h"
#include "onnx/onnx.h"

#include <string.h>

/* The generator starts anew for each input of each case, so that no case depends on another. */
static uint64_t input_seed(uint64_t seed, int case_number, int input) {
    return seed + 1000003u * (uint64_t)case_number + 7919u * (uint64_t)input;
}

static enum snv2_status seeded_input(const struct value *value, uint64_t seed, struct arena *arena,
                                     struct tensor *tensor, struct snv2_diagnostic *diagnostic) {
    if (value->dtype != DTYPE_FLOAT32)
        return diagnose(diagnostic, SNV2_UNSUPPORTED,
                        "input '%s' is %s: the check has no seeded inputs for it; give real ones "
                        "with --verify-data DIR, or skip the check with --no-verify",
                        shown(value->name).text, dtype_name(value->dtype));
    int64_t count = shape_elements(&value->shape);
    float *data = arena_alloc(arena, (size_t)count, sizeof *data);
    if (!data)
        return diagnose_no_memory(diagnostic);
    random_fill(data, count, seed);
    *tensor = (struct tensor){DTYPE_FLOAT32, value->shape, data};
    return SNV2_OK;
}

enum snv2_status check_seeded_cases(const struct graph *graph, uint64_t seed, int count,
                                    struct arena *arena, struct check_case **cases,
                                    struct snv2_diagnostic *diagnostic) {
    struct check_case *made = arena_alloc(arena, (size_t)count, sizeof *made);
    if (!made)
        return diagnose_no_memory(diagnostic);
    for (int k = 0; k < count; k++) {
        made[k].inputs = arena_alloc(arena, (size_t)graph->input_count, sizeof *made[k].inputs);
        if (!made[k].inputs)
            return diagnose_no_memory(diagnostic);
        for (int i = 0; i < graph->input_count; i++) {
            enum snv2_status status = seeded_input(graph->inputs[i], input_seed(seed, k, i), arena,
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
