/* The sources of the kernels, in chunks that embed.awk makes, and the choice of those that a
 * network needs. */
#ifndef EMIT_C_SOURCE_H
#define EMIT_C_SOURCE_H

#include "emit_c/text.h"

#include <stddef.h>

enum source_part {
    SOURCE_COMMON,
    SOURCE_AVX2,        /* for x86 */
    SOURCE_FREESTANDING /* in place of math.h */
};

/* A function, type, table or macro, in an order in which what is used stands before its uses. */
struct source_chunk {
    enum source_part part;
    const char *names; /* that it defines, each between two spaces; "*": every network needs it */
    const char *text;
};

extern const struct source_chunk source_chunks[];
extern const size_t source_chunk_count;

/* Lines of kernels/activations.def, binaries.def and integers.def, by enum kernel_activation,
 * kernel_binary and kernel_integer: those that are used stand in the sources. */
enum { SOURCE_LINES = 64 };

struct source_list {
    bool activations[SOURCE_LINES], binaries[SOURCE_LINES], integers[SOURCE_LINES];
};

/* What of the sources is written, by chunk. */
struct source {
    const struct source_list *list;
    bool freestanding;
    bool *depends; /* chunk * source_chunk_count + another that it needs */
    bool *uses_fma;
    bool *common;  /* written for every compiler */
    bool *vector;  /* written for AVX2 */
    bool *fma_too; /* common, and written once more for AVX2, with names that end in _fma */
};

/* Nothing chosen yet; false: out of memory. */
bool source_init(struct source *source, const struct source_list *list, bool freestanding,
                 struct arena *arena);

/* Whether a chunk defines the name. */
bool source_defines(const char *name);

/* Chooses the kernels of a family, with all that they need. */
void source_choose(struct source *source, const char *family);

/* The name of the family's kernel for AVX2, which may be that for all: "k_conv_avx2", "k_reduce".
 */
void source_vector_kernel(const struct source *source, const char *family, char *name, size_t size);

/* Writes what was chosen for all compilers, or what is for AVX2 only. */
void source_write_common(const struct source *source, struct text *text);
void source_write_vector(const struct source *source, struct text *text);

/* The name of an enum constant of those tables. */
const char *activation_constant(int number);
const char *binary_constant(int number);
const char *integer_constant(int number);

#endif
