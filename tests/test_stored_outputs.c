/* Importer, shape inference and interpreter against the outputs that ONNX Runtime computed for the
 * networks beside the checkout: the one check of them that nothing of ours takes part in. */
#include "check/check.h"
#include "check/oracle.h"
#include "convert/data_shapes.h"
#include "tests/tap.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FOLDERS = 256 };

static char *folders[MAX_FOLDERS];
static int folder_count;

/* Fills `folders` with the sorted paths of those that have a model. */
static void find_folders(void) {
    const char *shared = getenv("SNV2_SHARED");
    struct dirent **entries;
    char path[4096];
    snprintf(path, sizeof path, "%s/models", shared ? shared : "../shared");
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char *folder, model[4096];
        snprintf(model, sizeof model, "%s/%s/model.onnx", path, entries[i]->d_name);
        if (folder_count < MAX_FOLDERS && access(model, R_OK) == 0 && (folder = strdup(model))) {
            *strrchr(folder, '/') = '\0';
            folders[folder_count++] = folder;
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* The largest difference, relative to the largest reference. NaN where one of the two has one. */
static double relative_error(const struct interp_tensor *output, const struct tensor *reference) {
    double difference = 0, largest = 0;
    for (int64_t i = 0; i < shape_elements(&output->shape); i++) {
        double expected = tensor_real(reference, i);
        double actual = dtype_is_real(output->dtype) ? ((const double *)output->data)[i]
                                                     : (double)((const int64_t *)output->data)[i];
        if (!(fabs(actual - expected) <= difference))
            difference = fabs(actual - expected);
        if (fabs(expected) > largest)
            largest = fabs(expected);
    }
    return largest > 0 ? difference / largest : difference;
}

/* In a graph of float16 values ONNX Runtime rounds each of them, the interpreter none. */
static double limit_of(const struct graph *graph) {
    for (int32_t i = 0; i < graph->value_count; i++)
        if (graph->values[i]->dtype == DTYPE_FLOAT16)
            return 1e-2;
    return 1e-3;
}

START_TEST(test_stored_outputs) {
    const char *folder = folders[_i];
    struct snv2_diagnostic diagnostic;
    struct onnx_options options = {0};
    struct onnx_info info;
    struct arena arena;
    struct graph *graph;
    struct check_case data;
    char model[4096], test_data[4096];
    snprintf(model, sizeof model, "%s/model.onnx", folder);
    snprintf(test_data, sizeof test_data, "%s/test_data_set_0", folder);
    arena_init(&arena, UINT64_MAX);

    enum snv2_status status = add_data_shapes(&options, test_data, &arena, &diagnostic);
    if (status == SNV2_OK)
        status = onnx_load_file(model, &options, &arena, &graph, &info, &diagnostic);
    if (status == SNV2_OK)
        status = infer_graph(graph, &diagnostic);
    if (status == SNV2_OK)
        status = check_data_case(graph, test_data, &arena, &data, &diagnostic);
    ck_assert_msg(status == SNV2_OK, "%s: node '%s' (%s): %s", folder, diagnostic.node,
                  diagnostic.op, diagnostic.message);

    struct interp_tensor *outputs = calloc((size_t)graph->output_count, sizeof *outputs);
    ck_assert_ptr_nonnull(outputs);
    status = oracle_run(graph, PRECISION_FLOAT64, &data, outputs, NULL, NULL, &diagnostic);
    ck_assert_msg(status == SNV2_OK, "%s: node '%s' (%s): %s", folder, diagnostic.node,
                  diagnostic.op, diagnostic.message);
    for (int i = 0; i < graph->output_count; i++) {
        double error = relative_error(&outputs[i], &data.references[i]);
        ck_assert_msg(error <= limit_of(graph), "%s: output '%s' is off by %g of its largest value",
                      folder, graph->outputs[i]->name, error);
    }
    oracle_free(outputs, graph->output_count);
    free(outputs);
    arena_free(&arena);
}
END_TEST

int main(void) {
    find_folders();
    if (folder_count == 0) {
        printf("1..0 # SKIP no networks beside the checkout\n");
        return EXIT_SUCCESS;
    }
    Suite *suite = suite_create("stored outputs");
    TCase *tcase = tcase_create("networks");
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, test_stored_outputs, 0, folder_count);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
