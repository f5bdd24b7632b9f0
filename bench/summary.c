/* The median and the extremes of samples; see summary.h. */
#include "bench/summary.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

struct summary summarize(const double *samples, int count) {
    double sorted[SAMPLES_MAX];
    memcpy(sorted, samples, (size_t)count * sizeof *samples);
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    return (struct summary){
        .median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2,
        .min = sorted[0],
        .max = sorted[count - 1],
    };
}
