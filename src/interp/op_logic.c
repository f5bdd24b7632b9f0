/* Comparisons, logic, and Where: operators about bool. */
#include "interp/real.h"
#include "interp/walk.h"

#include <string.h>

/* How two elements compare. NaN is neither less, equal nor greater. */
struct comparison {
    bool less, equal, greater;
};

/* Whether the relation holds, for every pair of elements. */
static enum snv2_status compare(const struct interp_call *call, struct comparison relation) {
    const struct interp_tensor *a = operand(call, 0), *b = operand(call, 1);
    struct interp_tensor *y = &call->outputs[0];
    int64_t count = shape_elements(&y->shape), *ys = y->data;
    bool is_real = dtype_is_real(a->dtype);
    struct walk walk = walk_start(&y->shape);
    walk_broadcast(&walk, 0, &a->shape);
    walk_broadcast(&walk, 1, &b->shape);
    for (int64_t i = 0; i < count; i++, walk_next(&walk)) {
        struct comparison is;
        if (is_real) {
            REAL left = ((const REAL *)a->data)[walk.offset[0]];
            REAL right = ((const REAL *)b->data)[walk.offset[1]];
            is = (struct comparison){left<right, left == right, left> right};
        } else {
            int64_t left = ((const int64_t *)a->data)[walk.offset[0]];
            int64_t right = ((const int64_t *)b->data)[walk.offset[1]];
            is = (struct comparison){integer_less(a->dtype, left, right), left == right,
                                     integer_less(a->dtype, right, left)};
        }
        ys[i] = (is.less && relation.less) || (is.equal && relation.equal) ||
                (is.greater && relation.greater);
    }
    return SNV2_OK;
}

INTERP_KERNEL(Equal) {
    return compare(call, (struct comparison){.equal = true});
}

INTERP_KERNEL(Greater) {
    return compare(call, (struct comparison){.greater = true});
}

INTERP_KERNEL(GreaterOrEqual) {
    return compare(call, (struct comparison){.greater = true, .equal = true});
}

INTERP_KERNEL(Less) {
    return compare(call, (struct comparison){.less = true});
}

INTERP_KERNEL(LessOrEqual) {
    return compare(call, (struct comparison){.less = true, .equal = true});
}

/* Whether at least so many of the two operands are true. */
static enum snv2_status count_true(const struct interp_call *call, int64_t least) {
    const struct interp_tensor *a = operand(call, 0), *b = operand(call, 1);
    struct interp_tensor *y = &call->outputs[0];
    const int64_t *as = a->data, *bs = b->data;
    int64_t count = shape_elements(&y->shape), *ys = y->data;
    struct walk walk = walk_start(&y->shape);
    walk_broadcast(&walk, 0, &a->shape);
    walk_broadcast(&walk, 1, &b->shape);
    for (int64_t i = 0; i < count; i++, walk_next(&walk))
        ys[i] = as[walk.offset[0]] + bs[walk.offset[1]] >= least;
    return SNV2_OK;
}

INTERP_KERNEL(And) {
    return count_true(call, 2);
}

INTERP_KERNEL(Or) {
    return count_true(call, 1);
}

INTERP_KERNEL(Xor) {
    return compare(call, (struct comparison){.less = true, .greater = true});
}

INTERP_KERNEL(Not) {
    const struct interp_tensor *x = operand(call, 0);
    const int64_t *xs = x->data;
    int64_t count = shape_elements(&x->shape), *ys = call->outputs[0].data;
    for (int64_t i = 0; i < count; i++)
        ys[i] = !xs[i];
    return SNV2_OK;
}

INTERP_KERNEL(Where) {
    const struct interp_tensor *condition = operand(call, 0), *x = operand(call, 1);
    const struct interp_tensor *otherwise = operand(call, 2);
    struct interp_tensor *y = &call->outputs[0];
    const int64_t *conditions = condition->data;
    int64_t count = shape_elements(&y->shape);
    size_t bytes = element_bytes(y);
    struct walk walk = walk_start(&y->shape);
    walk_broadcast(&walk, 0, &condition->shape);
    walk_broadcast(&walk, 1, &x->shape);
    walk_broadcast(&walk, 2, &otherwise->shape);
    for (int64_t i = 0; i < count; i++, walk_next(&walk)) {
        bool is_true = conditions[walk.offset[0]];
        const char *from = is_true ? x->data : otherwise->data;
        memcpy((char *)y->data + (size_t)i * bytes,
               from + (size_t)walk.offset[is_true ? 1 : 2] * bytes, bytes);
    }
    return SNV2_OK;
}
