/* Tests of the kernels over strided arrays: pieces of random dims and strides, against each element
 * worked out alone. */
#include "tests/kernel_case.h"

#include "kernels/activation.h"
#include "kernels/binary.h"
#include "kernels/strided.h"

#include <string.h>

enum { MAX_PIECES = 3, MAX_ELEMENTS = 4096 };

/* Memory that elements of an array stand in: all of them in places of their own. */
struct array {
    float *memory;
    size_t count;
    ptrdiff_t strides[KERNEL_AXES];
    float *first;
};

static const uint32_t canary = 0x7fc0dead; /* a NaN of its own */

/* Axes in random order, gaps between them, now and then backwards. */
static struct array new_array(const size_t *dims) {
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

/* Repeats along some axes, as a broadcast operand does. */
static void repeat_some(struct array *array) {
    for (int axis = 0; axis < KERNEL_AXES; axis++)
        if (pick(0, 3) == 0) {
            if (array->strides[axis] < 0)
                return;
            array->strides[axis] = 0;
        }
}

static ptrdiff_t offset_at(const size_t *dims, const ptrdiff_t *strides, size_t element) {
    ptrdiff_t offset = 0;
    for (int axis = KERNEL_AXES; axis-- > 0; element /= dims[axis])
        offset += (ptrdiff_t)(element % dims[axis]) * strides[axis];
    return offset;
}

/* Inner loops differ from piece to piece, rows do not. */
static size_t random_dims(size_t round, size_t piece, size_t rows[3], size_t *dims) {
    size_t elements = 1;
    for (int axis = 0; axis < KERNEL_AXES; axis++)
        dims[axis] = 1;
    for (int axis = 0; axis < 3; axis++)
        dims[KERNEL_AXES - 4 + axis] = rows[axis];
    dims[KERNEL_AXES - 1] = 1 + (round + piece) % 40;
    for (int axis = 0; axis < KERNEL_AXES; axis++)
        elements *= dims[axis];
    return elements;
}

typedef float one_activation(float x, float alpha, float beta);
typedef float one_binary(float x, float y);

static one_activation *const activations[] = {
#define ACTIVATION(name, function) [KERNEL_ACTIVATION_##name] = activate_##function,
#include "kernels/activations.def"
#undef ACTIVATION
};
static one_binary *const binaries[] = {
#define BINARY(name, function) [KERNEL_BINARY_##name] = binary_##function,
#include "kernels/binaries.def"
#undef BINARY
};
enum {
    ACTIVATIONS = sizeof activations / sizeof *activations,
    BINARIES = sizeof binaries / sizeof *binaries,
};

static bool same_bits(float a, float b) {
    return memcmp(&a, &b, sizeof a) == 0 || (a != a && b != b);
}

static void check_piece(const struct strided_piece *piece, const struct array *out,
                        const float *want, size_t elements, const char *kernel) {
    for (size_t i = 0; i < elements; i++) {
        float *got = piece->out + offset_at(piece->dims, piece->out_strides, i);
        ck_assert_msg(same_bits(*got, want[i]), "%s: element %zu is %a and should be %a", kernel, i,
                      (double)*got, (double)want[i]);
        memcpy(got, &canary, sizeof canary);
    }
    for (size_t i = 0; i < out->count; i++)
        ck_assert_msg(!memcmp(&out->memory[i], &canary, sizeof canary),
                      "%s: wrote where it must not", kernel);
}

static void test_strided(void (*kernel)(const struct strided_args *, size_t, size_t), size_t round,
                         bool is_binary) {
    static float want[MAX_PIECES][MAX_ELEMENTS];
    struct strided_piece pieces[MAX_PIECES] = {0};
    struct array outs[MAX_PIECES];
    size_t rows[3] = {pick(1, 3), pick(1, 3), pick(1, 4)}, elements[MAX_PIECES];
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
        elements[p] = random_dims(round, p, rows, piece->dims);
        struct array a = new_array(piece->dims), b = new_array(piece->dims);
        outs[p] = new_array(piece->dims);
        repeat_some(&b);
        piece->out = outs[p].first;
        memcpy(piece->out_strides, outs[p].strides, sizeof outs[p].strides);
        memcpy(piece->a_strides, a.strides, sizeof a.strides);
        memcpy(piece->b_strides, b.strides, sizeof b.strides);
        piece->a = a.first;
        piece->b = is_binary ? b.first : NULL;
        for (size_t i = 0; i < outs[p].count; i++)
            memcpy(&outs[p].memory[i], &canary, sizeof canary);
        for (size_t i = 0; i < elements[p]; i++) {
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
        check_piece(&pieces[p], &outs[p], want[p], elements[p], is_binary ? "binary" : "unary");
}

void test_unary(const struct kernel_table *table, size_t round) {
    test_strided(table->unary, round, false);
}

void test_binary(const struct kernel_table *table, size_t round) {
    test_strided(table->binary, round, true);
}
