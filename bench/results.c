/* Figures that are computed round by round; see results.h. */
#include "bench/results.h"

const char *contender_name(const struct rivals *rivals, enum contender contender) {
    return contender == OTHER ? "other" : rivals->engines[contender]->name;
}

struct summary share_of_peak(const struct comparison *comparison, const struct rounds *rounds,
                             enum contender contender) {
    double share[SAMPLES_MAX];
    for (int i = 0; i < rounds->count; i++)
        share[i] = (double)comparison->subject.multiply_adds / rounds->seconds[contender][i] /
                   rounds->peak[i];
    return summarize(share, rounds->count);
}

struct summary times_longer(const struct rounds *rounds, enum contender contender) {
    double times[SAMPLES_MAX];
    for (int i = 0; i < rounds->count; i++)
        times[i] = rounds->seconds[contender][i] / rounds->seconds[SNV2][i];
    return summarize(times, rounds->count);
}
