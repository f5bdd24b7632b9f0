/* The check of a conversion; see check.h. */
#include "check/check.h"

#include "check/compare.h"
#include "check/oracle.h"
#include "snv2/runtime.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One run of everything on one case: all arrays have an entry for each output. */
struct trial {
    struct interp_tensor *exact, *single; /* the original in float64 and float32 */
    void **actual;                        /* the blob's outputs: float */
};

struct checker {
    const struct graph *graph;
    const struct snv2_model *model;
    struct snv2_context *context;
    struct check_report *report;
    struct interp_tensor *first; /* the first case's exact outputs, for sensitivity */
};

/* The elements as the converted model reads them, bytes or float32; malloc'ed. */
static void *native_elements(const struct tensor *tensor, bool of_bytes) {
    int64_t count = shape_elements(&tensor->shape);
    if (of_bytes) {
        void *bytes = malloc((size_t)count + 1);
        return bytes ? memcpy(bytes, tensor->data, (size_t)count) : NULL;
    }
    float *elements = malloc(((size_t)count + 1) * sizeof *elements);
    for (int64_t i = 0; elements && i < count; i++)
        elements[i] = (float)tensor_real(tensor, i);
    return elements;
}

static enum snv2_status run_blob(struct checker *checker, const struct check_case *test,
                                 void **outputs, struct snv2_diagnostic *diagnostic) {
    const struct graph *graph = checker->graph;
    enum snv2_status status = SNV2_OK;
    void **inputs = calloc((size_t)graph->input_count + 1, sizeof *inputs);
    for (int i = 0; inputs && i < graph->input_count; i++) {
        bool of_bytes = snv2_input_frame(checker->model, i);
        if (!(inputs[i] = native_elements(&test->inputs[i], of_bytes)))
            status = SNV2_NO_MEMORY;
    }
    if (!inputs || status != SNV2_OK)
        status = diagnose_no_memory(diagnostic);
    else if (snv2_run(checker->context, (const void *const *)inputs, outputs) != SNV2_OK)
        status = diagnose(diagnostic, SNV2_INTERNAL, "the converted model failed to run");
    for (int i = 0; inputs && i < graph->input_count; i++)
        free(inputs[i]);
    free(inputs);
    return status;
}

/* An integer as a converted model gives it: NaN where no float32 holds it. */
static double carried_integer(enum dtype dtype, int64_t integer) {
    if (!float_holds_integer(dtype, integer))
        return NAN;
    return dtype_is_unsigned(dtype) ? (double)(uint64_t)integer : (double)integer;
}

/* The largest difference from the references, relative to the largest of them. */
static double reference_error(const float *actual, const struct tensor *reference) {
    double largest = 0, error = 0;
    int64_t count = shape_elements(&reference->shape);
    bool is_real = dtype_is_real(reference->dtype);
    for (int64_t i = 0; i < count; i++) {
        double wanted = is_real ? tensor_real(reference, i)
                                : carried_integer(reference->dtype, tensor_int(reference, i));
        double difference = fabs(actual[i] - wanted);
        if (isnan(difference))
            difference = isnan(actual[i]) == isnan(wanted) ? 0 : INFINITY;
        error = fmax(error, difference);
        if (isfinite(wanted))
            largest = fmax(largest, fabs(wanted));
    }
    return error == 0 ? 0 : error / largest;
}

/* How near to its limit a result is, for finding the worst case; NaN-free. */
static double severity(const struct check_output *output) {
    double max = output->max_error > 0 ? output->max_error / output->max_limit : 0;
    double rms = output->rms_error > 0 ? output->rms_error / output->rms_limit : 0;
    return fmax(max, rms);
}

static double limit(double single_error, double largest) {
    return CHECK_ERROR_FACTOR * single_error + CHECK_EPSILONS * ldexp(largest, -24);
}

/* What rounding an output to its own type adds: half a last place of the largest one, or of the
 * smallest that there is. */
static double rounding(enum dtype dtype, double largest) {
    return dtype == DTYPE_FLOAT16    ? fmax(ldexp(largest, -11), 0x1p-25)
           : dtype == DTYPE_BFLOAT16 ? ldexp(largest, -8)
                                     : 0;
}

/* Where results are whole numbers or bool: of the share of elements that differ. */
static double discrete_limit(const struct distance *single) {
    return CHECK_ERROR_FACTOR * single->different + CHECK_DISCRETE_SHARE;
}

static void judge(struct checker *checker, const struct trial *trial, const struct check_case *test,
                  int number, bool first_case) {
    const double *exact = trial->exact[number].data;
    const float *actual = trial->actual[number];
    int64_t count = shape_elements(&trial->exact[number].shape);
    struct distance error = distance_float(actual, exact, count);
    struct distance e32 = distance_float(trial->single[number].data, exact, count);
    enum dtype dtype = trial->exact[number].dtype;
    bool is_real = dtype_is_real(dtype);
    double rounded = rounding(dtype, error.largest);

    struct check_output now = {
        .name = checker->graph->outputs[number]->name,
        .max_error = is_real ? error.max : error.different,
        .rms_error = is_real ? error.rms : error.different,
        .max_limit = is_real ? limit(e32.max, error.largest) + rounded : discrete_limit(&e32),
        .rms_limit = is_real ? limit(e32.rms, error.largest) + rounded : discrete_limit(&e32),
        .relative_error = error.max > 0 ? error.max / error.largest : 0,
        .snr = distance_snr(&error, count),
        .cosine = distance_cosine(&error),
        .reference_error =
            test->references ? reference_error(actual, &test->references[number]) : NAN,
    };
    now.passed = now.max_error <= now.max_limit && now.rms_error <= now.rms_limit &&
                 !(now.reference_error > checker->report->reference_limit); /* NaN: none */
    struct check_output *worst = &checker->report->outputs[number];
    bool passed = first_case || worst->passed, sensitive = worst->sensitive;
    double reference = first_case ? NAN : worst->reference_error;
    if (!first_case) {
        struct distance change = distance_double(exact, checker->first[number].data, count);
        sensitive = sensitive || (is_real ? change.max : change.different) > now.max_limit;
    }
    if (first_case || severity(&now) > severity(worst))
        *worst = now;
    worst->passed = passed && now.passed;
    worst->sensitive = sensitive;
    worst->reference_error = fmax(reference, now.reference_error); /* the one that is not NaN */
}

