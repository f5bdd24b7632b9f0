/* The report of a conversion for programs; see json.h.
 *
 * cJSON's functions return NULL where memory ran out or their parent is NULL, so that what hangs
 * below a failed object fails too. Each adding function here notes it in the writer. */
#include "report/json.h"

#include "base/write_file.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 4096 };

struct json_writer {
    bool failed; /* memory ran out somewhere */
};

/* ---- adding values: `object` may be an array, `key` is NULL then ---- */

/* Adds `item`, and gives it back; frees it and returns NULL where that fails. */
static cJSON *add(struct json_writer *writer, cJSON *object, const char *key, cJSON *item) {
    bool added =
        item && object &&
        (key ? cJSON_AddItemToObject(object, key, item) : cJSON_AddItemToArray(object, item));
    if (added)
        return item;
    writer->failed = true;
    cJSON_Delete(item);
    return NULL;
}

static cJSON *add_object(struct json_writer *writer, cJSON *parent, const char *key) {
    return add(writer, parent, key, cJSON_CreateObject());
}

static cJSON *add_array(struct json_writer *writer, cJSON *parent, const char *key) {
    return add(writer, parent, key, cJSON_CreateArray());
}

static void add_bool(struct json_writer *writer, cJSON *parent, const char *key, bool value) {
    add(writer, parent, key, cJSON_CreateBool(value));
}

/* All digits, where a JSON number by way of double would round. */
static void add_integer(struct json_writer *writer, cJSON *parent, const char *key, int64_t value) {
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    add(writer, parent, key, cJSON_CreateRaw(digits));
}

