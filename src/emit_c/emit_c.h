/* A network as C99 sources that need nothing else: emit_c. */
#ifndef EMIT_C_EMIT_C_H
#define EMIT_C_EMIT_C_H

#include "base/arena.h"
#include "snv2/status.h"

#include <stdbool.h>
#include <stddef.h>

struct emit_c_options {
    const char *model; /* the path that the files are named for; "-" gives "network" */
    bool freestanding; /* no libm, and no instruction set that is chosen at run time */
    bool with_main;    /* a program to try it, and a Makefile fragment, too */
};

struct emit_c_file {
    const char *name; /* in the folder that the caller chooses: "net.c" */
    const void *bytes;
    size_t size;
};

enum { EMIT_C_FILES = 6 };

/* Makes the files of a native model (64-aligned, as emit_blob made it): header, source, weights as
 * source and as bytes, main program, Makefile fragment. *count is their number. All memory is the
 * arena's; the same model gives the same bytes. SNV2_UNSUPPORTED names the node. */
enum snv2_status emit_c(const void *blob, size_t size, const struct emit_c_options *options,
                        struct arena *arena, struct emit_c_file files[EMIT_C_FILES], int *count,
                        struct snv2_diagnostic *diagnostic);

#endif
