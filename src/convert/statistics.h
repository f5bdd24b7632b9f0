/* What a graph and a program cost: the figures of the report, before and after. */
#ifndef CONVERT_STATISTICS_H
#define CONVERT_STATISTICS_H

#include "ir/graph.h"
#include "lower/program.h"

struct statistics {
    int32_t nodes;
    int32_t operators[OP_COUNT]; /* nodes by operator */
    uint64_t multiply_adds;      /* Conv, Gemm, MatMul; taps on padding counted, as is usual */
    uint64_t parameters;         /* real-valued constants that nodes read */
    uint64_t bytes_moved;        /* written by nodes that only move data, in one run */
};

/* The figures of a graph whose shapes are inferred. Constants and what is computed from them alone
 * cost nothing at run time and are not counted but as parameters. Reshape and its kin move nothing.
 */
enum snv2_status graph_statistics(const struct graph *graph, struct arena *scratch,
                                  struct statistics *statistics,
                                  struct snv2_diagnostic *diagnostic);

/* The same figures of a program; an operator is counted for each command that carries it out
 * (operators that were fused into others are not), and bytes_moved sums the residues that are not
 * at the boundary. */
void program_statistics(const struct program *program, struct statistics *statistics);

/* How many marks of a kind a program has. */
int program_marks(const struct program *program, enum snv2_blob_mark_kind kind);

#endif
