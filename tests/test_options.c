/* The option table: what is parsed, what is refused and how, and --help. */
#include "tests/tap.h"

#include "cli/options.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_SIZE = CLI_LONG, OPTION_SIDE };

static const struct cli_option table[] = {
    {0, NULL, NULL, "Things"},
    {'o', "output", "FILE", "where it goes"},
    {'q', "quiet", NULL, "print nothing"},
    {OPTION_SIZE, "size", "N",
     "a help text that is long enough to be wrapped more than once, because a table of options "
     "must "
     "not print a line that is wider than a terminal of eighty columns"},
    {OPTION_SIDE, "a-very-long-option-name", "ARGUMENT", "stands on a line of its own"},
    CLI_HELP_OPTION,
    CLI_VERSION_OPTION,
};

static const struct cli_program program = {
    .name = "tool",
    .operands = "MODEL",
    .purpose = "A tool.",
    .options = table,
    .option_count = sizeof table / sizeof *table,
    .epilogue = "That is all.\n",
};

/* What was handed to the handler, as "code=argument " for each option; letters as themselves. */
static enum snv2_status record(void *user, int code, const char *argument,
                               struct snv2_diagnostic *diagnostic) {
    char *text = user;
    size_t used = strlen(text);
    if (argument && strcmp(argument, "refused") == 0)
        return diagnose(diagnostic, SNV2_UNSUPPORTED, "the handler's own");
    if (code < CLI_LONG)
        sprintf(text + used, "%c=%s ", code, argument ? argument : "");
    else
        sprintf(text + used, "%d=%s ", code - CLI_LONG, argument ? argument : "");
    return SNV2_OK;
}

struct line {
    const char *words;    /* separated by one space */
    const char *handled;  /* what record() notes */
    const char *operands; /* separated by one space */
    enum snv2_status status;
    const char *message; /* of a failure: part of it */
};

static const struct line lines[] = {
    {"model", "", "model", SNV2_OK, NULL},
    {"-o x model", "o=x ", "model", SNV2_OK, NULL},
    {"model -ox -q", "o=x q= ", "model", SNV2_OK, NULL},
    {"-qo x", "q= o=x ", "", SNV2_OK, NULL},
    {"--output=x --quiet", "o=x q= ", "", SNV2_OK, NULL},
    {"--output x --size=3 a b", "o=x 0=3 ", "a b", SNV2_OK, NULL},
    {"--out=x", "o=x ", "", SNV2_OK, NULL},
    {"-", "", "-", SNV2_OK, NULL},
    {"-q -- -q --size", "q= ", "-q --size", SNV2_OK, NULL},
    {"", "", "", SNV2_OK, NULL},
    {"--nothing", "", "", SNV2_USAGE, "unknown or ambiguous option '--nothing'"},
    {"model --nothing=3", "", "", SNV2_USAGE, "unknown or ambiguous option '--nothing=3'"},
    {"-x", "", "", SNV2_USAGE, "unknown option '-x'"},
    {"-qx", "q= ", "", SNV2_USAGE, "unknown option '-x'"},
    {"-q -o", "q= ", "", SNV2_USAGE, "option '--output' needs an argument: FILE"},
    {"--size", "", "", SNV2_USAGE, "option '--size' needs an argument: N"},
    {"--quiet=3", "", "", SNV2_USAGE, "option '--quiet' takes no argument"},
    {"-q --size refused -q", "q= ", "", SNV2_UNSUPPORTED, "the handler's own"},
};

START_TEST(test_lines) {
    const struct line *line = &lines[_i];
    char words[200], handled[200] = "", operands[200] = "", *argv[20] = {"tool"};
    struct snv2_diagnostic diagnostic = {.message = ""};
    int argc = 1, first;
    bool done;
    strcpy(words, line->words);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    enum snv2_status status =
        cli_parse(&program, argc, argv, record, handled, &first, &done, &diagnostic);
    ck_assert_int_eq(status, line->status);
    ck_assert_str_eq(handled, line->handled);
    ck_assert(!done);
    if (status != SNV2_OK) {
        ck_assert_int_eq(diagnostic.status, status);
        ck_assert_str_eq(diagnostic.message, line->message);
        return;
    }
    for (int i = first; i < argc; i++)
        sprintf(operands + strlen(operands), "%s%s", i > first ? " " : "", argv[i]);
    ck_assert_str_eq(operands, line->operands);
}
END_TEST

/* Every option stands in the help, and no line is wider than 80 columns or ends in a space. */
START_TEST(test_help) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(stream);
    cli_print_help(&program, stream);
    fclose(stream);
    ck_assert(strncmp(text, "Usage: tool [OPTION]... MODEL\nA tool.\n", 38) == 0);
    ck_assert_ptr_nonnull(strstr(text, "\nThings:\n  -o, --output=FILE         where it goes\n"
                                       "  -q, --quiet               print nothing\n"));
    ck_assert_ptr_nonnull(strstr(text, "      --a-very-long-option-name=ARGUMENT\n"
                                       "                            stands on"));
    ck_assert_ptr_nonnull(strstr(text, "  -V, --version "));
    ck_assert_ptr_nonnull(strstr(text, "\n\nThat is all.\n"));
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        ck_assert_msg(strlen(line) <= 80, "wider than 80 columns: %s", line);
        ck_assert_msg(line[strlen(line) - 1] != ' ', "ends in a space: '%s'", line);
    }
    free(text);
}
END_TEST

START_TEST(test_integer) {
    static const struct {
        const char *text;
        bool valid;
        int64_t value;
    } cases[] = {
        {"0", true, 0},
        {"-5", true, -5},
        {"100", true, 100},
        {"101", false, 0},
        {"-6", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {" 1", false, 0},
        {"+1", false, 0},
        {"1x", false, 0},
        {"0x10", false, 0},
        {"1e2", false, 0},
        {"9223372036854775808", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct snv2_diagnostic diagnostic = {.message = ""};
        int64_t value = 77;
        enum snv2_status status = cli_integer("--n", cases[i].text, -5, 100, &value, &diagnostic);
        ck_assert_msg(status == (cases[i].valid ? SNV2_OK : SNV2_USAGE), "'%s'", cases[i].text);
        ck_assert_int_eq(value, cases[i].valid ? cases[i].value : 77);
        if (!cases[i].valid)
            ck_assert_ptr_nonnull(strstr(diagnostic.message, "'--n'"));
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");
    tcase_add_loop_test(tests, test_lines, 0, sizeof lines / sizeof *lines);
    tcase_add_test(tests, test_help);
    tcase_add_test(tests, test_integer);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
