/* The whole back end for one graph: lowered, planned, written, loaded and run. */
#ifndef TESTS_BACKEND_CASE_H
#define TESTS_BACKEND_CASE_H

#include "lower/program.h"

/* Marks all commands, `length` at a time, whatever they do: a runtime is to see itself which of
 * them can run as one. */
void mark_all(struct program *program, uint32_t length, struct arena *arena);

/* Fails where an output of the graph, which is in text form and has at most 8 inputs and outputs,
 * is more than `tolerance` of its largest value away from what the interpreter gives in float64, or
 * has other bits where commands run as one. */
void check_backend(const char *text, double tolerance);

#endif
