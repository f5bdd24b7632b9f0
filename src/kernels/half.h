/* Weights of half the size, float16 or bfloat16. Kernels widen them to float32, which is exact, so
 * the bits are those of the float32 kernel on the same numbers; the contracts are its own.
 *
 *   conv_half, conv_transpose_half, fully_connected_half
 *
 * A panel is the weights of a few blocks of outputs as float32, in memory of the calling thread's:
 * the float32 kernel makes all pixels at hand with it while it stays in a core's own cache. */
#ifndef KERNELS_HALF_H
#define KERNELS_HALF_H

#include "kernels/conv.h"
#include "kernels/fully_connected.h"

#include <stdint.h>

enum kernel_half { KERNEL_FLOAT16, KERNEL_BFLOAT16 };

struct kernel_half_weights {
    enum kernel_half type;
    const uint32_t *pairs; /* two weights in each, the first in its low half */
    float *panel;          /* as many floats as half_panel_floats says, aligned to 64 bytes */
};

/* The float32 kernel's arguments, whose weights are not read. */
struct conv_half_args {
    const struct conv_args *conv;
    struct kernel_half_weights weights;
};

struct fully_connected_half_args {
    const struct fully_connected_args *fully_connected;
    struct kernel_half_weights weights;
};

/* As many blocks as the vector kernels make at once, and at the end what is left; so the float32
 * kernel cuts outputs as it does without panels. */
enum { PANEL_BLOCKS = 2, LAST_PANEL_BLOCKS = 4 };

/* The blocks of the next panel, where so many are left. */
static inline size_t panel_blocks(size_t left) {
    return left <= LAST_PANEL_BLOCKS ? left : PANEL_BLOCKS;
}

/* The room that a panel needs, for groups of `blocks` blocks, each output having so many weights.
 */
static inline size_t half_panel_floats(size_t blocks, size_t weights) {
    size_t most = blocks < LAST_PANEL_BLOCKS ? blocks : LAST_PANEL_BLOCKS;
    return most * weights * KERNEL_LANES;
}

#endif
