/* The reports of snv2-run as text for people; see run.h. */
#include "run/run.h"

#include "report/print.h"

#include <inttypes.h>
#include <stdio.h>

enum { SHOWN_VALUES = 8 };

static void print_ports(const struct ports *ports) {
    char name[PRINTED_NAME], shape[SHAPE_TEXT];
    for (int i = 0; i < ports->count; i++) {
        const struct port *port = &ports->ports[i];
        printf("%-8s%s %s %s", ports->kind, printed_name(port->info->name, name),
               dtype_name(dtype_of_number(port->info->dtype)), shape_format(&port->shape, shape));
        if (port->frame)
            printf(", frames %s %s, rows of %zu bytes", layout_word(port->frame->layout),
                   pixels_word(port->frame->pixels), port->frame->row_bytes);
        printf("\n");
    }
}

void print_info(const struct run_report *report) {
    char text[PRINTED_NAME];
    printf("%s, libsnv2 %s\n", printed_name(report->settings->model, text), snv2_version());
    print_ports(&report->inputs);
    print_ports(&report->outputs);
    for (const char *const *key = metadata_keys; *key; key++) {
        const char *value = snv2_metadata(report->model, *key);
        char harmless[4096];
        if (!value)
            continue;
        sanitize_text(harmless, sizeof harmless, value);
        printf("%s: %s\n", *key, harmless);
    }
    printf("\n%s", report->description);
}

static void print_label(const char *label) {
    char name[PRINTED_NAME];
    if (label)
        printf("  %s", printed_name(label, name));
}

static void print_values(const struct run_report *report, int number) {
    const struct port *output = &report->outputs.ports[number];
    int64_t count = shape_elements(&output->shape);
    bool classes = holds_classes(report, number);
    printf(":");
    for (int64_t i = 0; i < count && i < SHOWN_VALUES; i++) {
        printf(" %.6g", output->values[i]);
        if (classes)
            print_label(value_label(report, number, output->values[i]));
    }
    printf("%s\n", count > SHOWN_VALUES ? " ..." : "");
}

static void print_classes(const struct run_report *report, int number) {
    const struct port *output = &report->outputs.ports[number];
    int64_t top = report->settings->top;
    int64_t classes = class_count(&output->shape), indices[RANKING_MAX];
    int64_t rows = shape_elements(&output->shape) / classes;
    printf("\n");
    for (int64_t row = 0; row < rows; row++) {
        const float *values = output->values + row * classes;
        int64_t count = rank_classes(values, classes, top, indices);
        if (rows > 1)
            printf("row %" PRId64 "\n", row);
        for (int64_t i = 0; i < count; i++) {
            printf("%6" PRId64 "  %10.6g", indices[i], values[indices[i]]);
            print_label(label_of(report, number, indices[i]));
            printf("\n");
        }
    }
}

/* What went to a file is only named, unless its classes are asked for. */
void print_outputs(const struct run_report *report) {
    for (int i = 0; i < report->outputs.count; i++) {
        const struct port *output = &report->outputs.ports[i];
        char name[PRINTED_NAME], shape[SHAPE_TEXT];
        printf("%s %s", printed_name(output->info->name, name),
               shape_format(&output->shape, shape));
        if (report->settings->top)
            print_classes(report, i);
        else if (output->file)
            printf("\n");
        else
            print_values(report, i);
        if (output->file)
            printf("wrote %s\n", printed_name(output->file, name));
    }
}
