/* The table of one instruction set, made from kernels.def. */
#include "kernels/kernel.h"

#define TEXT_(token) #token
#define TEXT(token) TEXT_(token)

#define EXACT_NAME(family) KERNEL_JOIN(k_, family, ref)
#define KERNEL(family, args)
#define KERNEL_EXACT(family, args)                                                                 \
    void EXACT_NAME(family)(const struct args *args, size_t begin, size_t end);
#include "kernels/kernels.def"
#undef KERNEL

const struct kernel_table KERNEL_JOIN(kern, els, KERNEL_ISA) = {
    .isa = TEXT(KERNEL_ISA),
#define KERNEL(family, args) .family = KERNEL_NAME(family),
#ifdef KERNEL_REF_ISA
#define KERNEL_PLAIN(family, args) .family = KERNEL_REF_NAME(family),
#endif
#define KERNEL_EXACT(family, args) .family = EXACT_NAME(family),
#include "kernels/kernels.def"
#undef KERNEL
};
