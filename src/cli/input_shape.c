/* The argument of --input-shape; see input_shape.h. */
#include "cli/input_shape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* The colon between name and shape, or NULL. */
static const char *find_colon(const char *text) {
    const char *colon = NULL;
    for (const char *s = text; *s; s++)
        if (*s == ':' && (is_digit(s[1]) || s[1] == '['))
            colon = s;
    return colon;
}

/* Reads "1,3,224,224", in brackets or not, to the end of the text; false where it is none. */
static bool read_shape(const char *text, struct shape *shape) {
    bool bracket = *text == '[';
    text += bracket;
    shape->rank = 0;
    for (;;) {
        char *end;
        errno = 0;
        long long dim = is_digit(*text) ? strtoll(text, &end, 10) : 0;
        if (dim <= 0 || errno || shape->rank == MAX_RANK)
            return false;
        shape->dims[shape->rank++] = dim;
        text = end;
        if (*text != ',')
            break;
        text++;
    }
    return strcmp(text, bracket ? "]" : "") == 0 && shape_is_valid(shape);
}

enum snv2_status parse_input_shape(const char *text, struct arena *arena,
                                   struct input_shape *result, struct snv2_diagnostic *diagnostic) {
    const char *colon = find_colon(text);
    *result = (struct input_shape){.name = NULL};
    if (!read_shape(colon ? colon + 1 : text, &result->shape))
        return diagnose(diagnostic, SNV2_USAGE,
                        "option '--input-shape': '%s' is not NAME:D0,D1,... with 1 to %d positive "
                        "sizes, as in input:1,3,224,224",
                        text, MAX_RANK);
    if (!colon)
        return SNV2_OK;
    result->name = arena_strndup(arena, text, (size_t)(colon - text));
    return result->name ? SNV2_OK : diagnose_no_memory(diagnostic);
}
