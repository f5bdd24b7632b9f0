/* A network as C sources against the runtime. */
#ifndef TESTS_RANDOM_C_H
#define TESTS_RANDOM_C_H

#include "base/arena.h"
#include "snv2/runtime.h"

enum { RANDOM_C_TEXT = 256 };

/* Emits the model's C, compiles it with the compiler (a shell's words, without optimization), and
 * runs it on the inputs. SNV2_UNSUPPORTED where there is no C for it; SNV2_CHECK_FAILED with `text`
 * where it does not compile without a warning, or gives other bits than the reference kernels. */
enum snv2_status check_as_c(const char *compiler, const struct snv2_model *model, const void *blob,
                            size_t size, const void *const *inputs, struct arena *arena,
                            char text[RANDOM_C_TEXT]);

#endif
