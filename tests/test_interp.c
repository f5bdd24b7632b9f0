/* The interpreter around its operators: runs, the observer, conversions, folding, and the walk that
 * infers shapes. */
#include "interp/interp.h"
#include "tests/interp_case.h"
#include "tests/tap.h"

#include <stdint.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#define HAVE_MALLINFO2 __GLIBC_PREREQ(2, 33)
#endif

/* Bytes that are allocated; 0 where the C library does not tell. */
static size_t heap_in_use(void) {
#if HAVE_MALLINFO2
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

/* An allocation that is too large is NULL under the address sanitizer too, which asks for this. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "allocator_may_return_null=1";
}

/* ---- runs ---- */

struct log {
    char names[200];
    const char *stop_at; /* or NULL */
    size_t most_heap;
};

static enum snv2_status note_value(void *user, const struct value *value,
                                   const struct interp_tensor *tensor) {
    struct log *log = user;
    ck_assert_ptr_nonnull(tensor->data);
    ck_assert(shape_equal(&tensor->shape, &value->shape));
    ck_assert_int_eq(tensor->dtype, value->dtype);
    size_t length = strlen(log->names);
    snprintf(log->names + length, sizeof log->names - length, "%s ", value->name);
    log->most_heap = heap_in_use() > log->most_heap ? heap_in_use() : log->most_heap;
    return log->stop_at && !strcmp(log->stop_at, value->name) ? SNV2_CHECK_FAILED : SNV2_OK;
}

static const char *const chain_text = "input x: float32[2]\n"
                                      "const c: float32[2] = {1, 2}\n"
                                      "const unread: float32[1] = {0}\n"
                                      "a = Add(x, c)\n"
                                      "b = Relu(a)\n"
                                      "dead = Relu(a)\n"
                                      "y = Mul(b, c)\n"
                                      "output y\noutput x\noutput c\noutput y\noutput b\n";

START_TEST(test_observer_sees_each_value_once) {
    struct arena arena;
    struct graph *graph = read_graph(chain_text, &arena);
    float numbers[] = {-3, 4};
    struct interp_tensor input = {DTYPE_FLOAT32, graph->inputs[0]->shape, numbers}, outputs[5];
    struct log log = {.stop_at = NULL};
    ck_assert_int_eq(interp_run(graph, PRECISION_FLOAT32, &input, outputs, note_value, &log, NULL),
                     SNV2_OK);
    ck_assert_str_eq(log.names, "x c a b dead y ");
    /* An output that is an input, a constant, repeated, or read inside is the caller's own copy. */
    const float expected[5][2] = {{0, 12}, {-3, 4}, {1, 2}, {0, 12}, {0, 6}};
    for (int i = 0; i < 5; i++) {
        ck_assert_mem_eq(outputs[i].data, expected[i], sizeof expected[i]);
        ck_assert_ptr_ne(outputs[i].data, numbers);
        free(outputs[i].data);
    }
    arena_free(&arena);
}
END_TEST

START_TEST(test_observer_stops_the_run) {
    struct arena arena;
    struct graph *graph = read_graph(chain_text, &arena);
    float numbers[] = {-3, 4};
    struct interp_tensor input = {DTYPE_FLOAT32, graph->inputs[0]->shape, numbers}, outputs[5];
    static const char *const stops[] = {"x", "c", "a", "y"};
    for (int s = 0; s < 4; s++) {
        struct log log = {.stop_at = stops[s]};
        ck_assert_int_eq(
            interp_run(graph, PRECISION_FLOAT32, &input, outputs, note_value, &log, NULL),
            SNV2_CHECK_FAILED);
        for (int i = 0; i < 5; i++)
            ck_assert_ptr_null(outputs[i].data);
    }
    arena_free(&arena);
}
END_TEST

/* 30 values of a quarter of a megabyte; two are alive at a time. */
START_TEST(test_intermediates_are_freed) {
    char text[1000] = "const v0: float32[65536] = random(1)\n";
    for (int i = 0; i < 30; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "v%d = Relu(v%d)\n", i + 1, i);
    strcat(text, "output v30\n");
    struct arena arena;
    struct graph *graph = read_graph(text, &arena);
    struct interp_tensor output;
    struct log log = {.stop_at = NULL};
    size_t before = heap_in_use();
    ck_assert_int_eq(interp_run(graph, PRECISION_FLOAT32, NULL, &output, note_value, &log, NULL),
                     SNV2_OK);
    ck_assert_uint_lt(log.most_heap, before + (1 << 20));
    free(output.data);
    arena_free(&arena);
}
END_TEST

START_TEST(test_precisions_differ) {
    const char *text = "input x: float32[1]\nconst y: float32[1] = {1}\nz = Add(x, y)\noutput z";
    const double number = 1e-10;
    for (int p = PRECISION_FLOAT32; p <= PRECISION_FLOAT64; p++) {
        struct arena arena;
        struct interp_tensor output;
        struct graph *graph = read_graph(text, &arena);
        ck_assert_int_eq(run_graph_on(graph, p, &number, &output, NULL), SNV2_OK);
        ck_assert(get_number(&output, p, 0) == (p == PRECISION_FLOAT32 ? 1 : 1 + 1e-10));
        free(output.data);
        arena_free(&arena);
    }
}
END_TEST

/* Only a Cast that loses something rounds: 1e-10 beside 1 survives in float64 or not. */
START_TEST(test_cast_rounds_where_the_type_is_narrower) {
    static const struct {
        const char *from;
        int to;
        bool rounds;
    } cases[] = {
        {"float32", 1, false},  {"float16", 1, false}, {"bfloat16", 1, false},
        {"float32", 11, false}, {"float64", 1, true},  {"float32", 10, true},
        {"float16", 16, true},
    };
    const double number = 1 + 1e-10;
    for (size_t t = 0; t < sizeof cases / sizeof *cases; t++) {
        char text[100];
        struct arena arena;
        struct interp_tensor output;
        snprintf(text, sizeof text, "input x: %s[1]\ny = Cast(x) {to=%d}\noutput y", cases[t].from,
                 cases[t].to);
        struct graph *graph = read_graph(text, &arena);
        ck_assert_int_eq(run_graph_on(graph, PRECISION_FLOAT64, &number, &output, NULL), SNV2_OK);
        ck_assert_msg(get_number(&output, PRECISION_FLOAT64, 0) == (cases[t].rounds ? 1 : number),
                      "%s", text);
        free(output.data);
        arena_free(&arena);
    }
}
END_TEST

START_TEST(test_out_of_memory_is_a_status) {
    check_failure("const s: int64[1] = {576460752303423488}\ny = ConstantOfShape(s)\noutput y",
                  NULL, SNV2_NO_MEMORY, "memory");
}
END_TEST

/* ---- conversions ---- */

START_TEST(test_integers_survive_load_and_store) {
    static const struct {
        enum dtype dtype;
        int64_t least, greatest;
    } types[] = {
        {DTYPE_INT8, INT8_MIN, INT8_MAX},
        {DTYPE_UINT8, 0, UINT8_MAX},
        {DTYPE_INT16, INT16_MIN, INT16_MAX},
        {DTYPE_UINT16, 0, UINT16_MAX},
        {DTYPE_INT32, INT32_MIN, INT32_MAX},
        {DTYPE_UINT32, 0, UINT32_MAX},
        {DTYPE_INT64, INT64_MIN, INT64_MAX},
        {DTYPE_UINT64, 0, -1},
        {DTYPE_BOOL, 0, 1},
    };
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        struct arena arena;
        arena_init(&arena, UINT64_MAX);
        int64_t numbers[2] = {types[t].least, types[t].greatest};
        struct interp_tensor tensor = {types[t].dtype, {.rank = 1, .dims = {2}}, numbers}, again;
        struct tensor stored = {types[t].dtype, tensor.shape,
                                interp_store(&tensor, PRECISION_FLOAT32, &arena)};
        ck_assert_ptr_nonnull(stored.data);
        ck_assert_int_eq(interp_load(&stored, PRECISION_FLOAT64, &again, NULL), SNV2_OK);
        ck_assert_mem_eq(again.data, numbers, sizeof numbers);
        free(again.data);
        arena_free(&arena);
    }
}
END_TEST

