/* Lowering of what is no feature map: views instead of movements, places in outputs and
 * concatenations, copies that are left with their reasons, activations that join commands. */
#include "tests/program_text.h"
#include "tests/tap.h"

#include "ir/text.h"

#include <string.h>

static struct arena arena;
static struct snv2_diagnostic diagnostic;

static void setup(void) {
    arena_init(&arena, UINT64_MAX);
}

static void teardown(void) {
    arena_free(&arena);
}

static struct program *lower(const char *text) {
    struct graph *graph = NULL;
    struct program *program = NULL;
    enum snv2_status status = graph_read_text(text, &arena, &graph, &diagnostic);
    ck_assert_msg(status == SNV2_OK, "%s\n%s", diagnostic.message, text);
    status = lower_graph(graph, &arena, &program, &diagnostic);
    ck_assert_msg(status == SNV2_OK, "%s", diagnostic.message);
    return program;
}

static const struct {
    const char *name, *graph, *program;
} lowerings[] = {
    {"heads of a detector write where they stand in the output",
     "graph g\n"
     "input x: float32[1,3,2,4]\n"
     "const w: float32[6,3,1,1] = random(1)\n"
     "const v: float32[6,3,2,2] = random(2)\n"
     "const rows: int64[3] = {1, -1, 3}\n"
     "a = Conv(x, w)\n"
     "at = Transpose(a) {perm=[0,2,3,1]}\n"
     "ar = Reshape(at, rows)\n"
     "b = Conv(x, v) {strides=[2,2]}\n"
     "bt = Transpose(b) {perm=[0,2,3,1]}\n"
     "br = Reshape(bt, rows)\n"
     "y = Concat(ar, br) {axis=1}\n"
     "output y\n",
     "a: CONV(in0:0+3) -> out0@0(48,1,24,6)[1,6,2,4] 1x1/1,1 group 1\n"
     "b: CONV(in0:0+3) -> out0@48(12,1,12,6)[1,6,1,2] 2x2/2,2 group 1\n"},
    {"the same where a view joins them, with an activation behind the movements",
     "graph g\n"
     "input x: float32[1,3,2,4]\n"
     "const w: float32[6,3,1,1] = random(1)\n"
     "const rows: int64[3] = {1, -1, 3}\n"
     "a = Conv(x, w)\n"
     "at = Transpose(a) {perm=[0,2,3,1]}\n"
     "ar = Reshape(at, rows)\n"
     "as = Sigmoid(ar)\n"
     "b = Conv(x, w)\n"
     "bt = Transpose(b) {perm=[0,2,3,1]}\n"
     "br = Reshape(bt, rows)\n"
     "y = ChannelView(as, br) {runs=[0:0+16, 1:0+16]}\n"
     "output y\n",
     "a: CONV(in0:0+3) -> out0@0(48,1,24,6)[1,6,2,4] 1x1/1,1 group 1 SIGMOID\n"
     "b: CONV(in0:0+3) -> out0@48(48,1,24,6)[1,6,2,4] 1x1/1,1 group 1\n"},
    {"a head that is read again is copied to the output",
     "graph g\n"
     "input x: float32[1,3,2,2]\n"
     "const w: float32[6,3,1,1] = random(1)\n"
     "const f: float32[24,2] = random(2)\n"
     "const rows: int64[2] = {4, 6}\n"
     "a = Conv(x, w)\n"
     "at = Transpose(a) {perm=[0,2,3,1]}\n"
     "ar = Reshape(at, rows)\n"
     "m = GlobalMaxPool(a)\n"
     "output ar\n"
     "output m\n",
     "a: CONV(in0:0+3) -> t3[1,6,2,2] 1x1/1,1 group 1\n"
     "m: MAX_POOL(t3:0+6) -> out1[1,6,1,1] 2x2/1,1\n"
     "ar: COPY(t3@0(16,1):0+6) -> out0[4,6]\n"
     "boundary 2: ar 96\n"},
    {"slices, splits, transpositions and broadcasting are strides",
     "graph g\n"
     "input x: float32[4,6,5]\n"
     "const starts: int64[2] = {1, 0}\n"
     "const ends: int64[2] = {4, 5}\n"
     "const axes: int64[2] = {0, 2}\n"
     "const steps: int64[2] = {2, 3}\n"
     "const k: float32[2] = {1, 2}\n"
     "s = Slice(x, starts, ends, axes, steps)\n"
     "p, q = Split(s) {axis=1, num_outputs=2}\n"
     "t = Transpose(q) {perm=[1,2,0]}\n"
     "a = Mul(t, k)\n"
     "b = Sub(p, p)\n"
     "output a\n"
     "output b\n",
     "a: BINARY(in0@45(5,3,60):0+2 | const4@0(0,0,1):0+2) -> out0[3,2,2] mode 2\n"
     "b: BINARY(in0@30(60,5,3):0+3 | in0@30(60,5,3):0+3) -> out1[2,3,2] mode 1\n"},
    {"a reshape that no strides can say copies, into the output where that is possible",
     "graph g\n"
     "input x: float32[1,3,2,2]\n"
     "const w: float32[6,3,1,1] = random(1)\n"
     "const f: float32[24,2] = random(2)\n"
     "const flat: int64[2] = {1, 24}\n"
     "const five: int64[5] = {1, 3, 2, 2, 2}\n"
     "const rows: int64[3] = {1, 12, 2}\n"
     "a = Conv(x, w)\n"
     "ar = Reshape(a, flat)\n"
     "y = Gemm(ar, f)\n"
     "b = Conv(x, w)\n"
     "bf = Reshape(b, five)\n"
     "bt = Transpose(bf) {perm=[0,1,3,4,2]}\n"
     "br = Reshape(bt, rows)\n"
     "output y\n"
     "output br\n",
     "a: CONV(in0:0+3) -> t3[1,6,2,2] 1x1/1,1 group 1\n"
     "ar: COPY(t3:0+6) -> t4@0(24,4,2,1)[1,6,2,2]\n"
     "y: FULLY_CONNECTED(t4:0+24) -> out0[1,2]\n"
     "b: CONV(in0:0+3) -> t6[1,6,2,2] 1x1/1,1 group 1\n"
     "br: COPY(t6@0(6,2,32,16,1):0+3) -> out1@0(24,8,4,2,1)[1,3,2,2,2]\n"
     "moved 1: ar 96\n"
     "boundary 4: br 96\n"},
    {"an activation joins what makes its operand, or the copy of it",
     "graph g\n"
     "input x: float32[1,4,2,2]\n"
     "const w: float32[4,4,1,1] = random(1)\n"
     "const flat: int64[2] = {1, 16}\n"
     "a = Conv(x, w)\n"
     "s = Add(a, x)\n"
     "r = Relu(s)\n"
     "b = Conv(r, w)\n"
     "l = LeakyRelu(b) {alpha=0.5}\n"
     "c = Conv(l, w)\n"
     "f = Reshape(c, flat)\n"
     "y = HardSigmoid(f) {alpha=0.25, beta=0.75}\n"
     "d = Conv(r, w) {activation=relu}\n"
     "z = Exp(d)\n"
     "output y\n"
     "output z\n",
     "a: CONV(in0:0+4) -> t3[1,4,2,2] 1x1/1,1 group 1\n"
     "s: BINARY(t3:0+4 | in0:0+4) -> t4[1,4,2,2] RELU\n"
     "b: CONV(t4:0+4) -> t5[1,4,2,2] 1x1/1,1 group 1 LEAKY_RELU 0.5\n"
     "c: CONV(t5:0+4) -> t6[1,4,2,2] 1x1/1,1 group 1\n"
     "f: ACTIVATE(t6:0+4) -> out0@0(16,4,2,1)[1,4,2,2] HARD_SIGMOID 0.25,0.75\n"
     "d: CONV(t4:0+4) -> t8[1,4,2,2] 1x1/1,1 group 1 RELU\n"
     "z: ACTIVATE(t8:0+4) -> out1[1,4,2,2] EXP\n"},
    {"an activation whose operand is read by others does not join",
     "graph g\n"
     "input x: float32[1,4,2,2]\n"
     "const w: float32[4,4,1,1] = random(1)\n"
     "a = Conv(x, w)\n"
     "r = Tanh(a)\n"
     "y = Add(r, a)\n"
     "output y\n",
     "a: CONV(in0:0+4) -> t2[1,4,2,2] 1x1/1,1 group 1\n"
     "r: ACTIVATE(t2:0+4) -> t3[1,4,2,2] TANH\n"
     "y: BINARY(t3:0+4 | t2:0+4) -> out0[1,4,2,2]\n"},
    {"rank 0 and 1",
     "graph g\n"
     "input x: float32[7]\n"
     "input s: float32[]\n"
     "const k: float32[1] = {2}\n"
     "a = Mul(x, s)\n"
     "b = Sqrt(s)\n"
     "c = Div(k, b)\n"
     "y = Softmax(a)\n"
     "output y\n"
     "output c\n",
     "a: BINARY(in0@0(0,1):0+7 | in1@0(0,0):0+7) -> t6@0(7,1)[1,7] mode 2\n"
     "y: SOFTMAX(t6@0(7,1):0+7) -> out0@0(7,1)[1,7] axis 1\n"
     "b: ACTIVATE(in1@0(0,0):0+1) -> t10@0(1,1)[1,1] SQRT\n"
     "c: BINARY(const12@0(0,1):0+1 | t10@0(1,1):0+1) -> out1@0(1,1)[1,1] mode 3\n"},
    {"squeeze and excite: the factor is repeated over the pixels by a stride of 0",
     "graph g\n"
     "input x: float32[2,3,2,2]\n"
     "const w: float32[20,3,1,1] = random(1)\n"
     "const v: float32[20,20,1,1] = random(2)\n"
     "a = Conv(x, w)\n"
     "p = GlobalAveragePool(a)\n"
     "f = Conv(p, v) {activation=sigmoid}\n"
     "m = Mul(a, f)\n"
     "y = Conv(m, v)\n"
     "output y\n",
     "a: CONV(in0:0+3) -> t2[2,20,2,2] 1x1/1,1 group 1\n"
     "p: GLOBAL_AVERAGE_POOL(t2:0+20) -> t3[2,20,1,1]\n"
     "f: CONV(t3:0+20) -> t4[2,20,1,1] 1x1/1,1 group 1 SIGMOID\n"
     "m: BINARY(t2:0+20 | t4@0(32,1,0,0):0+20) -> t6[2,20,2,2] mode 2\n"
     "y: CONV(t6:0+20) -> t7[2,20,2,2] 1x1/1,1 group 1\n"
     "y: COPY(t7:0+20) -> out0[2,20,2,2]\n"
     "boundary 5: y 640\n"},
    {"channels-last input and output: the convolution reads and writes them as they are",
     "graph g\n"
     "input x: float32[1,4,4,3]\n"
     "const w: float32[5,3,1,1] = random(1)\n"
     "t = Transpose(x) {perm=[0,3,1,2]}\n"
     "a = Conv(t, w)\n"
     "y = Transpose(a) {perm=[0,2,3,1]}\n"
     "output y\n",
     "a: CONV(in0@0(48,1,12,3):0+3) -> out0@0(80,1,20,5)[1,5,4,4] 1x1/1,1 group 1\n"},
    {"pixels: depth to space is a copy, resizing is a command with tables",
     "graph g\n"
     "input x: float32[1,4,3,2]\n"
     "const w: float32[8,4,1,1] = random(1)\n"
     "const t: float32[8,4,2,2] = random(2)\n"
     "const p: float32[4,2,1,1] = random(3)\n"
     "const scales: float32[4] = {1, 1, 2, 2}\n"
     "a = Conv(x, w)\n"
     "d = DepthToSpace(a) {blocksize=2}\n"
     "e = Conv(d, p)\n"
     "c = ConvTranspose(a, t) {strides=[2,2]}\n"
     "s = Add(e, c)\n"
     "r = Resize(s, _, scales) {mode=linear}\n"
     "y = MaxPool(r) {kernel_shape=[2,2]}\n"
     "output y\n",
     "a: CONV(in0:0+4) -> t2[1,8,3,2] 1x1/1,1 group 1\n"
     "d: COPY(t2@0(8,1,32,4,16,2):0+2) -> t3@0(2,1,128,64,32,16)[1,2,3,2,2,2]\n"
     "e: CONV(t3:0+2) -> t6[1,4,6,4] 1x1/1,1 group 1\n"
     "c: CONV_TRANSPOSE(t2:0+8) -> t7[1,4,6,4] 2x2/2,2 group 1\n"
     "s: BINARY(t6:0+4 | t7:0+4) -> t8[1,4,6,4]\n"
     "r: RESIZE(t8:0+4) -> t9[1,4,12,8] mode 2\n"
     "y: MAX_POOL(t9:0+4) -> t10[1,4,11,7] 2x2/1,1\n"
     "y: COPY(t10:0+4) -> out0[1,4,11,7]\n"
     "moved 1: d 192\n"
     "boundary 7: y 1232\n"},
    {"Concat along rows: the parts are written side by side; what cannot be is copied",
     "graph g\n"
     "input x: float32[1,3,2,4]\n"
     "const w: float32[4,3,1,1] = random(1)\n"
     "const k: float32[1,4,2,4] = random(2)\n"
     "a = Conv(x, w)\n"
     "b = Conv(x, w) {pads=[1,0,0,0]}\n"
     "rows = Concat(a, b, k) {axis=2}\n"
     "y = MaxPool(rows) {kernel_shape=[2,2]}\n"
     "columns = Concat(a, a) {axis=3}\n"
     "z = MaxPool(columns) {kernel_shape=[2,2]}\n"
     "output y\n"
     "output z\n",
     "a: CONV(in0:0+3) -> t5[1,4,2,4] 1x1/1,1 group 1\n"
     "b: CONV(in0:0+3) -> t4@128(448,1,64,16)[1,4,3,4] 1x1/1,1 pad 1,0,0,0 group 1\n"
     "rows: COPY(t5:0+4) -> t4@0(4,1,64,16)[1,4,2,4]\n"
     "rows: COPY(const9:0+4) -> t4@320(4,1,64,16)[1,4,2,4]\n"
     "y: MAX_POOL(t4:0+4) -> t10[1,4,6,3] 2x2/1,1\n"
     "columns: COPY(t5:0+4) -> t3@0(4,1,128,16)[1,4,2,4]\n"
     "columns: COPY(t5:0+4) -> t3@64(4,1,128,16)[1,4,2,4]\n"
     "z: MAX_POOL(t3:0+4) -> t13[1,4,1,7] 2x2/1,1\n"
     "y: COPY(t10:0+4) -> out0[1,4,6,3]\n"
     "z: COPY(t13:0+4) -> out1[1,4,1,7]\n"
     "moved 2: rows 128\n"
     "moved 3: rows 128\n"
     "moved 5: columns 128\n"
     "moved 6: columns 128\n"
     "boundary 8: y 288\n"
     "boundary 9: z 112\n"},
    {"many runs where one tensor is wanted",
     "graph g\n"
     "input x: float32[1,3,2,2]\n"
     "const w: float32[4,3,1,1] = random(1)\n"
     "a = Conv(x, w)\n"
     "b = Conv(x, w)\n"
     "v = ChannelView(a, b) {runs=[1:1+2, 0:0+4]}\n"
     "s = Softmax(v) {axis=1}\n"
     "h = ChannelView(a) {runs=[0:1+2*2]}\n"
     "u = Softmax(h) {axis=1}\n"
     "y = Add(v, s)\n"
     "output y\n"
     "output u\n",
     "a: CONV(in0:0+3) -> t3[1,4,2,2] 1x1/1,1 group 1\n"
     "b: CONV(in0:0+3) -> t4[1,4,2,2] 1x1/1,1 group 1\n"
     "v: COPY(t4:1+2 t3:0+4) -> t5[1,6,2,2]\n"
     "s: SOFTMAX(t5:0+6) -> t6[1,6,2,2] axis 1\n"
     "y: BINARY(t5:0+6 | t6:0+6) -> out0[1,6,2,2]\n"
     "u: SOFTMAX(t3@1(4,2,32,16):0+2) -> out1[1,2,2,2] axis 1\n"
     "moved 2: v 96\n"},
    {"products: by a constant matrix a fully connected layer, else of two arrays",
     "graph g\n"
     "input x: float32[2,5,7]\n"
     "input v: float32[7]\n"
     "const w: float32[7,4] = random(1)\n"
     "a = MatMul(x, w)\n"
     "t = Transpose(a) {perm=[0,2,1]}\n"
     "b = MatMul(t, x)\n"
     "c = MatMul(x, v)\n"
     "d = Relu(c)\n"
     "output b\n"
     "output d\n",
     "a: FULLY_CONNECTED(in0@0(7,1):0+7) -> t5@0(4,1)[10,4]\n"
     "b: MATMUL(t5@0(20,1,4):0+4 | in0:0+5) -> out0[2,4,7]\n"
     "c: MATMUL(in0:0+5 | in1@0(0,1,1):0+7) -> out1@0(5,1,1)[2,5,1] RELU\n"},
    {"reductions: what is 1 in the output is reduced",
     "graph g\n"
     "input x: float32[2,3,4,5]\n"
     "const w: float32[6,3,1,1] = random(1)\n"
     "const axes: int64[2] = {1, 3}\n"
     "a = Conv(x, w)\n"
     "b = ReduceMax(a, axes) {keepdims=0}\n"
     "c = ReduceMean(x)\n"
     "output b\n"
     "output c\n",
     "a: CONV(in0:0+3) -> t3[2,6,4,5] 1x1/1,1 group 1\n"
     "b: REDUCE(t3:0+6) -> out0@0(4,4,1,1)[2,1,4,1] mode 2\n"
     "c: REDUCE(in0:0+3) -> out1[1,1,1,1] mode 1\n"},
    {"Pad, Tile and Gather are copies, or a view",
     "graph g\n"
     "input x: float32[2,3,4]\n"
     "const pads: int64[6] = {0, 1, -1, 0, 0, 2}\n"
     "const value: float32[] = {9}\n"
     "const repeats: int64[3] = {1, 2, 3}\n"
     "const some: int64[4] = {0, 1, -1, 1}\n"
     "const even: int64[2] = {1, -1}\n"
     "a = Pad(x, pads, value)\n"
     "b = Tile(x, repeats)\n"
     "c = Gather(x, some) {axis=1}\n"
     "d = Gather(x, even) {axis=2}\n"
     "e = Neg(d)\n"
     "output a\n"
     "output b\n"
     "output c\n"
     "output e\n",
     "a: COPY(const5@0(0,0,0):0+1) -> out0@0(20,5,1)[2,1,5]\n"
     "a: COPY(const5@0(0,0,0):0+3) -> out0@8(20,5,1)[2,3,2]\n"
     "a: COPY(in0@1(12,4,1):0+3) -> out0@5(20,5,1)[2,3,3]\n"
     "b: COPY(in0@0(12,0,4,0,1):0+2) -> out1@0(72,36,12,4,1)[2,2,3,3,4]\n"
     "c: COPY(in0:0+3) -> out2@0(16,4,1)[2,3,4]\n"
     "c: COPY(in0@4(12,4,1):0+1) -> out2@12(16,4,1)[2,1,4]\n"
     "e: ACTIVATE(in0@1(12,4,2):0+3) -> out3[2,3,2] NEGATE\n"
     "boundary 0: a 40\n"
     "boundary 1: a 48\n"
     "boundary 2: a 72\n"
     "boundary 3: b 576\n"
     "boundary 4: c 96\n"
     "boundary 5: c 32\n"},
};

