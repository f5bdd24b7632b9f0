/* How a main program begins and ends. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include "cli/options.h"

/* Opens /dev/null for those of the descriptors 0 to 2 that are closed, lest a file that is opened
 * later take their place and be written to; and lets writes past the limit on a file's size fail
 * instead of killing the program. To be called first. */
void cli_begin(void);

/* Says on standard error that the command line is wrong, and where help is. The exit status. */
int cli_usage_error(const struct cli_program *program, const struct snv2_diagnostic *diagnostic);

/* Flushes standard output; its failure is SNV2_IO unless something failed before. Prints the one
 * line of an error. The exit status. */
int cli_end(const struct cli_program *program, enum snv2_status status,
            struct snv2_diagnostic *diagnostic);

#endif
