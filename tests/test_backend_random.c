/* Random graphs of movements and of what reads them, through the whole back end: whatever is a
 * view, at home in an output, joined or copied, the numbers are the interpreter's. */
#include "tests/backend_case.h"
#include "tests/tap.h"

#include "base/random.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

enum { GRAPHS = 400, MAX_VALUES = 40, NODES = 14, MAX_DIMS = 5, MAX_ELEMENTS = 3000 };

struct value {
    int rank;
    int64_t dims[MAX_DIMS];
};

/* A graph while it is written. */
struct writer {
    uint64_t state;
    FILE *out;
    struct value values[MAX_VALUES];
    int count;
};

static int64_t pick(struct writer *writer, int64_t low, int64_t high) {
    return low + (int64_t)(random_next(&writer->state) % (uint64_t)(high - low + 1));
}

static int64_t elements(const struct value *value) {
    int64_t count = 1;
    for (int i = 0; i < value->rank; i++)
        count *= value->dims[i];
    return count;
}

static int add(struct writer *writer, struct value value) {
    ck_assert_int_lt(writer->count, MAX_VALUES);
    writer->values[writer->count] = value;
    return writer->count++;
}

static void print_list(FILE *out, const int64_t *list, int count) {
    for (int i = 0; i < count; i++)
        fprintf(out, "%s%" PRId64, i ? "," : "", list[i]);
}

/* Each writes a node that reads value v, and may leave it, where it does not suit, to the next. */

static bool transpose(struct writer *writer, int v) {
    struct value from = writer->values[v], to = from;
    int64_t perm[MAX_DIMS] = {0, 1, 2, 3, 4};
    for (int i = from.rank - 1; i > 0; i--) {
        int j = (int)pick(writer, 0, i);
        int64_t axis = perm[i];
        perm[i] = perm[j];
        perm[j] = axis;
    }
    for (int i = 0; i < from.rank; i++)
        to.dims[i] = from.dims[perm[i]];
    fprintf(writer->out, "v%d = Transpose(v%d) {perm=[", add(writer, to), v);
    print_list(writer->out, perm, from.rank);
    fputs("]}\n", writer->out);
    return true;
}

/* Splits the number of elements into factors at random. */
static bool reshape(struct writer *writer, int v) {
    int64_t left = elements(&writer->values[v]);
    struct value to = {.rank = (int)pick(writer, 2, MAX_DIMS)};
    for (int i = 0; i < to.rank; i++) {
        int64_t dim = i + 1 < to.rank ? pick(writer, 1, left < 12 ? left : 12) : left;
        while (left % dim != 0)
            dim--;
        to.dims[i] = dim;
        left /= dim;
    }
    int number = add(writer, to);
    fprintf(writer->out, "const s%d: int64[%d] = {", number, to.rank);
    print_list(writer->out, to.dims, to.rank);
    fprintf(writer->out, "}\nv%d = Reshape(v%d, s%d)\n", number, v, number);
    return true;
}

static bool slice(struct writer *writer, int v) {
    struct value to = writer->values[v];
    int axis = (int)pick(writer, 0, to.rank - 1);
    int64_t start = pick(writer, 0, to.dims[axis] - 1), step = pick(writer, 1, 2);
    int64_t end = pick(writer, start + 1, to.dims[axis]);
    to.dims[axis] = (end - start + step - 1) / step;
    int number = add(writer, to);
    fprintf(writer->out,
            "const b%d: int64[1] = {%" PRId64 "}\nconst e%d: int64[1] = {%" PRId64 "}\n"
            "const a%d: int64[1] = {%d}\nconst t%d: int64[1] = {%" PRId64 "}\n"
            "v%d = Slice(v%d, b%d, e%d, a%d, t%d)\n",
            number, start, number, end, number, axis, number, step, number, v, number, number,
            number, number);
    return true;
}

static bool split(struct writer *writer, int v) {
    struct value one = writer->values[v], other = one;
    int axis = (int)pick(writer, 0, one.rank - 1);
    if (one.dims[axis] < 2)
        return false;
    one.dims[axis] = pick(writer, 1, one.dims[axis] - 1);
    other.dims[axis] -= one.dims[axis];
    int first = add(writer, one), second = add(writer, other);
    fprintf(writer->out,
            "const p%d: int64[2] = {%" PRId64 ", %" PRId64 "}\n"
            "v%d, v%d = Split(v%d, p%d) {axis=%d}\n",
            first, one.dims[axis], other.dims[axis], first, second, v, first, axis);
    return true;
}

/* Another value of the same dims, but for one axis; or the value itself. */
static int find_partner(struct writer *writer, int v, int axis) {
    const struct value *value = &writer->values[v];
    int start = (int)pick(writer, 0, writer->count - 1);
    for (int i = 0; i < writer->count; i++) {
        int w = (start + i) % writer->count;
        bool fits = writer->values[w].rank == value->rank;
        for (int d = 0; fits && d < value->rank; d++)
            fits = d == axis || writer->values[w].dims[d] == value->dims[d];
        if (fits)
            return w;
    }
    return v;
}

static bool concat(struct writer *writer, int v) {
    struct value to = writer->values[v];
    int axis = (int)pick(writer, 0, to.rank - 1), w = find_partner(writer, v, axis);
    to.dims[axis] += writer->values[w].dims[axis];
    if (elements(&to) > MAX_ELEMENTS)
        return false;
    fprintf(writer->out, "v%d = Concat(v%d, v%d) {axis=%d}\n", add(writer, to), v, w, axis);
    return true;
}

