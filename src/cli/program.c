/* How a main program begins and ends; see program.h. */
#include "cli/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void cli_begin(void) {
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", O_RDWR) != descriptor)
            _Exit(SNV2_IO);
    signal(SIGXFSZ, SIG_IGN); /* a write past the limit then fails with EFBIG */
}

static void print_error(const struct cli_program *program,
                        const struct snv2_diagnostic *diagnostic) {
    char line[sizeof *diagnostic + 64];
    diagnostic_format(diagnostic, line, sizeof line);
    fprintf(stderr, "%s: %s\n", program->name, line);
}

int cli_usage_error(const struct cli_program *program, const struct snv2_diagnostic *diagnostic) {
    print_error(program, diagnostic);
    cli_print_usage(program, stderr);
    fprintf(stderr, "Try '%s --help'.\n", program->name);
    return diagnostic->status;
}

int cli_end(const struct cli_program *program, enum snv2_status status,
            struct snv2_diagnostic *diagnostic) {
    errno = 0;
    bool flushed = fflush(stdout) == 0, failed = ferror(stdout);
    if (status == SNV2_OK && (!flushed || failed)) {
        status = diagnose(diagnostic, SNV2_IO, "cannot write: %s",
                          errno ? strerror(errno) : "an earlier write failed");
        diagnostic_set_file(diagnostic, "standard output");
    }
    if (status != SNV2_OK)
        print_error(program, diagnostic);
    return status;
}
