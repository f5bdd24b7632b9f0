/* Printing to a terminal or not: what the parts of the text report share. */
#ifndef REPORT_PRINT_H
#define REPORT_PRINT_H

#include <stdbool.h>
#include <stdio.h>

struct printer {
    FILE *stream;
    bool color;
};

enum style { STYLE_BOLD, STYLE_GOOD, STYLE_BAD };

/* `text` in a style, where there is colour. */
void print_styled(const struct printer *printer, enum style style, const char *text);

/* A name out of a file, made harmless and cut to at most PRINTED_NAME bytes. Returns `text`. */
enum { PRINTED_NAME = 120 };
const char *printed_name(const char *name, char text[PRINTED_NAME]);

/* The columns that a UTF-8 string takes, a character counted as one. */
int text_columns(const char *text);

/* `text`, then spaces up to `columns`. */
void print_padded(const struct printer *printer, const char *text, int columns);

#endif
