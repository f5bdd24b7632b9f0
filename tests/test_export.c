/* Writing ONNX: the file, read again, says what the graph says; for networks, it computes the same
 * as the original and becomes the same program. The networks are the bundled ones and those that
 * stand beside the checkout. */
#include "tests/pass_case.h"

#include "convert/data_shapes.h"
#include "ir/text.h"
#include "tests/onnx_build.h"
#include "tests/program_case.h"

#include <dirent.h>
#include <unistd.h>

enum { MAX_NETWORKS = 64 };

/* A graph as text, exported and read again; in the arena. */
static struct graph *reread(const char *text, struct graph **graph, struct arena *arena) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct onnx_options options = {0};
    struct onnx_info info;
    struct graph *again;
    const void *bytes;
    size_t size;
    arena_init(arena, UINT64_MAX);
    check_ok(graph_read_text(text, arena, graph, &diagnostic), &diagnostic);
    check_ok(onnx_export(*graph, arena, &bytes, &size, &diagnostic), &diagnostic);
    check_ok(onnx_load_memory(bytes, size, NULL, &options, arena, &again, &info, &diagnostic),
             &diagnostic);
    check_ok(infer_graph(again, &diagnostic), &diagnostic);
    return again;
}

/* How many nodes of the operator there are. */
static int count_nodes(const struct graph *graph, enum op op) {
    int count = 0;
    for (const struct node *node = graph->first; node; node = node->next)
        count += node->op == op;
    return count;
}

/* ---- what becomes of our own operators and attributes ---- */

