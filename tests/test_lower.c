/* Lowering: graphs as text, programs as text; messages for what has no command;
 * and that a program does not depend on the order of the nodes in the file. */
#include "tests/lower_case.h"
#include "tests/program_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- graphs and their programs ---- */

static const struct {
    const char *name, *graph, *program;
} lowerings[] = {
    {"first convolution, dense, grouped, depthwise; bias left out",
     "graph g\n"
     "input x: float32[1,3,8,8]\n"
     "const w: float32[4,3,3,3] = random(1)\n"
     "const b: float32[4] = random(2)\n"
     "const d: float32[4,1,3,3] = random(3)\n"
     "const g: float32[6,2,1,1] = random(4)\n"
     "const p: float32[20,6,1,2] = random(5)\n"
     "a = Conv(x, w, b) {pads=[1,1,1,1], strides=[2,2], activation=relu} as first\n"
     "c = Conv(a, d) {pads=[0,1,2,3], dilations=[1,2], group=4}\n"
     "e = Conv(c, g) {group=2, activation=clip, activation_beta=6}\n"
     "y = Conv(e, p)\n"
     "output y\n",
     "first: CONV(in0:0+3) -> t2[1,4,4,4] 3x3/2,2 pad 1,1,1,1 group 1 RELU\n"
     "c: DEPTHWISE(t2:0+4) -> t3[1,4,4,4] 3x3/1,1 dilation 1,2 pad 0,1,2,3 group 4\n"
     "e: CONV(t3:0+4) -> t4[1,6,4,4] 1x1/1,1 group 2 CLIP 0,6\n"
     "y: CONV(t4:0+6) -> t5[1,20,4,3] 1x2/1,1 group 1\n"
     "y: COPY(t5:0+20) -> out0[1,20,4,3]\n"
     "boundary 4: y 960\n"},
    {"depthwise with two outputs a channel, and a 1x1 convolution of one channel",
     "graph g\n"
     "input x: float32[1,2,4,4]\n"
     "const w: float32[4,1,1,1] = random(1)\n"
     "const v: float32[1,4,1,1] = random(2)\n"
     "const u: float32[1,1,1,1] = random(3)\n"
     "a = Conv(x, w) {group=2}\n"
     "b = Conv(a, v)\n"
     "y = Conv(b, u)\n"
     "output y\n",
     "x: COPY(in0:0+2) -> t2[1,2,4,4]\n"
     "a: CONV(t2:0+2) -> t3[1,4,4,4] 1x1/1,1 group 2\n"
     "b: CONV(t3:0+4) -> t4[1,1,4,4] 1x1/1,1 group 1\n"
     "y: CONV(t4:0+1) -> out0[1,1,4,4] 1x1/1,1 group 1\n"
     "boundary 0: x 128\n"},
    {"pools",
     "graph g\n"
     "input x: float32[2,3,7,7]\n"
     "m = MaxPool(x) {kernel_shape=[3,3], strides=[2,2], ceil_mode=1, pads=[1,1,1,1]}\n"
     "a = AveragePool(m) {kernel_shape=[2,2], pads=[1,0,0,1], count_include_pad=1}\n"
     "b = AveragePool(a) {kernel_shape=[2,2]}\n"
     "y = GlobalAveragePool(b)\n"
     "output y\n",
     "x: COPY(in0:0+3) -> t2[2,3,7,7]\n"
     "m: MAX_POOL(t2:0+3) -> t3[2,3,4,4] 3x3/2,2 pad 1,1,1,1\n"
     "a: AVERAGE_POOL(t3:0+3) -> t4[2,3,4,4] 2x2/1,1 pad 1,0,0,1 mode 1\n"
     "b: AVERAGE_POOL(t4:0+3) -> t5[2,3,3,3] 2x2/1,1\n"
     "y: GLOBAL_AVERAGE_POOL(t5:0+3) -> out0[2,3,1,1]\n"
     "boundary 0: x 1176\n"},
    {"a classifier's end: no conversion, and the result goes where the caller wants it",
     "graph g\n"
     "input x: float32[1,3,4,4]\n"
     "const w: float32[8,3,1,1] = random(1)\n"
     "const f: float32[5,8] = random(2)\n"
     "const b: float32[5] = random(3)\n"
     "a = Conv(x, w)\n"
     "p = GlobalAveragePool(a)\n"
     "q = Flatten(p)\n"
     "y = Gemm(q, f, b) {transB=1, activation=relu}\n"
     "output y\n",
     "a: CONV(in0:0+3) -> t2[1,8,4,4] 1x1/1,1 group 1\n"
     "p: GLOBAL_AVERAGE_POOL(t2:0+8) -> t3[1,8,1,1]\n"
     "y: FULLY_CONNECTED(t3:0+8) -> out0[1,5] RELU\n"},
    {"fully connected behind fully connected; [N,K] input as it stands",
     "graph g\n"
     "input x: float32[2,3]\n"
     "const w: float32[3,4] = random(1)\n"
     "const v: float32[4,5] = random(2)\n"
     "h = Gemm(x, w)\n"
     "y = Gemm(h, v)\n"
     "output y\n",
     "h: FULLY_CONNECTED(in0:0+3) -> t2[2,4]\n"
     "y: FULLY_CONNECTED(t2:0+4) -> out0[2,5]\n"},
    {"what is made of a Gemm stays row-major",
     "graph g\n"
     "input x: float32[2,3]\n"
     "const w: float32[3,4] = random(1)\n"
     "h = Gemm(x, w)\n"
     "r = Relu(h)\n"
     "y = Add(r, h)\n"
     "output y\n",
     "h: FULLY_CONNECTED(in0:0+3) -> t2[2,4]\n"
     "r: ACTIVATE(t2:0+4) -> t3[2,4] RELU\n"
     "y: BINARY(t3:0+4 | t2:0+4) -> out0[2,4]\n"},
    {"views: runs of several bases, views of views, views through a reshape",
     "graph g\n"
     "input x: float32[1,3,1,1]\n"
     "const w: float32[8,3,1,1] = random(1)\n"
     "const v: float32[6,3,1,1] = random(2)\n"
     "const u: float32[4,9,1,1] = random(3)\n"
     "const f: float32[3,2] = random(4)\n"
     "const shape: int64[2] = {1, 8}\n"
     "a = Conv(x, w)\n"
     "b = Conv(x, v)\n"
     "i = ChannelView(a) {runs=[0:1+3*2, 0:7+1]}\n"
     "j = ChannelView(i, b) {runs=[1:0+2, 0:1+3, 1:2+1, 0:0+1, 0:0+1, 1:5+1]}\n"
     "c = Conv(j, u)\n"
     "r = Reshape(a, shape)\n"
     "k = ChannelView(r) {runs=[0:7+3*-3]}\n"
     "y = Gemm(k, f)\n"
     "output c\n"
     "output y\n",
     "a: CONV(in0:0+3) -> t3[1,8,1,1] 1x1/1,1 group 1\n"
     "b: CONV(in0:0+3) -> t4[1,6,1,1] 1x1/1,1 group 1\n"
     "c: CONV(t4:0+2 t3:3+3*2 t4:2+1 t3:1+1 t3:1+1 t4:5+1) -> out0[1,4,1,1] 1x1/1,1 group 1\n"
     "y: FULLY_CONNECTED(t3:7+3*-3) -> out1[1,2]\n"},
    {"spans join where views meet",
     "graph g\n"
     "input x: float32[1,3,2,2]\n"
     "const w: float32[8,3,1,1] = random(1)\n"
     "a = Conv(x, w)\n"
     "l = ChannelView(a) {runs=[0:0+4]}\n"
     "h = ChannelView(a) {runs=[0:4+4]}\n"
     "j = ChannelView(l, h) {runs=[0:0+4, 1:0+4]}\n"
     "y = Relu(j)\n"
     "output y\n",
     "a: CONV(in0:0+3) -> t2[1,8,2,2] 1x1/1,1 group 1\n"
     "y: ACTIVATE(t2:0+8) -> out0[1,8,2,2] RELU\n"},
    {"one feature map of the input for all readers but a first convolution; a view of the input",
     "graph g\n"
     "input x: float32[1,4,2,2]\n"
     "const w: float32[4,4,1,1] = random(1)\n"
     "const v: float32[4,2,1,1] = random(2)\n"
     "a = Conv(x, w)\n"
     "s = Add(a, x)\n"
     "i = ChannelView(x) {runs=[0:2+2]}\n"
     "b = Conv(i, v)\n"
     "y = Add(s, b)\n"
     "output y\n",
     "a: CONV(in0:0+4) -> t2[1,4,2,2] 1x1/1,1 group 1\n"
     "s: BINARY(t2:0+4 | in0:0+4) -> t3[1,4,2,2]\n"
     "x: COPY(in0:0+4) -> t4[1,4,2,2]\n"
     "b: CONV(t4:2+2) -> t5[1,4,2,2] 1x1/1,1 group 1\n"
     "y: BINARY(t3:0+4 | t5:0+4) -> out0[1,4,2,2]\n"
     "boundary 2: x 64\n"},
    {"outputs: an intermediate, a view, an input, a constant, one twice, a Gemm that is also read",
     "graph g\n"
     "input x: float32[1,2,1,1]\n"
     "const w: float32[2,2,1,1] = random(1)\n"
     "const f: float32[2,3] = random(2)\n"
     "const e: float32[3,2] = random(3)\n"
     "const k: float32[1,3] = {1, 2, 3}\n"
     "a = Conv(x, w)\n"
     "v = ChannelView(a) {runs=[0:1+2*-1]}\n"
     "q = Flatten(a)\n"
     "g = Gemm(q, f)\n"
     "h = Gemm(g, e)\n"
     "output a\n"
     "output v\n"
     "output x\n"
     "output k\n"
     "output a\n"
     "output g\n"
     "output h\n",
     "a: CONV(in0:0+2) -> t8[1,2,1,1] 1x1/1,1 group 1\n"
     "g: FULLY_CONNECTED(t8:0+2) -> t9[1,3]\n"
     "h: FULLY_CONNECTED(t9:0+3) -> out6[1,2]\n"
     "a: COPY(t8:0+2) -> out0[1,2,1,1]\n"
     "v: COPY(t8:1+2*-1) -> out1[1,2,1,1]\n"
     "x: COPY(in0:0+2) -> out2[1,2,1,1]\n"
     "k: COPY(const10:0+3) -> out3[1,3]\n"
     "a: COPY(t8:0+2) -> out4[1,2,1,1]\n"
     "g: COPY(t9:0+3) -> out5[1,3]\n"
     "boundary 3: a 8\n"
     "boundary 4: v 8\n"
     "boundary 5: x 8\n"
     "boundary 6: k 12\n"
     "boundary 7: a 8\n"
     "boundary 8: g 12\n"},
    {"Clip with one bound and without the other; what no output needs is left out",
     "graph g\n"
     "input x: float32[1,2,2,2]\n"
     "input unused: float32[1,7]\n"
     "const six: float32[] = {6}\n"
     "a = Clip(x, _, six)\n"
     "dead = Relu(a)\n"
     "i = Identity(a)\n"
     "output i\n",
     "a: ACTIVATE(in0:0+2) -> out0[1,2,2,2] CLIP -inf,6\n"},
    {"marks: contiguous units get one, torn ones none",
     "graph g\n"
     "input x: float32[1,3,4,4]\n"
     "const w: float32[4,3,1,1] = random(1)\n"
     "const d: float32[4,1,1,1] = random(2)\n"
     "const p: float32[4,4,1,1] = random(3)\n"
     "a = Conv(x, w) @stem 1\n"
     "m = MaxPool(a) {kernel_shape=[1,1]} @stem 1\n"
     "b = Conv(m, p) @unit 3\n"
     "c = Conv(b, d) {group=4} @unit 3\n"
     "e = Conv(c, p) @unit 3\n"
     "f = Conv(m, p) @opening 2\n"
     "h = Conv(f, d) {group=4} @opening 2\n"
     "s = Add(e, h)\n"
     "y = MaxPool(s) {kernel_shape=[1,1]} @opening 2\n"
     "output y\n",
     "a: CONV(in0:0+3) -> t2[1,4,4,4] 1x1/1,1 group 1\n"
     "m: MAX_POOL(t2:0+4) -> t3[1,4,4,4] 1x1/1,1\n"
     "b: CONV(t3:0+4) -> t4[1,4,4,4] 1x1/1,1 group 1\n"
     "c: DEPTHWISE(t4:0+4) -> t5[1,4,4,4] 1x1/1,1 group 4\n"
     "e: CONV(t5:0+4) -> t6[1,4,4,4] 1x1/1,1 group 1\n"
     "f: CONV(t3:0+4) -> t7[1,4,4,4] 1x1/1,1 group 1\n"
     "h: DEPTHWISE(t7:0+4) -> t8[1,4,4,4] 1x1/1,1 group 4\n"
     "s: BINARY(t6:0+4 | t8:0+4) -> t9[1,4,4,4]\n"
     "y: MAX_POOL(t9:0+4) -> t10[1,4,4,4] 1x1/1,1\n"
     "y: COPY(t10:0+4) -> out0[1,4,4,4]\n"
     "mark 3: 0+2\n"
     "mark 1: 2+3\n"
     "boundary 9: y 256\n"},
};

