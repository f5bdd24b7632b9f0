/* For tests: an ONNX file with other names for its values and nodes, and its nodes and initializers
 * in another order. */
#ifndef TESTS_RENAMED_MODEL_H
#define TESTS_RENAMED_MODEL_H

#include <stddef.h>
#include <stdint.h>

struct renamed_model {
    void *bytes; /* to be freed */
    size_t size;
};

/* Reads the file; names and order depend on `seed`, 0 leaving all as it is. */
struct renamed_model renamed_model_read(const char *path, uint64_t seed);

#endif
