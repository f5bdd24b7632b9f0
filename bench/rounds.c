/* Interleaved rounds; see rounds.h. */
#include "bench/rounds.h"

#include "base/diagnostic.h"
#include "bench/clock.h"
#include "bench/peak.h"
#include "bench/process.h"
#include "bench/summary.h"

#include <stdio.h>
#include <stdlib.h>

static const double PEAK_SECONDS = 0.02, BLOCK_SECONDS = 0.1;
static const double PEAK_STRETCH = 1e-3; /* about a run */
enum { LEAST_RUNS = 3 };

bool takes_part(const struct rivals *rivals, enum contender contender) {
    return contender == OTHER ? rivals->other != NULL : rivals->engines[contender] != NULL;
}

static double processor_seconds(void) {
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + 1e-9 * (double)used.tv_nsec;
}

/* Threads that wait for work may spin for a while first (ONNX Runtime's for some 25 ms), and would
 * take a core from who comes next: sleeps until this process hardly runs for two spells of 10 ms,
 * at most a second. */
static void wait_until_idle(void) {
    const struct timespec spell = {0, 10000000};
    for (int idle = 0, spells = 0; idle < 2 && spells < 100; spells++) {
        double before = processor_seconds();
        nanosleep(&spell, NULL);
        idle = processor_seconds() - before < 0.0005 ? idle + 1 : 0;
    }
}

/* The median of the runs of one block. */
static enum snv2_status time_block(const struct engine *engine, void *session, double *seconds,
                                   struct snv2_diagnostic *diagnostic) {
    double samples[SAMPLES_MAX];
    int count = 0;
    enum snv2_status status = engine->run(session, diagnostic);
    double start = clock_seconds(), now = start;
    while (status == SNV2_OK && count < SAMPLES_MAX &&
           (count < LEAST_RUNS || now - start < BLOCK_SECONDS)) {
        double before = now;
        status = engine->run(session, diagnostic);
        now = clock_seconds();
        samples[count++] = now - before;
    }
    if (status == SNV2_OK)
        *seconds = summarize(samples, count).median;
    return status;
}

static enum snv2_status ask_other(const char *command, const char *model, int threads,
                                  double *seconds, struct snv2_diagnostic *diagnostic) {
    char script[4096], number[16], output[256], *end;
    snprintf(number, sizeof number, "%d", threads);
    if (snprintf(script, sizeof script, "%s \"$@\"", command) >= (int)sizeof script)
        return diagnose(diagnostic, SNV2_USAGE, "the command of --other is too long");
    const char *const argv[] = {"sh", "-c", script, "sh", model, number, NULL};
    enum snv2_status status = run_program(argv, output, sizeof output, diagnostic);
    if (status != SNV2_OK)
        return status;
    *seconds = strtod(output, &end) / 1e3;
    if (end == output || !(*seconds > 0))
        return diagnose(diagnostic, SNV2_USAGE,
                        "the command of --other printed no number of milliseconds");
    return SNV2_OK;
}

static enum snv2_status measure_round(const struct rivals *rivals, const struct subject *subject,
                                      void *const sessions[OTHER], struct rounds *rounds, int round,
                                      struct snv2_diagnostic *diagnostic) {
    enum snv2_status status =
        peak_measure(rounds->threads, PEAK_SECONDS, PEAK_STRETCH, &rounds->peak[round], diagnostic);
    for (int i = 0; i < CONTENDERS && status == SNV2_OK; i++) {
        enum contender contender = (enum contender)((round + i) % CONTENDERS);
        if (!takes_part(rivals, contender))
            continue;
        double *seconds = &rounds->seconds[contender][round];
        wait_until_idle();
        status =
            contender == OTHER
                ? ask_other(rivals->other, subject->model, rounds->threads, seconds, diagnostic)
                : time_block(rivals->engines[contender], sessions[contender], seconds, diagnostic);
    }
    return status;
}

static enum snv2_status allocate(const struct rivals *rivals, struct arena *arena,
                                 struct rounds *rounds, struct snv2_diagnostic *diagnostic) {
    size_t count = (size_t)rounds->count;
    rounds->peak = arena_alloc(arena, count, sizeof *rounds->peak);
    bool ok = rounds->peak != NULL;
    for (int i = 0; i < CONTENDERS && ok; i++) {
        bool is_there = takes_part(rivals, (enum contender)i);
        rounds->seconds[i] = is_there ? arena_alloc(arena, count, sizeof(double)) : NULL;
        ok = rounds->seconds[i] || !is_there;
    }
    return ok ? SNV2_OK : diagnose_no_memory(diagnostic);
}

enum snv2_status measure_rounds(const struct rivals *rivals, const struct subject *subject,
                                int threads, int count, void **const outputs[OTHER],
                                struct arena *arena, struct rounds *rounds,
                                struct snv2_diagnostic *diagnostic) {
    void *sessions[OTHER] = {NULL};
    rounds->threads = threads;
    rounds->count = count;
    enum snv2_status status = allocate(rivals, arena, rounds, diagnostic);
    for (int i = 0; i < OTHER && status == SNV2_OK; i++) {
        const struct engine *engine = rivals->engines[i];
        if (engine)
            status = engine->open(engine, subject, threads, outputs[i], &sessions[i], diagnostic);
    }
    for (int round = 0; round < count && status == SNV2_OK; round++)
        status = measure_round(rivals, subject, sessions, rounds, round, diagnostic);
    for (int i = 0; i < OTHER; i++)
        if (sessions[i])
            rivals->engines[i]->close(sessions[i]);
    if (status != SNV2_OK)
        diagnostic_set_file(diagnostic, subject->model);
    return status;
}
