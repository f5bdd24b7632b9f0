/* How tensors lie in their storage: dims and strides of records, before they are appended. A record
 * with owner NO_TENSOR is a base without a number yet; offsets of others count from their owner. */
#ifndef LOWER_GEOMETRY_H
#define LOWER_GEOMETRY_H

#include "ir/tensor.h"
#include "snv2/blob.h"

enum { NO_TENSOR = 0xffffffff };

/* A base of that shape: row-major; or channels-last with lanes (rank 4). */
struct snv2_blob_tensor dense_tensor(const struct shape *shape, enum snv2_blob_place place);
struct snv2_blob_tensor feature_map(const struct shape *shape, enum snv2_blob_place place);

/* What the record reaches: bytes from its first element to the end of its last. */
uint64_t reached_bytes(const struct snv2_blob_tensor *tensor);

/* The same elements, axis i being axis perm[i] before. */
struct snv2_blob_tensor transposed(const struct snv2_blob_tensor *tensor, const int64_t *perm);

/* Elements start, start + step, ... along an axis; start and step not negative. */
struct snv2_blob_tensor sliced(const struct snv2_blob_tensor *tensor, int axis, int64_t start,
                               int64_t count, int64_t step);

/* The tensor repeated along axes, as ONNX broadcasts it to `shape`. */
struct snv2_blob_tensor broadcasted(const struct snv2_blob_tensor *tensor,
                                    const struct shape *shape);

/* The same elements in row-major order as `shape`; false where no strides say that. */
bool reshape_tensor(struct snv2_blob_tensor *tensor, const struct shape *shape);

/* The shape with at least two dims, as operands have: [n] is [1,n]. */
struct shape operand_shape(const struct shape *shape);

/* Whether both are the same elements in the same dims. */
bool same_place(const struct snv2_blob_tensor *a, const struct snv2_blob_tensor *b);

/* Whether it is [N,C] or [N,C,H,W] with evenly spaced pixels, row behind row; and, as convolutions
 * and pools like to read and have to write it, with its channels side by side. */
bool is_even_map(const struct snv2_blob_tensor *tensor);
bool is_readable_map(const struct snv2_blob_tensor *tensor);

#endif
