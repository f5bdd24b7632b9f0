/* Printing --help from the table of options; see options.h. */
#include "cli/options.h"

#include <string.h>

enum { LINE_WIDTH = 80, HELP_COLUMN = 28 };

/* Prints words of `text` from `column` on, continued at column `indent`, to the end of a line. */
static void print_wrapped(const char *text, int column, int indent, FILE *stream) {
    bool first = true;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (!first && column + 1 + length > LINE_WIDTH) {
            fprintf(stream, "\n%*s", indent, "");
            column = indent;
            first = true;
        }
        fprintf(stream, "%s%.*s", first ? "" : " ", length, text);
        column += length + !first;
        first = false;
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', stream);
}

static void print_option(const struct cli_option *option, FILE *stream) {
    int column = option->code < CLI_LONG
                     ? fprintf(stream, "  -%c, --%s", option->code, option->name)
                     : fprintf(stream, "      --%s", option->name);
    if (option->argument)
        column += fprintf(stream, "=%s", option->argument);
    if (column + 2 > HELP_COLUMN) {
        fputc('\n', stream);
        column = 0;
    }
    fprintf(stream, "%*s", HELP_COLUMN - column, "");
    print_wrapped(option->help, HELP_COLUMN, HELP_COLUMN, stream);
}

void cli_print_usage(const struct cli_program *program, FILE *stream) {
    fprintf(stream, "Usage: %s [OPTION]... %s\n", program->name, program->operands);
}

void cli_print_help(const struct cli_program *program, FILE *stream) {
    cli_print_usage(program, stream);
    print_wrapped(program->purpose, 0, 0, stream);
    for (int i = 0; i < program->option_count; i++) {
        const struct cli_option *option = &program->options[i];
        if (option->name)
            print_option(option, stream);
        else
            fprintf(stream, "\n%s:\n", option->help);
    }
    fprintf(stream, "\n%s", program->epilogue);
}
