/* Converting, describing and feeding what is measured; see subject.h. */
#include "bench/subject.h"

#include "base/diagnostic.h"
#include "base/random.h"
#include "bench/process.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes a folder for the blob of a conversion, and sets the blob's path. */
static enum snv2_status make_folder(struct subject *subject, struct arena *arena,
                                    struct snv2_diagnostic *diagnostic) {
    const char *parent = getenv("TMPDIR");
    char *folder = arena_printf(arena, "%s/snv2-compare-XXXXXX", parent ? parent : "/tmp");
    if (!folder)
        return diagnose_no_memory(diagnostic);
    if (!mkdtemp(folder))
        return diagnose(diagnostic, SNV2_CANNOT_CREATE, "cannot create the folder '%s': %s", folder,
                        strerror(errno));
    subject->folder = folder;
    subject->blob = arena_printf(arena, "%s/model.snv2", folder);
    return subject->blob ? SNV2_OK : diagnose_no_memory(diagnostic);
}

static enum snv2_status convert(const struct converter *converter, struct arena *arena,
                                struct subject *subject, struct snv2_diagnostic *diagnostic) {
    const char *fixed[] = {converter->program, "--quiet", subject->model, "-o", NULL};
    size_t count = sizeof fixed / sizeof *fixed;
    const char **argv =
        arena_alloc(arena, count + 1 + 2 * (size_t)converter->input_shape_count, sizeof *argv);
    if (!argv)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = make_folder(subject, arena, diagnostic);
    if (status != SNV2_OK)
        return status;
    char output[64];
    memcpy(argv, fixed, sizeof fixed);
    argv[count - 1] = subject->blob;
    for (int i = 0; i < converter->input_shape_count; i++) {
        argv[count++] = "--input-shape";
        argv[count++] = converter->input_shapes[i];
    }
    return run_program(argv, output, sizeof output, diagnostic);
}

static enum snv2_status file_bytes(const char *path, int64_t *bytes,
                                   struct snv2_diagnostic *diagnostic) {
    struct stat info;
    if (stat(path, &info) != 0)
        return diagnose(diagnostic, SNV2_NO_INPUT, "cannot open '%s': %s", path, strerror(errno));
    *bytes = info.st_size;
    return SNV2_OK;
}

static enum snv2_status copy_infos(const struct snv2_model *model,
                                   const struct snv2_tensor_info *(*get)(const struct snv2_model *,
                                                                         int),
                                   int count, struct arena *arena, struct snv2_tensor_info **infos,
                                   struct snv2_diagnostic *diagnostic) {
    struct snv2_tensor_info *copies = arena_alloc(arena, (size_t)count, sizeof *copies);
    if (!copies)
        return diagnose_no_memory(diagnostic);
    for (int i = 0; i < count; i++) {
        copies[i] = *get(model, i);
        copies[i].name = arena_strdup(arena, copies[i].name);
        if (!copies[i].name)
            return diagnose_no_memory(diagnostic);
        if (copies[i].dtype != 1)
            return diagnose(diagnostic, SNV2_UNSUPPORTED,
                            "'%s' is not float32: only networks from float32 to float32 are "
                            "compared",
                            copies[i].name);
    }
    *infos = copies;
    return SNV2_OK;
}

static enum snv2_status make_inputs(struct subject *subject, struct arena *arena,
                                    struct snv2_diagnostic *diagnostic) {
    subject->input_data =
        arena_alloc(arena, (size_t)subject->input_count, sizeof *subject->input_data);
    if (!subject->input_data)
        return diagnose_no_memory(diagnostic);
    for (int i = 0; i < subject->input_count; i++) {
        float *data = arena_alloc(arena, subject->inputs[i].bytes, 1);
        if (!data)
            return diagnose_no_memory(diagnostic);
        random_fill(data, (int64_t)(subject->inputs[i].bytes / sizeof *data), (uint64_t)i + 1);
        subject->input_data[i] = data;
    }
    return SNV2_OK;
}

