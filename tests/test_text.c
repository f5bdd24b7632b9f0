/* The text form: what is read, written and refused, and that writing what was read gives the same
 * text again. */
#include "tests/tap.h"

#include "base/random.h"
#include "ir/text.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena, scratch;

static void setup(void) {
    arena_init(&arena, UINT64_MAX);
    arena_init(&scratch, UINT64_MAX);
}

static void teardown(void) {
    arena_free(&arena);
    arena_free(&scratch);
}

static struct graph *read(const char *text) {
    struct graph *graph;
    struct snv2_diagnostic diagnostic;
    if (graph_read_text(text, &arena, &graph, &diagnostic) != SNV2_OK)
        ck_abort_msg("%s\n%s", diagnostic.message, text);
    return graph;
}

/* The text is in the test's arena. */
static const char *write(const struct graph *graph, enum text_constants constants) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_int_eq(graph_write_text(graph, constants, stream, NULL), SNV2_OK);
    fclose(stream);
    const char *copy = arena_strdup(&arena, text);
    free(text);
    return copy;
}

/* Texts as the writer writes them. */
static const char *const canonical[] = {
    "graph \"\"\n",
    "graph \"g\"\ninput x: float32[]\noutput x\noutput x\n",
    /* names: quotes, bytes, keywords, colons, an underscore */
    "graph \"a \\\"b\\\" \\\\ \\x0a\\xff\"\n"
    "input \"input\": float32[2]\ninput _x: float32[2]\ninput a:b.c/d-e: float32[2]\n"
    "input \"a:\": float32[2]\ninput \"_\": float32[2]\ninput \"\": float32[2]\n"
    "input \"\\xc3\\xa4 #\": float32[2]\n"
    "\"output\": float32[2] = Add(_x, \"_\")\n\"const\": float32[2] = Add(\"output\", a:b.c/d-e)\n"
    "y: float32[2] = Add(\"const\", \"\\xc3\\xa4 #\") as \"as\"\noutput y\n",
    /* elements of all types */
    "graph \"g\"\nconst a: uint8[2] = {0, 255}\nconst b: int8[2] = {-128, 127}\n"
    "const c: uint16[1] = {65535}\nconst d: int16[1] = {-32768}\nconst e: bool[2] = {0, 1}\n"
    "const f: uint32[1] = {4294967295}\nconst g: int32[1] = {-2147483648}\n"
    "const h: uint64[1] = {18446744073709551615}\nconst i: int64[1] = {-9223372036854775808}\n"
    "const j: float16[4] = {65504, 6e-08, -0, bits(fe01)}\n"
    "const k: bfloat16[3] = {1.01, inf, bits(7fc1)}\n"
    "const l: float32[6] = {0.1, -inf, 1e-45, 3.4028235e+38, 16777216, bits(7f800001)}\n"
    "const m: float64[3] = {0.1, 5e-324, bits(7ff8000000000001)}\nconst n: int64[0] = {}\n"
    "output a\noutput b\noutput c\noutput d\noutput e\noutput f\noutput g\noutput h\noutput i\n"
    "output j\noutput k\noutput l\noutput m\noutput n\n",
    /* attributes of every kind, omitted operands, units, node names */
    "graph \"g\"\ninput x: float32[1,2,4,4]\nconst w: float32[2,2,1,1] = {1, 2, 3, 4}\n"
    "const s: int64[1] = {3}\nconst h: float32[] = {6}\nconst p: int64[2] = {1, 2}\n"
    "y: float32[1,2,4,4] = Conv(x, w) {dilations=[1,1], kernel_shape=[1,1], pads=[0,0,0,0], "
    "strides=[1,1], activation=clip, activation_beta=6} @unit 1 as \"first one\"\n"
    "z: float32[1,2,4,4] = Conv(y, w, _) {dilations=[1,1], kernel_shape=[1,1], pads=[0,0,0,0], "
    "strides=[1,1], activation=relu} @opening 12\n"
    "c: float32[1,2,4,4] = Clip(z, _, h) @stem 3\n"
    "v: float32[1,3,4,4] = ChannelView(c, y) {runs=[0:1+2*-1, 1:0+1]} @tail 2147483647\n"
    "k: int64[3] = ConstantOfShape(s) {value=int64[1]{-7}}\n"
    "n: int64[2]{4, 4} = Shape(v) {start=2, end=4}\n"
    "a: float32[1,1,4,4], b: float32[1,2,4,4] = Split(v, p) {axis=1}\n"
    "e: float32[4,1,3] = Einsum(v) {equation=\"...ij->j ...\"}\n"
    "output a\noutput n\noutput e\n",
};

START_TEST(canonical_text_stays) {
    const char *text = canonical[_i];
    ck_assert_str_eq(write(read(text), TEXT_CONSTANTS_FULL), text);
}
END_TEST

