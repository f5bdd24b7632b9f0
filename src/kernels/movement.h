/* Copies runs into a map of any strides (so also to and from planar images), then the bounds: the
 * commands that move data, and an activation that stands alone.
 *
 * Work items: output rows, images * height. */
#ifndef KERNELS_MOVEMENT_H
#define KERNELS_MOVEMENT_H

#include "kernels/kernel.h"

struct copy_args {
    const struct kernel_run *runs;
    size_t run_count;
    struct kernel_bounds bounds;
    struct kernel_map output; /* of any channel_stride */
};

#endif
