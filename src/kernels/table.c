/* The table of one instruction set, made from kernels.def. */
#include "kernels/kernel.h"

#define TEXT_(token) #token
#define TEXT(token) TEXT_(token)

const struct kernel_table KERNEL_JOIN(kern, els, KERNEL_ISA) = {
    .isa = TEXT(KERNEL_ISA),
#define KERNEL(family, args) .family = KERNEL_NAME(family),
#include "kernels/kernels.def"
#undef KERNEL
};
