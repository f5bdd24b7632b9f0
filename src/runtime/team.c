/* Threads, and how they share out phases: two counters for each member say how many of its shares
 * were begun and how many are done. Only the owner touches `begun` as long as all keep pace, so a
 * phase costs each member to see the other's `done`.
 *
 *   member 0     begun 7, done 6      at work on phase 6
 *   member 1     begun 6, done 6      not there: member 0, when done, begins that share too
 */
#include "runtime/team.h"

#include "base/clock.h"
#include "base/diagnostic.h"
#include "base/memory.h"
#include "runtime/float_mode.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

enum {
    LINE = 128,                /* bytes that caches move together */
    SPIN_NANOSECONDS = 100000, /* about what a sleep and a wake-up cost on a busy machine */
    SPINS_BETWEEN_LOOKS = 64,  /* at the clock */
    PATIENCE = 64,             /* spins until a member that has not begun counts as not there */
    FIRST_REST = 8,            /* runs alone after one that was held up; see plan_rest */
    LONGEST_REST = 1000,
};

static const uint64_t ended = UINT64_MAX; /* as a goal */

/* Counts go on through all runs. */
struct member {
    _Alignas(LINE) _Atomic uint64_t begun; /* by its owner or by another */
    _Alignas(LINE) _Atomic uint64_t done;
    struct team *team;
    int number;
    pthread_t thread;
};

struct team {
    _Alignas(LINE) _Atomic uint64_t goal; /* phases to be done by the end of this run */
    _Alignas(LINE) atomic_int sleepers;
    pthread_mutex_t lock; /* for those who sleep */
    pthread_cond_t progress;
    struct team_plan plan;
    _Atomic uint32_t phases; /* of a run */
    bool is_timed;           /* there was a run of as many phases */
    int threads;             /* that were started */
    uint64_t alone;          /* nanoseconds of a run that the caller does alone, lately */
    int rest, rests_left;    /* runs that the caller does alone: see plan_rest */
    struct member members[];
};

