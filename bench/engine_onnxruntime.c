/* ONNX Runtime as an engine: its C interface, from a library that is opened at run time, so that
 * neither its headers nor the library are needed to build.
 *
 * The interface is one table of functions. Its order has been fixed since version 1 of the
 * interface, and new functions only join its end; below are those used here, each at its place in
 * onnxruntime_c_api.h (struct OrtApi), with gaps between them. A function returns NULL or a status
 * that is to be released. */
#include "bench/engine.h"

#include "base/diagnostic.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct ort_status;
struct ort_env;
struct ort_session_options;
struct ort_session;
struct ort_memory_info;
struct ort_value;

typedef void ort_function(void);

struct ort_api {
    ort_function *to_2[2];
    const char *(*get_error_message)(const struct ort_status *status);
    struct ort_status *(*create_env)(int severity, const char *name, struct ort_env **env);
    ort_function *to_7[3];
    struct ort_status *(*create_session)(const struct ort_env *env, const char *path,
                                         const struct ort_session_options *options,
                                         struct ort_session **session);
    ort_function *to_9[1];
    struct ort_status *(*run)(struct ort_session *session, const void *options,
                              const char *const *input_names, const struct ort_value *const *inputs,
                              size_t input_count, const char *const *output_names,
                              size_t output_count, struct ort_value **outputs);
    struct ort_status *(*create_session_options)(struct ort_session_options **options);
    ort_function *to_13[2];
    struct ort_status *(*set_execution_mode)(struct ort_session_options *options, int mode);
    ort_function *to_23[9];
    struct ort_status *(*set_optimization_level)(struct ort_session_options *options, int level);
    struct ort_status *(*set_intra_op_threads)(struct ort_session_options *options, int count);
    struct ort_status *(*set_inter_op_threads)(struct ort_session_options *options, int count);
    ort_function *to_49[23];
    struct ort_status *(*create_tensor_with_data)(const struct ort_memory_info *memory, void *data,
                                                  size_t bytes, const int64_t *dims, size_t rank,
                                                  int dtype, struct ort_value **value);
    ort_function *to_69[19];
    struct ort_status *(*create_cpu_memory_info)(int allocator, int type,
                                                 struct ort_memory_info **memory);
    ort_function *to_92[22];
    void (*release_env)(struct ort_env *env);
    void (*release_status)(struct ort_status *status);
    void (*release_memory_info)(struct ort_memory_info *memory);
    void (*release_session)(struct ort_session *session);
    void (*release_value)(struct ort_value *value);
    ort_function *to_100[3];
    void (*release_session_options)(struct ort_session_options *options);
    ort_function *to_130[29];
    struct ort_status *(*add_config_entry)(struct ort_session_options *options, const char *key,
                                           const char *value); /* since version 5 */
};

