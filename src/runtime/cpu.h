/* Which kernels this processor runs. */
#ifndef RUNTIME_CPU_H
#define RUNTIME_CPU_H

#include "kernels/kernel.h"
#include "snv2/status.h"

/* The best table that the processor has the instructions for, at most the one that the
 * environment's SNV2_CPU names. SNV2_USAGE where it names none. */
enum snv2_status choose_kernels(const struct kernel_table **table,
                                struct snv2_diagnostic *diagnostic);

#endif
