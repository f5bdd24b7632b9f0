/* Each operator of the interpreter against numbers worked out by hand, in both precisions. The
 * numbers are chosen so that all arithmetic on them is exact. */
#include "tests/interp_case.h"
#include "tests/tap.h"

static const struct interp_case elementwise_cases[] = {
    {"input a: float32[2,1]\ninput b: float32[3]\n"
     "y = Add(a, b)\noutput y",
     {1, 2, 10, 20, 30},
     {11, 21, 31, 12, 22, 32}},
    {"input a: float32[2,2]\ninput b: float32[]\n"
     "y = Sub(a, b)\noutput y",
     {1, 2, 3, 4, 10},
     {-9, -8, -7, -6}},
    {"input a: float32[1,2,1,2]\ninput b: float32[2,1,2,1]\n"
     "y = Mul(a, b)\noutput y",
     {1, 2, 3, 4, 10, 100, 1000, 10000},
     {10, 20, 100, 200, 30, 40, 300, 400, 1e3, 2e3, 1e4, 2e4, 3e3, 4e3, 3e4, 4e4}},
    {"input a: float32[4]\ninput b: float32[4]\n"
     "y = Div(a, b)\noutput y",
     {3, -1, 1, 0, 2, 4, 0, 0},
     {1.5, -0.25, INFINITY, NAN}},
    {"input a: int64[4]\ninput b: int64[4]\n"
     "y = Div(a, b)\noutput y",
     {7, -7, 7, -7, 2, 2, -2, -2},
     {3, -3, -3, 3}},
    /* without a rule of ONNX: by zero, and what wraps */
    {"input a: int64[2]\ninput b: int64[2]\n"
     "y = Div(a, b)\noutput y",
     {1, -9223372036854775808.0, 0, -1},
     {0, -9223372036854775808.0}},
    {"input a: int8[2]\ninput b: int8[2]\n"
     "y = Div(a, b)\nm = Mod(a, b)\noutput y\noutput m",
     {-128, 7, -1, 0},
     {-128, 0, 0, 0}},
    {"input a: int32[6]\ninput b: int32[6]\n"
     "y = Mod(a, b)\nr = Mod(a, b) {fmod=1}\noutput y\noutput r",
     {-7, 7, -7, 7, 6, 0, 3, -3, -3, 3, -3, 3},
     {2, -2, -1, 1, 0, 0, -1, 1, -1, 1, 0, 0}},
    {"input a: float32[4]\ninput b: float32[4]\n"
     "y = Mod(a, b) {fmod=1}\noutput y",
     {-4.5, 5, 5, 1, 2, 1.5, INFINITY, 0},
     {-0.5, 0.5, 5, NAN}},
    {"input a: uint8[4]\ninput b: uint8[4]\n"
     "l = BitShift(a, b) {direction=LEFT}\nr = BitShift(a, b) {direction=RIGHT}\n"
     "output l\noutput r",
     {16, 1, 200, 9, 1, 7, 8, 0},
     {32, 128, 0, 9, 8, 0, 0, 9}},
    {"input a: int32[5]\ninput b: int32[5]\n"
     "y = Pow(a, b)\noutput y",
     {3, -2, 2, -1, 5, 4, 31, 32, -3, -1},
     {81, -2147483648.0, 0, -1, 0}},
    {"input a: int64[3]\ninput b: float32[3]\n"
     "y = Pow(a, b)\noutput y",
     {3, 10, 2, 16, 0.5, 0.5},
     {43046721, 3, 1}},
    {"input a: uint64[1]\ninput b: uint64[1]\n" /* (2^64 - 2) / 2^62 */
     "y = Div(a, b)\noutput y",
     {-2, 4611686018427387904},
     {3}},
    {"input a: int8[3]\ninput b: int8[3]\n"
     "s = Add(a, b)\nd = Sub(a, b)\np = Mul(a, b)\noutput s\noutput d\noutput p",
     {127, -128, 5, 1, 1, 60},
     {-128, -127, 65, 126, 127, -55, 127, -128, 44}},
    {"input a: uint16[2]\ninput b: uint16[2]\n"
     "s = Add(a, b)\nd = Sub(a, b)\noutput s\noutput d",
     {65535, 3, 2, 5},
     {1, 8, 65533, 65534}},
    {"input a: int64[1]\ninput b: int64[1]\n"
     "s = Add(a, b)\noutput s",
     {4611686018427387904, 4611686018427387904},
     {-9223372036854775808.0}},
    {"input x: float32[5]\n"
     "y = Relu(x)\noutput y",
     {-1, 2, -0.0, NAN, -INFINITY},
     {0, 2, -0.0, NAN, 0}},
    {"input x: int32[2]\n"
     "y = Relu(x)\noutput y",
     {-3, 4},
     {0, 4}},
    {"input x: float32[5]\nconst low: float32[] = {-1}\nconst high: float32[] = {6}\n"
     "y = Clip(x, low, high)\noutput y",
     {-2, 7, 3, NAN, INFINITY},
     {-1, 6, 3, NAN, 6}},
    {"input x: float32[2]\nconst high: float32[] = {6}\n"
     "y = Clip(x, _, high)\noutput y",
     {-INFINITY, 7},
     {-INFINITY, 6}},
    {"input x: float32[2]\n"
     "y = Clip(x)\noutput y",
     {-INFINITY, INFINITY},
     {-INFINITY, INFINITY}},
    {"input x: int64[3]\nconst low: int64[] = {0}\nconst high: int64[] = {6}\n"
     "y = Clip(x, low, high)\noutput y",
     {-2, 3, 9},
     {0, 3, 6}},
    {"input x: uint64[2]\nconst high: uint64[] = {9}\n" /* 2^64 - 1 and 3 */
     "y = Clip(x, _, high)\noutput y",
     {-1, 3},
     {9, 3}},
    {"input x: float32[1,2,2]\nconst scale: float32[2] = {3, 1}\nconst bias: float32[2] = {10, 0}\n"
     "const mean: float32[2] = {1, 0}\nconst variance: float32[2] = {3.75, 0.75}\n"
     "y = BatchNormalization(x, scale, bias, mean, variance) {epsilon=0.25}\noutput y",
     {1, 3, 5, NAN},
     {10, 13, 5, NAN}},
};

