/* Commands whose weights have half the size (kernels/half.h): each member of a team widens them in
 * a panel of its own. */
#ifndef RUNTIME_HALF_WEIGHTS_H
#define RUNTIME_HALF_WEIGHTS_H

#include "kernels/half.h"
#include "runtime/operands.h"

static inline bool has_half_weights(const struct snv2_blob_command *command) {
    return command->weights_dtype != SNV2_WEIGHTS_FLOAT32;
}

/* The floats of one member's panel; UINT64_MAX where there are too many. */
uint64_t blob_panel_floats(const struct blob *blob);

/* The weights of a command that has_half_weights, for one member. */
struct kernel_half_weights half_weights_of(const struct resolver *resolver,
                                           const struct snv2_blob_command *command, int member);

/* Arguments for each member, around those of the float32 kernel. In a unit, the member's alone.
 * NULL when out of memory. */
struct conv_half_args *resolve_conv_half(struct resolver *resolver,
                                         const struct snv2_blob_command *command,
                                         const struct conv_args *conv);
struct fully_connected_half_args *
resolve_fully_connected_half(struct resolver *resolver, const struct snv2_blob_command *command,
                             const struct fully_connected_args *fully_connected);

#endif
