/* Convolutions and products of quantized numbers, in exact integer arithmetic:
 *
 *   d = x - zero point          BINARY, as the numbers of 8 bits are whole floats; left out where
 * it is 0 s = sum of d * w'           INTEGER_CONV or INTEGER_MATMUL, w' being w less its zero
 * point
 *
 * and of what is quantized again, s being multiplied by the scales and rounded there:
 *
 *   y = s + zero point          BINARY, held in the type's range by a CLIP */
#include "lower/lower.h"

#include "ir/operands.h"

#include <string.h>

/* ---- what both have ---- */

static bool is_zero(const struct value *zero) {
    if (!zero)
        return true;
    struct tensor tensor = value_tensor(zero);
    int64_t count = value_is_constant(zero) ? shape_elements(&zero->shape) : -1;
    for (int64_t i = 0; i < count; i++)
        if (tensor_int(&tensor, i) != 0)
            return false;
    return count >= 0;
}

/* Makes a parameter, seen as `own` (SHAPE_UNKNOWN: as it is), operand `index` of a command over
 * `shape`. */
static bool set_parameter(struct lowering *lowering, struct snv2_blob_command *command, int index,
                          const struct value *parameter, const struct shape *own,
                          const struct shape *shape) {
    const struct snv2_blob_tensor *place = store_whole(lowering, parameter);
    struct shape target = operand_shape(shape);
    if (!place)
        return false;
    struct snv2_blob_tensor view = *place;
    if (!reshape_tensor(&view, own))
        return false;
    view = broadcasted(&view, &target);
    return set_place_operand(lowering, command, index, &view);
}

/* The shape of a parameter of one element, or of a factor's. */
static struct shape parameter_shape(const struct value *parameter, bool is_left) {
    return shape_elements(&parameter->shape) == 1
               ? (struct shape){.rank = 0}
               : factor_parameter_shape(&parameter->shape, is_left);
}

/* x less its zero point, in `base`, which has been appended. */
static bool append_difference(struct lowering *lowering, const struct node *node,
                              const struct value *x, const struct value *zero, bool is_left,
                              const struct snv2_blob_tensor *base) {
    struct snv2_blob_command command = new_command(SNV2_OPCODE_BINARY);
    struct shape own = parameter_shape(zero, is_left), shape = operand_shape(&x->shape);
    struct snv2_blob_tensor view = *base;
    command.mode = SNV2_BINARY_SUB;
    return set_array_operand(lowering, &command, 0, x, &x->shape) &&
           set_parameter(lowering, &command, 1, zero, &own, &x->shape) &&
           reshape_tensor(&view, &shape) && append_view(lowering, &view, &command.output) &&
           append_command(lowering, node, node->name, &command);
}

/* The last step: `sum` and the zero point. */
static bool append_zero_point(struct lowering *lowering, const struct node *node,
                              const struct snv2_blob_tensor *sum, const struct value *zero) {
    static const struct shape scalar = {.rank = 0};
    const struct value *output = node->outputs[0];
    struct snv2_blob_command command = new_command(SNV2_OPCODE_BINARY);
    struct snv2_blob_tensor view = *sum;
    struct shape shape = operand_shape(&output->shape);
    float low = output->dtype == DTYPE_INT8 ? -128 : 0;
    command.mode = SNV2_BINARY_ADD;
    set_activation(&command, ACTIVATION_CLIP, low, low + 255);
    return reshape_tensor(&view, &shape) && set_place_operand(lowering, &command, 0, &view) &&
           set_parameter(lowering, &command, 1, zero, &scalar, &output->shape) &&
           set_array_output(lowering, &command, output, node->inputs[0]) &&
           append_command(lowering, node, node->name, &command);
}

/* ---- convolutions ---- */

/* Operand numbers; -1: there is none. */
struct convolution {
    int x_zero, w, w_zero, bias;
};
static const struct convolution conv_integer = {2, 1, 3, -1}, qlinear_conv = {2, 3, 5, 8};

static const struct value *operand(const struct node *node, int index) {
    return index < 0 ? NULL : node_input(node, index);
}

static bool is_known(const struct value *value) {
    return !value || value_is_constant(value);
}

static const char *refuse_weights(const struct node *node, const struct convolution *operands) {
    if (!is_known(operand(node, operands->w)) || !is_known(operand(node, operands->w_zero)) ||
        !is_known(operand(node, operands->bias)))
        return "with weights that are not constants";
    return refuse_not_planes(node);
}

