/* Every way of running a model; see every_way.h. */
#include "tests/every_way.h"

#include "base/random.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 3 };

struct runner {
    const struct snv2_model *model;
    const void **inputs;
    void **expected, **found;
    char *text; /* empty until something went wrong */
};

static void *allocate(size_t bytes) {
    void *memory = malloc(bytes + 1);
    if (!memory)
        abort();
    return memory;
}

static const void *make_input(const struct snv2_tensor_info *info, int number) {
    uint64_t seed = (uint64_t)number + 1;
    unsigned char *bytes = info->dtype == 2 ? allocate(info->bytes) : NULL;
    for (size_t i = 0; bytes && i < info->bytes; i++)
        bytes[i] = (unsigned char)random_next(&seed);
    if (bytes)
        return bytes;
    float *values = allocate(info->bytes);
    random_fill(values, (int64_t)(info->bytes / sizeof *values), (uint64_t)number + 1);
    return values;
}

/* All NaNs are equal. */
static bool is_same(const float *a, const float *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i])))
            return false;
    return true;
}

/* Runs once and compares with what is expected, but where that is what is asked for. */
static int run_once(struct runner *runner, struct snv2_context *context, void **outputs) {
    int differences = 0, count = snv2_output_count(runner->model);
    for (int i = 0; i < count; i++)
        memset(outputs[i], 0xff, snv2_output(runner->model, i)->bytes);
    snv2_run(context, runner->inputs, outputs);
    for (int i = 0; i < count && outputs != runner->expected; i++)
        differences += !is_same(outputs[i], runner->expected[i],
                                snv2_output(runner->model, i)->bytes / sizeof(float));
    return differences;
}

/* The number of outputs that differ, or -1 where the processor lacks the instruction set. Two runs:
 * the second one finds what the first left, and may be on one thread. */
static int run(struct runner *runner, const char *isa, int threads, enum snv2_fusion fusion,
               void **outputs) {
    struct snv2_context_options options = {.threads = threads, .fusion = fusion};
    struct snv2_diagnostic diagnostic;
    struct snv2_context *context;
    char text[64], start[64];
    int differences = -1;
    setenv("SNV2_CPU", isa, 1);
    enum snv2_status status = snv2_context_new(runner->model, &options, &context, &diagnostic);
    unsetenv("SNV2_CPU");
    if (status == SNV2_USAGE)
        return -1; /* kernels that were not built */
    if (status != SNV2_OK) {
        snprintf(runner->text, EVERY_WAY_TEXT, "%.200s", diagnostic.message);
        return -1;
    }
    snv2_describe(context, text, sizeof text);
    snprintf(start, sizeof start, "kernels %s,", isa);
    if (strncmp(text, start, strlen(start)) == 0) {
        differences = run_once(runner, context, outputs);
        differences += run_once(runner, context, outputs);
    }
    if (differences > 0 && !*runner->text)
        snprintf(runner->text, EVERY_WAY_TEXT, "%d outputs differ: %s, %d threads, fusion %d",
                 differences, isa, threads, (int)fusion);
    snv2_context_free(context);
    return differences;
}

static int run_all(struct runner *runner, int *ways) {
    static const char *const isas[] = {"avx512", "avx2", "neon", "ref_fma"};
    static const enum snv2_fusion fusions[] = {SNV2_FUSE_WHERE_IT_PAYS, SNV2_FUSE_NOWHERE,
                                               SNV2_FUSE_EVERYWHERE};
    int differences = 0;
    /* The reference, with the instruction where there is one. */
    if (run(runner, "ref_fma", 1, SNV2_FUSE_NOWHERE, runner->expected) < 0)
        run(runner, "ref", 1, SNV2_FUSE_NOWHERE, runner->expected);
    for (size_t isa = 0; isa < sizeof isas / sizeof *isas; isa++)
        for (int threads = 1; threads <= MAX_THREADS; threads++)
            for (size_t f = 0; f < sizeof fusions / sizeof *fusions; f++) {
                bool is_slow = strncmp(isas[isa], "ref", 3) == 0;
                int found = is_slow && threads != 2
                                ? -1
                                : run(runner, isas[isa], threads, fusions[f], runner->found);
                *ways += found >= 0;
                differences += found > 0;
            }
    return differences;
}

int run_every_way(const struct snv2_model *model, int *ways, char text[EVERY_WAY_TEXT]) {
    int inputs = snv2_input_count(model), outputs = snv2_output_count(model);
    struct runner runner = {model, allocate((size_t)inputs * sizeof(void *)),
                            allocate((size_t)outputs * sizeof(void *)),
                            allocate((size_t)outputs * sizeof(void *)), text};
    *text = '\0';
    *ways = 0;
    for (int i = 0; i < inputs; i++)
        runner.inputs[i] = make_input(snv2_input(model, i), i);
    for (int i = 0; i < outputs; i++) {
        runner.expected[i] = allocate(snv2_output(model, i)->bytes);
        runner.found[i] = allocate(snv2_output(model, i)->bytes);
    }
    int differences = run_all(&runner, ways);
    for (int i = 0; i < inputs; i++)
        free((void *)(uintptr_t)runner.inputs[i]);
    for (int i = 0; i < outputs; i++) {
        free(runner.expected[i]);
        free(runner.found[i]);
    }
    free(runner.inputs);
    free(runner.expected);
    free(runner.found);
    return *ways > 0 ? differences : -1;
}
