/* The window of a convolution or pool: the node's explicit attributes in the command's fields. */
#include "lower/lower.h"

#include <assert.h>

/* Shape inference has bounded the numbers. */
static void narrow(const struct ints *from, int count, uint16_t *to) {
    assert(from->count == count);
    for (int i = 0; i < count; i++) {
        assert(from->values[i] >= 0 && from->values[i] <= UINT16_MAX);
        to[i] = (uint16_t)from->values[i];
    }
}

struct snv2_blob_window make_window(const struct ints *kernel, const struct ints *strides,
                                    const struct ints *dilations, const struct ints *pads) {
    struct snv2_blob_window window;
    narrow(kernel, 2, window.kernel);
    narrow(strides, 2, window.stride);
    narrow(dilations, 2, window.dilation);
    narrow(pads, 4, window.pad);
    return window;
}