static const struct {
    const char *text; /* of a graph of the input x, behind its first line */
    struct {
        enum op op;
        int count;
    } nodes[5];
} cases[] = {
    {"input x: float32[1,8,2,2]\nconst w: float32[4,8,1,1] = random(1)\n"
     "y = Conv(x, w) {activation=relu}\noutput y\n",
     {{OP_Conv, 1}, {OP_Relu, 1}}},
    {"input x: float32[1,8,2,2]\nconst w: float32[4,8,1,1] = random(1)\n"
     "y = Conv(x, w) {activation=clip, activation_alpha=-0.25, activation_beta=0.5}\noutput y\n",
     {{OP_Conv, 1}, {OP_Clip, 1}}},
    {"input x: float32[1,8,2,2]\nconst w: float32[4,8,1,1] = random(1)\n"
     "y = Conv(x, w) {activation=leaky_relu, activation_alpha=0.25}\noutput y\n",
     {{OP_LeakyRelu, 1}}},
    {"input x: float32[1,8,2,2]\nconst w: float32[4,8,1,1] = random(1)\n"
     "y = Conv(x, w) {activation=hard_sigmoid, activation_alpha=0.3, activation_beta=0.4}\n"
     "output y\n",
     {{OP_HardSigmoid, 1}}},
    {"input x: float32[1,8,2,2]\nconst w: float32[4,8,1,1] = random(1)\n"
     "y = Conv(x, w) {activation=hard_swish}\noutput y\n",
     {{OP_HardSwish, 1}}},
    {"input x: float32[1,8,2,2]\nconst w: float32[4,8,1,1] = random(1)\n"
     "y = Conv(x, w) {activation=silu}\noutput y\n",
     {{OP_Sigmoid, 1}, {OP_Mul, 1}, {OP_Swish, 0}}},
    {"input x: float32[1,8,2,2]\nconst w: float32[4,8,1,1] = random(1)\n"
     "y = Conv(x, w) {activation=mish}\noutput y\n",
     {{OP_Softplus, 1}, {OP_Tanh, 1}, {OP_Mul, 1}}},
    {"input x: float32[3,8]\nconst w: float32[8,4] = random(1)\n"
     "y = Gemm(x, w) {activation=gelu}\noutput y\n",
     {{OP_Gemm, 1}, {OP_Erf, 1}, {OP_Gelu, 0}}},
    {"input x: float32[3,8]\nconst w: float32[8,4] = random(1)\n"
     "y = Gemm(x, w) {activation=sigmoid}\nz = Gemm(x, w) {activation=tanh}\noutput y\noutput z\n",
     {{OP_Sigmoid, 1}, {OP_Tanh, 1}}},
    {"input x: float32[3,8]\na = Gelu(x) {approximate=tanh}\nb = Mish(a)\n"
     "y = Swish(b) {alpha=1.5}\noutput y\n",
     {{OP_Gelu, 0}, {OP_Mish, 0}, {OP_Swish, 0}, {OP_Tanh, 2}, {OP_Sigmoid, 1}}},
    {"input x: float32[2,4,3]\ny = Softmax(x) {axis=1, over_rest=1}\noutput y\n",
     {{OP_Reshape, 2}, {OP_Softmax, 1}}},
    {"input x: uint8[1,4,5,3]\nconst m: float32[3] = {0.5, 0.25, 0}\n"
     "const s: float32[3] = {0.5, 0.25, 1}\n"
     "y = Preprocess(x, m, s) {layout=nhwc, pixels=bgr, scale=0.00390625}\noutput y\n",
     {{OP_Preprocess, 0}, {OP_Cast, 1}, {OP_Transpose, 1}, {OP_Sub, 1}, {OP_Div, 1}}},
    {"input x: float32[3,4]\ny = Einsum(x, x) {equation=\"ij,ik->jk\"}\noutput y\n",
     {{OP_Einsum, 1}}},
    /* parts that are all of both values */
    {"input x: float32[1,8,2,2]\nr = Relu(x)\n"
     "a = ChannelView(x, r) {runs=[0:0+4, 1:4+4]}\nb = ChannelView(x, r) {runs=[0:4+4, 1:0+4]}\n"
     "y = Mul(a, b)\noutput y\n",
     {{OP_Split, 2}, {OP_Concat, 2}, {OP_Slice, 0}, {OP_Gather, 0}}},
    /* parts that overlap, one of them the view itself, which is an output too */
    {"input x: float32[1,8,2,2]\ny = ChannelView(x) {runs=[0:2+4]}\nr = Relu(x)\n"
     "z = ChannelView(x, r) {runs=[0:4+4, 1:0+8]}\noutput y\noutput z\n",
     {{OP_Split, 0}, {OP_Slice, 2}, {OP_Concat, 1}, {OP_Identity, 0}}},
    /* backwards, to channel 0 */
    {"input x: float32[1,8,2,2]\ny = ChannelView(x) {runs=[0:7+8*-1]}\noutput y\n",
     {{OP_Slice, 1}}},
    {"input x: float32[1,8,2,2]\ny = ChannelView(x) {runs=[0:0+4*2, 0:1+4*2]}\noutput y\n",
     {{OP_Gather, 1}, {OP_Slice, 0}, {OP_Concat, 0}}},
    {"input x: float32[1,6,2,2]\nr = Relu(x)\n"
     "y = ChannelView(x, r) {runs=[0:0+1, 1:5+1, 0:1+1, 1:4+1, 0:2+1]}\noutput y\n",
     {{OP_Gather, 1}, {OP_Slice, 0}, {OP_Concat, 1}}},
    /* views of views */
    {"input x: float32[1,8,2,2]\na = ChannelView(x) {runs=[0:0+4]}\n"
     "b = ChannelView(a) {runs=[0:2+2]}\ny = ChannelView(b, x) {runs=[0:1+1, 1:0+8]}\noutput y\n",
     {{OP_Slice, 3}, {OP_Concat, 1}}},
    /* other axes than where none are said */
    {"input x: float32[2,3,2]\ny = MeanVarianceNormalization(x) {axes=[0,1,2]}\noutput y\n",
     {{OP_MeanVarianceNormalization, 1}}},
    /* indices become the second output of a MaxPool */
    {"input x: float32[1,8,2,2]\ni = MaxPoolIndices(x) {kernel_shape=[2,2], storage_order=1}\n"
     "y = Cast(i) {to=1}\noutput y\n",
     {{OP_MaxPoolIndices, 1}, {OP_Cast, 1}}},
    /* axes become an attribute again */
    {"input x: float32[1,8,2,2]\nconst axes: int64[2] = {2,3}\ny = ReduceMean(x, axes)\noutput y\n",
     {{OP_ReduceMean, 1}}},
};

START_TEST(test_plain) {
    struct arena arena;
    struct graph *graph;
    char text[1024];
    snprintf(text, sizeof text, "graph g\n%s", cases[_i].text);
    struct graph *again = reread(text, &graph, &arena);
    check_same_meaning(graph, again, 1e-6);
    for (int i = 0; i < 5 && (i == 0 || cases[_i].nodes[i].op); i++)
        ck_assert_msg(count_nodes(again, cases[_i].nodes[i].op) == cases[_i].nodes[i].count,
                      "%s: %d of %s", text, count_nodes(again, cases[_i].nodes[i].op),
                      op_infos[cases[_i].nodes[i].op].name);
    arena_free(&arena);
}
END_TEST

