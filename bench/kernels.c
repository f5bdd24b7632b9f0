/* bench/kernels: how near the peak each kernel runs, over the layers of the four widths of
 * torchvision's ShuffleNet V2, on one thread. Each round measures the peak and then every layer, so
 * that whatever else the machine does meets all of them. Data are as warm as they get: what memory
 * costs in a network, bench/compare shows. SNV2_CPU limits kernels and peak alike. */
#include "bench/clock.h"
#include "bench/layer.h"
#include "bench/peak.h"
#include "bench/summary.h"

#include "runtime/cpu.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name;
    size_t channels[4];
} widths[] = {
    {"x0.5", {48, 96, 192, 1024}},
    {"x1.0", {116, 232, 464, 1024}},
    {"x1.5", {176, 352, 704, 1024}},
    {"x2.0", {244, 488, 976, 2048}},
};

enum { WIDTHS = sizeof widths / sizeof *widths, DEFAULT_ROUNDS = 50 };

static const double sample_seconds = 100e-6, peak_seconds = 2e-3;

/* Seconds of one run: of as many as fill a sample, after one that warms up. */
static double time_layer(const struct layer *layer, const struct kernel_table *kernels) {
    double start, seconds;
    int runs = 0;
    layer_run(layer, kernels);
    start = clock_seconds();
    do {
        layer_run(layer, kernels);
        runs++;
        seconds = clock_seconds() - start;
    } while (seconds < sample_seconds);
    return seconds / runs;
}

static void print_layer(const char *width, const struct layer *layer, const double *seconds,
                        double peak, int rounds) {
    const struct layer_shape *shape = &layer->shape;
    struct summary time = summarize(seconds, rounds);
    printf("| %s | %-17s | %3zux%-3zu | %4zu | %4zu | %zu | %2zu | %8.2f | ", width,
           layer_name(shape->kind), shape->side, shape->side, shape->in, shape->out, shape->stride,
           shape->occurrences, time.min * 1e6);
    if (layer->multiply_adds > 0)
        printf("%4.1f | %4.1f |\n", 100 * layer->multiply_adds / time.min / peak,
               100 * layer->multiply_adds / time.median / peak);
    else
        printf("     |      |\n");
}

/* All layers of a width together, each as often as it occurs. */
static void print_width(const char *width, const struct layer *layers, size_t count,
                        double (*seconds)[SAMPLES_MAX], double peak, int rounds) {
    double multiply_adds = 0, best = 0, median = 0;
    for (size_t i = 0; i < count; i++) {
        struct summary time = summarize(seconds[i], rounds);
        double times = (double)layers[i].shape.occurrences;
        print_layer(width, &layers[i], seconds[i], peak, rounds);
        multiply_adds += times * layers[i].multiply_adds;
        best += times * time.min;
        median += times * time.median;
    }
    printf("| %s | all layers        |         |      |      |   |    | %8.2f | %4.1f | %4.1f |\n",
           width, best * 1e6, 100 * multiply_adds / best / peak,
           100 * multiply_adds / median / peak);
}

static enum snv2_status bench_width(int width, const struct kernel_table *kernels, int rounds,
                                    struct snv2_diagnostic *diagnostic) {
    static struct layer layers[MOST_LAYERS];
    static double seconds[MOST_LAYERS][SAMPLES_MAX];
    struct layer_shape shapes[MOST_LAYERS];
    size_t count = layer_shapes(widths[width].channels, shapes), made = 0;
    enum snv2_status status = SNV2_OK;
    double peak = 0, rate = 0;
    while (made < count && layer_make(&layers[made], shapes[made]))
        made++;
    if (made < count)
        status = diagnose_no_memory(diagnostic);
    for (int round = 0; round < rounds && status == SNV2_OK; round++) {
        status = peak_measure(1, peak_seconds, sample_seconds, &rate, diagnostic);
        peak = rate > peak ? rate : peak;
        for (size_t i = 0; i < count; i++)
            seconds[i][round] = time_layer(&layers[i], kernels);
    }
    if (status == SNV2_OK)
        print_width(widths[width].name, layers, count, seconds, peak, rounds);
    while (made > 0)
        layer_free(&layers[--made]);
    return status;
}

/* To the processor it is on: caches stay warm. Where that is not allowed, nothing is lost. */
static void stay_on_one_processor(void) {
    cpu_set_t set;
    int processor = sched_getcpu();
    if (processor < 0)
        return;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

int main(int argc, char **argv) {
    const struct kernel_table *kernels;
    struct snv2_diagnostic diagnostic;
    int rounds = argc > 1 ? atoi(argv[1]) : DEFAULT_ROUNDS;
    if (argc > 2 || rounds < 1 || rounds > SAMPLES_MAX) {
        fprintf(stderr, "usage: bench/kernels [ROUNDS]    1 to %d rounds, usually %d\n",
                SAMPLES_MAX, DEFAULT_ROUNDS);
        return 64;
    }
    stay_on_one_processor();
    enum snv2_status status = choose_kernels(&kernels, &diagnostic);
    if (status == SNV2_OK) {
        printf("Kernels %s, peak %s, %d rounds.\n\n", kernels->isa, peak_isa(), rounds);
        printf("| width | layer | side | in | out | stride | times | us | %% of peak | median |\n"
               "|---|---|---|---|---|---|---|---|---|---|\n");
    }
    for (int width = 0; width < WIDTHS && status == SNV2_OK; width++)
        status = bench_width(width, kernels, rounds, &diagnostic);
    if (status != SNV2_OK)
        fprintf(stderr, "bench/kernels: %s\n", diagnostic.message);
    return status == SNV2_OK ? 0 : 70;
}