/* JSON has neither NaN nor infinities: they become null. */
static void add_real(struct json_writer *writer, cJSON *parent, const char *key, double value) {
    add(writer, parent, key, isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

/* A string made harmless; null for NULL. */
static void add_text(struct json_writer *writer, cJSON *parent, const char *key,
                     const char *value) {
    char text[TEXT_BYTES];
    if (value)
        sanitize_text(text, sizeof text, value);
    add(writer, parent, key, value ? cJSON_CreateString(text) : cJSON_CreateNull());
}

/* ---- the parts of the report ---- */

static void add_failure(struct json_writer *writer, cJSON *root,
                        const struct snv2_diagnostic *failure) {
    if (failure->status == SNV2_OK) {
        add(writer, root, "error", cJSON_CreateNull());
        return;
    }
    cJSON *error = add_object(writer, root, "error");
    add_text(writer, error, "message", failure->message);
    add_text(writer, error, "file", failure->file);
    add_text(writer, error, "node", failure->node);
    add_text(writer, error, "operator", failure->op);
    if (failure->offset >= 0)
        add_integer(writer, error, "offset", failure->offset);
    else
        add(writer, error, "offset", cJSON_CreateNull());
}

static void add_source(struct json_writer *writer, cJSON *root, const struct onnx_info *info) {
    char hash[24];
    snprintf(hash, sizeof hash, "%016" PRIx64, info->source_hash);
    cJSON *source = add_object(writer, root, "source");
    add_integer(writer, source, "ir_version", info->ir_version);
    add_integer(writer, source, "opset", info->opset);
    add_text(writer, source, "producer", info->producer);
    add_integer(writer, source, "bytes", (int64_t)info->file_bytes);
    add_text(writer, source, "xxh3", hash);
}

static void add_notes(struct json_writer *writer, cJSON *root, const struct note *notes) {
    cJSON *list = add_array(writer, root, "notes");
    for (const struct note *note = notes; note; note = note->next)
        add_text(writer, list, NULL, note->text);
}

static void add_passes(struct json_writer *writer, cJSON *root,
                       const struct convert_options *options, const int *changes) {
    cJSON *list = add_array(writer, root, "passes");
    for (int i = 0; i < options->pass_count && changes; i++) {
        cJSON *pass = add_object(writer, list, NULL);
        add_text(writer, pass, "name", options->passes[i].name);
        add_bool(writer, pass, "skipped", options->skip && options->skip[i]);
        add_integer(writer, pass, "changes", changes[i]);
    }
}

static void add_statistics(struct json_writer *writer, cJSON *root, const char *key,
                           const struct statistics *statistics) {
    cJSON *object = add_object(writer, root, key);
    add_integer(writer, object, "nodes", statistics->nodes);
    add_integer(writer, object, "multiply_adds", (int64_t)statistics->multiply_adds);
    add_integer(writer, object, "parameters", (int64_t)statistics->parameters);
    add_integer(writer, object, "bytes_moved", (int64_t)statistics->bytes_moved);
    cJSON *operators = add_object(writer, object, "operators");
    for (int op = 0; op < OP_COUNT; op++)
        if (statistics->operators[op])
            add_integer(writer, operators, op_infos[op].name, statistics->operators[op]);
}

static void add_residues(struct json_writer *writer, cJSON *root, const char *key,
                         const struct program *program, bool boundary) {
    cJSON *list = add_array(writer, root, key);
    for (uint32_t i = 0; i < program->residue_count; i++) {
        const struct residue *residue = &program->residues[i];
        if (residue->boundary != boundary)
            continue;
        cJSON *object = add_object(writer, list, NULL);
        add_text(writer, object, "at", residue->node);
        add_integer(writer, object, "bytes", (int64_t)residue->bytes);
        add_text(writer, object, "reason", residue->reason);
    }
}

static void add_program(struct json_writer *writer, cJSON *root,
                        const struct convert_report *report) {
    const struct program *program = report->program;
    cJSON *object = add_object(writer, root, "program");
    add_integer(writer, object, "blob_bytes", (int64_t)report->blob_bytes);
    add_integer(writer, object, "arena_bytes", (int64_t)program->arena_bytes);
    add_integer(writer, object, "weights_bytes", (int64_t)program->weights_bytes);
    add_integer(writer, object, "units", program_marks(program, SNV2_MARK_UNIT));
    add_integer(writer, object, "stage_openings", program_marks(program, SNV2_MARK_OPENING));
    add_integer(writer, object, "stems", program_marks(program, SNV2_MARK_STEM));
    add_integer(writer, object, "tails", program_marks(program, SNV2_MARK_TAIL));
    add_residues(writer, object, "copies", program, false);
    add_residues(writer, object, "boundary_conversions", program, true);
}

/* A check that was not made is left out. */
static void add_check(struct json_writer *writer, cJSON *list, const char *inputs,
                      const struct check_report *check) {
    if (!check->outputs)
        return;
    cJSON *object = add_object(writer, list, NULL);
    add_text(writer, object, "inputs", inputs);
    add_integer(writer, object, "cases", check->case_count);
    add_bool(writer, object, "passed", check->passed);
    cJSON *outputs = add_array(writer, object, "outputs");
    for (int i = 0; i < check->output_count; i++) {
        const struct check_output *output = &check->outputs[i];
        cJSON *item = add_object(writer, outputs, NULL);
        add_text(writer, item, "name", output->name);
        add_bool(writer, item, "passed", output->passed);
        add_bool(writer, item, "sensitive", output->sensitive);
        add_real(writer, item, "max_error", output->max_error);
        add_real(writer, item, "max_limit", output->max_limit);
        add_real(writer, item, "rms_error", output->rms_error);
        add_real(writer, item, "rms_limit", output->rms_limit);
        add_real(writer, item, "relative_error", output->relative_error);
        add_real(writer, item, "snr_db", output->snr);
        add_real(writer, item, "cosine", output->cosine);
        add_real(writer, item, "reference_error", output->reference_error);
    }
}

static void add_report(struct json_writer *writer, cJSON *root,
                       const struct convert_options *options, const struct convert_report *report,
                       const struct snv2_diagnostic *failure) {
    add_text(writer, root, "converter", PACKAGE_VERSION);
    add_text(writer, root, "model", options->model);
    add_text(writer, root, "output", report->written ? options->output : NULL);
    add_integer(writer, root, "status", failure->status);
    add_failure(writer, root, failure);
    add_source(writer, root, &report->source);
    add_notes(writer, root, report->notes);
    add_passes(writer, root, options, report->changes);
    if (report->program) {
        add_statistics(writer, root, "before", &report->before);
        add_statistics(writer, root, "after", &report->after);
        add_program(writer, root, report);
    }
    add_integer(writer, root, "seed", (int64_t)options->seed);
    cJSON *checks = add_array(writer, root, "checks");
    add_check(writer, checks, "seeded", &report->seeded);
    add_check(writer, checks, "data", &report->data);
    add_check(writer, checks, "random_weights", &report->random);
}

/* The whole text with a newline behind, malloc'ed; NULL where memory ran out. */
static char *make_text(const struct convert_options *options, const struct convert_report *report,
                       const struct snv2_diagnostic *failure) {
    struct json_writer writer = {false};
    cJSON *root = cJSON_CreateObject();
    add_report(&writer, root, options, report, failure);
    char *text = writer.failed ? NULL : cJSON_Print(root);
    cJSON_Delete(root);
    size_t length = text ? strlen(text) : 0;
    char *line = text ? realloc(text, length + 2) : NULL;
    if (!line) {
        free(text);
        return NULL;
    }
    memcpy(line + length, "\n", 2);
    return line;
}

enum snv2_status report_json(const struct convert_options *options,
                             const struct convert_report *report,
                             const struct snv2_diagnostic *failure, const char *path,
                             struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    char *text = make_text(options, report, failure);
    if (!text)
        return diagnose_no_memory(diagnostic);
    if (strcmp(path, "-") == 0)
        fputs(text, stdout);
    else
        status = write_file(path, options->model, text, strlen(text), diagnostic);
    free(text);
    return status;
}
