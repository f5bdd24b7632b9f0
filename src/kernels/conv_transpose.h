/* Transposed convolution, dense or grouped, with the arguments of conv.h: `window` is that of the
 * convolution whose transpose it is. Tap t of output position o along an axis reads input position
 * i where i * stride + t * dilation = o + pad.
 *
 * Chain of an output: bias, then one fma per input: taps in row-major order, those that reach no
 * input position skipped; within a tap the runs of the output's group in their order, channel by
 * channel; then the bounds. Work items: output rows, images * height. */
#ifndef KERNELS_CONV_TRANSPOSE_H
#define KERNELS_CONV_TRANSPOSE_H

#include "kernels/conv.h"

#endif