/* A double that rounds to another half or bfloat16 when it is first rounded to a float. */
START_TEST(test_reals_are_rounded_once) {
    static const struct {
        enum dtype dtype;
        double number, stored;
    } cases[] = {
        {DTYPE_FLOAT16, 1 + 0x1p-11 + 0x1p-40, 1 + 0x1p-10},
        {DTYPE_FLOAT16, 1 + 0x1p-11 - 0x1p-40, 1},
        {DTYPE_FLOAT16, -1 - 0x1p-11 - 0x1p-40, -1 - 0x1p-10},
        {DTYPE_FLOAT16, 1e300, INFINITY},
        {DTYPE_FLOAT16, 0x1p-25 + 0x1p-60, 0x1p-24},
        {DTYPE_BFLOAT16, 1 + 0x1p-8 + 0x1p-40, 1 + 0x1p-7},
        {DTYPE_BFLOAT16, 1 + 0x1p-8, 1},
        {DTYPE_FLOAT32, 1 + 0x1p-24 + 0x1p-40, 1 + 0x1p-23},
        {DTYPE_FLOAT64, 1 + 0x1p-40, 1 + 0x1p-40},
        {DTYPE_FLOAT64, -0.0, -0.0},
        {DTYPE_FLOAT16, NAN, NAN},
    };
    for (size_t t = 0; t < sizeof cases / sizeof *cases; t++) {
        struct arena arena;
        arena_init(&arena, UINT64_MAX);
        double number = cases[t].number;
        struct interp_tensor tensor = {cases[t].dtype, {.rank = 0}, &number}, again;
        struct tensor stored = {cases[t].dtype, tensor.shape,
                                interp_store(&tensor, PRECISION_FLOAT64, &arena)};
        ck_assert_ptr_nonnull(stored.data);
        ck_assert_int_eq(interp_load(&stored, PRECISION_FLOAT64, &again, NULL), SNV2_OK);
        double result = *(double *)again.data;
        ck_assert_msg(same_number(result, cases[t].stored), "case %d is %a", (int)t, result);
        free(again.data);
        arena_free(&arena);
    }
}
END_TEST

