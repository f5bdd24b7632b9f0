/* The whole back end: graphs lowered, planned, written and run by the runtime library give what
 * the interpreter gives in float64, within the rounding of float32. */
#include "tests/tap.h"

#include "base/random.h"
#include "emit/emit.h"
#include "interp/interp.h"
#include "ir/text.h"
#include "snv2/runtime.h"

#include <math.h>
#include <string.h>

enum { MAX_BOUNDARY = 8 };

static const char *const graphs[] = {
    /* Convolutions: planar, strided, dilated, uneven pads, depthwise, grouped, two images. */
    "graph g\n"
    "input x: float32[2,3,9,11]\n"
    "const w: float32[20,3,3,5] = random(1)\n"
    "const b: float32[20] = random(2)\n"
    "const d: float32[20,1,3,3] = random(3)\n"
    "const g: float32[34,10,2,1] = random(4)\n"
    "const e: float32[68,1,3,3] = random(5)\n"
    "const p: float32[7,68,1,1] = random(6)\n"
    "a = Conv(x, w, b) {pads=[1,0,2,3], strides=[2,1], activation=relu}\n"
    "c = Conv(a, d, b) {pads=[2,1,2,1], dilations=[2,1], group=20}\n"
    "f = Conv(c, g) {group=2, activation=clip, activation_alpha=-0.5, activation_beta=0.75}\n"
    "h = Conv(f, e) {group=34, pads=[1,1,1,1]}\n"
    "y = Conv(h, p)\n"
    "output y\n"
    "output a\n",
    /* Pools over the input, with rounding up and with padding that counts. */
    "graph g\n"
    "input x: float32[2,18,8,7]\n"
    "m = MaxPool(x) {kernel_shape=[3,3], strides=[2,2], ceil_mode=1, pads=[1,1,1,1]}\n"
    "n = MaxPool(x) {kernel_shape=[2,3], dilations=[2,1]}\n"
    "a = AveragePool(m) {kernel_shape=[2,2], pads=[1,0,0,1], count_include_pad=1}\n"
    "b = AveragePool(n) {kernel_shape=[3,2], strides=[2,2], ceil_mode=1, pads=[1,1,1,1]}\n"
    "c = AveragePool(n) {kernel_shape=[3,3], strides=[2,2], ceil_mode=1, count_include_pad=1, "
    "pads=[1,1,1,1]}\n"
    "g = GlobalAveragePool(n)\n"
    "output a\n"
    "output b\n"
    "output c\n"
    "output g\n",
    /* Views of many kinds before each reader that takes runs, grouped ones too. */
    "graph g\n"
    "input x: float32[1,5,4,4]\n"
    "const w: float32[24,5,1,1] = random(1)\n"
    "const v: float32[8,5,3,3] = random(2)\n"
    "const d: float32[12,1,3,3] = random(3)\n"
    "const g: float32[9,4,1,1] = random(4)\n"
    "const p: float32[5,12,1,1] = random(5)\n"
    "const f: float32[17,12] = random(6)\n"
    "const k: float32[1,12,4,4] = random(7)\n"
    "a = Conv(x, w)\n"
    "b = Conv(x, v) {pads=[1,1,1,1]}\n"
    "i = ChannelView(a, b) {runs=[0:20+5*-3, 1:0+4, 0:1+2, 0:1+1]}\n"
    "dw = Conv(i, d) {group=12, pads=[1,1,1,1]}\n"
    "gr = Conv(i, g) {group=3}\n"
    "pw = Conv(i, p)\n"
    "mp = MaxPool(i) {kernel_shape=[2,2]}\n"
    "ap = AveragePool(i) {kernel_shape=[2,2]}\n"
    "gp = GlobalAveragePool(i)\n"
    "fl = Flatten(gp)\n"
    "ve = ChannelView(fl) {runs=[0:11+12*-1]}\n"
    "fc = Gemm(ve, f) {transB=1, alpha=0.5}\n"
    "re = Relu(i)\n"
    "ad = Add(dw, i)\n"
    "ac = Add(ad, k)\n"
    "out = ChannelView(re, x) {runs=[0:0+3, 1:4+5*-1, 0:3+9]}\n"
    "output gr\n"
    "output pw\n"
    "output mp\n"
    "output ap\n"
    "output fc\n"
    "output ac\n"
    "output out\n",
    /* Rank 2, Gemm forms, conversions, outputs that are inputs, constants, or stand twice. */
    "graph g\n"
    "input x: float32[3,19]\n"
    "const w: float32[19,33] = random(1)\n"
    "const c: float32[] = {0.25}\n"
    "const v: float32[2,33] = random(2)\n"
    "const k: float32[3,2] = random(3)\n"
    "h = Gemm(x, w, c) {beta=2, activation=relu}\n"
    "r = Clip(h, c)\n"
    "s = Add(r, h)\n"
    "y = Gemm(h, v) {transB=1}\n"
    "z = Gemm(s, v) {transB=1}\n"
    "t = Add(y, k)\n"
    "output y\n"
    "output z\n"
    "output x\n"
    "output k\n"
    "output y\n"
    "output t\n",
    /* Detector heads: to channels-last, joined, placed in the outputs; with activations behind. */
    "graph g\n"
    "input x: float32[1,3,6,4]\n"
    "const w: float32[14,3,1,1] = random(1)\n"
    "const v: float32[14,3,2,2] = random(2)\n"
    "const u: float32[21,3,1,1] = random(3)\n"
    "const long: int64[3] = {1, -1, 7}\n"
    "const five: int64[5] = {1, 3, 7, 6, 4}\n"
    "const three: int64[3] = {1, 72, 7}\n"
    "a = Conv(x, w)\n"
    "b = Conv(x, v) {strides=[2,2]}\n"
    "c = Conv(x, u)\n"
    "at = Transpose(a) {perm=[0,2,3,1]}\n"
    "ar = Reshape(at, long)\n"
    "bt = Transpose(b) {perm=[0,2,3,1]}\n"
    "br = Reshape(bt, long)\n"
    "bs = Sigmoid(br)\n"
    "cf = Reshape(c, five)\n"
    "ct = Transpose(cf) {perm=[0,1,3,4,2]}\n"
    "cr = Reshape(ct, three)\n"
    "cs = Tanh(cr)\n"
    "y = Concat(ar, bs, cs) {axis=1}\n"
    "z = Transpose(c) {perm=[0,3,1,2]}\n"
    "output y\n"
    "output z\n",
    /* Row-major tails: slices, splits, broadcasting, other axes, softmax along each. */
    "graph g\n"
    "input x: float32[2,6,5,4]\n"
    "input t: float32[3]\n"
    "const one: int64[1] = {1}\n"
    "const end: int64[1] = {6}\n"
    "const two: int64[1] = {2}\n"
    "const parts: int64[2] = {3, 1}\n"
    "const k: float32[5,1] = random(1)\n"
    "const s: float32[] = {0.5}\n"
    "const row: float32[1,6,1,1] = random(2)\n"
    "const list: int64[3] = {6, 10, 4}\n"
    "const wide: int64[4] = {2,3,5,3}\n"
    "a = Slice(x, one, end, one, two)\n"
    "p, q = Split(a, parts) {axis=3}\n"
    "e = Exp(p)\n"
    "m = Mul(e, k)\n"
    "n = Sub(q, s)\n"
    "d = Div(m, n)\n"
    "f = Squeeze(q)\n"
    "g = Unsqueeze(f, one)\n"
    "h = Concat(g, g) {axis=2}\n"
    "i = Reshape(x, list)\n"
    "j = Softmax(i) {axis=1}\n"
    "l = LogSoftmax(x) {axis=2}\n"
    "o = Softmax(x) {axis=1}\n"
    "r = Max(l, row)\n"
    "u = Min(r, o)\n"
    "v = PRelu(u, row)\n"
    "w = Neg(t)\n"
    "z = Expand(q, wide)\n"
    "output d\n"
    "output h\n"
    "output j\n"
    "output v\n"
    "output w\n"
    "output z\n",
    /* What makes maps larger, and moves channels to pixels; every reader of them is a convolution.
     */
    "graph g\n"
    "input x: float32[2,6,5,7]\n"
    "const w: float32[24,6,1,1] = random(1)\n"
    "const t: float32[24,5,3,2] = random(2)\n"
    "const b: float32[10] = random(3)\n"
    "const p: float32[3,6,1,1] = random(4)\n"
    "const q: float32[3,10,1,1] = random(5)\n"
    "const o: float32[3,24,1,1] = random(6)\n"
    "const scales: float32[4] = {1, 1, 2, 1.5}\n"
    "const sizes: int64[4] = {2, 24, 7, 4}\n"
    "a = Conv(x, w) {activation=hard_swish}\n"
    "c = ConvTranspose(a, t, b) {group=2, strides=[2,3], pads=[1,0,0,1], dilations=[1,2], "
    "output_padding=[1,1]}\n"
    "d = DepthToSpace(a) {blocksize=2}\n"
    "e = DepthToSpace(a) {blocksize=2, mode=CRD}\n"
    "n = Resize(a, _, scales) {mode=nearest, coordinate_transformation_mode=asymmetric, "
    "nearest_mode=floor}\n"
    "l = Resize(a, _, scales) {mode=linear}\n"
    "k = Resize(a, _, _, sizes) {mode=cubic, coordinate_transformation_mode=align_corners}\n"
    "g = GlobalMaxPool(a)\n"
    "s = Mul(a, g)\n"
    "h = SpaceToDepth(d) {blocksize=2}\n"
    "c2 = Conv(c, q)\n"
    "d2 = Conv(d, p) {activation=sigmoid}\n"
    "e2 = Conv(e, p) {activation=leaky_relu, activation_alpha=0.1}\n"
    "n2 = Conv(n, o) {activation=silu}\n"
    "l2 = Conv(l, o) {activation=mish}\n"
    "k2 = Conv(k, o) {activation=gelu}\n"
    "s2 = Conv(s, o) {activation=tanh}\n"
    "h2 = Conv(h, o) {activation=hard_sigmoid, activation_alpha=0.2, activation_beta=0.5}\n"
    "output c2\n"
    "output d2\n"
    "output e2\n"
    "output n2\n"
    "output l2\n"
    "output k2\n"
    "output s2\n"
    "output h2\n",
    /* Operands of many runs where a command wants one, Concat along other axes, squeeze and excite.
     */
    "graph g\n"
    "input x: float32[1,8,4,6]\n"
    "const w: float32[20,8,1,1] = random(1)\n"
    "const u: float32[4,20,1,1] = random(2)\n"
    "const v: float32[20,4,1,1] = random(3)\n"
    "const n: float32[12,20,1,1] = random(4)\n"
    "const flat: int64[2] = {1, -1}\n"
    "const c: float32[20,1,1] = random(5)\n"
    "a = Conv(x, w)\n"
    "p = GlobalAveragePool(a)\n"
    "s = Conv(p, u) {activation=relu}\n"
    "t = Conv(s, v) {activation=sigmoid}\n"
    "m = Mul(a, t)\n"
    "i = ChannelView(m, a) {runs=[0:10+10, 1:3+5*2, 0:0+5]}\n"
    "j = ChannelView(t) {runs=[0:19+20*-1]}\n"
    "k = Mul(i, j)\n"
    "l = Mul(k, c)\n"
    "tr = Transpose(i) {perm=[0,2,1,3]}\n"
    "b = Add(i, a)\n"
    "r = Relu(b)\n"
    "h = Concat(l, r) {axis=2}\n"
    "g = Concat(l, r) {axis=3}\n"
    "h2 = Conv(h, n)\n"
    "g2 = MaxPool(g) {kernel_shape=[2,2]}\n"
    "f = Reshape(k, flat)\n"
    "output h2\n"
    "output g2\n"
    "output f\n"
    "output tr\n",
    /* Roundings to float16, of an image and of an array; a planar image that is computed. */
    "graph g\n"
    "input x: float32[1,3,4,6]\n"
    "input v: float32[5]\n"
    "const w: float32[4,3,3,3] = random(1)\n"
    "h = Cast(x) {to=10}\n"
    "f = Cast(h) {to=1}\n"
    "y = Conv(f, w) {pads=[1,1,1,1]}\n"
    "g = Cast(v) {to=10}\n"
    "z = Cast(g) {to=1}\n"
    "output y\n"
    "output z\n",
    /* Products of two operands, of vectors, in batches, transposed; rows by a constant matrix. */
    "graph g\n"
    "input x: float32[2,1,5,7]\n"
    "input y: float32[3,7,4]\n"
    "input v: float32[7]\n"
    "const w: float32[7,20] = random(1)\n"
    "const u: float32[4,2] = random(2)\n"
    "const k: float32[1,6,1,1] = random(3)\n"
    "const flat: int64[3] = {2, 5, 7}\n"
    "m = MatMul(x, y)\n"
    "n = MatMul(v, y)\n"
    "o = MatMul(x, v)\n"
    "p = MatMul(v, v)\n"
    "t = Transpose(y) {perm=[0,2,1]}\n"
    "q = MatMul(t, y)\n"
    "r = MatMul(x, w)\n"
    "f = Reshape(x, flat)\n"
    "s = MatMul(f, w)\n"
    "z = Relu(s)\n"
    "a = Tanh(q)\n"
    "b = MatMul(m, u)\n"
    "output b\n"
    "output n\n"
    "output o\n"
    "output p\n"
    "output a\n"
    "output r\n"
    "output z\n",
    /* Reductions over many axes, of maps and of rows, kept or not. */
    "graph g\n"
    "input x: float32[2,6,5,4]\n"
    "const w: float32[20,6,1,1] = random(1)\n"
    "const rows: int64[1] = {2}\n"
    "const outer: int64[2] = {0, 3}\n"
    "const channels: int64[1] = {1}\n"
    "const pixels: int64[2] = {2, -1}\n"
    "a = Conv(x, w)\n"
    "b = ReduceMean(a, rows)\n"
    "c = ReduceSum(a, outer) {keepdims=0}\n"
    "d = ReduceMax(a, channels)\n"
    "e = ReduceMin(x)\n"
    "f = ReduceMax(a, pixels) {keepdims=0}\n"
    "g = Clip(d, _, _)\n"
    "h = ReduceSum(x, channels) {keepdims=0}\n"
    "i = Sub(a, b)\n"
    "output c\n"
    "output g\n"
    "output e\n"
    "output f\n"
    "output h\n"
    "output i\n",
    /* Copies: pads that stay, repeats, elements picked along any axis. */
    "graph g\n"
    "input x: float32[1,6,5,4]\n"
    "input v: float32[9]\n"
    "const w: float32[20,6,1,1] = random(1)\n"
    "const u: float32[3,20,1,1] = random(2)\n"
    "const pads: int64[8] = {0, 1, 2, -1, 0, 0, 1, 3}\n"
    "const half: float32[] = {0.5}\n"
    "const edge: int64[8] = {0, 0, 1, 1, 0, 0, 0, 0}\n"
    "const repeats: int64[4] = {1, 2, 1, 3}\n"
    "const some: int64[4] = {4, 0, 1, -1}\n"
    "const odd: int64[2] = {1, 3}\n"
    "const one: int64[] = {-2}\n"
    "a = Conv(x, w)\n"
    "b = Pad(x, pads, half)\n"
    "c = Pad(a, edge)\n"
    "d = Conv(c, u)\n"
    "e = Tile(x, repeats)\n"
    "f = Gather(a, some) {axis=2}\n"
    "g = Conv(f, u)\n"
    "h = Gather(x, odd) {axis=3}\n"
    "i = Gather(x, one) {axis=1}\n"
    "j = Gather(v, some)\n"
    "output b\n"
    "output d\n"
    "output e\n"
    "output g\n"
    "output h\n"
    "output i\n"
    "output j\n",
};

