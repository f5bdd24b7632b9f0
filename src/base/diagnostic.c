/* Filling and printing diagnostics; see diagnostic.h. */
#include "base/diagnostic.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void sanitize_text(char *out, size_t size, const char *text) {
    static const char ellipsis[] = "...";
    const unsigned char *s = (const unsigned char *)text;
    size_t left = strlen(text);
    size_t used = 0, cut = 0; /* cut: where an ellipsis still fits behind whole characters */
    if (size < sizeof ellipsis)
        return;
    while (*s) {
        size_t length = utf8_length(s, left);
        char escaped[5];
        const char *piece = (const char *)s;
        size_t piece_length = length;
        /* C0, DEL, and C1 (U+0080..U+009F, which terminals obey too) are escaped. */
        int control = *s < 0x20 || *s == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
        if (length == 0 || control) {
            snprintf(escaped, sizeof escaped, "\\x%02x", *s);
            piece = escaped;
            piece_length = 4;
            length = 1;
        }
        if (used + piece_length >= size) {
            memcpy(out + cut, ellipsis, sizeof ellipsis);
            return;
        }
        memcpy(out + used, piece, piece_length);
        used += piece_length;
        s += length;
        left -= length;
        if (used + sizeof ellipsis <= size)
            cut = used;
    }
    out[used] = '\0';
}

struct shown_name shown(const char *name) {
    struct shown_name result;
    sanitize_text(result.text, sizeof result.text, name);
    return result;
}

static enum snv2_status fill(struct snv2_diagnostic *diagnostic, enum snv2_status status,
                             int64_t offset, const char *node, const char *op, const char *format,
                             va_list arguments) {
    if (!diagnostic)
        return status;
    char message[sizeof diagnostic->message];
    vsnprintf(message, sizeof message, format, arguments);
    *diagnostic = (struct snv2_diagnostic){.status = status, .offset = offset};
    sanitize_text(diagnostic->message, sizeof diagnostic->message, message);
    sanitize_text(diagnostic->node, sizeof diagnostic->node, node);
    sanitize_text(diagnostic->op, sizeof diagnostic->op, op);
    return status;
}

enum snv2_status diagnose(struct snv2_diagnostic *diagnostic, enum snv2_status status,
                          const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fill(diagnostic, status, -1, "", "", format, arguments);
    va_end(arguments);
    return status;
}

enum snv2_status diagnose_at(struct snv2_diagnostic *diagnostic, enum snv2_status status,
                             int64_t offset, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fill(diagnostic, status, offset, "", "", format, arguments);
    va_end(arguments);
    return status;
}

enum snv2_status diagnose_node(struct snv2_diagnostic *diagnostic, enum snv2_status status,
                               const char *node, const char *op, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diagnose_node_v(diagnostic, status, node, op, format, arguments);
    va_end(arguments);
    return status;
}

enum snv2_status diagnose_node_v(struct snv2_diagnostic *diagnostic, enum snv2_status status,
                                 const char *node, const char *op, const char *format,
                                 va_list arguments) {
    return fill(diagnostic, status, -1, node, op, format, arguments);
}

enum snv2_status diagnose_no_memory(struct snv2_diagnostic *diagnostic) {
    return diagnose(diagnostic, SNV2_NO_MEMORY, "out of memory");
}

/* Of a character of UTF-8 that began before it. */
static bool is_continuation(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

void diagnostic_set_file(struct snv2_diagnostic *diagnostic, const char *file) {
    if (!diagnostic || diagnostic->file[0])
        return;
    char shortened[sizeof diagnostic->file];
    size_t length = strlen(file);
    if (length >= sizeof shortened) {
        size_t half = (sizeof shortened - sizeof "...") / 2, end = length - half;
        size_t start = half;
        while (start > 0 && is_continuation(file[start]))
            start--;
        while (is_continuation(file[end]))
            end++;
        snprintf(shortened, sizeof shortened, "%.*s...%s", (int)start, file, file + end);
        file = shortened;
    }
    sanitize_text(diagnostic->file, sizeof diagnostic->file, file);
}

void diagnostic_format(const struct snv2_diagnostic *diagnostic, char *line, size_t size) {
    char offset[32] = "", node[sizeof diagnostic->node + sizeof diagnostic->op + 16] = "";
    if (diagnostic->offset >= 0)
        snprintf(offset, sizeof offset, ":%lld", (long long)diagnostic->offset);
    if (diagnostic->node[0] || diagnostic->op[0])
        snprintf(node, sizeof node, "node '%s' (%s): ", diagnostic->node, diagnostic->op);
    snprintf(line, size, "%s%s%s%s%s", diagnostic->file, offset, diagnostic->file[0] ? ": " : "",
             node, diagnostic->message);
}
