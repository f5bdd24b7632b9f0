/* What operands that hold integers (axes, starts, pads, ...) stand for, once, for shape rules and
 * whoever else needs it; and the two ways to refuse a node. */
#ifndef IR_OPERANDS_H
#define IR_OPERANDS_H

#include "ir/graph.h"

/* SNV2_BAD_MODEL: the node breaks a rule of ONNX. SNV2_UNSUPPORTED: legal, but not for us. */
enum snv2_status bad_model(const struct node *node, struct snv2_diagnostic *diagnostic,
                           const char *format, ...) __attribute__((format(printf, 3, 4)));
enum snv2_status unsupported(const struct node *node, struct snv2_diagnostic *diagnostic,
                             const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The input of that number, or NULL where it is omitted. */
static inline struct value *node_input(const struct node *node, int index) {
    return index < node->input_count ? node->inputs[index] : NULL;
}

/* Makes a negative axis positive; it must be in -rank .. rank - 1. */
enum snv2_status resolve_axis(const struct node *node, struct snv2_diagnostic *diagnostic,
                              int64_t *axis, int rank);

/* Input `index`, called `what` in messages: int32 or int64 of rank 0 or 1, and known. */
enum snv2_status known_integers(const struct node *node, struct snv2_diagnostic *diagnostic,
                                int index, const char *what, struct tensor *integers,
                                int64_t *count);

/* The axes in input `index` as a mask over `rank` dimensions; each may stand once. */
enum snv2_status known_axes(const struct node *node, struct snv2_diagnostic *diagnostic, int index,
                            int rank, bool mask[MAX_RANK]);

/* The shape in which a scale or zero point of a factor of MatMulInteger or QLinearMatMul stands
 * beside it: a list is one for each row of the left, or each column of the right one. */
struct shape factor_parameter_shape(const struct shape *parameter, bool is_left);

/* Slice: per dimension of the data, the elements start, start + step, ...: count of them. */
struct slice_range {
    int64_t start, step, count;
};
enum snv2_status slice_ranges(const struct node *node, struct snv2_diagnostic *diagnostic,
                              struct slice_range ranges[MAX_RANK]);

/* Pad: elements added (negative: taken away) before and behind each dimension of the data. */
struct pad_range {
    int64_t begin, end;
};
enum snv2_status pad_ranges(const struct node *node, struct snv2_diagnostic *diagnostic,
                            struct pad_range ranges[MAX_RANK]);

/* Bytes of a pixel, of which the fourth is alpha. */
int64_t frame_channels(enum frame_pixels pixels);

#endif
