/* The one generator of seeded numbers (text graphs, check inputs, random weights): splitmix64, so
 * that the same seed gives the same numbers on every machine. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Uniform in [-1, 1): the top 24 bits, so that every value is exact. */
static inline float random_signed(uint64_t *state) {
    return (float)((int32_t)(random_next(state) >> 40) - (1 << 23)) / (float)(1 << 23);
}

/* `count` values of random_signed, from a state of `seed`. */
static inline void random_fill(float *data, int64_t count, uint64_t seed) {
    for (int64_t i = 0; i < count; i++)
        data[i] = random_signed(&seed);
}

#endif