START_TEST(liberties_of_the_reader) {
    const char *text = "\n# a comment\n\n  input x : float32 [ 1 , 2 ] # here too\r\n"
                       "const w: float32[2] = {0x1.8p1, .5e0}\n\ty=Add( x , w )   \n\n"
                       "z: float32[1,2] = Relu(y) as \"z\"\noutput z";
    ck_assert_str_eq(write(read(text), TEXT_CONSTANTS_SHORT),
                     "graph \"\"\ninput x: float32[1,2]\nconst w: float32[2] = {3, 0.5}\n"
                     "y: float32[1,2] = Add(x, w)\nz: float32[1,2] = Relu(y)\noutput z\n");
}
END_TEST

START_TEST(random_constants) {
    struct graph *graph =
        read("const w: float32[40] = random(7)\nconst h: float16[40] = random(7)\n"
             "const v: float32[40] = random(8)\noutput w\noutput h\noutput v\n");
    struct tensor w = value_tensor(graph->values[0]), h = value_tensor(graph->values[1]);
    struct tensor v = value_tensor(graph->values[2]);
    float expected[40];
    random_fill(expected, 40, 7);
    for (int i = 0; i < 40; i++) {
        ck_assert(tensor_real(&w, i) == expected[i]);
        ck_assert(tensor_real(&h, i) == half_to_float(float_to_half(expected[i])));
        ck_assert(tensor_real(&w, i) != tensor_real(&v, i));
        ck_assert(expected[i] >= -1 && expected[i] < 1);
    }
}
END_TEST

/* Large constants: a hash in a short text, which cannot be read; all elements in a full one. */
START_TEST(short_and_full) {
    struct graph *graph =
        read("const w: float32[17] = random(7)\nconst v: float32[17] = random(8)\n"
             "const unread: float32[1] = {1}\ny = Add(w, v)\noutput y\n");
    const char *text = write(graph, TEXT_CONSTANTS_SHORT);
    const char *w = strstr(text, "hash("), *v = strstr(w + 1, "hash(");
    ck_assert(w && v && strncmp(w, v, strlen("hash(0123456789abcdef)")));
    ck_assert_ptr_null(strstr(text, "unread"));
    struct snv2_diagnostic diagnostic;
    ck_assert_int_eq(graph_read_text(text, &arena, &graph, &diagnostic), SNV2_BAD_MODEL);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "elements are left out"));
    ck_assert_ptr_null(graph);

    graph = read("const w: float32[300] = random(7)\ny = Relu(w)\noutput y\n");
    text = write(graph, TEXT_CONSTANTS_FULL);
    ck_assert_str_eq(write(read(text), TEXT_CONSTANTS_FULL), text);
}
END_TEST

/* Every float32 that random bits give reads back as the same bits. */
START_TEST(floats_keep_their_bits) {
    enum { COUNT = 4000 };
    struct graph *graph = graph_new(&arena, "g");
    struct shape shape = {1, {COUNT}};
    uint32_t *bits = arena_alloc(&arena, COUNT, sizeof *bits);
    uint64_t state = 1;
    for (int i = 0; i < COUNT; i++)
        bits[i] = (uint32_t)random_next(&state);
    struct value *value = graph_add_constant(graph, "w", DTYPE_FLOAT32, &shape, bits);
    graph->outputs = &value;
    graph->output_count = 1;
    struct graph *copy = read(write(graph, TEXT_CONSTANTS_FULL));
    ck_assert_mem_eq(graph_find_value(copy, "w")->data, bits, COUNT * sizeof *bits);
}
END_TEST

/* Where a type depends on contents that are not there yet it stays open, or as written. */
START_TEST(open_types) {
    struct graph *graph = read("input x: float32[1,2,4,4]\nn: int64[4] = Shape(x)\n"
                               "y = Reshape(x, n)\nz = Relu(y)\n"
                               "w: float32[32] = Reshape(x, n)\nv = Relu(w)\noutput z\noutput v\n");
    ck_assert_int_eq(graph_find_value(graph, "y")->shape.rank, SHAPE_UNKNOWN);
    ck_assert_int_eq(graph_find_value(graph, "z")->shape.rank, SHAPE_UNKNOWN);
    ck_assert_int_eq(graph_find_value(graph, "v")->shape.dims[0], 32);
    ck_assert_ptr_nonnull(strstr(write(graph, TEXT_CONSTANTS_SHORT), "\nz = Relu(y)\n"));
}
END_TEST

