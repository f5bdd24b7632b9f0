/* Running a native model in every way that this processor can: each instruction set, 1 to 3
 * threads, units as one where it pays, everywhere and nowhere. */
#ifndef TESTS_EVERY_WAY_H
#define TESTS_EVERY_WAY_H

#include "snv2/runtime.h"

enum { EVERY_WAY_TEXT = 256 };

/* How many ways gave other bits than the reference kernels on one thread, of `*ways`; `text` says
 * which was the first, or why none was run (-1). The inputs are seeded. NaNs are all equal. */
int run_every_way(const struct snv2_model *model, int *ways, char text[EVERY_WAY_TEXT]);

#endif
