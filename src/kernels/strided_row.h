/* The rows of pieces (strided.h). */
#ifndef KERNELS_STRIDED_ROW_H
#define KERNELS_STRIDED_ROW_H

#include "kernels/index.h"
#include "kernels/strided.h"

/* Where the rows of an item start. */
struct strided_row {
    const float *a, *b;
    float *out;
};

static inline struct strided_row strided_row_at(const struct strided_piece *piece, size_t number) {
    enum { OUTER = KERNEL_AXES - 1 };
    return (struct strided_row){
        .a =
            piece->a ? piece->a + array_offset(piece->dims, piece->a_strides, OUTER, number) : NULL,
        .b =
            piece->b ? piece->b + array_offset(piece->dims, piece->b_strides, OUTER, number) : NULL,
        .out = piece->out + array_offset(piece->dims, piece->out_strides, OUTER, number),
    };
}

#endif
