/* Weights of half the size: models with halves give the bits of the float32 models of the same
 * numbers, in every way of running them; what rounding does to a graph, and what it refuses. */
#include "tests/lower_case.h"

#include "convert/half_weights.h"
#include "emit/emit.h"
#include "lower/program.h"
#include "snv2/runtime.h"
#include "tests/backend_case.h"
#include "tests/every_way.h"

#include <math.h>
#include <string.h>

#define CHECK_OK(call) ck_assert_msg((call) == SNV2_OK, "%s", diagnostic.message)

static const enum dtype half_types[] = {DTYPE_FLOAT16, DTYPE_BFLOAT16};

/* ---- bits ---- */

static const char *const networks[] = {
    /* a planar image, units, more blocks than a panel has, the tail of one, one image */
    "graph g\n"
    "input x: float32[1,3,20,33]\n"
    "const a: float32[24,3,3,3] = random(1)\n"
    "const ab: float32[24] = random(2)\n"
    "const p: float32[58,24,1,1] = random(3)\n"
    "const d: float32[58,1,3,3] = random(4)\n"
    "const q: float32[157,58,1,1] = random(5)\n"
    "const f: float32[203,157] = random(6)\n"
    "const fb: float32[203] = random(7)\n"
    "u = Conv(x, a, ab) {pads=[1,1,1,1], strides=[2,2], activation=relu}\n"
    "v = Conv(u, p)\n"
    "w = Conv(v, d) {group=58, pads=[1,1,1,1]}\n"
    "y = Conv(w, q) {activation=relu}\n"
    "m = GlobalAveragePool(y)\n"
    "n = Flatten(m)\n"
    "z = Gemm(n, f, fb) {transB=1, alpha=0.75}\n"
    "output y\n"
    "output z\n",
    /* groups, dilations, transposed, several images and rows */
    "graph g\n"
    "input x: float32[2,6,9,11]\n"
    "const g: float32[170,3,3,2] = random(1)\n"
    "const t: float32[170,9,2,3] = random(2)\n"
    "const tb: float32[18] = random(3)\n"
    "const f: float32[18,140] = random(4)\n"
    "const r: float32[11,70] = random(5)\n"
    "a = Conv(x, g) {group=2, dilations=[2,1], pads=[2,0,2,1]}\n"
    "y = ConvTranspose(a, t, tb) {group=2, strides=[2,1]}\n"
    "m = GlobalAveragePool(y)\n"
    "n = Flatten(m)\n"
    "z = Gemm(n, f)\n"
    "o = MatMul(x, r)\n"
    "output y\n"
    "output z\n"
    "output o\n",
    /* a frame */
    "graph g\n"
    "input x: uint8[1,23,35,3]\n"
    "const mean: float32[3] = {0.5, 0.25, 0.125}\n"
    "const std: float32[3] = {0.5, 1, 0.25}\n"
    "const a: float32[20,3,3,3] = random(1)\n"
    "const p: float32[40,20,1,1] = random(2)\n"
    "i: float32[1,3,23,35] = Preprocess(x, mean, std) {layout=nhwc, pixels=rgb, scale=0.0078125}\n"
    "u = Conv(i, a) {pads=[1,1,1,1], strides=[2,2]}\n"
    "y = Conv(u, p)\n"
    "output y\n",
};

/* `marked`: commands may run as one, two by two. */
static struct snv2_model *open_graph(const struct graph *graph, enum dtype halves, bool marked,
                                     size_t *bytes) {
    struct program *program;
    struct snv2_model *model;
    const void *blob;
    CHECK_OK(lower_graph_as(graph, halves, &arena, &program, &diagnostic));
    if (marked)
        mark_all(program, 2, &arena);
    CHECK_OK(plan_memory(program, &arena, &diagnostic));
    CHECK_OK(verify_plan(program, &arena, &diagnostic));
    CHECK_OK(emit_blob(program, NULL, 0, &arena, &blob, bytes, &diagnostic));
    CHECK_OK(snv2_open_memory(blob, *bytes, &model, &diagnostic));
    return model;
}

enum { MOST_OUTPUTS = 3 };

