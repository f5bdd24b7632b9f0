/* Operators about shapes: Shape, Size, ConstantOfShape; and Range. */
#include "interp/real.h"

INTERP_KERNEL(Shape) {
    const struct shape *shape = &operand(call, 0)->shape;
    int64_t *dims = call->outputs[0].data, count = call->outputs[0].shape.dims[0];
    for (int64_t i = 0; i < count; i++)
        dims[i] = shape->dims[call->node->attributes.Shape.start + i];
    return SNV2_OK;
}

/* Without a value the elements are float 0. */
INTERP_KERNEL(ConstantOfShape) {
    const struct tensor *value = call->node->attributes.ConstantOfShape.value;
    struct interp_tensor *y = &call->outputs[0];
    int64_t count = shape_elements(&y->shape);
    if (dtype_is_real(y->dtype)) {
        REAL *ys = y->data, element = value ? (REAL)tensor_real(value, 0) : 0;
        for (int64_t i = 0; i < count; i++)
            ys[i] = element;
    } else {
        int64_t *ys = y->data, element = tensor_int(value, 0);
        for (int64_t i = 0; i < count; i++)
            ys[i] = element;
    }
    return SNV2_OK;
}

INTERP_KERNEL(Size) {
    *(int64_t *)call->outputs[0].data = shape_elements(&operand(call, 0)->shape);
    return SNV2_OK;
}

/* start + i * delta. */
INTERP_KERNEL(Range) {
    const struct interp_tensor *start = operand(call, 0), *delta = operand(call, 2);
    struct interp_tensor *y = &call->outputs[0];
    int64_t count = y->shape.dims[0];
    if (dtype_is_real(y->dtype)) {
        REAL *ys = y->data;
        for (int64_t i = 0; i < count; i++)
            ys[i] = *(const REAL *)start->data + (REAL)i * *(const REAL *)delta->data;
    } else {
        int64_t *ys = y->data;
        uint64_t element = (uint64_t) * (const int64_t *)start->data;
        for (int64_t i = 0; i < count; i++, element += (uint64_t) * (const int64_t *)delta->data)
            ys[i] = (int64_t)element;
    }
    return SNV2_OK;
}
