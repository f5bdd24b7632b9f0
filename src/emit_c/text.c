/* Text that grows; see text.h. */
#include "emit_c/text.h"

#include "base/checked.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void text_reserve(struct text *text, size_t size) {
    uint64_t needed, doubled = (uint64_t)text->capacity * 2;
    if (text->failed || text->capacity - text->size >= size)
        return;
    if (!checked_add(text->size, size, &needed) || needed > SIZE_MAX / 2) {
        text->failed = true;
        return;
    }
    size_t capacity = (size_t)(needed > doubled ? needed : doubled);
    char *bytes = arena_alloc(text->arena, capacity, 1);
    text->failed = !bytes;
    if (!bytes)
        return;
    if (text->size > 0)
        memcpy(bytes, text->bytes, text->size);
    text->bytes = bytes;
    text->capacity = capacity;
}

void text_add(struct text *text, const char *bytes, size_t size) {
    text_reserve(text, size);
    if (text->failed || size == 0)
        return;
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

void text_print(struct text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    text_reserve(text, (size_t)size + 1);
    if (text->failed)
        return;
    va_start(arguments, format);
    vsnprintf(text->bytes + text->size, (size_t)size + 1, format, arguments);
    va_end(arguments);
    text->size += (size_t)size;
}

void text_add_float(struct text *text, float number) {
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    uint32_t fraction = bits & 0x7fffff, biased = bits >> 23 & 0xff;
    const char *sign = bits >> 31 ? "-" : "";
    if (biased == 0xff) {
        text_print(text, "%s%s", fraction ? "" : sign, fraction ? "NAN" : "INFINITY");
    } else if ((bits & 0x7fffffff) == 0) {
        text_print(text, "%s0.0f", sign);
    } else {
        int digits = 6;
        uint32_t shown = fraction << 1; /* 24 bits, 6 digits */
        for (; digits > 0 && shown % 16 == 0; digits--)
            shown /= 16;
        text_print(text, "%s0x%d", sign, biased > 0);
        if (digits > 0)
            text_print(text, ".%0*x", digits, (unsigned)shown);
        text_print(text, "p%df", biased > 0 ? (int)biased - 127 : -126);
    }
}

void text_add_comment(struct text *text, const char *words) {
    for (; *words; words++) {
        bool is_harmless = *words >= ' ' && *words <= '~' && !strchr("*?\\", *words);
        text_add(text, is_harmless ? words : "_", 1);
    }
}

void text_add_literal(struct text *text, const char *words) {
    text_add(text, "\"", 1);
    for (; *words; words++) {
        unsigned char byte = (unsigned char)*words;
        if (byte < ' ' || byte > '~')
            text_print(text, "\\%03o", byte);
        else if (strchr("\"\\?", *words)) /* two '?' may begin a trigraph */
            text_print(text, "\\%c", *words);
        else
            text_add(text, words, 1);
    }
    text_add(text, "\"", 1);
}