START_TEST(test_lowering) {
    struct program *program = lower(read_graph(lowerings[_i].graph));
    char *text = program_text(program);
    ck_assert_msg(!strcmp(text, lowerings[_i].program), "%s:\n%s\ninstead of\n%s",
                  lowerings[_i].name, text, lowerings[_i].program);
    free(text);
}
END_TEST

/* ---- what has no command ---- */

static const struct {
    const char *graph, *message;
} refusals[] = {
    {"graph g\n"
     "input x: float32[1,4,2,3]\n"
     "const c: float32[4] = {1, 2, 3, 4}\n"
     "t = ReduceL1(x) as t1\n"
     "u = ReduceL1(x) as t2\n"
     "m = BatchNormalization(x, c, c, c, c)\n"
     "output t\n"
     "output u\n"
     "output m\n",
     "no command for: ReduceL1 ('t1', 't2'), BatchNormalization ('m')"},
    {"graph g\n"
     "input x: float32[2,3]\n"
     "input z: float32[3,2]\n"
     "const w: float32[3,4] = random(1)\n"
     "const d: float32[2,1] = random(2)\n"
     "a = Gemm(z, w) {transA=1}\n"
     "b = Gemm(x, w, d)\n"
     "c = Gemm(x, z)\n"
     "s = Add(a, b)\n"
     "output s\n"
     "output c\n",
     "no command for: Gemm with transA ('a'), Gemm with another bias for each row ('b'), Gemm with "
     "weights that are not float32 constants ('c')"},
    {"graph g\n"
     "input x: float64[1,4,2,2]\n"
     "input i: int64[2]\n"
     "y = Exp(x)\n"
     "r = Relu(x)\n"
     "n = Neg(i)\n"
     "c = Cast(i) {to=3}\n"
     "output y\n"
     "output r\n"
     "output n\n"
     "output c\n",
     "no command for: Exp of a type other than float32 ('y')"},
    {"graph g\n"
     "input x: float32[1,4,2,1]\n"
     "const axis: int64[1] = {3}\n"
     "const w: float32[2,4,2] = random(1)\n"
     "l = Squeeze(x, axis)\n"
     "c = Conv(l, w)\n"
     "m = MaxPool(l) {kernel_shape=[2]}\n"
     "output c\n"
     "output m\n",
     "no command for: Conv that is not two-dimensional ('c'), MaxPool that is not two-dimensional "
     "('m')"},
    {"graph g\n"
     "input x: float32[1,4,2,2]\n"
     "const k: int64[2] = {1, 16777217}\n"
     "f = Flatten(x)\n"
     "output f\n"
     "output k\n",
     "no command for: graph output of numbers that are no float32 ('k')"},
    {"graph g\n"
     "input x: float32[1,4,2,2]\n"
     "input w: float32[1,4,1,1]\n"
     "input low: float32[]\n"
     "a = Conv(x, w)\n"
     "b = Clip(x, low)\n"
     "c = Add(b, w)\n"
     "output a\n"
     "output c\n",
     "no command for: Conv with weights that are not float32 constants ('a'), Clip with bounds "
     "that "
     "are not constants ('b')"},
    {"graph g\n"
     "input x: float32[4,6]\n"
     "h = Cast(x) {to=10}\n"
     "b = Cast(x) {to=16}\n"
     "i = Cast(x) {to=7}\n"
     "r = Relu(h)\n"
     "e = Exp(r)\n"
     "output h\n"
     "output b\n"
     "output i\n"
     "output e\n",
     "no command for: Exp of a type other than float32 ('e')"},
    {"graph g\n"
     "input x: float32[4,6]\n"
     "const bounds: int64[1] = {-1}\n"
     "const end: int64[1] = {-7}\n"
     "s = Slice(x, bounds, end, _, bounds)\n"
     "output s\n",
     "no command for: Slice with a negative step ('s')"},
    {"graph g\n"
     "input x: float32[1,4,8,8]\n"
     "const w: float32[4,4,1,1] = random(1)\n"
     "c = Conv(x, w)\n"
     "r = ReduceL1(c)\n"
     "d = GlobalAveragePool(r)\n"
     "output d\n",
     "no command for: ReduceL1 ('r'); --cut OUTPUT converts what comes before them"},
    {"graph g\n"
     "input x: float32[1,4,8,8]\n"
     "const w: float32[4,4,1,1] = random(1)\n"
     "r = ReduceL1(x)\n"
     "d = GlobalAveragePool(r)\n"
     "output d\n",
     "no command for: ReduceL1 ('r')"},
};

