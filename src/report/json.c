/* The report of a conversion for programs; see json.h. */
#include "report/json.h"

#include "base/write_file.h"
#include "report/json_writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void add_failure(struct json_writer *writer, cJSON *root,
                        const struct snv2_diagnostic *failure) {
    if (failure->status == SNV2_OK) {
        json_add(writer, root, "error", cJSON_CreateNull());
        return;
    }
    cJSON *error = json_add_object(writer, root, "error");
    json_add_text(writer, error, "message", failure->message);
    json_add_text(writer, error, "file", failure->file);
    json_add_text(writer, error, "node", failure->node);
    json_add_text(writer, error, "operator", failure->op);
    if (failure->offset >= 0)
        json_add_integer(writer, error, "offset", failure->offset);
    else
        json_add(writer, error, "offset", cJSON_CreateNull());
}

static void add_source(struct json_writer *writer, cJSON *root, const struct onnx_info *info) {
    char hash[24];
    snprintf(hash, sizeof hash, "%016" PRIx64, info->source_hash);
    cJSON *source = json_add_object(writer, root, "source");
    json_add_integer(writer, source, "ir_version", info->ir_version);
    json_add_integer(writer, source, "opset", info->opset);
    json_add_text(writer, source, "producer", info->producer);
    json_add_integer(writer, source, "bytes", (int64_t)info->file_bytes);
    json_add_text(writer, source, "xxh3", hash);
}

static void add_notes(struct json_writer *writer, cJSON *root, const struct note *notes) {
    cJSON *list = json_add_array(writer, root, "notes");
    for (const struct note *note = notes; note; note = note->next)
        json_add_text(writer, list, NULL, note->text);
}

static void add_passes(struct json_writer *writer, cJSON *root,
                       const struct convert_options *options, const int *changes) {
    cJSON *list = json_add_array(writer, root, "passes");
    for (int i = 0; i < options->pass_count && changes; i++) {
        cJSON *pass = json_add_object(writer, list, NULL);
        json_add_text(writer, pass, "name", options->passes[i].name);
        json_add_bool(writer, pass, "skipped", options->skip && options->skip[i]);
        json_add_integer(writer, pass, "changes", changes[i]);
    }
}

static void add_statistics(struct json_writer *writer, cJSON *root, const char *key,
                           const struct statistics *statistics) {
    cJSON *object = json_add_object(writer, root, key);
    json_add_integer(writer, object, "nodes", statistics->nodes);
    json_add_integer(writer, object, "multiply_adds", (int64_t)statistics->multiply_adds);
    json_add_integer(writer, object, "parameters", (int64_t)statistics->parameters);
    json_add_integer(writer, object, "bytes_moved", (int64_t)statistics->bytes_moved);
    cJSON *operators = json_add_object(writer, object, "operators");
    for (int op = 0; op < OP_COUNT; op++)
        if (statistics->operators[op])
            json_add_integer(writer, operators, op_infos[op].name, statistics->operators[op]);
}

static void add_residues(struct json_writer *writer, cJSON *root, const char *key,
                         const struct program *program, bool boundary) {
    cJSON *list = json_add_array(writer, root, key);
    for (uint32_t i = 0; i < program->residue_count; i++) {
        const struct residue *residue = &program->residues[i];
        if (residue->boundary != boundary)
            continue;
        cJSON *object = json_add_object(writer, list, NULL);
        json_add_text(writer, object, "at", residue->node);
        json_add_integer(writer, object, "bytes", (int64_t)residue->bytes);
        json_add_text(writer, object, "reason", residue->reason);
    }
}

static void add_program(struct json_writer *writer, cJSON *root,
                        const struct convert_report *report) {
    const struct program *program = report->program;
    cJSON *object = json_add_object(writer, root, "program");
    json_add_integer(writer, object, "blob_bytes", (int64_t)report->blob_bytes);
    json_add_integer(writer, object, "arena_bytes", (int64_t)program->arena_bytes);
    json_add_integer(writer, object, "weights_bytes", (int64_t)program->weights_bytes);
    json_add_integer(writer, object, "units", program_marks(program, SNV2_MARK_UNIT));
    json_add_integer(writer, object, "stage_openings", program_marks(program, SNV2_MARK_OPENING));
    json_add_integer(writer, object, "stems", program_marks(program, SNV2_MARK_STEM));
    json_add_integer(writer, object, "tails", program_marks(program, SNV2_MARK_TAIL));
    add_residues(writer, object, "copies", program, false);
    add_residues(writer, object, "boundary_conversions", program, true);
}

