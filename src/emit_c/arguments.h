/* The arguments of kernels as C. */
#ifndef EMIT_C_ARGUMENTS_H
#define EMIT_C_ARGUMENTS_H

#include "emit_c/network.h"

/* A call of a kernel: a whole step, or where a step has many runs or pieces, some of them. */
struct call {
    const struct step *step;
    size_t first, count; /* runs or pieces */
    size_t items;        /* of the kernel's work */
};

struct writer {
    const struct network *network;
    const struct call *call;
    struct text *text;
};

/* What is known of a struct of arguments. */
struct args_kind {
    void (*write)(const struct writer *writer, const void *args); /* NULL: not as C */
    size_t count_at; /* where the number of runs or pieces is that calls may share, */
    size_t at_once;  /* and how many one call takes; 0: it takes all */
};

/* The kind of a family of kernels.def. */
const struct args_kind *args_kind_of(const char *family);

#endif
