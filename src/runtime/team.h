/* A team of threads that do the same phases of work together, again and again.
 *
 * A phase is cut into as many shares as the team has members; all of it is done before any share of
 * the next one begins. Share i is member i's, but a member that is done with its own takes those
 * that nobody has begun: a thread that the system does not run holds nobody up, and the work gets
 * done whether the members run at once, one after another, or one alone. */
#ifndef RUNTIME_TEAM_H
#define RUNTIME_TEAM_H

#include "snv2/allocator.h"
#include "snv2/status.h"

#include <stdbool.h>
#include <stdint.h>

struct team;

enum { WHOLE_PHASE = -1 };

/* Does share `share` of phase `phase`, or the whole phase, which nobody else is in then. */
typedef void team_work(void *data, uint32_t phase, int share);

struct team_plan {
    int size; /* members: the caller of team_run is one */
    bool
        always; /* all of them, also where the caller alone is faster; else it is left alone then */
    uint32_t phases;
    team_work *work;
    void *data;
    /* As in snv2/runtime.h; NULL: threads of the team's own, with signals blocked. */
    void (*parallel_for)(void *user, int count, void (*body)(void *data, int number), void *data);
    void *user;
    const struct snv2_allocator *allocator; /* of the team's own memory; outlives it */
};

/* Members work in the float mode of float_mode.h. */
enum snv2_status team_new(const struct team_plan *plan, struct team **team,
                          struct snv2_diagnostic *diagnostic);

/* Between runs: another number of phases, which take another time. */
void team_set_phases(struct team *team, uint32_t phases);

/* Does all phases once. */
void team_run(struct team *team);

/* Ends the threads. NULL is fine. */
void team_free(struct team *team);

#endif
