/* Arrays of any strides for tests of kernels; see kernel_array.h. */
#include "tests/kernel_array.h"

#include <string.h>

static const uint32_t canary = 0x7fc0dead; /* a NaN of its own */

size_t elements_of(const size_t *dims) {
    size_t elements = 1;
    for (int axis = 0; axis < KERNEL_AXES; axis++)
        elements *= dims[axis];
    return elements;
}

struct array new_array(const size_t *dims) {
    int order[KERNEL_AXES];
    struct array array = {.count = 1};
    ptrdiff_t back = 0;
    for (int i = 0; i < KERNEL_AXES; i++)
        order[i] = i;
    for (int i = KERNEL_AXES - 1; i > 0; i--) {
        int j = (int)pick(0, (size_t)i), axis = order[i];
        order[i] = order[j];
        order[j] = axis;
    }
    for (int i = 0; i < KERNEL_AXES; i++) {
        size_t dim = dims[order[i]];
        ptrdiff_t stride = (ptrdiff_t)(array.count + (dim > 1 ? pick(0, 1) : 0));
        bool backwards = pick(0, 4) == 0;
        array.strides[order[i]] = backwards ? -stride : stride;
        back += backwards ? (ptrdiff_t)(dim - 1) * stride : 0;
        array.count = (size_t)stride * dim;
    }
    array.memory = random_buffer(array.count);
    array.first = array.memory + back;
    return array;
}

void repeat_some(struct array *array) {
    for (int axis = 0; axis < KERNEL_AXES; axis++)
        if (pick(0, 3) == 0) {
            if (array->strides[axis] < 0)
                return;
            array->strides[axis] = 0;
        }
}

ptrdiff_t offset_at(const size_t *dims, const ptrdiff_t *strides, size_t element) {
    ptrdiff_t offset = 0;
    for (int axis = KERNEL_AXES; axis-- > 0; element /= dims[axis])
        offset += (ptrdiff_t)(element % dims[axis]) * strides[axis];
    return offset;
}

struct array new_output_array(const size_t *dims) {
    struct array array = new_array(dims);
    for (size_t i = 0; i < array.count; i++)
        memcpy(&array.memory[i], &canary, sizeof canary);
    return array;
}

static bool same_bits(float a, float b) {
    return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

void check_array(const struct array *array, const size_t *dims, const float *want,
                 const char *kernel) {
    size_t elements = elements_of(dims);
    for (size_t i = 0; i < elements; i++) {
        float *got = array->first + offset_at(dims, array->strides, i);
        ck_assert_msg(same_bits(*got, want[i]), "%s: element %zu is %a and should be %a", kernel, i,
                      (double)*got, (double)want[i]);
        memcpy(got, &canary, sizeof canary);
    }
    for (size_t i = 0; i < array->count; i++)
        ck_assert_msg(!memcmp(&array->memory[i], &canary, sizeof canary),
                      "%s: wrote where it must not", kernel);
}