START_TEST(test_nan_is_stored_as_one_pattern) {
    struct arena arena;
    arena_init(&arena, UINT64_MAX);
    const uint32_t patterns[2] = {0xffc12345, 0x7fc00000};
    struct interp_tensor tensor = {DTYPE_FLOAT32, {.rank = 1, .dims = {2}}, (void *)patterns};
    const uint32_t *stored = interp_store(&tensor, PRECISION_FLOAT32, &arena);
    ck_assert_uint_eq(stored[0], 0x7fc00000);
    ck_assert_uint_eq(stored[1], 0x7fc00000);
    arena_free(&arena);
}
END_TEST

/* ---- folding ---- */

START_TEST(test_fold_stores_the_results) {
    struct arena arena;
    struct graph *graph = read_graph("const x: float32[4] = {1, 2, 3, 4}\n"
                                     "a, b = Split(x) {num_outputs=2}\noutput a\noutput b",
                                     &arena);
    bool done;
    ck_assert(interp_can_fold(graph->first));
    ck_assert_int_eq(interp_fold_node(graph, graph->first, 15, &done, NULL), SNV2_OK);
    ck_assert(!done);
    ck_assert(!value_is_constant(graph->outputs[0]));
    ck_assert_int_eq(interp_fold_node(graph, graph->first, 16, &done, NULL), SNV2_OK);
    ck_assert(done);
    const float expected[] = {1, 2, 3, 4};
    ck_assert_mem_eq(graph->outputs[0]->data, expected, 8);
    ck_assert_mem_eq(graph->outputs[1]->data, expected + 2, 8);
    arena_free(&arena);
}
END_TEST

