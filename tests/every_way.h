/* Running a native model in every way that this processor can: each instruction set, 1 to 3
 * threads, units as one where it pays, everywhere and nowhere. */
#ifndef TESTS_EVERY_WAY_H
#define TESTS_EVERY_WAY_H

#include "snv2/runtime.h"

#include <stdbool.h>

enum { EVERY_WAY_TEXT = 256 };

/* How many ways gave other bits than the reference kernels on one thread, of `*ways`; `text` says
 * which was the first, or why none was run (-1), or has a digest of the bits that all gave. Where a
 * run may have fewer images, all numbers of them are run. `inputs` are as for snv2_run, or NULL:
 * seeded ones. NaNs are all equal. */
int run_every_way(const struct snv2_model *model, const void *const *inputs, int *ways,
                  char text[EVERY_WAY_TEXT]);

/* Whether what the caller has in the model's place gives the bits of the reference kernels. */
typedef void run_function(void *user, const void *const *inputs, void *const *outputs);
bool runs_as_reference(const struct snv2_model *model, const void *const *inputs,
                       run_function *other, void *user);

/* Whether the model gives each image the bits that the same network for one gives it. */
bool runs_as_images(const struct snv2_model *many, const struct snv2_model *one);

#endif
