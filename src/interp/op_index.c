/* What goes by positions: GatherElements, GatherND, OneHot, EyeLike, Trilu. */
#include "interp/real.h"
#include "interp/walk.h"

#include <string.h>

/* Copies element `from` of one tensor to element `to` of another of its type. */
static void copy_element(const struct interp_tensor *target, int64_t to,
                         const struct interp_tensor *source, int64_t from) {
    size_t bytes = element_bytes(source);
    memcpy((char *)target->data + (size_t)to * bytes,
           (const char *)source->data + (size_t)from * bytes, bytes);
}

/* *position: the index, or counted from the end where it is negative. */
static enum snv2_status find_position(const struct interp_call *call, int64_t index, int64_t size,
                                      int64_t *position) {
    *position = index < 0 ? index + size : index;
    if (*position < 0 || *position >= size)
        return diagnose_call(call, SNV2_BAD_MODEL, "index %lld is out of range for %lld elements",
                             (long long)index, (long long)size);
    return SNV2_OK;
}

INTERP_KERNEL(GatherElements) {
    int axis = (int)call->node->attributes.GatherElements.axis;
    const struct interp_tensor *data = operand(call, 0);
    const int64_t *indices = operand(call, 1)->data;
    struct interp_tensor *y = &call->outputs[0];
    struct walk walk = walk_start(&y->shape);
    for (int d = 0; d < data->shape.rank; d++)
        walk.strides[0][d] = d == axis ? 0 : row_major_stride(&data->shape, d);
    int64_t stride = row_major_stride(&data->shape, axis), position;
    for (int64_t i = 0; i < shape_elements(&y->shape); i++, walk_next(&walk)) {
        enum snv2_status status =
            find_position(call, indices[i], data->shape.dims[axis], &position);
        if (status != SNV2_OK)
            return status;
        copy_element(y, i, data, walk.offset[0] + position * stride);
    }
    return SNV2_OK;
}

/* Each list of indices picks a slab of the data, which is that of its batch. */
INTERP_KERNEL(GatherND) {
    int batch = (int)call->node->attributes.GatherND.batch_dims;
    const struct interp_tensor *data = operand(call, 0);
    const struct shape *from = &data->shape, *lists = &operand(call, 1)->shape;
    const int64_t *indices = operand(call, 1)->data;
    int length = (int)lists->dims[lists->rank - 1];
    int64_t slab = shape_product(from, batch + length, from->rank), position;
    int64_t batch_size = shape_product(from, batch, from->rank);
    int64_t lists_of_batch = shape_product(lists, batch, lists->rank - 1);
    int64_t count = shape_product(lists, 0, lists->rank - 1);
    for (int64_t i = 0; i < count; i++) {
        int64_t first = i / lists_of_batch * batch_size;
        for (int d = 0; d < length; d++, indices++) {
            enum snv2_status status =
                find_position(call, *indices, from->dims[batch + d], &position);
            if (status != SNV2_OK)
                return status;
            first += position * row_major_stride(from, batch + d);
        }
        for (int64_t k = 0; k < slab; k++)
            copy_element(&call->outputs[0], i * slab + k, data, first + k);
    }
    return SNV2_OK;
}

/* The index number `i` as the position that is hot, which may be none. Reals are truncated. */
static int64_t hot_position(const struct interp_tensor *indices, int64_t i, int64_t depth) {
    int64_t index;
    if (dtype_is_real(indices->dtype)) {
        REAL number = ((const REAL *)indices->data)[i];
        index = number == number ? real_to_integer(DTYPE_INT64, number) : depth;
    } else {
        index = ((const int64_t *)indices->data)[i];
    }
    return index < 0 ? index + depth : index;
}

INTERP_KERNEL(OneHot) {
    int axis = (int)call->node->attributes.OneHot.axis;
    const struct interp_tensor *indices = operand(call, 0), *values = operand(call, 2);
    struct interp_tensor *y = &call->outputs[0];
    int64_t depth = y->shape.dims[axis];
    struct walk walk = walk_start(&y->shape);
    for (int d = 0; d < indices->shape.rank; d++)
        walk.strides[0][d < axis ? d : d + 1] = row_major_stride(&indices->shape, d);
    for (int64_t i = 0; i < shape_elements(&y->shape); i++, walk_next(&walk))
        copy_element(y, i, values,
                     hot_position(indices, walk.offset[0], depth) == walk.index[axis]);
    return SNV2_OK;
}

INTERP_KERNEL(EyeLike) {
    struct interp_tensor *y = &call->outputs[0];
    int64_t columns = y->shape.dims[1], count = shape_elements(&y->shape);
    int64_t k = call->node->attributes.EyeLike.k;
    for (int64_t i = 0; i < count; i++) {
        bool is_one = k > -columns - count && k < columns && i % columns - i / columns == k;
        if (dtype_is_real(y->dtype))
            ((REAL *)y->data)[i] = is_one;
        else
            ((int64_t *)y->data)[i] = is_one;
    }
    return SNV2_OK;
}

INTERP_KERNEL(Trilu) {
    const struct interp_tensor *x = operand(call, 0), *diagonal = operand(call, 1);
    struct interp_tensor *y = &call->outputs[0];
    int rank = y->shape.rank;
    int64_t columns = y->shape.dims[rank - 1], rows = y->shape.dims[rank - 2];
    int64_t k = diagonal ? *(const int64_t *)diagonal->data : 0;
    const int64_t zero = 0; /* all bits 0 are REAL's zero too */
    size_t bytes = element_bytes(x);
    for (int64_t i = 0; i < shape_elements(&y->shape); i++) {
        int64_t above = i % columns - i / columns % rows;
        bool kept = call->node->attributes.Trilu.upper ? above >= k : above <= k;
        memcpy((char *)y->data + (size_t)i * bytes,
               kept ? (const void *)((const char *)x->data + (size_t)i * bytes) : &zero, bytes);
    }
    return SNV2_OK;
}
