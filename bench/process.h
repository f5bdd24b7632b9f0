/* Running another program. */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include "base/diagnostic.h"

/* Runs argv (which ends with NULL; argv[0] is looked up in PATH) to its end. What it prints is cut
 * to `size` bytes with the NUL; its standard error is ours. SNV2_USAGE where it cannot be started
 * or fails. */
enum snv2_status run_program(const char *const *argv, char *output, size_t size,
                             struct snv2_diagnostic *diagnostic);

#endif