START_TEST(test_fold_precision_follows_the_types) {
    struct arena arena;
    struct graph *graph = read_graph("const a: float64[1] = {1}\nconst b: float64[1] = {1e-10}\n"
                                     "const c: float32[1] = {1}\nconst d: float32[1] = {1e-10}\n"
                                     "y = Add(a, b)\nz = Add(c, d)\noutput y\noutput z",
                                     &arena);
    bool done;
    ck_assert_int_eq(interp_fold_node(graph, graph->first, 100, &done, NULL), SNV2_OK);
    ck_assert_int_eq(interp_fold_node(graph, graph->last, 100, &done, NULL), SNV2_OK);
    ck_assert(*(const double *)graph->outputs[0]->data == 1 + 1e-10);
    ck_assert(*(const float *)graph->outputs[1]->data == 1);
    arena_free(&arena);
}
END_TEST

START_TEST(test_fold_reports_what_has_no_result) {
    struct arena arena;
    struct snv2_diagnostic diagnostic;
    bool done;
    struct graph *graph = read_graph("const a: int64[1] = {1}\nconst b: int64[1] = {0}\n"
                                     "y = Div(a, b)  # quotient\noutput y",
                                     &arena);
    ck_assert_int_eq(interp_fold_node(graph, graph->first, 100, &done, &diagnostic),
                     SNV2_BAD_MODEL);
    ck_assert(!done);
    ck_assert_str_eq(diagnostic.op, "Div");
    ck_assert_ptr_null(graph->outputs[0]->data);
    arena_free(&arena);
}
END_TEST

START_TEST(test_only_shape_folds_without_contents) {
    struct arena arena;
    struct graph *graph =
        read_graph("input x: float32[2,3]\ns = Shape(x)\ny = Relu(x)\noutput s\noutput y", &arena);
    bool done;
    ck_assert(interp_can_fold(graph->first));
    ck_assert(!interp_can_fold(graph->last));
    ck_assert_int_eq(interp_fold_node(graph, graph->first, 100, &done, NULL), SNV2_OK);
    const int64_t expected[] = {2, 3};
    ck_assert_mem_eq(graph->outputs[0]->data, expected, sizeof expected);
    arena_free(&arena);
}
END_TEST

START_TEST(test_constant_of_shape_value) {
    struct arena arena;
    struct graph *graph = read_graph("const s: int64[1] = {2}\n", &arena);
    const int32_t seven = 7;
    struct tensor value = {DTYPE_INT32, {.rank = 1, .dims = {1}}, &seven};
    struct node *node = graph_insert_node(graph, NULL, OP_ConstantOfShape, "fill", 1, 1);
    node->inputs[0] = graph_find_value(graph, "s");
    node->attributes.ConstantOfShape.value = &value;
    struct shape unknown = {.rank = SHAPE_UNKNOWN};
    node_set_output(node, 0, graph_add_value(graph, "y", DTYPE_NONE, &unknown));
    ck_assert_int_eq(infer_graph(graph, NULL), SNV2_OK);
    const int32_t expected[] = {7, 7};
    ck_assert_mem_eq(node->outputs[0]->data, expected, sizeof expected);
    arena_free(&arena);
}
END_TEST

/* ---- shape computations ---- */

/* Appends `output = op(inputs...)` with nothing inferred yet; inputs are names, separated by
 * spaces. */
