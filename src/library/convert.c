/* libsnv2convert: the public face of convert_model. */
#include "snv2/convert.h"

#include "convert/convert.h"
#include "report/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct snv2_conversion {
    struct arena arena;
    struct convert_options options;
    struct convert_report report;
    struct snv2_conversion_report figures;
    char *json; /* malloc'ed */
};

static enum snv2_status set_shapes(const struct snv2_convert_options *from, struct arena *arena,
                                   struct onnx_options *onnx, struct snv2_diagnostic *diagnostic) {
    size_t count = (size_t)from->input_shape_count;
    struct input_shape *shapes = arena_alloc(arena, count, sizeof *shapes);
    if (!shapes)
        return diagnose_no_memory(diagnostic);
    for (size_t i = 0; i < count; i++) {
        const struct snv2_input_shape *shape = &from->input_shapes[i];
        if (shape->rank < 0 || shape->rank > MAX_RANK)
            return diagnose(diagnostic, SNV2_USAGE,
                            "a shape of %d dimensions: 0 to %d are possible", shape->rank,
                            MAX_RANK);
        shapes[i].name = shape->name;
        shapes[i].shape.rank = shape->rank;
        memcpy(shapes[i].shape.dims, shape->dims, sizeof shape->dims);
        if (!shape_is_valid(&shapes[i].shape))
            return diagnose(diagnostic, SNV2_USAGE, "a shape has negative or too many elements");
    }
    onnx->input_shapes = shapes;
    onnx->input_shape_count = from->input_shape_count;
    return SNV2_OK;
}

static enum snv2_status set_skipped(const struct snv2_convert_options *from, struct arena *arena,
                                    struct convert_options *options,
                                    struct snv2_diagnostic *diagnostic) {
    bool *skip = arena_alloc(arena, (size_t)pass_count, sizeof *skip);
    if (!skip)
        return diagnose_no_memory(diagnostic);
    for (int i = 0; i < from->skipped_pass_count; i++) {
        int pass = pass_find(from->skipped_passes[i]);
        if (pass < 0)
            return diagnose(diagnostic, SNV2_USAGE, "no pass is named '%s'",
                            shown(from->skipped_passes[i]).text);
        skip[pass] = true;
    }
    options->skip = skip;
    return SNV2_OK;
}

static enum snv2_status set_ports(const struct snv2_convert_options *from, struct arena *arena,
                                  struct port_options *ports, struct snv2_diagnostic *diagnostic) {
    struct frame_option *frames = arena_alloc(arena, (size_t)from->frame_count, sizeof *frames);
    struct function_option *functions =
        arena_alloc(arena, (size_t)from->function_count, sizeof *functions);
    enum snv2_status status = frames && functions ? SNV2_OK : diagnose_no_memory(diagnostic);
    for (int i = 0; i < from->frame_count && status == SNV2_OK; i++)
        status = parse_frame_option(from->frames[i], arena, &frames[i], diagnostic);
    for (int i = 0; i < from->function_count && status == SNV2_OK; i++)
        status = parse_function_option(from->functions[i], arena, &functions[i], diagnostic);
    *ports = (struct port_options){frames, from->frame_count, functions, from->function_count,
                                   from->labels};
    return status;
}

static enum snv2_status set_emission(const struct snv2_convert_options *from, struct arena *arena,
                                     struct convert_options *options,
                                     struct snv2_diagnostic *diagnostic) {
    struct emission *emission = arena_alloc(arena, 1, sizeof *emission);
    if (!emission)
        return diagnose_no_memory(diagnostic);
    *emission = (struct emission){find_emission_kind("onnx"), from->onnx};
    options->emissions = emission;
    options->emission_count = from->onnx || from->keep_onnx;
    return SNV2_OK;
}

