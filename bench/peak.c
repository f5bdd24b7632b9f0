/* Loops of independent fused multiply-adds, one for each instruction set; see peak.h. */
#include "bench/peak.h"

#include "bench/clock.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined __x86_64__
#include <immintrin.h>
#elif defined __aarch64__
#include <arm_neon.h>
#endif

/* For two units with a latency of up to six cycles; with their factor they fit 16 registers. A loop
 * lasts some 0.1 ms. */
enum { CHAINS = 12, STEPS = 100000 };
/* clang-format off */
#define EACH_CHAIN(DO, FMA)                                                                        \
    DO(0, FMA) DO(1, FMA) DO(2, FMA) DO(3, FMA) DO(4, FMA) DO(5, FMA)                              \
    DO(6, FMA) DO(7, FMA) DO(8, FMA) DO(9, FMA) DO(10, FMA) DO(11, FMA)
/* clang-format on */

/* Each starts with a value of its own, lest the compiler make equal chains one. */
#define START(i, FMA) vector chain##i = last = FMA(last, x, x);
#define STEP(i, FMA) chain##i = FMA(chain##i, x, x);
#define SUM(i, FMA) sum = FMA(chain##i, x, sum);

/* `factor` is not known to the compiler; the result keeps all chains alive. */
#define DEFINE_LOOP(ISA, TARGET, VECTOR, BROADCAST, FMA)                                           \
    TARGET static float loop_##ISA(float factor) {                                                 \
        typedef VECTOR vector;                                                                     \
        const vector x = BROADCAST(factor);                                                        \
        vector last = x;                                                                           \
        EACH_CHAIN(START, FMA)                                                                     \
        for (int step = 0; step < STEPS; step++) {                                                 \
            EACH_CHAIN(STEP, FMA)                                                                  \
        }                                                                                          \
        vector sum = x;                                                                            \
        EACH_CHAIN(SUM, FMA)                                                                       \
        float first;                                                                               \
        memcpy(&first, &sum, sizeof first);                                                        \
        return first;                                                                              \
    }

#if defined __x86_64__
DEFINE_LOOP(avx512, __attribute__((target("avx512f"))), __m512, _mm512_set1_ps, _mm512_fmadd_ps)
DEFINE_LOOP(avx2, __attribute__((target("avx2,fma"))), __m256, _mm256_set1_ps, _mm256_fmadd_ps)

static bool has_avx512(void) {
    return __builtin_cpu_supports("avx512f");
}

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#elif defined __aarch64__
#define NEON_FMA(a, b, c) vfmaq_f32(c, a, b)
DEFINE_LOOP(neon, , float32x4_t, vdupq_n_f32, NEON_FMA)
#endif
DEFINE_LOOP(scalar, , float, , fmaf)

static bool always(void) {
    return true;
}

struct peak_loop {
    const char *isa;
    bool (*is_usable)(void);
    float (*run)(float factor);
    int lanes;
};

/* Best first. */
static const struct peak_loop loops[] = {
#if defined __x86_64__
    {"avx512", has_avx512, loop_avx512, 16},
    {"avx2", has_avx2, loop_avx2, 8},
#elif defined __aarch64__
    {"neon", always, loop_neon, 4},
#endif
    {"scalar", always, loop_scalar, 1},
};

static const struct peak_loop *choose_loop(void) {
    const char *limit = getenv("SNV2_CPU");
    size_t count = sizeof loops / sizeof *loops, first = 0;
    while (limit && first < count && strcmp(loops[first].isa, limit) != 0)
        first++;
    const struct peak_loop *loop = &loops[first < count ? first : 0];
    while (!loop->is_usable()) /* the last one always is */
        loop++;
    return loop;
}

const char *peak_isa(void) {
    return choose_loop()->isa;
}

struct worker {
    pthread_t thread;
    double seconds, stretch;
    double rate;
    volatile float factor, result;
};

static void *work(void *data) {
    struct worker *worker = data;
    const struct peak_loop *loop = choose_loop();
    double start = clock_seconds(), now = start;
    do {
        double before = now, count = 0;
        do {
            worker->result = loop->run(worker->factor);
            now = clock_seconds();
            count++;
        } while (now - before < worker->stretch);
        double rate = count * CHAINS * STEPS * loop->lanes / (now - before);
        worker->rate = rate > worker->rate ? rate : worker->rate;
    } while (now - start < worker->seconds);
    return NULL;
}

enum snv2_status peak_measure(int threads, double seconds, double stretch, double *rate,
                              struct snv2_diagnostic *diagnostic) {
    struct worker *workers = calloc((size_t)threads, sizeof *workers);
    if (!workers)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = SNV2_OK;
    int started = 1; /* number 0 is the caller */
    for (int i = 0; i < threads; i++) {
        workers[i].seconds = seconds;
        workers[i].stretch = stretch;
        workers[i].factor = 0.5F; /* x -> x * 0.5 + 0.5 stays between 0.5 and 1 */
    }
    while (started < threads && status == SNV2_OK) {
        struct worker *worker = &workers[started];
        if (pthread_create(&worker->thread, NULL, work, worker) == 0)
            started++;
        else
            status = diagnose(diagnostic, SNV2_NO_MEMORY, "cannot start thread %d of %d",
                              started + 1, threads);
    }
    work(&workers[0]);
    *rate = workers[0].rate;
    for (int i = 1; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
        *rate += workers[i].rate;
    }
    free(workers);
    return status;
}
