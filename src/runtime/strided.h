/* Elementwise commands as loops over strided arrays. */
#ifndef RUNTIME_STRIDED_H
#define RUNTIME_STRIDED_H

#include "kernels/along_axis.h"
#include "kernels/matmul.h"
#include "kernels/reduce.h"
#include "kernels/softmax.h"
#include "runtime/operands.h"

/* The loops of a command with one or two operands of the output's dims, which are cut at each
 * other's runs; `b` has no pieces where there is one. Which operator it is the caller says. NULL
 * when out of memory. */
struct strided_args *resolve_strided(struct resolver *resolver,
                                     const struct snv2_blob_command *command, struct piece_list a,
                                     struct piece_list b);

/* SOFTMAX: the loop along its axis is the inner one; *rows is how often it runs. */
struct softmax_args *resolve_along_axis(struct resolver *resolver,
                                        const struct snv2_blob_command *command, size_t *rows);

/* Fills zeroed arguments of CUMULATIVE_SUM, of integers too, TOP_K or GATHER, which must stay where
 * they are; *rows as for SOFTMAX. */
bool resolve_rows(struct resolver *resolver, const struct snv2_blob_command *command,
                  struct axis_args *args, size_t *rows);

/* Fills zeroed arguments of MATMUL; *rows is the number of rows of the output. */
bool resolve_product(struct resolver *resolver, const struct snv2_blob_command *command,
                     struct matmul_args *args, size_t *rows);

/* The same for REDUCE, but for the mode; *outputs is the number of elements of the output. */
bool resolve_reduction(struct resolver *resolver, const struct snv2_blob_command *command,
                       struct reduce_args *args, size_t *outputs);

/* The command's activation over its output, in place. */
struct strided_args *resolve_epilogue(struct resolver *resolver,
                                      const struct snv2_blob_command *command);

#endif
