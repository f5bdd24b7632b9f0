/* Reading a network's inputs from files and writing its outputs to files. */
#ifndef RUN_PORT_FILES_H
#define RUN_PORT_FILES_H

#include "run/ports.h"
#include "run/preprocess.h"

/* Fills the port's values from its file. Shapes must be the same; other element types than float32
 * are converted. A file that does not fit is SNV2_BAD_MODEL, a name that says no format or a
 * picture for another kind of input SNV2_USAGE. The diagnostic names the file. */
enum snv2_status read_input(const struct port *port, const struct preprocessing *preprocessing,
                            struct snv2_diagnostic *diagnostic);

/* Whether an output can be written to a file of that name: SNV2_USAGE where not. */
enum snv2_status check_output_name(const char *path, struct snv2_diagnostic *diagnostic);

/* Writes the port's values to its file, which appears whole or not at all. */
enum snv2_status write_output(const struct port *port, struct snv2_diagnostic *diagnostic);

#endif