/* Some channels of the value, then some of another. */
static bool view(struct writer *writer, int v) {
    struct value to = writer->values[v];
    if (to.rank > 4)
        return false;
    int w = find_partner(writer, v, 1);
    int64_t have[2] = {to.dims[1], writer->values[w].dims[1]}, first[2], count[2];
    for (int i = 0; i < 2; i++) {
        bool whole = pick(writer, 0, 1);
        first[i] = whole ? 0 : pick(writer, 0, have[i] - 1);
        count[i] = whole ? have[i] : pick(writer, 1, have[i] - first[i]);
    }
    to.dims[1] = count[0] + count[1];
    if (elements(&to) > MAX_ELEMENTS)
        return false;
    fprintf(writer->out,
            "v%d = ChannelView(v%d, v%d) {runs=[0:%" PRId64 "+%" PRId64 ", 1:%" PRId64 "+%" PRId64
            "]}\n",
            add(writer, to), v, w, first[0], count[0], first[1], count[1]);
    return true;
}

static bool unary(struct writer *writer, int v) {
    static const char *const operators[] = {"Relu", "Tanh", "Neg", "Sigmoid", "Identity"};
    const char *operator= operators[pick(writer, 0, 4)];
    fprintf(writer->out, "v%d = %s(v%d)\n", add(writer, writer->values[v]), operator, v);
    return true;
}

static bool binary(struct writer *writer, int v) {
    static const char *const operators[] = {"Add", "Sub", "Max", "Min"};
    const char *operator= operators[pick(writer, 0, 3)];
    int w = find_partner(writer, v, -1);
    fprintf(writer->out, "v%d = %s(v%d, v%d)\n", add(writer, writer->values[v]), operator, v, w);
    return true;
}

/* With an operand that is repeated along some axes. */
static bool broadcast(struct writer *writer, int v) {
    struct value to = writer->values[v];
    int axis = (int)pick(writer, 0, to.rank - 1);
    int largest = add(writer, to), result = add(writer, to);
    writer->values[largest].dims[axis] = 1;
    fprintf(writer->out,
            "const x%d: int64[1] = {%d}\nv%d = ReduceMax(v%d, x%d)\nv%d = Sub(v%d, v%d)\n", largest,
            axis, largest, v, largest, result, v, largest);
    return true;
}

static bool softmax(struct writer *writer, int v) {
    struct value to = writer->values[v];
    int axis = (int)pick(writer, 0, to.rank - 1);
    fprintf(writer->out, "v%d = Softmax(v%d) {axis=%d}\n", add(writer, to), v, axis);
    return true;
}

static bool convolution(struct writer *writer, int v) {
    struct value to = writer->values[v];
    if (to.rank != 4)
        return false;
    to.dims[1] = pick(writer, 1, 20);
    if (elements(&to) > MAX_ELEMENTS)
        return false;
    int number = add(writer, to);
    fprintf(writer->out,
            "const w%d: float32[%" PRId64 ",%" PRId64 ",1,1] = random(%d)\nv%d = Conv(v%d, w%d)\n",
            number, to.dims[1], writer->values[v].dims[1], number, number, v, number);
    return true;
}

static bool pool(struct writer *writer, int v) {
    struct value to = writer->values[v];
    if (to.rank != 4 || to.dims[2] < 2 || to.dims[3] < 2)
        return false;
    to.dims[2]--;
    to.dims[3]--;
    fprintf(writer->out, "v%d = MaxPool(v%d) {kernel_shape=[2,2]}\n", add(writer, to), v);
    return true;
}

static bool (*const nodes[])(struct writer *, int) = {
    transpose, transpose, reshape, reshape,   slice,   split,       concat,      concat,
    view,      unary,     binary,  broadcast, softmax, convolution, convolution, pool,
};

START_TEST(test_random_graph) {
    enum { KINDS = sizeof nodes / sizeof *nodes };
    char *text = NULL;
    size_t size = 0;
    struct writer writer = {.state = (uint64_t)_i, .out = open_memstream(&text, &size)};
    ck_assert_ptr_nonnull(writer.out);
    struct value image = {4, {pick(&writer, 1, 2), pick(&writer, 1, 6), 4, 6}},
                 rows = {3, {2, 6, 4}};
    add(&writer, image);
    add(&writer, rows);
    fprintf(writer.out, "graph g\ninput v0: float32[%" PRId64 ",%" PRId64 ",4,6]\n", image.dims[0],
            image.dims[1]);
    fputs("input v1: float32[2,6,4]\n", writer.out);
    for (int i = 0; i < NODES; i++) {
        /* Mostly what was made last, so that there are long chains with one reader. */
        int v =
            writer.count - 1 - (int)(pick(&writer, 0, 2) ? 0 : pick(&writer, 0, writer.count - 1));
        nodes[pick(&writer, 0, KINDS - 1)](&writer, v);
    }
    for (int i = 0, outputs = (int)pick(&writer, 1, 4); i < outputs; i++)
        fprintf(writer.out, "output v%d\n",
                writer.count - 1 - (int)pick(&writer, 0, i * 4 < writer.count ? i * 4 : 0));
    ck_assert(fclose(writer.out) == 0);
    check_backend(text, 1e-4);
    free(text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("random graphs");
    TCase *tests = tcase_create("random graphs");
    tcase_add_loop_test(tests, test_random_graph, 0, GRAPHS);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
