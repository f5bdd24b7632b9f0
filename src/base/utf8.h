/* The one check of UTF-8. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* Bytes of the UTF-8 sequence at the start of the `available` bytes at `s`, or 0 where there is no
 * valid one (overlong forms, surrogates and code points over U+10FFFF included). */
size_t utf8_length(const unsigned char *s, size_t available);

#endif
