/* The loop that runs passes, and what holds for every pass: no memory is an error and not a crash,
 * a long graph takes no deep stack, a second run changes nothing more. */
#include "tests/tap.h"

#include "interp/interp.h"
#include "ir/text.h"
#include "passes/pass.h"

#include <stdio.h>
#include <string.h>

/* Something to do for each pass. */
static const char network[] = "graph \"g\"\n"
                              "input x: float32[1,2,4,4]\n"
                              "const w: float32[4,2,1,1] = random(1)\n"
                              "const v: float32[2,1,3,3] = random(2)\n"
                              "const u: float32[4,3] = random(3)\n"
                              "const scale: float32[4] = {1, 2, 3, 4}\n"
                              "const mean: float32[4] = {4, 3, 2, 1}\n"
                              "const one: float32[] = {1}\n"
                              "const half: int64[2] = {2, 2}\n"
                              "const pair: int64[5] = {1, 2, 2, 4, 4}\n"
                              "const flat: int64[4] = {1, 4, 4, 4}\n"
                              "const axes: int64[2] = {2, 3}\n"
                              "two = Add(one, one)\n"
                              "c = Conv(x, w)\n"
                              "n = BatchNormalization(c, scale, scale, scale, scale)\n"
                              "i = Identity(n)\n"
                              "r = Relu(i)\n"
                              "r2 = Relu(i)\n"
                              "k = Add(r, r2)\n"
                              "p = Reshape(k, pair)\n"
                              "q = Transpose(p) {perm=[0,2,1,3,4]}\n"
                              "s = Reshape(q, flat)\n"
                              "a, b = Split(s, half) {axis=1}\n"
                              "d = Conv(b, v) {group=2, pads=[1,1,1,1]}\n"
                              "e = Concat(a, d) {axis=1}\n"
                              "f = BatchNormalization(e, scale, scale, mean, scale)\n"
                              "m = ReduceMean(f, axes) {keepdims=0}\n"
                              "g = MatMul(m, u)\n"
                              "dead = Relu(g)\n"
                              "y = Mul(g, two)\n"
                              "output y\n";

static struct graph *read_graph(const char *text, struct arena *arena) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct graph *graph = NULL;
    arena_init(arena, UINT64_MAX);
    enum snv2_status status = graph_read_text(text, arena, &graph, &diagnostic);
    if (status == SNV2_OK)
        status = infer_graph(graph, &diagnostic);
    ck_assert_msg(status == SNV2_OK, "%s", diagnostic.message);
    return graph;
}

START_TEST(test_find) {
    ck_assert_int_eq(pass_find("widen_half"), 0);
    ck_assert_int_eq(pass_find("widen-half"), 0);
    ck_assert_int_eq(pass_find("widen-hal"), -1);
    ck_assert_int_eq(pass_find("widen-half-"), -1);
    ck_assert_int_eq(pass_find(""), -1);
    for (int i = 0; i < pass_count; i++)
        ck_assert_int_eq(pass_find(pass_list[i].name), i);
}
END_TEST

START_TEST(test_letters_are_unique) {
    char letters[128] = "";
    for (int i = 0; i < pass_count; i++) {
        ck_assert_msg(!strchr(letters, pass_list[i].letter), "'%c'", pass_list[i].letter);
        letters[i] = pass_list[i].letter;
    }
}
END_TEST

/* Passes of this test. */
static enum snv2_status add_one(struct graph *graph, struct arena *scratch, int *changes,
                                struct snv2_diagnostic *diagnostic) {
    (void)graph;
    (void)diagnostic;
    ck_assert_uint_eq(scratch->total, 0);
    ck_assert_ptr_nonnull(arena_alloc(scratch, 1, 1));
    *changes = 1;
    return SNV2_OK;
}

static enum snv2_status change_a_shape(struct graph *graph, struct arena *scratch, int *changes,
                                       struct snv2_diagnostic *diagnostic) {
    (void)scratch;
    (void)changes;
    (void)diagnostic;
    graph->last->outputs[0]->shape.dims[0]++;
    return SNV2_OK;
}

