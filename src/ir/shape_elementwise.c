/* Shape rules of operators that compute element by element, with broadcasting where there are
 * several operands. */
#include "ir/shape_rule.h"

#include <inttypes.h>
#include <string.h>

enum snv2_status broadcast(const struct node *node, struct snv2_diagnostic *diagnostic,
                           const struct shape *a, const struct shape *b, struct shape *result) {
    struct shape shape = {.rank = a->rank > b->rank ? a->rank : b->rank};
    for (int i = 1; i <= shape.rank; i++) {
        int64_t left = i <= a->rank ? a->dims[a->rank - i] : 1;
        int64_t right = i <= b->rank ? b->dims[b->rank - i] : 1;
        if (left != right && left != 1 && right != 1) {
            char text_a[SHAPE_TEXT], text_b[SHAPE_TEXT];
            return bad_model(node, diagnostic, "the shapes %s and %s do not broadcast",
                             shape_format(a, text_a), shape_format(b, text_b));
        }
        shape.dims[shape.rank - i] = left == 1 ? right : left;
    }
    *result = shape;
    return SNV2_OK;
}

/* Two operands of one type. */
static enum snv2_status broadcast_operands(struct node *node, struct tensor_type *outputs,
                                           struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = require_same_type(node, diagnostic, 1, 1);
    if (status != SNV2_OK)
        return status;
    outputs[0].dtype = node->inputs[0]->dtype;
    return broadcast(node, diagnostic, &node->inputs[0]->shape, &node->inputs[1]->shape,
                     &outputs[0].shape);
}

static enum snv2_status arithmetic(struct node *node, struct tensor_type *outputs,
                                   struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = require_number(node, diagnostic);
    return status == SNV2_OK ? broadcast_operands(node, outputs, diagnostic) : status;
}

static enum snv2_status equality(struct node *node, struct tensor_type *outputs,
                                 struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = broadcast_operands(node, outputs, diagnostic);
    outputs[0].dtype = DTYPE_BOOL;
    return status;
}

static enum snv2_status order(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = arithmetic(node, outputs, diagnostic);
    outputs[0].dtype = DTYPE_BOOL;
    return status;
}

static enum snv2_status require_bool(const struct node *node, struct snv2_diagnostic *diagnostic) {
    enum dtype dtype = node->inputs[0]->dtype;
    if (dtype != DTYPE_BOOL)
        return bad_model(node, diagnostic, "the input is %s; it must be bool", dtype_name(dtype));
    return SNV2_OK;
}

static enum snv2_status logic(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = require_bool(node, diagnostic);
    return status == SNV2_OK ? broadcast_operands(node, outputs, diagnostic) : status;
}

/* Any number of operands. */
static enum snv2_status variadic(struct node *node, struct tensor_type *outputs,
                                 struct snv2_diagnostic *diagnostic) {
    outputs[0] = type_of(node->inputs[0]);
    enum snv2_status status = require_same_type(node, diagnostic, 1, node->input_count - 1);
    for (int i = 1; i < node->input_count && status == SNV2_OK; i++)
        status = broadcast(node, diagnostic, &outputs[0].shape, &node->inputs[i]->shape,
                           &outputs[0].shape);
    return status;
}

static enum snv2_status extremum(struct node *node, struct tensor_type *outputs,
                                 struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = require_number(node, diagnostic);
    return status == SNV2_OK ? variadic(node, outputs, diagnostic) : status;
}

static enum snv2_status mean(struct node *node, struct tensor_type *outputs,
                             struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = require_real(node, diagnostic);
    return status == SNV2_OK ? variadic(node, outputs, diagnostic) : status;
}

/* One operand: a number, or a real one. */
static enum snv2_status of_number(struct node *node, struct tensor_type *outputs,
                                  struct snv2_diagnostic *diagnostic) {
    outputs[0] = type_of(node->inputs[0]);
    return require_number(node, diagnostic);
}

static enum snv2_status of_real(struct node *node, struct tensor_type *outputs,
                                struct snv2_diagnostic *diagnostic) {
    outputs[0] = type_of(node->inputs[0]);
    return require_real(node, diagnostic);
}