static void relax(void) {
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

/* ---- waiting ---- */

/* A stretch of spinning, which ends some time after it began. */
struct spin {
    uint64_t since;
    unsigned count;
};

/* False when it has been long enough. */
static bool spin(struct spin *spin) {
    relax();
    if (++spin->count % SPINS_BETWEEN_LOOKS != 0)
        return true;
    uint64_t now = nanoseconds();
    if (spin->since == 0)
        spin->since = now;
    return now - spin->since < SPIN_NANOSECONDS;
}

/* Wakes those who sleep, if one does. That a sleeper sees what was stored before, or is seen here,
 * is sure only behind a fence. */
static void wake(struct team *team) {
    if (atomic_load_explicit(&team->sleepers, memory_order_relaxed) == 0)
        return;
    pthread_mutex_lock(&team->lock);
    pthread_cond_broadcast(&team->progress);
    pthread_mutex_unlock(&team->lock);
}

static void wake_for_sure(struct team *team) {
    atomic_thread_fence(memory_order_seq_cst);
    wake(team);
}

/* Sleeps until the counter is at least `least`. */
static void sleep_until(struct team *team, _Atomic uint64_t *counter, uint64_t least) {
    wake_for_sure(team);
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add(&team->sleepers, 1);
    while (atomic_load(counter) < least)
        pthread_cond_wait(&team->progress, &team->lock);
    atomic_fetch_sub(&team->sleepers, 1);
    pthread_mutex_unlock(&team->lock);
}

/* ---- phases ---- */

/* Does share `at` of a member, in a run that began with share `first`, if nobody has begun it. */
static bool do_share(struct team *team, struct member *member, uint64_t first, uint64_t at) {
    uint64_t count = at;
    if (atomic_load(&member->begun) != at ||
        !atomic_compare_exchange_strong(&member->begun, &count, at + 1))
        return false;
    team->plan.work(team->plan.data, (uint32_t)(at - first), member->number);
    /* No fence: it would wait for the others' copies of this line to go. take_part has it. */
    atomic_store_explicit(&member->done, at + 1, memory_order_release);
    wake(team);
    return true;
}

/* Returns when a member's share is done, by whomever. *patience: how long to wait for a member that
 * has not begun; nothing after one was not there. */
static void see_done(struct team *team, const struct member *self, struct member *member,
                     uint64_t first, uint64_t at, unsigned *patience) {
    struct spin spinning = {0};
    bool begun = member == self;
    while (atomic_load_explicit(&member->done, memory_order_acquire) <= at) {
        if (!begun && spinning.count >= *patience) {
            begun = true;
            *patience = do_share(team, member, first, at) ? 0 : PATIENCE;
        } else if (!spin(&spinning)) {
            sleep_until(team, &member->done, at + 1);
        }
    }
}

/* A member's part in the run that ends at `goal`. One that comes when the next is planned may count
 * other phases, but finds all of them begun. */
static void take_part(struct team *team, struct member *self, uint64_t goal) {
    unsigned patience = PATIENCE;
    uint64_t first = goal - atomic_load_explicit(&team->phases, memory_order_relaxed);
    for (uint64_t at = first; at < goal; at++) {
        do_share(team, self, first, at);
        for (int i = 0; i < team->plan.size; i++) {
            int number = (self->number + i) % team->plan.size;
            see_done(team, self, &team->members[number], first, at, &patience);
        }
        wake_for_sure(team);
    }
}

/* All phases up to the goal, by one alone. */
static void do_all(struct team *team, uint64_t goal) {
    for (uint32_t phase = 0; phase < atomic_load(&team->phases); phase++)
        team->plan.work(team->plan.data, phase, WHOLE_PHASE);
    for (int i = 0; i < team->plan.size; i++) {
        atomic_store(&team->members[i].begun, goal);
        atomic_store(&team->members[i].done, goal);
    }
}

/* ---- runs ---- */

static void *thread_main(void *argument) {
    struct member *member = argument;
    struct team *team = member->team;
    fenv_t saved;
    float_mode_enter(&saved);
    for (uint64_t at = 0, goal;; at = goal) {
        struct spin spinning = {0};
        while ((goal = atomic_load(&team->goal)) == at)
            if (!spin(&spinning))
                sleep_until(team, &team->goal, at + 1);
        if (goal == ended)
            return NULL;
        take_part(team, member, goal);
    }
}

/* Member `number`'s part in a run, in a thread of the caller's. */
static void member_main(void *data, int number) {
    struct team *team = data;
    uint64_t goal = atomic_load(&team->goal);
    fenv_t saved;
    float_mode_enter(&saved);
    take_part(team, &team->members[number], goal);
    float_mode_leave(&saved);
}

/* A member that begins its share and then is taken off its core holds up the others: the machine
 * has other work. Where the team takes longer than one alone, the next runs are the caller's alone,
 * more of them each time that happens, fewer each time it does not. The first run, which waits for
 * pages, says nothing; the second one is alone, to know. */
static void plan_rest(struct team *team, uint64_t run_nanoseconds, bool first) {
    if (first)
        team->rest = 1;
    else if (run_nanoseconds > team->alone)
        team->rest = 2 * team->rest + FIRST_REST;
    else
        team->rest /= 2;
    if (team->rest > LONGEST_REST)
        team->rest = LONGEST_REST;
    team->rests_left = team->plan.always ? 0 : team->rest;
}

static void run_alone(struct team *team, uint64_t goal) {
    uint64_t start = nanoseconds();
    fenv_t saved;
    float_mode_enter(&saved);
    do_all(team, goal);
    float_mode_leave(&saved);
    uint64_t duration = nanoseconds() - start;
    team->alone = team->alone ? (3 * team->alone + duration) / 4 : duration;
}

void team_set_phases(struct team *team, uint32_t phases) {
    atomic_store(&team->phases, phases);
    team->is_timed = false;
    team->alone = 0;
    team->rests_left = 0;
}

void team_run(struct team *team) {
    uint64_t at = atomic_load(&team->members[0].done), goal = at + atomic_load(&team->phases);
    if (team->plan.size == 1 || team->rests_left > 0) {
        team->rests_left -= team->rests_left > 0;
        run_alone(team, goal);
        return;
    }
    uint64_t start = nanoseconds();
    atomic_store(&team->goal, goal);
    wake_for_sure(team);
    if (team->plan.parallel_for)
        team->plan.parallel_for(team->plan.user, team->plan.size, member_main, team);
    else
        member_main(team, 0);
    plan_rest(team, nanoseconds() - start, !team->is_timed);
    team->is_timed = true;
}

/* ---- life ---- */

static bool start_thread(struct team *team, int number) {
    struct member *member = &team->members[number];
    return pthread_create(&member->thread, NULL, thread_main, member) == 0;
}

static enum snv2_status start_threads(struct team *team, struct snv2_diagnostic *diagnostic) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (team->threads + 1 < team->plan.size && start_thread(team, team->threads + 1))
        team->threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (team->threads + 1 == team->plan.size)
        return SNV2_OK;
    return diagnose(diagnostic, SNV2_NO_MEMORY,
                    "the system gives no more threads than %d: ask for fewer", team->threads + 1);
}

static size_t team_bytes(int members) {
    return sizeof(struct team) + (size_t)members * sizeof(struct member);
}

enum snv2_status team_new(const struct team_plan *plan, struct team **team,
                          struct snv2_diagnostic *diagnostic) {
    size_t size = team_bytes(plan->size);
    struct team *made = memory_new(plan->allocator, size, LINE);
    if (!made)
        return diagnose_no_memory(diagnostic);
    memset(made, 0, size);
    made->plan = *plan;
    atomic_init(&made->phases, plan->phases);
    for (int i = 0; i < plan->size; i++) {
        made->members[i].team = made;
        made->members[i].number = i;
    }
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->progress, NULL);
    enum snv2_status status = plan->parallel_for ? SNV2_OK : start_threads(made, diagnostic);
    if (status == SNV2_OK)
        *team = made;
    else
        team_free(made);
    return status;
}

void team_free(struct team *team) {
    if (!team)
        return;
    atomic_store(&team->goal, ended);
    wake_for_sure(team);
    for (int i = 1; i <= team->threads; i++)
        pthread_join(team->members[i].thread, NULL);
    pthread_cond_destroy(&team->progress);
    pthread_mutex_destroy(&team->lock);
    memory_free(team->plan.allocator, team, team_bytes(team->plan.size));
}
