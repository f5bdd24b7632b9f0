/* The back end against the interpreter; see backend_case.h. */
#include "tests/backend_case.h"

#include "tests/tap.h"

#include "base/random.h"
#include "emit/emit.h"
#include "interp/interp.h"
#include "ir/text.h"
#include "snv2/runtime.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BOUNDARY = 8 };

static struct arena arena;
static struct snv2_diagnostic diagnostic;

#define CHECK_OK(call) ck_assert_msg((call) == SNV2_OK, "%s\n%s", diagnostic.message, text)

void mark_all(struct program *program, uint32_t length, struct arena *arena) {
    program->mark_count = 0;
    program->marks = arena_alloc(arena, program->command_count, sizeof *program->marks);
    if (!program->marks)
        abort();
    for (uint32_t i = 0; i + length <= program->command_count; i += length) {
        bool pools = program->commands[i + 1].opcode == SNV2_OPCODE_GLOBAL_AVERAGE_POOL;
        program->marks[program->mark_count++] = (struct snv2_blob_mark){
            .kind = pools ? SNV2_MARK_TAIL : SNV2_MARK_UNIT, .first = i, .count = length};
    }
}

static const void *convert(const struct graph *graph, uint32_t mark_length, size_t *size,
                           const char *text) {
    struct program *program;
    const void *bytes;
    CHECK_OK(lower_graph(graph, &arena, &program, &diagnostic));
    if (mark_length > 0)
        mark_all(program, mark_length, &arena);
    CHECK_OK(plan_memory(program, &arena, &diagnostic));
    CHECK_OK(verify_plan(program, &arena, &diagnostic));
    CHECK_OK(emit_blob(program, NULL, 0, &arena, &bytes, size, &diagnostic));
    return bytes;
}

/* The graph's inputs: seeded floats, and the same as doubles. */
static void make_inputs(const struct graph *graph, float *inputs[], struct interp_tensor *wide) {
    for (int32_t i = 0; i < graph->input_count; i++) {
        const struct value *value = graph->inputs[i];
        size_t count = (size_t)shape_elements(&value->shape);
        double *doubles = arena_alloc(&arena, count, sizeof *doubles);
        inputs[i] = arena_alloc(&arena, count, sizeof **inputs);
        random_fill(inputs[i], (int64_t)count, (uint64_t)i + 100);
        for (size_t k = 0; k < count; k++)
            doubles[k] = inputs[i][k];
        wide[i] = (struct interp_tensor){value->dtype, value->shape, doubles};
    }
}

static double number_at(const struct interp_tensor *tensor, int64_t index) {
    return dtype_is_real(tensor->dtype) ? ((const double *)tensor->data)[index]
                                        : (double)((const int64_t *)tensor->data)[index];
}

static void check_output(const struct interp_tensor *expected, const float *found, int output,
                         double tolerance, const char *text) {
    double largest = 0;
    for (int64_t i = 0; i < shape_elements(&expected->shape); i++)
        largest = fmax(largest, fabs(number_at(expected, i)));
    for (int64_t i = 0; i < shape_elements(&expected->shape); i++)
        if (!(fabs(number_at(expected, i) - found[i]) <= tolerance * largest))
            ck_abort_msg("output %d[%d]: %g, not %g\n%s", output, (int)i, (double)found[i],
                         number_at(expected, i), text);
}

/* Memory for the outputs. */
static void make_outputs(const struct snv2_model *model, float *outputs[]) {
    for (int i = 0; i < snv2_output_count(model); i++) {
        outputs[i] = arena_alloc(&arena, snv2_output(model, i)->bytes, 1);
        ck_assert_ptr_nonnull(outputs[i]);
    }
}

static void run(const struct snv2_model *model, const struct snv2_context_options *options,
                float *inputs[], float *outputs[], const char *text) {
    struct snv2_context *context;
    CHECK_OK(snv2_context_new(model, options, &context, &diagnostic));
    for (int i = 0; i < snv2_output_count(model); i++)
        memset(outputs[i], 0xff, snv2_output(model, i)->bytes);
    CHECK_OK(snv2_run(context, (const void *const *)inputs, (void *const *)outputs));
    snv2_context_free(context);
}

/* Runs with all marks that can be units as such, on 1 to 4 threads: the same bits. */
static void check_units(const struct graph *graph, float *inputs[], float *expected[],
                        const char *text) {
    float *outputs[MAX_BOUNDARY];
    for (uint32_t length = 2; length <= 5; length++) {
        struct snv2_model *model;
        size_t size;
        const void *bytes = convert(graph, length, &size, text);
        CHECK_OK(snv2_open_memory(bytes, size, &model, &diagnostic));
        make_outputs(model, outputs);
        for (int threads = 1; threads <= 4; threads++) {
            run(model,
                &(struct snv2_context_options){.threads = threads, .fusion = SNV2_FUSE_EVERYWHERE},
                inputs, outputs, text);
            for (int i = 0; i < snv2_output_count(model); i++)
                ck_assert_msg(memcmp(outputs[i], expected[i], snv2_output(model, i)->bytes) == 0,
                              "output %d differs with marks of %d commands and %d threads\n%s", i,
                              (int)length, threads, text);
        }
        snv2_close(model);
    }
}

void check_backend(const char *text, double tolerance) {
    arena_init(&arena, UINT64_MAX);
    struct graph *graph;
    struct snv2_model *model;
    struct interp_tensor wide[MAX_BOUNDARY], expected[MAX_BOUNDARY];
    float *inputs[MAX_BOUNDARY], *outputs[MAX_BOUNDARY];
    size_t size;
    CHECK_OK(graph_read_text(text, &arena, &graph, &diagnostic));
    const void *bytes = convert(graph, 0, &size, text);
    make_inputs(graph, inputs, wide);
    CHECK_OK(interp_run(graph, PRECISION_FLOAT64, wide, expected, NULL, NULL, &diagnostic));
    CHECK_OK(snv2_open_memory(bytes, size, &model, &diagnostic));
    ck_assert_int_eq(snv2_output_count(model), graph->output_count);
    for (int32_t i = 0; i < graph->output_count; i++)
        ck_assert_str_eq(snv2_output(model, i)->name, graph->outputs[i]->name);
    make_outputs(model, outputs);
    run(model, NULL, inputs, outputs, text);
    for (int32_t i = 0; i < graph->output_count; i++) {
        check_output(&expected[i], outputs[i], i, tolerance, text);
        free(expected[i].data);
    }
    check_units(graph, inputs, outputs, text);
    snv2_close(model);
    arena_free(&arena);
}
