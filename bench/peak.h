/* The most multiply-adds a second that the processor's cores do: what a kernel's or a network's
 * speed is measured against. */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include "base/diagnostic.h"

/* What the loops are made of: "avx512", "avx2", "neon", or "scalar". The best that the processor
 * has, at most the one that the environment's SNV2_CPU names, if it is one of these. */
const char *peak_isa(void);

/* Float32 multiply-adds a second of `threads` threads at once, each in a loop of independent fused
 * multiply-adds for `seconds`: the sum of each thread's best stretch of so many seconds (at least
 * one loop). The stretch should be as long as what is compared with it: a timer's interrupts, 35 us
 * of each ms in some virtual machines, then meet both. SNV2_NO_MEMORY where threads cannot be had.
 * Thread safe. */
enum snv2_status peak_measure(int threads, double seconds, double stretch, double *rate,
                              struct snv2_diagnostic *diagnostic);

#endif