#define STANDS_AT(MEMBER, NUMBER)                                                                  \
    _Static_assert(offsetof(struct ort_api, MEMBER) == (NUMBER) * sizeof(ort_function *), #MEMBER)
STANDS_AT(get_error_message, 2);
STANDS_AT(create_session, 7);
STANDS_AT(run, 9);
STANDS_AT(set_execution_mode, 13);
STANDS_AT(set_optimization_level, 23);
STANDS_AT(create_tensor_with_data, 49);
STANDS_AT(create_cpu_memory_info, 69);
STANDS_AT(release_env, 92);
STANDS_AT(release_session_options, 100);
STANDS_AT(add_config_entry, 130);

struct ort_api_base {
    const struct ort_api *(*get_api)(uint32_t version);
    const char *(*get_version)(void);
};

enum {
    API_VERSION = 5,
    SEVERITY_ERROR = 3,
    EXECUTION_SEQUENTIAL = 0,
    OPTIMIZE_ALL = 99,
    ALLOCATOR_DEVICE = 0,
    MEMORY_DEFAULT = 0,
};

struct session {
    const struct ort_api *api;
    struct ort_env *env;
    struct ort_session *session;
    size_t input_count, output_count;
    const char **input_names, **output_names;
    struct ort_value **inputs, **outputs;
};

/* To be called on what each function of the interface returns. */
static enum snv2_status check(const struct ort_api *api, struct ort_status *status,
                              struct snv2_diagnostic *diagnostic) {
    if (!status)
        return SNV2_OK;
    char message[1024];
    sanitize_text(message, sizeof message, api->get_error_message(status));
    api->release_status(status);
    return diagnose(diagnostic, SNV2_UNSUPPORTED, "ONNX Runtime: %s", message);
}

static enum snv2_status load(struct engine *engine, struct snv2_diagnostic *diagnostic) {
    void *library = dlopen(engine->library, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return diagnose(diagnostic, SNV2_NO_INPUT, "cannot load ONNX Runtime: %s", dlerror());
    const struct ort_api_base *(*get_base)(void);
    *(void **)&get_base = dlsym(library, "OrtGetApiBase");
    const struct ort_api_base *base = get_base ? get_base() : NULL;
    engine->interface = base ? base->get_api(API_VERSION) : NULL;
    if (!engine->interface)
        return diagnose(diagnostic, SNV2_UNSUPPORTED,
                        "'%s' is no ONNX Runtime with interface version %d", engine->library,
                        API_VERSION);
    snprintf(engine->version, sizeof engine->version, "%s", base->get_version());
    engine->library_bytes = loaded_bytes(engine->interface);
    return SNV2_OK;
}

static void close_session(void *data) {
    struct session *session = data;
    const struct ort_api *api = session->api;
    for (size_t i = 0; i < session->input_count && session->inputs; i++)
        api->release_value(session->inputs[i]);
    for (size_t i = 0; i < session->output_count && session->outputs; i++)
        api->release_value(session->outputs[i]);
    api->release_session(session->session);
    api->release_env(session->env);
    free(session->input_names);
    free(session->output_names);
    free(session->inputs);
    free(session->outputs);
    free(session);
}

static enum snv2_status create_session(struct session *session, const char *path, int threads,
                                       struct snv2_diagnostic *diagnostic) {
    const struct ort_api *api = session->api;
    struct ort_session_options *options = NULL;
    enum snv2_status status = check(api, api->create_session_options(&options), diagnostic);
    if (status == SNV2_OK)
        status = check(api, api->set_execution_mode(options, EXECUTION_SEQUENTIAL), diagnostic);
    if (status == SNV2_OK)
        status = check(api, api->set_optimization_level(options, OPTIMIZE_ALL), diagnostic);
    if (status == SNV2_OK)
        status = check(api, api->set_intra_op_threads(options, threads), diagnostic);
    if (status == SNV2_OK)
        status = check(api, api->set_inter_op_threads(options, 1), diagnostic);
    if (status == SNV2_OK)
        status = check(api, api->add_config_entry(options, "session.intra_op.allow_spinning", "1"),
                       diagnostic);
    if (status == SNV2_OK)
        status = check(api, api->create_session(session->env, path, options, &session->session),
                       diagnostic);
    if (options)
        api->release_session_options(options);
    return status;
}

/* Values over the caller's memory, and their names. */
static enum snv2_status bind(const struct ort_api *api, const struct ort_memory_info *memory,
                             const struct snv2_tensor_info *infos, int count, void *const *data,
                             const char ***names, struct ort_value ***values,
                             struct snv2_diagnostic *diagnostic) {
    *names = calloc((size_t)count, sizeof **names);
    *values = calloc((size_t)count, sizeof **values);
    enum snv2_status status = *names && *values ? SNV2_OK : diagnose_no_memory(diagnostic);
    for (int i = 0; i < count && status == SNV2_OK; i++) {
        (*names)[i] = infos[i].name;
        status = check(api,
                       api->create_tensor_with_data(memory, data[i], infos[i].bytes, infos[i].dims,
                                                    (size_t)infos[i].rank, infos[i].dtype,
                                                    &(*values)[i]),
                       diagnostic);
    }
    return status;
}

static enum snv2_status bind_all(struct session *session, const struct subject *subject,
                                 void **outputs, struct snv2_diagnostic *diagnostic) {
    const struct ort_api *api = session->api;
    struct ort_memory_info *memory = NULL;
    enum snv2_status status = check(
        api, api->create_cpu_memory_info(ALLOCATOR_DEVICE, MEMORY_DEFAULT, &memory), diagnostic);
    session->input_count = (size_t)subject->input_count;
    session->output_count = (size_t)subject->output_count;
    if (status == SNV2_OK) /* which only reads its inputs, and takes them without const */
        status = bind(api, memory, subject->inputs, subject->input_count,
                      (void *const *)subject->input_data, &session->input_names, &session->inputs,
                      diagnostic);
    if (status == SNV2_OK)
        status = bind(api, memory, subject->outputs, subject->output_count, outputs,
                      &session->output_names, &session->outputs, diagnostic);
    if (memory)
        api->release_memory_info(memory);
    return status;
}

static enum snv2_status open_session(const struct engine *engine, const struct subject *subject,
                                     int threads, void **outputs, void **result,
                                     struct snv2_diagnostic *diagnostic) {
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return diagnose_no_memory(diagnostic);
    session->api = engine->interface;
    enum snv2_status status =
        check(session->api, session->api->create_env(SEVERITY_ERROR, "compare", &session->env),
              diagnostic);
    if (status == SNV2_OK)
        status = create_session(session, subject->model, threads, diagnostic);
    if (status == SNV2_OK)
        status = bind_all(session, subject, outputs, diagnostic);
    if (status == SNV2_OK)
        *result = session;
    else
        close_session(session);
    return status;
}

static enum snv2_status run(void *data, struct snv2_diagnostic *diagnostic) {
    struct session *session = data;
    struct ort_status *status =
        session->api->run(session->session, NULL, session->input_names,
                          (const struct ort_value *const *)session->inputs, session->input_count,
                          session->output_names, session->output_count, session->outputs);
    return check(session->api, status, diagnostic);
}

const struct engine onnxruntime_engine = {
    .name = "ONNX Runtime",
    .settings = "ORT_ENABLE_ALL, sequential, inter_op threads 1, spinning on, outputs reused",
    .load = load,
    .open = open_session,
    .run = run,
    .close = close_session,
};
