/* The equation of an Einsum, "...ij,jk->...ik", resolved against the shapes of its operands. */
#ifndef IR_EINSUM_H
#define IR_EINSUM_H

#include "ir/graph.h"

enum { EINSUM_OPERANDS = 2, EINSUM_OUTPUT = EINSUM_OPERANDS };
enum { EINSUM_LABELS = EINSUM_OPERANDS * MAX_RANK };

/* The label of each dimension of an operand or of the result. */
struct einsum_term {
    int rank;
    int labels[MAX_RANK];
};

/* A label is a number, in the order in which they appear: of a letter, or of a dimension that an
 * ellipsis stands for. Labels that the result does not have are summed over. */
struct einsum {
    int label_count;
    int64_t sizes[EINSUM_LABELS];                  /* by label */
    struct einsum_term terms[EINSUM_OPERANDS + 1]; /* of the operands, and of the result */
};

/* SNV2_BAD_MODEL where the equation is none or does not fit, SNV2_UNSUPPORTED where it is beyond
 * the bounds of the structure. */
enum snv2_status read_einsum(const struct node *node, struct einsum *einsum,
                             struct snv2_diagnostic *diagnostic);

/* How often a label stands in a term. */
int einsum_count(const struct einsum_term *term, int label);

#endif
