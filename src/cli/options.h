/* Command lines: a program describes its options in one table, from which they are parsed and
 * --help is printed, so that the two cannot differ. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/diagnostic.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* An option, or a heading of --help: name is NULL, help the heading. */
struct cli_option {
    int code;             /* the short letter; CLI_LONG or more where there is only the long form */
    const char *name;     /* the long form, without the dashes */
    const char *argument; /* what --help calls its argument; NULL: it takes none */
    const char *help;     /* wrapped when printed; no full stop */
};

enum { CLI_LONG = 256 };

/* The options that every program has, at the end of its table; cli_parse carries them out. */
enum { CLI_HELP = 'h', CLI_VERSION = 'V' };
#define CLI_HELP_OPTION                                                                            \
    { CLI_HELP, "help", NULL, "print this text" }
#define CLI_VERSION_OPTION                                                                         \
    { CLI_VERSION, "version", NULL, "print the version" }

struct cli_program {
    const char *name;
    const char *operands; /* behind the options in the usage line: "MODEL.onnx" */
    const char *purpose;  /* a sentence or two under the usage line */
    const struct cli_option *options;
    int option_count;
    const char *epilogue; /* lines under the options, printed as they are */
};

/* Called for each option in the order of the command line. `argument` is NULL where it takes none,
 * and lives as long as argv. */
typedef enum snv2_status cli_handler(void *user, int code, const char *argument,
                                     struct snv2_diagnostic *diagnostic);

/* Parses argv, which is permuted: the operands are argv[*first_operand] and on. Options and
 * operands may be mixed; "--" ends the options; a long name may be cut while it is unambiguous.
 * *done: --help or --version was given and has been printed; nothing else is to be done.
 * SNV2_USAGE, or what `handle` returned. Not thread safe (getopt). */
enum snv2_status cli_parse(const struct cli_program *program, int argc, char **argv,
                           cli_handler *handle, void *user, int *first_operand, bool *done,
                           struct snv2_diagnostic *diagnostic);

/* The option's argument as a decimal integer from `least` to `most`; SNV2_USAGE names `option`. */
enum snv2_status cli_integer(const char *option, const char *argument, int64_t least, int64_t most,
                             int64_t *value, struct snv2_diagnostic *diagnostic);

/* "Usage: ..."; and the whole text of --help, at most 80 columns wide. */
void cli_print_usage(const struct cli_program *program, FILE *stream);
void cli_print_help(const struct cli_program *program, FILE *stream);

#endif
