/* Files of labels; see labels.h. */
#include "onnx/labels.h"

#include "onnx/file.h"

#include <stdlib.h>
#include <string.h>

enum { LABELS_MAX_BYTES = 1 << 24 };

/* Takes the lines of a text; the last one may lack its newline. */
static enum snv2_status split_lines(char *text, size_t size, struct arena *arena,
                                    struct labels *labels, struct snv2_diagnostic *diagnostic) {
    size_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    labels->names = arena_alloc(arena, lines, sizeof *labels->names);
    if (!labels->names)
        return diagnose_no_memory(diagnostic);
    labels->count = 0;
    for (char *line = text; line < text + size;) {
        char *newline = memchr(line, '\n', (size_t)(text + size - line));
        char *end = newline ? newline : text + size;
        char *next = end + 1;
        if (end > line && end[-1] == '\r')
            end--;
        *end = '\0';
        labels->names[labels->count++] = line;
        line = next;
    }
    return SNV2_OK;
}

enum snv2_status labels_load(const char *path, struct arena *arena, struct labels *labels,
                             struct snv2_diagnostic *diagnostic) {
    unsigned char *bytes = NULL;
    size_t size;
    enum snv2_status status = file_read(path, LABELS_MAX_BYTES, &bytes, &size, diagnostic);
    if (status == SNV2_OK && memchr(bytes, '\0', size))
        status = diagnose(diagnostic, SNV2_BAD_MODEL, "the file of labels is no text");
    if (status == SNV2_OK) {
        char *text = arena_strndup(arena, (const char *)bytes, size);
        status = text ? split_lines(text, size, arena, labels, diagnostic)
                      : diagnose_no_memory(diagnostic);
    }
    if (status != SNV2_OK)
        diagnostic_set_file(diagnostic, path);
    free(bytes);
    return status;
}
