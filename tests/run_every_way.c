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

/* False where the processor lacks the instruction set. Two runs, so that the second finds what the
 * first one left. */
static bool run(const char *isa, int threads, enum snv2_fusion fusion, void *outputs[]) {
    struct snv2_context_options options = {.threads = threads, .fusion = fusion};
    struct snv2_diagnostic diagnostic;
    struct snv2_context *context;
    char text[64], start[64];
    setenv("SNV2_CPU", isa, 1);
    enum snv2_status status = snv2_context_new(model, &options, &context, &diagnostic);
    if (status == SNV2_USAGE)
        return false; /* kernels that were not built */
    if (status != SNV2_OK) {
        fprintf(stderr, "%s\n", diagnostic.message);
        exit(EXIT_FAILURE);
    }
    snv2_describe(context, text, sizeof text);
    snprintf(start, sizeof start, "kernels %s,", isa);
    bool usable = strncmp(text, start, strlen(start)) == 0;
    for (int i = 0; i < snv2_output_count(model); i++)
        memset(outputs[i], 0xff, snv2_output(model, i)->bytes);
    if (usable) {
        snv2_run(context, inputs, outputs);
        snv2_run(context, inputs, outputs);
    }
    snv2_context_free(context);
    return usable;
}

/* All NaNs are equal. */
static bool is_same(const float *a, const float *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0 && !(isnan(a[i]) && isnan(b[i])))
            return false;
    return true;
}

static int compare(void *const expected[], void *const found[], const char *isa, int threads,
                   enum snv2_fusion fusion) {
    int differences = 0;
    for (int i = 0; i < snv2_output_count(model); i++)
        if (!is_same(expected[i], found[i], snv2_output(model, i)->bytes / sizeof(float))) {
            fprintf(stderr, "output %d differs: %s, %d threads, fusion %d\n", i, isa, threads,
                    (int)fusion);
            differences++;
        }
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
    if (!run("ref_fma", 1, SNV2_FUSE_NOWHERE, expected)) /* the reference, with the instruction */
        run("ref", 1, SNV2_FUSE_NOWHERE, expected);
    int differences = 0, ways = 0;
    for (size_t isa = 0; isa < sizeof isas / sizeof *isas; isa++)
        for (int threads = 1; threads <= MAX_THREADS; threads++)
            for (size_t f = 0; f < sizeof fusions / sizeof *fusions; f++)
                if ((isa < 3 || threads == 2) && run(isas[isa], threads, fusions[f], found)) {
                    differences += compare(expected, found, isas[isa], threads, fusions[f]);
                    ways++;
                }
    printf("%d ways\n", ways);
    for (int i = 0; i < snv2_input_count(model); i++)
        free((void *)(uintptr_t)inputs[i]);
    for (int i = 0; i < snv2_output_count(model); i++) {
        free(expected[i]);
        free(found[i]);
    }
    snv2_close(opened);
    return differences ? EXIT_FAILURE : EXIT_SUCCESS;
}