static const struct interp_case cast_cases[] = {
    {"input x: float32[3]\ninput l: int8[2]\ny = CastLike(x, l)\noutput y",
     {1.5, -300, NAN, 0, 0},
     {1, -128, 0}},
    /* what is beyond the type, for which ONNX has no rule */
    {"input x: float32[5]\n"
     "y = Cast(x) {to=2}\nz = Cast(x) {to=3}\nw = Cast(x) {to=6}\noutput y\noutput z\noutput w",
     {-1.5, 300, NAN, -INFINITY, 4e9},
     {0, 255, 0, 0, 255, -1, 127, 0, -128, 127, -1, 300, 0, -2147483648.0, 2147483647}},
    {"input x: float32[5]\n"
     "y = Cast(x) {to=7}\noutput y",
     {1.9, -1.9, -0.5, 0, -9223372036854775808.0},
     {1, -1, 0, 0, -9223372036854775808.0}},
    {"input x: float32[3]\n"
     "y = Cast(x) {to=2}\noutput y",
     {255.5, -0.5, 7},
     {255, 0, 7}},
    {"input x: float32[4]\n"
     "y = Cast(x) {to=9}\noutput y",
     {0.5, -0.0, NAN, -3},
     {1, 0, 1, 1}},
    {"input x: int64[3]\n"
     "y = Cast(x) {to=3}\noutput y",
     {200, -129, 5},
     {-56, 127, 5}},
    {"input x: int64[2]\n"
     "y = Cast(x) {to=9}\noutput y",
     {256, 0},
     {1, 0}},
    {"input x: uint64[1]\n"
     "y = Cast(x) {to=1}\noutput y",
     {-1},
     {18446744073709551616.0}},
    {"input x: int32[1]\n"
     "y = Cast(x) {to=1}\noutput y",
     {16777217},
     {16777216}},
    /* 1 + 2^-11 lies between two halves and goes to the even one; a bit more goes up. */
    {"input x: float32[4]\n"
     "y = Cast(x) {to=10}\noutput y",
     {1.00048828125, 1.00048840045928955078125, 65520, 1e-8},
     {1, 1.0009765625, INFINITY, 0}},
    {"input x: float32[2]\n"
     "y = Cast(x) {to=16}\noutput y",
     {1.00390625, 1.01171875},
     {1, 1.015625}},
};

