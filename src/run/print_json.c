/* The reports of snv2-run as JSON; see run.h. */
#include "run/run.h"

#include "report/json_writer.h"

#include <stdio.h>
#include <stdlib.h>

static void add_shape(struct json_writer *writer, cJSON *object, const struct shape *shape) {
    cJSON *dims = json_add_array(writer, object, "shape");
    for (int i = 0; i < shape->rank; i++)
        json_add_integer(writer, dims, NULL, shape->dims[i]);
}

static void add_values(struct json_writer *writer, cJSON *object, const struct run_report *report,
                       int number) {
    const struct port *output = &report->outputs.ports[number];
    cJSON *values = json_add_array(writer, object, "values");
    int64_t count = shape_elements(&output->shape);
    for (int64_t i = 0; i < count && !writer->failed; i++)
        json_add_real(writer, values, NULL, output->values[i]);
    if (!holds_classes(report, number))
        return;
    cJSON *labels = json_add_array(writer, object, "labels");
    for (int64_t i = 0; i < count && !writer->failed; i++)
        json_add_text(writer, labels, NULL, value_label(report, number, output->values[i]));
}

/* A list of classes for each row of the output. */
static void add_classes(struct json_writer *writer, cJSON *object, const struct run_report *report,
                        int number) {
    const struct port *output = &report->outputs.ports[number];
    int64_t indices[RANKING_MAX], classes = class_count(&output->shape);
    int64_t rows = shape_elements(&output->shape) / classes;
    cJSON *top = json_add_array(writer, object, "top");
    for (int64_t row = 0; row < rows && !writer->failed; row++) {
        const float *values = output->values + row * classes;
        int64_t count = rank_classes(values, classes, report->settings->top, indices);
        cJSON *list = json_add_array(writer, top, NULL);
        for (int64_t i = 0; i < count; i++) {
            cJSON *item = json_add_object(writer, list, NULL);
            json_add_integer(writer, item, "class", indices[i]);
            json_add_real(writer, item, "value", values[indices[i]]);
            const char *label = label_of(report, number, indices[i]);
            if (label)
                json_add_text(writer, item, "label", label);
        }
    }
}

static void add_outputs(struct json_writer *writer, cJSON *root, const struct run_report *report) {
    cJSON *list = json_add_array(writer, root, "outputs");
    for (int i = 0; i < report->outputs.count; i++) {
        const struct port *output = &report->outputs.ports[i];
        cJSON *object = json_add_object(writer, list, NULL);
        json_add_text(writer, object, "name", output->info->name);
        add_shape(writer, object, &output->shape);
        json_add_text(writer, object, "file", output->file);
        if (report->settings->top)
            add_classes(writer, object, report, i);
        else
            add_values(writer, object, report, i);
    }
}

static void add_frame(struct json_writer *writer, cJSON *object,
                      const struct snv2_frame_info *frame) {
    if (!frame)
        return;
    json_add_text(writer, object, "layout", layout_word(frame->layout));
    json_add_text(writer, object, "pixels", pixels_word(frame->pixels));
    json_add_integer(writer, object, "row_bytes", (int64_t)frame->row_bytes);
}

static void add_ports(struct json_writer *writer, cJSON *root, const char *key,
                      const struct ports *ports) {
    cJSON *list = json_add_array(writer, root, key);
    for (int i = 0; i < ports->count; i++) {
        cJSON *object = json_add_object(writer, list, NULL);
        json_add_text(writer, object, "name", ports->ports[i].info->name);
        add_shape(writer, object, &ports->ports[i].shape);
        add_frame(writer, object, ports->ports[i].frame);
    }
}

static void add_info(struct json_writer *writer, cJSON *root, const struct run_report *report) {
    json_add_text(writer, root, "library", snv2_version());
    add_ports(writer, root, "inputs", &report->inputs);
    add_ports(writer, root, "outputs", &report->outputs);
    cJSON *metadata = json_add_object(writer, root, "metadata");
    for (const char *const *key = metadata_keys; *key; key++)
        json_add_text(writer, metadata, *key, snv2_metadata(report->model, *key));
}

enum snv2_status print_json(const struct run_report *report, struct snv2_diagnostic *diagnostic) {
    struct json_writer writer = {false};
    cJSON *root = cJSON_CreateObject();
    json_add_text(&writer, root, "model", report->settings->model);
    if (report->settings->info) {
        add_info(&writer, root, report);
    } else {
        json_add_real(&writer, root, "run_ms", report->milliseconds);
        add_outputs(&writer, root, report);
    }
    char *text = json_print(&writer, root);
    if (!text)
        return diagnose_no_memory(diagnostic);
    fputs(text, stdout);
    free(text);
    return SNV2_OK;
}
