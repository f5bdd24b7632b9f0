/* The conversion of one model; see convert.h. */
#include "convert/convert.h"

#include "base/write_file.h"
#include "convert/data_shapes.h"
#include "convert/images.h"
#include "convert/random_weights.h"
#include "emit/emit.h"
#include "interp/interp.h"
#include "ir/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define CONVERTER_VERSION PACKAGE_VERSION

/* What the observer of the passes needs. */
struct watch {
    const struct convert_options *options;
    struct pass_check *check; /* NULL unless --check-passes */
};

/* A line for the caller's log. */
static void tell(const struct convert_options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void tell(const struct convert_options *options, const char *format, ...) {
    char line[1024], harmless[1024];
    if (!options->log)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    sanitize_text(harmless, sizeof harmless, line);
    options->log(options->log_user, harmless);
}

static enum snv2_status after_pass(void *user, const struct graph *graph, const struct pass *pass,
                                   int changes, struct snv2_diagnostic *diagnostic) {
    const struct watch *watch = user;
    const struct convert_options *options = watch->options;
    tell(options, "pass %s: %d changes", pass->name, changes);
    if (options->dump_letters && strchr(options->dump_letters, pass->letter)) {
        fprintf(options->dump, "# after %s: %d changes\n", pass->name, changes);
        enum snv2_status status =
            graph_write_text(graph, TEXT_CONSTANTS_SHORT, options->dump, diagnostic);
        if (status != SNV2_OK)
            return status;
    }
    return watch->check ? pass_check_graph(watch->check, graph, pass->name, diagnostic) : SNV2_OK;
}

/* Runs the passes on `graph`; `original` is what it was. */
static enum snv2_status run_passes(const struct convert_options *options,
                                   const struct graph *original, struct graph *graph,
                                   struct arena *arena, int *changes,
                                   struct snv2_diagnostic *diagnostic) {
    struct watch watch = {.options = options};
    enum snv2_status status = SNV2_OK;
    if (options->check_passes) {
        struct check_case *inputs;
        status = check_seeded_cases(original, options->seed, 1, arena, &inputs, diagnostic);
        if (status == SNV2_OK)
            status = pass_check_new(original, inputs, arena, &watch.check, diagnostic);
    }
    if (status == SNV2_OK)
        status = passes_run(graph, options->passes, options->pass_count, options->skip, after_pass,
                            &watch, changes, diagnostic);
    pass_check_free(watch.check);
    return status;
}

/* Names of the passes that ran, separated by commas. */
static const char *passes_applied(const struct convert_options *options, struct arena *arena) {
    const char *list = "";
    for (int i = 0; i < options->pass_count && list; i++)
        if (!options->skip || !options->skip[i])
            list = arena_printf(arena, "%s%s%s", list, *list ? "," : "", options->passes[i].name);
    return list;
}

static enum snv2_status emit(const struct convert_options *options, struct convert_report *report,
                             struct arena *arena, struct snv2_diagnostic *diagnostic) {
    bool rounded = report->rounding.dtype != DTYPE_NONE;
    const struct metadata_pair metadata[] = {
        {"converter", "snv2-convert " CONVERTER_VERSION},
        {"source_xxh3", arena_printf(arena, "%016" PRIx64, report->source.source_hash)},
        {"passes", passes_applied(options, arena)},
        {"multiply_adds", arena_printf(arena, "%" PRIu64, report->after.multiply_adds)},
        {"weights",
         rounded ? dtype_name(report->rounding.dtype) : ""}, /* the last: where they are rounded */
    };
    int count = (int)(sizeof metadata / sizeof *metadata) - !rounded;
    for (int i = 0; i < count; i++)
        if (!metadata[i].value)
            return diagnose_no_memory(diagnostic);
    return emit_blob(report->program, metadata, count, arena, &report->blob, &report->blob_bytes,
                     diagnostic);
}

/* Marks the images of the program, which was made of a graph for options->images; `more` is that
 * graph for one more. */
static enum snv2_status mark_program(const struct convert_options *options,
                                     const struct graph *more, enum dtype halves,
                                     struct program *program, struct arena *arena,
                                     struct snv2_diagnostic *diagnostic) {
    struct graph *graph = graph_clone(more, arena);
    struct program *other;
    if (!graph)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = passes_run(graph, options->passes, options->pass_count, options->skip,
                                         NULL, NULL, NULL, diagnostic);
    if (status == SNV2_OK)
        status = lower_graph_as(graph, halves, arena, &other, diagnostic);
    return status == SNV2_OK
               ? mark_images(program, other, (uint32_t)options->onnx.images, diagnostic)
               : status;
}

/* From the graph behind the passes to the blob's bytes. more: the original for one image more,
 * where a run may take fewer; else NULL. */
static enum snv2_status assemble(const struct convert_options *options,
                                 const struct graph *original, const struct graph *more,
                                 const struct graph *graph, enum dtype halves, struct arena *arena,
                                 struct convert_report *report,
                                 struct snv2_diagnostic *diagnostic) {
    struct arena scratch;
    struct program *program = NULL;
    arena_init(&scratch, UINT64_MAX);
    enum snv2_status status = lower_graph_as(graph, halves, arena, &program, diagnostic);
    if (status == SNV2_OK && more)
        status = mark_program(options, more, halves, program, arena, diagnostic);
    if (status == SNV2_OK)
        status = apply_labels(original, &options->ports, program, arena, diagnostic);
    if (status == SNV2_OK)
        status = plan_memory(program, &scratch, diagnostic);
    if (status == SNV2_OK)
        status = verify_plan(program, &scratch, diagnostic);
    if (status == SNV2_OK) {
        report->program = program;
        program_statistics(program, &report->after);
        status = emit(options, report, arena, diagnostic);
    }
    arena_free(&scratch);
    return status;
}

/* From a graph with inferred shapes to the blob's bytes. */
static enum snv2_status compile(const struct convert_options *options, const struct graph *original,
                                const struct graph *more, struct arena *arena,
                                struct convert_report *report, struct snv2_diagnostic *diagnostic) {
    struct graph *graph = graph_clone(original, arena);
    report->changes = arena_alloc(arena, (size_t)options->pass_count, sizeof *report->changes);
    enum snv2_status status = graph && report->changes ? SNV2_OK : diagnose_no_memory(diagnostic);
    if (status == SNV2_OK)
        status = run_passes(options, original, graph, arena, report->changes, diagnostic);
    report->graph = graph;
    return status == SNV2_OK
               ? assemble(options, original, more, graph, DTYPE_NONE, arena, report, diagnostic)
               : status;
}

/* What a failed check says: its worst output. */
static enum snv2_status check_verdict(const struct check_report *report, const char *inputs,
                                      struct snv2_diagnostic *diagnostic) {
    if (report->passed)
        return SNV2_OK;
    int failed = 0, count = 0;
    for (int i = report->output_count - 1; i >= 0; i--) {
        failed = report->outputs[i].passed ? failed : i;
        count += !report->outputs[i].passed;
    }
    const struct check_output *output = &report->outputs[failed];
    if (output->reference_error > report->reference_limit)
        return diagnose(diagnostic, SNV2_CHECK_FAILED,
                        "the check on %s failed for %d of %d outputs: '%s' is %.3g of its largest "
                        "value away from the stored output, over %g",
                        inputs, count, report->output_count, shown(output->name).text,
                        output->reference_error, report->reference_limit);
    return diagnose(diagnostic, SNV2_CHECK_FAILED,
                    "the check on %s failed for %d of %d outputs: '%s' is off by %.3g (RMS %.3g), "
                    "its limit is %.3g (RMS %.3g); --check-passes names the pass and node",
                    inputs, count, report->output_count, shown(output->name).text,
                    output->max_error, output->rms_error, output->max_limit, output->rms_limit);
}

/* The check on seeded inputs. */
static enum snv2_status check_seeded(const struct convert_options *options,
                                     const struct graph *original,
                                     const struct convert_report *converted, const char *inputs,
                                     struct arena *arena, struct check_report *report,
                                     struct snv2_diagnostic *diagnostic) {
    struct check_case *cases;
    enum snv2_status status =
        check_seeded_cases(original, options->seed, CHECK_SEEDS, arena, &cases, diagnostic);
    if (status == SNV2_OK)
        status = check_blob(original, converted->blob, converted->blob_bytes, cases, CHECK_SEEDS,
                            arena, report, diagnostic);
    return status == SNV2_OK ? check_verdict(report, inputs, diagnostic) : status;
}

/* The check on the user's stored inputs and outputs. */
static enum snv2_status check_data(const struct convert_options *options,
                                   const struct graph *original,
                                   const struct convert_report *converted, struct arena *arena,
                                   struct check_report *report,
                                   struct snv2_diagnostic *diagnostic) {
    struct check_case data;
    enum snv2_status status =
        check_data_case(original, options->data_folder, arena, &data, diagnostic);
    if (status == SNV2_OK)
        status = check_blob(original, converted->blob, converted->blob_bytes, &data, 1, arena,
                            report, diagnostic);
    return status == SNV2_OK ? check_verdict(report, options->data_folder, diagnostic) : status;
}

/* The whole conversion again with seeded weights in the original, for networks whose own weights
 * would hide an error (constant ones cannot show a wrong shuffle). */
static enum snv2_status check_random_weights(const struct convert_options *options,
                                             const struct graph *original, struct arena *arena,
                                             struct check_report *report,
                                             struct snv2_diagnostic *diagnostic) {
    struct convert_report other = {0};
    struct convert_options quiet = *options;
    quiet.dump_letters = NULL;
    quiet.log = NULL;
    struct graph *graph = graph_clone(original, arena);
    if (!graph)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = randomize_weights(graph, options->seed, diagnostic);
    if (status == SNV2_OK)
        status = compile(&quiet, graph, NULL, arena, &other, diagnostic);
    if (status == SNV2_OK)
        status = check_seeded(options, graph, &other, "random weights", arena, report, diagnostic);
    return status;
}

/* An ONNX file that was made is read as any other, converted, and checked against the original. */
static enum snv2_status check_onnx(const struct convert_options *options,
                                   const struct graph *original, const struct emitted_file *file,
                                   struct arena *arena, struct snv2_diagnostic *diagnostic) {
    struct convert_options quiet = *options;
    const struct onnx_options onnx = {.memory_budget = options->onnx.memory_budget};
    struct convert_report other = {0};
    struct check_report check;
    struct graph *graph;
    quiet.dump_letters = NULL;
    quiet.log = NULL;
    quiet.check_passes = false;
    quiet.ports.labels = NULL;
    enum snv2_status status = onnx_load_memory(file->bytes, file->size, NULL, &onnx, arena, &graph,
                                               &other.source, diagnostic);
    if (status == SNV2_OK)
        status = infer_graph(graph, diagnostic);
    if (status == SNV2_OK)
        status = compile(&quiet, graph, NULL, arena, &other, diagnostic);
    if (status == SNV2_OK)
        status = check_seeded(&quiet, original, &other, "the ONNX file", arena, &check, diagnostic);
    return status;
}

/* Says again why weights cannot be rounded, with the channels as the original numbers them. */
static enum snv2_status explain_rounding(const struct convert_options *options,
                                         const struct graph *original, struct arena *arena,
                                         struct snv2_diagnostic *diagnostic) {
    struct convert_options natural = *options;
    struct rounding rounding;
    int *changes = arena_alloc(arena, (size_t)options->pass_count, sizeof *changes);
    bool *skip = arena_alloc(arena, (size_t)options->pass_count, sizeof *skip);
    struct graph *graph = graph_clone(original, arena);
    if (!changes || !skip || !graph)
        return diagnose_no_memory(diagnostic);
    for (int i = 0; i < options->pass_count; i++)
        skip[i] = (options->skip && options->skip[i]) ||
                  strcmp(options->passes[i].name, "channel_order") == 0;
    natural.skip = skip;
    natural.check_passes = false;
    natural.dump_letters = NULL;
    natural.log = NULL;
    enum snv2_status status = run_passes(&natural, original, graph, arena, changes, diagnostic);
    return status == SNV2_OK ? round_weights(graph, options->halves, &rounding, diagnostic)
                             : status;
}

/* The model with weights of half the size takes the place of the one that has been checked. So what
 * rounding changes is told from what the conversion does: this one is checked against its own graph
 * with the rounded weights in it, and its distance from the original is reported. */
static enum snv2_status halve_weights(const struct convert_options *options,
                                      const struct graph *original, const struct graph *more,
                                      struct arena *arena, struct convert_report *report,
                                      struct snv2_diagnostic *diagnostic) {
    struct check_case *cases;
    struct graph *graph = graph_clone(report->graph, arena);
    if (!graph)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = round_weights(graph, options->halves, &report->rounding, diagnostic);
    if (status == SNV2_UNSUPPORTED)
        return explain_rounding(options, original, arena, diagnostic);
    report->graph = graph;
    if (status == SNV2_OK)
        status =
            assemble(options, original, more, graph, options->halves, arena, report, diagnostic);
    if (status != SNV2_OK || !options->verify)
        return status;
    status = check_seeded(options, graph, report, "rounded weights", arena, &report->rounded,
                          diagnostic);
    if (status == SNV2_OK)
        status = check_seeded_cases(original, options->seed, 1, arena, &cases, diagnostic);
    return status == SNV2_OK ? check_blob(original, report->blob, report->blob_bytes, cases, 1,
                                          arena, &report->loss, diagnostic)
                             : status;
}

/* Makes what --emit asks for; nothing is written yet. Files that know no halves have the rounded
 * weights as float32. */
static enum snv2_status make_files(const struct convert_options *options,
                                   const struct graph *original, struct arena *arena,
                                   const struct convert_report *report, struct emitted_file **files,
                                   struct snv2_diagnostic *diagnostic) {
    struct convert_report wide = *report;
    enum snv2_status status = SNV2_OK;
    if (options->halves && options->emission_count > 0)
        status =
            assemble(options, original, NULL, report->graph, DTYPE_NONE, arena, &wide, diagnostic);
    const struct emission_source source = {
        .model = options->model,
        .graph = report->graph,
        .program = wide.program,
        .blob = wide.blob,
        .blob_bytes = wide.blob_bytes,
        .freestanding = options->freestanding,
    };
    for (int i = 0; i < options->emission_count && status == SNV2_OK; i++) {
        const struct emission *emission = &options->emissions[i];
        struct emitted_file *made = NULL;
        status = emission->kind->make(&source, emission->path, arena, &made, diagnostic);
        if (status == SNV2_OK && emission->kind->is_onnx && options->verify)
            status = check_onnx(options, options->halves ? report->graph : original, made, arena,
                                diagnostic);
        while (*files)
            files = &(*files)->next;
        *files = made;
    }
    return status;
}

/* The file that must not be overwritten, or NULL. */
static const char *model_path(const struct convert_options *options) {
    return options->bytes ? NULL : options->model;
}

static enum snv2_status write_files(const struct convert_options *options,
                                    const struct emitted_file *files, struct convert_report *report,
                                    struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    if (options->output) {
        status = write_file(options->output, model_path(options), report->blob, report->blob_bytes,
                            diagnostic);
        report->written = status == SNV2_OK;
    }
    for (const struct emitted_file *file = files; file && status == SNV2_OK; file = file->next) {
        if (file->folder)
            status = make_folder(file->folder, diagnostic);
        if (file->path && status == SNV2_OK)
            status =
                write_file(file->path, model_path(options), file->bytes, file->size, diagnostic);
    }
    report->emitted = status == SNV2_OK ? files : NULL;
    return status;
}

static enum snv2_status check_all(const struct convert_options *options,
                                  const struct graph *original, struct arena *arena,
                                  struct convert_report *report,
                                  struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    if (options->verify)
        status = check_seeded(options, original, report, "seeded inputs", arena, &report->seeded,
                              diagnostic);
    if (status == SNV2_OK && options->data_folder)
        status = check_data(options, original, report, arena, &report->data, diagnostic);
    if (status == SNV2_OK && options->random_weights)
        status = check_random_weights(options, original, arena, &report->random, diagnostic);
    return status;
}

static enum snv2_status load(const struct convert_options *options, const struct onnx_options *onnx,
                             struct arena *arena, struct graph **graph, struct onnx_info *info,
                             struct snv2_diagnostic *diagnostic) {
    return options->bytes ? onnx_load_memory(options->bytes, options->size, options->folder, onnx,
                                             arena, graph, info, diagnostic)
                          : onnx_load_file(options->model, onnx, arena, graph, info, diagnostic);
}

/* Whether a graph input is of bytes in the native model too. */
static bool is_frame(const struct graph *graph, const struct value *input) {
    for (const struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_Preprocess && node->inputs[0] == input)
            return true;
    return false;
}

/* Says where the native model's inputs and outputs have another type than the original's. */
static void note_types(struct graph *graph) {
    for (int32_t i = 0; i < graph->input_count + graph->output_count; i++) {
        bool is_input = i < graph->input_count;
        const struct value *value =
            is_input ? graph->inputs[i] : graph->outputs[i - graph->input_count];
        if (value->dtype != DTYPE_FLOAT32 && !is_frame(graph, value))
            graph_note(graph, "%s '%s' is %s; the native model has these numbers as float32",
                       is_input ? "input" : "output", shown(value->name).text,
                       dtype_name(value->dtype));
    }
}

/* Says that quantized convolutions and products are there. */
static void note_quantized(struct graph *graph) {
    for (const struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_ConvInteger || node->op == OP_MatMulInteger ||
            node->op == OP_QLinearConv || node->op == OP_QLinearMatMul) {
            graph_note(graph,
                       "quantized layers ('%s' is the first) are computed exactly, as "
                       "integers; they are not yet fast",
                       shown(node->name).text);
            return;
        }
}

/* Infers a graph for options->images, two or more, and makes one for one more. */
static enum snv2_status infer_images(const struct convert_options *options, struct graph *original,
                                     struct arena *arena, struct graph **more,
                                     struct snv2_diagnostic *diagnostic) {
    uint32_t images = (uint32_t)options->onnx.images;
    *more = clone_for_images(original, images, images + 1, arena);
    if (!*more)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = infer_for_images(original, images, arena, diagnostic);
    if (status == SNV2_OK)
        status = infer_for_images(*more, images + 1, arena, diagnostic);
    return status == SNV2_OK ? apply_port_options(*more, &options->ports, diagnostic) : status;
}

static enum snv2_status convert(const struct convert_options *options, struct arena *arena,
                                struct convert_report *report, struct snv2_diagnostic *diagnostic) {
    struct graph *original, *more = NULL;
    struct emitted_file *files = NULL;
    struct onnx_options onnx = options->onnx;
    enum snv2_status status = SNV2_OK;
    onnx.output = options->output;
    onnx.infer = interp_infer_node;
    if (options->data_folder && options->ports.frame_count == 0) /* those have other shapes */
        status = add_data_shapes(&onnx, options->data_folder, arena, diagnostic);
    if (status == SNV2_OK)
        status = load(options, &onnx, arena, &original, &report->source, diagnostic);
    if (status != SNV2_OK)
        return status;
    status = options->onnx.images > 1 ? infer_images(options, original, arena, &more, diagnostic)
                                      : infer_graph(original, diagnostic);
    if (status == SNV2_OK)
        status = apply_port_options(original, &options->ports, diagnostic);
    note_types(original);
    note_quantized(original);
    report->notes = original->notes;
    for (const struct note *note = report->notes; note; note = note->next)
        tell(options, "note: %s", note->text);
    if (status == SNV2_OK)
        status = graph_statistics(original, arena, &report->before, diagnostic);
    if (status == SNV2_OK)
        status = compile(options, original, more, arena, report, diagnostic);
    if (status == SNV2_OK)
        status = check_all(options, original, arena, report, diagnostic);
    if (status == SNV2_OK && options->halves)
        status = halve_weights(options, original, more, arena, report, diagnostic);
    if (status == SNV2_OK)
        status = make_files(options, original, arena, report, &files, diagnostic);
    return status == SNV2_OK ? write_files(options, files, report, diagnostic) : status;
}

enum snv2_status convert_model(const struct convert_options *options, struct arena *arena,
                               struct convert_report *report, struct snv2_diagnostic *diagnostic) {
    *report = (struct convert_report){0};
    enum snv2_status status = convert(options, arena, report, diagnostic);
    if (status != SNV2_OK)
        diagnostic_set_file(diagnostic, options->model);
    return status;
}
