/* Ranking classes; see ranking.h. */
#include "run/ranking.h"

#include <string.h>

int64_t class_count(const struct shape *shape) {
    for (int i = shape->rank - 1; i >= 0; i--)
        if (shape->dims[i] > 1)
            return shape->dims[i];
    return 1;
}

static bool is_above(float a, float b) {
    return a > b || (b != b && a == a);
}

int64_t rank_classes(const float *values, int64_t count, int64_t top, int64_t *indices) {
    int64_t ranked = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t place = ranked;
        while (place > 0 && is_above(values[i], values[indices[place - 1]]))
            place--;
        if (place == top)
            continue;
        if (ranked < top)
            ranked++;
        memmove(indices + place + 1, indices + place,
                (size_t)(ranked - place - 1) * sizeof *indices);
        indices[place] = i;
    }
    return ranked;
}
