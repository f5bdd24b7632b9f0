/* The kernels by operator; one that is missing does not link. */
#include "interp/real.h"

interp_kernel *const REAL_NAME(interp_ops)[OP_COUNT] = {
#define OP(name, ...) [OP_##name] = REAL_NAME(interp_##name),
#include "ir/ops.def"
#undef OP
};