/* Element `index` of a list, or its only one. */
static double number(const struct value *list, int64_t index) {
    struct tensor tensor = value_tensor(list);
    return tensor_real(&tensor, shape_elements(&list->shape) == 1 ? 0 : index);
}

/* The weights less their zero points, for each output a bias of int32. */
static bool pack_integers(struct lowering *lowering, const struct node *node,
                          const struct convolution *operands, struct snv2_blob_command *command) {
    const struct value *w = operand(node, operands->w), *zero = operand(node, operands->w_zero);
    const struct value *bias = operand(node, operands->bias);
    int64_t count = shape_elements(&w->shape), outputs = w->shape.dims[0];
    int64_t groups = node->attributes.Conv.group;
    float *weights = arena_alloc(lowering->arena, (size_t)count, sizeof *weights);
    struct tensor tensor = value_tensor(w);
    for (int64_t i = 0; weights && i < count; i++) {
        double zero_point = zero ? number(zero, i / (count / outputs)) : 0;
        weights[i] = (float)(tensor_real(&tensor, i) - zero_point);
    }
    /* A bias keeps its 32 bits. */
    return weights &&
           pack_convolution(lowering, weights, &w->shape, groups, false, DTYPE_NONE,
                            &command->weights) &&
           pack_outputs(lowering, bias ? bias->data : NULL, groups, outputs / groups,
                        &command->bias);
}

/* INTEGER_CONV without its output. */
static bool begin_conv(struct lowering *lowering, const struct node *node,
                       const struct convolution *operands, struct snv2_blob_command *command) {
    const struct Conv_attributes *conv = &node->attributes.Conv;
    const struct value *x = node->inputs[0], *zero = operand(node, operands->x_zero);
    *command =
        new_integer_command(lowering, SNV2_OPCODE_INTEGER_CONV, DTYPE_INT32, node->outputs[0]);
    command->window =
        make_window(&conv->kernel_shape, &conv->strides, &conv->dilations, &conv->pads);
    command->group = (uint32_t)conv->group;
    if (is_zero(zero))
        return set_map_operand(lowering, command, 0, x) &&
               pack_integers(lowering, node, operands, command);
    struct snv2_blob_tensor base = new_base(x);
    return append_base(lowering, &base) &&
           append_difference(lowering, node, x, zero, true, &base) &&
           set_place_operand(lowering, command, 0, &base) &&
           pack_integers(lowering, node, operands, command);
}

const char *refuse_conv_integer(const struct node *node) {
    return refuse_weights(node, &conv_integer);
}

bool lower_conv_integer(struct lowering *lowering, const struct node *node) {
    struct snv2_blob_command command;
    return begin_conv(lowering, node, &conv_integer, &command) &&
           set_map_output(lowering, &command, node->outputs[0]) &&
           append_command(lowering, node, node->name, &command);
}

const char *refuse_qlinear_conv(const struct node *node) {
    if (!is_known(node->inputs[1]) || !is_known(node->inputs[4]) || !is_known(node->inputs[6]))
        return "with scales that are not constants";
    return refuse_weights(node, &qlinear_conv);
}

/* What the sums are multiplied by, behind the bias. In float32, the type of ONNX's scales. */
static bool pack_scales(struct lowering *lowering, const struct node *node) {
    int64_t outputs = node->outputs[0]->shape.dims[1], groups = node->attributes.Conv.group;
    float *scales = arena_alloc(lowering->arena, (size_t)outputs, sizeof *scales);
    uint64_t offset;
    for (int64_t m = 0; scales && m < outputs; m++) {
        float product = (float)number(node->inputs[1], 0) * (float)number(node->inputs[4], m);
        scales[m] = product / (float)number(node->inputs[6], 0);
    }
    return scales && pack_outputs(lowering, scales, groups, outputs / groups, &offset);
}

bool lower_qlinear_conv(struct lowering *lowering, const struct node *node) {
    struct snv2_blob_command command;
    struct snv2_blob_tensor sum = new_base(node->outputs[0]);
    if (!begin_conv(lowering, node, &qlinear_conv, &command))
        return false;
    command.mode = SNV2_INTEGER_CONV_SCALES;
    return pack_scales(lowering, node) && append_base(lowering, &sum) &&
           append_view(lowering, &sum, &command.output) &&
           append_command(lowering, node, node->name, &command) &&
           append_zero_point(lowering, node, &sum, node->inputs[7]);
}

