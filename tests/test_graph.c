/* The graph: names, nodes, uses, replacement, attributes, and each invariant of the verifier by a
 * graph that breaks it. */
#include "tests/tap.h"

#include "ir/text.h"

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
        ck_abort_msg("%s", diagnostic.message);
    return graph;
}

static void check_text(const struct graph *graph, const char *expected) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_int_eq(graph_write_text(graph, TEXT_CONSTANTS_SHORT, stream, NULL), SNV2_OK);
    fclose(stream);
    ck_assert_str_eq(text, expected);
    free(text);
}

static void check_verified(struct graph *graph) {
    struct snv2_diagnostic diagnostic;
    if (graph_verify(graph, &scratch, &diagnostic) != SNV2_OK)
        ck_abort_msg("%s", diagnostic.message);
}

static struct value *find(const struct graph *graph, const char *name) {
    struct value *value = graph_find_value(graph, name);
    ck_assert_ptr_nonnull(value);
    return value;
}

/* ---- building ---- */

START_TEST(names_are_found_and_made_unique) {
    struct graph *graph = graph_new(&arena, "g");
    struct shape shape = {1, {2}};
    char name[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "v_%d", i);
        ck_assert_ptr_null(graph_find_value(graph, name));
        struct value *value = graph_add_value(graph, name, DTYPE_FLOAT32, &shape);
        ck_assert_int_eq(value->id, i);
        ck_assert_str_eq(value->name, name);
    }
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "v_%d", i);
        ck_assert_ptr_eq(graph_find_value(graph, name), graph->values[i]);
    }
    ck_assert_str_eq(graph_unique_name(graph, "w"), "w");
    ck_assert_str_eq(graph_unique_name(graph, "v"), "v");
    const char *unique = graph_unique_name(graph, "v_7");
    ck_assert_str_eq(unique, "v_7_1");
    graph_add_value(graph, unique, DTYPE_FLOAT32, &shape);
    ck_assert_str_eq(graph_unique_name(graph, "v_7"), "v_7_2");
    graph_add_value(graph, "v", DTYPE_FLOAT32, &shape);
    ck_assert_str_eq(graph_unique_name(graph, "v"), "v_1000"); /* v_3 to v_999 are taken */

    graph_swap_names(graph, graph->values[3], graph->values[4]);
    ck_assert_str_eq(graph->values[3]->name, "v_4");
    ck_assert_ptr_eq(graph_find_value(graph, "v_4"), graph->values[3]);
    ck_assert_ptr_eq(graph_find_value(graph, "v_3"), graph->values[4]);
}
END_TEST

START_TEST(nodes_are_inserted_and_removed) {
    struct graph *graph = read("graph \"g\"\ninput x: float32[2]\n"
                               "a = Relu(x)\nb = Relu(a)\nc = Relu(b)\noutput c\n");
    struct node *b = find(graph, "b")->producer;
    struct value *d = graph_add_value(graph, "d", DTYPE_NONE, &(struct shape){SHAPE_UNKNOWN, {0}});
    struct node *node = graph_insert_node(graph, b, OP_Identity, "inserted", 1, 1);
    node->inputs[0] = b->inputs[0];
    node_set_output(node, 0, d);
    b->inputs[0] = d;
    ck_assert_int_eq(infer_node(graph, node, NULL), SNV2_OK);
    check_verified(graph);
    check_text(graph, "graph \"g\"\ninput x: float32[2]\n"
                      "a: float32[2] = Relu(x)\nd: float32[2] = Identity(a) as inserted\n"
                      "b: float32[2] = Relu(d)\nc: float32[2] = Relu(b)\noutput c\n");

    graph_remove_node(graph, b);
    ck_assert_ptr_null(find(graph, "b")->producer);
    find(graph, "c")->producer->inputs[0] = find(graph, "x");
    graph_remove_node(graph, graph->first);
    graph_remove_node(graph, graph->first);
    check_verified(graph);
    ck_assert_int_eq(graph->node_count, 1);
    graph_remove_node(graph, graph->last);
    ck_assert(!graph->first && !graph->last && graph->node_count == 0);
}
END_TEST

START_TEST(notes_keep_their_order) {
    struct graph *graph = graph_new(&arena, "g");
    graph_note(graph, "batch is %d", 1);
    graph_note(graph, "second");
    ck_assert_str_eq(graph->notes->text, "batch is 1");
    ck_assert_str_eq(graph->notes->next->text, "second");
    ck_assert_ptr_null(graph->notes->next->next);
}
END_TEST

