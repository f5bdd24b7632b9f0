/* The ladder of instruction sets, best first; a rung is a table of kernels and what it needs. */
#include "runtime/cpu.h"

#include "base/diagnostic.h"

#ifdef HAVE_KERNELS_REF_FMA
#include <cpuid.h>
#endif
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool always(void) {
    return true;
}

#ifdef HAVE_KERNELS_REF_FMA
/* F16C too, which not all compilers can ask for by name. */
static bool has_fma(void) {
    unsigned a, b, c, d;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __get_cpuid(1, &a, &b, &c, &d) && c & bit_F16C;
}
#endif

#ifdef HAVE_KERNELS_AVX512
static bool has_avx512(void) {
    return has_fma() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
#endif

static const struct {
    const struct kernel_table *table;
    bool (*is_usable)(void);
} ladder[] = {
#ifdef HAVE_KERNELS_AVX512
    {&kernels_avx512, has_avx512},
#endif
#ifdef HAVE_KERNELS_AVX2
    {&kernels_avx2, has_fma},
#endif
#ifdef HAVE_KERNELS_NEON
    {&kernels_neon, always}, /* AArch64 has it */
#endif
#ifdef HAVE_KERNELS_REF_FMA
    {&kernels_ref_fma, has_fma},
#endif
    {&kernels_ref, always},
};

enum { RUNGS = sizeof ladder / sizeof *ladder };

static enum snv2_status unknown_level(const char *name, struct snv2_diagnostic *diagnostic) {
    char known[128] = "";
    size_t used = 0;
    for (size_t i = 0; i < RUNGS && used < sizeof known; i++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                 ladder[i].table->isa);
    return diagnose(diagnostic, SNV2_USAGE, "SNV2_CPU is '%.40s', and is one of: %s", name, known);
}

enum snv2_status choose_kernels(const struct kernel_table **table,
                                struct snv2_diagnostic *diagnostic) {
    const char *name = getenv("SNV2_CPU");
    size_t rung = 0;
    if (name && *name)
        while (rung < RUNGS && strcmp(ladder[rung].table->isa, name) != 0)
            rung++;
    if (rung == RUNGS)
        return unknown_level(name, diagnostic);
    while (!ladder[rung].is_usable()) /* the last rung always is */
        rung++;
    *table = ladder[rung].table;
    return SNV2_OK;
}