static void run_model(const struct snv2_model *model, void **outputs) {
    struct snv2_context *context;
    const struct snv2_tensor_info *input = snv2_input(model, 0);
    void *numbers = arena_alloc(&arena, input->bytes, 1);
    for (size_t i = 0; input->dtype == 2 && i < input->bytes; i++)
        ((unsigned char *)numbers)[i] = (unsigned char)(i * i + i / 7);
    for (size_t i = 0; input->dtype != 2 && i < input->bytes / sizeof(float); i++)
        ((float *)numbers)[i] = sinf((float)i);
    for (int i = 0; i < snv2_output_count(model); i++)
        outputs[i] = arena_alloc(&arena, snv2_output(model, i)->bytes, 1);
    CHECK_OK(snv2_context_new(model, NULL, &context, &diagnostic));
    CHECK_OK(snv2_run(context, (const void *const[]){numbers}, outputs));
    snv2_context_free(context);
}

START_TEST(test_bits) {
    enum dtype halves = half_types[_i % 2];
    struct graph *graph = read_graph(networks[_i / 2]);
    struct rounding rounding;
    size_t bytes, wide_bytes;
    void *found[MOST_OUTPUTS], *wanted[MOST_OUTPUTS];
    char text[EVERY_WAY_TEXT];
    int ways;
    CHECK_OK(round_weights(graph, halves, &rounding, &diagnostic));
    struct snv2_model *model = open_graph(graph, halves, true, &bytes);
    struct snv2_model *wide = open_graph(graph, DTYPE_NONE, false, &wide_bytes);
    ck_assert_uint_lt(bytes + (uint64_t)rounding.count, wide_bytes + 4096);
    run_model(model, found);
    run_model(wide, wanted);
    for (int i = 0; i < snv2_output_count(model); i++)
        ck_assert_msg(memcmp(found[i], wanted[i], snv2_output(model, i)->bytes) == 0,
                      "output %d differs", i);
    ck_assert_msg(run_every_way(model, NULL, &ways, text) == 0, "%s", text);
    ck_assert_msg(ways > 0, "%s", text);
    snv2_close(wide);
    snv2_close(model);
}
END_TEST

/* ---- rounding ---- */

START_TEST(test_packing) {
    struct graph *graph = read_graph("graph g\n"
                                     "input x: float32[1,2,2,2]\n"
                                     "const w: float32[3,2,1,1] = {1, 2, -0.5, 65504, 0.1, -0.0}\n"
                                     "y = Conv(x, w)\n"
                                     "output y\n");
    struct program *program;
    CHECK_OK(lower_graph_as(graph, half_types[_i], &arena, &program, &diagnostic));
    const struct snv2_blob_command *command = program->commands;
    while (command->opcode != SNV2_OPCODE_CONV)
        command++;
    const unsigned char *packed = program->weights + command->weights;
    static const uint16_t wanted[][6] = {{0x3c00, 0x4000, 0xb800, 0x7bff, 0x2e66, 0x8000},
                                         {0x3f80, 0x4000, 0xbf00, 0x4780, 0x3dcd, 0x8000}};
    ck_assert_uint_eq(command->weights_dtype, half_types[_i]);
    ck_assert_uint_eq(program->weights_bytes, lower(graph)->weights_bytes - 2 * 2 * 16);
    ck_assert_uint_eq(command->weights % SNV2_BLOB_ALIGNMENT, 0);
    ck_assert_uint_eq(command->bias % SNV2_BLOB_ALIGNMENT, 0);
    for (int m = 0; m < 16; m++)
        for (int k = 0; k < 2; k++) {
            uint32_t pair;
            memcpy(&pair, packed + 4 * ((k * 16 + m) / 2), sizeof pair);
            uint32_t half = m % 2 ? pair >> 16 : pair & 0xffff;
            ck_assert_uint_eq(half, m < 3 ? wanted[_i][2 * m + k] : 0);
        }
}
END_TEST

