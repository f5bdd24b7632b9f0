/* If and Loop with conditions that are constant, or computed from shapes: what becomes of them, as
 * the graph's text or as numbers; and what is refused. */
#include "tests/import_case.h"

#include "interp/interp.h"

#include <stdlib.h>

static const struct onnx_options computing = {.infer = interp_infer_node};

/* A graph that is an attribute of the node; its outputs, separated by spaces. */
static Onnx__GraphProto *build_graph(struct build *b, Onnx__NodeProto *node, const char *name,
                                     const char *inputs, const char *outputs) {
    Onnx__GraphProto *graph = BUILD_NEW(b, Onnx__GraphProto, ONNX__GRAPH_PROTO__INIT);
    char *rest = build_text(b, inputs);
    for (char *part = strtok_r(rest, " ", &rest); part; part = strtok_r(NULL, " ", &rest))
        BUILD_APPEND(b, graph, input, build_value_info(b, part, DTYPE_FLOAT32, NULL));
    rest = build_text(b, outputs);
    for (char *part = strtok_r(rest, " ", &rest); part; part = strtok_r(NULL, " ", &rest))
        BUILD_APPEND(b, graph, output, build_value_info(b, part, DTYPE_FLOAT32, NULL));
    build_attribute(b, node, name, ATTRIBUTE_TYPE(GRAPH))->g = graph;
    return graph;
}

static Onnx__NodeProto *add_to(struct build *b, Onnx__GraphProto *graph, const char *op,
                               const char *inputs, const char *outputs) {
    Onnx__NodeProto *node = build_loose_node(b, op, inputs, outputs);
    BUILD_APPEND(b, graph, node, node);
    return node;
}

static void condition(struct build *b, const char *name, bool is_true) {
    build_raw(b, build_initializer(b, name, DTYPE_BOOL, ""), is_true ? "\1" : "\0", 1);
}

/* then: y = Relu(x); else: y = x */
static Onnx__NodeProto *if_node(struct build *b, const char *input) {
    Onnx__NodeProto *node = build_node(b, "If", input, "y");
    add_to(b, build_graph(b, node, "then_branch", "", "t"), "Relu", "x", "t");
    build_graph(b, node, "else_branch", "", "x");
    return node;
}

static void if_true(struct build *b) {
    condition(b, "c", true);
    if_node(b, "c");
}

static void if_false(struct build *b) {
    condition(b, "c", false);
    if_node(b, "c");
}

static void if_not(struct build *b) {
    condition(b, "c", true);
    build_node(b, "Identity", "c", "d");
    build_node(b, "Not", "d", "e");
    if_node(b, "e");
}

static void if_constant(struct build *b) {
    Onnx__AttributeProto *value =
        build_attribute(b, build_node(b, "Constant", "", "c"), "value", ATTRIBUTE_TYPE(TENSOR));
    value->t = build_tensor(b, "", DTYPE_BOOL, "1");
    build_raw(b, value->t, "\1", 1);
    if_node(b, "c");
}

/* A branch with a constant and a branch of its own, which reads from both outer bodies. */
static void if_in_if(struct build *b) {
    condition(b, "c", true);
    Onnx__NodeProto *node = build_node(b, "If", "c", "y");
    Onnx__GraphProto *outer = build_graph(b, node, "then_branch", "", "t");
    Onnx__TensorProto *k = build_tensor(b, "k", DTYPE_FLOAT32, "");
    build_raw(b, k, "\0\0\0\0", 4);
    BUILD_APPEND(b, outer, initializer, k);
    add_to(b, outer, "Relu", "x", "r");
    Onnx__NodeProto *inner = add_to(b, outer, "If", "c", "t");
    add_to(b, build_graph(b, inner, "then_branch", "", "r2"), "Add", "r k", "r2");
    build_graph(b, inner, "else_branch", "", "x");
}

static const struct {
    change_model *change;
    const char *text;
} expanded[] = {
    {if_true, "y/t = Relu(x)\ny = Identity(y/t)\n"},
    {if_false, "y = Identity(x)\n"},
    {if_not, "const c: bool[] = {1}\nd = Identity(c)\ne = Not(d)\ny = Identity(x)\n"},
    {if_constant, "y/t = Relu(x)\ny = Identity(y/t)\n"},
    {if_in_if, "const y/k: float32[] = {0}\ny/r = Relu(x)\n"
               "y/t/r2 = Add(y/r, y/k)\ny/t = Identity(y/t/r2)\ny = Identity(y/t)\n"},
};

