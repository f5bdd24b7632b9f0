/* The one checked addition and the one checked multiplication for sizes that come from a file.
 * Both return false, and leave *result alone, where the true result does not fit. */
#ifndef BASE_CHECKED_H
#define BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool checked_add(uint64_t a, uint64_t b, uint64_t *result) {
    uint64_t sum = a + b;
    if (sum < a)
        return false;
    *result = sum;
    return true;
}

static inline bool checked_mul(uint64_t a, uint64_t b, uint64_t *result) {
    if (a != 0 && b > UINT64_MAX / a)
        return false;
    *result = a * b;
    return true;
}

/* value rounded up to a multiple of `alignment`, a power of two; false on overflow. */
static inline bool checked_align(uint64_t value, uint64_t alignment, uint64_t *result) {
    uint64_t sum;
    if (!checked_add(value, alignment - 1, &sum))
        return false;
    *result = sum & ~(alignment - 1);
    return true;
}

#endif
