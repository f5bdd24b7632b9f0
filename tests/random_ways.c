/* Every way of converting a graph; see random_ways.h. */
#include "tests/random_ways.h"

#include "tests/backend_case.h"
#include "tests/every_way.h"
#include "tests/random_c.h"
#include "tests/random_samples.h"

#include "check/check.h"
#include "convert/half_weights.h"
#include "emit/emit.h"
#include "interp/interp.h"
#include "ir/order.h"
#include "onnx/onnx.h"
#include "passes/pass.h"
#include "snv2/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many times the noise an output may be off, where it is over the check's limit. */
enum { NOISE_FACTOR = 8 };

struct trial {
    const struct graph *original;
    const struct graph *reference; /* what the result is checked against: mostly the original */
    bool is_same;                  /* as the original with all passes: not checked */
    const struct samples *samples;
    const struct check_case *inputs;
    uint64_t seed;
    int way;
    struct arena *arena;
    int changes[WAY_COUNT - WAY_WITHOUT]; /* by pass, of this way */
    struct way_counts *counts;
    struct disagreement *found;
};

static const struct {
    const char *name;
    bool has_bits; /* compared in every way of running it */
    enum dtype halves;
} ways[WAY_WITHOUT] = {
    [WAY_ALL] = {"with all passes", true, DTYPE_NONE},
    [WAY_MARKED] = {"with all commands marked", true, DTYPE_NONE},
    [WAY_NONE] = {"without passes", false, DTYPE_NONE},
    [WAY_SPELLED] = {"with spell_out alone", false, DTYPE_NONE},
    [WAY_READ] = {"by way of ONNX", false, DTYPE_NONE},
    [WAY_EMITTED] = {"by way of the emitted ONNX", false, DTYPE_NONE},
    [WAY_F16] = {"with weights of float16", true, DTYPE_FLOAT16},
    [WAY_BF16] = {"with weights of bfloat16", true, DTYPE_BFLOAT16},
    [WAY_C] = {"as C", true, DTYPE_NONE},
};

const char *way_name(int way, char name[64]) {
    snprintf(name, 64, "%s%s", way < WAY_WITHOUT ? ways[way].name : "without ",
             way < WAY_WITHOUT ? "" : pass_list[way - WAY_WITHOUT].name);
    return name;
}

static void disagree(struct trial *trial, const char *what, const char *why) {
    trial->found->way = trial->way;
    snprintf(trial->found->text, sizeof trial->found->text, "%.64s: %.400s", what, why);
}

/* ---- conversions ---- */

static bool is_skipped(int way, int pass) {
    static const char *const spelling[] = {"widen_half", "fold_constants", "spell_out"};
    if (way == WAY_SPELLED) {
        for (size_t i = 0; i < sizeof spelling / sizeof *spelling; i++)
            if (pass == pass_find(spelling[i]))
                return false;
        return true;
    }
    return way == WAY_NONE || way == WAY_WITHOUT + pass;
}

static enum snv2_status run_passes(struct trial *trial, struct graph *graph,
                                   struct snv2_diagnostic *diagnostic) {
    bool skip[WAY_COUNT - WAY_WITHOUT];
    for (int i = 0; i < pass_count; i++)
        skip[i] = is_skipped(trial->way, i);
    return passes_run(graph, pass_list, pass_count, skip, NULL, NULL, trial->changes, diagnostic);
}

/* What an ONNX file of the graph is read as. */
static enum snv2_status read_back(struct trial *trial, struct graph **graph,
                                  struct snv2_diagnostic *diagnostic) {
    const struct onnx_options options = {.memory_budget = 0};
    struct onnx_info info;
    const void *bytes;
    size_t size;
    enum snv2_status status = onnx_export(*graph, trial->arena, &bytes, &size, diagnostic);
    if (status == SNV2_OK)
        status =
            onnx_load_memory(bytes, size, NULL, &options, trial->arena, graph, &info, diagnostic);
    return status == SNV2_OK ? infer_graph(*graph, diagnostic) : status;
}