/* Every allocation fails once; nothing crashes, and in the end there is enough. */
START_TEST(memory_runs_out) {
    static const char text[] =
        "input x: float32[1,2,4,4]\nconst w: float32[2,2,1,1] = {1, 2, 3, 4}\n"
        "y = Conv(x, w)\nv = ChannelView(y, x) {runs=[0:0+1, 1:0+1]}\n"
        "output v\n";
    enum snv2_status status = SNV2_NO_MEMORY;
    struct snv2_diagnostic diagnostic;
    struct graph *graph;
    for (uint64_t budget = 0; status == SNV2_NO_MEMORY; budget += 8) {
        struct arena small;
        arena_init(&small, budget);
        status = graph_read_text(text, &small, &graph, &diagnostic);
        ck_assert((status == SNV2_OK) == (graph != NULL));
        if (status == SNV2_OK)
            ck_assert_uint_gt(budget, sizeof(struct graph));
        arena_free(&small);
    }
    ck_assert_int_eq(status, SNV2_OK);
}
END_TEST

/* ---- uses ---- */

static const char diamond[] = "input x: float32[2]\na = Relu(x)\nb = Add(a, a)\nc = Add(b, a)\n"
                              "unused = Relu(x)\noutput a\noutput c\noutput c\n";

START_TEST(uses_are_counted) {
    struct graph *graph = read(diamond);
    int32_t *uses = graph_count_uses(graph, &scratch);
    ck_assert_int_eq(uses[find(graph, "x")->id], 2);
    ck_assert_int_eq(uses[find(graph, "a")->id], 4);
    ck_assert_int_eq(uses[find(graph, "b")->id], 1);
    ck_assert_int_eq(uses[find(graph, "c")->id], 2);
    ck_assert_int_eq(uses[find(graph, "unused")->id], 0);
}
END_TEST

START_TEST(readers_are_listed) {
    struct graph *graph = read(diamond);
    struct readers readers;
    ck_assert(graph_find_readers(graph, &scratch, &readers));
    const struct value *a = find(graph, "a");
    struct node *b = find(graph, "b")->producer, *c = find(graph, "c")->producer;
    const struct reader expected[] = {{b, 0}, {b, 1}, {c, 1}, {NULL, 0}};
    const struct reader *list = &readers.list[readers.start[a->id]];
    ck_assert_int_eq(readers.start[a->id + 1] - readers.start[a->id], 4);
    for (int i = 0; i < 4; i++)
        ck_assert(list[i].node == expected[i].node && list[i].input == expected[i].input);
    const struct value *unused = find(graph, "unused");
    ck_assert_int_eq(readers.start[unused->id], readers.start[unused->id + 1]);
}
END_TEST

/* ---- replacement ---- */

/* Replaces the value of each second name by that of the first; "" ends the list. */
static void replace(struct graph *graph, const char *const names[][2]) {
    struct value **replacement =
        arena_alloc(&scratch, (size_t)graph->value_count, sizeof *replacement);
    for (int i = 0; names[i][0]; i++)
        replacement[find(graph, names[i][0])->id] = find(graph, names[i][1]);
    ck_assert_int_eq(graph_replace(graph, replacement, NULL), SNV2_OK);
    check_verified(graph);
}

