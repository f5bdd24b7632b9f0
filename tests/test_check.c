/* The check of a conversion, by planting errors: passes that make the network wrong stand in the
 * list of passes, and the conversion must fail, write nothing, and name the pass and the node. */
#include "tests/tap.h"

#include "convert/convert.h"
#include "convert/random_weights.h"
#include "emit/emit.h"
#include "interp/interp.h"
#include "ir/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PASSES = 40, PATH_BYTES = 4096 };

static struct arena arena;
static char model[PATH_BYTES], folder[] = "check.XXXXXX";

/* ---- planted passes ---- */

static char planted_node[128]; /* where the last planted error is */
static int planted_runs;

static struct node *find_conv(struct graph *graph, bool activated) {
    for (struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_Conv && node->inputs[1]->shape.dims[0] > 8 &&
            (!activated || node->attributes.Conv.activation != ACTIVATION_NONE))
            return node;
    ck_abort_msg("the network has no such convolution");
}

static void note_planted(const struct node *node, int *changes) {
    snprintf(planted_node, sizeof planted_node, "%s", node->name);
    *changes = 1;
}

/* Exchanges the weights of the output channels 2 and 5. */
static enum snv2_status plant_swap(struct graph *graph, struct arena *scratch, int *changes,
                                   struct snv2_diagnostic *diagnostic) {
    struct node *node = find_conv(graph, false);
    struct value *weights = node->inputs[1];
    size_t row = (size_t)shape_product(&weights->shape, 1, weights->shape.rank);
    size_t count = (size_t)shape_elements(&weights->shape);
    float *data = arena_alloc(graph->arena, count, sizeof *data);
    const float *old = weights->data;
    (void)scratch;
    if (!data)
        return diagnose_no_memory(diagnostic);
    memcpy(data, old, count * sizeof *data);
    memcpy(data + 2 * row, old + 5 * row, row * sizeof *data);
    memcpy(data + 5 * row, old + 2 * row, row * sizeof *data);
    weights->data = data;
    note_planted(node, changes);
    return SNV2_OK;
}

/* Drops the activation that a convolution applies. */
static enum snv2_status plant_dropped_activation(struct graph *graph, struct arena *scratch,
                                                 int *changes, struct snv2_diagnostic *diagnostic) {
    struct node *node = find_conv(graph, true);
    (void)scratch, (void)diagnostic;
    node->attributes.Conv.activation = ACTIVATION_NONE;
    note_planted(node, changes);
    return SNV2_OK;
}

/* The swap, but not in the first graph that it sees. */
static enum snv2_status plant_later_swap(struct graph *graph, struct arena *scratch, int *changes,
                                         struct snv2_diagnostic *diagnostic) {
    return planted_runs++ ? plant_swap(graph, scratch, changes, diagnostic) : SNV2_OK;
}

static const struct pass swap_pass = {'X', "planted-swap", "", plant_swap};
static const struct pass drop_pass = {'Y', "planted-drop", "", plant_dropped_activation};
static const struct pass later_pass = {'Z', "planted-later", "", plant_later_swap};

/* ---- a conversion into the folder of the test ---- */

static struct pass passes[MAX_PASSES];

/* Options for all passes and, behind the one named, a planted one (or NULL). */
static struct convert_options options_with(const struct pass *planted, const char *behind) {
    int count = 0;
    ck_assert_int_lt(pass_count, MAX_PASSES);
    for (int i = 0; i < pass_count; i++) {
        passes[count++] = pass_list[i];
        if (planted && pass_find(behind) == i)
            passes[count++] = *planted;
    }
    ck_assert_int_eq(count, pass_count + (planted != NULL));
    return (struct convert_options){.model = model,
                                    .output = "out",
                                    .passes = passes,
                                    .pass_count = count,
                                    .verify = true,
                                    .seed = 1};
}

static enum snv2_status run(const struct convert_options *options, struct convert_report *report,
                            struct snv2_diagnostic *diagnostic) {
    *diagnostic = (struct snv2_diagnostic){.offset = -1};
    return convert_model(options, &arena, report, diagnostic);
}