static const struct {
    const char *text;
    int offset;
    const char *message;
} failures[] = {
    {"input x", 7, "line 1: ':' is expected"},
    {"input x: float[1]", 14, "an element type is expected"},
    {"input x: float32", 16, "'[' is expected"},
    {"input x: float32[1,-1]", 21, "-1 is not in 0"},
    {"input x: float32[1,2", 20, "']' is expected"},
    {"input x: float32[1,1,1,1,1,1,1,1,1]", 33, "more than 8 dimensions"},
    {"input x: float32[9223372036854775807]", 37, "too large"},
    {"input x: float32[9223372036854775808]", 17, "an integer is expected"},
    {"input x: float32[1] y", 20, "the line should end here"},
    {"input x: float32[1]\ninput x: float32[1]", 39, "line 2: there is a value 'x' already"},
    {"output x", 8, "there is no value 'x' yet"},
    {"y = Relu(x)", 10, "there is no value 'x' yet"},
    {"y = relu(y)", 8, "there is no operator 'relu'"},
    {"y = Relu(y", 10, "there is no value 'y' yet"},
    {"input x: float32[1]\ny = Relu(x", 30, "',' is expected"},
    {"input x: float32[1]\ny Relu(x)", 22, "'=' is expected"},
    {"input x: float32[1]\ny = Relu(x) {a=1}", 34, "Relu has no attribute 'a'"},
    {"input x: float32[1]\ny = Cast(x) {to 1}", 36, "'=' is expected"},
    {"input x: float32[1]\ny = Cast(x) {to=1", 37, "'}' is expected"},
    {"input x: float32[1]\ny = Relu(x) @block 1", 38, "a kind of unit is expected"},
    {"input x: float32[1]\ny = Relu(x) @unit 0", 39, "0 is not in 1"},
    {"input x: float32[1]\ny = MaxPool(x) {auto_pad=SAME}", 49, "'SAME' is no value of auto_pad"},
    {"input x: float32[1]\ny = Transpose(x) {perm=[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}", 76,
     "more than 16 entries"},
    {"input x: float32[1]\ny = ChannelView(x) {runs=[0:0]}", 49, "'+' is expected"},
    {"input x: float32[1]\n\ny = Transpose(x) {perm=[1]}", 21, "perm[0] is 1"},
    {"const x: int8[1] = {128}", 23, "128 is no int8"},
    {"const x: bool[1] = {2}", 21, "2 is no bool"},
    {"const x: uint8[1] = {-1}", 23, "-1 is no uint8"},
    {"const x: float32[2] = {1}", 24, "',' is expected"},
    {"const x: float32[1] = {1, 2}", 24, "'}' is expected"},
    {"const x: float32[1] = {one}", 23, "a number is expected"},
    {"const x: int64[1] = random(1)", 29, "random is for real types"},
    {"const x: float32[1] = hash(0)", 27, "elements are left out"},
    {"const \"x: float32[1] = {0}", 6, "a name without closing quote"},
    {"(", 0, "a name is expected"},
};

START_TEST(errors_have_places) {
    struct snv2_diagnostic diagnostic;
    struct graph *graph;
    ck_assert_int_eq(graph_read_text(failures[_i].text, &arena, &graph, &diagnostic),
                     SNV2_BAD_MODEL);
    ck_assert_ptr_null(graph);
    ck_assert_msg(strstr(diagnostic.message, failures[_i].message), "%s\n%s", diagnostic.message,
                  failures[_i].text);
    ck_assert_int_eq(diagnostic.offset, failures[_i].offset);
}
END_TEST

/* Each canonical text cut off everywhere is read or refused, and nothing worse. */
START_TEST(cut_texts) {
    size_t length = strlen(canonical[_i]);
    for (size_t cut = 0; cut < length; cut++) {
        struct graph *graph;
        const char *text = arena_strndup(&scratch, canonical[_i], cut);
        enum snv2_status status = graph_read_text(text, &scratch, &graph, NULL);
        ck_assert((status == SNV2_OK) == (graph != NULL));
        arena_reset(&scratch);
    }
}
END_TEST

START_TEST(numbers_ignore_the_locale) {
    static const char *const with_commas[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    const char *found = NULL;
    for (size_t i = 0; !found && i < sizeof with_commas / sizeof *with_commas; i++)
        found = setlocale(LC_ALL, with_commas[i]);
    const char *text = "graph \"\"\nconst w: float32[2] = {0.5, 0.1}\noutput w\n";
    ck_assert_str_eq(write(read(text), TEXT_CONSTANTS_SHORT), text);
    if (found) /* and the caller's locale is as it was */
        ck_assert_str_eq(localeconv()->decimal_point, ",");
}
END_TEST

START_TEST(write_errors_are_reported) {
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        return;
    struct snv2_diagnostic diagnostic;
    struct graph *graph = read("input x: float32[1]\noutput x\n");
    ck_assert_int_eq(graph_write_text(graph, TEXT_CONSTANTS_SHORT, full, &diagnostic), SNV2_IO);
    fclose(full);
}
END_TEST

int main(void) {
    enum { CANONICAL = sizeof canonical / sizeof *canonical };
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, canonical_text_stays, 0, CANONICAL);
    tcase_add_loop_test(tests, cut_texts, 0, CANONICAL);
    tcase_add_test(tests, liberties_of_the_reader);
    tcase_add_test(tests, random_constants);
    tcase_add_test(tests, short_and_full);
    tcase_add_test(tests, floats_keep_their_bits);
    tcase_add_test(tests, open_types);
    tcase_add_loop_test(tests, errors_have_places, 0, sizeof failures / sizeof *failures);
    tcase_add_test(tests, numbers_ignore_the_locale);
    tcase_add_test(tests, write_errors_are_reported);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