START_TEST(test_flushed) {
    struct graph *graph =
        read_graph("graph g\n"
                   "input x: float32[1,2,2,2]\n"
                   "const w: float32[2,2,1,1] = {0x1p-24, 0x1p-25, 0, -0x1.8p-25}\n"
                   "const d: float32[2,1,1,1] = {0x1p-40, 1}\n"
                   "u = Conv(x, w)\n"
                   "y = Conv(u, d) {group=2}\n"
                   "z = Mul(w, w)\n"
                   "output y\n"
                   "output z\n");
    const float *old = graph_find_value(graph, "w")->data;
    struct rounding rounding;
    CHECK_OK(round_weights(graph, DTYPE_FLOAT16, &rounding, &diagnostic));
    ck_assert_int_eq(rounding.count, 4); /* the depthwise ones stay */
    ck_assert_int_eq(rounding.flushed, 1);
    const float *rounded = graph->first->inputs[1]->data;
    ck_assert_float_eq(rounded[0], 0x1p-24f);
    ck_assert_float_eq(rounded[1], 0);
    ck_assert_float_eq(rounded[3], -0x1p-24f);
    ck_assert_float_eq(old[3], -0x1.8p-25f); /* what else reads them has what it had */
    ck_assert_float_eq(((const float *)graph->first->next->inputs[1]->data)[0], 0x1p-40f);
}
END_TEST

static const struct {
    const char *text;
    enum dtype halves;
    const char *message;
} infinite[] = {
    {"const w: float32[3,1,1,2] = {0, 0, 0, 0, 65519, 65520}\ny = Conv(x, w)\n", DTYPE_FLOAT16,
     "output channel 2 is 65520, which is infinite as float16"},
    {"const w: float32[1,3,1,2] = {0, 0, 0, -70000, 0, 0}\ny = ConvTranspose(x, w)\n",
     DTYPE_FLOAT16, "output channel 1 is -70000"},
    {"const w: float32[4,2] = {0, 0, 0, 0, 0, 0x1.fffffep127, 0, 0}\ny = Gemm(f, w)\n",
     DTYPE_BFLOAT16, "output channel 1 is 3.40282e+38, which is infinite as bfloat16"},
    {"const w: float32[2,4] = {0, 0, 0, 0, 0, 40000, 0, 0}\ny = Gemm(f, w) {transB=1, alpha=2}\n",
     DTYPE_FLOAT16, "output channel 1 is 80000"},
    {"const w: float32[4,3] = {0, 0, 0, 0, 0, 1e5, 0, 0, 0, 0, 0, 0}\ny = MatMul(x, w)\n",
     DTYPE_FLOAT16, "output channel 2 is 100000"},
};

START_TEST(test_infinite) {
    char text[512];
    struct rounding rounding;
    snprintf(text, sizeof text,
             "graph g\ninput x: float32[1,1,4,4]\ninput f: float32[1,4]\n%soutput y\n",
             infinite[_i].text);
    struct graph *graph = read_graph(text);
    ck_assert_int_eq(round_weights(graph, infinite[_i].halves, &rounding, &diagnostic),
                     SNV2_UNSUPPORTED);
    ck_assert_msg(strstr(diagnostic.message, infinite[_i].message), "%s", diagnostic.message);
    ck_assert_str_eq(diagnostic.node, "y");
}
END_TEST

START_TEST(test_infinite_already) {
    struct graph *graph = read_graph("graph g\n"
                                     "input x: float32[1,1,2,2]\n"
                                     "const w: float32[2,1,1,1] = {inf, nan}\n"
                                     "y = Conv(x, w)\n"
                                     "output y\n");
    struct rounding rounding;
    CHECK_OK(round_weights(graph, DTYPE_BFLOAT16, &rounding, &diagnostic));
    const float *rounded = graph->first->inputs[1]->data;
    ck_assert(isinf(rounded[0]) && isnan(rounded[1]));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("half weights");
    TCase *tests = tcase_create("half weights");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_bits, 0, 2 * sizeof networks / sizeof *networks);
    tcase_add_loop_test(tests, test_packing, 0, 2);
    tcase_add_test(tests, test_flushed);
    tcase_add_loop_test(tests, test_infinite, 0, sizeof infinite / sizeof *infinite);
    tcase_add_test(tests, test_infinite_already);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
