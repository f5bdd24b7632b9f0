/* The conversion of one model, from file to file: read, infer, pass, lower, plan, emit, check,
 * write. */
#ifndef CONVERT_CONVERT_H
#define CONVERT_CONVERT_H

#include "check/check.h"
#include "convert/emission.h"
#include "convert/half_weights.h"
#include "convert/ports.h"
#include "lower/program.h"
#include "onnx/onnx.h"
#include "passes/pass.h"
#include "convert/statistics.h"

#include <stdio.h>

struct convert_options {
    const char *model;  /* path, or "-" for standard input; with `bytes` a name for messages */
    const void *bytes;  /* the model's contents, or NULL: they are in the file */
    size_t size;        /* of them */
    const char *folder; /* of the external data of `bytes`, or NULL */
    const char *output; /* path of the blob; NULL: it is not written */
    const struct emission *emissions; /* what is written beside it, or instead */
    int emission_count;
    bool freestanding; /* C sources do without libm */
    enum dtype halves; /* what weights are rounded to, or DTYPE_NONE */
    struct onnx_options onnx;
    struct port_options ports;

    const struct pass *passes; /* the list to run, usually pass_list */
    int pass_count;
    const bool *skip;         /* by pass, or NULL */
    const char *dump_letters; /* passes after which the graph is written to `dump`, or NULL */
    FILE *dump;
    bool check_passes;
    void (*log)(void *user, const char *line); /* told of each pass and note, or NULL */
    void *log_user;

    bool verify;             /* check the blob before it is written */
    uint64_t seed;           /* of the check's inputs */
    bool random_weights;     /* check once more, with seeded weights */
    const char *data_folder; /* check on this test_data_set folder too, or NULL */
};

/* Everything that can be said about a conversion; all memory is the arena's. Filled as far as the
 * conversion came, failed checks included. */
struct convert_report {
    struct onnx_info source;
    const struct note *notes;
    struct statistics before, after;
    int *changes;                  /* by pass; NULL until the passes have run */
    const struct program *program; /* NULL until lowered */
    const struct graph *graph;     /* behind the passes, weights rounded; NULL until then */
    const void *blob;              /* NULL until it has been made */
    size_t blob_bytes;
    bool written;                             /* the blob */
    const struct emitted_file *emitted;       /* that have been written */
    struct check_report seeded, data, random; /* outputs is NULL where the check was not made */
    struct rounding rounding;
    struct check_report rounded; /* against the graph with the rounded weights in it */
    struct check_report loss;    /* the distance from the original then, whatever the limits say */
};

/* SNV2_CHECK_FAILED where a check fails: nothing is written then. The output appears by rename,
 * whole or not at all. The diagnostic names the file. */
enum snv2_status convert_model(const struct convert_options *options, struct arena *arena,
                               struct convert_report *report, struct snv2_diagnostic *diagnostic);

#endif