/* The first words of the description of a context. */
static enum snv2_status ask_kernels(const struct snv2_model *model, struct subject *subject,
                                    struct snv2_diagnostic *diagnostic) {
    struct snv2_context *context;
    enum snv2_status status = snv2_context_new(model, NULL, &context, diagnostic);
    if (status != SNV2_OK)
        return status;
    snv2_describe(context, subject->kernels, sizeof subject->kernels);
    subject->kernels[strcspn(subject->kernels, ",\n")] = '\0';
    snv2_context_free(context);
    return SNV2_OK;
}

static enum snv2_status describe(struct subject *subject, struct arena *arena,
                                 struct snv2_diagnostic *diagnostic) {
    struct snv2_model *model;
    enum snv2_status status = snv2_open(subject->blob, &model, diagnostic);
    if (status != SNV2_OK)
        return status;
    const char *multiply_adds = snv2_metadata(model, "multiply_adds");
    subject->multiply_adds = multiply_adds ? strtoull(multiply_adds, NULL, 10) : 0;
    subject->input_count = snv2_input_count(model);
    subject->output_count = snv2_output_count(model);
    status =
        copy_infos(model, snv2_input, subject->input_count, arena, &subject->inputs, diagnostic);
    if (status == SNV2_OK)
        status = copy_infos(model, snv2_output, subject->output_count, arena, &subject->outputs,
                            diagnostic);
    if (status == SNV2_OK)
        status = ask_kernels(model, subject, diagnostic);
    snv2_close(model);
    return status;
}

enum snv2_status subject_prepare(const char *operand, const struct converter *converter,
                                 struct arena *arena, struct subject *subject,
                                 struct snv2_diagnostic *diagnostic) {
    const char *colon = strrchr(operand, ':');
    size_t length = colon ? (size_t)(colon - operand) : strlen(operand);
    enum snv2_status status = SNV2_OK;
    subject->model = arena_strndup(arena, operand, length);
    if (!subject->model)
        return diagnose_no_memory(diagnostic);
    if (colon)
        subject->blob = colon + 1;
    else
        status = convert(converter, arena, subject, diagnostic);
    if (status == SNV2_OK)
        status = file_bytes(subject->model, &subject->model_bytes, diagnostic);
    if (status == SNV2_OK)
        status = file_bytes(subject->blob, &subject->blob_bytes, diagnostic);
    if (status == SNV2_OK)
        status = describe(subject, arena, diagnostic);
    if (status == SNV2_OK)
        status = make_inputs(subject, arena, diagnostic);
    if (status != SNV2_OK)
        diagnostic_set_file(diagnostic, subject->model);
    return status;
}

void subject_end(struct subject *subject) {
    if (!subject->folder)
        return;
    if (subject->blob)
        unlink(subject->blob);
    rmdir(subject->folder);
}

void **subject_outputs(const struct subject *subject, struct arena *arena) {
    void **outputs = arena_alloc(arena, (size_t)subject->output_count, sizeof *outputs);
    for (int i = 0; i < subject->output_count && outputs; i++) {
        outputs[i] = arena_alloc(arena, subject->outputs[i].bytes, 1);
        if (!outputs[i])
            return NULL;
    }
    return outputs;
}

static double difference(const float *a, const float *b, size_t count) {
    double largest = 0, worst = 0;
    for (size_t i = 0; i < count; i++) {
        double distance = fabs((double)a[i] - b[i]);
        if (a[i] == b[i] || (isnan(a[i]) && isnan(b[i])))
            distance = 0;
        if (isnan(distance))
            return INFINITY;
        largest = fmax(largest, fabs((double)b[i]));
        worst = fmax(worst, distance);
    }
    return worst > 0 ? worst / largest : 0;
}

double subject_difference(const struct subject *subject, void *const *a, void *const *b) {
    double worst = 0;
    for (int i = 0; i < subject->output_count; i++)
        worst = fmax(worst, difference(a[i], b[i], subject->outputs[i].bytes / sizeof(float)));
    return worst;
}