START_TEST(test_refusal) {
    struct program *program = NULL;
    struct graph *graph = read_graph(refusals[_i].graph);
    ck_assert_int_eq(lower_graph(graph, &arena, &program, &diagnostic), SNV2_UNSUPPORTED);
    ck_assert_str_eq(diagnostic.message, refusals[_i].message);
}
END_TEST

/* Many nodes in one message, which stays within its bounds. */
START_TEST(test_many_refusals) {
    struct shape shape = {2, {4, 4}};
    struct graph *graph = graph_new(&arena, "g");
    struct value *value = graph_add_value(graph, "x", DTYPE_FLOAT32, &shape);
    struct value *input = value;
    struct program *program = NULL;
    graph->inputs = &input;
    graph->input_count = 1;
    for (int i = 0; i < 10000; i++) {
        char name[32];
        snprintf(name, sizeof name, "%020d\x1b", i);
        struct node *node = graph_insert_node(graph, NULL, OP_LRN, name, 1, 1);
        node->inputs[0] = value;
        value = graph_add_value(graph, name, DTYPE_FLOAT32, &shape);
        node_set_output(node, 0, value);
    }
    graph->outputs = &value;
    graph->output_count = 1;
    ck_assert_int_eq(lower_graph(graph, &arena, &program, &diagnostic), SNV2_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "LRN ('00000000000000000000\\x1b', "));
    ck_assert_ptr_nonnull(strstr(diagnostic.message, " and 9992 more)"));
    ck_assert_ptr_null(strchr(diagnostic.message, '\x1b'));
}
END_TEST