START_TEST(branches) {
    expect_imported(expanded[_i].change, 13, &computing, expanded[_i].text);
}
END_TEST

/* ---- Loop ---- */

/* v' = v + x, from x on; scanned: v' times the iteration's number. */
static Onnx__NodeProto *loop_node(struct build *b, const char *inputs, int64_t count) {
    build_raw(b, build_initializer(b, "m", DTYPE_INT64, ""), &count, sizeof count);
    condition(b, "c", true);
    Onnx__NodeProto *node = build_node(b, "Loop", inputs, "y z");
    Onnx__GraphProto *body = build_graph(b, node, "body", "i go v", "go w s");
    add_to(b, body, "Add", "v x", "w");
    build_int(b, add_to(b, body, "Cast", "i", "f"), "to", DTYPE_FLOAT32);
    add_to(b, body, "Mul", "w f", "s");
    return node;
}

START_TEST(iterations) {
    struct build build;
    struct loaded loaded;
    struct interp_tensor outputs[2];
    struct snv2_diagnostic diagnostic;
    static double ones[4 * 8 * 8];
    build_start(&build, _i ? 11 : 13);
    loop_node(&build, _i ? "m _ x" : "m c x", 3);
    BUILD_APPEND(&build, build.graph, output, build.graph->output[0]);
    build.graph->output[1] = build_value_info(&build, "z", DTYPE_FLOAT32, NULL);
    build_load(&build, NULL, &computing, &loaded);
    loaded_expect(&loaded, "loop", SNV2_OK, "");
    ck_assert_int_eq(infer_graph(loaded.graph, &diagnostic), SNV2_OK);
    for (int i = 0; i < 4 * 8 * 8; i++)
        ones[i] = 1;
    struct interp_tensor x = {DTYPE_FLOAT32, loaded.graph->inputs[0]->shape, ones};
    ck_assert_int_eq(
        interp_run(loaded.graph, PRECISION_FLOAT64, &x, outputs, NULL, NULL, &diagnostic), SNV2_OK);
    ck_assert_int_eq(outputs[1].shape.rank, 5);
    ck_assert_int_eq(outputs[1].shape.dims[0], 3);
    ck_assert_double_eq(((double *)outputs[0].data)[7], 4);
    for (int k = 0; k < 3; k++)
        ck_assert_double_eq(((double *)outputs[1].data)[k * 256 + 5], (k + 2) * k);
    free(outputs[0].data);
    free(outputs[1].data);
    loaded_free(&loaded);
}
END_TEST

/* ---- computed conditions ---- */

static void integers(struct build *b, const char *name, const char *dims, int64_t number) {
    build_raw(b, build_initializer(b, name, DTYPE_INT64, dims), &number, sizeof number);
}

/* c: the value has `size` in its dimension 1. */
static void ask_size(struct build *b, const char *value, int64_t size) {
    integers(b, "one", "", 1);
    integers(b, "size", "", size);
    build_node(b, "Shape", value, "shape");
    build_node(b, "Gather", "shape one", "dim");
    build_node(b, "Equal", "dim size", "c");
}

static void if_channels(struct build *b) {
    ask_size(b, "x", 4);
    if_node(b, "c");
}

static void if_other_channels(struct build *b) {
    ask_size(b, "x", 5);
    if_node(b, "c");
}

/* Behind a convolution whose weights are too many to be read for a condition. */
static void if_behind_convolution(struct build *b) {
    static float weights[400 * 4 * 3];
    build_raw(b, build_initializer(b, "w", DTYPE_FLOAT32, "400,4,1,3"), weights, sizeof weights);
    build_node(b, "Conv", "x w", "h");
    ask_size(b, "h", 400);
    if_node(b, "c");
}

/* The file's nodes stand in no order. */
static void if_before_condition(struct build *b) {
    if_node(b, "c");
    ask_size(b, "x", 4);
}

/* The second condition is computed in the branch that the first one takes. */
static void if_behind_if(struct build *b) {
    ask_size(b, "x", 4);
    Onnx__NodeProto *node = build_node(b, "If", "c", "d");
    add_to(b, build_graph(b, node, "then_branch", "", "e"), "Not", "c", "e");
    build_graph(b, node, "else_branch", "", "c");
    if_node(b, "d");
}

