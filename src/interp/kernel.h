/* What the interpreter's own files share: the kernel interface, and numbers in its form.
 *
 * A kernel evaluates one operator. Its outputs are allocated, with type and shape as inferred; it
 * fills them. Operands have the types, ranks and attributes that the operator's shape rule
 * accepts; what depends on an operand's contents (an index, a divisor) is the kernel's to check. */
#ifndef INTERP_KERNEL_H
#define INTERP_KERNEL_H

#include "interp/interp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interp_call {
    const struct node *node;
    const struct interp_tensor *const *inputs; /* node->input_count, NULL where omitted */
    struct interp_tensor *outputs;             /* node->output_count */
    struct snv2_diagnostic *diagnostic;
};

typedef enum snv2_status interp_kernel(const struct interp_call *call);

/* The kernels by operator, made from ops.def. */
extern interp_kernel *const interp_ops_f32[OP_COUNT];
extern interp_kernel *const interp_ops_f64[OP_COUNT];

/* Operand number `index`, or NULL where it is omitted or past the last that is given. */
static inline const struct interp_tensor *operand(const struct interp_call *call, int index) {
    return index < call->node->input_count ? call->inputs[index] : NULL;
}

/* Fills the diagnostic with the call's node; the value is `status`. */
#define diagnose_call(call, status, ...)                                                           \
    diagnose_node((call)->diagnostic, status, (call)->node->name, op_infos[(call)->node->op].name, \
                  __VA_ARGS__)

/* Bytes of an element in the interpreter's form. */
size_t interp_element_bytes(enum dtype dtype, enum precision precision);

/* Sets type and shape and allocates the elements, which are not initialized; data is not NULL even
 * where there are none. */
enum snv2_status interp_allocate(struct interp_tensor *tensor, enum dtype dtype,
                                 const struct shape *shape, enum precision precision,
                                 struct snv2_diagnostic *diagnostic);

/* ---- numbers (number.c) ---- */

/* `value` reduced modulo 2^bits to the range of an integer type. */
int64_t integer_wrap(enum dtype dtype, int64_t value);

/* -value, wrapped to the type. */
static inline int64_t integer_negate(enum dtype dtype, int64_t value) {
    return integer_wrap(dtype, (int64_t)(0 - (uint64_t)value));
}

/* a < b as the type sees it: uint64 compares unsigned. */
bool integer_less(enum dtype dtype, int64_t a, int64_t b);

/* The larger or smaller one as the type sees it. */
static inline int64_t larger_integer(enum dtype dtype, int64_t a, int64_t b) {
    return integer_less(dtype, a, b) ? b : a;
}

static inline int64_t smaller_integer(enum dtype dtype, int64_t a, int64_t b) {
    return integer_less(dtype, b, a) ? b : a;
}

/* The nearest double. */
double integer_to_real(enum dtype dtype, int64_t value);

/* Truncates toward zero; the nearest integer of the type where that is beyond it, 0 for NaN. */
int64_t real_to_integer(enum dtype dtype, double value);

/* What a sum of products of quantized numbers is multiplied by, in float32: ONNX's type of scales.
 */
float quantized_scale(double x_scale, double w_scale, double y_scale);

/* sum * scale, of two nearest integers the even one, + zero, as far as the 8-bit type reaches. */
int64_t requantize(enum dtype dtype, int64_t sum, float scale, int64_t zero);

/* `value` rounded once, to nearest even, to a real type. */
double real_round(enum dtype dtype, double value);

/* real_round for the half types, as bits. */
uint16_t real_to_half(double value);
uint16_t real_to_bfloat16(double value);

#endif
