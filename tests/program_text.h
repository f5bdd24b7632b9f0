/* Programs as text, a line a command, for tests of lowering. */
#ifndef TESTS_PROGRAM_TEXT_H
#define TESTS_PROGRAM_TEXT_H

#include "lower/program.h"

/* "name: OPCODE(operands) -> output[dims] window group activation mode", then the marks, then the
 * residues ("moved" or "boundary"). To be freed. */
char *program_text(const struct program *program);

#endif
