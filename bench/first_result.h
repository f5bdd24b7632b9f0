/* From nothing to the first result, and the memory that takes. */
#ifndef BENCH_FIRST_RESULT_H
#define BENCH_FIRST_RESULT_H

#include "bench/engine.h"
#include "bench/summary.h"

struct first_result {
    struct summary seconds; /* from the start of open to the end of the first run */
    int64_t peak_bytes;     /* median of the largest resident set */
};

/* Opens the model and runs it once on one thread, `count` times (and once before, so that the files
 * are in the page cache), each in a process of its own that is forked from this one and does
 * nothing else. The resident set holds what this process holds, so it is to be small yet.
 * `outputs` is memory for the outputs. */
enum snv2_status measure_first_result(const struct engine *engine, const struct subject *subject,
                                      void **outputs, int count, struct first_result *result,
                                      struct snv2_diagnostic *diagnostic);

#endif
