/* Tests of the kernels over strided arrays: pieces of random dims and strides, against each element
 * worked out alone. */
#include "tests/kernel_array.h"

#include "kernels/activation.h"
#include "kernels/binary.h"

#include <string.h>

enum { MAX_PIECES = 3, MAX_ELEMENTS = 4096 };

/* Inner loops differ from piece to piece, rows do not. */
static size_t random_dims(size_t round, size_t piece, size_t rows[3], size_t *dims) {
    for (int axis = 0; axis < KERNEL_AXES; axis++)
        dims[axis] = 1;
    for (int axis = 0; axis < 3; axis++)
        dims[KERNEL_AXES - 4 + axis] = rows[axis];
    dims[KERNEL_AXES - 1] = 1 + (round + piece) % 40;
    return elements_of(dims);
}

typedef float one_activation(float x, float alpha, float beta);
typedef float one_binary(float x, float y);

static one_activation *const activations[] = {
#define ACTIVATION(name, function) [KERNEL_ACTIVATION_##name] = function,
#include "kernels/activations.def"
#undef ACTIVATION
};
static one_binary *const binaries[] = {
#define BINARY(name, function) [KERNEL_BINARY_##name] = function,
#include "kernels/binaries.def"
#undef BINARY
};
enum {
    ACTIVATIONS = sizeof activations / sizeof *activations,
    BINARIES = sizeof binaries / sizeof *binaries,
};

static void test_strided(void (*kernel)(const struct strided_args *, size_t, size_t), size_t round,
                         bool is_binary) {
    static float want[MAX_PIECES][MAX_ELEMENTS];
    struct strided_piece pieces[MAX_PIECES] = {0};
    struct array outs[MAX_PIECES];
    size_t rows[3] = {pick(1, 3), pick(1, 3), pick(1, 4)};
    struct strided_args args = {
        .pieces = pieces,
        .piece_count = pick(1, MAX_PIECES),
        .rows = rows[0] * rows[1] * rows[2],
        .operator= is_binary ? round % BINARIES : 0,
        .activation = round % ACTIVATIONS,
        .alpha = -0.25f,
        .beta = 0.75f,
    };
    bool in_place = !is_binary && round % 5 == 0;
    for (size_t p = 0; p < args.piece_count; p++) {
        struct strided_piece *piece = &pieces[p];
        size_t elements = random_dims(round, p, rows, piece->dims);
        struct array a = new_array(piece->dims), b = new_array(piece->dims);
        outs[p] = new_output_array(piece->dims);
        repeat_some(&b);
        piece->out = outs[p].first;
        memcpy(piece->out_strides, outs[p].strides, sizeof outs[p].strides);
        memcpy(piece->a_strides, a.strides, sizeof a.strides);
        memcpy(piece->b_strides, b.strides, sizeof b.strides);
        piece->a = a.first;
        piece->b = is_binary ? b.first : NULL;
        for (size_t i = 0; i < elements; i++) {
            float x = a.first[offset_at(piece->dims, a.strides, i)];
            float y = b.first[offset_at(piece->dims, b.strides, i)];
            if (in_place)
                piece->out[offset_at(piece->dims, outs[p].strides, i)] = x;
            want[p][i] = activations[args.activation](
                is_binary ? binaries [args.operator](x, y):x, args.alpha, args.beta);
        }
        if (in_place)
            piece->a = NULL;
    }
    CALL_IN_PORTIONS(kernel, &args, args.piece_count * args.rows);
    for (size_t p = 0; p < args.piece_count; p++)
        check_array(&outs[p], pieces[p].dims, want[p], is_binary ? "binary" : "unary");
}

void test_unary(const struct kernel_table *table, size_t round) {
    test_strided(table->unary, round, false);
}

void test_binary(const struct kernel_table *table, size_t round) {
    test_strided(table->binary, round, true);
}
