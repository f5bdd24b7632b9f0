/* Element types, shapes and the reading of single elements; see tensor.h. */
#include "ir/tensor.h"

#include "base/checked.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum dtype_class { REAL, INTEGER };

static const struct dtype_info {
    enum dtype dtype;
    const char *name;
    size_t bytes;
    enum dtype_class class;
} dtypes[] = {
#define DTYPE(suffix, name, number, bytes, class) {DTYPE_##suffix, name, bytes, class},
#include "ir/dtypes.def"
#undef DTYPE
};

enum { DTYPES = sizeof dtypes / sizeof *dtypes };

static const struct dtype_info *dtype_info(enum dtype dtype) {
    static const struct dtype_info none = {DTYPE_NONE, "none", 0, INTEGER};
    for (int i = 0; i < DTYPES; i++)
        if (dtypes[i].dtype == dtype)
            return &dtypes[i];
    return &none;
}

const char *dtype_name(enum dtype dtype) {
    return dtype_info(dtype)->name;
}

size_t dtype_bytes(enum dtype dtype) {
    return dtype_info(dtype)->bytes;
}

bool dtype_is_real(enum dtype dtype) {
    return dtype_info(dtype)->class == REAL;
}

bool dtype_is_unsigned(enum dtype dtype) {
    return dtype == DTYPE_BOOL || dtype == DTYPE_UINT8 || dtype == DTYPE_UINT16 ||
           dtype == DTYPE_UINT32 || dtype == DTYPE_UINT64;
}

bool float_holds_integer(enum dtype dtype, int64_t value) {
    if (dtype_is_unsigned(dtype)) {
        float nearest = (float)(uint64_t)value;
        return nearest < 0x1p64F && (uint64_t)nearest == (uint64_t)value;
    }
    float nearest = (float)value;
    return nearest < 0x1p63F && (int64_t)nearest == value;
}

enum dtype dtype_of_number(int32_t number) {
    return dtype_info((enum dtype)number)->dtype;
}

enum dtype dtype_of_name(const char *name) {
    for (int i = 0; i < DTYPES; i++)
        if (!strcmp(dtypes[i].name, name))
            return dtypes[i].dtype;
    return DTYPE_NONE;
}

bool shape_equal(const struct shape *a, const struct shape *b) {
    if (a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i])
            return false;
    return true;
}

int64_t shape_product(const struct shape *shape, int from, int to) {
    int64_t product = 1;
    for (int i = from; i < to; i++)
        product *= shape->dims[i];
    return product;
}

int64_t shape_elements(const struct shape *shape) {
    return shape_product(shape, 0, shape->rank);
}

bool shape_is_valid(const struct shape *shape) {
    if (shape->rank < 0 || shape->rank > MAX_RANK)
        return false;
    /* Zeros count as ones, so that the product of any range of dims is bounded too. */
    uint64_t bytes = 8;
    for (int i = 0; i < shape->rank; i++) {
        int64_t dim = shape->dims[i];
        if (dim < 0 || !checked_mul(bytes, dim ? (uint64_t)dim : 1, &bytes) || bytes > INT64_MAX)
            return false;
    }
    return true;
}

const char *shape_format(const struct shape *shape, char text[SHAPE_TEXT]) {
    if (shape->rank == SHAPE_UNKNOWN)
        return strcpy(text, "[?]");
    char *end = text;
    *end++ = '[';
    for (int i = 0; i < shape->rank; i++)
        end += sprintf(end, "%s%lld", i ? "," : "", (long long)shape->dims[i]);
    strcpy(end, "]");
    return text;
}

int64_t tensor_int(const struct tensor *tensor, int64_t index) {
    switch (tensor->dtype) {
    case DTYPE_UINT8:
    case DTYPE_BOOL:
        return ((const uint8_t *)tensor->data)[index];
    case DTYPE_INT8:
        return ((const int8_t *)tensor->data)[index];
    case DTYPE_UINT16:
        return ((const uint16_t *)tensor->data)[index];
    case DTYPE_INT16:
        return ((const int16_t *)tensor->data)[index];
    case DTYPE_UINT32:
        return ((const uint32_t *)tensor->data)[index];
    case DTYPE_INT32:
        return ((const int32_t *)tensor->data)[index];
    case DTYPE_UINT64:
    case DTYPE_INT64:
        return ((const int64_t *)tensor->data)[index];
    case DTYPE_NONE:
    case DTYPE_FLOAT16:
    case DTYPE_BFLOAT16:
    case DTYPE_FLOAT32:
    case DTYPE_FLOAT64:
        break;
    }
    assert(!"tensor_int is for integers");
    return 0;
}

double tensor_real(const struct tensor *tensor, int64_t index) {
    switch (tensor->dtype) {
    case DTYPE_FLOAT16:
        return half_to_float(((const uint16_t *)tensor->data)[index]);
    case DTYPE_BFLOAT16:
        return bfloat16_to_float(((const uint16_t *)tensor->data)[index]);
    case DTYPE_FLOAT32:
        return ((const float *)tensor->data)[index];
    case DTYPE_FLOAT64:
        return ((const double *)tensor->data)[index];
    case DTYPE_UINT64:
        return (double)((const uint64_t *)tensor->data)[index];
    default:
        return (double)tensor_int(tensor, index);
    }
}
