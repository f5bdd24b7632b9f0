/* A team of threads that do one piece of work together, again and again. */
#ifndef RUNTIME_TEAM_H
#define RUNTIME_TEAM_H

#include "snv2/status.h"

struct team;

/* The work of member `member` of the team; all members are in it at once. */
typedef void team_work(void *data, int member);

/* A team of `size` members, the caller of team_run being member 0; the others are threads in the
 * float mode of float_mode.h with all signals blocked. */
enum snv2_status team_new(int size, team_work *work, void *data, struct team **team,
                          struct snv2_diagnostic *diagnostic);

/* Does the work once; returns when all members are done. */
void team_run(struct team *team);

/* Inside the work: waits until all members are here. Spins for a short while before it sleeps. */
void team_wait(struct team *team);

int team_size(const struct team *team);

/* Ends the threads. NULL is fine. */
void team_free(struct team *team);

#endif
