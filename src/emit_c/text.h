/* Text that is being written: it grows in an arena. */
#ifndef EMIT_C_TEXT_H
#define EMIT_C_TEXT_H

#include "base/arena.h"

#include <stdbool.h>

struct text {
    struct arena *arena;
    char *bytes;
    size_t size, capacity;
    bool failed; /* memory ran out: the text is not complete */
};

/* Formats as printf does. */
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

void text_add(struct text *text, const char *bytes, size_t size);

/* Makes room for so many more bytes at once. */
void text_reserve(struct text *text, size_t size);

/* A float as C writes it, to the bit: "0.5f" as 0x1p-1f, infinite ones as INFINITY, NaN as NAN. */
void text_add_float(struct text *text, float number);

/* For comments: what could end one, or is no printable ASCII, becomes '_'. */
void text_add_comment(struct text *text, const char *words);

/* As a string literal that holds these bytes. */
void text_add_literal(struct text *text, const char *words);

#endif
