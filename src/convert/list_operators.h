/* The list of operators for users. */
#ifndef CONVERT_LIST_OPERATORS_H
#define CONVERT_LIST_OPERATORS_H

#include <stdbool.h>
#include <stdio.h>

/* A line for each operator, sorted: name, first and last opset, and whether there is a command for
 * it ("runs") or it must fold away at conversion ("folds"). False where memory ran out. */
bool list_operators(FILE *stream);

#endif
