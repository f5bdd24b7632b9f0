/* Printing to a terminal or not; see print.h. */
#include "report/print.h"

#include "base/diagnostic.h"

void print_styled(const struct printer *printer, enum style style, const char *text) {
    static const char *const codes[] = {
        [STYLE_BOLD] = "1",
        [STYLE_GOOD] = "32",
        [STYLE_BAD] = "31",
    };
    if (printer->color)
        fprintf(printer->stream, "\033[%sm%s\033[0m", codes[style], text);
    else
        fputs(text, printer->stream);
}

const char *printed_name(const char *name, char text[PRINTED_NAME]) {
    sanitize_text(text, PRINTED_NAME, name);
    return text;
}

int text_columns(const char *text) {
    int columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80; /* not a continuation byte */
    return columns;
}

void print_padded(const struct printer *printer, const char *text, int columns) {
    int missing = columns - text_columns(text);
    fprintf(printer->stream, "%s%*s", text, missing > 0 ? missing : 0, "");
}