/* v' = v + 1 in integers, three times from 1; then v' == 4. */
static void if_counted(struct build *b) {
    integers(b, "m", "", 3);
    integers(b, "one", "", 1);
    integers(b, "four", "", 4);
    Onnx__NodeProto *loop = build_node(b, "Loop", "m _ one", "count");
    add_to(b, build_graph(b, loop, "body", "i go v", "go w"), "Add", "v one", "w");
    build_node(b, "Equal", "count four", "c");
    if_node(b, "c");
}

/* An If in each iteration, on what the iteration before computed. */
static void if_in_loop(struct build *b) {
    integers(b, "m", "", 2);
    integers(b, "one", "", 1);
    Onnx__NodeProto *loop = build_node(b, "Loop", "m _ x one", "y n");
    Onnx__GraphProto *body = build_graph(b, loop, "body", "i go v k", "go w k2");
    add_to(b, body, "Add", "k one", "k2");
    add_to(b, body, "Equal", "k one", "first");
    Onnx__NodeProto *node = add_to(b, body, "If", "first", "w");
    add_to(b, build_graph(b, node, "then_branch", "", "t"), "Relu", "v", "t");
    add_to(b, build_graph(b, node, "else_branch", "", "t"), "Sigmoid", "v", "t");
}

/* As many iterations as x has channels: one more than that are not made. */
static void loop_of_channels(struct build *b) {
    ask_size(b, "x", 4);
    Onnx__NodeProto *loop = build_node(b, "Loop", "dim c x", "y");
    add_to(b, build_graph(b, loop, "body", "i go v", "go w"), "Relu", "v", "w");
}

static void loop_not_entered(struct build *b) {
    ask_size(b, "x", 5);
    Onnx__NodeProto *loop = build_node(b, "Loop", "_ c x", "y");
    add_to(b, build_graph(b, loop, "body", "i go v", "go w"), "Relu", "v", "w");
}

static const struct {
    change_model *change;
    const char *operators; /* those of real numbers, in order */
} computed[] = {
    {if_channels, "Relu Identity "},
    {if_other_channels, "Identity "},
    {if_behind_convolution, "Conv Relu Identity "},
    {if_before_condition, "Relu Identity "},
    {if_behind_if, "Identity "},
    {if_counted, "Relu Identity "},
    {if_in_loop, "Relu Identity Sigmoid Identity Identity "},
    {loop_of_channels, "Relu Relu Relu Relu Identity "},
    {loop_not_entered, "Identity "},
};

START_TEST(conditions) {
    struct build build;
    struct loaded loaded;
    struct snv2_diagnostic diagnostic;
    char operators[256] = "";
    build_start(&build, 13);
    computed[_i].change(&build);
    build_load(&build, NULL, &computing, &loaded);
    loaded_expect(&loaded, computed[_i].operators, SNV2_OK, "");
    ck_assert_int_eq(infer_graph(loaded.graph, &diagnostic), SNV2_OK);
    for (const struct node *node = loaded.graph->first; node; node = node->next)
        if (node->outputs[0]->dtype == DTYPE_FLOAT32)
            strcat(strcat(operators, op_infos[node->op].name), " ");
    ck_assert_str_eq(operators, computed[_i].operators);
    loaded_free(&loaded);
}
END_TEST

/* ---- refused ---- */

static void if_open(struct build *b) {
    build_input(b, "p", DTYPE_FLOAT32, "1,?,8,?");
    ask_size(b, "p", 4);
    if_node(b, "c");
}

/* Numbers, not shapes. */
static void if_numbers(struct build *b) {
    build_initializer(b, "zero", DTYPE_FLOAT32, "")->float_data = build_alloc(b, 1, 4);
    b->graph->initializer[0]->n_float_data = 1;
    build_node(b, "ReduceMax", "x", "m");
    build_node(b, "Squeeze", "m", "s");
    build_node(b, "Greater", "s zero", "c");
    build_node(b, "Relu", "x", "r");
    Onnx__NodeProto *node = build_node(b, "If", "c", "y");
    add_to(b, build_graph(b, node, "then_branch", "", "t"), "Relu", "r", "t");
    build_graph(b, node, "else_branch", "", "x");
}

static void if_behind_unknown(struct build *b) {
    build_node(b, "NonZero", "x", "n");
    ask_size(b, "n", 4);
    if_node(b, "c");
}

