/* The steps of a run: open, bind files, read, run, write, report. See run.h. */
#include "run/run.h"

#include "run/file_format.h"
#include "run/port_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const metadata_keys[] = {"converter", "source_xxh3", "passes", "multiply_adds", NULL};

const char *label_of(const struct run_report *report, int output, int64_t number) {
    const struct labels *labels = &report->labels;
    if (labels->count)
        return number >= 0 && number < labels->count ? labels->names[number] : NULL;
    return snv2_label(report->model, output, number);
}

bool holds_classes(const struct run_report *report, int output) {
    int64_t count = snv2_label_count(report->model, output);
    return count && count != class_count(&report->outputs.ports[output].shape);
}

const char *value_label(const struct run_report *report, int output, float value) {
    bool is_class = value >= 0 && value < (float)INT32_MAX;
    return is_class ? label_of(report, output, (int64_t)value) : NULL;
}

const char *layout_word(enum snv2_layout layout) {
    return layout == SNV2_LAYOUT_NHWC ? "nhwc" : "nchw";
}

const char *pixels_word(enum snv2_pixels pixels) {
    static const char *const words[] = {
#define PIXELS(name, number, bytes, text) [number] = text,
#include "snv2/pixels.def"
#undef PIXELS
    };
    return words[pixels];
}

static enum snv2_status describe(const struct snv2_context *context, struct arena *arena,
                                 struct run_report *report, struct snv2_diagnostic *diagnostic) {
    size_t size = snv2_describe(context, NULL, 0) + 1;
    char *text = arena_alloc(arena, size, 1);
    if (!text)
        return diagnose_no_memory(diagnostic);
    snv2_describe(context, text, size);
    report->description = text;
    return SNV2_OK;
}

/* Every input needs a file; options for pictures need a picture. */
static enum snv2_status check_inputs(const struct run_settings *settings,
                                     const struct ports *inputs,
                                     struct snv2_diagnostic *diagnostic) {
    char names[PORTS_TEXT];
    bool picture = false;
    const struct port *frame = NULL;
    for (int i = 0; i < inputs->count; i++) {
        if (!inputs->ports[i].file)
            return diagnose(diagnostic, SNV2_USAGE,
                            "input '%s' is missing: give each input with --input=NAME=FILE; there "
                            "is: %s",
                            inputs->ports[i].info->name, ports_format(inputs, names));
        if (file_format_of(inputs->ports[i].file) != FORMAT_PICTURE)
            continue;
        picture = picture || !inputs->ports[i].frame;
        frame = inputs->ports[i].frame ? &inputs->ports[i] : frame;
    }
    if (settings->for_picture && !picture && frame)
        return diagnose(diagnostic, SNV2_USAGE,
                        "input '%s' takes pictures as they are, and the model scales them: leave "
                        "out --mean, --std, --scale and --bgr",
                        frame->info->name);
    if (settings->for_picture && !picture)
        return diagnose(diagnostic, SNV2_USAGE,
                        "--mean, --std, --scale and --bgr are for pictures, and no input is one");
    return SNV2_OK;
}

static enum snv2_status check_outputs(const struct ports *outputs,
                                      struct snv2_diagnostic *diagnostic) {
    for (int i = 0; i < outputs->count; i++) {
        const char *file = outputs->ports[i].file;
        enum snv2_status status = file ? check_output_name(file, diagnostic) : SNV2_OK;
        for (int k = 0; k < i && file && status == SNV2_OK; k++)
            if (outputs->ports[k].file && strcmp(file, outputs->ports[k].file) == 0)
                status = diagnose(diagnostic, SNV2_USAGE, "two outputs go to '%s'", file);
        if (status != SNV2_OK)
            return status;
    }
    return SNV2_OK;
}

static enum snv2_status load_labels(struct run_report *report, struct arena *arena,
                                    struct snv2_diagnostic *diagnostic) {
    const char *file = report->settings->labels_file;
    enum snv2_status status =
        file ? labels_load(file, arena, &report->labels, diagnostic) : SNV2_OK;
    for (int i = 0; i < report->outputs.count && file && status == SNV2_OK; i++) {
        const struct port *output = &report->outputs.ports[i];
        int64_t classes = class_count(&output->shape);
        if (report->labels.count >= classes)
            continue;
        status = diagnose(diagnostic, SNV2_BAD_MODEL, "%lld labels for the %lld classes of '%s'",
                          (long long)report->labels.count, (long long)classes, output->info->name);
        diagnostic_set_file(diagnostic, file);
    }
    return status;
}

