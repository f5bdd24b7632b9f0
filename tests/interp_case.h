/* For tests of the interpreter: runs a graph in text form on given numbers. */
#ifndef TESTS_INTERP_CASE_H
#define TESTS_INTERP_CASE_H

#include "interp/interp.h"
#include "ir/text.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CASE_NUMBERS = 48 };

/* The graph's inputs one behind the other, and its outputs; both as doubles. */
struct interp_case {
    const char *text;
    double inputs[CASE_NUMBERS];
    double expected[CASE_NUMBERS];
};

static inline struct graph *read_graph(const char *text, struct arena *arena) {
    struct graph *graph;
    struct snv2_diagnostic diagnostic;
    arena_init(arena, UINT64_MAX);
    if (graph_read_text(text, arena, &graph, &diagnostic) != SNV2_OK)
        ck_abort_msg("%s\n%s", diagnostic.message, text);
    return graph;
}

static inline double get_number(const struct interp_tensor *tensor, enum precision precision,
                                int64_t index) {
    if (!dtype_is_real(tensor->dtype))
        return (double)((const int64_t *)tensor->data)[index];
    return precision == PRECISION_FLOAT32 ? ((const float *)tensor->data)[index]
                                          : ((const double *)tensor->data)[index];
}

static inline void set_number(struct interp_tensor *tensor, enum precision precision, int64_t index,
                              double number) {
    if (!dtype_is_real(tensor->dtype))
        ((int64_t *)tensor->data)[index] = (int64_t)number;
    else if (precision == PRECISION_FLOAT32)
        ((float *)tensor->data)[index] = (float)number;
    else
        ((double *)tensor->data)[index] = number;
}

/* Runs the graph; `outputs` has room for its outputs. */
static inline enum snv2_status run_graph_on(const struct graph *graph, enum precision precision,
                                            const double *numbers, struct interp_tensor *outputs,
                                            struct snv2_diagnostic *diagnostic) {
    struct interp_tensor inputs[4];
    ck_assert_int_le(graph->input_count, 4);
    for (int i = 0; i < graph->input_count; i++) {
        const struct value *value = graph->inputs[i];
        int64_t count = shape_elements(&value->shape);
        inputs[i] = (struct interp_tensor){value->dtype, value->shape,
                                           calloc((size_t)count + 1, sizeof(double))};
        ck_assert_ptr_nonnull(inputs[i].data);
        for (int64_t k = 0; k < count; k++)
            set_number(&inputs[i], precision, k, *numbers++);
    }
    enum snv2_status status = interp_run(graph, precision, inputs, outputs, NULL, NULL, diagnostic);
    for (int i = 0; i < graph->input_count; i++)
        free(inputs[i].data);
    return status;
}

/* Equal bit for bit, but for the kind of NaN. */
static inline bool same_number(double a, double b) {
    return a != a ? b != b : a == b && !signbit(a) == !signbit(b);
}

static inline bool near_number(double a, double b, double tolerance) {
    return same_number(a, b) || fabs(a - b) < tolerance * fmax(1, fabs(b));
}

/* The case must hold within these tolerances in float32 and float64, relative to numbers over 1; to
 * the bit where they are 0. */
static inline void check_case_within(const struct interp_case *test, double tolerance32,
                                     double tolerance64) {
    for (int p = PRECISION_FLOAT32; p <= PRECISION_FLOAT64; p++) {
        struct arena arena;
        struct snv2_diagnostic diagnostic;
        struct interp_tensor outputs[4];
        struct graph *graph = read_graph(test->text, &arena);
        double tolerance = p == PRECISION_FLOAT32 ? tolerance32 : tolerance64;
        if (run_graph_on(graph, p, test->inputs, outputs, &diagnostic) != SNV2_OK)
            ck_abort_msg("%s\n%s", diagnostic.message, test->text);
        const double *expected = test->expected;
        for (int i = 0; i < graph->output_count; i++) {
            for (int64_t k = 0; k < shape_elements(&outputs[i].shape); k++, expected++) {
                double number = get_number(&outputs[i], p, k);
                if (!near_number(number, *expected, tolerance))
                    ck_abort_msg("output %d[%d] is %.17g, not %.17g, in float%d\n%s", i, (int)k,
                                 number, *expected, p == PRECISION_FLOAT32 ? 32 : 64, test->text);
            }
            free(outputs[i].data);
        }
        arena_free(&arena);
    }
}

/* The same in units of each precision's rounding. */
static inline void check_case_rounded(const struct interp_case *test, double units) {
    check_case_within(test, units * 0x1p-24, units * 0x1p-53);
}

static inline void check_case(const struct interp_case *test) {
    check_case_within(test, 0, 0);
}

/* The graph must fail with that status and a message that contains `part`, in both precisions. */
static inline void check_failure(const char *text, const double *inputs, enum snv2_status expected,
                                 const char *part) {
    for (int p = PRECISION_FLOAT32; p <= PRECISION_FLOAT64; p++) {
        struct arena arena;
        struct snv2_diagnostic diagnostic;
        struct interp_tensor outputs[4];
        struct graph *graph = read_graph(text, &arena);
        ck_assert_int_eq(run_graph_on(graph, p, inputs, outputs, &diagnostic), expected);
        ck_assert_int_eq(diagnostic.status, expected);
        ck_assert_msg(strstr(diagnostic.message, part), "'%s' does not contain '%s'",
                      diagnostic.message, part);
        for (int i = 0; i < graph->output_count; i++)
            ck_assert_ptr_null(outputs[i].data);
        arena_free(&arena);
    }
}

#endif