static void if_out_of_range(struct build *b) {
    integers(b, "five", "", 5);
    build_node(b, "Shape", "x", "shape");
    build_node(b, "Gather", "shape five", "c");
    if_node(b, "c");
}

static void if_two_numbers(struct build *b) {
    build_raw(b, build_initializer(b, "c", DTYPE_BOOL, "2"), "\1\1", 2);
    if_node(b, "c");
}

static void if_input(struct build *b) {
    build_input(b, "c", DTYPE_BOOL, "1");
    if_node(b, "c");
}

static void if_without_branch(struct build *b) {
    condition(b, "c", false);
    if_node(b, "c")->n_attribute = 1;
}

static void if_of_nothing(struct build *b) {
    condition(b, "c", true);
    build_graph(b, build_node(b, "If", "c", "y"), "then_branch", "", "nowhere");
}

static void loop_of_257(struct build *b) {
    loop_node(b, "m c x", 257);
}

static void loop_of_none(struct build *b) {
    loop_node(b, "m c x", 0);
}

static void loop_without_count(struct build *b) {
    loop_node(b, "_ c x", 2);
}

static void loop_that_asks(struct build *b) {
    Onnx__NodeProto *node = loop_node(b, "m c x", 2);
    Onnx__GraphProto *body = node->attribute[0]->g;
    add_to(b, body, "Not", "go", "stop");
    body->output[0]->name = build_text(b, "stop");
}

/* 256^`depth` iterations. */
static void nest_loops(struct build *b, int depth) {
    Onnx__NodeProto *node = loop_node(b, "m c x", 256);
    for (int i = 1; i < depth; i++) {
        node = add_to(b, node->attribute[0]->g, "Loop", "m c x", "a b");
        add_to(b, build_graph(b, node, "body", "i go v", "go w s"), "Add", "v x", "w");
        add_to(b, node->attribute[0]->g, "Relu", "v", "s");
    }
}

static void loops_in_loops(struct build *b) {
    nest_loops(b, 9);
}

static void loop_in_loop(struct build *b) {
    nest_loops(b, 2);
}

static const struct refused_model bad[] = {
    {if_input, 13, SNV2_UNSUPPORTED, "unsupported operators: If ('y')"},
    {if_without_branch, 13, SNV2_BAD_MODEL, "the branch that is taken is missing"},
    {if_of_nothing, 13, SNV2_BAD_MODEL, "'nowhere', is no graph input"},
    {loop_of_257, 13, SNV2_UNSUPPORTED, "unsupported operators: Loop"},
    {loop_of_none, 13, SNV2_UNSUPPORTED, "unsupported operators: Loop"},
    {loop_without_count, 13, SNV2_UNSUPPORTED, "unsupported operators: Loop"},
    {loop_that_asks, 13, SNV2_UNSUPPORTED, "unsupported operators: Loop"},
    {loops_in_loops, 13, SNV2_UNSUPPORTED, "stand in one another"},
    {loop_in_loop, 13, SNV2_UNSUPPORTED, "there are more than 16384 branches and iterations"},
    {if_open, 13, SNV2_USAGE, "input 'p' has shape [1,?,8,?]: add --input-shape p:1,C,8,W"},
    {if_numbers, 13, SNV2_UNSUPPORTED,
     "unsupported operators: If ('y'); --cut c --cut r converts what comes before them"},
    {if_behind_unknown, 13, SNV2_UNSUPPORTED, "unsupported operators: NonZero ('n'), If ('y')"},
    {if_out_of_range, 13, SNV2_BAD_MODEL, "(Gather)"},
    {if_two_numbers, 13, SNV2_UNSUPPORTED, "unsupported operators: If ('y')"},
};

START_TEST(refused) {
    expect_refused(&bad[_i], &computing);
}
END_TEST

/* Without somebody to compute it, only a constant is known. */
START_TEST(computes_nothing) {
    static const struct refused_model model = {if_channels, 13, SNV2_UNSUPPORTED,
                                               "unsupported operators: If ('y')"};
    expect_refused(&model, NULL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("control flow");
    TCase *tests = tcase_create("control flow");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, branches, 0, (int)(sizeof expanded / sizeof *expanded));
    tcase_add_loop_test(tests, iterations, 0, 2);
    tcase_add_loop_test(tests, conditions, 0, (int)(sizeof computed / sizeof *computed));
    tcase_add_test(tests, computes_nothing);
    tcase_add_loop_test(tests, refused, 0, (int)(sizeof bad / sizeof *bad));
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