/* ---- products ---- */

/* The factor less its zero point; NULL where memory ran out. */
static const struct snv2_blob_tensor *make_factor(struct lowering *lowering,
                                                  const struct node *node, const struct value *x,
                                                  const struct value *zero, bool is_left) {
    struct snv2_blob_tensor *base = arena_alloc(lowering->arena, 1, sizeof *base);
    if (is_zero(zero) || !base)
        return base ? store_whole(lowering, x) : NULL;
    *base = dense_tensor(&x->shape, SNV2_PLACE_ARENA);
    bool made =
        append_base(lowering, base) && append_difference(lowering, node, x, zero, is_left, base);
    return made ? base : NULL;
}

/* INTEGER_MATMUL without its output, of operands `a` and `b`, whose zero points are the numbers
 * behind. */
static bool begin_product(struct lowering *lowering, const struct node *node, int a, int a_zero,
                          int b, int b_zero, const struct shape *shape,
                          struct snv2_blob_command *command) {
    const struct snv2_blob_tensor *left =
        make_factor(lowering, node, node->inputs[a], node_input(node, a_zero), true);
    const struct snv2_blob_tensor *right =
        make_factor(lowering, node, node->inputs[b], node_input(node, b_zero), false);
    *command =
        new_integer_command(lowering, SNV2_OPCODE_INTEGER_MATMUL, DTYPE_INT32, node->outputs[0]);
    return left && right && set_factors(lowering, command, left, right, shape);
}

const char *refuse_matmul_integer(const struct node *node) {
    return refuse_matmul(node);
}

bool lower_matmul_integer(struct lowering *lowering, const struct node *node) {
    struct shape shape =
        product_shape(&node->inputs[0]->shape, &node->inputs[1]->shape, &node->outputs[0]->shape);
    struct snv2_blob_command command;
    return begin_product(lowering, node, 0, 2, 1, 3, &shape, &command) &&
           set_output_as(lowering, &command, node, &shape) &&
           append_command(lowering, node, node->name, &command);
}

const char *refuse_qlinear_matmul(const struct node *node) {
    struct shape shape =
        product_shape(&node->inputs[0]->shape, &node->inputs[3]->shape, &node->outputs[0]->shape);
    return shape.rank > MAX_RANK ? "of too many dims" : NULL;
}

/* a scale * b scale / y scale, for each element of the product. */
static bool append_scale(struct lowering *lowering, const struct node *node,
                         const struct shape *shape, struct snv2_blob_tensor *scale) {
    static const struct shape scalar = {.rank = 0};
    struct snv2_blob_command product = new_command(SNV2_OPCODE_BINARY), quotient = product;
    struct shape a = parameter_shape(node->inputs[1], true);
    struct shape b = parameter_shape(node->inputs[4], false);
    struct snv2_blob_tensor both;
    product.mode = SNV2_BINARY_MUL;
    quotient.mode = SNV2_BINARY_DIV;
    return set_parameter(lowering, &product, 0, node->inputs[1], &a, shape) &&
           set_parameter(lowering, &product, 1, node->inputs[4], &b, shape) &&
           set_scratch_output(lowering, &product, shape, &both) &&
           append_command(lowering, node, node->name, &product) &&
           set_place_operand(lowering, &quotient, 0, &both) &&
           set_parameter(lowering, &quotient, 1, node->inputs[6], &scalar, shape) &&
           set_scratch_output(lowering, &quotient, shape, scale) &&
           append_command(lowering, node, node->name, &quotient);
}

bool lower_qlinear_matmul(struct lowering *lowering, const struct node *node) {
    struct shape shape =
        product_shape(&node->inputs[0]->shape, &node->inputs[3]->shape, &node->outputs[0]->shape);
    struct snv2_blob_tensor scale, sum;
    struct snv2_blob_command command;
    return append_scale(lowering, node, &shape, &scale) &&
           begin_product(lowering, node, 0, 2, 3, 5, &shape, &command) &&
           set_place_operand(lowering, &command, 2, &scale) &&
           set_scratch_output(lowering, &command, &shape, &sum) &&
           append_command(lowering, node, node->name, &command) &&
           append_zero_point(lowering, node, &sum, node->inputs[7]);
}