static struct arena arena;
static struct snv2_diagnostic diagnostic;

static void setup(void) {
    arena_init(&arena, UINT64_MAX);
}

static void teardown(void) {
    arena_free(&arena);
}

#define CHECK_OK(call) ck_assert_msg((call) == SNV2_OK, "%s", diagnostic.message)

static const void *convert(const struct graph *graph, size_t *size) {
    struct program *program;
    const void *bytes;
    CHECK_OK(lower_graph(graph, &arena, &program, &diagnostic));
    CHECK_OK(plan_memory(program, &arena, &diagnostic));
    CHECK_OK(verify_plan(program, &arena, &diagnostic));
    CHECK_OK(emit_blob(program, NULL, 0, &arena, &bytes, size, &diagnostic));
    return bytes;
}

/* The graph's inputs: seeded floats, and the same as doubles. */
static void make_inputs(const struct graph *graph, float *inputs[], struct interp_tensor *wide) {
    for (int32_t i = 0; i < graph->input_count; i++) {
        const struct value *value = graph->inputs[i];
        size_t count = (size_t)shape_elements(&value->shape);
        double *doubles = arena_alloc(&arena, count, sizeof *doubles);
        inputs[i] = arena_alloc(&arena, count, sizeof **inputs);
        random_fill(inputs[i], (int64_t)count, (uint64_t)i + 100);
        for (size_t k = 0; k < count; k++)
            doubles[k] = inputs[i][k];
        wide[i] = (struct interp_tensor){value->dtype, value->shape, doubles};
    }
}

