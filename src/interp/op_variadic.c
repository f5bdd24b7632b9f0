/* Operators on any number of operands with broadcasting: Max, Min, Mean. */
#include "interp/real.h"
#include "interp/walk.h"

/* Joins two elements. The integer form may be NULL where operands are real. */
struct joining {
    REAL (*real)(REAL a, REAL b);
    int64_t (*integer)(enum dtype dtype, int64_t a, int64_t b);
};

/* The operands joined from the first to the last. */
static void join(const struct interp_call *call, const struct joining *joining) {
    struct interp_tensor *y = &call->outputs[0];
    int64_t count = shape_elements(&y->shape);
    for (int k = 0; k < call->node->input_count; k++) {
        const struct interp_tensor *x = operand(call, k);
        struct walk walk = walk_start(&y->shape);
        walk_broadcast(&walk, 0, &x->shape);
        if (dtype_is_real(y->dtype)) {
            const REAL *xs = x->data;
            REAL *ys = y->data;
            for (int64_t i = 0; i < count; i++, walk_next(&walk))
                ys[i] = k == 0 ? xs[walk.offset[0]] : joining->real(ys[i], xs[walk.offset[0]]);
        } else {
            const int64_t *xs = x->data;
            int64_t *ys = y->data;
            for (int64_t i = 0; i < count; i++, walk_next(&walk))
                ys[i] = k == 0 ? xs[walk.offset[0]]
                               : joining->integer(y->dtype, ys[i], xs[walk.offset[0]]);
        }
    }
}

static REAL add(REAL a, REAL b) {
    return a + b;
}

INTERP_KERNEL(Max) {
    static const struct joining maximum = {larger, larger_integer};
    join(call, &maximum);
    return SNV2_OK;
}

INTERP_KERNEL(Min) {
    static const struct joining minimum = {smaller, smaller_integer};
    join(call, &minimum);
    return SNV2_OK;
}

INTERP_KERNEL(Mean) {
    static const struct joining sum = {add, NULL};
    int64_t count = shape_elements(&call->outputs[0].shape);
    REAL *ys = call->outputs[0].data;
    join(call, &sum);
    for (int64_t i = 0; i < count; i++)
        ys[i] /= (REAL)call->node->input_count;
    return SNV2_OK;
}
