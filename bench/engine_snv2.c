/* This runtime as an engine, through its public interface. */
#include "bench/engine.h"

#include "base/diagnostic.h"

#include <stdio.h>
#include <stdlib.h>

struct session {
    struct snv2_model *model;
    struct snv2_context *context;
    const void *const *inputs;
    void *const *outputs;
};

static enum snv2_status load(struct engine *engine, struct snv2_diagnostic *diagnostic) {
    (void)diagnostic;
    snprintf(engine->version, sizeof engine->version, "%s", snv2_version());
    engine->library_bytes = loaded_bytes((const void *)(uintptr_t)snv2_run);
    return SNV2_OK;
}

static void close_session(void *data) {
    struct session *session = data;
    snv2_context_free(session->context);
    snv2_close(session->model);
    free(session);
}

static enum snv2_status open_session(const struct engine *engine, const struct subject *subject,
                                     int threads, void **outputs, void **result,
                                     struct snv2_diagnostic *diagnostic) {
    (void)engine;
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return diagnose_no_memory(diagnostic);
    session->inputs = subject->input_data;
    session->outputs = outputs;
    const struct snv2_context_options options = {.threads = threads};
    enum snv2_status status = snv2_open(subject->blob, &session->model, diagnostic);
    if (status == SNV2_OK)
        status = snv2_context_new(session->model, &options, &session->context, diagnostic);
    if (status == SNV2_OK)
        *result = session;
    else
        close_session(session);
    return status;
}

static enum snv2_status run(void *data, struct snv2_diagnostic *diagnostic) {
    struct session *session = data;
    enum snv2_status status = snv2_run(session->context, session->inputs, session->outputs);
    return status == SNV2_OK ? status : diagnose(diagnostic, status, "the run failed");
}

const struct engine snv2_engine = {
    .name = "snv2",
    .settings = "outputs reused",
    .load = load,
    .open = open_session,
    .run = run,
    .close = close_session,
};