/* ---- one network, one program ---- */

static void check_same_bytes(const void *a, const void *b, size_t count, size_t size) {
    ck_assert(count == 0 || memcmp(a, b, count * size) == 0);
}

static void check_same_program(const struct program *a, const struct program *b) {
    ck_assert_uint_eq(a->tensor_count, b->tensor_count);
    ck_assert_uint_eq(a->run_count, b->run_count);
    ck_assert_uint_eq(a->command_count, b->command_count);
    ck_assert_uint_eq(a->mark_count, b->mark_count);
    ck_assert_uint_eq(a->weights_bytes, b->weights_bytes);
    ck_assert_uint_eq(a->strings_bytes, b->strings_bytes);
    check_same_bytes(a->tensors, b->tensors, a->tensor_count, sizeof *a->tensors);
    check_same_bytes(a->runs, b->runs, a->run_count, sizeof *a->runs);
    check_same_bytes(a->commands, b->commands, a->command_count, sizeof *a->commands);
    check_same_bytes(a->marks, b->marks, a->mark_count, sizeof *a->marks);
    check_same_bytes(a->weights, b->weights, a->weights_bytes, 1);
    check_same_bytes(a->strings, b->strings, a->strings_bytes, 1);
}

static const char branches_head[] = "graph g\n"
                                    "input x: float32[1,4,4,4]\n";
