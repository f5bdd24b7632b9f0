/* The largest values of an output, for classifiers. */
#ifndef RUN_RANKING_H
#define RUN_RANKING_H

#include "ir/tensor.h"

/* Values in a row of an output: its last dimension over 1, so that [N,K] and [N,K,1,1] have K. */
int64_t class_count(const struct shape *shape);

/* The most classes that are ranked. */
enum { RANKING_MAX = 1000 };

/* Writes the indices of the `top` (1 to RANKING_MAX) largest of `count` values, largest first and
 * equal ones in their order; NaN is below all. Returns how many: `top`, or `count` where that is
 * less. */
int64_t rank_classes(const float *values, int64_t count, int64_t top, int64_t *indices);

#endif
