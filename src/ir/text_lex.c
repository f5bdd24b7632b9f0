/* See text_lex.h. */
#include "ir/text_lex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int line_number(const struct cursor *cursor) {
    int line = 1;
    for (const char *s = cursor->text; s < cursor->at; s++)
        line += *s == '\n';
    return line;
}

bool lex_fail(struct cursor *cursor, const char *format, ...) {
    char message[512];
    if (cursor->status != SNV2_OK)
        return false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    cursor->status = diagnose_at(cursor->diagnostic, SNV2_BAD_MODEL, cursor->at - cursor->text,
                                 "line %d: %s", line_number(cursor), message);
    return false;
}

bool lex_no_memory(struct cursor *cursor) {
    if (cursor->status == SNV2_OK)
        cursor->status = diagnose_no_memory(cursor->diagnostic);
    return false;
}

static void skip_blanks(struct cursor *cursor) {
    cursor->at += strspn(cursor->at, " \t\r");
    if (*cursor->at == '#')
        cursor->at += strcspn(cursor->at, "\n");
}

/* Letters, digits and _ . / - ; a colon too, unless it ends the name. */
static size_t bare_length(const char *s) {
    static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789_./:-";
    size_t length = strspn(s, characters);
    while (length > 0 && s[length - 1] == ':')
        length--;
    return length;
}

bool lex_is_bare_name(const char *name) {
    static const char *const reserved[] = {"graph", "input", "const", "output", "as", "_"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (!strcmp(name, reserved[i]))
            return false;
    return *name && name[bare_length(name)] == '\0';
}

static int hex_digit(char c) {
    static const char digits[] = "0123456789abcdef";
    const char *place = c ? strchr(digits, c) : NULL;
    return place ? (int)(place - digits) : -1;
}

/* The name in quotes, which the cursor is at: \" and \\ are characters, \xNN is a byte. */
static const char *quoted_name(struct cursor *cursor) {
    const char *s = cursor->at + 1;
    size_t size = 0;
    char *name = arena_alloc(cursor->arena, strcspn(cursor->at, "\n") + 1, 1);
    if (!name) {
        lex_no_memory(cursor);
        return "";
    }
    while (*s && *s != '"' && *s != '\n') {
        char c = *s++;
        if (c == '\\' && s[0] == 'x' && hex_digit(s[1]) >= 0 && hex_digit(s[2]) >= 0) {
            c = (char)(hex_digit(s[1]) * 16 + hex_digit(s[2]));
            s += 3;
        } else if (c == '\\' && (*s == '"' || *s == '\\')) {
            c = *s++;
        }
        name[size++] = c;
    }
    if (*s != '"')
        lex_fail(cursor, "a name without closing quote");
    else
        cursor->at = s + 1;
    return name;
}

const char *lex_name(struct cursor *cursor) {
    skip_blanks(cursor);
    if (cursor->status != SNV2_OK)
        return "";
    if (*cursor->at == '"')
        return quoted_name(cursor);
    size_t length = bare_length(cursor->at);
    if (length == 0) {
        lex_fail(cursor, "a name is expected");
        return "";
    }
    const char *name = arena_strndup(cursor->arena, cursor->at, length);
    cursor->at += length;
    if (!name)
        lex_no_memory(cursor);
    return name ? name : "";
}

bool lex_accept(struct cursor *cursor, const char *token) {
    skip_blanks(cursor);
    size_t length = strlen(token);
    if (cursor->status != SNV2_OK || strncmp(cursor->at, token, length))
        return false;
    cursor->at += length;
    return true;
}

bool lex_expect(struct cursor *cursor, const char *token) {
    return lex_accept(cursor, token) || lex_fail(cursor, "'%s' is expected", token);
}

bool lex_accept_keyword(struct cursor *cursor, const char *keyword) {
    skip_blanks(cursor);
    size_t length = strlen(keyword);
    if (cursor->status != SNV2_OK || strncmp(cursor->at, keyword, length) ||
        !strchr(" \t", cursor->at[length]))
        return false;
    const char *next = cursor->at + length + strspn(cursor->at + length, " \t");
    if (strchr(":,=", *next))
        return false;
    cursor->at = next;
    return true;
}

bool lex_accept_omitted(struct cursor *cursor) {
    skip_blanks(cursor);
    if (cursor->status != SNV2_OK || *cursor->at != '_' || bare_length(cursor->at) != 1)
        return false;
    cursor->at++;
    return true;
}

/* Moves over a number whose text ends at `end`, and checks what strto... said of it. */
static bool number_end(struct cursor *cursor, const char *end, const char *what) {
    if (end == cursor->at || errno == ERANGE)
        return lex_fail(cursor, "%s is expected", what);
    cursor->at = end;
    return true;
}

int64_t lex_integer(struct cursor *cursor, int64_t low, int64_t high) {
    char *end;
    skip_blanks(cursor);
    if (cursor->status != SNV2_OK)
        return 0;
    errno = 0;
    long long value = strtoll(cursor->at, &end, 10);
    if (!number_end(cursor, end, "an integer"))
        return 0;
    if (value < low || value > high) {
        lex_fail(cursor, "%lld is not in %lld..%lld", value, (long long)low, (long long)high);
        return 0;
    }
    return value;
}

static uint64_t unsigned_number(struct cursor *cursor, int base, const char *what) {
    char *end;
    skip_blanks(cursor);
    if (cursor->status != SNV2_OK)
        return 0;
    errno = 0;
    unsigned long long value = strtoull(cursor->at, &end, base);
    return number_end(cursor, end, what) ? value : 0;
}

uint64_t lex_unsigned(struct cursor *cursor) {
    return unsigned_number(cursor, 10, "a number");
}

uint64_t lex_bits(struct cursor *cursor) {
    return unsigned_number(cursor, 16, "a hexadecimal number");
}

double lex_real(struct cursor *cursor) {
    char *end;
    skip_blanks(cursor);
    if (cursor->status != SNV2_OK)
        return 0;
    double value = strtod(cursor->at, &end);
    errno = 0; /* a denormal counts as out of range there; here it is a number */
    return number_end(cursor, end, "a number") ? value : 0;
}

bool lex_end_of_line(struct cursor *cursor) {
    skip_blanks(cursor);
    if (cursor->status != SNV2_OK || (*cursor->at && *cursor->at != '\n'))
        return false;
    while (*cursor->at == '\n') {
        cursor->at++;
        skip_blanks(cursor);
    }
    return true;
}

bool lex_end_of_text(const struct cursor *cursor) {
    return *cursor->at == '\0';
}