static void count_operators(struct trial *trial, const struct graph *graph) {
    int32_t count;
    struct node **order = graph_canonical_order(graph, trial->arena, &count);
    for (int32_t i = 0; order && i < count; i++)
        trial->counts->operators[order[i]->op]++;
}

static enum dtype halves_of(int way) {
    return way < WAY_WITHOUT ? ways[way].halves : DTYPE_NONE;
}

static enum snv2_status compile(struct trial *trial, const struct graph *graph, const void **bytes,
                                size_t *size, struct snv2_diagnostic *diagnostic) {
    struct program *program;
    enum snv2_status status =
        lower_graph_as(graph, halves_of(trial->way), trial->arena, &program, diagnostic);
    if (status != SNV2_OK)
        return status;
    count_operators(trial, graph);
    if (trial->way == WAY_MARKED)
        mark_all(program, 2 + (uint32_t)(trial->seed % 4), trial->arena);
    status = plan_memory(program, trial->arena, diagnostic);
    if (status == SNV2_OK)
        status = verify_plan(program, trial->arena, diagnostic);
    return status == SNV2_OK ? emit_blob(program, NULL, 0, trial->arena, bytes, size, diagnostic)
                             : status;
}

static enum snv2_status convert(struct trial *trial, const void **bytes, size_t *size,
                                struct snv2_diagnostic *diagnostic) {
    struct graph *graph = graph_clone(trial->original, trial->arena);
    if (!graph)
        abort();
    enum snv2_status status = SNV2_OK;
    if (trial->way == WAY_READ)
        status = read_back(trial, &graph, diagnostic);
    if (status == SNV2_OK)
        status = run_passes(trial, graph, diagnostic);
    if (status == SNV2_OK && trial->way == WAY_EMITTED) {
        status = read_back(trial, &graph, diagnostic);
        if (status == SNV2_OK)
            status = run_passes(trial, graph, diagnostic);
    }
    if (status == SNV2_OK && halves_of(trial->way) != DTYPE_NONE) {
        struct rounding rounding;
        status = round_weights(graph, halves_of(trial->way), &rounding, diagnostic);
        trial->reference = graph;
        trial->is_same = rounding.count == 0;
    }
    return status == SNV2_OK ? compile(trial, graph, bytes, size, diagnostic) : status;
}

/* ---- checks ---- */

static void check_outputs(struct trial *trial, const void *bytes, size_t size) {
    struct snv2_diagnostic diagnostic;
    struct check_report report;
    if (check_blob(trial->reference, bytes, size, trial->inputs, 1, trial->arena, &report,
                   &diagnostic) != SNV2_OK) {
        disagree(trial, "check", diagnostic.message);
        return;
    }
    for (int i = 0; i < report.output_count && !*trial->found->text; i++) {
        const struct check_output *output = &report.outputs[i];
        double noise = samples_noise(trial->samples, trial->original->outputs[i]);
        char text[256];
        if (output->passed)
            continue;
        if (output->max_error <= NOISE_FACTOR * noise) {
            trial->counts->roundings++;
            continue;
        }
        snprintf(text, sizeof text, "'%.64s' is off by %g, the limit is %g, noise %g", output->name,
                 output->max_error, output->max_limit, noise);
        disagree(trial, "output", text);
    }
}

/* The trial's inputs as a run takes them. */
static const void *const *native_inputs(struct trial *trial, const struct snv2_model *model) {
    int count = snv2_input_count(model);
    const void **inputs = arena_alloc(trial->arena, (size_t)count + 1, sizeof *inputs);
    for (int i = 0; i < count && inputs; i++) {
        const struct tensor *tensor = &trial->inputs->inputs[i];
        int64_t elements = shape_elements(&tensor->shape);
        float *numbers = arena_alloc(trial->arena, (size_t)elements + 1, sizeof *numbers);
        if (!numbers)
            abort();
        for (int64_t k = 0; k < elements; k++)
            numbers[k] = (float)tensor_real(tensor, k);
        inputs[i] = snv2_input_frame(model, i) ? tensor->data : numbers;
    }
    return inputs;
}

