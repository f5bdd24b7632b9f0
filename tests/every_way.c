/* Every way of running a model; see every_way.h. */
#include "tests/every_way.h"

#include "base/random.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 3 };

struct runner {
    const struct snv2_model *model;
    const void *const *inputs;
    void **seeded; /* the inputs, where the caller has none */
    void **expected, **found;
    char *text; /* empty until something went wrong */
};

struct image_runner {
    const struct snv2_model *many, *one;
    struct snv2_context *context; /* of `one` */
};

static void *allocate(size_t bytes) {
    void *memory = malloc(bytes + 1);
    if (!memory)
        abort();
    return memory;
}

static void *make_input(const struct snv2_tensor_info *info, int number) {
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

static bool is_clear(const unsigned char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (bytes[i] != 0xff)
            return false;
    return true;
}

/* The number of outputs that are not what is expected. What belongs to images that a run has
 * `fewer` of than the most, is as it was. */
static int count_differences(const struct runner *runner, int fewer, void *const *outputs) {
    int differences = 0, count = snv2_output_count(runner->model);
    for (int i = 0; i < count; i++) {
        const struct snv2_tensor_info *info = snv2_output(runner->model, i);
        size_t rest = (size_t)fewer * info->image_bytes, bytes = info->bytes - rest;
        differences += !is_same(outputs[i], runner->expected[i], bytes / sizeof(float)) ||
                       !is_clear((const unsigned char *)outputs[i] + bytes, rest);
    }
    return differences;
}

static void clear(const struct runner *runner, void *const *outputs) {
    for (int i = 0; i < snv2_output_count(runner->model); i++)
        memset(outputs[i], 0xff, snv2_output(runner->model, i)->bytes);
}

static int run_once(struct runner *runner, struct snv2_context *context, int fewer,
                    void **outputs) {
    clear(runner, outputs);
    snv2_run(context, runner->inputs, outputs);
    return count_differences(runner, fewer, outputs);
}

/* Two runs of each number of images that there may be, from the most downwards, and of the most. */
static int run_numbers(struct runner *runner, struct snv2_context *context, void **outputs) {
    int most = snv2_images(runner->model), differences = 0;
    for (int i = 0; i <= most && most > 0; i++) {
        int fewer = i % most;
        differences += snv2_set_images(context, most - fewer, NULL) != SNV2_OK;
        differences += run_once(runner, context, fewer, outputs);
        differences += run_once(runner, context, fewer, outputs);
    }
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
        differences = run_once(runner, context, 0, outputs);
        differences += run_once(runner, context, 0, outputs);
        if (outputs == runner->found)
            differences += run_numbers(runner, context, outputs);
    }
    if (differences > 0 && !*runner->text)
        snprintf(runner->text, EVERY_WAY_TEXT, "%d outputs differ: %s, %d threads, fusion %d",
                 differences, isa, threads, (int)fusion);
    snv2_context_free(context);
    return differences;
}

/* The reference, with the instruction where there is one. */
static void run_reference(struct runner *runner) {
    if (run(runner, "ref_fma", 1, SNV2_FUSE_NOWHERE, runner->expected) < 0)
        run(runner, "ref", 1, SNV2_FUSE_NOWHERE, runner->expected);
}

static int run_all(struct runner *runner, int *ways) {
    static const char *const isas[] = {"avx512", "avx2", "neon", "ref_fma"};
    static const enum snv2_fusion fusions[] = {SNV2_FUSE_WHERE_IT_PAYS, SNV2_FUSE_NOWHERE,
                                               SNV2_FUSE_EVERYWHERE};
    int differences = 0;
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

/* FNV-1a of what is expected, all NaNs being one. */
static uint64_t digest(const struct runner *runner) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < snv2_output_count(runner->model); i++) {
        const float *values = runner->expected[i];
        for (size_t v = 0; v < snv2_output(runner->model, i)->bytes / sizeof *values; v++) {
            uint32_t bits = 0x7fc00000;
            if (!isnan(values[v]))
                memcpy(&bits, &values[v], sizeof bits);
            hash = (hash ^ bits) * UINT64_C(0x100000001b3);
        }
    }
    return hash;
}

static void **allocate_list(int count) {
    return allocate((size_t)count * sizeof(void *));
}

static void free_list(void **list, int count) {
    for (int i = 0; list && i < count; i++)
        free(list[i]);
    free(list);
}

/* The reference has run. */
static struct runner start(const struct snv2_model *model, const void *const *inputs, char *text) {
    int input_count = snv2_input_count(model), count = snv2_output_count(model);
    struct runner runner = {.model = model, .inputs = inputs, .text = text};
    if (!inputs) {
        runner.seeded = allocate_list(input_count);
        for (int i = 0; i < input_count; i++)
            runner.seeded[i] = make_input(snv2_input(model, i), i);
        runner.inputs = (const void *const *)runner.seeded;
    }
    runner.expected = allocate_list(count);
    runner.found = allocate_list(count);
    for (int i = 0; i < count; i++) {
        runner.expected[i] = allocate(snv2_output(model, i)->bytes);
        runner.found[i] = allocate(snv2_output(model, i)->bytes);
    }
    *text = '\0';
    run_reference(&runner);
    return runner;
}

static void end(struct runner *runner) {
    free_list(runner->seeded, snv2_input_count(runner->model));
    free_list(runner->expected, snv2_output_count(runner->model));
    free_list(runner->found, snv2_output_count(runner->model));
}

int run_every_way(const struct snv2_model *model, const void *const *inputs, int *ways,
                  char text[EVERY_WAY_TEXT]) {
    struct runner runner = start(model, inputs, text);
    *ways = 0;
    int differences = run_all(&runner, ways);
    if (!*text)
        snprintf(text, EVERY_WAY_TEXT, "bits %016" PRIx64, digest(&runner));
    end(&runner);
    return *ways > 0 ? differences : -1;
}

bool runs_as_reference(const struct snv2_model *model, const void *const *inputs,
                       run_function *other, void *user) {
    char text[EVERY_WAY_TEXT];
    struct runner runner = start(model, inputs, text);
    clear(&runner, runner.found);
    other(user, runner.inputs, runner.found);
    bool is_same = !*text && count_differences(&runner, 0, runner.found) == 0;
    end(&runner);
    return is_same;
}

/* Each image by itself, in the network for one. */
static void run_images(void *user, const void *const *inputs, void *const *outputs) {
    const struct image_runner *runner = user;
    int input_count = snv2_input_count(runner->one), count = snv2_output_count(runner->one);
    const void **in = (const void **)allocate_list(input_count);
    void **out = allocate_list(count);
    for (int image = 0; image < snv2_images(runner->many); image++) {
        for (int i = 0; i < input_count; i++)
            in[i] =
                (const char *)inputs[i] + (size_t)image * snv2_input(runner->many, i)->image_bytes;
        for (int i = 0; i < count; i++)
            out[i] = (char *)outputs[i] + (size_t)image * snv2_output(runner->many, i)->image_bytes;
        snv2_run(runner->context, in, out);
    }
    free(in);
    free(out);
}

bool runs_as_images(const struct snv2_model *many, const struct snv2_model *one) {
    struct image_runner runner = {many, one, NULL};
    if (snv2_context_new(one, NULL, &runner.context, NULL) != SNV2_OK)
        return false;
    bool same = runs_as_reference(many, NULL, run_images, &runner);
    snv2_context_free(runner.context);
    return same;
}