static enum snv2_status test(struct node *node, struct tensor_type *outputs,
                             struct snv2_diagnostic *diagnostic) {
    outputs[0] = type_of(node->inputs[0]);
    outputs[0].dtype = DTYPE_BOOL;
    return require_real(node, diagnostic);
}

/* Remainders of real numbers are C's fmod. */
static enum snv2_status modulus(struct node *node, struct tensor_type *outputs,
                                struct snv2_diagnostic *diagnostic) {
    enum dtype dtype = node->inputs[0]->dtype;
    if (dtype_is_real(dtype) && !node->attributes.Mod.fmod)
        return bad_model(node, diagnostic, "fmod is 0; for %s it must be 1", dtype_name(dtype));
    return arithmetic(node, outputs, diagnostic);
}

static enum snv2_status shift(struct node *node, struct tensor_type *outputs,
                              struct snv2_diagnostic *diagnostic) {
    enum dtype dtype = node->inputs[0]->dtype;
    if (!dtype_is_unsigned(dtype) || dtype == DTYPE_BOOL)
        return bad_model(node, diagnostic, "the input is %s; it must be an unsigned integer",
                         dtype_name(dtype));
    return broadcast_operands(node, outputs, diagnostic);
}

SHAPE_RULE(Abs, of_number)
SHAPE_RULE(Add, arithmetic)
SHAPE_RULE(And, logic)
SHAPE_RULE(BitShift, shift)
SHAPE_RULE(Ceil, of_real)
SHAPE_RULE(Celu, of_real)
SHAPE_RULE(Div, arithmetic)
SHAPE_RULE(Elu, of_real)
SHAPE_RULE(Equal, equality)
SHAPE_RULE(Erf, of_real)
SHAPE_RULE(Exp, of_real)
SHAPE_RULE(Floor, of_real)
SHAPE_RULE(Gelu, of_real)
SHAPE_RULE(Greater, order)
SHAPE_RULE(GreaterOrEqual, order)
SHAPE_RULE(HardSigmoid, of_real)
SHAPE_RULE(HardSwish, of_real)
SHAPE_RULE(LeakyRelu, of_real)
SHAPE_RULE(IsInf, test)
SHAPE_RULE(IsNaN, test)
SHAPE_RULE(Less, order)
SHAPE_RULE(LessOrEqual, order)
SHAPE_RULE(Log, of_real)
SHAPE_RULE(Max, extremum)
SHAPE_RULE(Mean, mean)
SHAPE_RULE(Min, extremum)
SHAPE_RULE(Mish, of_real)
SHAPE_RULE(Mod, modulus)
SHAPE_RULE(Mul, arithmetic)
SHAPE_RULE(Neg, of_number)
SHAPE_RULE(Or, logic)
SHAPE_RULE(Reciprocal, of_real)
SHAPE_RULE(Relu, of_number)
SHAPE_RULE(Round, of_real)
SHAPE_RULE(Selu, of_real)
SHAPE_RULE(Shrink, of_number)
SHAPE_RULE(Sigmoid, of_real)
SHAPE_RULE(Sign, of_number)
SHAPE_RULE(Softplus, of_real)
SHAPE_RULE(Softsign, of_real)
SHAPE_RULE(Sqrt, of_real)
SHAPE_RULE(Sub, arithmetic)
SHAPE_RULE(Swish, of_real)
SHAPE_RULE(Tanh, of_real)
SHAPE_RULE(ThresholdedRelu, of_real)
SHAPE_RULE(Xor, logic)

enum snv2_status shape_Not(struct node *node, struct tensor_type *outputs,
                           struct snv2_diagnostic *diagnostic) {
    outputs[0] = type_of(node->inputs[0]);
    return require_bool(node, diagnostic);
}

/* The slope broadcasts to X, and not the other way round. */
enum snv2_status shape_PRelu(struct node *node, struct tensor_type *outputs,
                             struct snv2_diagnostic *diagnostic) {
    const struct shape *x = &node->inputs[0]->shape, *slope = &node->inputs[1]->shape;
    struct shape both;
    enum snv2_status status;
    if ((status = require_real(node, diagnostic)) != SNV2_OK ||
        (status = require_same_type(node, diagnostic, 1, 1)) != SNV2_OK ||
        (status = broadcast(node, diagnostic, slope, x, &both)) != SNV2_OK)
        return status;
    if (!shape_equal(&both, x)) {
        char from[SHAPE_TEXT], to[SHAPE_TEXT];
        return bad_model(node, diagnostic, "slope has shape %s, which does not broadcast to %s",
                         shape_format(slope, from), shape_format(x, to));
    }
    outputs[0] = type_of(node->inputs[0]);
    return SNV2_OK;
}