static const char branches_tail[] = "v = ChannelView(b, d) {runs=[1:0+2, 0:2+2]}\n"
                                    "y = Add(v, x)\n"
                                    "output y\n"
                                    "output c\n";

/* The same branches, their nodes and constants in other orders and the views spelled otherwise. */
static const char *const branches[] = {
    "const p: float32[4,4,1,1] = random(1)\n"
    "const q: float32[4,1,1,1] = random(2)\n"
    "a = Conv(x, p) @unit 1\n"
    "b = Conv(a, q) {group=4} @unit 1\n"
    "c = Relu(x)\n"
    "e = ChannelView(c) {runs=[0:0+4]}\n"
    "d = Conv(e, p)\n",
    "const q: float32[4,1,1,1] = random(2)\n"
    "const p: float32[4,4,1,1] = random(1)\n"
    "c = Relu(x)\n"
    "f = ChannelView(c) {runs=[0:2+2]}\n"
    "e = ChannelView(c, f) {runs=[0:0+1, 0:1+1, 1:0+2]}\n"
    "d = Conv(e, p) {group=1, pads=[0,0,0,0]}\n"
    "unread = Conv(d, p)\n"
    "a = Conv(x, p) @unit 7\n"
    "b = Conv(a, q) {group=4} @unit 7\n",
    "const p: float32[4,4,1,1] = random(1)\n"
    "c = Relu(x)\n"
    "a = Conv(x, p) @unit 2\n"
    "i = Identity(c)\n"
    "d = Conv(i, p)\n"
    "const q: float32[4,1,1,1] = random(2)\n"
    "b = Conv(a, q) {group=4} @unit 2\n",
};