static enum snv2_status reject(struct graph *graph, struct arena *scratch, int *changes,
                               struct snv2_diagnostic *diagnostic) {
    (void)graph;
    (void)scratch;
    (void)changes;
    return diagnose_node(diagnostic, SNV2_BAD_MODEL, "c", "Conv", "too odd");
}

static const struct pass list[] = {{'1', "first", "", add_one},
                                   {'b', "breaks", "", change_a_shape},
                                   {'f', "fails", "", reject},
                                   {'2', "last", "", add_one}};
enum { LIST_COUNT = sizeof list / sizeof *list };

static enum snv2_status append_letter(void *user, const struct graph *graph,
                                      const struct pass *pass, int changes,
                                      struct snv2_diagnostic *diagnostic) {
    (void)graph;
    char *letters = user;
    ck_assert_int_eq(changes, 1);
    letters[strlen(letters)] = pass->letter;
    return pass->letter == '2' ? diagnose(diagnostic, SNV2_CHECK_FAILED, "seen") : SNV2_OK;
}

START_TEST(test_skip_and_observer) {
    struct arena arena;
    struct graph *graph = read_graph(network, &arena);
    struct snv2_diagnostic diagnostic = {.message = ""};
    bool skip[LIST_COUNT] = {false, true, true, false};
    int changes[LIST_COUNT] = {7, 7, 7, 7};
    char letters[LIST_COUNT + 1] = "";
    ck_assert_int_eq(
        passes_run(graph, list, LIST_COUNT, skip, append_letter, letters, changes, &diagnostic),
        SNV2_CHECK_FAILED);
    ck_assert_str_eq(letters, "12");
    ck_assert_str_eq(diagnostic.message, "seen");
    ck_assert(changes[0] == 1 && changes[1] == 0 && changes[2] == 0 && changes[3] == 1);
    arena_free(&arena);
}
END_TEST

START_TEST(test_errors_name_the_pass) {
    struct arena arena;
    struct snv2_diagnostic diagnostic;
    struct graph *graph = read_graph(network, &arena);
    ck_assert_int_eq(passes_run(graph, list, 2, NULL, NULL, NULL, NULL, &diagnostic),
                     SNV2_INTERNAL);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "pass breaks: "));
    ck_assert_int_eq(passes_run(graph, &list[1], 1, NULL, NULL, NULL, NULL, NULL), SNV2_INTERNAL);
    ck_assert_int_eq(passes_run(graph, &list[2], 1, NULL, NULL, NULL, NULL, &diagnostic),
                     SNV2_BAD_MODEL);
    ck_assert_str_eq(diagnostic.message, "pass fails: too odd");
    ck_assert_str_eq(diagnostic.node, "c");
    ck_assert_str_eq(diagnostic.op, "Conv");
    arena_free(&arena);
}
END_TEST

/* Every pass once more behind the whole list: nothing is left to do. */
START_TEST(test_second_run_changes_nothing) {
    struct arena arena;
    struct graph *graph = read_graph(network, &arena);
    int changes[64];
    ck_assert_int_le(pass_count, 64);
    for (int round = 0; round < 2; round++)
        ck_assert_int_eq(passes_run(graph, pass_list, pass_count, NULL, NULL, NULL, changes, NULL),
                         SNV2_OK);
    for (int i = 0; i < pass_find("unit_marks"); i++) /* which sets its marks anew */
        ck_assert_msg(changes[i] == 0, "%s: %d", pass_list[i].name, changes[i]);
    arena_free(&arena);
}
END_TEST

/* Runs pass `index` behind those before it, with that much memory more. */
static enum snv2_status run_limited(int index, uint64_t scratch_bytes, uint64_t graph_bytes) {
    struct arena arena, scratch;
    struct graph *graph = read_graph(network, &arena);
    ck_assert_int_eq(passes_run(graph, pass_list, index, NULL, NULL, NULL, NULL, NULL), SNV2_OK);
    arena.budget = arena.total + graph_bytes;
    arena_init(&scratch, scratch_bytes);
    int changes = 0;
    enum snv2_status status = pass_list[index].run(graph, &scratch, &changes, NULL);
    arena_free(&scratch);
    arena_free(&arena);
    return status;
}