/* All that can be wrong with the command line and the files is found before the run. */
static enum snv2_status prepare(struct run_report *report, struct arena *arena,
                                struct snv2_diagnostic *diagnostic) {
    const struct run_settings *settings = report->settings;
    enum snv2_status status =
        ports_bind(&report->inputs, settings->inputs, settings->input_count, diagnostic);
    if (status == SNV2_OK)
        status =
            ports_bind(&report->outputs, settings->outputs, settings->output_count, diagnostic);
    if (status == SNV2_OK)
        status = check_inputs(settings, &report->inputs, diagnostic);
    if (status == SNV2_OK)
        status = check_outputs(&report->outputs, diagnostic);
    if (status == SNV2_OK)
        status = load_labels(report, arena, diagnostic);
    for (int i = 0; i < report->inputs.count && status == SNV2_OK; i++)
        status = read_input(&report->inputs.ports[i], &settings->preprocessing, diagnostic);
    return status;
}

static enum snv2_status run_once(struct snv2_context *context, struct run_report *report,
                                 struct arena *arena, struct snv2_diagnostic *diagnostic) {
    const struct ports *inputs = &report->inputs, *outputs = &report->outputs;
    const void **in = arena_alloc(arena, (size_t)inputs->count, sizeof *in);
    void **out = arena_alloc(arena, (size_t)outputs->count, sizeof *out);
    struct timespec start, end;
    if (!in || !out)
        return diagnose_no_memory(diagnostic);
    for (int i = 0; i < inputs->count; i++)
        in[i] = inputs->ports[i].frame ? (void *)inputs->ports[i].bytes : inputs->ports[i].values;
    for (int i = 0; i < outputs->count; i++)
        out[i] = outputs->ports[i].values;
    clock_gettime(CLOCK_MONOTONIC, &start);
    enum snv2_status status = snv2_run(context, in, out);
    clock_gettime(CLOCK_MONOTONIC, &end);
    report->milliseconds =
        (double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6;
    if (status == SNV2_OK && report->settings->profile &&
        snv2_profile(context, in, out, report->profile, sizeof report->profile) == 0)
        return diagnose_no_memory(diagnostic);
    return status == SNV2_OK ? status : diagnose(diagnostic, status, "the run failed");
}

static enum snv2_status write_outputs(const struct ports *outputs,
                                      struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    for (int i = 0; i < outputs->count && status == SNV2_OK; i++)
        if (outputs->ports[i].file)
            status = write_output(&outputs->ports[i], diagnostic);
    return status;
}

static enum snv2_status print_report(const struct run_report *report,
                                     struct snv2_diagnostic *diagnostic) {
    if (report->settings->quiet)
        return SNV2_OK;
    if (report->settings->json)
        return print_json(report, diagnostic);
    if (report->settings->info)
        print_info(report);
    else if (report->settings->profile)
        fputs(report->profile, stdout);
    else
        print_outputs(report);
    return SNV2_OK;
}

static enum snv2_status run_in_context(struct snv2_context *context, struct run_report *report,
                                       struct arena *arena, struct snv2_diagnostic *diagnostic) {
    bool run = !report->settings->info;
    enum snv2_status status = ports_of_inputs(report->model, report->settings->images, arena,
                                              &report->inputs, diagnostic);
    if (status == SNV2_OK)
        status = ports_of_outputs(report->model, report->settings->images, arena, &report->outputs,
                                  diagnostic);
    if (status == SNV2_OK)
        status = describe(context, arena, report, diagnostic);
    if (status == SNV2_OK && run)
        status = prepare(report, arena, diagnostic);
    if (status == SNV2_OK && run)
        status = run_once(context, report, arena, diagnostic);
    if (status == SNV2_OK && run)
        status = write_outputs(&report->outputs, diagnostic);
    return status == SNV2_OK ? print_report(report, diagnostic) : status;
}

enum snv2_status run_model(const struct run_settings *settings,
                           struct snv2_diagnostic *diagnostic) {
    const struct snv2_context_options options = {
        .threads = settings->threads,
        .fusion = settings->no_fuse ? SNV2_FUSE_NOWHERE : SNV2_FUSE_WHERE_IT_PAYS,
    };
    struct snv2_model *model = NULL;
    struct snv2_context *context = NULL;
    struct arena arena;
    arena_init(&arena, UINT64_MAX);
    enum snv2_status status = snv2_open(settings->model, &model, diagnostic);
    if (status == SNV2_OK)
        status = snv2_context_new(model, &options, &context, diagnostic);
    if (status == SNV2_OK && settings->images)
        status = snv2_set_images(context, settings->images, diagnostic);
    if (status == SNV2_OK) {
        struct run_report report = {.settings = settings, .model = model};
        status = run_in_context(context, &report, &arena, diagnostic);
    }
    if (status != SNV2_OK)
        diagnostic_set_file(diagnostic, settings->model);
    snv2_context_free(context);
    snv2_close(model);
    arena_free(&arena);
    return status;
}
