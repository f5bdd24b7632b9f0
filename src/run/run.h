/* One run of a network: files in, files or a report out. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "onnx/labels.h"
#include "run/ports.h"
#include "run/preprocess.h"
#include "run/ranking.h"

#include <stdbool.h>

struct run_settings {
    const char *model;
    const char *const *inputs, *const *outputs; /* [NAME=]FILE */
    int input_count, output_count;
    struct preprocessing preprocessing;
    bool for_picture; /* an option was given that only pictures obey */
    int64_t top;      /* classes to print of each row; 0: the values */
    const char *labels_file;
    int threads;
    int images; /* 0: as many as the model is planned for */
    bool no_fuse, info, profile, json, quiet;
};

/* What there is to say about a network and its run. */
struct run_report {
    const struct run_settings *settings;
    const struct snv2_model *model;
    const char *description; /* by snv2_describe */
    char profile[1024];      /* by snv2_profile */
    struct ports inputs, outputs;
    struct labels labels; /* of the user's file */
    double milliseconds;  /* of the run alone */
};

/* Opens the model, and runs it unless `info` is set; reports on standard output. The diagnostic
 * names the file that is to blame. */
enum snv2_status run_model(const struct run_settings *settings, struct snv2_diagnostic *diagnostic);

/* The reports, to standard output, as text and as JSON: what the model is; what came out. */
void print_info(const struct run_report *report);
void print_outputs(const struct run_report *report);
enum snv2_status print_json(const struct run_report *report, struct snv2_diagnostic *diagnostic);

/* The name of a class of output number `output`, from the user's file or the model, or NULL. */
const char *label_of(const struct run_report *report, int output, int64_t number);

/* Whether the output's values are themselves numbers of classes that have names, and the name of
 * one, or NULL. */
bool holds_classes(const struct run_report *report, int output);
const char *value_label(const struct run_report *report, int output, float value);

/* The words of a frame's layout and pixels. */
const char *layout_word(enum snv2_layout layout);
const char *pixels_word(enum snv2_pixels pixels);

/* The keys of metadata that the converter writes; the last is NULL. */
extern const char *const metadata_keys[];

#endif