/* 1..9 under a 2x2 kernel 1 2 3 4, and other convolutions. */
static const struct interp_case conv_cases[] = {
    {"input x: float32[1,1,3,3]\nconst w: float32[1,1,2,2] = {1, 2, 3, 4}\nconst b: float32[1] = "
     "{10}\n"
     "y = Conv(x, w, b)\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8, 9},
     {47, 57, 77, 87}},
    {"input x: float32[1,1,3,3]\nconst w: float32[1,1,2,2] = {1, 2, 3, 4}\n"
     "y = Conv(x, w) {pads=[1,0,0,2]}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8, 9},
     {11, 18, 9, 0, 37, 47, 21, 0, 67, 77, 33, 0}},
    {"input x: float32[1,1,3,3]\nconst w: float32[1,1,2,2] = {1, 2, 3, 4}\n"
     "y = Conv(x, w) {pads=[1,1,1,1], strides=[2,2]}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8, 9},
     {4, 18, 36, 77}},
    {"input x: float32[1,1,3,3]\nconst w: float32[1,1,2,2] = {1, 2, 3, 4}\n"
     "y = Conv(x, w) {pads=[1,1,1,1], dilations=[2,2]}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8, 9},
     {20, 36, 15, 36, 64, 26, 10, 16, 5}},
    {"input x: float32[1,4,1,2]\nconst w: float32[4,2,1,1] = {1, 2, 3, -1, 1, 1, 0, 5}\n"
     "y = Conv(x, w) {group=2}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8},
     {7, 10, 0, 2, 12, 14, 35, 40}},
    {"input x: float32[1,4,1,2]\nconst w: float32[4,1,1,2] = {1, 10, 100, 1000, 2, 3, 4, 5}\n"
     "y = Conv(x, w) {group=4}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8},
     {21, 4300, 28, 68}},
    {"input x: float32[1,1,5]\nconst w: float32[1,1,3] = {1, 10, 100}\n"
     "y = Conv(x, w) {pads=[1,1], strides=[2]}\noutput y",
     {1, 2, 3, 4, 5},
     {210, 432, 54}},
    {"input x: float32[2,2,1,1]\nconst w: float32[2,2,1,1] = {1, 10, 100, 1000}\n"
     "y = Conv(x, w)\noutput y",
     {1, 2, 3, 4},
     {21, 2100, 43, 4300}},
    {"input x: float32[1,1,1,3]\nconst w: float32[1,1,1,1] = {2}\n"
     "y = Conv(x, w) {activation=relu}\noutput y",
     {-1, 3, NAN},
     {0, 6, NAN}},
    {"input x: float32[1,1,1,3]\nconst w: float32[1,1,1,1] = {2}\n"
     "y = Conv(x, w) {activation=clip, activation_alpha=-1, activation_beta=5}\noutput y",
     {-1, 3, 2},
     {-1, 5, 4}},
    {"input x: float32[1,1,1,3]\nconst w: float32[1,1,1,1] = {2}\n"
     "y = Conv(x, w) {activation=leaky_relu, activation_alpha=0.25}\noutput y",
     {-1, 3, NAN},
     {-0.5, 6, NAN}},
    {"input x: float32[1,1,1,4]\nconst w: float32[1,1,1,1] = {2}\n"
     "y = Conv(x, w) {activation=hard_sigmoid, activation_alpha=0.25, activation_beta=0.5}\n"
     "output y",
     {-2, 0.5, 2, NAN},
     {0, 0.75, 1, NAN}},
    {"input x: float32[1,1,1,5]\nconst w: float32[1,1,1,1] = {3}\n"
     "y = Conv(x, w) {activation=hard_swish}\noutput y",
     {-1, -0.5, 0.5, 1, NAN},
     {-0.0, -0.375, 1.125, 3, NAN}},
    /* Padding is skipped, so an infinite weight over it makes no NaN. */
    {"input x: float32[1,1,1,2]\ninput w: float32[1,1,1,2]\n"
     "y = Conv(x, w) {pads=[0,1,0,0]}\noutput y",
     {1, 2, INFINITY, 1},
     {1, INFINITY}},
};

