/* Small steps one behind the other are one phase of one thread: to share them out would take longer
 * than they do.
 *
 *   steps       conv   pool  fc  fc  mul   conv  conv
 *   member 0   |====| |=| |=| |=| |==|    |====||====|
 *   member 1   |====|                     |====||====|
 */
#include "runtime/schedule.h"

static bool is_small(const struct blob *blob, const struct step *step,
                     const struct cost_model *model, int members) {
    double cost = 0;
    for (uint32_t i = 0; i < step->count; i++)
        cost += command_cost(model, blob, &blob->commands[step->command + i]);
    return step->items == 1 || cost * (members - 1) / members < model->barrier;
}

struct schedule schedule_steps(const struct blob *blob, const struct plan *plan,
                               const struct cost_model *model, int members, struct arena *arena) {
    struct schedule schedule = {.phases =
                                    arena_alloc(arena, plan->step_count, sizeof *schedule.phases)};
    bool alone = false; /* the last phase is one thread's */
    for (uint32_t i = 0; schedule.phases && i < plan->step_count; i++) {
        bool small = members == 1 || is_small(blob, &plan->steps[i], model, members);
        if (small && alone)
            schedule.phases[schedule.count - 1].count++;
        else
            schedule.phases[schedule.count++] = (struct phase){i, 1, !small};
        alone = small;
        schedule.shared |= !small;
    }
    return schedule;
}
