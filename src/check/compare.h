/* The arithmetic of comparing: how far one tensor is from another. */
#ifndef CHECK_COMPARE_H
#define CHECK_COMPARE_H

#include <stdint.h>

/* Differences of `count` elements from a reference. An element that is NaN, or infinite, on one
 * side only (or of the other sign) is an infinite difference; on both it is none. */
struct distance {
    double max, rms;        /* of |a - reference| */
    double largest;         /* max|reference|, finite elements only */
    double signal, product; /* sums of reference^2 and a * reference, finite elements only */
    double energy;          /* sum of a^2, likewise */
    double different;       /* the share of elements that differ */
};

struct distance distance_double(const double *a, const double *reference, int64_t count);
struct distance distance_float(const float *a, const double *reference, int64_t count);

/* The cosine of the angle between the two (1 where both are zero), and the ratio of signal to
 * difference in dB (INFINITY where there is no difference). */
double distance_cosine(const struct distance *distance);
double distance_snr(const struct distance *distance, int64_t count);

#endif
