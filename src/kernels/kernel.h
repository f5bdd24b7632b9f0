/* What all kernels share: how they see feature maps and windows, their names, and the table that an
 * instruction set provides.
 *
 * Everything is counted in elements, never bytes. A kernel trusts its arguments: the runtime checks
 * them once, when it loads a model. Rules of all families, beyond what each header adds:
 *   - alignment: weights and bias 64 bytes; maps only their element (graph inputs and outputs are
 * the caller's);
 *   - reads: only the live channels of the operand, and weights and bias up to the end of the block
 *     of KERNEL_LANES outputs. Channel padding is never read: it may hold anything, NaN too;
 *   - writes: only the live channels of the output, so an output may be part of a larger map;
 *   - aliasing: the output overlaps no operand;
 *   - work: [begin, end) of the family's work items; items are independent, so threads share them
 *     out, and every split gives the same bits;
 *   - the bits: one chain of operations per output, in the order its header defines. */
#ifndef KERNELS_KERNEL_H
#define KERNELS_KERNEL_H

#include <stddef.h>

enum { KERNEL_LANES = 16 }; /* outputs in a block of weights */

/* Channels of a map that the kernel reads: channel i of a pixel stands i * step behind the first.
 * A channels-last map has step 1 and image_stride = pixels * pixel_stride; a planar image has
 * step = pixels and pixel_stride = 1. The pixels of an image are row-major, pixel_stride apart. */
struct kernel_run {
    const float *base; /* the run's first channel in the first pixel of the first image */
    size_t image_stride, pixel_stride;
    ptrdiff_t step;
    size_t count;
    size_t channel; /* number of the run's first channel in the operand */
};

/* A map that the kernel writes. */
struct kernel_map {
    float *base;
    size_t image_stride, pixel_stride,
        channel_stride; /* channel_stride is 1 unless said otherwise */
    size_t height, width, channels;
};

/* Pictures of bytes: byte (image, y, x, channel) stands that many strides, in bytes and of either
 * sign, behind the first. */
struct kernel_frame {
    const unsigned char *base;
    ptrdiff_t image_stride, row_stride, pixel_stride, channel_stride;
};

/* Height and width of the map that is read, and how the window moves over it. Pads: top, left,
 * bottom, right. */
struct kernel_window {
    size_t height, width;
    size_t kernel[2], stride[2], dilation[2], pad[4];
};

/* Memory that is needed soon: pieces of so many bytes, `stride` bytes from each to the next. To ask
 * for it changes no result, and a kernel may leave it. */
struct kernel_ahead {
    const char *base;
    size_t pieces, bytes, stride;
};

/* The epilogue: x < low ? low : x, then x > high ? high : x. Infinite bounds leave every x as it
 * is, NaN and -0 too, so "none" is [-inf, inf] and Relu [0, inf]. */
struct kernel_bounds {
    float low, high;
};

struct conv_args;
struct depthwise_args;
struct pool_args;
struct global_pool_args;
struct fully_connected_args;
struct conv_half_args;
struct fully_connected_half_args;
struct add_args;
struct bytes_args;
struct copy_args;
struct strided_args;
struct softmax_args;
struct matmul_args;
struct reduce_args;
struct axis_args;
struct resize_args;
struct integer_args;
struct integer_conv_args;
struct integer_matmul_args;
struct integer_reduce_args;
struct integer_axis_args;

/* One function a family for one instruction set. */
struct kernel_table {
    const char *isa;
#define KERNEL(family, args) void (*family)(const struct args *args, size_t begin, size_t end);
#include "kernels/kernels.def"
#undef KERNEL
};

extern const struct kernel_table kernels_ref;
extern const struct kernel_table kernels_ref_fma; /* where HAVE_KERNELS_REF_FMA is defined */
extern const struct kernel_table kernels_avx2;    /* where HAVE_KERNELS_AVX2 is defined */
extern const struct kernel_table kernels_avx512;  /* where HAVE_KERNELS_AVX512 is defined */
extern const struct kernel_table kernels_neon;    /* where HAVE_KERNELS_NEON is defined */

/* k_<family>_<isa>; the build defines KERNEL_ISA for each copy of a kernel file, and KERNEL_REF_ISA
 * where that is not the reference itself. */
#define KERNEL_JOIN_(a, b, c) a##b##_##c
#define KERNEL_JOIN(a, b, c) KERNEL_JOIN_(a, b, c)
#define KERNEL_NAME(family) KERNEL_JOIN(k_, family, KERNEL_ISA)

/* The reference that vector kernels leave to what they have no fast way for. */
#define KERNEL_REF_NAME(family) KERNEL_JOIN(k_, family, KERNEL_REF_ISA)

#ifdef KERNEL_REF_ISA
#define KERNEL(family, args)                                                                       \
    void KERNEL_REF_NAME(family)(const struct args *args, size_t begin, size_t end);
#include "kernels/kernels.def"
#undef KERNEL
#endif

#ifdef KERNEL_ISA
#define KERNEL(family, args)                                                                       \
    void KERNEL_NAME(family)(const struct args *args, size_t begin, size_t end);
#include "kernels/kernels.def"
#undef KERNEL
#endif

#endif
