/* Bytes to numbers with vectors: rows of planes, as convolution reads them. What lies otherwise is
 * left to the reference. */
#include "kernels/bytes.h"

#include "kernels/index.h"
#include "kernels/vector_bytes.h"

/* `pixels` pixels, `stride` bytes apart, which is a constant. */
INLINE void plane_row(const unsigned char *in, const size_t stride, struct byte_channel channel,
                      size_t pixels, float *out) {
    const vector scale = vector_broadcast(channel.scale), shift = vector_broadcast(channel.shift);
    const size_t next = VECTOR_LANES * stride;
    size_t x = 0;
    for (; x + VECTOR_LANES <= pixels; x += VECTOR_LANES, in += next)
        vector_store(&out[x], vector_fma(vector_load_bytes(in, stride), scale, shift));
    for (; x < pixels; x++, in += stride)
        out[x] = FMA((float)*in, channel.scale, channel.shift);
}

static void plane_rows(const struct bytes_args *args, size_t begin, size_t end) {
    const struct kernel_map *output = &args->output;
    for (size_t row = begin; row < end; row++)
        for (size_t c = 0; c < output->channels; c++) {
            const struct byte_channel channel = args->channels[c];
            size_t image = row / output->height, y = row % output->height;
            const unsigned char *in = frame_at(args->frame, image, y, channel.number);
            float *out = map_at(output, image, y, 0, c);
            switch (args->frame->pixel_stride) {
            case 1:
                plane_row(in, 1, channel, output->width, out);
                break;
            case 3:
                plane_row(in, 3, channel, output->width, out);
                break;
            case 4:
                plane_row(in, 4, channel, output->width, out);
                break;
            }
        }
}

void KERNEL_NAME(bytes)(const struct bytes_args *args, size_t begin, size_t end) {
    ptrdiff_t stride = args->frame->pixel_stride;
    if (args->output.pixel_stride == 1 && (stride == 1 || stride == 3 || stride == 4))
        plane_rows(args, begin, end);
    else
        KERNEL_REF_NAME(bytes)(args, begin, end);
}
