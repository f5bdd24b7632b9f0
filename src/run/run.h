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
    bool no_fuse, info, profile, json, quiet;
};

/* What there is to say about a network and its run. */
struct run_report {
    const struct run_settings *settings;
    const struct snv2_model *model;
    const char *description; /* by snv2_describe */
    char profile[1024];      /* by snv2_profile */
    struct ports inputs, outputs;
    struct labels labels;
    double milliseconds; /* of the run alone */
};

/* Opens the model, and runs it unless `info` is set; reports on standard output. The diagnostic
 * names the file that is to blame. */
enum snv2_status run_model(const struct run_settings *settings, struct snv2_diagnostic *diagnostic);

/* The reports, to standard output, as text and as JSON: what the model is; what came out. */
void print_info(const struct run_report *report);
void print_outputs(const struct run_report *report);
enum snv2_status print_json(const struct run_report *report, struct snv2_diagnostic *diagnostic);

/* The keys of metadata that the converter writes; the last is NULL. */
extern const char *const metadata_keys[];

#endif
