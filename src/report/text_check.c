/* The part of the text report on a check; see text_check.h. */
#include "report/text_check.h"

#include <math.h>

enum { MAX_PASSED_ROWS = 20, NAME_COLUMNS_MIN = 10 };

static int name_columns(const struct check_report *check) {
    char name[PRINTED_NAME];
    int columns = NAME_COLUMNS_MIN;
    for (int i = 0; i < check->output_count; i++) {
        int own = text_columns(printed_name(check->outputs[i].name, name));
        columns = own > columns ? own : columns;
    }
    return columns;
}

static void print_verdict(const struct printer *printer, const struct check_output *output) {
    if (!output->passed)
        print_styled(printer, STYLE_BAD, "FAILED");
    else if (!output->sensitive)
        fputs("not tested: insensitive", printer->stream);
    else
        print_styled(printer, STYLE_GOOD, "passed");
}

/* The last number is there where there are stored outputs. */
static void print_output(const struct printer *printer, const struct check_output *output,
                         int columns) {
    char name[PRINTED_NAME];
    print_padded(printer, printed_name(output->name, name), columns);
    fprintf(printer->stream, "  %9.2e %9.2e %9.2e %7.1f %9.7f", output->max_error,
            output->max_limit, output->relative_error, output->snr, output->cosine);
    if (!isnan(output->reference_error))
        fprintf(printer->stream, " %9.2e", output->reference_error);
    fputs("  ", printer->stream);
    print_verdict(printer, output);
    fputc('\n', printer->stream);
}

void print_check(const struct printer *printer, const char *inputs,
                 const struct check_report *check) {
    if (!check->outputs)
        return;
    int columns = name_columns(check), unlisted = 0;
    char heading[2 * PRINTED_NAME];
    bool stored = check->output_count > 0 && !isnan(check->outputs[0].reference_error);
    fprintf(printer->stream, "\ncheck on %s", inputs);
    if (check->case_count > 1)
        fprintf(printer->stream, ", the worst of %d", check->case_count);
    fputs(":\n", printer->stream);
    snprintf(heading, sizeof heading, "%-*s  %9s %9s %9s %7s %9s%s", columns, "output", "max error",
             "limit", "relative", "SNR dB", "cosine", stored ? " to stored" : "");
    print_styled(printer, STYLE_BOLD, heading);
    fputc('\n', printer->stream);
    for (int i = 0; i < check->output_count; i++) {
        if (i < MAX_PASSED_ROWS || !check->outputs[i].passed)
            print_output(printer, &check->outputs[i], columns);
        else
            unlisted++;
    }
    if (unlisted > 0)
        fprintf(printer->stream, "and %d outputs more that passed\n", unlisted);
}