static void require_no_output(void) {
    struct stat status;
    ck_assert_msg(stat("out", &status) != 0, "something was written");
}

static void set_up(void) {
    const char *source = getenv("SNV2_SRCDIR");
    char resolved[PATH_BYTES];
    ck_assert_ptr_nonnull(realpath(source ? source : ".", resolved));
    ck_assert_int_lt(snprintf(model, sizeof model, "%s/models/digits.onnx", resolved), PATH_BYTES);
    arena_init(&arena, UINT64_MAX);
    planted_runs = 0;
    strcpy(folder, "check.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static void tear_down(void) {
    static const char *const files[] = {"out", "input_0.pb", "input_1.pb", "output_0.pb"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(files[i]);
    ck_assert_int_eq(chdir(".."), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    arena_free(&arena);
}

/* ---- planted errors ---- */

START_TEST(test_sound) {
    struct convert_options options = options_with(NULL, NULL);
    struct convert_report report;
    struct snv2_diagnostic diagnostic;
    struct stat output;
    options.check_passes = options.random_weights = true;
    ck_assert_msg(run(&options, &report, &diagnostic) == SNV2_OK, "%s", diagnostic.message);
    ck_assert(report.seeded.passed && report.seeded.outputs[0].sensitive && report.written);
    ck_assert(report.random.passed && report.random.outputs[0].sensitive);
    ck_assert_ptr_null(report.data.outputs);
    ck_assert_int_eq(stat("out", &output), 0);
    ck_assert_uint_eq((uint64_t)output.st_size, report.blob_bytes);
}
END_TEST

static const struct {
    const struct pass *planted;
    const char *behind;
    bool named; /* by --check-passes: values still have their names there */
} plants[] = {
    {&swap_pass, "fold_constants", true}, {&swap_pass, "fold_batch_normalization", true},
    {&swap_pass, "unit_marks", false},    {&drop_pass, "fuse_activation", true},
    {&drop_pass, "unit_marks", false},
};

START_TEST(test_planted) {
    struct convert_options options = options_with(plants[_i].planted, plants[_i].behind);
    struct convert_report report;
    struct snv2_diagnostic diagnostic;
    ck_assert_int_eq(run(&options, &report, &diagnostic), SNV2_CHECK_FAILED);
    ck_assert(!report.seeded.passed && !report.seeded.outputs[0].passed && !report.written);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "seeded inputs"));
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "'logits'"));
    ck_assert_str_eq(diagnostic.file, model);
    require_no_output();
}
END_TEST

START_TEST(test_planted_named) {
    struct convert_options options = options_with(plants[_i].planted, plants[_i].behind);
    struct convert_report report;
    struct snv2_diagnostic diagnostic;
    options.check_passes = true;
    options.verify = false;
    ck_assert_int_eq(run(&options, &report, &diagnostic), SNV2_CHECK_FAILED);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, plants[_i].planted->name));
    if (plants[_i].named) {
        ck_assert_str_eq(diagnostic.node, planted_node);
        ck_assert_str_eq(diagnostic.op, "Conv");
    }
    require_no_output();
}
END_TEST

START_TEST(test_random_weights_are_checked) {
    struct convert_options options = options_with(&later_pass, "fold_batch_normalization");
    struct convert_report report;
    struct snv2_diagnostic diagnostic;
    options.random_weights = true;
    ck_assert_int_eq(run(&options, &report, &diagnostic), SNV2_CHECK_FAILED);
    ck_assert(report.seeded.passed && !report.random.passed);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "random weights"));
    require_no_output();
}
END_TEST

/* Without any check the planted error goes through: it is the check that finds it. */
START_TEST(test_unchecked) {
    struct convert_options options = options_with(&swap_pass, "fold_batch_normalization");
    struct convert_report report;
    struct snv2_diagnostic diagnostic;
    options.verify = false;
    ck_assert_int_eq(run(&options, &report, &diagnostic), SNV2_OK);
    ck_assert(report.written && !report.seeded.outputs);
}
END_TEST

/* ---- stored data ---- */

