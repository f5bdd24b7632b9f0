/* Commands that read bytes of the caller's frames. A convolution reads them some rows at a time, as
 * numbers in a small memory of each member's, which stay in its caches: no pass over the image. */
#ifndef RUNTIME_FRAMES_H
#define RUNTIME_FRAMES_H

#include "kernels/bytes.h"
#include "kernels/conv.h"
#include "runtime/operands.h"
#include "snv2/runtime.h"

/* Whether a command's operand is of bytes. */
bool reads_bytes(const struct blob *blob, const struct snv2_blob_command *command);

/* The floats of one member that convolutions of bytes need; UINT64_MAX where there are too many. */
uint64_t frame_rows_floats(const struct blob *blob);

/* What the frames of a model are, by number of the input; pixels of an input of floats are
 * undefined and its row_bytes 0. NULL when out of memory. */
struct snv2_frame_info *describe_frames(const struct blob *blob, struct arena *arena);

/* Where a caller's frame is. False where a row is longer than its stride. */
bool place_frame(const struct snv2_frame_info *info, const struct snv2_frame *frame,
                 struct kernel_frame *placed);

/* COPY of bytes. NULL when out of memory. */
struct bytes_args *resolve_bytes(struct resolver *resolver,
                                 const struct snv2_blob_command *command);

/* CONV of bytes, `args` being its arguments but for the runs. False when out of memory. */
bool resolve_byte_conv(struct resolver *resolver, const struct snv2_blob_command *command,
                       const struct conv_args *args, struct step *step);

#endif
