/* For tests: whether two graphs say the same, whatever their values are called. */
#ifndef TESTS_SAME_GRAPH_H
#define TESTS_SAME_GRAPH_H

#include "ir/order.h"

#include <check.h>

/* Node by node in canonical order: operators, attributes, units, operands and contents of
 * constants.
 */
static inline void check_same_nodes(const struct graph *a, const struct graph *b) {
    struct arena arena;
    arena_init(&arena, UINT64_MAX);
    int32_t count = 0, other_count = 0;
    struct node **nodes = graph_canonical_order(a, &arena, &count);
    struct node **others = graph_canonical_order(b, &arena, &other_count);
    const struct value **partner =
        arena_alloc(&arena, (size_t)a->value_count, sizeof *partner); /* in b, by id in a */
    ck_assert(nodes && others && partner);
    ck_assert_int_eq(count, other_count);
    for (int i = 0; i < a->input_count; i++)
        partner[a->inputs[i]->id] = b->inputs[i];
    for (int32_t n = 0; n < count; n++) {
        ck_assert_int_eq(nodes[n]->op, others[n]->op);
        ck_assert_int_eq(nodes[n]->unit, others[n]->unit);
        ck_assert_int_eq(nodes[n]->input_count, others[n]->input_count);
        ck_assert(
            attributes_equal((int)nodes[n]->op, &nodes[n]->attributes, &others[n]->attributes));
        for (int32_t i = 0; i < nodes[n]->input_count; i++) {
            const struct value *x = nodes[n]->inputs[i], *y = others[n]->inputs[i];
            ck_assert(!x == !y);
            if (!x)
                continue;
            if (!value_is_constant(x)) {
                ck_assert_ptr_eq(partner[x->id], y);
                continue;
            }
            ck_assert(shape_equal(&x->shape, &y->shape));
            ck_assert_mem_eq(x->data, y->data,
                             (size_t)shape_elements(&x->shape) * dtype_bytes(x->dtype));
        }
        for (int32_t i = 0; i < nodes[n]->output_count; i++)
            partner[nodes[n]->outputs[i]->id] = others[n]->outputs[i];
    }
    arena_free(&arena);
}

#endif
