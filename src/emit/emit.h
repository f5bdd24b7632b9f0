/* Emitters: a program to bytes. */
#ifndef EMIT_EMIT_H
#define EMIT_EMIT_H

#include "lower/program.h"

struct metadata_pair {
    const char *key, *value;
};

/* The blob's bytes, 64-aligned, in `arena`: the same program and metadata give the same bytes on
 * every machine. */
enum snv2_status emit_blob(const struct program *program, const struct metadata_pair *metadata,
                           int metadata_count, struct arena *arena, const void **bytes,
                           size_t *size, struct snv2_diagnostic *diagnostic);

#endif
