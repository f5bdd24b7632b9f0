/* Parts of a model: cut before some values, and with inputs that are made constants. */
#include "tests/onnx_build.h"

#include <stdlib.h>
#include <unistd.h>

/* x -> a (Relu) -> b (NonZero, unknown here) -> y; s, whose shape is open -> c = Mul(a, s). */
static void build_detector(struct build *build) {
    build_start(build, 13);
    build_input(build, "s", DTYPE_FLOAT32, "?,?,?,?");
    build_node(build, "Relu", "x", "a");
    build_node(build, "NonZero", "a", "b");
    build_node(build, "Relu", "b", "y");
    build_node(build, "Mul", "a s", "c");
    build_initializer(build, "k", DTYPE_FLOAT32, "2"); /* has no contents, which nobody needs */
}

static const struct {
    const char *cuts[3];
    int cut_count;
    enum snv2_status status;
    const char *message;
    int nodes, inputs;
} cases[] = {
    {{0},
     0,
     SNV2_UNSUPPORTED,
     "unsupported operators: NonZero ('b'); --cut a converts what comes before them",
     0,
     0},
    {{"a"}, 1, SNV2_OK, "", 1, 1},
    {{"a", "a"}, 2, SNV2_OK, "", 1, 1},
    {{"x"}, 1, SNV2_OK, "", 0, 1},
    {{"a", "b"}, 2, SNV2_UNSUPPORTED, "('b'); --cut a converts", 0, 0},
    {{"y", "c"}, 2, SNV2_UNSUPPORTED, "('b'); --cut a --cut c converts", 0, 0},
    {{"c"}, 1, SNV2_USAGE, "input 's' has shape", 0, 0},
    {{"a", "nothing"}, 2, SNV2_USAGE, "--cut names 'nothing', which no node makes", 0, 0},
    {{""}, 1, SNV2_USAGE, "--cut names ''", 0, 0},
};

START_TEST(cuts) {
    struct build build;
    struct loaded loaded;
    struct onnx_options options = {.cuts = cases[_i].cuts, .cut_count = cases[_i].cut_count};
    build_detector(&build);
    build_load(&build, NULL, &options, &loaded);
    loaded_expect(&loaded, "cut", cases[_i].status, cases[_i].message);
    if (cases[_i].status == SNV2_OK) {
        ck_assert_int_eq(loaded.graph->node_count, cases[_i].nodes);
        ck_assert_int_eq(loaded.graph->input_count, cases[_i].inputs);
        ck_assert_int_eq(loaded.graph->output_count, cases[_i].cut_count);
        for (int i = 0; i < cases[_i].cut_count; i++)
            ck_assert_str_eq(loaded.graph->outputs[i]->name, cases[_i].cuts[i]);
    }
    loaded_free(&loaded);
}
END_TEST

/* ---- what to try ---- */

/* x -> v0, v1, ... -> NonZero -> y, of as many values, which have such a name. */
static void build_late(struct build *build, const char *name, int count, bool sorted) {
    char inner[16];
    build_start(build, 13);
    if (!sorted)
        build_node(build, "NonZero", "v0", "y");
    for (int i = 0; i < count; i++) {
        snprintf(inner, sizeof inner, name, i);
        build_node(build, "Relu", "x", inner);
        build_node(build, "NonZero", inner, i || !sorted ? "_" : "y");
    }
}

static const struct {
    const char *name;
    int count;
    bool sorted;
    const char *message; /* behind the list */
} late[] = {
    {"v%d", 2, true, "; --cut v0 --cut v1 converts what comes before them"},
    {"v%d", 1, false, "; --cut v0 converts what comes before them"},
    {"v%d", 7, true, "; --cut OUTPUT converts what comes before them"},
    {"v%d;", 1, true, "; --cut OUTPUT converts what comes before them"},
    {"-v%d", 1, true, "; --cut OUTPUT converts what comes before them"},
    {"x", 0, false, "NonZero ('y')"},
};

START_TEST(suggestions) {
    struct build build;
    struct loaded loaded;
    build_late(&build, late[_i].name, late[_i].count, late[_i].sorted);
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, "suggestion", SNV2_UNSUPPORTED, late[_i].message);
    const char *end = strstr(loaded.diagnostic.message, late[_i].message);
    ck_assert_str_eq(end, late[_i].message);
    loaded_free(&loaded);
}
END_TEST

/* A tensor file of one float in one dimension; the caller unlinks it. */
static void write_number(char *path, float number) {
    struct snv2_diagnostic diagnostic;
    struct tensor tensor = {DTYPE_FLOAT32, {1, {1}}, &number};
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
    ck_assert_int_eq(onnx_write_tensor(path, "t", &tensor, &diagnostic), SNV2_OK);
}

