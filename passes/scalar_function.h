/* Elementwise nodes as a function of one number: what passes know an activation by, however it is
 * written out. */
#ifndef PASSES_SCALAR_FUNCTION_H
#define PASSES_SCALAR_FUNCTION_H

#include "ir/graph.h"

enum { MAX_FUNCTION_NODES = 16, MAX_PROBES = 1024 };

/* Each element of the last node's result depends on the same element of `source` alone. */
struct scalar_function {
    struct node *nodes[MAX_FUNCTION_NODES]; /* each before those that it reads; the first is last */
    int count;
    struct value *source;
};

/* Walks back from a node to the values that it is a function of, the nearest first. */
struct function_walk {
    const int32_t *position; /* by value id: the number of the node that makes it; 0: none does */
    struct scalar_function function;
    struct value *open[2 * MAX_FUNCTION_NODES]; /* what the nodes read that none of them makes */
    int open_count;
};

/* `position` holds 1, 2, ... for the outputs of the nodes in order. */
struct function_walk function_walk_start(struct node *last, const int32_t *position);

/* Goes on to the next value; false where there is none. walk->function is what was found. */
bool function_walk_next(struct function_walk *walk);

/* The numbers at which a function is looked at: a grid around zero, powers of two as far as float32
 * goes, and, since that is where it may have a bend, every constant that its nodes read and its
 * neighbours. Returns how many. */
int function_probes(const struct scalar_function *function, double probes[MAX_PROBES]);

/* Evaluates the function in float64. */
enum snv2_status function_evaluate(const struct scalar_function *function, const double *x,
                                   int count, double *y, struct snv2_diagnostic *diagnostic);

/* The same for an operator with one data operand; low and high are operands 2 and 3 (NULL: none).
 */
enum snv2_status operator_evaluate(enum op op, const union attributes *attributes,
                                   const double *low, const double *high, const double *x,
                                   int count, double *y, struct snv2_diagnostic *diagnostic);

#endif
