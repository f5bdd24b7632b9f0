/* What is written beside the native model, or instead of it: --emit KIND=PATH. */
#ifndef CONVERT_EMISSION_H
#define CONVERT_EMISSION_H

#include "lower/program.h"

/* What a conversion has made. */
struct emission_source {
    const char *model;         /* the path it was read from */
    const struct graph *graph; /* behind the passes */
    const struct program *program;
    const void *blob;
    size_t blob_bytes;
    bool freestanding; /* C sources do without libm */
};

/* A file on its way to the disk. */
struct emitted_file {
    struct emitted_file *next;
    const char *path;   /* NULL: it stays in memory */
    const char *folder; /* that is made where there is none, or NULL */
    const void *bytes;
    size_t size;
};

/* A kind of files. `make` appends them to the list, in `arena`. */
struct emission_kind {
    const char *name;
    const char *what; /* for messages: "the ONNX file" */
    enum snv2_status (*make)(const struct emission_source *source, const char *path,
                             struct arena *arena, struct emitted_file **files,
                             struct snv2_diagnostic *diagnostic);
    bool is_onnx; /* its file is read again and checked as the blob is */
};

struct emission {
    const struct emission_kind *kind;
    const char *path; /* NULL: the files stay in memory */
};

/* The kind of that name, or NULL. */
const struct emission_kind *find_emission_kind(const char *name);

/* "KIND=PATH"; SNV2_USAGE names the kinds. The path lives as long as `argument`. */
enum snv2_status parse_emission(const char *argument, struct emission *emission,
                                struct snv2_diagnostic *diagnostic);

#endif