enum { PIXELS = 32 * 32, CLASSES = 10 };

/* Writes a data set of the digits network, with one stored output wrong by `error` times the
 * largest. */
static void write_data(float error) {
    char path[PATH_BYTES + 64];
    struct tensor tensor;
    const char *name;
    float logits[CLASSES], largest = 0;
    ck_assert_uint_gt(strlen(model), strlen(".onnx"));
    int stem = (int)(strlen(model) - strlen(".onnx"));
    snprintf(path, sizeof path, "%.*s/test_data_set_0/input_0.pb", stem, model);
    ck_assert_int_eq(onnx_load_tensor(path, &arena, &tensor, &name, NULL), SNV2_OK);
    ck_assert_int_eq(shape_elements(&tensor.shape), PIXELS);
    ck_assert_int_eq(onnx_write_tensor("input_0.pb", name, &tensor, NULL), SNV2_OK);
    snprintf(path, sizeof path, "%.*s/test_data_set_0/output_0.pb", stem, model);
    ck_assert_int_eq(onnx_load_tensor(path, &arena, &tensor, &name, NULL), SNV2_OK);
    ck_assert_int_eq(shape_elements(&tensor.shape), CLASSES);
    memcpy(logits, tensor.data, sizeof logits);
    for (int i = 0; i < CLASSES; i++)
        largest = fmaxf(largest, fabsf(logits[i]));
    logits[3] += error * largest;
    tensor.data = logits;
    ck_assert_int_eq(onnx_write_tensor("output_0.pb", name, &tensor, NULL), SNV2_OK);
}

static const struct {
    float error; /* of one stored output, relative to the largest */
    enum snv2_status status;
} stored[] = {
    {0, SNV2_OK},
    {5e-4f, SNV2_OK},
    {2e-3f, SNV2_CHECK_FAILED},
    {(float)NAN, SNV2_CHECK_FAILED},
    {(float)INFINITY, SNV2_CHECK_FAILED},
};

START_TEST(test_stored) {
    struct convert_options options = options_with(NULL, NULL);
    struct convert_report report;
    struct snv2_diagnostic diagnostic;
    options.verify = false;
    options.data_folder = ".";
    write_data(stored[_i].error);
    ck_assert_int_eq(run(&options, &report, &diagnostic), stored[_i].status);
    ck_assert(report.data.passed == (stored[_i].status == SNV2_OK));
    if (stored[_i].status == SNV2_OK)
        return;
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "stored output"));
    require_no_output();
}
END_TEST

START_TEST(test_stored_missing) {
    struct convert_options options = options_with(NULL, NULL);
    struct convert_report report;
    struct snv2_diagnostic diagnostic;
    options.data_folder = ".";
    ck_assert_int_eq(run(&options, &report, &diagnostic), SNV2_NO_INPUT);
    ck_assert_str_eq(diagnostic.file, "./input_0.pb");
    write_data(0);
    unlink("output_0.pb");
    ck_assert_int_eq(run(&options, &report, &diagnostic), SNV2_NO_INPUT);
    ck_assert_str_eq(diagnostic.file, "./output_0.pb");
    require_no_output();
}
END_TEST

START_TEST(test_stored_of_another_shape) {
    const float zeros[CLASSES] = {0};
    const struct tensor wrong = {DTYPE_FLOAT32, {2, {2, 5}}, zeros};
    struct convert_options options = options_with(NULL, NULL);
    struct convert_report report;
    struct snv2_diagnostic diagnostic;
    options.data_folder = ".";
    write_data(0);
    ck_assert_int_eq(onnx_write_tensor("output_0.pb", "logits", &wrong, NULL), SNV2_OK);
    ck_assert_int_eq(run(&options, &report, &diagnostic), SNV2_BAD_MODEL);
    ck_assert_str_eq(diagnostic.file, "./output_0.pb");
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "[1,10], not float32[2,5]"));
    require_no_output();
}
END_TEST

/* ---- what seeded inputs cannot show ---- */

