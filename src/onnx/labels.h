/* The names of a network's classes in a file of the user's. */
#ifndef ONNX_LABELS_H
#define ONNX_LABELS_H

#include "base/arena.h"
#include "base/diagnostic.h"

#include <stdint.h>

/* Names of classes, in the order of the classes; count 0: none. */
struct labels {
    const char **names;
    int64_t count;
};

/* Reads a text file with one name a line. SNV2_BAD_MODEL where it holds a NUL. The names live in
 * `arena`; they are as the file has them, so sanitize_text what is printed. */
enum snv2_status labels_load(const char *path, struct arena *arena, struct labels *labels,
                             struct snv2_diagnostic *diagnostic);

#endif