static void check_output(const struct interp_tensor *expected, const float *found, int output) {
    const double *values = expected->data;
    double largest = 0;
    for (int64_t i = 0; i < shape_elements(&expected->shape); i++)
        largest = fmax(largest, fabs(values[i]));
    for (int64_t i = 0; i < shape_elements(&expected->shape); i++)
        ck_assert_msg(fabs(values[i] - found[i]) <= 1e-5 * largest, "output %d[%d]: %g, not %g",
                      output, (int)i, (double)found[i], values[i]);
}

START_TEST(test_against_interpreter) {
    struct graph *graph;
    struct snv2_model *model;
    struct snv2_context *context;
    struct interp_tensor wide[MAX_BOUNDARY], expected[MAX_BOUNDARY];
    float *inputs[MAX_BOUNDARY], *outputs[MAX_BOUNDARY];
    size_t size;
    CHECK_OK(graph_read_text(graphs[_i], &arena, &graph, &diagnostic));
    const void *bytes = convert(graph, &size);
    make_inputs(graph, inputs, wide);
    CHECK_OK(interp_run(graph, PRECISION_FLOAT64, wide, expected, NULL, NULL, &diagnostic));
    CHECK_OK(snv2_open_memory(bytes, size, &model, &diagnostic));
    CHECK_OK(snv2_context_new(model, NULL, &context, &diagnostic));
    ck_assert_int_eq(snv2_output_count(model), graph->output_count);
    for (int32_t i = 0; i < graph->output_count; i++) {
        outputs[i] = arena_alloc(&arena, snv2_output(model, i)->bytes, 1);
        ck_assert_str_eq(snv2_output(model, i)->name, graph->outputs[i]->name);
    }
    CHECK_OK(snv2_run(context, (const void *const *)inputs, (void *const *)outputs));
    for (int32_t i = 0; i < graph->output_count; i++) {
        check_output(&expected[i], outputs[i], i);
        free(expected[i].data);
    }
    snv2_context_free(context);
    snv2_close(model);
}
END_TEST

static Suite *backend_suite(void) {
    Suite *suite = suite_create("backend");
    TCase *tests = tcase_create("backend");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_against_interpreter, 0, sizeof graphs / sizeof *graphs);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void) {
    return tap_run(backend_suite());
}