static const struct interp_case pool_cases[] = {
    {"input x: float32[1,1,3,3]\n"
     "y = MaxPool(x) {kernel_shape=[2,2], strides=[2,2], ceil_mode=1}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8, 9},
     {5, 6, 8, 9}},
    {"input x: float32[1,1,3,3]\n"
     "y = MaxPool(x) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]}\noutput y",
     {-1, -2, -3, -4, -5, -6, -7, -8, -9},
     {-1, -2, -4, -5}},
    {"input x: float32[1,1,3,3]\n"
     "y = MaxPool(x) {kernel_shape=[2,2], dilations=[2,2]}\noutput y",
     {1, 2, 3, 4, 50, 6, 7, 8, 9},
     {9}},
    {"input x: float32[1,2,3]\n"
     "y = MaxPool(x) {kernel_shape=[2]}\noutput y",
     {1, NAN, 3, -0.0, 0, -1},
     {NAN, NAN, -0.0, 0}},
    {"input x: float32[1,1,3,3]\n"
     "y = AveragePool(x) {kernel_shape=[2,2], strides=[2,2], pads=[1,1,1,1]}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8, 9},
     {1, 2.5, 5.5, 7}},
    {"input x: float32[1,1,3,3]\n"
     "y = AveragePool(x) {kernel_shape=[2,2], strides=[2,2], pads=[1,1,1,1], count_include_pad=1}\n"
     "output y",
     {1, 2, 3, 4, 5, 6, 7, 8, 9},
     {0.25, 1.25, 2.75, 7}},
    {"input x: float32[1,1,3,3]\n"
     "y = AveragePool(x) {kernel_shape=[2,2], strides=[2,2], ceil_mode=1}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8, 9},
     {3, 4.5, 7.5, 9}},
    /* What hangs over the padding is not counted: 9, 9 and 6 taps a row, 6 and 4 in the last. */
    {"input x: float32[1,1,4,4]\n"
     "y = AveragePool(x) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1], ceil_mode=1, "
     "count_include_pad=1}\noutput y",
     {36, 72, 108, 144, 180, 216, 252, 288, 324, 360, 396, 432, 468, 504, 540, 576},
     {56, 120, 72, 228, 396, 216, 162, 270, 144}},
    {"input x: float32[1,1,5]\n"
     "y = AveragePool(x) {kernel_shape=[2], strides=[2], pads=[1,1]}\noutput y",
     {1, 2, 3, 4, 5},
     {1, 2.5, 4.5}},
    {"input x: float32[1,1,4]\n"
     "y = AveragePool(x) {kernel_shape=[2], dilations=[2]}\noutput y",
     {1, 2, 3, 4},
     {2, 3}},
    {"input x: float32[2,1,2,2]\n"
     "y = GlobalAveragePool(x)\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 10},
     {2.5, 7}},
    {"input x: float32[1,2,3]\n"
     "y = GlobalAveragePool(x)\noutput y",
     {1, 2, 3, NAN, 1, 1},
     {2, NAN}},
};

static const struct interp_case reduce_cases[] = {
    {"input x: float32[2,2,2]\nconst axes: int64[2] = {0, -1}\n"
     "y = ReduceMean(x, axes) {keepdims=0}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8},
     {3.5, 5.5}},
    {"input x: float32[2,2,2]\nconst axes: int64[1] = {1}\n"
     "y = ReduceMean(x, axes)\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8},
     {2, 3, 6, 7}},
    {"input x: float32[2,2]\n"
     "y = ReduceMean(x)\noutput y",
     {1, 2, 3, 6},
     {3}},
    {"input x: float32[2,2]\n"
     "y = ReduceMean(x) {noop_with_empty_axes=1}\noutput y",
     {1, 2, 3, 6},
     {1, 2, 3, 6}},
};

