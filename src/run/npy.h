/* NumPy's .npy files, format versions 1.0 to 3.0. */
#ifndef RUN_NPY_H
#define RUN_NPY_H

#include "base/arena.h"
#include "base/diagnostic.h"
#include "ir/tensor.h"

/* Reads the bytes of a file: little- or big-endian floats of 2, 4, 8 bytes, integers of 1 to 8
 * bytes, bool. What is Fortran-ordered is refused, unless it has one dimension at most. The tensor
 * lives in `arena`. SNV2_BAD_MODEL. */
enum snv2_status npy_decode(const unsigned char *bytes, size_t size, struct arena *arena,
                            struct tensor *tensor, struct snv2_diagnostic *diagnostic);

/* The bytes of a file, in `arena`: version 1.0, little-endian float32, data aligned to 64. The same
 * tensor gives the same bytes. Requires a float32 tensor. */
enum snv2_status npy_encode(const struct tensor *tensor, struct arena *arena,
                            const unsigned char **bytes, size_t *size,
                            struct snv2_diagnostic *diagnostic);

#endif
