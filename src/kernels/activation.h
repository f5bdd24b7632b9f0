/* The activations that are more than bounds, bit by bit: plain functions of one number, without
 * branches, so that they vectorize. NaN gives NaN. */
#ifndef KERNELS_ACTIVATION_H
#define KERNELS_ACTIVATION_H

#include "kernels/arithmetic.h"

static inline float activate_none(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return x;
}

static inline float activate_relu(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return x < 0 ? 0 : x;
}

static inline float activate_clip(float x, float alpha, float beta) {
    return bounded(x, (struct kernel_bounds){alpha, beta});
}

static inline float activate_leaky_relu(float x, float alpha, float beta) {
    (void)beta;
    return x < 0 ? alpha * x : x;
}

static inline float activate_hard_sigmoid(float x, float alpha, float beta) {
    return bounded(FMA(alpha, x, beta), (struct kernel_bounds){0, 1});
}

static inline float activate_hard_swish(float x, float alpha, float beta) {
    (void)alpha, (void)beta;
    return x * bounded(FMA(x, 1.0f / 6, 0.5f), (struct kernel_bounds){0, 1});
}

#endif
