/* Resizes maps, channel by channel: nearest, linear and cubic, whose tables the caller makes.
 *
 * An output position reads `taps` positions of the input along each axis. Chain of an output, taps
 * in their order: of every row tap the line weight[0] * x[0], then fma(weight[i], x[i], line) along
 * the width; of the lines weight[0] * line[0], then fma(weight[i], line[i], sum). One tap of weight
 * 1 is a copy.
 * Work items: output rows, images * height. */
#ifndef KERNELS_RESIZE_H
#define KERNELS_RESIZE_H

#include "kernels/kernel.h"

enum { RESIZE_TAPS = 4 };

/* What an output position reads along an axis. */
struct resize_position {
    size_t index[RESIZE_TAPS];
    float weight[RESIZE_TAPS];
};

struct resize_args {
    const struct kernel_run *runs;
    size_t run_count;
    size_t width;                                 /* of the map that is read */
    size_t taps;                                  /* 1 (nearest), 2 (linear) or 4 (cubic) */
    const struct resize_position *rows, *columns; /* [output.height] and [output.width] */
    struct kernel_map output;
};

#endif
