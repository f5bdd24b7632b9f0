/* The shape rules: for each operator of ops.def a function shape_<name> in a file shape_*.c. */
#ifndef IR_SHAPE_RULE_H
#define IR_SHAPE_RULE_H

#include "ir/operands.h"

struct tensor_type {
    enum dtype dtype;
    struct shape shape;
};

/* Fills outputs[0 .. node->output_count - 1] from the types of the inputs, the attributes and,
 * where a shape depends on them, the contents of operands; writes the explicit form of attributes
 * into the node (a second call changes nothing). Called when the operand counts are right and all
 * inputs have types. Here stands every check of what attributes and operands mean; the size of the
 * results is checked by the caller. */
typedef enum snv2_status shape_rule(struct node *node, struct tensor_type *outputs,
                                    struct snv2_diagnostic *diagnostic);

#define OP(name, ...) shape_rule shape_##name;
#include "ir/ops.def"
#undef OP

/* Defines the rule of an operator that has the same one as others: it is the function `rule`. */
#define SHAPE_RULE(op, rule)                                                                       \
    enum snv2_status shape_##op(struct node *node, struct tensor_type *outputs,                    \
                                struct snv2_diagnostic *diagnostic) {                              \
        return rule(node, outputs, diagnostic);                                                    \
    }

/* The types of the outputs, checked: what infer_node does, but the values are not touched. */
shape_rule infer_types;

static inline struct tensor_type type_of(const struct value *value) {
    return (struct tensor_type){value->dtype, value->shape};
}

/* Input `index` (and those up to `last`, where given) has the type of input 0. */
enum snv2_status require_same_type(const struct node *node, struct snv2_diagnostic *diagnostic,
                                   int first, int last);

/* Input 0 has a real type: float16, bfloat16, float32 or float64. */
enum snv2_status require_real(const struct node *node, struct snv2_diagnostic *diagnostic);

/* Input 0 has `low` to `high` dimensions; more than `high` is legal but not supported. */
enum snv2_status require_rank(const struct node *node, struct snv2_diagnostic *diagnostic, int low,
                              int high);

/* Input 0 is no bool. */
enum snv2_status require_number(const struct node *node, struct snv2_diagnostic *diagnostic);

/* Input 1 has indices, which are in -size .. size - 1 where they are known. */
enum snv2_status check_indices(const struct node *node, int64_t size,
                               struct snv2_diagnostic *diagnostic);
/* Input `index` is int8 or uint8. */
enum snv2_status require_8_bits(const struct node *node, struct snv2_diagnostic *diagnostic,
                                int index);

/* Input `index`, if there is one, has one element, or with `count` not 0 may be [count]. */
enum snv2_status require_parameter(const struct node *node, struct snv2_diagnostic *diagnostic,
                                   int index, int64_t count);

/* Zero point `index`, if there is one, has the type of input `of`. */
enum snv2_status require_zero_point(const struct node *node, struct snv2_diagnostic *diagnostic,
                                    int index, int of);

/* Scale `index` is float32. */
enum snv2_status require_scale(const struct node *node, struct snv2_diagnostic *diagnostic,
                               int index);

/* The shape that two shapes broadcast to in both directions (NumPy's rule). */
enum snv2_status broadcast(const struct node *node, struct snv2_diagnostic *diagnostic,
                           const struct shape *a, const struct shape *b, struct shape *result);

#endif
