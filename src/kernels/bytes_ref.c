/* Bytes to numbers in plain C. */
#include "kernels/bytes.h"

#include "kernels/arithmetic.h"
#include "kernels/index.h"

void KERNEL_NAME(bytes)(const struct bytes_args *args, size_t begin, size_t end) {
    const struct kernel_map *output = &args->output;
    for (size_t row = begin; row < end; row++)
        for (size_t c = 0; c < output->channels; c++) {
            const struct byte_channel channel = args->channels[c];
            size_t image = row / output->height, y = row % output->height;
            const unsigned char *in = frame_at(args->frame, image, y, channel.number);
            float *out = map_at(output, image, y, 0, c);
            for (size_t x = 0; x < output->width;
                 x++, in += args->frame->pixel_stride, out += output->pixel_stride)
                *out = FMA((float)*in, channel.scale, channel.shift);
        }
}
