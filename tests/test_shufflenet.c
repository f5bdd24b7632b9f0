/* All passes over whole networks: ShuffleNet V2 in every spelling and width is left without data
 * movement, in 13 units and 3 openings that read few runs; what it computes stays. */
#include "tests/tap.h"

#include "ir/order.h"
#include "tests/pass_case.h"
#include "tests/same_graph.h"
#include "tests/shufflenet_text.h"

/* The runs of a node's data: 1 where it reads a value itself. All must ascend by 1, and operands
 * must stand in the order in which they are produced. */
static int count_data_runs(const struct node *node) {
    const struct node *view = node->inputs[0]->producer;
    if (!view || view->op != OP_ChannelView)
        return 1;
    const struct channel_runs *runs = &view->attributes.ChannelView.runs;
    for (int32_t r = 0; r < runs->count; r++) {
        ck_assert_int_eq(runs->runs[r].step, 1);
        ck_assert_int_eq(runs->runs[r].input, r);
    }
    return runs->count;
}

struct summary {
    int marks[UNIT_TAIL + 1];
    int ops[OP_COUNT];
};

/* Counts units and operators, and checks what every unit reads: unit k of a stage at most k+1 runs,
 * the end of a stage at most 9. */
static struct summary check_units(const struct graph *graph) {
    struct summary summary = {0};
    struct arena arena;
    arena_init(&arena, UINT64_MAX);
    int32_t count = 0;
    struct node **nodes = graph_canonical_order(graph, &arena, &count);
    ck_assert_ptr_nonnull(nodes);
    int last_unit = 0, k = 0;
    for (int32_t n = 0; n < count; n++) {
        summary.ops[nodes[n]->op]++;
        if (nodes[n]->op == OP_Conv || nodes[n]->op == OP_GlobalAveragePool)
            ck_assert_int_le(count_data_runs(nodes[n]), 9);
        if (nodes[n]->unit == 0 || nodes[n]->unit == last_unit)
            continue;
        last_unit = nodes[n]->unit;
        summary.marks[nodes[n]->unit_kind]++;
        k = nodes[n]->unit_kind == UNIT_OPENING ? 0 : k + 1;
        if (nodes[n]->unit_kind == UNIT_UNIT)
            ck_assert_int_le(count_data_runs(nodes[n]), k + 1);
    }
    arena_free(&arena);
    return summary;
}

static void check_network(enum spelling spelling, const int channels[SHUFFLENET_STAGES],
                          bool evaluate) {
    char *text = shufflenet_text(spelling, channels);
    struct arena arena, other;
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct graph *graph = read_graph(text, &arena), *original = read_graph(text, &other);
    free(text);
    enum snv2_status status =
        passes_run(graph, pass_list, pass_count, NULL, NULL, NULL, NULL, &diagnostic);
    ck_assert_msg(status == SNV2_OK, "%s", diagnostic.message);
    struct summary summary = check_units(graph);
    ck_assert_int_eq(summary.marks[UNIT_UNIT], 13);
    ck_assert_int_eq(summary.marks[UNIT_OPENING], 3);
    ck_assert_int_eq(summary.marks[UNIT_STEM], 1);
    ck_assert_int_eq(summary.marks[UNIT_TAIL], 1);
    ck_assert_int_eq(summary.ops[OP_Conv], 56);
    ck_assert_int_eq(graph->node_count, 56 + 4 + summary.ops[OP_ChannelView]);
    ck_assert_int_eq(summary.ops[OP_MaxPool] + summary.ops[OP_GlobalAveragePool] +
                         summary.ops[OP_Flatten] + summary.ops[OP_Gemm],
                     4);
    if (evaluate)
        check_same_meaning(original, graph, 1e-10);
    arena_free(&arena);
    arena_free(&other);
}

static const int widths[][SHUFFLENET_STAGES] = {
    {48, 96, 192}, {116, 232, 464}, {176, 352, 704}, {244, 488, 976}};

START_TEST(test_spelling) {
    check_network((enum spelling)_i, widths[0], true);
}
END_TEST

START_TEST(test_width) {
    check_network(SPELLING_TORCHVISION, widths[_i], false);
    check_network(SPELLING_AUTHORS, widths[_i], false);
}
END_TEST

static struct graph *convert(enum spelling spelling, struct arena *arena) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    char *text = shufflenet_text(spelling, widths[0]);
    struct graph *graph = read_graph(text, arena);
    free(text);
    if (passes_run(graph, pass_list, pass_count, NULL, NULL, NULL, NULL, &diagnostic) != SNV2_OK)
        ck_abort_msg("%s", diagnostic.message);
    return graph;
}

START_TEST(test_spellings_give_one_graph) {
    static const enum spelling spellings[] = {SPELLING_SLICES, SPELLING_GATHERS,
                                              SPELLING_CONVOLUTIONS};
    struct arena arena, other;
    struct graph *graph = convert(SPELLING_TORCHVISION, &arena);
    check_same_nodes(graph, convert(spellings[_i], &other));
    arena_free(&arena);
    arena_free(&other);
}
END_TEST

/* The order of lines in a file is not the canonical order. */
START_TEST(test_canonical_order) {
    static const char *const texts[] = {"graph \"g\"\ninput x: float32[1]\na = Relu(x)\nb = "
                                        "Relu(a)\nc = Relu(x)\nunread = Relu(c)\n"
                                        "d = Add(b, c)\noutput d\noutput a\n",
                                        "graph \"g\"\ninput x: float32[1]\nc = Relu(x)\nunread = "
                                        "Relu(c)\na = Relu(x)\nb = Relu(a)\n"
                                        "d = Add(b, c)\noutput d\noutput a\n"};
    static const char *const expected[] = {"a", "b", "c", "d"};
    struct arena arena;
    struct graph *graph = read_graph(texts[_i], &arena);
    int32_t count = 0;
    struct node **nodes = graph_canonical_order(graph, &arena, &count);
    ck_assert_int_eq(count, 4);
    for (int n = 0; n < 4; n++)
        ck_assert_str_eq(nodes[n]->outputs[0]->name, expected[n]);
    arena_free(&arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("shufflenet");
    TCase *tests = tcase_create("shufflenet");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, test_spelling, 0, SPELLINGS);
    tcase_add_loop_test(tests, test_width, 0, (int)(sizeof widths / sizeof *widths));
    tcase_add_loop_test(tests, test_spellings_give_one_graph, 0, 3);
    tcase_add_loop_test(tests, test_canonical_order, 0, 2);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
