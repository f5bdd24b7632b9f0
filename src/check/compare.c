/* Distances between tensors; see compare.h. */
#include "check/compare.h"

#include <math.h>

static void add_element(struct distance *distance, double a, double reference) {
    double error = fabs(a - reference);
    if (isnan(error)) /* NaN on a side, or equal infinities */
        error = (isnan(a) && isnan(reference)) || a == reference ? 0 : INFINITY;
    if (error > distance->max)
        distance->max = error;
    distance->different += error != 0;
    distance->rms += error * error;
    if (!isfinite(a) || !isfinite(reference))
        return;
    if (fabs(reference) > distance->largest)
        distance->largest = fabs(reference);
    distance->signal += reference * reference;
    distance->product += a * reference;
    distance->energy += a * a;
}

static struct distance finish(struct distance distance, int64_t count) {
    distance.rms = count > 0 ? sqrt(distance.rms / (double)count) : 0;
    distance.different = count > 0 ? distance.different / (double)count : 0;
    return distance;
}

struct distance distance_double(const double *a, const double *reference, int64_t count) {
    struct distance distance = {0};
    for (int64_t i = 0; i < count; i++)
        add_element(&distance, a[i], reference[i]);
    return finish(distance, count);
}

struct distance distance_float(const float *a, const double *reference, int64_t count) {
    struct distance distance = {0};
    for (int64_t i = 0; i < count; i++)
        add_element(&distance, a[i], reference[i]);
    return finish(distance, count);
}

double distance_cosine(const struct distance *distance) {
    double norms = sqrt(distance->signal) * sqrt(distance->energy);
    if (norms > 0)
        return distance->product / norms;
    return distance->signal == distance->energy ? 1 : 0;
}

double distance_snr(const struct distance *distance, int64_t count) {
    double noise = distance->rms * distance->rms * (double)count;
    return noise > 0 ? 10 * log10(distance->signal / noise) : INFINITY;
}
