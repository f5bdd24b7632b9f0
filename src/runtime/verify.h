/* The parts of blob_verify. */
#ifndef RUNTIME_VERIFY_H
#define RUNTIME_VERIFY_H

#include "runtime/blob.h"

/* Checks command `index` against opcodes.def: operands, output, window, group, weights. Strings,
 * tensors and runs have been checked. */
enum snv2_status verify_command(const struct blob *blob, uint32_t index,
                                struct snv2_diagnostic *diagnostic);

#endif
