/* Runs a native model on seeded inputs in every way that this processor can: each instruction set,
 * 1 to 3 threads, units as one where it pays, everywhere and nowhere. Exit status 0 where all give
 * the bits of the reference kernels on one thread; else what differs is on standard error. */
#include "base/random.h"
#include "snv2/runtime.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BOUNDARY = 64, MAX_THREADS = 3 };

static const struct snv2_model *model;
static const void *inputs[MAX_BOUNDARY];

static void *allocate(size_t bytes) {
    void *memory = malloc(bytes);
    if (!memory) {
        fputs("out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return memory;
}

static void make_inputs(void) {
    for (int i = 0; i < snv2_input_count(model); i++) {
        size_t bytes = snv2_input(model, i)->bytes;
        float *values = allocate(bytes);
        random_fill(values, (int64_t)(bytes / sizeof *values), (uint64_t)i + 1);
        inputs[i] = values;
    }
}

static void make_outputs(void *outputs[]) {
    for (int i = 0; i < snv2_output_count(model); i++)
        outputs[i] = allocate(snv2_output(model, i)->bytes);
}

/* All NaNs are equal. */
static bool is_same(const float *a, const float *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i])))
            return false;
    return true;
}

/* Runs once and compares with what is expected, if that is known. */
static int run_once(struct snv2_context *context, void *outputs[], void *const *expected) {
    int differences = 0;
    for (int i = 0; i < snv2_output_count(model); i++)
        memset(outputs[i], 0xff, snv2_output(model, i)->bytes);
    snv2_run(context, inputs, outputs);
    for (int i = 0; i < snv2_output_count(model) && expected; i++)
        differences +=
            !is_same(outputs[i], expected[i], snv2_output(model, i)->bytes / sizeof(float));
    return differences;
}

/* The number of outputs that differ, or -1 where the processor lacks the instruction set. Two runs:
 * the second one finds what the first left, and may be on one thread. */
static int run(const char *isa, int threads, enum snv2_fusion fusion, void *outputs[],
               void *const *expected) {
    struct snv2_context_options options = {.threads = threads, .fusion = fusion};
    struct snv2_diagnostic diagnostic;
    struct snv2_context *context;
    char text[64], start[64];
    int differences = -1;
    setenv("SNV2_CPU", isa, 1);
    enum snv2_status status = snv2_context_new(model, &options, &context, &diagnostic);
    if (status == SNV2_USAGE)
        return -1; /* kernels that were not built */
    if (status != SNV2_OK) {
        fprintf(stderr, "%s\n", diagnostic.message);
        exit(EXIT_FAILURE);
    }
    snv2_describe(context, text, sizeof text);
    snprintf(start, sizeof start, "kernels %s,", isa);
    if (strncmp(text, start, strlen(start)) == 0) {
        differences = run_once(context, outputs, expected);
        differences += run_once(context, outputs, expected);
    }
    if (differences > 0)
        fprintf(stderr, "%d outputs differ: %s, %d threads, fusion %d\n", differences, isa, threads,
                (int)fusion);
    snv2_context_free(context);
    return differences;
}

int main(int argc, char **argv) {
    static const char *const isas[] = {"avx512", "avx2", "neon", "ref_fma"};
    static const enum snv2_fusion fusions[] = {SNV2_FUSE_WHERE_IT_PAYS, SNV2_FUSE_NOWHERE,
                                               SNV2_FUSE_EVERYWHERE};
    struct snv2_diagnostic diagnostic;
    struct snv2_model *opened;
    void *expected[MAX_BOUNDARY], *found[MAX_BOUNDARY];
    if (argc != 2 || snv2_open(argv[1], &opened, &diagnostic) != SNV2_OK) {
        fprintf(stderr, "%s\n", argc == 2 ? diagnostic.message : "usage: run_every_way MODEL.snv2");
        return EXIT_FAILURE;
    }
    model = opened;
    if (snv2_input_count(model) > MAX_BOUNDARY || snv2_output_count(model) > MAX_BOUNDARY)
        return EXIT_FAILURE;
    make_inputs();
    make_outputs(expected);
    make_outputs(found);
    /* The reference, with the instruction where there is one. */
    if (run("ref_fma", 1, SNV2_FUSE_NOWHERE, expected, NULL) < 0)
        run("ref", 1, SNV2_FUSE_NOWHERE, expected, NULL);
    int differences = 0, ways = 0;
    for (size_t isa = 0; isa < sizeof isas / sizeof *isas; isa++)
        for (int threads = 1; threads <= MAX_THREADS; threads++)
            for (size_t f = 0; f < sizeof fusions / sizeof *fusions; f++) {
                bool is_slow = strncmp(isas[isa], "ref", 3) == 0;
                int found_differences = is_slow && threads != 2
                                            ? -1
                                            : run(isas[isa], threads, fusions[f], found, expected);
                ways += found_differences >= 0;
                differences += found_differences > 0;
            }
    printf("%d ways\n", ways);
    for (int i = 0; i < snv2_input_count(model); i++)
        free((void *)(uintptr_t)inputs[i]);
    for (int i = 0; i < snv2_output_count(model); i++) {
        free(expected[i]);
        free(found[i]);
    }
    snv2_close(opened);
    return differences || ways == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
