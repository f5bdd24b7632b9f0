/* Steps as phases of a team: which of them are shared out, and which stay on one thread. */
#ifndef RUNTIME_SCHEDULE_H
#define RUNTIME_SCHEDULE_H

#include "runtime/cost.h"
#include "runtime/resolve.h"

/* Steps [first, first + count): one that all members share, or some that member 0 does. */
struct phase {
    uint32_t first, count;
    bool shared;
};

struct schedule {
    struct phase *phases; /* NULL: out of memory */
    uint32_t count;
    bool shared; /* some phase is */
};

struct schedule schedule_steps(const struct blob *blob, const struct plan *plan,
                               const struct cost_model *model, int members, struct arena *arena);

#endif
