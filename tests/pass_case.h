/* For tests of passes: runs some of them, and compares what two graphs compute. */
#ifndef TESTS_PASS_CASE_H
#define TESTS_PASS_CASE_H

#include "base/random.h"
#include "passes/pass.h"
#include "tests/interp_case.h"

/* Runs the passes of those letters. */
static inline void run_passes(struct graph *graph, const char *letters) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    for (; *letters; letters++)
        for (int p = 0; p < pass_count; p++)
            if (pass_list[p].letter == *letters &&
                passes_run(graph, &pass_list[p], 1, NULL, NULL, NULL, NULL, &diagnostic) != SNV2_OK)
                ck_abort_msg("%s", diagnostic.message);
}

/* Both graphs give the same on seeded inputs, up to `tolerance` of the largest element. */
static inline void check_same_meaning(const struct graph *a, const struct graph *b,
                                      double tolerance) {
    struct interp_tensor expected[8], got[8];
    ck_assert_int_le(a->output_count, 8);
    struct snv2_diagnostic diagnostic = {.message = ""};
    size_t count = 0;
    for (int i = 0; i < a->input_count; i++)
        count += (size_t)shape_elements(&a->inputs[i]->shape);
    double *numbers = malloc((count + 1) * sizeof *numbers);
    ck_assert_ptr_nonnull(numbers);
    uint64_t state = 1;
    for (size_t i = 0; i < count; i++)
        numbers[i] = random_signed(&state);
    ck_assert_int_eq(run_graph_on(a, PRECISION_FLOAT64, numbers, expected, &diagnostic), SNV2_OK);
    ck_assert_int_eq(run_graph_on(b, PRECISION_FLOAT64, numbers, got, &diagnostic), SNV2_OK);
    free(numbers);
    for (int i = 0; i < a->output_count; i++) {
        ck_assert_str_eq(a->outputs[i]->name, b->outputs[i]->name);
        ck_assert(shape_equal(&expected[i].shape, &got[i].shape));
        double largest = 0;
        for (int64_t k = 0; k < shape_elements(&expected[i].shape); k++)
            largest = fmax(largest, fabs(get_number(&expected[i], PRECISION_FLOAT64, k)));
        for (int64_t k = 0; k < shape_elements(&expected[i].shape); k++)
            ck_assert_double_le(fabs(get_number(&expected[i], PRECISION_FLOAT64, k) -
                                     get_number(&got[i], PRECISION_FLOAT64, k)),
                                tolerance * largest);
        free(expected[i].data);
        free(got[i].data);
    }
}

#endif
