/* Networks in the folders of the ONNX backend tests (model.onnx, test_data_set_0/input_K.pb and
 * output_K.pb), and the interpreter against the outputs that are stored there. */
#ifndef TESTS_STORED_CASE_H
#define TESTS_STORED_CASE_H

#include "check/check.h"
#include "check/oracle.h"
#include "convert/data_shapes.h"
#include "tests/tap.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STORED_MAX = 2048 };

static char *stored_folders[STORED_MAX];
static int stored_count;

/* Fills `stored_folders` with the sorted paths of the folders in `path` that have a model. */
static inline void stored_find(const char *path) {
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char *folder, model[4096];
        int length = snprintf(model, sizeof model, "%s/%s/model.onnx", path, entries[i]->d_name);
        if (length < (int)sizeof model && stored_count < STORED_MAX && access(model, R_OK) == 0 &&
            (folder = strdup(model))) {
            *strrchr(folder, '/') = '\0';
            stored_folders[stored_count++] = folder;
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* The largest difference, relative to the largest finite reference. Equal infinities and two NaN
 * are none. */
static inline double stored_error(const struct interp_tensor *output,
                                  const struct tensor *reference) {
    double difference = 0, largest = 0;
    for (int64_t i = 0; i < shape_elements(&output->shape); i++) {
        double expected = tensor_real(reference, i);
        double actual = dtype_is_real(output->dtype) ? ((const double *)output->data)[i]
                                                     : (double)((const int64_t *)output->data)[i];
        if (actual == expected || (actual != actual && expected != expected))
            expected = actual = isfinite(expected) ? expected : 0;
        if (!(fabs(actual - expected) <= difference))
            difference = fabs(actual - expected);
        if (fabs(expected) > largest)
            largest = fabs(expected);
    }
    return largest > 0 ? difference / largest : difference;
}

/* In a graph of float16 values others round each of them, the interpreter none. */
static inline double stored_limit(const struct graph *graph) {
    for (int32_t i = 0; i < graph->value_count; i++)
        if (graph->values[i]->dtype == DTYPE_FLOAT16 || graph->values[i]->dtype == DTYPE_BFLOAT16)
            return 1e-2;
    return 1e-3;
}

/* Loads, infers and runs in float64; the outputs must be within the limit. Of the graph's inputs
 * the first `run_inputs` are given when it runs, the others (shapes, axes) are known before. The
 * status is that of the first step that failed. */
static inline enum snv2_status stored_check(const char *folder, int run_inputs,
                                            struct snv2_diagnostic *diagnostic) {
    struct onnx_options options = {.infer = interp_infer_node};
    struct onnx_info info;
    struct arena arena;
    struct graph *graph;
    struct check_case data;
    char model[4096], test_data[4096];
    snprintf(model, sizeof model, "%s/model.onnx", folder);
    snprintf(test_data, sizeof test_data, "%s/test_data_set_0", folder);
    arena_init(&arena, UINT64_MAX);

    enum snv2_status status = add_data_shapes(&options, test_data, &arena, diagnostic);
    if (status == SNV2_OK)
        status = onnx_load_file(model, &options, &arena, &graph, &info, diagnostic);
    for (int i = run_inputs; status == SNV2_OK && i < graph->input_count; i++) {
        struct tensor tensor;
        const char *name;
        char path[4200];
        snprintf(path, sizeof path, "%s/input_%d.pb", test_data, i);
        status = onnx_load_tensor(path, &arena, &tensor, &name, diagnostic);
        graph->inputs[i]->data = status == SNV2_OK ? tensor.data : NULL;
    }
    if (status == SNV2_OK)
        status = infer_graph(graph, diagnostic);
    if (status == SNV2_OK)
        status = check_data_case(graph, test_data, &arena, &data, diagnostic);
    struct interp_tensor *outputs =
        status == SNV2_OK ? calloc((size_t)graph->output_count, sizeof *outputs) : NULL;
    if (status == SNV2_OK)
        status = oracle_run(graph, PRECISION_FLOAT64, &data, outputs, NULL, NULL, diagnostic);
    for (int i = 0; status == SNV2_OK && i < graph->output_count; i++) {
        double error = stored_error(&outputs[i], &data.references[i]);
        ck_assert_msg(error <= stored_limit(graph),
                      "%s: output '%s' is off by %g of its largest value", folder,
                      graph->outputs[i]->name, error);
    }
    if (outputs)
        oracle_free(outputs, graph->output_count);
    free(outputs);
    arena_free(&arena);
    return status;
}

#endif