static struct program *lower_branches(int index) {
    char text[2048];
    snprintf(text, sizeof text, "%s%s%s", branches_head, branches[index], branches_tail);
    return lower(read_graph(text));
}

START_TEST(test_canonical) {
    struct program *first = lower_branches(0);
    ck_assert_uint_eq(first->mark_count, 1);
    for (size_t i = 1; i < sizeof branches / sizeof *branches; i++)
        check_same_program(first, lower_branches((int)i));
}
END_TEST

START_TEST(test_bytes_moved) {
    for (size_t i = 0; i < sizeof lowerings / sizeof *lowerings; i++) {
        struct program *program = lower(read_graph(lowerings[i].graph));
        bool moves = strstr(lowerings[i].program, "moved ");
        ck_assert_int_eq(program_bytes_moved(program) > 0, moves);
    }
}
END_TEST

/* Memory that runs out at any allocation is reported, nothing else happens. */
START_TEST(test_no_memory) {
    for (size_t i = 0; i < sizeof lowerings / sizeof *lowerings; i++) {
        struct graph *graph = read_graph(lowerings[i].graph);
        struct program *program;
        enum snv2_status status = SNV2_NO_MEMORY;
        for (uint64_t budget = 0; status != SNV2_OK; budget += 64) {
            struct arena small;
            arena_init(&small, budget);
            status = lower_graph(graph, &small, &program, &diagnostic);
            ck_assert(status == SNV2_OK || status == SNV2_NO_MEMORY);
            arena_free(&small);
        }
    }
}
END_TEST

static Suite *lower_suite(void) {
    Suite *suite = suite_create("lower");
    TCase *tests = tcase_create("lower");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_lowering, 0, sizeof lowerings / sizeof *lowerings);
    tcase_add_loop_test(tests, test_refusal, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test(tests, test_many_refusals);
    tcase_add_test(tests, test_canonical);
    tcase_add_test(tests, test_bytes_moved);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void) {
    return tap_run(lower_suite());
}
