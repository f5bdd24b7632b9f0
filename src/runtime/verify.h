/* The parts of blob_verify. */
#ifndef RUNTIME_VERIFY_H
#define RUNTIME_VERIFY_H

#include "runtime/blob.h"

/* Whether a string starts there. */
bool is_string(const struct blob *blob, uint32_t offset);

/* Checks all tensors and the size of the arena, and numbers the graph's inputs and outputs. The
 * strings have been checked. */
enum snv2_status verify_tensors(struct blob *blob, struct arena *arena,
                                struct snv2_diagnostic *diagnostic);

/* Checks the frames, with the tensors of bytes, and finds the frame of each input. The tensors have
 * been checked. */
enum snv2_status verify_frames(struct blob *blob, struct arena *arena,
                               struct snv2_diagnostic *diagnostic);

/* Checks command `index` against opcodes.def: operands, output, window, group, weights. Strings,
 * tensors and runs have been checked. */
enum snv2_status verify_command(const struct blob *blob, uint32_t index,
                                struct snv2_diagnostic *diagnostic);

#endif
