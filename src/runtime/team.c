/* Threads and the one barrier that starts, divides and ends their work. */
#include "runtime/team.h"

#include "base/diagnostic.h"
#include "runtime/float_mode.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum { SPINS = 4000 }; /* some microseconds: about as long as a sleep and a wake-up cost */

struct member {
    struct team *team;
    int number;
    pthread_t thread;
};

struct team {
    team_work *work;
    void *data;
    atomic_int size;      /* members that the barrier waits for */
    atomic_int arrived;   /* of them, in this round */
    atomic_uint round;    /* counts the times all have arrived */
    bool stop;            /* set before the round that ends the threads */
    pthread_mutex_t lock; /* for those who sleep */
    pthread_cond_t all_arrived;
    struct member members[]; /* size - 1 threads: numbers 1 to size - 1 */
};

static void relax(void) {
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

void team_wait(struct team *team) {
    unsigned round = atomic_load(&team->round);
    if (atomic_fetch_add(&team->arrived, 1) + 1 == atomic_load(&team->size)) {
        atomic_store(&team->arrived, 0);
        pthread_mutex_lock(&team->lock);
        atomic_store(&team->round, round + 1);
        pthread_cond_broadcast(&team->all_arrived);
        pthread_mutex_unlock(&team->lock);
        return;
    }
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&team->round) != round)
            return;
        relax();
    }
    pthread_mutex_lock(&team->lock);
    while (atomic_load(&team->round) == round)
        pthread_cond_wait(&team->all_arrived, &team->lock);
    pthread_mutex_unlock(&team->lock);
}

static void *thread_main(void *argument) {
    struct member *member = argument;
    struct team *team = member->team;
    fenv_t saved;
    float_mode_enter(&saved);
    for (;;) {
        team_wait(team);
        if (team->stop)
            return NULL;
        team->work(team->data, member->number);
        team_wait(team);
    }
}

static bool start_thread(struct team *team, int number) {
    struct member *member = &team->members[number - 1];
    *member = (struct member){.team = team, .number = number};
    return pthread_create(&member->thread, NULL, thread_main, member) == 0;
}

enum snv2_status team_new(int size, team_work *work, void *data, struct team **team,
                          struct snv2_diagnostic *diagnostic) {
    struct team *made = malloc(sizeof *made + (size_t)size * sizeof *made->members);
    if (!made)
        return diagnose_no_memory(diagnostic);
    made->work = work;
    made->data = data;
    made->stop = false;
    atomic_init(&made->size, size);
    atomic_init(&made->arrived, 0);
    atomic_init(&made->round, 0);
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->all_arrived, NULL);

    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int members = 1;
    while (members < size && start_thread(made, members))
        members++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (members < size) {
        atomic_store(&made->size, members); /* those that run wait for the caller to free them */
        team_free(made);
        return diagnose(diagnostic, SNV2_NO_MEMORY,
                        "the system gives no more threads than %d: ask for fewer", members);
    }
    *team = made;
    return SNV2_OK;
}

void team_run(struct team *team) {
    team_wait(team);
    team->work(team->data, 0);
    team_wait(team);
}

int team_size(const struct team *team) {
    return atomic_load(&team->size);
}

void team_free(struct team *team) {
    if (!team)
        return;
    team->stop = true;
    team_wait(team);
    for (int i = 1; i < team_size(team); i++)
        pthread_join(team->members[i - 1].thread, NULL);
    pthread_cond_destroy(&team->all_arrived);
    pthread_mutex_destroy(&team->lock);
    free(team);
}
