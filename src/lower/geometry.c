/* Dims and strides of tensors: dense and channels-last ones, and what transposing, slicing,
 * broadcasting and reshaping make of them without moving an element. */
#include "lower/geometry.h"

static struct snv2_blob_tensor new_tensor(const struct shape *shape, enum snv2_blob_place place) {
    struct snv2_blob_tensor tensor = {
        .dtype = DTYPE_FLOAT32,
        .place = (uint8_t)place,
        .rank = (uint8_t)shape->rank,
        .owner = NO_TENSOR,
    };
    for (int axis = 0; axis < shape->rank; axis++)
        tensor.dims[axis] = shape->dims[axis];
    return tensor;
}

struct snv2_blob_tensor dense_tensor(const struct shape *shape, enum snv2_blob_place place) {
    struct snv2_blob_tensor tensor = new_tensor(shape, place);
    int64_t stride = 1;
    for (int axis = shape->rank; axis-- > 0; stride *= shape->dims[axis])
        tensor.strides[axis] = stride;
    tensor.bytes = (uint64_t)stride * sizeof(float);
    return tensor;
}

struct snv2_blob_tensor feature_map(const struct shape *shape, enum snv2_blob_place place) {
    struct snv2_blob_tensor tensor = new_tensor(shape, place);
    int64_t lanes = (shape->dims[1] + SNV2_BLOB_LANES - 1) / SNV2_BLOB_LANES * SNV2_BLOB_LANES;
    tensor.strides[1] = 1;
    tensor.strides[3] = lanes;
    tensor.strides[2] = lanes * shape->dims[3];
    tensor.strides[0] = tensor.strides[2] * shape->dims[2];
    tensor.bytes = (uint64_t)(tensor.strides[0] * shape->dims[0]) * sizeof(float);
    return tensor;
}

uint64_t reached_bytes(const struct snv2_blob_tensor *tensor) {
    uint64_t extent = 1;
    for (int axis = 0; axis < tensor->rank; axis++)
        extent += (uint64_t)((tensor->dims[axis] - 1) * tensor->strides[axis]);
    return extent * dtype_bytes(tensor->dtype);
}

struct snv2_blob_tensor transposed(const struct snv2_blob_tensor *tensor, const int64_t *perm) {
    struct snv2_blob_tensor result = *tensor;
    for (int axis = 0; axis < tensor->rank; axis++) {
        result.dims[axis] = tensor->dims[perm[axis]];
        result.strides[axis] = tensor->strides[perm[axis]];
    }
    return result;
}

struct snv2_blob_tensor sliced(const struct snv2_blob_tensor *tensor, int axis, int64_t start,
                               int64_t count, int64_t step) {
    struct snv2_blob_tensor result = *tensor;
    result.offset += (uint64_t)(start * tensor->strides[axis]) * sizeof(float);
    result.dims[axis] = count;
    result.strides[axis] *= step;
    return result;
}

struct snv2_blob_tensor broadcasted(const struct snv2_blob_tensor *tensor,
                                    const struct shape *shape) {
    struct snv2_blob_tensor result = *tensor;
    int added = shape->rank - tensor->rank;
    result.rank = (uint8_t)shape->rank;
    for (int axis = 0; axis < shape->rank; axis++) {
        int from = axis - added;
        bool repeats = from < 0 || tensor->dims[from] != shape->dims[axis];
        result.dims[axis] = shape->dims[axis];
        result.strides[axis] = repeats ? 0 : tensor->strides[from];
    }
    return result;
}

/* The axes that are more than one element, joined where one step of the outer is the whole inner.
 */
static int joined_axes(const struct snv2_blob_tensor *tensor, int64_t *dims, int64_t *strides) {
    int count = 0;
    for (int axis = 0; axis < tensor->rank; axis++) {
        int64_t dim = tensor->dims[axis], stride = tensor->strides[axis];
        if (dim == 1)
            continue;
        if (count > 0 && strides[count - 1] == dim * stride) {
            dims[count - 1] *= dim;
            strides[count - 1] = stride;
        } else {
            dims[count] = dim;
            strides[count++] = stride;
        }
    }
    return count;
}

bool reshape_tensor(struct snv2_blob_tensor *tensor, const struct shape *shape) {
    int64_t dims[SNV2_BLOB_MAX_RANK], strides[SNV2_BLOB_MAX_RANK];
    int old = joined_axes(tensor, dims, strides);
    struct snv2_blob_tensor result = *tensor;
    result.rank = (uint8_t)shape->rank;
    int64_t stride = 1; /* of an axis of one element: as if it were dense inside */
    for (int axis = SNV2_BLOB_MAX_RANK; axis-- > 0;) {
        bool used = axis < shape->rank;
        int64_t dim = used ? shape->dims[axis] : 0;
        if (dim > 1) {
            /* The innermost axis that is left is split into this one and the rest of it. */
            if (old == 0 || dims[old - 1] % dim != 0)
                return false;
            stride = strides[old - 1];
            dims[old - 1] /= dim;
            strides[old - 1] *= dim;
            if (dims[old - 1] == 1)
                old--;
        }
        result.dims[axis] = dim;
        result.strides[axis] = used ? stride : 0;
        if (used)
            stride *= dim;
    }
    *tensor = result;
    return true;
}

struct shape operand_shape(const struct shape *shape) {
    struct shape channels_only = {2, {1, shape_elements(shape)}};
    return shape->rank < 2 ? channels_only : *shape;
}

bool same_place(const struct snv2_blob_tensor *a, const struct snv2_blob_tensor *b) {
    if (a->owner != b->owner || a->offset != b->offset || a->rank != b->rank)
        return false;
    for (int axis = 0; axis < a->rank; axis++)
        if (a->dims[axis] != b->dims[axis] ||
            (a->dims[axis] > 1 && a->strides[axis] != b->strides[axis]))
            return false;
    return true;
}

bool is_even_map(const struct snv2_blob_tensor *tensor) {
    const int64_t *dims = tensor->dims, *strides = tensor->strides;
    return tensor->rank == 2 || (tensor->rank == 4 && (dims[2] == 1 || dims[3] == 1 ||
                                                       strides[2] == dims[3] * strides[3]));
}

bool is_readable_map(const struct snv2_blob_tensor *tensor) {
    return is_even_map(tensor) && (tensor->dims[1] == 1 || tensor->strides[1] == 1);
}
