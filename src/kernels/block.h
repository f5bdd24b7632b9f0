/* The inner loops of convolution and fully connected: a block of outputs for some pixels, every
 * lane its own chain. */
#ifndef KERNELS_BLOCK_H
#define KERNELS_BLOCK_H

#include "kernels/arithmetic.h"
#include "kernels/index.h"

static inline void block_start(float (*sums)[KERNEL_LANES], size_t pixels, const float *bias) {
    for (size_t p = 0; p < pixels; p++)
        for (size_t lane = 0; lane < KERNEL_LANES; lane++)
            sums[p][lane] = bias[lane];
}

/* One run, channel by channel, for `pixels` pixels that stand `next` apart. Returns the weights
 * behind those it used. */
static inline const float *block_add(float (*sums)[KERNEL_LANES], size_t pixels, const float *in,
                                     ptrdiff_t step, size_t count, size_t next,
                                     const float *weights) {
    for (size_t c = 0; c < count; c++, in += step, weights += KERNEL_LANES) {
        const float *x = in;
        for (size_t p = 0; p < pixels; p++, x += next)
            for (size_t lane = 0; lane < KERNEL_LANES; lane++)
                sums[p][lane] = FMA(*x, weights[lane], sums[p][lane]);
    }
    return weights;
}

static inline void block_store(const float *sums, size_t lanes, struct kernel_bounds bounds,
                               float *out) {
    for (size_t lane = 0; lane < lanes; lane++)
        out[lane] = bounded(sums[lane], bounds);
}

#endif
