/* Cast and CastLike, between all types. To a real type that does not hold every value of the
 * source's it rounds, to an integer type it truncates toward zero, and what is beyond the type, for
 * which ONNX has no rule, becomes its nearest integer and NaN 0; between integer types it wraps,
 * and to bool it is `x != 0`. */
#include "interp/real.h"

static bool real_type_holds(enum dtype to, enum dtype from) {
    return to == from || to == DTYPE_FLOAT64 ||
           (to == DTYPE_FLOAT32 && (from == DTYPE_FLOAT16 || from == DTYPE_BFLOAT16));
}

static void cast_real(const REAL *xs, enum dtype from, struct interp_tensor *y) {
    int64_t count = shape_elements(&y->shape);
    if (dtype_is_real(y->dtype)) {
        REAL *ys = y->data;
        bool exact = real_type_holds(y->dtype, from);
        for (int64_t i = 0; i < count; i++)
            ys[i] = exact ? xs[i] : (REAL)real_round(y->dtype, xs[i]);
        return;
    }
    int64_t *ys = y->data;
    for (int64_t i = 0; i < count; i++)
        ys[i] = y->dtype == DTYPE_BOOL ? xs[i] != 0 : real_to_integer(y->dtype, xs[i]);
}

static void cast_integer(const int64_t *xs, enum dtype from, struct interp_tensor *y) {
    int64_t count = shape_elements(&y->shape);
    if (dtype_is_real(y->dtype)) {
        REAL *ys = y->data;
        for (int64_t i = 0; i < count; i++)
            ys[i] = (REAL)real_round(y->dtype, integer_to_real(from, xs[i]));
        return;
    }
    int64_t *ys = y->data;
    for (int64_t i = 0; i < count; i++)
        ys[i] = y->dtype == DTYPE_BOOL ? xs[i] != 0 : integer_wrap(y->dtype, xs[i]);
}

INTERP_KERNEL(Cast) {
    const struct interp_tensor *x = operand(call, 0);
    if (dtype_is_real(x->dtype))
        cast_real(x->data, x->dtype, &call->outputs[0]);
    else
        cast_integer(x->data, x->dtype, &call->outputs[0]);
    return SNV2_OK;
}

INTERP_KERNEL(CastLike) {
    return REAL_NAME(interp_Cast)(call);
}