static enum snv2_status set_options(const struct snv2_convert_options *from,
                                    struct snv2_conversion *conversion,
                                    struct snv2_diagnostic *diagnostic) {
    struct convert_options *options = &conversion->options;
    *options = (struct convert_options){
        .model = from->model ? from->model : "memory",
        .bytes = from->bytes,
        .size = from->size,
        .folder = from->folder,
        .output = from->output,
        .onnx = {.cuts = from->cuts,
                 .cut_count = from->cut_count,
                 .images = from->images,
                 .memory_budget = from->memory_budget},
        .passes = pass_list,
        .pass_count = pass_count,
        .log = from->log,
        .log_user = from->user,
        .verify = !from->no_verify,
        .random_weights = from->random_weights != 0,
        .data_folder = from->data_folder,
        .seed = from->seed ? from->seed : 1,
    };
    if (!from->model && !from->bytes)
        return diagnose(diagnostic, SNV2_USAGE, "neither a model nor its bytes are given");
    if (from->input_shape_count < 0 || from->skipped_pass_count < 0 || from->cut_count < 0 ||
        from->frame_count < 0 || from->function_count < 0)
        return diagnose(diagnostic, SNV2_USAGE, "a count is negative");
    if (from->images < 0 || from->images > SNV2_BLOB_MAX_IMAGES)
        return diagnose(diagnostic, SNV2_USAGE, "%d images: give 1 to %d", from->images,
                        SNV2_BLOB_MAX_IMAGES);
    if (from->output && from->onnx && strcmp(from->output, from->onnx) == 0)
        return diagnose(diagnostic, SNV2_USAGE, "two files cannot both be '%s'",
                        shown(from->onnx).text);
    enum snv2_status status = set_shapes(from, &conversion->arena, &options->onnx, diagnostic);
    if (status == SNV2_OK && from->weights)
        status = parse_half_type(from->weights, &options->halves, diagnostic);
    if (status == SNV2_OK)
        status = set_skipped(from, &conversion->arena, options, diagnostic);
    if (status == SNV2_OK)
        status = set_ports(from, &conversion->arena, &options->ports, diagnostic);
    return status == SNV2_OK ? set_emission(from, &conversion->arena, options, diagnostic) : status;
}

/* The worst of a check into the figures. */
static void add_check(struct snv2_conversion_report *figures, const struct check_report *check) {
    for (int i = 0; check->outputs && i < check->output_count; i++)
        if (check->outputs[i].relative_error > figures->worst_error)
            figures->worst_error = check->outputs[i].relative_error;
    figures->checked |= check->outputs != NULL;
}

static void set_figures(struct snv2_conversion *conversion, enum snv2_status status) {
    const struct convert_report *report = &conversion->report;
    struct snv2_conversion_report *figures = &conversion->figures;
    figures->nodes = report->before.nodes;
    figures->bytes_moved_before = report->before.bytes_moved;
    if (report->program) {
        figures->model_bytes = report->blob_bytes;
        figures->arena_bytes = report->program->arena_bytes;
        figures->commands = (int32_t)report->program->command_count;
        figures->multiply_adds = report->after.multiply_adds;
        figures->bytes_moved = report->after.bytes_moved;
    }
    add_check(figures, &report->seeded);
    add_check(figures, &report->data);
    add_check(figures, &report->random);
    add_check(figures, &report->loss);
    figures->checked = figures->checked && status == SNV2_OK;
}

enum snv2_status snv2_convert(const struct snv2_convert_options *options,
                              struct snv2_conversion **result, struct snv2_diagnostic *diagnostic) {
    struct snv2_diagnostic local = {.offset = -1};
    struct snv2_conversion *conversion = calloc(1, sizeof *conversion);
    *result = conversion;
    if (!conversion)
        return diagnose_no_memory(diagnostic);
    arena_init(&conversion->arena, UINT64_MAX);
    enum snv2_status status = set_options(options, conversion, &local);
    if (status == SNV2_OK)
        status =
            convert_model(&conversion->options, &conversion->arena, &conversion->report, &local);
    set_figures(conversion, status);
    local.status = status;
    conversion->json = report_json_text(&conversion->options, &conversion->report, &local);
    if (status != SNV2_OK) {
        conversion->report.blob = NULL;
        conversion->report.emitted = NULL;
    }
    if (diagnostic)
        *diagnostic = local;
    return status;
}

const void *snv2_conversion_model(const struct snv2_conversion *conversion, size_t *size) {
    if (size)
        *size = conversion->report.blob ? conversion->report.blob_bytes : 0;
    return conversion->report.blob;
}

const void *snv2_conversion_onnx(const struct snv2_conversion *conversion, size_t *size) {
    const struct emitted_file *file = conversion->report.emitted;
    if (size)
        *size = file ? file->size : 0;
    return file ? file->bytes : NULL;
}

const struct snv2_conversion_report *
snv2_conversion_report(const struct snv2_conversion *conversion) {
    return &conversion->figures;
}

const char *snv2_conversion_json(const struct snv2_conversion *conversion) {
    return conversion->json;
}

void snv2_conversion_free(struct snv2_conversion *conversion) {
    if (!conversion)
        return;
    arena_free(&conversion->arena);
    free(conversion->json);
    free(conversion);
}

const char *snv2_convert_version(void) {
    return PACKAGE_VERSION;
}