static void refuse(struct trial *trial, const char *message) {
    trial->counts->refused[trial->way]++;
    if (trial->way == WAY_ALL || trial->way == WAY_C)
        snprintf(trial->counts->refusal, sizeof trial->counts->refusal, "%.250s", message);
}

static void check_c(struct trial *trial, const struct snv2_model *model, const void *bytes,
                    size_t size) {
    const char *compiler = getenv("SNV2_RANDOM_CC");
    char text[RANDOM_C_TEXT];
    enum snv2_status status = check_as_c(compiler ? compiler : "cc", model, bytes, size,
                                         native_inputs(trial, model), trial->arena, text);
    if (status == SNV2_UNSUPPORTED)
        refuse(trial, text);
    else if (status != SNV2_OK)
        disagree(trial, "C", text);
}

static void check_bits(struct trial *trial, const void *bytes, size_t size) {
    struct snv2_diagnostic diagnostic;
    struct snv2_model *model;
    char text[EVERY_WAY_TEXT];
    int way_count;
    if (snv2_open_memory(bytes, size, &model, &diagnostic) != SNV2_OK)
        disagree(trial, "opening", diagnostic.message);
    else if (trial->way == WAY_C)
        check_c(trial, model, bytes, size);
    else if (run_every_way(model, native_inputs(trial, model), &way_count, text) != 0)
        disagree(trial, "bits", text);
    snv2_close(model);
}

static void check_way(struct trial *trial, int way) {
    struct snv2_diagnostic diagnostic = {.status = SNV2_OK};
    const void *bytes;
    size_t size;
    trial->way = way;
    trial->counts->tried[way]++;
    enum snv2_status status = convert(trial, &bytes, &size, &diagnostic);
    if (status == SNV2_UNSUPPORTED) {
        refuse(trial, diagnostic.message);
    } else if (status != SNV2_OK) {
        disagree(trial, "conversion", diagnostic.message);
    } else if (!trial->is_same) {
        check_outputs(trial, bytes, size);
        if (way < WAY_WITHOUT && ways[way].has_bits && !*trial->found->text)
            check_bits(trial, bytes, size);
    }
}

void check_ways(const struct graph *graph, uint64_t seed, int way, struct way_counts *counts,
                struct disagreement *found) {
    struct arena arena;
    struct samples samples = {0};
    struct snv2_diagnostic diagnostic;
    struct check_case *inputs;
    int changes[WAY_COUNT - WAY_WITHOUT] = {0};
    *found = (struct disagreement){.way = WAY_ALL};
    arena_init(&arena, UINT64_MAX);
    samples_start(&samples, graph, seed);
    if (check_seeded_cases(graph, seed, 1, &arena, &inputs, &diagnostic) != SNV2_OK ||
        !samples_add_graph(&samples, graph))
        snprintf(found->text, sizeof found->text, "the oracle does not run");
    for (int w = way == WAY_EVERY ? 0 : way;
         w < (way == WAY_EVERY ? WAY_WITHOUT + pass_count : way + 1) && !*found->text; w++) {
        struct arena scratch;
        struct trial trial = {.original = graph,
                              .reference = graph,
                              .samples = &samples,
                              .inputs = inputs,
                              .seed = seed,
                              .way = w,
                              .arena = &scratch,
                              .counts = counts,
                              .found = found};
        if (way == WAY_EVERY && (w == WAY_C || (w >= WAY_WITHOUT && changes[w - WAY_WITHOUT] == 0)))
            continue; /* WAY_WITHOUT: the same as with the pass */
        arena_init(&scratch, UINT64_MAX);
        check_way(&trial, w);
        arena_free(&scratch);
        if (w == WAY_ALL)
            memcpy(changes, trial.changes, sizeof changes);
    }
    samples_free(&samples);
    arena_free(&arena);
}
