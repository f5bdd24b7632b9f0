/* What a comparison found, and how it is told. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include "bench/first_result.h"
#include "bench/rounds.h"

#include <stdio.h>

struct comparison {
    struct subject subject;
    struct first_result first[OTHER];
    struct rounds *rounds; /* one for each number of threads */
    double difference;     /* of the outputs (subject.h); NaN: nothing to compare with */
};

struct results {
    const struct rivals *rivals;
    struct comparison *comparisons;
    int comparison_count;
    int thread_counts; /* rounds of each comparison */
    int round_count;   /* of each */
    int load_count;    /* 0: first results were not measured */
    char date[16];     /* 2026-01-31, UTC */
    char processor[128];
    long processors;
    double load_average; /* of the last minute, when the measurements began; NaN: unknown */
};

const char *contender_name(const struct rivals *rivals, enum contender contender);

/* By round: how much of the peak a contender reached (0 where the multiply-adds are not known), and
 * how many times longer than this runtime it took. */
struct summary share_of_peak(const struct comparison *comparison, const struct rounds *rounds,
                             enum contender contender);
struct summary times_longer(const struct rounds *rounds, enum contender contender);

void print_markdown(const struct results *results, FILE *stream);

/* malloc'ed; NULL where memory ran out. */
char *results_json(const struct results *results);

#endif
