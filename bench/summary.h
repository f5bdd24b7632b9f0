/* The median and the extremes of samples. */
#ifndef BENCH_SUMMARY_H
#define BENCH_SUMMARY_H

struct summary {
    double median, min, max;
};

enum { SAMPLES_MAX = 1000 };

/* Of 1 to SAMPLES_MAX samples; the median of an even number is the mean of the middle two. */
struct summary summarize(const double *samples, int count);

#endif
