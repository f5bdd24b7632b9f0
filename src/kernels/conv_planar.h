/* Convolution of planar images with few outputs, where lanes are pixels and not outputs. */
#ifndef KERNELS_CONV_PLANAR_H
#define KERNELS_CONV_PLANAR_H

#include "kernels/conv.h"

#include <stdbool.h>

/* Makes output rows [begin, end) as conv does, if the operand is a planar image that is made faster
 * this way on this instruction set; else false, and nothing is done. */
#define conv_planar KERNEL_NAME(conv_planar)
bool conv_planar(const struct conv_args *args, size_t begin, size_t end);

#endif