/* How far an output is from what it should be. */
static void add_errors(struct json_writer *writer, cJSON *item, const struct check_output *output) {
    json_add_real(writer, item, "max_error", output->max_error);
    json_add_real(writer, item, "rms_error", output->rms_error);
    json_add_real(writer, item, "relative_error", output->relative_error);
    json_add_real(writer, item, "snr_db", output->snr);
    json_add_real(writer, item, "cosine", output->cosine);
}

/* A check that was not made is left out. */
static void add_check(struct json_writer *writer, cJSON *list, const char *inputs,
                      const struct check_report *check) {
    if (!check->outputs)
        return;
    cJSON *object = json_add_object(writer, list, NULL);
    json_add_text(writer, object, "inputs", inputs);
    json_add_integer(writer, object, "cases", check->case_count);
    json_add_bool(writer, object, "passed", check->passed);
    cJSON *outputs = json_add_array(writer, object, "outputs");
    for (int i = 0; i < check->output_count; i++) {
        const struct check_output *output = &check->outputs[i];
        cJSON *item = json_add_object(writer, outputs, NULL);
        json_add_text(writer, item, "name", output->name);
        json_add_bool(writer, item, "passed", output->passed);
        json_add_bool(writer, item, "sensitive", output->sensitive);
        add_errors(writer, item, output);
        json_add_real(writer, item, "max_limit", output->max_limit);
        json_add_real(writer, item, "rms_limit", output->rms_limit);
        json_add_real(writer, item, "reference_error", output->reference_error);
    }
}

/* Where weights have half the size: what that costs, by output. */
static void add_rounding(struct json_writer *writer, cJSON *root,
                         const struct convert_report *report) {
    const struct rounding *rounding = &report->rounding;
    if (rounding->dtype == DTYPE_NONE)
        return;
    cJSON *object = json_add_object(writer, root, "rounding");
    json_add_text(writer, object, "type", dtype_name(rounding->dtype));
    json_add_integer(writer, object, "weights", rounding->count);
    json_add_integer(writer, object, "flushed", rounding->flushed);
    cJSON *outputs = json_add_array(writer, object, "outputs");
    for (int i = 0; i < report->loss.output_count; i++) {
        const struct check_output *output = &report->loss.outputs[i];
        cJSON *item = json_add_object(writer, outputs, NULL);
        json_add_text(writer, item, "name", output->name);
        add_errors(writer, item, output);
    }
}

static void add_report(struct json_writer *writer, cJSON *root,
                       const struct convert_options *options, const struct convert_report *report,
                       const struct snv2_diagnostic *failure) {
    json_add_text(writer, root, "converter", PACKAGE_VERSION);
    json_add_text(writer, root, "model", options->model);
    json_add_text(writer, root, "output", report->written ? options->output : NULL);
    cJSON *emitted = json_add_array(writer, root, "emitted");
    for (const struct emitted_file *file = report->emitted; file; file = file->next) {
        cJSON *item = json_add_object(writer, emitted, NULL);
        json_add_text(writer, item, "path", file->path);
        json_add_integer(writer, item, "bytes", (int64_t)file->size);
    }
    json_add_integer(writer, root, "status", failure->status);
    add_failure(writer, root, failure);
    add_source(writer, root, &report->source);
    add_notes(writer, root, report->notes);
    add_passes(writer, root, options, report->changes);
    if (report->program) {
        add_statistics(writer, root, "before", &report->before);
        add_statistics(writer, root, "after", &report->after);
        add_program(writer, root, report);
    }
    json_add_integer(writer, root, "seed", (int64_t)options->seed);
    cJSON *checks = json_add_array(writer, root, "checks");
    add_check(writer, checks, "seeded", &report->seeded);
    add_check(writer, checks, "data", &report->data);
    add_check(writer, checks, "random_weights", &report->random);
    add_check(writer, checks, "rounded_weights", &report->rounded);
    add_rounding(writer, root, report);
}

char *report_json_text(const struct convert_options *options, const struct convert_report *report,
                       const struct snv2_diagnostic *failure) {
    struct json_writer writer = {false};
    cJSON *root = cJSON_CreateObject();
    add_report(&writer, root, options, report, failure);
    return json_print(&writer, root);
}

enum snv2_status report_json(const struct convert_options *options,
                             const struct convert_report *report,
                             const struct snv2_diagnostic *failure, const char *path,
                             struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    char *text = report_json_text(options, report, failure);
    if (!text)
        return diagnose_no_memory(diagnostic);
    if (strcmp(path, "-") == 0)
        fputs(text, stdout);
    else
        status = write_file(path, options->model, text, strlen(text), diagnostic);
    free(text);
    return status;
}
