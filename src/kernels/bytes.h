/* Bytes of pictures as the numbers that a network reads: of each channel
 * fma(byte, scale, shift), rounded once.
 *
 * Work items: output rows, images * height. */
#ifndef KERNELS_BYTES_H
#define KERNELS_BYTES_H

#include "kernels/kernel.h"

/* What becomes a channel of the output. */
struct byte_channel {
    size_t number; /* of the picture's channels */
    float scale, shift;
};

struct bytes_args {
    const struct kernel_frame *frame;
    const struct byte_channel *channels; /* as many as the output has */
    struct kernel_map output;            /* of any channel_stride */
};

#endif