/* ---- the file ---- */

static Onnx__ModelProto *export_text(const char *text, struct arena *arena,
                                     enum snv2_status *status, struct snv2_diagnostic *diagnostic) {
    struct graph *graph;
    const void *bytes, *same;
    size_t size, same_size;
    arena_init(arena, UINT64_MAX);
    check_ok(graph_read_text(text, arena, &graph, diagnostic), diagnostic);
    *status = onnx_export(graph, arena, &bytes, &size, diagnostic);
    if (*status != SNV2_OK)
        return NULL;
    check_ok(onnx_export(graph, arena, &same, &same_size, diagnostic), diagnostic);
    ck_assert_mem_eq(bytes, same, size);
    return onnx__model_proto__unpack(NULL, size, bytes);
}

START_TEST(test_file) {
    struct arena arena;
    enum snv2_status status;
    struct snv2_diagnostic diagnostic;
    Onnx__ModelProto *model = export_text("graph net\n"
                                          "input x: float32[1,8,2,2]\n"
                                          "const w: float32[4,8,1,1] = random(1)\n"
                                          "const unread: float32[1] = {1}\n"
                                          "y = Conv(x, w) {activation=relu} as first\n"
                                          "z = Concat(y, y) {axis=0} as first\n"
                                          "dead = Relu(x)\n"
                                          "output z\n",
                                          &arena, &status, &diagnostic);
    check_ok(status, &diagnostic);
    ck_assert_ptr_nonnull(model);
    const Onnx__GraphProto *graph = model->graph;
    ck_assert_int_eq(model->opset_import[0]->version, 17);
    ck_assert_int_eq(model->ir_version, 8);
    ck_assert_str_eq(model->producer_name, "snv2-convert");
    ck_assert_str_eq(graph->name, "net");
    ck_assert_uint_eq(graph->n_node, 3);
    ck_assert_str_eq(graph->node[0]->op_type, "Conv");
    ck_assert_str_eq(graph->node[0]->name, "first");
    ck_assert_str_eq(graph->node[1]->op_type, "Relu");
    ck_assert_str_eq(graph->node[1]->output[0], "y");
    ck_assert_str_eq(graph->node[2]->name, "first_2"); /* names of nodes are unique */
    ck_assert_uint_eq(graph->node[2]->n_attribute, 1); /* the axis is 0 and must be there */
    ck_assert_uint_eq(graph->n_initializer, 1);
    ck_assert_str_eq(graph->initializer[0]->name, "w");
    ck_assert_uint_eq(graph->initializer[0]->raw_data.len, 4 * 8 * sizeof(float));
    ck_assert_str_eq(graph->input[0]->name, "x");
    ck_assert_str_eq(graph->output[0]->name, "z");
    ck_assert_uint_eq(graph->output[0]->type->tensor_type->shape->n_dim, 4);
    onnx__model_proto__free_unpacked(model, NULL);
    arena_free(&arena);
}
END_TEST

static const struct {
    const char *text;
    int opset;
} opsets[] = {
    {"graph g\ninput x: float32[1,8,2,2]\nconst axes: int64[1] = {1}\n"
     "y = ReduceMax(x, axes) {noop_with_empty_axes=1}\noutput y\n",
     18},
    {"graph g\ninput x: float32[1,8,2,2]\nconst s: float32[4] = {1,1,2,2}\n"
     "y = Resize(x, _, s) {mode=linear, coordinate_transformation_mode=half_pixel_symmetric}\n"
     "output y\n",
     19},
    {"graph g\ninput x: float32[1,8,2,2]\nconst s: float32[4] = {1,1,2,2}\n"
     "y = Resize(x, _, s) {mode=linear}\noutput y\n",
     17},
    {"graph g\ninput x: float32[1,8,4,4]\n"
     "y = AveragePool(x) {kernel_shape=[2,2], dilations=[2,2]}\noutput y\n",
     19},
    {"graph g\ninput x: float32[1,8,4,4]\ny = AveragePool(x) {kernel_shape=[2,2]}\noutput y\n", 17},
};

