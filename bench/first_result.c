/* Loading and running in a child process, again and again; see first_result.h. */
#include "bench/first_result.h"

#include "base/diagnostic.h"
#include "bench/clock.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child tells, in memory that both share. */
struct message {
    enum snv2_status status;
    double seconds;
    struct snv2_diagnostic diagnostic;
};

static void load_and_run(struct engine engine, const struct subject *subject, void **outputs,
                         struct message *message) {
    void *session;
    enum snv2_status status = engine.load(&engine, &message->diagnostic);
    double start = clock_seconds();
    if (status == SNV2_OK)
        status = engine.open(&engine, subject, 1, outputs, &session, &message->diagnostic);
    if (status == SNV2_OK)
        status = engine.run(session, &message->diagnostic);
    message->seconds = clock_seconds() - start;
    message->status = status;
}

static enum snv2_status measure_once(const struct engine *engine, const struct subject *subject,
                                     void **outputs, struct message *message, double *peak_bytes,
                                     struct snv2_diagnostic *diagnostic) {
    struct rusage usage;
    int ended;
    message->status = SNV2_INTERNAL;
    message->diagnostic = (struct snv2_diagnostic){.offset = -1};
    diagnose(&message->diagnostic, SNV2_INTERNAL, "the process that loads it with %s ended early",
             engine->name);
    pid_t child = fork();
    if (child < 0)
        return diagnose(diagnostic, SNV2_NO_MEMORY, "cannot fork: %s", strerror(errno));
    if (child == 0) {
        load_and_run(*engine, subject, outputs, message);
        _exit(0);
    }
    while (wait4(child, &ended, 0, &usage) < 0)
        if (errno != EINTR)
            return diagnose(diagnostic, SNV2_INTERNAL, "cannot wait: %s", strerror(errno));
    *peak_bytes = 1024.0 * (double)usage.ru_maxrss;
    if (message->status != SNV2_OK && diagnostic)
        *diagnostic = message->diagnostic;
    return message->status;
}

enum snv2_status measure_first_result(const struct engine *engine, const struct subject *subject,
                                      void **outputs, int count, struct first_result *result,
                                      struct snv2_diagnostic *diagnostic) {
    struct message *message =
        mmap(NULL, sizeof *message, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (message == MAP_FAILED)
        return diagnose_no_memory(diagnostic);
    double seconds[SAMPLES_MAX], peak_bytes[SAMPLES_MAX];
    enum snv2_status status =
        measure_once(engine, subject, outputs, message, &peak_bytes[0], diagnostic);
    for (int i = 0; i < count && status == SNV2_OK; i++) {
        status = measure_once(engine, subject, outputs, message, &peak_bytes[i], diagnostic);
        seconds[i] = message->seconds;
    }
    if (status == SNV2_OK) {
        result->seconds = summarize(seconds, count);
        result->peak_bytes = (int64_t)summarize(peak_bytes, count).median;
    }
    munmap(message, sizeof *message);
    return status;
}