static const struct interp_case gemm_cases[] = {
    {"input a: float32[2,3]\nconst b: float32[3,2] = {1, 0, 0, 1, 10, 100}\n"
     "y = Gemm(a, b)\noutput y",
     {1, 2, 3, 4, 5, 6},
     {31, 302, 64, 605}},
    {"input a: float32[3,2]\nconst b: float32[2,3] = {1, 0, 10, 0, 1, 100}\n"
     "const c: float32[2] = {1, -1}\n"
     "y = Gemm(a, b, c) {transA=1, transB=1, alpha=0.5, beta=2}\noutput y",
     {1, 4, 2, 5, 3, 6},
     {17.5, 149, 34, 300.5}},
    {"input a: float32[2,1]\nconst b: float32[1,2] = {1, 2}\nconst c: float32[2,1] = {10, 20}\n"
     "y = Gemm(a, b, c) {activation=clip, activation_alpha=12, activation_beta=23}\noutput y",
     {1, 2},
     {12, 12, 22, 23}},
    /* The sum starts at the bias: in float32 the other order loses the 1. */
    {"input a: float32[1,2]\nconst b: float32[2,1] = {16777216, 1}\n"
     "const c: float32[1] = {-16777216}\ny = Gemm(a, b, c)\noutput y",
     {1, 1},
     {1}},
    /* Einsum: a sum of products, a diagonal, a trace, an outer product, a row that broadcasts */
    {"input a: float32[2,3]\ninput b: float32[3,2]\n"
     "y = Einsum(a, b) {equation=\"ij,jk->ki\"}\noutput y",
     {1, 2, 3, 4, 5, 6, 1, 10, 2, 20, 3, 30},
     {14, 32, 140, 320}},
    {"input a: float32[2,2]\ny = Einsum(a) {equation=\"ii->i\"}\n"
     "z = Einsum(a) {equation=\"ii\"}\noutput y\noutput z",
     {1, 2, 3, 4},
     {1, 4, 5}},
    {"input a: float32[2]\ninput b: float32[2]\n"
     "y = Einsum(a, b) {equation=\"i,j->ij\"}\noutput y",
     {2, 3, 5, 7},
     {10, 14, 15, 21}},
    {"input a: float32[1,2]\ninput b: float32[2,2]\n"
     "y = Einsum(a, b) {equation=\"...i,...i->...\"}\noutput y",
     {1, 10, 1, 2, 3, 4},
     {21, 43}},
    {"input a: int32[2]\ny = Einsum(a, a) {equation=\"i,i\"}\noutput y", {65536, 3}, {9}},
    {"input a: float32[2,2]\ninput b: float32[2,2]\n"
     "y = MatMul(a, b)\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8},
     {19, 22, 43, 50}},
    {"input a: float32[2,1,1,2]\ninput b: float32[2,2,1]\n"
     "y = MatMul(a, b)\noutput y",
     {1, 2, 3, 4, 1, 10, 100, 1000},
     {21, 2100, 43, 4300}},
    {"input a: float32[2]\ninput b: float32[2,2,2]\n"
     "y = MatMul(a, b)\noutput y",
     {1, 10, 1, 2, 3, 4, 5, 6, 7, 8},
     {31, 42, 75, 86}},
    {"input a: float32[2,2]\ninput b: float32[2]\n"
     "y = MatMul(a, b)\noutput y",
     {1, 2, 3, 4, 1, 10},
     {21, 43}},
    {"input a: float32[2]\ninput b: float32[2]\n"
     "y = MatMul(a, b)\noutput y",
     {1, 2, 3, 4},
     {11}},
};

