/* What looks along one axis for order or position: ArgMax, ArgMin, TopK, CumSum. */
#include "interp/real.h"

#include <stdlib.h>

/* The rows along an axis: element i of a row is at first + i * stride. */
struct rows {
    int64_t count, length, stride;
};

static struct rows rows_along(const struct shape *shape, int axis) {
    return (struct rows){shape_product(shape, 0, axis) *
                             shape_product(shape, axis + 1, shape->rank),
                         shape->dims[axis], shape_product(shape, axis + 1, shape->rank)};
}

static int64_t row_first(const struct rows *rows, int64_t row) {
    return row / rows->stride * rows->stride * rows->length + row % rows->stride;
}

/* Whether element `a` stands before `b` in a descending order in which NaN comes first. */
static bool is_greater(const struct interp_tensor *x, int64_t a, int64_t b) {
    if (!dtype_is_real(x->dtype))
        return integer_less(x->dtype, ((const int64_t *)x->data)[b], ((const int64_t *)x->data)[a]);
    REAL left = ((const REAL *)x->data)[a], right = ((const REAL *)x->data)[b];
    return left > right || (left != left && right == right);
}

static void find_extremum(const struct interp_call *call, bool largest) {
    const struct ArgMax_attributes *attributes = &call->node->attributes.ArgMax;
    const struct interp_tensor *x = operand(call, 0);
    struct rows rows = rows_along(&x->shape, (int)attributes->axis);
    int64_t *ys = call->outputs[0].data;
    for (int64_t r = 0; r < rows.count; r++) {
        int64_t first = row_first(&rows, r), best = 0;
        for (int64_t i = 1; i < rows.length; i++) {
            int64_t a = first + i * rows.stride, b = first + best * rows.stride;
            bool is_better = largest ? is_greater(x, a, b) : is_greater(x, b, a);
            bool is_worse = largest ? is_greater(x, b, a) : is_greater(x, a, b);
            if (is_better || (!is_worse && attributes->select_last_index))
                best = i;
        }
        ys[r] = best;
    }
}

INTERP_KERNEL(ArgMax) {
    find_extremum(call, true);
    return SNV2_OK;
}

INTERP_KERNEL(ArgMin) {
    find_extremum(call, false);
    return SNV2_OK;
}

/* The first k elements of a row in order, by selection; of equal ones the first in the row. */
static void select_first(const struct interp_tensor *x, const struct rows *rows, int64_t first,
                         int64_t *indices, int64_t k, bool largest) {
    for (int64_t i = 0; i < rows->length; i++) {
        int64_t place = i < k ? i : k;
        while (place > 0) {
            int64_t a = first + i * rows->stride, b = first + indices[place - 1] * rows->stride;
            if (!(largest ? is_greater(x, a, b) : is_greater(x, b, a)))
                break;
            if (place < k)
                indices[place] = indices[place - 1];
            place--;
        }
        if (place < k)
            indices[place] = i;
    }
}

INTERP_KERNEL(TopK) {
    const struct TopK_attributes *attributes = &call->node->attributes.TopK;
    const struct interp_tensor *x = operand(call, 0);
    struct interp_tensor *y = &call->outputs[0];
    struct rows from = rows_along(&x->shape, (int)attributes->axis);
    struct rows to = rows_along(&y->shape, (int)attributes->axis);
    int64_t *selected = malloc(((size_t)to.length + 1) * sizeof *selected);
    if (!selected)
        return diagnose_no_memory(call->diagnostic);
    for (int64_t r = 0; r < from.count; r++) {
        int64_t first = row_first(&from, r), first_to = row_first(&to, r);
        select_first(x, &from, first, selected, to.length, attributes->largest);
        for (int64_t i = 0; i < to.length; i++) {
            int64_t a = first + selected[i] * from.stride, b = first_to + i * to.stride;
            if (dtype_is_real(x->dtype))
                ((REAL *)y->data)[b] = ((const REAL *)x->data)[a];
            else
                ((int64_t *)y->data)[b] = ((const int64_t *)x->data)[a];
            if (call->node->output_count > 1)
                ((int64_t *)call->outputs[1].data)[b] = selected[i];
        }
    }
    free(selected);
    return SNV2_OK;
}

INTERP_KERNEL(CumSum) {
    const struct CumSum_attributes *attributes = &call->node->attributes.CumSum;
    const struct interp_tensor *x = operand(call, 0);
    struct interp_tensor *y = &call->outputs[0];
    int64_t axis = *(const int64_t *)operand(call, 1)->data;
    struct rows rows = rows_along(&x->shape, (int)(axis < 0 ? axis + x->shape.rank : axis));
    for (int64_t r = 0; r < rows.count; r++) {
        int64_t first = row_first(&rows, r);
        REAL real_sum = 0;
        uint64_t integer_sum = 0;
        for (int64_t i = 0; i < rows.length; i++) {
            int64_t k = first + (attributes->reverse ? rows.length - 1 - i : i) * rows.stride;
            if (dtype_is_real(x->dtype)) {
                REAL sum = real_sum + ((const REAL *)x->data)[k];
                ((REAL *)y->data)[k] = attributes->exclusive ? real_sum : sum;
                real_sum = sum;
            } else {
                uint64_t sum = integer_sum + (uint64_t)((const int64_t *)x->data)[k];
                ((int64_t *)y->data)[k] =
                    integer_wrap(x->dtype, (int64_t)(attributes->exclusive ? integer_sum : sum));
                integer_sum = sum;
            }
        }
    }
    return SNV2_OK;
}
