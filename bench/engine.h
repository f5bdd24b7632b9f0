/* What runs networks and is compared: this runtime, and ONNX Runtime. */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include "bench/subject.h"

struct engine {
    const char *name;
    const char *settings; /* for the report */
    /* Once in a process; not part of the time to the first result. */
    enum snv2_status (*load)(struct engine *engine, struct snv2_diagnostic *diagnostic);
    /* From nothing to ready: a session that writes its results to `outputs`. */
    enum snv2_status (*open)(const struct engine *engine, const struct subject *subject,
                             int threads, void **outputs, void **session,
                             struct snv2_diagnostic *diagnostic);
    enum snv2_status (*run)(void *session, struct snv2_diagnostic *diagnostic);
    void (*close)(void *session);

    const char *library;    /* path of the library, where load opens it */
    char version[32];       /* set by load, as the rest */
    const void *interface;  /* what the library gave */
    uint64_t library_bytes; /* of it that are loaded: its segments in the file */
};

/* Copies to be filled by load. */
extern const struct engine snv2_engine, onnxruntime_engine;

/* The bytes that the segments of the loaded library or program around `address` have in its file.
 * (What strip can remove is in none.) 0 where there is none. */
uint64_t loaded_bytes(const void *address);

#endif