static struct graph *read_graph(const char *text) {
    struct graph *graph;
    struct snv2_diagnostic diagnostic;
    ck_assert_msg(graph_read_text(text, &arena, &graph, &diagnostic) == SNV2_OK &&
                      infer_graph(graph, &diagnostic) == SNV2_OK,
                  "%s", diagnostic.message);
    return graph;
}

/* Checks the program of the second graph as if it were a conversion of the first. */
static struct check_report check_graphs(const char *original_text, const char *converted_text) {
    struct graph *original = read_graph(original_text), *converted = read_graph(converted_text);
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct program *program;
    struct check_case *cases;
    struct check_report report = {0};
    const void *blob;
    size_t bytes;
    enum snv2_status status = lower_graph(converted, &arena, &program, &diagnostic);
    if (status == SNV2_OK)
        status = plan_memory(program, &arena, &diagnostic);
    if (status == SNV2_OK)
        status = emit_blob(program, NULL, 0, &arena, &blob, &bytes, &diagnostic);
    if (status == SNV2_OK)
        status = check_seeded_cases(original, 1, CHECK_SEEDS, &arena, &cases, &diagnostic);
    if (status == SNV2_OK)
        status =
            check_blob(original, blob, bytes, cases, CHECK_SEEDS, &arena, &report, &diagnostic);
    ck_assert_msg(status == SNV2_OK, "%s", diagnostic.message);
    return report;
}

#define TWO_OUTPUTS(live_weights)                                                                  \
    "input x: float32[1,2,4,4]\n"                                                                  \
    "const live: float32[2,2,1,1] = " live_weights "\n"                                            \
    "const dead: float32[2,2,1,1] = {0, 0, 0, 0}\n"                                                \
    "const bias: float32[2] = {1, 2}\n"                                                            \
    "a = Conv(x, live, bias)\n"                                                                    \
    "b = Conv(x, dead, bias)\n"                                                                    \
    "output a\noutput b\n"

START_TEST(test_insensitive) {
    struct check_report report =
        check_graphs(TWO_OUTPUTS("{1, 2, 3, 4}"), TWO_OUTPUTS("{1, 2, 3, 4}"));
    ck_assert(report.passed && report.output_count == 2 && report.case_count == CHECK_SEEDS);
    ck_assert(report.outputs[0].passed && report.outputs[0].sensitive);
    ck_assert(report.outputs[1].passed && !report.outputs[1].sensitive);
}
END_TEST

/* Indices are made up in the range of what they index, also where they come by other dims. */
START_TEST(test_seeded_indices) {
    struct graph *graph = read_graph("input x: float32[4,7]\n"
                                     "input i: int64[64]\n"
                                     "input j: uint8[64]\n"
                                     "input k: int64[64]\n"
                                     "const axes: int64[1] = {0}\n"
                                     "a = Gather(x, i) {axis=1}\n"
                                     "b = Unsqueeze(j, axes)\n"
                                     "c = Cast(b) {to=7}\n"
                                     "d = Gather(x, c)\n"
                                     "e = Neg(k)\n"
                                     "output a\noutput d\noutput e\n");
    struct check_case *cases;
    struct snv2_diagnostic diagnostic;
    ck_assert_int_eq(check_seeded_cases(graph, 1, 1, &arena, &cases, &diagnostic), SNV2_OK);
    static const int64_t limits[] = {0, 7, 4, 100};
    for (int input = 1; input < 4; input++) {
        int64_t largest = 0;
        for (int e = 0; e < 64; e++) {
            int64_t element = tensor_int(&cases->inputs[input], e);
            ck_assert_int_lt(element, limits[input]);
            ck_assert_int_ge(element, input < 3 ? 0 : -100);
            largest = element > largest ? element : largest;
        }
        ck_assert_int_ge(largest, limits[input] * 3 / 4);
    }
}
END_TEST

#define WHOLE_NUMBERS(factor)                                                                      \
    "input x: float32[1,64]\n"                                                                     \
    "const k: float32[] = {" factor "}\n"                                                          \
    "m = Mul(x, k)\n"                                                                              \
    "y = Cast(m) {to=6}\n"                                                                         \
    "output y\n"