static const struct interp_case movement_cases[] = {
    {"input x: float32[2,3]\nconst s: int64[2] = {3, -1}\nconst axes: int64[1] = {0}\n"
     "a = Identity(x)\nb = Reshape(x, s)\nc = Flatten(x)\nd = Unsqueeze(x, axes)\n"
     "e = Squeeze(d, axes)\noutput b\noutput c\noutput e\noutput a",
     {1, 2, 3, 4, 5, 6},
     {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}},
    {"input x: int32[2,3]\n"
     "y = Transpose(x)\noutput y",
     {1, 2, 3, 4, 5, 6},
     {1, 4, 2, 5, 3, 6}},
    {"input x: float32[2,3,2]\n"
     "y = Transpose(x) {perm=[1,2,0]}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
     {1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 6, 12}},
    {"input a: float32[2,1,2]\ninput b: float32[2,2,2]\n"
     "y = Concat(a, b, a) {axis=1}\noutput y",
     {1, 2, 3, 4, 10, 20, 30, 40, 50, 60, 70, 80},
     {1, 2, 10, 20, 30, 40, 1, 2, 3, 4, 50, 60, 70, 80, 3, 4}},
    {"input x: float32[2,3]\nconst s: int64[2] = {1, 2}\n"
     "a, b = Split(x, s) {axis=1}\noutput a\noutput b",
     {1, 2, 3, 4, 5, 6},
     {1, 4, 2, 3, 5, 6}},
    {"input x: int64[4]\n"
     "a, b = Split(x) {num_outputs=2}\noutput b\noutput a",
     {1, 2, 3, 4},
     {3, 4, 1, 2}},
    {"input x: float32[2,3,2]\nconst i: int64[2,2] = {2, 0, -1, -3}\n"
     "y = Gather(x, i) {axis=1}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
     {5, 6, 1, 2, 5, 6, 1, 2, 11, 12, 7, 8, 11, 12, 7, 8}},
    {"input x: float32[3]\nconst i: int64[] = {1}\n"
     "y = Gather(x, i)\noutput y",
     {1, 2, 3},
     {2}},
    {"input x: float32[1,3,1,2]\ninput z: float32[1,2,1,2]\n"
     "y = ChannelView(x, z) {runs=[0:2+2*-2, 1:1+1, 0:0+3]}\noutput y",
     {1, 2, 3, 4, 5, 6, 10, 20, 30, 40},
     {5, 6, 1, 2, 30, 40, 1, 2, 3, 4, 5, 6}},
    {"input x: float32[2,2,1]\n"
     "y = ChannelView(x) {runs=[0:1+1, 0:0+1]}\noutput y",
     {1, 2, 3, 4},
     {2, 1, 4, 3}},
};

static const struct interp_case slice_cases[] = {
    {"input x: float32[3,4]\nconst s: int64[2] = {1, 0}\nconst e: int64[2] = {3, -2}\n"
     "y = Slice(x, s, e)\noutput y",
     {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23},
     {10, 11, 20, 21}},
    {"input x: float32[3,4]\nconst s: int64[2] = {-1, 100}\nconst e: int64[2] = {0, -100}\n"
     "const a: int64[2] = {-1, 0}\nconst t: int64[2] = {-2, -1}\n"
     "y = Slice(x, s, e, a, t)\noutput y",
     {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23},
     {23, 21, 13, 11, 3, 1}},
    {"input x: float32[4,2]\nconst s: int64[1] = {-9223372036854775808}\n"
     "const e: int64[1] = {9223372036854775807}\nconst a: int64[1] = {0}\n"
     "const t: int64[1] = {9223372036854775807}\n"
     "y = Slice(x, s, e, a, t)\noutput y",
     {5, 6, 7, 8, 9, 10, 11, 12},
     {5, 6}},
    {"input x: float32[4]\nconst s: int64[1] = {9223372036854775807}\n"
     "const e: int64[1] = {-9223372036854775808}\nconst a: int64[1] = {0}\n"
     "const t: int64[1] = {-3}\n"
     "y = Slice(x, s, e, a, t)\noutput y",
     {5, 6, 7, 8},
     {8, 5}},
    {"input x: int64[4]\nconst s: int64[1] = {3}\nconst e: int64[1] = {1}\n"
     "const more: int64[1] = {9}\n"
     "y = Slice(x, s, e)\nz = Concat(y, more) {axis=0}\noutput z",
     {5, 6, 7, 8},
     {9}},
};

