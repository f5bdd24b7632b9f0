/* Einsum: for each element of the result, the sum of products over the labels that it leaves out.
 */
#include "interp/real.h"
#include "interp/walk.h"

#include "ir/einsum.h"

/* How far a label's next number is from the last in an operand; a label that stands twice walks
 * along a diagonal. */
static int64_t label_stride(const struct einsum_term *term, const struct shape *shape, int label) {
    int64_t stride = 0;
    for (int d = 0; d < term->rank; d++)
        if (term->labels[d] == label && shape->dims[d] != 1)
            stride += row_major_stride(shape, d);
    return stride;
}

/* A walk over labels, with the offsets of all operands. */
static struct walk walk_labels(const struct interp_call *call, const struct einsum *einsum,
                               const int *labels, int count) {
    struct shape shape = {.rank = count};
    for (int d = 0; d < count; d++)
        shape.dims[d] = einsum->sizes[labels[d]];
    struct walk walk = walk_start(&shape);
    for (int i = 0; i < call->node->input_count; i++)
        for (int d = 0; d < count; d++)
            walk.strides[i][d] =
                label_stride(&einsum->terms[i], &call->inputs[i]->shape, labels[d]);
    return walk;
}

static REAL real_product(const struct interp_call *call, const struct walk *outer,
                         const struct walk *inner) {
    REAL product = 1;
    for (int i = 0; i < call->node->input_count; i++)
        product *= ((const REAL *)call->inputs[i]->data)[outer->offset[i] + inner->offset[i]];
    return product;
}

static uint64_t integer_product(const struct interp_call *call, const struct walk *outer,
                                const struct walk *inner) {
    uint64_t product = 1;
    for (int i = 0; i < call->node->input_count; i++)
        product *=
            (uint64_t)((const int64_t *)call->inputs[i]->data)[outer->offset[i] + inner->offset[i]];
    return product;
}

INTERP_KERNEL(Einsum) {
    struct einsum einsum;
    struct interp_tensor *y = &call->outputs[0];
    int summed[MAX_RANK], summed_count = 0;
    enum snv2_status status = read_einsum(call->node, &einsum, call->diagnostic);
    if (status != SNV2_OK)
        return status;
    const struct einsum_term *result = &einsum.terms[EINSUM_OUTPUT];
    for (int label = 0; label < einsum.label_count; label++)
        if (einsum_count(result, label) == 0)
            summed[summed_count++] = label;
    struct walk outer = walk_labels(call, &einsum, result->labels, result->rank);
    const struct walk start = walk_labels(call, &einsum, summed, summed_count);
    int64_t count = shape_elements(&outer.shape), terms = shape_elements(&start.shape);
    for (int64_t i = 0; i < count; i++, walk_next(&outer)) {
        struct walk inner = start;
        REAL real_sum = 0;
        uint64_t integer_sum = 0;
        for (int64_t k = 0; k < terms; k++, walk_next(&inner))
            if (dtype_is_real(y->dtype))
                real_sum += real_product(call, &outer, &inner);
            else
                integer_sum += integer_product(call, &outer, &inner);
        if (dtype_is_real(y->dtype))
            ((REAL *)y->data)[i] = real_sum;
        else
            ((int64_t *)y->data)[i] = integer_wrap(y->dtype, (int64_t)integer_sum);
    }
    return SNV2_OK;
}