/* Where float32 itself gets most whole numbers wrong, comparing them tests nothing, and that is
 * said; elsewhere a wrong program fails. */
START_TEST(test_insensitive_integers) {
    struct check_report vague =
        check_graphs(WHOLE_NUMBERS("1100000000"), WHOLE_NUMBERS("900000000"));
    struct check_report right = check_graphs(WHOLE_NUMBERS("30"), WHOLE_NUMBERS("30"));
    struct check_report wrong = check_graphs(WHOLE_NUMBERS("30"), WHOLE_NUMBERS("20"));
    ck_assert(vague.outputs[0].max_limit > 1 && !vague.outputs[0].sensitive);
    ck_assert(right.passed && right.outputs[0].sensitive);
    ck_assert(!wrong.passed);
}
END_TEST

/* An error just over the limit fails, in one output only. */
START_TEST(test_small_error) {
    struct check_report same =
        check_graphs(TWO_OUTPUTS("{1, 2, 3, 4}"), TWO_OUTPUTS("{1, 2, 3, 4.000001}"));
    struct check_report other =
        check_graphs(TWO_OUTPUTS("{1, 2, 3, 4}"), TWO_OUTPUTS("{1, 2, 3, 4.00003}"));
    ck_assert(same.passed && same.outputs[0].max_error > 0);
    ck_assert(!other.passed && !other.outputs[0].passed && other.outputs[1].passed);
    ck_assert(other.outputs[0].max_error > other.outputs[0].max_limit);
    ck_assert(other.outputs[0].snr > 80 && other.outputs[0].cosine > 0.999);
}
END_TEST

START_TEST(test_random_weights) {
    const char *text = "input x: float32[1,2,4,4]\n"
                       "const w: float32[3,2,3,3] = random(1)\n"
                       "const low: float32[] = {0}\n"
                       "const high: float32[] = {6}\n"
                       "const count: int64[1] = {3}\n"
                       "bias = ConstantOfShape(count)\n"
                       "c = Conv(x, w, bias) {pads=[1,1,1,1]}\n"
                       "y = Clip(c, low, high)\n"
                       "output y\n";
    struct graph *first = read_graph(text), *same = read_graph(text), *other = read_graph(text);
    ck_assert_int_eq(randomize_weights(first, 5, NULL), SNV2_OK);
    ck_assert_int_eq(randomize_weights(same, 5, NULL), SNV2_OK);
    ck_assert_int_eq(randomize_weights(other, 6, NULL), SNV2_OK);
    const float *a = graph_find_value(first, "w")->data, *b = graph_find_value(same, "w")->data;
    const float *c = graph_find_value(other, "w")->data;
    ck_assert_mem_eq(a, b, 54 * sizeof *a);
    ck_assert_mem_ne(a, c, 54 * sizeof *a);
    for (int i = 0; i < 54; i++)
        ck_assert_float_le(a[i] * a[i], 6.0f / 18); /* the spread of a fan-in of 2*3*3 */
    ck_assert_float_eq(*(const float *)graph_find_value(first, "high")->data, 6);
    ck_assert_float_ne(*(const float *)graph_find_value(first, "bias")->data, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("check");
    TCase *tests = tcase_create("check");
    int plant_count = sizeof plants / sizeof *plants;
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_sound);
    tcase_add_loop_test(tests, test_planted, 0, plant_count);
    tcase_add_loop_test(tests, test_planted_named, 0, plant_count);
    tcase_add_test(tests, test_random_weights_are_checked);
    tcase_add_test(tests, test_unchecked);
    tcase_add_loop_test(tests, test_stored, 0, sizeof stored / sizeof *stored);
    tcase_add_test(tests, test_stored_missing);
    tcase_add_test(tests, test_stored_of_another_shape);
    tcase_add_test(tests, test_insensitive);
    tcase_add_test(tests, test_seeded_indices);
    tcase_add_test(tests, test_insensitive_integers);
    tcase_add_test(tests, test_small_error);
    tcase_add_test(tests, test_random_weights);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
