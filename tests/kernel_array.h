/* Arrays of any strides for tests of kernels. */
#ifndef TESTS_KERNEL_ARRAY_H
#define TESTS_KERNEL_ARRAY_H

#include "tests/kernel_case.h"

#include "kernels/strided.h"

/* Memory that elements of an array stand in: all of them in places of their own. */
struct array {
    float *memory;
    size_t count;
    ptrdiff_t strides[KERNEL_AXES];
    float *first;
};

size_t elements_of(const size_t *dims);

/* Random values in an array whose axes stand in random order, with gaps between them, now and then
 * backwards. */
struct array new_array(const size_t *dims);

/* Such an array with everything in it a canary. */
struct array new_output_array(const size_t *dims);

/* Repeats along some axes, as a broadcast operand does. */
void repeat_some(struct array *array);

/* Where an element, counted in row-major order, stands. */
ptrdiff_t offset_at(const size_t *dims, const ptrdiff_t *strides, size_t element);

/* Compares an output with what its elements should be, and that nothing else has changed. */
void check_array(const struct array *array, const size_t *dims, const float *want,
                 const char *kernel);

#endif