static const struct {
    const char *text;
    const char *names[6][2]; /* the first is replaced by the second */
    const char *result;
} replacements[] = {
    {"input x: float32[2]\na = Relu(x)\nb = Identity(a)\nc = Identity(b)\nd = Add(c, b)\noutput "
     "d\n",
     {{"b", "a"}, {"c", "b"}},
     "a: float32[2] = Relu(x)\nb: float32[2] = Identity(a)\nc: float32[2] = Identity(a)\n"
     "d: float32[2] = Add(a, a)\noutput d\n"},
    /* the value that stands for an output takes its name */
    {"input x: float32[2]\na = Relu(x)\ny = Identity(a)\noutput y\noutput y\n",
     {{"y", "a"}},
     "y: float32[2] = Relu(x) as a\na: float32[2] = Identity(y) as y\noutput y\noutput y\n"},
    /* not where it is an output itself, an input or a constant */
    {"input x: float32[2]\na = Relu(x)\ny = Identity(a)\noutput a\noutput y\n",
     {{"y", "a"}},
     "a: float32[2] = Relu(x)\ny_1: float32[2] = Identity(a) as y\n"
     "y: float32[2] = Identity(a)\noutput a\noutput y\n"},
    {"input x: float32[2]\na = Relu(x)\ny = Identity(a)\nz = Identity(a)\noutput y\noutput z\n",
     {{"y", "a"}, {"z", "a"}},
     "y: float32[2] = Relu(x) as a\na: float32[2] = Identity(y) as y\n"
     "z_1: float32[2] = Identity(y) as z\nz: float32[2] = Identity(y)\noutput y\noutput z\n"},
    {"input x: float32[2]\ny = Identity(x)\noutput y\n",
     {{"y", "x"}},
     "y_1: float32[2] = Identity(x) as y\ny: float32[2] = Identity(x)\noutput y\n"},
    {"const k: float32[1] = {1}\ny = Identity(k)\noutput y\n",
     {{"y", "k"}},
     "y_1: float32[1] = Identity(k) as y\ny: float32[1] = Identity(k)\noutput y\n"},
    /* what no node makes stays an output */
    {"input x: float32[2]\nconst k: float32[2] = {1, 2}\nconst l: float32[2] = {1, 2}\n"
     "y = Add(x, l)\noutput y\noutput l\n",
     {{"l", "k"}},
     "y: float32[2] = Add(x, k)\noutput y\noutput l\n"},
};

START_TEST(values_are_replaced) {
    struct graph *graph = read(replacements[_i].text);
    replace(graph, replacements[_i].names);
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_int_eq(graph_write_text(graph, TEXT_CONSTANTS_SHORT, stream, NULL), SNV2_OK);
    fclose(stream);
    const char *nodes = text + strlen(text) - strlen(replacements[_i].result);
    ck_assert_str_eq(nodes < text ? text : nodes, replacements[_i].result);
    free(text);
}
END_TEST

/* A long chain of copies is replaced in linear time: in quadratic the test would time out. */
START_TEST(long_chains_are_replaced) {
    enum { LENGTH = 50000 };
    struct graph *graph = graph_new(&arena, "g");
    struct shape shape = {1, {2}};
    struct value *value = graph_add_value(graph, "x", DTYPE_FLOAT32, &shape);
    graph->inputs = &value;
    graph->input_count = 1;
    struct value *input = value, *previous = value;
    struct value **replacement = arena_alloc(&arena, LENGTH + 1, sizeof *replacement);
    for (int i = 1; i <= LENGTH; i++, previous = value) {
        const char *name = arena_printf(&arena, "v%d", i);
        value = graph_add_value(graph, name, DTYPE_FLOAT32, &shape);
        struct node *node = graph_insert_node(graph, NULL, OP_Identity, name, 1, 1);
        node->inputs[0] = previous;
        node_set_output(node, 0, value);
        replacement[value->id] = previous;
    }
    graph->inputs = &input;
    ck_assert_int_eq(graph_replace(graph, replacement, NULL), SNV2_OK);
    for (const struct node *node = graph->first; node; node = node->next)
        ck_assert_ptr_eq(node->inputs[0], input);
}
END_TEST

/* ---- attributes ---- */