START_TEST(test_opset) {
    struct arena arena;
    enum snv2_status status;
    struct snv2_diagnostic diagnostic;
    Onnx__ModelProto *model = export_text(opsets[_i].text, &arena, &status, &diagnostic);
    check_ok(status, &diagnostic);
    ck_assert_msg(model->opset_import[0]->version == opsets[_i].opset, "%s: opset %d",
                  opsets[_i].text, (int)model->opset_import[0]->version);
    onnx__model_proto__free_unpacked(model, NULL);
    arena_free(&arena);
}
END_TEST

START_TEST(test_refused) {
    struct arena arena;
    enum snv2_status status;
    struct snv2_diagnostic diagnostic;
    export_text("graph g\ninput x: float32[1,8,2,2]\nconst s: float32[4] = {1,1,2,2}\n"
                "y = Resize(x, _, s) {coordinate_transformation_mode=tf_half_pixel_for_nn}\n"
                "output y\n",
                &arena, &status, &diagnostic);
    ck_assert_int_eq(status, SNV2_UNSUPPORTED);
    ck_assert_str_eq(diagnostic.op, "Resize");
    arena_free(&arena);
}
END_TEST

/* ---- networks ---- */

static char networks[MAX_NETWORKS][4200];
static int network_count;

/* Those of the folder, if it is there, in either layout: PATH/NAME.onnx or PATH/NAME/model.onnx. */
static void find_networks(const char *path, const char *pattern) {
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name, *dot = strrchr(name, '.');
        char *place = networks[network_count];
        snprintf(place, sizeof *networks, "%s/%s%s", path, name, pattern);
        if ((*pattern || (dot && strcmp(dot, ".onnx") == 0)) && access(place, R_OK) == 0)
            network_count++;
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static struct graph *load(const char *path, struct arena *arena) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct onnx_options options = {0};
    struct onnx_info info;
    struct graph *graph;
    char data[4300];
    arena_init(arena, UINT64_MAX);
    snprintf(data, sizeof data, "%.*s/test_data_set_0", (int)(strrchr(path, '/') - path), path);
    if (access(data, R_OK) == 0)
        check_ok(add_data_shapes(&options, data, arena, &diagnostic), &diagnostic);
    check_ok(onnx_load_file(path, &options, arena, &graph, &info, &diagnostic), &diagnostic);
    return graph;
}

START_TEST(test_network) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct onnx_options options = {0};
    struct onnx_info info;
    struct arena arena;
    const void *bytes;
    size_t size;
    struct graph *graph = load(networks[_i], &arena), *again;
    run_all_passes(graph);
    check_ok(onnx_export(graph, &arena, &bytes, &size, &diagnostic), &diagnostic);
    check_ok(onnx_load_memory(bytes, size, NULL, &options, &arena, &again, &info, &diagnostic),
             &diagnostic);
    check_ok(infer_graph(again, &diagnostic), &diagnostic);
    for (int i = 0; i < graph->input_count; i++)
        ck_assert_str_eq(graph->inputs[i]->name, again->inputs[i]->name);
    ck_assert_int_eq(count_nodes(again, OP_BatchNormalization), 0);
    check_same_meaning(graph, again, 1e-5);
    run_all_passes(again);
    const char *difference =
        program_difference(program_of_graph(graph), program_of_graph(again), true);
    ck_assert_msg(!difference, "%s: differs in %s", networks[_i], difference);
    arena_free(&arena);
}
END_TEST

int main(void) {
    const char *shared = getenv("SNV2_SHARED"), *source = getenv("SNV2_SRCDIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/models", source ? source : ".");
    find_networks(path, "");
    snprintf(path, sizeof path, "%s/models", shared ? shared : "../shared");
    find_networks(path, "/model.onnx");
    Suite *suite = suite_create("export");
    TCase *tests = tcase_create("export");
    tcase_add_loop_test(tests, test_plain, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(tests, test_file);
    tcase_add_loop_test(tests, test_opset, 0, (int)(sizeof opsets / sizeof *opsets));
    tcase_add_test(tests, test_refused);
    TCase *programs = tcase_create("networks");
    tcase_set_timeout(programs, 120);
    tcase_add_loop_test(programs, test_network, 0, network_count);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, programs);
    return tap_run(suite);
}