static struct node *append(struct graph *graph, enum op op, const char *output,
                           const char *inputs) {
    char names[5][16];
    int count = sscanf(inputs, "%15s %15s %15s %15s %15s", names[0], names[1], names[2], names[3],
                       names[4]);
    struct node *node = graph_insert_node(graph, NULL, op, output, count, 1);
    ck_assert_ptr_nonnull(node);
    for (int i = 0; i < count; i++) {
        node->inputs[i] = graph_find_value(graph, names[i]);
        ck_assert_ptr_nonnull(node->inputs[i]);
    }
    struct shape unknown = {.rank = SHAPE_UNKNOWN};
    node_set_output(node, 0, graph_add_value(graph, output, DTYPE_NONE, &unknown));
    return node;
}

static void check_shape(const struct graph *graph, const char *name, const char *expected) {
    char text[SHAPE_TEXT];
    ck_assert_str_eq(shape_format(&graph_find_value(graph, name)->shape, text), expected);
}

static const char *const chain_constants = "input x: float32[1,10,4,6]\n"
                                           "const zero: int64[1] = {0}\n"
                                           "const one: int64[1] = {1}\n"
                                           "const two: int64[1] = {2}\n"
                                           "const four: int64[1] = {4}\n"
                                           "const rest: int64[1] = {-1}\n"
                                           "const half: float32[1] = {0.5}\n";

/* Half of the channels, as exporters spell it: (C + 1) / 2 * 1. */
START_TEST(test_shape_gather_add_div_mul_slice) {
    struct arena arena;
    struct graph *graph = read_graph(chain_constants, &arena);
    append(graph, OP_Shape, "s", "x");
    append(graph, OP_Gather, "c", "s one");
    append(graph, OP_Add, "c1", "c one");
    append(graph, OP_Div, "h", "c1 two");
    append(graph, OP_Mul, "end", "h one");
    append(graph, OP_Slice, "left", "x zero end one");
    append(graph, OP_Relu, "y", "left");
    ck_assert_int_eq(infer_graph(graph, NULL), SNV2_OK);
    check_shape(graph, "y", "[1,5,4,6]");
    ck_assert_int_eq(*(const int64_t *)graph_find_value(graph, "end")->data, 5);
    arena_free(&arena);
}
END_TEST

START_TEST(test_shape_slice_concat_reshape) {
    struct arena arena;
    struct graph *graph = read_graph(chain_constants, &arena);
    append(graph, OP_Shape, "s", "x");
    append(graph, OP_Slice, "hw", "s two four");
    append(graph, OP_Slice, "n", "s zero one");
    append(graph, OP_Concat, "to", "n two rest hw")->attributes.Concat.axis = 0;
    append(graph, OP_Reshape, "y", "x to");
    ck_assert_int_eq(infer_graph(graph, NULL), SNV2_OK);
    check_shape(graph, "y", "[1,2,5,4,6]");
    arena_free(&arena);
}
END_TEST

/* Through float and back, as dimensions are scaled. */
START_TEST(test_shape_through_float) {
    struct arena arena;
    struct graph *graph = read_graph(chain_constants, &arena);
    append(graph, OP_Shape, "s", "x");
    append(graph, OP_Gather, "c", "s one");
    append(graph, OP_Cast, "f", "c")->attributes.Cast.to = DTYPE_FLOAT32;
    append(graph, OP_Mul, "g", "f half");
    append(graph, OP_Cast, "end", "g")->attributes.Cast.to = DTYPE_INT64;
    append(graph, OP_Slice, "y", "x zero end one");
    ck_assert_int_eq(infer_graph(graph, NULL), SNV2_OK);
    check_shape(graph, "y", "[1,5,4,6]");
    arena_free(&arena);
}
END_TEST

