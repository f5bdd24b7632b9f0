/* Runs of this runtime and of others in turn, so that what the machine does meanwhile meets all. */
#ifndef BENCH_ROUNDS_H
#define BENCH_ROUNDS_H

#include "bench/engine.h"

#include <stdbool.h>

enum contender { SNV2, ONNXRUNTIME, OTHER, CONTENDERS };

struct rounds {
    int threads, count;
    double *peak;                /* by round: multiply-adds a second of as many cores */
    double *seconds[CONTENDERS]; /* by round: of a run; NULL: not measured */
};

/* Who takes part: NULL where one does not. */
struct rivals {
    const struct engine *engines[OTHER]; /* SNV2 and ONNXRUNTIME, loaded */
    const char *other; /* a command: sh runs it with two more arguments, the ONNX file and the
                        * number of threads, and it prints the milliseconds of a run */
};

bool takes_part(const struct rivals *rivals, enum contender contender);

/* `count` rounds (at most SAMPLES_MAX). Each measures the peak and then the contenders, whose order
 * turns round by round: a pause until the threads of the one before are asleep, an untimed run, and
 * runs for about 0.1 s but at least 3; the median of these is the round's time. `outputs` is
 * memory for each engine's outputs, which the last runs leave there. The arrays live in `arena`. */
enum snv2_status measure_rounds(const struct rivals *rivals, const struct subject *subject,
                                int threads, int count, void **const outputs[OTHER],
                                struct arena *arena, struct rounds *rounds,
                                struct snv2_diagnostic *diagnostic);

#endif
