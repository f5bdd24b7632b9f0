/* The floating-point environment in which the results are defined: round to nearest, subnormal
 * numbers kept, no traps. */
#ifndef RUNTIME_FLOAT_MODE_H
#define RUNTIME_FLOAT_MODE_H

#include <fenv.h>

/* Sets it for the calling thread; what was there goes to *saved. */
void float_mode_enter(fenv_t *saved);
void float_mode_leave(const fenv_t *saved);

#endif
