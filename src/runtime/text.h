/* A bounded text that knows how long it would be. */
#ifndef RUNTIME_TEXT_H
#define RUNTIME_TEXT_H

#include <stddef.h>

struct text {
    char *bytes; /* `size` of them, the NUL included */
    size_t size, length;
};

void append(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
