/* The check of a conversion: does the blob compute what the original graph does?
 *
 * The original runs in float64 (y64) and in float32, the blob in the runtime, on the same inputs.
 * With E32 = |y32 - y64|, an output passes where the blob's error |y - y64| is at most
 *
 *     CHECK_ERROR_FACTOR * E32 + CHECK_EPSILONS * 2^-24 * max|y64|
 *
 * in maximum and in RMS (E32 in the same norm). Of an output of whole numbers or bool, which a
 * rounding may turn over (ArgMax, comparisons), the share of elements that differ is at most
 * CHECK_ERROR_FACTOR times that of float32, plus CHECK_DISCRETE_SHARE. Both NaN, or the same
 * infinity, is no error; one alone is an infinite one. */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "ir/graph.h"

enum { CHECK_ERROR_FACTOR = 4, CHECK_EPSILONS = 16, CHECK_SEEDS = 3 };

#define CHECK_DISCRETE_SHARE 1e-3

/* The largest difference from stored reference outputs that passes, relative to the largest
 * reference value. */
#define CHECK_REFERENCE_LIMIT 1e-3
/* The same where the original computes in half precision, which other programs round to at every
 * node. */
#define CHECK_HALF_REFERENCE_LIMIT 1e-2

/* One set of inputs, and what another program says the outputs are. */
struct check_case {
    struct tensor *inputs;           /* one for each graph input, of its type and shape */
    const struct tensor *references; /* one for each graph output, or NULL */
};

/* `count` cases of seeded uniform inputs in [-1, 1), or of small integers, indices in their range;
 * in `arena`. */
enum snv2_status check_seeded_cases(const struct graph *graph, uint64_t seed, int count,
                                    struct arena *arena, struct check_case **cases,
                                    struct snv2_diagnostic *diagnostic);

/* The case of a folder of the ONNX backend tests: input_K.pb and output_K.pb. SNV2_NO_INPUT where
 * one is missing, SNV2_BAD_MODEL where a tensor does not fit the graph. */
enum snv2_status check_data_case(const struct graph *graph, const char *folder, struct arena *arena,
                                 struct check_case *result, struct snv2_diagnostic *diagnostic);

/* What was found about one output: the figures of its worst case. */
struct check_output {
    const char *name;
    double max_error, rms_error; /* against y64 */
    double max_limit, rms_limit;
    double relative_error;  /* max_error / max|y64| */
    double snr;             /* dB; INFINITY where there is no error */
    double cosine;          /* of the angle to y64 */
    double reference_error; /* max|y - reference| / max|reference|; NAN without references */
    bool sensitive;         /* changed more than its limit from case to case (or one case only) */
    bool passed;
};

struct check_report {
    int case_count;
    int output_count;
    struct check_output *outputs; /* in `arena` */
    bool passed;                  /* all of them */
    double reference_limit;       /* of reference_error */
};

/* Runs the check. `blob` is 64-aligned. SNV2_OK says that it could be made, report->passed how it
 * went. */
enum snv2_status check_blob(const struct graph *original, const void *blob, size_t blob_bytes,
                            const struct check_case *cases, int case_count, struct arena *arena,
                            struct check_report *report, struct snv2_diagnostic *diagnostic);

/* Watches a graph through its passes (--check-passes): after each, compares every value that kept
 * its name with the original's, on one case, in float64. */
struct pass_check;

/* `original` must not change while the check lives. In `arena`; freed by pass_check_free. */
enum snv2_status pass_check_new(const struct graph *original, const struct check_case *inputs,
                                struct arena *arena, struct pass_check **check,
                                struct snv2_diagnostic *diagnostic);

/* SNV2_CHECK_FAILED, naming the pass and the first node that differs, or SNV2_OK. */
enum snv2_status pass_check_graph(struct pass_check *check, const struct graph *graph,
                                  const char *pass, struct snv2_diagnostic *diagnostic);
void pass_check_free(struct pass_check *check);

#endif
