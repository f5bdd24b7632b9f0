/* Integer arithmetic on whole numbers that are carried in float32. Results wrap to their type; one
 * that no float holds becomes NaN, or the nearest float where the type says `rounds`. An operand
 * that is NaN, or beyond 64 bits, makes the result NaN. None of this has vector kernels.
 *
 * integer        out = f(a, b) over pieces, as binary (strided.h); b is NULL where f has one
 *
 * integer_conv   as conv, with exact sums: whole numbers whose sum stays below 2^53
 *
 * integer_matmul as matmul; `bias` is what the sum is multiplied by
 *
 * integer_reduce over the axes of reduce
 *
 * integer_cumulative_sum  as cumulative_sum (along_axis.h); NaN where an operand of the sum is
 *
 * A sum that is multiplied is wrapped first; the product, of doubles, is rounded to the nearest
 * whole number, of two the even one. */
#ifndef KERNELS_INTEGER_H
#define KERNELS_INTEGER_H

#include "kernels/along_axis.h"
#include "kernels/conv.h"
#include "kernels/matmul.h"
#include "kernels/reduce.h"

#include <stdbool.h>
#include <stdint.h>

struct kernel_integer_type {
    unsigned bits; /* 8 to 64 */
    bool is_signed;
    bool rounds;
};

enum kernel_integer {
#define INTEGER(name, function) KERNEL_INTEGER_##name,
#include "kernels/integers.def"
#undef INTEGER
};

struct integer_args {
    struct strided_args loop; /* without operator and activation */
    enum kernel_integer operator;
    struct kernel_integer_type type;
};

struct integer_conv_args {
    struct conv_args conv; /* without bias and bounds */
    const int32_t *bias;   /* [groups][ceil(group_outputs / 16) * 16] */
    const float *scale;    /* as bias, or NULL: not multiplied */
    struct kernel_integer_type type;
};

struct integer_matmul_args {
    struct matmul_args matmul;
    struct kernel_integer_type type;
};

enum kernel_integer_reduction {
    KERNEL_INTEGER_SUM,
    KERNEL_INTEGER_MEAN, /* of the sum in 64 bits, towards zero */
    KERNEL_INTEGER_PRODUCT,
};

struct integer_reduce_args {
    struct reduce_args over; /* without its reduction */
    enum kernel_integer_reduction reduction;
    struct kernel_integer_type type;
};

struct integer_axis_args {
    struct axis_args along;
    struct kernel_integer_type type;
};

#endif