static const struct {
    const char *name, *dims; /* of the input k, and what is frozen */
    int dtype;
    enum snv2_status status;
    const char *message;
} frozen[] = {
    {"k", "1", DTYPE_FLOAT32, SNV2_OK, ""},
    {"k", "?", DTYPE_FLOAT32, SNV2_OK, ""},
    {"k", NULL, DTYPE_FLOAT32, SNV2_OK, ""},
    {"k", "2", DTYPE_FLOAT32, SNV2_USAGE,
     "--freeze gives input 'k' a tensor of float32 [1]; the model declares another"},
    {"k", "1,1", DTYPE_FLOAT32, SNV2_USAGE, "the model declares another"},
    {"k", "1", DTYPE_INT64, SNV2_USAGE, "the model declares another"},
    {"z", "1", DTYPE_FLOAT32, SNV2_USAGE, "--freeze names 'z', which is no graph input"},
    {"c", "1", DTYPE_FLOAT32, SNV2_USAGE, "--freeze names 'c', which is a constant already"},
};

START_TEST(freezes) {
    struct build build;
    struct loaded loaded;
    char path[] = "/tmp/snv2-freeze-XXXXXX";
    struct frozen_input input = {frozen[_i].name, path};
    struct onnx_options options = {.frozen_inputs = &input, .frozen_input_count = 1};
    write_number(path, 2.5f);
    build_start(&build, 13);
    build_input(&build, "k", frozen[_i].dtype, frozen[_i].dims);
    build_input(&build, "c", DTYPE_FLOAT32, "1");
    build_raw(&build, build_initializer(&build, "c", DTYPE_FLOAT32, "1"), "\0\0\0\0", 4);
    build_node(&build, "Mul", "x k", "a");
    build_node(&build, "Add", "a c", "y");
    build_load(&build, NULL, &options, &loaded);
    unlink(path);
    loaded_expect(&loaded, "freeze", frozen[_i].status, frozen[_i].message);
    if (frozen[_i].status == SNV2_OK) {
        const struct value *value = graph_find_value(loaded.graph, "k");
        ck_assert_int_eq(loaded.graph->input_count, 1);
        ck_assert(*(const float *)value->data == 2.5f);
    }
    loaded_free(&loaded);
}
END_TEST

START_TEST(frozen_twice_or_from_nothing) {
    struct build build;
    struct loaded loaded;
    char path[] = "/tmp/snv2-freeze-XXXXXX";
    struct frozen_input inputs[] = {{"k", path}, {"k", path}, {"k", "/nowhere/k.pb"}};
    struct onnx_options options = {.frozen_inputs = inputs, .frozen_input_count = 2};
    for (int i = 0; i < 2; i++) {
        build_start(&build, 13);
        build_input(&build, "k", DTYPE_FLOAT32, "1");
        build_node(&build, "Mul", "x k", "y");
        if (i == 0)
            write_number(path, 1);
        build_load(&build, NULL, &options, &loaded);
        loaded_expect(&loaded, "freeze", i ? SNV2_NO_INPUT : SNV2_USAGE,
                      i ? "/nowhere/k.pb" : "constant already");
        loaded_free(&loaded);
        options = (struct onnx_options){.frozen_inputs = &inputs[2], .frozen_input_count = 1};
    }
    unlink(path);
}
END_TEST

/* Every operator of the table, and those that are none of its lines. */
START_TEST(operators) {
    struct onnx_operator operator;
    int count = 0, named = 0;
    bool upsample = false, constant = false;
    for (; onnx_operator(count, &operator); count++) {
        if (!operator.name)
            continue;
        named++;
        ck_assert_int_le(operator.first, operator.last);
        upsample |= strcmp(operator.name, "Upsample") == 0 && operator.last == 9;
        constant |= strcmp(operator.name, "Constant") == 0 && operator.op == OP_COUNT;
        ck_assert_str_ne(operator.name, "ChannelView");
    }
    ck_assert_int_gt(count, OP_COUNT);
    ck_assert_int_ge(named, OP_COUNT);
    ck_assert(upsample && constant);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("import_parts");
    TCase *tests = tcase_create("parts");
    tcase_add_loop_test(tests, cuts, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_loop_test(tests, suggestions, 0, (int)(sizeof late / sizeof *late));
    tcase_add_loop_test(tests, freezes, 0, (int)(sizeof frozen / sizeof *frozen));
    tcase_add_test(tests, frozen_twice_or_from_nothing);
    tcase_add_test(tests, operators);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