START_TEST(attributes_compare_by_content) {
    union attributes a, b;
    attributes_init(OP_Conv, &a);
    attributes_init(OP_Conv, &b);
    ck_assert_int_eq(a.Conv.group, 1);
    ck_assert_int_eq(a.Conv.pads.count, 0);
    ck_assert(attributes_equal(OP_Conv, &a, &b));
    a.Conv.pads.values[3] = 5; /* past the count: nothing */
    ck_assert(attributes_equal(OP_Conv, &a, &b));
    ck_assert_uint_eq(attributes_hash(OP_Conv, &a), attributes_hash(OP_Conv, &b));
    a.Conv.pads.count = b.Conv.pads.count = 4;
    ck_assert(!attributes_equal(OP_Conv, &a, &b));
    ck_assert_uint_ne(attributes_hash(OP_Conv, &a), attributes_hash(OP_Conv, &b));
    b.Conv.pads.values[3] = 5;
    a.Conv.activation = ACTIVATION_RELU;
    ck_assert(!attributes_equal(OP_Conv, &a, &b));
    b.Conv.activation = ACTIVATION_RELU;
    ck_assert(attributes_equal(OP_Conv, &a, &b));
    a.Conv.activation_alpha = -0.0f;
    ck_assert(!attributes_equal(OP_Conv, &a, &b));

    attributes_init(OP_ConstantOfShape, &a);
    attributes_init(OP_ConstantOfShape, &b);
    int64_t seven = 7, again = 7, eight = 8;
    struct tensor one = {DTYPE_INT64, {1, {1}}, &seven}, same = {DTYPE_INT64, {1, {1}}, &again};
    struct tensor other = {DTYPE_INT64, {1, {1}}, &eight}, scalar = {DTYPE_INT64, {0, {0}}, &seven};
    a.ConstantOfShape.value = &one;
    ck_assert(!attributes_equal(OP_ConstantOfShape, &a, &b));
    b.ConstantOfShape.value = &same;
    ck_assert(attributes_equal(OP_ConstantOfShape, &a, &b));
    ck_assert_uint_eq(attributes_hash(OP_ConstantOfShape, &a),
                      attributes_hash(OP_ConstantOfShape, &b));
    b.ConstantOfShape.value = &other;
    ck_assert(!attributes_equal(OP_ConstantOfShape, &a, &b));
    b.ConstantOfShape.value = &scalar;
    ck_assert(!attributes_equal(OP_ConstantOfShape, &a, &b));

    struct channel_run left[] = {{0, 0, 2, 1}}, right[] = {{0, 0, 2, 2}};
    attributes_init(OP_ChannelView, &a);
    attributes_init(OP_ChannelView, &b);
    a.ChannelView.runs = b.ChannelView.runs = (struct channel_runs){1, left};
    ck_assert(attributes_equal(OP_ChannelView, &a, &b));
    b.ChannelView.runs.runs = right;
    ck_assert(!attributes_equal(OP_ChannelView, &a, &b));
}
END_TEST

START_TEST(operators_have_names) {
    for (int op = 0; op < OP_COUNT; op++)
        ck_assert_int_eq(op_of_name(op_infos[op].name), op);
    ck_assert_int_eq(op_of_name("conv"), OP_COUNT);
    ck_assert_int_eq(op_infos[OP_Concat].inputs_max, ANY);
    for (int kind = UNIT_UNIT; kind < UNIT_KINDS; kind++)
        ck_assert_int_eq(unit_kind_of_name(unit_kind_name((enum unit_kind)kind)), kind);
    ck_assert_int_eq(unit_kind_of_name("Unit"), UNIT_NONE);
}
END_TEST

/* ---- the verifier ---- */

static void break_id(struct graph *g) {
    find(g, "b")->id = 0;
}
static void break_name(struct graph *g) {
    find(g, "b")->name = "a";
}
static void break_constant_type(struct graph *g) {
    find(g, "w")->dtype = DTYPE_NONE;
}
static void break_input_belongs(struct graph *g) {
    g->inputs[0] = arena_alloc(&arena, 1, sizeof(struct value));
}
static void break_input_constant(struct graph *g) {
    g->inputs[0] = find(g, "w");
}
static void break_input_computed(struct graph *g) {
    g->inputs[0] = find(g, "a");
}
static void break_input_type(struct graph *g) {
    find(g, "x")->shape.rank = SHAPE_UNKNOWN;
}
static void break_operand_belongs(struct graph *g) {
    struct value *stranger = arena_alloc(&arena, 1, sizeof *stranger);
    *stranger = *find(g, "x");
    g->last->inputs[0] = stranger;
}
static void break_order(struct graph *g) {
    find(g, "a")->producer->inputs[0] = find(g, "b");
}
static void break_operand_undefined(struct graph *g) {
    struct shape shape = {4, {1, 2, 4, 4}};
    g->first->inputs[0] = graph_add_value(g, "nobody", DTYPE_FLOAT32, &shape);
}
static void break_two_producers(struct graph *g) {
    find(g, "b")->producer->outputs[0] = find(g, "a");
}
static void break_producer(struct graph *g) {
    find(g, "b")->producer = find(g, "a")->producer;
}
static void break_producer_gone(struct graph *g) {
    struct shape shape = {1, {1}};
    graph_add_value(g, "lost", DTYPE_FLOAT32, &shape)->producer = g->first;
}
static void break_unit(struct graph *g) {
    g->first->unit = 1;
}
static void break_shape(struct graph *g) {
    find(g, "b")->shape.dims[1] = 7;
}
static void break_dtype(struct graph *g) {
    find(g, "b")->dtype = DTYPE_FLOAT16;
}
static void break_rule(struct graph *g) {
    g->first->attributes.Conv.strides.values[0] = 0;
}
static void break_explicit(struct graph *g) {
    g->first->attributes.Conv.kernel_shape.count = 0;
}
static void break_operand_missing(struct graph *g) {
    g->first->inputs[1] = NULL;
}
static void break_prev(struct graph *g) {
    g->last->prev = NULL;
}
static void break_last(struct graph *g) {
    g->last = g->first;
}
static void break_count(struct graph *g) {
    g->node_count = 7;
}
static void break_cycle(struct graph *g) {
    g->last->next = g->first;
}
static void break_op(struct graph *g) {
    g->last->op = OP_COUNT;
}
static void break_output_belongs(struct graph *g) {
    g->outputs[0] = arena_alloc(&arena, 1, sizeof(struct value));
}
static void break_output_undefined(struct graph *g) {
    struct shape shape = {1, {1}};
    g->outputs[0] = graph_add_value(g, "nobody", DTYPE_FLOAT32, &shape);
}

