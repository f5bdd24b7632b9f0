/* The table of one instruction set, made from kernels.def. */
#include "kernels/kernel.h"

#define TEXT_(token) #token
#define TEXT(token) TEXT_(token)

const struct kernel_table KERNEL_JOIN(kern, els, KERNEL_ISA) = {
    .isa = TEXT(KERNEL_ISA),
#define KERNEL(family, args) .family = KERNEL_NAME(family),
#ifdef KERNEL_REF_ISA
#define KERNEL_PLAIN(family, args) .family = KERNEL_REF_NAME(family),
#endif
#include "kernels/kernels.def"
#undef KERNEL
};