static const struct interp_case pad_cases[] = {
    {"input x: float32[2,2]\nconst p: int64[4] = {0, 1, 1, 0}\nconst v: float32[] = {9}\n"
     "y = Pad(x, p, v)\noutput y",
     {1, 2, 3, 4},
     {9, 1, 2, 9, 3, 4, 9, 9, 9}},
    {"input x: float32[3]\nconst p: int64[2] = {-1, 2}\n"
     "y = Pad(x, p)\noutput y",
     {1, 2, 3},
     {2, 3, 0, 0}},
    {"input x: float32[3]\nconst p: int64[2] = {1, -2}\n"
     "y = Pad(x, p)\noutput y",
     {1, 2, 3},
     {0, 1}},
    {"input x: int64[2]\nconst p: int64[2] = {1, 1}\nconst v: int64[] = {-7}\n"
     "y = Pad(x, p, v)\noutput y",
     {1, 2},
     {-7, 1, 2, -7}},
    {"input x: float32[4]\nconst p: int64[2] = {3, 2}\n"
     "y = Pad(x, p) {mode=reflect}\noutput y",
     {1, 2, 3, 4},
     {4, 3, 2, 1, 2, 3, 4, 3, 2}},
    {"input x: float32[2]\nconst p: int64[2] = {3, 2}\n"
     "y = Pad(x, p) {mode=edge}\noutput y",
     {1, 2},
     {1, 1, 1, 1, 2, 2, 2}},
    {"input x: float32[3]\nconst p: int64[2] = {2, 3}\n"
     "y = Pad(x, p) {mode=wrap}\noutput y",
     {1, 2, 3},
     {2, 3, 1, 2, 3, 1, 2, 3}},
    {"input x: float32[2,2]\nconst p: int64[2] = {1, 0}\nconst a: int64[1] = {-1}\n"
     "y = Pad(x, p, _, a)\noutput y",
     {1, 2, 3, 4},
     {0, 1, 2, 0, 3, 4}},
};

static const struct interp_case shape_cases[] = {
    {"input x: float32[2,3,1]\n"
     "a = Shape(x)\nb = Shape(x) {start=-2}\nc = Shape(x) {start=1, end=2}\n"
     "output a\noutput b\noutput c",
     {0},
     {2, 3, 1, 3, 1, 3}},
    {"const s: int64[2] = {1, 3}\n"
     "y = ConstantOfShape(s)\noutput y",
     {0},
     {0, 0, 0}},
};

#define CASES_TEST(name)                                                                           \
    START_TEST(test_##name) {                                                                      \
        check_case(&name[_i]);                                                                     \
    }                                                                                              \
    END_TEST
CASES_TEST(elementwise_cases)
CASES_TEST(cast_cases)
CASES_TEST(conv_cases)
CASES_TEST(pool_cases)
CASES_TEST(reduce_cases)
CASES_TEST(gemm_cases)
CASES_TEST(movement_cases)
CASES_TEST(slice_cases)
CASES_TEST(pad_cases)
CASES_TEST(shape_cases)

static const struct {
    const char *text;
    double inputs[4];
    const char *message;
} failures[] = {
    {"input x: float32[2]\ninput i: int64[1]\ny = Gather(x, i)\noutput y", {1, 2, 2}, "index 2"},
    {"input x: float32[2]\ninput i: int64[1]\ny = Gather(x, i)\noutput y", {1, 2, -3}, "index -3"},
};

START_TEST(test_failures) {
    check_failure(failures[_i].text, failures[_i].inputs, SNV2_BAD_MODEL, failures[_i].message);
}
END_TEST

#define ADD_CASES(name)                                                                            \
    tcase_add_loop_test(tcase, test_##name, 0, (int)(sizeof(name) / sizeof *(name)))

int main(void) {
    Suite *suite = suite_create("interpreter: operators");
    TCase *tcase = tcase_create("operators");
    ADD_CASES(elementwise_cases);
    ADD_CASES(cast_cases);
    ADD_CASES(conv_cases);
    ADD_CASES(pool_cases);
    ADD_CASES(reduce_cases);
    ADD_CASES(gemm_cases);
    ADD_CASES(movement_cases);
    ADD_CASES(slice_cases);
    ADD_CASES(pad_cases);
    ADD_CASES(shape_cases);
    ADD_CASES(failures);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