/* More and more memory until it is enough; none of the failures on the way is another one. */
START_TEST(test_out_of_memory) {
    enum { STEP = 48, PLENTY = 1 << 30 };
    enum snv2_status status = SNV2_NO_MEMORY;
    for (uint64_t bytes = 0; status == SNV2_NO_MEMORY; bytes += STEP)
        status = run_limited(_i, bytes, PLENTY);
    ck_assert_int_eq(status, SNV2_OK);
    status = SNV2_NO_MEMORY;
    for (uint64_t bytes = 0; status == SNV2_NO_MEMORY; bytes += STEP)
        status = run_limited(_i, PLENTY, bytes);
    ck_assert_int_eq(status, SNV2_OK);
}
END_TEST

/* Few bytes of file that ask for much memory stay as they are, with a note. */
START_TEST(test_folding_is_bounded) {
    static const char *const texts[] = {
        "graph \"g\"\n"
        "const n: int64[2] = {65536, 4096}\n"
        "y = ConstantOfShape(n)\n"
        "output y\n",
        "graph \"g\"\n"
        "const n: int64[2] = {2048, 2048}\n"
        "m = ConstantOfShape(n)\n"
        "y = MatMul(m, m)\n"
        "output y\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct arena arena;
        struct graph *graph = read_graph(texts[i], &arena);
        ck_assert_int_eq(passes_run(graph, &pass_list[pass_find("fold_constants")], 1, NULL, NULL,
                                    NULL, NULL, NULL),
                         SNV2_OK);
        ck_assert_int_eq(graph->node_count, 1);
        ck_assert_ptr_nonnull(graph->notes);
        ck_assert_uint_lt(arena.total, 64 << 20);
        arena_free(&arena);
    }
}
END_TEST

/* A chain of a hundred thousand nodes: each pass takes one walk. */
START_TEST(test_long_chain) {
    enum { LENGTH = 100000 };
    struct arena arena;
    arena_init(&arena, UINT64_MAX);
    struct graph *graph = graph_new(&arena, "chain");
    struct shape shape = {2, {1, 4}};
    struct value *value = graph_add_value(graph, "x", DTYPE_FLOAT32, &shape);
    graph->inputs = arena_alloc(&arena, 1, sizeof *graph->inputs);
    graph->outputs = arena_alloc(&arena, 1, sizeof *graph->outputs);
    graph->input_count = graph->output_count = 1;
    graph->inputs[0] = value;
    for (int i = 0; i < LENGTH; i++) {
        char name[32];
        snprintf(name, sizeof name, "v%d", i);
        struct node *node =
            graph_insert_node(graph, NULL, i % 2 ? OP_Identity : OP_Tanh, name, 1, 1);
        node->inputs[0] = value;
        value = graph_add_value(graph, name, DTYPE_FLOAT32, &shape);
        node_set_output(node, 0, value);
    }
    graph->outputs[0] = value;
    ck_assert_int_eq(passes_run(graph, pass_list, pass_count, NULL, NULL, NULL, NULL, NULL),
                     SNV2_OK);
    ck_assert_int_eq(graph->node_count, LENGTH / 2);
    ck_assert_str_eq(graph->outputs[0]->name, "v99999");
    arena_free(&arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pass manager");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, test_find);
    tcase_add_test(tests, test_letters_are_unique);
    tcase_add_test(tests, test_skip_and_observer);
    tcase_add_test(tests, test_errors_name_the_pass);
    tcase_add_test(tests, test_second_run_changes_nothing);
    tcase_add_loop_test(tests, test_out_of_memory, 0, pass_count);
    tcase_add_test(tests, test_folding_is_bounded);
    tcase_add_test(tests, test_long_chain);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
