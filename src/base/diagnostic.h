/* Filling a diagnostic. Every function returns the status it was given, so that a failing function
 * ends in `return diagnose(...)`. `diagnostic` may be NULL: the status alone is then returned. */
#ifndef BASE_DIAGNOSTIC_H
#define BASE_DIAGNOSTIC_H

#include "snv2/status.h"

#include <stdarg.h>
#include <stddef.h>

/* Sets status and message (printf-style) and clears all other fields. */
enum snv2_status diagnose(struct snv2_diagnostic *diagnostic, enum snv2_status status,
                          const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same, at a byte offset of the file. */
enum snv2_status diagnose_at(struct snv2_diagnostic *diagnostic, enum snv2_status status,
                             int64_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same, at a node: its name (or first output) and operator. */
enum snv2_status diagnose_node(struct snv2_diagnostic *diagnostic, enum snv2_status status,
                               const char *node, const char *op, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
enum snv2_status diagnose_node_v(struct snv2_diagnostic *diagnostic, enum snv2_status status,
                                 const char *node, const char *op, const char *format,
                                 va_list arguments);

/* SNV2_NO_MEMORY with the one message for it. */
enum snv2_status diagnose_no_memory(struct snv2_diagnostic *diagnostic);

/* Names the file of an already filled diagnostic, unless it names one. A path that is too long is
 * shortened in the middle. */
void diagnostic_set_file(struct snv2_diagnostic *diagnostic, const char *file);

/* The one line of an error: "FILE[:OFFSET]: [node 'NAME' (OP): ]MESSAGE", truncated to `size`. */
void diagnostic_format(const struct snv2_diagnostic *diagnostic, char *line, size_t size);

/* Copies `text` so that it is harmless in a terminal and valid UTF-8: control characters, DEL and
 * invalid bytes become \xNN. Cut with an ellipsis where it does not fit in `size` bytes. */
void sanitize_text(char *out, size_t size, const char *text);

/* A name of any length and content, fit for a message: `shown(name).text`. */
struct shown_name {
    char text[96];
};
struct shown_name shown(const char *name);

#endif
