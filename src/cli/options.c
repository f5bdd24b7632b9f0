/* Parsing command lines; see options.h. */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>

/* The table in getopt's two forms. */
struct getopt_tables {
    struct option *names;
    char *letters;
};

static bool make_tables(const struct cli_program *program, struct getopt_tables *tables) {
    size_t count = (size_t)program->option_count;
    tables->names = calloc(count + 1, sizeof *tables->names);
    tables->letters = calloc(2 * count + 2, 1);
    if (!tables->names || !tables->letters)
        return false;
    struct option *name = tables->names;
    char *letter = tables->letters;
    *letter++ = ':'; /* a missing argument is told from an unknown option */
    for (size_t i = 0; i < count; i++) {
        const struct cli_option *option = &program->options[i];
        if (!option->name)
            continue;
        int has_argument = option->argument ? required_argument : no_argument;
        *name++ = (struct option){option->name, has_argument, NULL, option->code};
        if (option->code >= CLI_LONG)
            continue;
        *letter++ = (char)option->code;
        if (option->argument)
            *letter++ = ':';
    }
    return true;
}

static const struct cli_option *find_option(const struct cli_program *program, int code) {
    for (int i = 0; i < program->option_count; i++)
        if (program->options[i].name && program->options[i].code == code)
            return &program->options[i];
    return NULL;
}

/* Says what getopt did not like. optopt is the code of a known option, the letter of an unknown
 * one, or 0 for an unknown name. */
static enum snv2_status refuse(const struct cli_program *program, int code, char **argv,
                               struct snv2_diagnostic *diagnostic) {
    const struct cli_option *option = find_option(program, optopt);
    if (option && code == ':')
        return diagnose(diagnostic, SNV2_USAGE, "option '--%s' needs an argument: %s", option->name,
                        option->argument);
    if (option)
        return diagnose(diagnostic, SNV2_USAGE, "option '--%s' takes no argument", option->name);
    if (optopt)
        return diagnose(diagnostic, SNV2_USAGE, "unknown option '-%c'", optopt);
    return diagnose(diagnostic, SNV2_USAGE, "unknown or ambiguous option '%s'", argv[optind - 1]);
}

static enum snv2_status parse(const struct cli_program *program, int argc, char **argv,
                              const struct getopt_tables *tables, cli_handler *handle, void *user,
                              bool *done, struct snv2_diagnostic *diagnostic) {
    optind = 0; /* forget an earlier command line */
    opterr = 0;
    for (;;) {
        int code = getopt_long(argc, argv, tables->letters, tables->names, NULL);
        enum snv2_status status = SNV2_OK;
        switch (code) {
        case -1:
            return SNV2_OK;
        case '?':
        case ':':
            return refuse(program, code, argv, diagnostic);
        case CLI_HELP:
            cli_print_help(program, stdout);
            *done = true;
            return SNV2_OK;
        case CLI_VERSION:
            printf("%s " PACKAGE_VERSION "\n", program->name);
            *done = true;
            return SNV2_OK;
        default:
            status = handle(user, code, optarg, diagnostic);
        }
        if (status != SNV2_OK)
            return status;
    }
}

enum snv2_status cli_parse(const struct cli_program *program, int argc, char **argv,
                           cli_handler *handle, void *user, int *first_operand, bool *done,
                           struct snv2_diagnostic *diagnostic) {
    struct getopt_tables tables;
    *done = false;
    enum snv2_status status = make_tables(program, &tables) ? parse(program, argc, argv, &tables,
                                                                    handle, user, done, diagnostic)
                                                            : diagnose_no_memory(diagnostic);
    *first_operand = optind;
    free(tables.names);
    free(tables.letters);
    return status;
}

enum snv2_status cli_integer(const char *option, const char *argument, int64_t least, int64_t most,
                             int64_t *value, struct snv2_diagnostic *diagnostic) {
    char *end;
    errno = 0;
    long long number = strtoll(argument, &end, 10);
    bool starts_well = *argument == '-' || (*argument >= '0' && *argument <= '9');
    if (errno || !starts_well || *end || end == argument || number < least || number > most)
        return diagnose(diagnostic, SNV2_USAGE,
                        "option '%s': '%s' is no integer from %" PRId64 " to %" PRId64, option,
                        argument, least, most);
    *value = number;
    return SNV2_OK;
}