static const struct {
    void (*damage)(struct graph *graph);
    const char *node, *message;
} invariants[] = {
    {break_id, "", "value 'b' has id 0 at place 3"},
    {break_name, "", "the name 'a' is not found or not unique"},
    {break_constant_type, "", "constant 'w' has no type"},
    {break_input_belongs, "", "input 0 is no value of the graph"},
    {break_input_constant, "", "input 'w' is computed or constant"},
    {break_input_computed, "", "input 'a' is computed or constant"},
    {break_input_type, "", "input 'x' has no type"},
    {break_operand_belongs, "c", "input 1 is no value of the graph"},
    {break_order, "a", "'b' is read before it is computed"},
    {break_operand_undefined, "a", "'nobody' is read before it is computed"},
    {break_two_producers, "b", "output 'a' has another producer"},
    {break_producer, "b", "output 'b' has another producer"},
    {break_producer_gone, "a", "the producer of 'lost' is not in the graph"},
    {break_unit, "a", "unit 1 has kind 0"},
    {break_shape, "b", "output 'b' has type float32[1,7,4,4]; it should be float32[1,2,4,4]"},
    {break_dtype, "b", "output 'b' has type float16[1,2,4,4]; it should be float32[1,2,4,4]"},
    {break_rule, "a", "the shape rule refuses it: strides[0] is 0"},
    {break_explicit, "a", "its attributes are not in their explicit form"},
    {break_operand_missing, "a", "the shape rule refuses it: input 2 of 2"},
    {break_prev, "", "the list of nodes is damaged behind node 2"},
    {break_last, "", "the list of nodes ends after 3 of 3 nodes"},
    {break_count, "", "the list of nodes ends after 3 of 7 nodes"},
    {break_cycle, "", "the list of nodes is damaged behind node 3"},
    {break_op, "", "node 'c' has no operator"},
    {break_output_belongs, "", "output 0 is no value of the graph"},
    {break_output_undefined, "", "output 'nobody' is never computed"},
};

START_TEST(broken_invariants_are_named) {
    struct graph *graph =
        read("input x: float32[1,2,4,4]\nconst w: float32[2,2,1,1] = {1, 2, 3, 4}\n"
             "a = Conv(x, w)\nb = Relu(a)\nc = Relu(b)\noutput c\n");
    struct snv2_diagnostic diagnostic = {.message = ""};
    check_verified(graph);
    invariants[_i].damage(graph);
    ck_assert_int_eq(graph_verify(graph, &scratch, &diagnostic), SNV2_INTERNAL);
    ck_assert_msg(strstr(diagnostic.message, invariants[_i].message), "%s is not %s",
                  diagnostic.message, invariants[_i].message);
    ck_assert_str_eq(diagnostic.node, invariants[_i].node);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("graph");
    TCase *tests = tcase_create("graph");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 20);
    tcase_add_test(tests, names_are_found_and_made_unique);
    tcase_add_test(tests, nodes_are_inserted_and_removed);
    tcase_add_test(tests, notes_keep_their_order);
    tcase_add_test(tests, memory_runs_out);
    tcase_add_test(tests, uses_are_counted);
    tcase_add_test(tests, readers_are_listed);
    tcase_add_loop_test(tests, values_are_replaced, 0, sizeof replacements / sizeof *replacements);
    tcase_add_test(tests, long_chains_are_replaced);
    tcase_add_test(tests, attributes_compare_by_content);
    tcase_add_test(tests, operators_have_names);
    tcase_add_loop_test(tests, broken_invariants_are_named, 0,
                        sizeof invariants / sizeof *invariants);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