/* The exponent may have any type of number; the result has the base's. */
enum snv2_status shape_Pow(struct node *node, struct tensor_type *outputs,
                           struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = require_number(node, diagnostic);
    if (status != SNV2_OK)
        return status;
    if (node->inputs[1]->dtype == DTYPE_BOOL)
        return bad_model(node, diagnostic, "the exponent is bool; it must be a number");
    outputs[0].dtype = node->inputs[0]->dtype;
    return broadcast(node, diagnostic, &node->inputs[0]->shape, &node->inputs[1]->shape,
                     &outputs[0].shape);
}

enum snv2_status shape_Where(struct node *node, struct tensor_type *outputs,
                             struct snv2_diagnostic *diagnostic) {
    const struct value *x = node->inputs[1], *y = node->inputs[2];
    struct shape both;
    enum snv2_status status = require_bool(node, diagnostic);
    if (status != SNV2_OK)
        return status;
    if (x->dtype != y->dtype)
        return bad_model(node, diagnostic, "X and Y have types %s and %s", dtype_name(x->dtype),
                         dtype_name(y->dtype));
    status = broadcast(node, diagnostic, &x->shape, &y->shape, &both);
    outputs[0].dtype = x->dtype;
    return status == SNV2_OK
               ? broadcast(node, diagnostic, &node->inputs[0]->shape, &both, &outputs[0].shape)
               : status;
}

enum snv2_status shape_Clip(struct node *node, struct tensor_type *outputs,
                            struct snv2_diagnostic *diagnostic) {
    static const char *const names[] = {"", "min", "max"};
    enum snv2_status status;
    if ((status = require_number(node, diagnostic)) != SNV2_OK ||
        (status = require_same_type(node, diagnostic, 1, 2)) != SNV2_OK)
        return status;
    for (int i = 1; i <= 2; i++) {
        const struct value *bound = node_input(node, i);
        if (!bound)
            continue;
        if (bound->shape.rank > 1 || shape_elements(&bound->shape) != 1)
            return bad_model(node, diagnostic, "%s must be a scalar", names[i]);
        struct tensor tensor = value_tensor(bound);
        double value = value_is_constant(bound) ? tensor_real(&tensor, 0) : 0;
        if (value != value)
            return bad_model(node, diagnostic, "%s is not a number", names[i]);
    }
    outputs[0] = type_of(node->inputs[0]);
    return SNV2_OK;
}

enum snv2_status shape_Cast(struct node *node, struct tensor_type *outputs,
                            struct snv2_diagnostic *diagnostic) {
    enum { NEWEST_TYPE = 26 }; /* TensorProto.DataType ends here */
    int64_t to = node->attributes.Cast.to;
    if (to < 1 || to > NEWEST_TYPE)
        return bad_model(node, diagnostic, "to is %" PRId64 ", which is no element type", to);
    outputs[0] = type_of(node->inputs[0]);
    outputs[0].dtype = dtype_of_number((int32_t)to);
    if (outputs[0].dtype == DTYPE_NONE)
        return unsupported(node, diagnostic, "element type number %" PRId64 " is not supported",
                           to);
    return SNV2_OK;
}

/* To the type of the second operand, whose elements say nothing. */
enum snv2_status shape_CastLike(struct node *node, struct tensor_type *outputs,
                                struct snv2_diagnostic *diagnostic) {
    (void)diagnostic;
    outputs[0] = (struct tensor_type){node->inputs[1]->dtype, node->inputs[0]->shape};
    return SNV2_OK;
}

enum snv2_status shape_Identity(struct node *node, struct tensor_type *outputs,
                                struct snv2_diagnostic *diagnostic) {
    (void)diagnostic;
    outputs[0] = type_of(node->inputs[0]);
    return SNV2_OK;
}