/* Turns integer elements into double or float ones, in place. As in a converted model, one that no
 * float32 holds is NaN. */
static void make_real(struct interp_tensor *tensor, enum precision precision) {
    int64_t count = shape_elements(&tensor->shape);
    const int64_t *integers = tensor->data;
    for (int64_t i = 0; !dtype_is_real(tensor->dtype) && i < count; i++) {
        double element = carried_integer(tensor->dtype, integers[i]);
        float single = (float)element;
        if (precision == PRECISION_FLOAT64)
            memcpy((double *)tensor->data + i, &element, sizeof element);
        else
            memcpy((float *)tensor->data + i, &single, sizeof single);
    }
}

static enum snv2_status run_case(struct checker *checker, const struct check_case *test,
                                 struct trial *trial, struct snv2_diagnostic *diagnostic) {
    const struct graph *graph = checker->graph;
    enum snv2_status status =
        oracle_run(graph, PRECISION_FLOAT64, test, trial->exact, NULL, NULL, diagnostic);
    if (status == SNV2_OK)
        status = oracle_run(graph, PRECISION_FLOAT32, test, trial->single, NULL, NULL, diagnostic);
    for (int i = 0; i < graph->output_count && status == SNV2_OK; i++) {
        make_real(&trial->exact[i], PRECISION_FLOAT64);
        make_real(&trial->single[i], PRECISION_FLOAT32);
        trial->actual[i] =
            malloc((size_t)shape_elements(&graph->outputs[i]->shape) * sizeof(float));
        if (!trial->actual[i])
            status = diagnose_no_memory(diagnostic);
    }
    if (status == SNV2_OK)
        status = run_blob(checker, test, trial->actual, diagnostic);
    return status;
}

static void free_trial(struct trial *trial, int count) {
    oracle_free(trial->exact, count);
    oracle_free(trial->single, count);
    for (int i = 0; trial->actual && i < count; i++)
        free(trial->actual[i]);
    free(trial->exact);
    free(trial->single);
    free(trial->actual);
}

static enum snv2_status check_case(struct checker *checker, const struct check_case *test,
                                   bool first_case, struct snv2_diagnostic *diagnostic) {
    int count = checker->graph->output_count;
    size_t entries = (size_t)count + 1;
    struct trial trial = {
        .exact = calloc(entries, sizeof *trial.exact),
        .single = calloc(entries, sizeof *trial.single),
        .actual = calloc(entries, sizeof *trial.actual),
    };
    enum snv2_status status = trial.exact && trial.single && trial.actual
                                  ? run_case(checker, test, &trial, diagnostic)
                                  : diagnose_no_memory(diagnostic);
    for (int i = 0; i < count && status == SNV2_OK; i++)
        judge(checker, &trial, test, i, first_case);
    if (first_case && status == SNV2_OK) {
        checker->first = trial.exact;
        trial.exact = NULL;
    }
    free_trial(&trial, count);
    return status;
}

static enum snv2_status check_cases(struct checker *checker, const struct check_case *cases,
                                    int case_count, struct snv2_diagnostic *diagnostic) {
    struct check_report *report = checker->report;
    for (int k = 0; k < case_count; k++) {
        enum snv2_status status = check_case(checker, &cases[k], k == 0, diagnostic);
        if (status != SNV2_OK)
            return status;
    }
    report->passed = true;
    for (int i = 0; i < report->output_count; i++) {
        report->outputs[i].sensitive |= case_count == 1;
        report->passed &= report->outputs[i].passed;
    }
    return SNV2_OK;
}

static double reference_limit(const struct graph *graph) {
    for (const struct node *node = graph->first; node; node = node->next)
        if (node->op != OP_Cast &&
            (node->outputs[0]->dtype == DTYPE_FLOAT16 || node->outputs[0]->dtype == DTYPE_BFLOAT16))
            return CHECK_HALF_REFERENCE_LIMIT;
    return CHECK_REFERENCE_LIMIT;
}

enum snv2_status check_blob(const struct graph *original, const void *blob, size_t blob_bytes,
                            const struct check_case *cases, int case_count, struct arena *arena,
                            struct check_report *report, struct snv2_diagnostic *diagnostic) {
    *report = (struct check_report){
        .case_count = case_count,
        .output_count = original->output_count,
        .reference_limit = reference_limit(original),
    };
    report->outputs = arena_alloc(arena, (size_t)original->output_count, sizeof *report->outputs);
    if (!report->outputs)
        return diagnose_no_memory(diagnostic);
    struct checker checker = {.graph = original, .report = report};
    struct snv2_model *model = NULL;
    enum snv2_status status = snv2_open_memory(blob, blob_bytes, &model, diagnostic);
    if (status == SNV2_OK)
        status = snv2_context_new(model, NULL, &checker.context, diagnostic);
    checker.model = model;
    if (status == SNV2_OK)
        status = check_cases(&checker, cases, case_count, diagnostic);
    oracle_free(checker.first, original->output_count);
    free(checker.first);
    snv2_context_free(checker.context);
    snv2_close(model);
    if (status != SNV2_OK)
        *report = (struct check_report){0};
    return status;
}