/* Real constants, and values over the limit, are not computed on the way. */
START_TEST(test_inference_folds_shapes_only) {
    struct arena arena;
    struct graph *graph =
        read_graph("const a: float32[9] = random(1)\nconst e: float32[8] = random(1)\n", &arena);
    static const int64_t zeros[4097];
    struct shape small = {.rank = 1, .dims = {4096}}, large = {.rank = 1, .dims = {4097}};
    ck_assert_ptr_nonnull(graph_add_constant(graph, "small", DTYPE_INT64, &small, zeros));
    ck_assert_ptr_nonnull(graph_add_constant(graph, "large", DTYPE_INT64, &large, zeros));
    append(graph, OP_Mul, "b", "a a");
    append(graph, OP_Add, "c", "small small");
    append(graph, OP_Add, "d", "large large");
    append(graph, OP_Mul, "f", "e e");
    ck_assert_int_eq(infer_graph(graph, NULL), SNV2_OK);
    ck_assert_ptr_null(graph_find_value(graph, "b")->data);
    ck_assert_ptr_nonnull(graph_find_value(graph, "c")->data);
    ck_assert_ptr_null(graph_find_value(graph, "d")->data);
    ck_assert_ptr_nonnull(graph_find_value(graph, "f")->data); /* may be scales */
    arena_free(&arena);
}
END_TEST

START_TEST(test_inference_reports_the_node) {
    struct arena arena;
    struct snv2_diagnostic diagnostic;
    struct graph *graph = read_graph(chain_constants, &arena);
    append(graph, OP_Shape, "s", "x");
    append(graph, OP_Div, "bad", "s zero");
    ck_assert_int_eq(infer_graph(graph, &diagnostic), SNV2_BAD_MODEL);
    ck_assert_str_eq(diagnostic.node, "bad");
    arena_free(&arena);
}
END_TEST

/* A run takes what is known as it is, and does not compute it again. */
START_TEST(test_known_values_are_not_computed) {
    struct arena arena;
    struct log log = {.stop_at = NULL};
    struct graph *graph = read_graph("const a: float32[1] = {1}\nb = Add(a, a)\nc = Add(b, b)\n"
                                     "output c",
                                     &arena);
    const float five = 5;
    struct interp_tensor output;
    graph_find_value(graph, "b")->data = &five;
    ck_assert_int_eq(interp_run(graph, PRECISION_FLOAT64, NULL, &output, note_value, &log, NULL),
                     SNV2_OK);
    ck_assert(*(double *)output.data == 10);
    ck_assert_str_eq(log.names, "b c ");
    free(output.data);
    arena_free(&arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("interpreter");
    TCase *tcase = tcase_create("interpreter");
    tcase_add_test(tcase, test_observer_sees_each_value_once);
    tcase_add_test(tcase, test_observer_stops_the_run);
    tcase_add_test(tcase, test_intermediates_are_freed);
    tcase_add_test(tcase, test_precisions_differ);
    tcase_add_test(tcase, test_cast_rounds_where_the_type_is_narrower);
    tcase_add_test(tcase, test_out_of_memory_is_a_status);
    tcase_add_test(tcase, test_integers_survive_load_and_store);
    tcase_add_test(tcase, test_reals_are_rounded_once);
    tcase_add_test(tcase, test_nan_is_stored_as_one_pattern);
    tcase_add_test(tcase, test_fold_stores_the_results);
    tcase_add_test(tcase, test_fold_precision_follows_the_types);
    tcase_add_test(tcase, test_fold_reports_what_has_no_result);
    tcase_add_test(tcase, test_only_shape_folds_without_contents);
    tcase_add_test(tcase, test_constant_of_shape_value);
    tcase_add_test(tcase, test_shape_gather_add_div_mul_slice);
    tcase_add_test(tcase, test_shape_slice_concat_reshape);
    tcase_add_test(tcase, test_shape_through_float);
    tcase_add_test(tcase, test_inference_folds_shapes_only);
    tcase_add_test(tcase, test_inference_reports_the_node);
    tcase_add_test(tcase, test_known_values_are_not_computed);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
