/* a * b + c, rounded once: the only way in which a product feeds a sum in kernels. C sources that
 * snv2-convert writes have portable_fma.h in its place. */
#ifndef KERNELS_FMA_H
#define KERNELS_FMA_H

#include <math.h>

#define FMA(a, b, c) fmaf(a, b, c)

#endif