START_TEST(test_lowering) {
    char *text = program_text(lower(lowerings[_i].graph));
    ck_assert_msg(!strcmp(text, lowerings[_i].program), "%s:\n%s\ninstead of\n%s",
                  lowerings[_i].name, text, lowerings[_i].program);
    free(text);
}
END_TEST

START_TEST(test_bytes_moved) {
    for (size_t i = 0; i < sizeof lowerings / sizeof *lowerings; i++) {
        bool moves = strstr(lowerings[i].program, "moved ");
        ck_assert_int_eq(program_bytes_moved(lower(lowerings[i].graph)) > 0, moves);
    }
}
END_TEST

/* Rows and columns that output positions read, and their weights. */
START_TEST(test_resize_tables) {
    struct program *program = lower("graph g\n"
                                    "input x: float32[1,2,3,4]\n"
                                    "const scales: float32[4] = {1, 1, 2, 0.5}\n"
                                    "y = Resize(x, _, scales) {mode=linear}\n"
                                    "output y\n");
    static const uint32_t indices[] = {0, 1, 0, 1, 0, 1, 1, 2, 1, 2, 2, 2, 0, 1, 2, 3};
    static const float weights[] = {1,     0,     0.75f, 0.25f, 0.25f, 0.75f, 0.75f, 0.25f,
                                    0.25f, 0.75f, 1,     0,     0.5f,  0.5f,  0.5f,  0.5f};
    const struct snv2_blob_command *command = &program->commands[1];
    ck_assert_int_eq(command->opcode, SNV2_OPCODE_RESIZE);
    ck_assert_int_eq(command->mode, 2);
    ck_assert_uint_eq(program->index_count, 16);
    ck_assert_mem_eq(program->indices + command->first_index, indices, sizeof indices);
    ck_assert_mem_eq(program->weights + command->weights, weights, sizeof weights);
}
END_TEST

static Suite *lower_suite(void) {
    Suite *suite = suite_create("lower arrays");
    TCase *tests = tcase_create("lower arrays");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_lowering, 0, sizeof lowerings / sizeof *lowerings);
    tcase_add_test(tests, test_bytes_moved);
    tcase_add_test(tests, test_resize_tables);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void) {
    return tap_run(lower_suite());
}
