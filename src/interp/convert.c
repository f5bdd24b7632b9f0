/* Tensors between storage form (ir/tensor.h) and the interpreter's form. */
#include "interp/kernel.h"

#include "base/checked.h"

#include <math.h>
#include <stdlib.h>

size_t interp_element_bytes(enum dtype dtype, enum precision precision) {
    if (!dtype_is_real(dtype))
        return sizeof(int64_t);
    return precision == PRECISION_FLOAT32 ? sizeof(float) : sizeof(double);
}

enum snv2_status interp_allocate(struct interp_tensor *tensor, enum dtype dtype,
                                 const struct shape *shape, enum precision precision,
                                 struct snv2_diagnostic *diagnostic) {
    uint64_t bytes;
    *tensor = (struct interp_tensor){.dtype = dtype, .shape = *shape};
    if (!checked_mul((uint64_t)shape_elements(shape), interp_element_bytes(dtype, precision),
                     &bytes) ||
        bytes > SIZE_MAX)
        return diagnose_no_memory(diagnostic);
    tensor->data = malloc(bytes > 0 ? (size_t)bytes : 1);
    return tensor->data ? SNV2_OK : diagnose_no_memory(diagnostic);
}

enum snv2_status interp_load(const struct tensor *tensor, enum precision precision,
                             struct interp_tensor *result, struct snv2_diagnostic *diagnostic) {
    enum snv2_status status =
        interp_allocate(result, tensor->dtype, &tensor->shape, precision, diagnostic);
    if (status != SNV2_OK)
        return status;
    int64_t count = shape_elements(&tensor->shape);
    if (!dtype_is_real(tensor->dtype)) {
        int64_t *elements = result->data;
        for (int64_t i = 0; i < count; i++)
            elements[i] = tensor_int(tensor, i);
    } else if (precision == PRECISION_FLOAT32) {
        float *elements = result->data;
        for (int64_t i = 0; i < count; i++)
            elements[i] = (float)tensor_real(tensor, i);
    } else {
        double *elements = result->data;
        for (int64_t i = 0; i < count; i++)
            elements[i] = tensor_real(tensor, i);
    }
    return SNV2_OK;
}

static void store_integer(void *data, size_t bytes, int64_t index, int64_t value) {
    switch (bytes) {
    case 1:
        ((uint8_t *)data)[index] = (uint8_t)value;
        break;
    case 2:
        ((uint16_t *)data)[index] = (uint16_t)value;
        break;
    case 4:
        ((uint32_t *)data)[index] = (uint32_t)value;
        break;
    default:
        ((uint64_t *)data)[index] = (uint64_t)value;
        break;
    }
}

/* Every NaN becomes the same one: its sign and payload would depend on the machine. */
static void store_real(void *data, enum dtype dtype, int64_t index, double value) {
    if (value != value)
        value = NAN;
    switch ((int)dtype) {
    case DTYPE_FLOAT16:
        ((uint16_t *)data)[index] = real_to_half(value);
        break;
    case DTYPE_BFLOAT16:
        ((uint16_t *)data)[index] = real_to_bfloat16(value);
        break;
    case DTYPE_FLOAT32:
        ((float *)data)[index] = (float)value;
        break;
    default:
        ((double *)data)[index] = value;
        break;
    }
}

const void *interp_store(const struct interp_tensor *tensor, enum precision precision,
                         struct arena *arena) {
    size_t bytes = dtype_bytes(tensor->dtype);
    int64_t count = shape_elements(&tensor->shape);
    if ((uint64_t)count > SIZE_MAX)
        return NULL;
    void *data = arena_alloc(arena, (size_t)count, bytes);
    if (!data)
        return NULL;
    for (int64_t i = 0; i < count; i++) {
        if (!dtype_is_real(tensor->dtype))
            store_integer(data, bytes, i, ((const int64_t *)tensor->data)[i]);
        else if (precision == PRECISION_FLOAT32)
            store_real(data, tensor->dtype, i, ((const float *)tensor->data)[i]);
        else
            store_real(data, tensor->dtype, i, ((const double *)tensor->data)[i]);
    }
    return data;
}
