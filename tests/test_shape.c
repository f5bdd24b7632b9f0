/* The shape rules, as tables: the last node of a graph is written out with its types and explicit
 * attributes, or is refused with a status and a message. Lists cover what each rule accepts and
 * section O of the hostile inputs: wrong numbers, never a crash or an overflow. */
#include "tests/shape_case.h"

#define X48 "input x: float32[1,4,8,8]\n"
#define DEFAULTS22 "dilations=[1,1], kernel_shape=[2,2], "
#define DEFAULTS33 "dilations=[1,1], kernel_shape=[3,3], "

static const struct good window[] = {
    /* Conv: everything is taken from the weights */
    {X48 "const w: float32[6,4,3,3] = random(1)\ny = Conv(x, w)",
     "y: float32[1,6,6,6] = Conv(x, w) {" DEFAULTS33 "pads=[0,0,0,0], strides=[1,1]}"},
    {X48 "const w: float32[6,4,3,3] = random(1)\nconst b: float32[6] = random(2)\n"
         "y = Conv(x, w, b) {pads=[1,1,1,1], strides=[2,2]}",
     "y: float32[1,6,4,4] = Conv(x, w, b) {" DEFAULTS33 "pads=[1,1,1,1], strides=[2,2]}"},
    {X48 "const w: float32[4,1,3,3] = random(1)\ny = Conv(x, w) {group=4, pads=[0,1,2,3]}",
     "y: float32[1,4,8,10] = Conv(x, w) {dilations=[1,1], group=4, kernel_shape=[3,3], "
     "pads=[0,1,2,3], strides=[1,1]}"},
    {X48 "const w: float32[2,4,3,1] = random(1)\ny = Conv(x, w) {dilations=[3,9]}",
     "y: float32[1,2,2,8] = Conv(x, w) {dilations=[3,9], kernel_shape=[3,1], pads=[0,0,0,0], "
     "strides=[1,1]}"},
    /* pads beyond the kernel are legal for a convolution; so is a map without an omitted bias */
    {X48 "const w: float32[2,4,1,1] = random(1)\ny = Conv(x, w, _) {pads=[2,2,2,2]}",
     "y: float32[1,2,12,12] = Conv(x, w, _) {dilations=[1,1], kernel_shape=[1,1], pads=[2,2,2,2], "
     "strides=[1,1]}"},
    {"input x: float32[1,4,9]\nconst w: float32[6,2,3] = random(1)\n"
     "y = Conv(x, w) {group=2, pads=[1,0], strides=[2]}",
     "y: float32[1,6,4] = Conv(x, w) {dilations=[1], group=2, kernel_shape=[3], pads=[1,0], "
     "strides=[2]}"},
    /* SAME: an odd pad goes behind (UPPER) or before (LOWER); VALID: none */
    {X48
     "const w: float32[2,4,3,3] = random(1)\ny = Conv(x, w) {auto_pad=SAME_UPPER, strides=[2,2]}",
     "y: float32[1,2,4,4] = Conv(x, w) {" DEFAULTS33 "pads=[0,0,1,1], strides=[2,2]}"},
    {X48
     "const w: float32[2,4,3,3] = random(1)\ny = Conv(x, w) {auto_pad=SAME_LOWER, strides=[2,2]}",
     "y: float32[1,2,4,4] = Conv(x, w) {" DEFAULTS33 "pads=[1,1,0,0], strides=[2,2]}"},
    {"input x: float32[1,4,7,7]\nconst w: float32[2,4,3,3] = random(1)\n"
     "y = Conv(x, w) {auto_pad=SAME_UPPER, strides=[2,2]}",
     "y: float32[1,2,4,4] = Conv(x, w) {" DEFAULTS33 "pads=[1,1,1,1], strides=[2,2]}"},
    {X48
     "const w: float32[2,4,1,1] = random(1)\ny = Conv(x, w) {auto_pad=SAME_UPPER, strides=[3,3]}",
     "y: float32[1,2,3,3] = Conv(x, w) {dilations=[1,1], kernel_shape=[1,1], pads=[0,0,0,0], "
     "strides=[3,3]}"},
    {X48 "const w: float32[2,4,3,3] = random(1)\n"
         "y = Conv(x, w) {auto_pad=VALID, pads=[0,0,0,0], strides=[2,2]}",
     "y: float32[1,2,3,3] = Conv(x, w) {" DEFAULTS33 "pads=[0,0,0,0], strides=[2,2]}"},
    /* pools */
    {"input x: float32[1,2,112,112]\ny = MaxPool(x) {kernel_shape=[3,3], pads=[1,1,1,1], "
     "strides=[2,2]}",
     "y: float32[1,2,56,56] = MaxPool(x) {" DEFAULTS33 "pads=[1,1,1,1], strides=[2,2]}"},
    {X48 "y = AveragePool(x) {kernel_shape=[2,2], count_include_pad=1}",
     "y: float32[1,4,7,7] = AveragePool(x) {count_include_pad=1, " DEFAULTS22
     "pads=[0,0,0,0], strides=[1,1]}"},
    {X48 "y = AveragePool(x) {kernel_shape=[3,3], auto_pad=SAME_LOWER, ceil_mode=1, strides=[2,2]}",
     "y: float32[1,4,4,4] = AveragePool(x) {" DEFAULTS33 "pads=[1,1,0,0], strides=[2,2]}"},
    /* ceil_mode: the last window hangs over the end */
    {X48 "y = MaxPool(x) {kernel_shape=[3,3], ceil_mode=1, strides=[2,2]}",
     "y: float32[1,4,4,4] = MaxPool(x) {ceil_mode=1, " DEFAULTS33 "pads=[0,0,0,0], strides=[2,2]}"},
    /* ... but does not start behind the input: ceil((1+2-2)/2)+1 = 2 windows, the second at 1 */
    {"input x: float32[1,1,1,2]\n"
     "y = MaxPool(x) {kernel_shape=[1,2], ceil_mode=1, pads=[0,1,0,1], strides=[2,2]}",
     "y: float32[1,1,1,2] = MaxPool(x) {ceil_mode=1, dilations=[1,1], kernel_shape=[1,2], "
     "pads=[0,1,0,1], strides=[2,2]}"},
    {"input x: float32[1,1,3,3]\ny = MaxPool(x) {kernel_shape=[2,2], ceil_mode=1, "
     "pads=[0,0,1,1], strides=[3,3]}",
     "y: float32[1,1,1,1] = MaxPool(x) {ceil_mode=1, " DEFAULTS22 "pads=[0,0,1,1], strides=[3,3]}"},
    {"input x: float32[1,1,2,2]\ny = MaxPool(x) {kernel_shape=[3,3], ceil_mode=1, strides=[2,2]}",
     "y: float32[1,1,1,1] = MaxPool(x) {ceil_mode=1, " DEFAULTS33 "pads=[0,0,0,0], strides=[2,2]}"},
    {X48 "y = GlobalAveragePool(x)", "y: float32[1,4,1,1] = GlobalAveragePool(x)"},
};

static const struct good elementwise[] = {
    {"input a: float32[2,1,3]\ninput b: float32[4,1]\ny = Add(a, b)",
     "y: float32[2,4,3] = Add(a, b)"},
    {"input a: int64[]\ninput b: int64[0]\ny = Mul(a, b)", "y: int64[0] = Mul(a, b)"},
    {"input a: float32[1]\ninput b: float32[3,2]\ny = Sub(a, b)", "y: float32[3,2] = Sub(a, b)"},
    {"input a: int32[2]\ninput b: int32[2]\ny = Div(a, b)", "y: int32[2] = Div(a, b)"},
    {X48 "y = Relu(x)", "y: float32[1,4,8,8] = Relu(x)"},
    {X48 "const h: float32[] = {6}\ny = Clip(x, _, h)", "y: float32[1,4,8,8] = Clip(x, _, h)"},
    {X48 "const l: float32[] = {6}\ny = Clip(x, l, l)", "y: float32[1,4,8,8] = Clip(x, l, l)"},
    {"input x: float32[2]\ny = Cast(x) {to=7}", "y: int64[2] = Cast(x) {to=7}"},
    {"input x: int8[2]\ny = Identity(x)", "y: int8[2] = Identity(x)"},
    {X48 "const c: float32[4] = random(1)\ny = BatchNormalization(x, c, c, c, c) {epsilon=0.001}",
     "y: float32[1,4,8,8] = BatchNormalization(x, c, c, c, c) {epsilon=0.001}"},
};

static const struct good movement[] = {
    {X48 "input b: float32[1,3,8,8]\ny = Concat(x, b, x) {axis=-3}",
     "y: float32[1,11,8,8] = Concat(x, b, x) {axis=1}"},
    {"const a: int64[0] = {}\nconst b: int64[2] = {1, 2}\ny = Concat(a, b) {axis=0}",
     "y: int64[2] = Concat(a, b)"},
    {X48 "a, b = Split(x) {axis=1}",
     "a: float32[1,2,8,8], b: float32[1,2,8,8] = Split(x) {axis=1, num_outputs=2}"},
    {X48 "a, b, c = Split(x) {axis=-1, num_outputs=3}",
     "a: float32[1,4,8,3], b: float32[1,4,8,3], c: float32[1,4,8,2] = "
     "Split(x) {axis=3, num_outputs=3}"},
    {X48 "const s: int64[2] = {1, 3}\na, b = Split(x, s) {axis=1}",
     "a: float32[1,1,8,8], b: float32[1,3,8,8] = Split(x, s) {axis=1}"},
    {"input i: int64[2]\nconst s: int64[2] = {2, 0}\na, b = Split(i, s)",
     "a: int64[2], b: int64[0] = Split(i, s)"},
    {X48 "const s: int64[2] = {1, -9223372036854775808}\n"
         "const e: int64[2] = {9223372036854775807, -1}\nconst a: int64[2] = {1, -1}\n"
         "const p: int64[2] = {2, 3}\ny = Slice(x, s, e, a, p)",
     "y: float32[1,2,8,3] = Slice(x, s, e, a, p)"},
    {X48 "const s: int64[1] = {-1}\nconst e: int64[1] = {-9223372036854775808}\n"
         "const a: int64[1] = {2}\nconst p: int64[1] = {-3}\ny = Slice(x, s, e, a, p)",
     "y: float32[1,4,3,8] = Slice(x, s, e, a, p)"},
    {X48 "const s: int64[1] = {99}\nconst e: int64[1] = {-99}\nconst a: int64[1] = {2}\n"
         "const p: int64[1] = {-1}\ny = Slice(x, s, e, a, p)",
     "y: float32[1,4,8,8] = Slice(x, s, e, a, p)"},
    {X48 "const s: int32[1] = {0}\nconst e: int32[1] = {1}\ny = Slice(x, s, e)",
     "y: float32[1,4,8,8] = Slice(x, s, e)"},
    /* an empty slice is legal in a shape computation; the widest steps */
    {"input i: int64[4]\nconst s: int64[1] = {3}\nconst e: int64[1] = {1}\ny = Slice(i, s, e)",
     "y: int64[0] = Slice(i, s, e)"},
    {"input i: int64[4]\nconst s: int64[1] = {3}\nconst e: int64[1] = {-5}\n"
     "const a: int64[1] = {0}\nconst p: int64[1] = {-9223372036854775807}\n"
     "y = Slice(i, s, e, a, p)",
     "y: int64[1] = Slice(i, s, e, a, p)"},
    {"input i: int64[0]\nconst s: int64[1] = {-1}\nconst e: int64[1] = {-9}\n"
     "const a: int64[1] = {0}\nconst p: int64[1] = {-1}\ny = Slice(i, s, e, a, p)",
     "y: int64[0] = Slice(i, s, e, a, p)"},
    {X48 "const i: int64[2,3] = {0, 1, 2, 3, -1, -4}\ny = Gather(x, i) {axis=1}",
     "y: float32[1,2,3,8,8] = Gather(x, i) {axis=1}"},
    {X48 "const i: int64[] = {1}\ny = Gather(x, i) {axis=-3}",
     "y: float32[1,8,8] = Gather(x, i) {axis=1}"},
    {X48 "input i: int32[5]\ny = Gather(x, i)", "y: float32[5,4,8,8] = Gather(x, i)"},
    {X48 "const p: int64[8] = {0, 0, 1, 2, 0, 0, 3, -4}\ny = Pad(x, p)",
     "y: float32[1,4,12,6] = Pad(x, p)"},
    {X48 "const p: int64[4] = {1, 2, 3, 4}\nconst v: float32[] = {1}\nconst a: int64[2] = {-1, 2}\n"
         "y = Pad(x, p, v, a) {mode=constant}",
     "y: float32[1,4,14,12] = Pad(x, p, v, a)"},
    {X48 "const p: int64[8] = {0, 0, 7, 0, 0, 0, 7, 0}\ny = Pad(x, p) {mode=reflect}",
     "y: float32[1,4,22,8] = Pad(x, p) {mode=reflect}"},
    {"input x: float32[2,3,4]\ny = Transpose(x)",
     "y: float32[4,3,2] = Transpose(x) {perm=[2,1,0]}"},
    {"input x: float32[2,3,4]\ny = Transpose(x) {perm=[1,2,0]}",
     "y: float32[3,4,2] = Transpose(x) {perm=[1,2,0]}"},
    {"input x: uint8[2,5,7,4]\nconst m: float32[4] = {0, 0, 0, 0}\n"
     "y = Preprocess(x, m, m) {pixels=bgra}",
     "y: float32[2,4,5,7] = Preprocess(x, m, m) {pixels=bgra}"},
    {"input x: uint8[2,3,5,7]\nconst m: float32[3] = {0, 0, 0}\n"
     "y = Preprocess(x, m, m) {layout=nchw}",
     "y: float32[2,3,5,7] = Preprocess(x, m, m) {layout=nchw}"},
    {X48 "input b: float32[1,2,8,8]\ny = ChannelView(x, b) {runs=[0:3+2*-2, 1:0+2, 0:0+4]}",
     "y: float32[1,8,8,8] = ChannelView(x, b) {runs=[0:3+2*-2, 1:0+2, 0:0+4]}"},
};

static const struct good reshape[] = {
    {X48 "const s: int64[5] = {0, 2, 2, 8, -1}\ny = Reshape(x, s)",
     "y: float32[1,2,2,8,8] = Reshape(x, s)"},
    {X48 "const s: int64[2] = {0, -1}\ny = Reshape(x, s)", "y: float32[1,256] = Reshape(x, s)"},
    {"input x: float32[1]\nconst s: int64[0] = {}\ny = Reshape(x, s)",
     "y: float32[] = Reshape(x, s)"},
    {"input x: int64[0,3]\nconst s: int64[2] = {5, 0}\ny = Reshape(x, s) {allowzero=1}",
     "y: int64[5,0] = Reshape(x, s) {allowzero=1}"},
    {X48 "y = Flatten(x)", "y: float32[1,256] = Flatten(x)"},
    {X48 "y = Flatten(x) {axis=4}", "y: float32[256,1] = Flatten(x) {axis=4}"},
    {X48 "y = Flatten(x) {axis=-1}", "y: float32[32,8] = Flatten(x) {axis=3}"},
    {X48 "y = Flatten(x) {axis=0}", "y: float32[1,256] = Flatten(x) {axis=0}"},
    {"input x: float32[1,4,1]\ny = Squeeze(x)", "y: float32[4] = Squeeze(x)"},
    {"input x: float32[1,4,1]\nconst a: int64[1] = {-1}\ny = Squeeze(x, a)",
     "y: float32[1,4] = Squeeze(x, a)"},
    {"input x: float32[4]\nconst a: int64[2] = {-1, 0}\ny = Unsqueeze(x, a)",
     "y: float32[1,4,1] = Unsqueeze(x, a)"},
    {"input x: float32[]\nconst a: int64[] = {0}\ny = Unsqueeze(x, a)",
     "y: float32[1] = Unsqueeze(x, a)"},
    {X48 "y = Shape(x)", "y: int64[4] = Shape(x) {end=4}"},
    {X48 "y = Shape(x) {start=-2}", "y: int64[2] = Shape(x) {start=2, end=4}"},
    {X48 "y = Shape(x) {start=-9223372036854775808, end=-1}", "y: int64[3] = Shape(x) {end=3}"},
    {X48 "y = Shape(x) {start=3, end=1}", "y: int64[0] = Shape(x) {start=3, end=1}"},
    {"const s: int64[2] = {2, 0}\ny = ConstantOfShape(s) {value=int64[1]{7}}",
     "y: int64[2,0] = ConstantOfShape(s) {value=int64[1]{7}}"},
    {"const s: int64[0] = {}\ny = ConstantOfShape(s)", "y: float32[] = ConstantOfShape(s)"},
};

static const struct good products[] = {
    {"input a: float32[2,3]\ninput b: float32[3,5]\ny = Gemm(a, b)",
     "y: float32[2,5] = Gemm(a, b)"},
    {"input a: float32[3,2]\ninput b: float32[5,3]\ninput c: float32[5]\n"
     "y = Gemm(a, b, c) {alpha=0.5, beta=2, transA=3, transB=7}",
     "y: float32[2,5] = Gemm(a, b, c) {alpha=0.5, beta=2, transA=1, transB=1}"},
    {"input a: float32[2,3]\ninput b: float32[3,5]\ninput c: float32[2,1]\ny = Gemm(a, b, c)",
     "y: float32[2,5] = Gemm(a, b, c)"},
    {"input a: float32[7,1,2,3]\ninput b: float32[4,3,5]\ny = MatMul(a, b)",
     "y: float32[7,4,2,5] = MatMul(a, b)"},
    {"input a: float32[3]\ninput b: float32[4,3,5]\ny = MatMul(a, b)",
     "y: float32[4,5] = MatMul(a, b)"},
    {"input a: float32[4,2,3]\ninput b: float32[3]\ny = MatMul(a, b)",
     "y: float32[4,2] = MatMul(a, b)"},
    {"input a: float32[3]\ninput b: float32[3]\ny = MatMul(a, b)", "y: float32[] = MatMul(a, b)"},
    {X48 "const a: int64[2] = {-1, 2}\ny = ReduceMean(x, a)",
     "y: float32[1,4,1,1] = ReduceMean(x, a)"},
    {X48 "const a: int64[2] = {2, 3}\ny = ReduceMean(x, a) {keepdims=0}",
     "y: float32[1,4] = ReduceMean(x, a) {keepdims=0}"},
    {X48 "y = ReduceMean(x) {keepdims=0}", "y: float32[] = ReduceMean(x) {keepdims=0}"},
    {X48 "const a: int64[0] = {}\ny = ReduceMean(x, a) {noop_with_empty_axes=1}",
     "y: float32[1,4,8,8] = ReduceMean(x, a) {noop_with_empty_axes=1}"},
};

#define W33 "const w: float32[6,4,3,3] = random(1)\n"
#define BAD SNV2_BAD_MODEL
#define UNSUP SNV2_UNSUPPORTED
#define BIG "9223372036854775807"

static const struct bad failures[] = {
    /* 70 group */
    {X48 W33 "y = Conv(x, w) {group=0}", BAD, "group is 0"},
    {X48 W33 "y = Conv(x, w) {group=-1}", BAD, "group is -1"},
    {X48 W33 "y = Conv(x, w) {group=3}", BAD, "group 3 does not divide 4 input and 6 output"},
    {X48 W33 "y = Conv(x, w) {group=4}", BAD, "group 4 does not divide 4 input and 6 output"},
    {X48 W33 "y = Conv(x, w) {group=2}", BAD, "for 4 channels a group; the input has 4"},
    /* 71, 72 strides and dilations */
    {X48 W33 "y = Conv(x, w) {strides=[0,1]}", BAD, "strides[0] is 0"},
    {X48 W33 "y = Conv(x, w) {strides=[1,-1]}", BAD, "strides[1] is -1"},
    {X48 W33 "y = Conv(x, w) {strides=[1,65536]}", BAD, "strides[1] is 65536"},
    {X48 W33 "y = Conv(x, w) {strides=[1]}", BAD, "strides has 1 entries; it must have 2"},
    {X48 W33 "y = Conv(x, w) {dilations=[0,1]}", BAD, "dilations[0] is 0"},
    {X48 W33 "y = Conv(x, w) {dilations=[" BIG ",1]}", BAD, "dilations[0] is " BIG},
    {X48 W33 "y = Conv(x, w) {dilations=[9,1]}", BAD, "covers 19 elements"},
    /* 73, 74 pads and kernels */
    {X48 W33 "y = Conv(x, w) {pads=[0,0,-1,0]}", BAD, "pads[2] is -1"},
    {X48 W33 "y = Conv(x, w) {pads=[0,0,0," BIG "]}", BAD, "pads[3] is " BIG},
    {X48 W33 "y = Conv(x, w) {pads=[0,0]}", BAD, "pads has 2 entries; it must have 4"},
    {X48 "y = MaxPool(x) {kernel_shape=[2,2], pads=[2,0,0,0]}", BAD,
     "pads[0] is 2; it must be below"},
    {X48 "y = AveragePool(x) {kernel_shape=[2,2], pads=[0,0,0,2]}", BAD, "pads[3] is 2"},
    {X48 "y = MaxPool(x) {kernel_shape=[2,2], dilations=[9,1], pads=[9,0,9,0]}", UNSUP,
     "dilations[0] is 9, over the input's 8"},
    {X48 "const w: float32[6,4,9,9] = random(1)\ny = Conv(x, w)", BAD,
     "covers 9 elements, the input with its padding has only 0+8+0"},
    {X48 "y = MaxPool(x) {kernel_shape=[0,1]}", BAD, "kernel_shape[0] is 0"},
    {X48 "y = MaxPool(x) {kernel_shape=[1]}", BAD, "kernel_shape has 1 entries"},
    {X48 "y = MaxPool(x)", BAD, "has no kernel_shape"},
    {X48 "const w: float32[6,4,0,3] = {}\ny = Conv(x, w)", BAD, "kernel_shape[0] is 0"},
    {X48 "const w: float32[0,4,3,3] = {}\ny = Conv(x, w)", BAD, "shape [1,0,6,6]: no elements"},
    /* 75, 76, 77 weights and bias */
    {X48 W33 "y = Conv(x, w) {kernel_shape=[3,1]}", BAD,
     "kernel_shape[1] is 1, but the weights have 3"},
    {X48 "const w: float32[6,4,3] = random(1)\ny = Conv(x, w)", BAD,
     "the weights have 3 dimensions, the input has 4"},
    {X48 W33 "const b: float32[5] = random(1)\ny = Conv(x, w, b)", BAD,
     "the bias has shape [5]; it must be [6]"},
    {X48 W33 "const b: float32[1,6] = random(1)\ny = Conv(x, w, b)", BAD, "shape [1,6]"},
    {X48 W33 "const b: float16[6] = random(1)\ny = Conv(x, w, b)", BAD, "float32 and float16"},
    {X48 "const w: float32[6,3,3,3] = random(1)\ny = Conv(x, w)", BAD, "for 3 channels a group"},
    {"input x: float32[1,4]\nconst w: float32[6,4] = random(1)\ny = Conv(x, w)", BAD,
     "2 dimensions; at least 3"},
    {"input x: float32[1,4,8,8,8]\nconst w: float32[6,4,1,1,1] = random(1)\ny = Conv(x, w)", UNSUP,
     "5 dimensions; 4 are supported"},
    {"input x: int64[1,4,8,8]\nconst w: int64[1,4,1,1] = {1, 1, 1, 1}\ny = Conv(x, w)", UNSUP,
     "int64; only real types"},
    /* 78 auto_pad */
    {X48 W33 "y = Conv(x, w) {auto_pad=SAME_UPPER, pads=[1,1,1,1]}", BAD, "both auto_pad and pads"},
    /* operands */
    {X48 "y = Conv(x)", BAD, "input 2 of 2 required ones is missing"},
    {X48 W33 "y = Conv(_, w)", BAD, "input 1 of 2 required ones is missing"},
    {X48 W33 "y = Conv(x, w, _, x)", BAD, "has 4 inputs; there can be 3"},
    {X48 "y, z = Relu(x)", BAD, "has 2 outputs"},
    {X48 "y = Concat(x, _) {axis=1}", BAD, "input 2 of 2"},
    /* 80 Reshape */
    {X48 "const s: int64[3] = {-1, 2, -1}\ny = Reshape(x, s)", BAD, "-1 at 0 and at 2"},
    {X48 "const s: int64[2] = {0, -1}\ny = Reshape(x, s) {allowzero=1}", BAD, "both 0 and -1"},
    {X48 "const s: int64[2] = {-1, 3}\ny = Reshape(x, s)", BAD,
     "cannot reshape [1,4,8,8] (256 elements) to [-1,3]"},
    {X48 "const s: int64[2] = {2, 3}\ny = Reshape(x, s)", BAD, "to [2,3]"},
    {X48 "const s: int64[2] = {-2, 3}\ny = Reshape(x, s)", BAD, "shape[0] is -2"},
    {X48 "const s: int64[5] = {1, 4, 8, 8, 0}\ny = Reshape(x, s)", BAD, "no dimension 4 to copy"},
    {X48 "const s: int64[3] = {" BIG ", 2, 2}\ny = Reshape(x, s)", BAD, "cannot reshape"},
    {X48 "const s: int64[3] = {4294967296, 4294967296, -1}\ny = Reshape(x, s)", BAD,
     "cannot reshape"},
    {X48 "const s: int64[2] = {0, 1}\ny = Reshape(x, s) {allowzero=1}", BAD, "cannot reshape"},
    {"input x: int64[0]\nconst s: int64[2] = {0, -1}\ny = Reshape(x, s)", BAD, "cannot reshape"},
    {X48 "const s: int64[9] = {1, 1, 1, 1, 1, 1, 1, 1, -1}\ny = Reshape(x, s)", UNSUP,
     "9 dimensions"},
    {X48 "const s: float32[1] = {-1}\ny = Reshape(x, s)", BAD, "shape is float32"},
    {X48 "const s: int64[1,1] = {-1}\ny = Reshape(x, s)", BAD, "rank 2"},
    {X48 "input s: int64[2]\ny = Reshape(x, s)", UNSUP, "shape ('s') depends on the data"},
    /* 81 Split */
    {X48 "const s: int64[2] = {1, 2}\na, b = Split(x, s) {axis=1}", BAD,
     "sum to 3; axis 1 has 4 elements"},
    {X48 "const s: int64[2] = {1, 4}\na, b = Split(x, s) {axis=1}", BAD,
     "more than the 4 elements"},
    {X48 "const s: int64[2] = {" BIG ", " BIG "}\na, b = Split(x, s) {axis=1}", BAD,
     "more than the 4"},
    {X48 "const s: int64[2] = {5, -1}\na, b = Split(x, s) {axis=1}", BAD, "more than the 4"},
    {X48 "const s: int64[2] = {-1, 5}\na, b = Split(x, s) {axis=1}", BAD, "split[0] is -1"},
    {X48 "const s: int64[2] = {0, 4}\na, b = Split(x, s) {axis=1}", BAD, "[1,0,8,8]: no elements"},
    {X48 "const s: int64[3] = {1, 1, 2}\na, b = Split(x, s) {axis=1}", BAD,
     "3 entries for 2 outputs"},
    {X48 "const s: int64[0] = {}\na, b = Split(x, s) {axis=1}", BAD, "0 entries for 2 outputs"},
    {X48 "const s: int64[2] = {2, 2}\na, b = Split(x, s) {axis=1, num_outputs=2}", BAD,
     "both split and num_outputs"},
    {X48 "a, b = Split(x) {axis=4}", BAD, "axis 4 is out of range for a tensor of rank 4"},
    {X48 "a, b = Split(x) {axis=-5}", BAD, "axis -5 is out of range"},
    {X48 "a, b, c = Split(x) {axis=1}", BAD, "which 3 outputs do not divide"},
    {X48 "a, b = Split(x) {axis=1, num_outputs=3}", BAD, "num_outputs is 3"},
    {"input x: float32[5]\na, b, c, d = Split(x) {num_outputs=4}", BAD, "too few for 4 parts of 2"},
    /* 82 Transpose */
    {X48 "y = Transpose(x) {perm=[0,1,1,3]}", BAD, "perm[2] is 1"},
    {X48 "y = Transpose(x) {perm=[0,1,2,4]}", BAD, "perm[3] is 4"},
    {X48 "y = Transpose(x) {perm=[0,1,2,-1]}", BAD, "perm[3] is -1"},
    {X48 "y = Transpose(x) {perm=[0,1,2]}", BAD, "3 entries for 4 dimensions"},
    /* 83 Concat */
    {X48 "y = Concat(x, x) {axis=4}", BAD, "axis 4"},
    {"input x: float32[]\ny = Concat(x) {axis=0}", BAD, "rank 0"},
    {X48 "input b: float32[1,4,8,7]\ny = Concat(x, b) {axis=1}", BAD,
     "[1,4,8,8] and [1,4,8,7], which differ off axis 1"},
    {X48 "input b: float32[1,4,8]\ny = Concat(x, b) {axis=1}", BAD, "[1,4,8], which differ"},
    {X48 "input b: int64[1,4,8,8]\ny = Concat(x, b) {axis=1}", BAD, "float32 and int64"},
    {"input x: int8[1152921504606846975]\ny = Concat(x, x) {axis=0}", BAD, "is too large"},
    {"input x: int8[1152921504606846975]\ny = Concat(x, x, x, x, x, x, x, x, x) {axis=0}", BAD,
     "sum to over 2^63"},
    /* 84 Gather */
    {X48 "const i: int64[1] = {4}\ny = Gather(x, i) {axis=1}", BAD,
     "index 4 is out of range for 4"},
    {X48 "const i: int64[1] = {-5}\ny = Gather(x, i) {axis=1}", BAD, "index -5 is out of range"},
    {X48 "const i: int64[1] = {0}\ny = Gather(x, i) {axis=4}", BAD, "axis 4"},
    {X48 "const i: float32[1] = {0}\ny = Gather(x, i)", BAD, "indices is float32"},
    {"input x: float32[1,1,1,1,1,1,1,1]\nconst i: int64[1,1] = {0}\ny = Gather(x, i)", UNSUP,
     "9 dimensions"},
    /* 85 Slice */
    {X48 "const s: int64[1] = {0}\nconst a: int64[1] = {0}\nconst p: int64[1] = {0}\n"
         "y = Slice(x, s, s, a, p)",
     BAD, "step 0"},
    {X48 "const s: int64[1] = {0}\nconst a: int64[1] = {0}\n"
         "const p: int64[1] = {-9223372036854775808}\ny = Slice(x, s, s, a, p)",
     BAD, "step -9223372036854775808"},
    {X48 "const s: int64[1] = {3}\nconst e: int64[1] = {1}\nconst a: int64[1] = {1}\n"
         "y = Slice(x, s, e, a)",
     BAD, "[1,0,8,8]: no elements"},
    {X48 "const s: int64[2] = {0, 0}\nconst a: int64[2] = {1, -3}\ny = Slice(x, s, s, a)", BAD,
     "axis 1 stands twice"},
    {X48 "const s: int64[2] = {0, 0}\nconst e: int64[1] = {1}\ny = Slice(x, s, e)", BAD,
     "have 2, 1 and 2 entries"},
    {X48 "const s: int64[1] = {0}\nconst a: int64[2] = {0, 1}\ny = Slice(x, s, s, a)", BAD,
     "axes has 2 entries for 1"},
    {X48 "const s: int64[5] = {0, 0, 0, 0, 0}\ny = Slice(x, s, s)", BAD, "axis 4 is out of range"},
    {X48 "input s: int64[1]\ny = Slice(x, s, s)", UNSUP, "starts ('s') depends on the data"},
    /* 86 Pad */
    {X48 "const p: int64[8] = {0, 0, 0, -5, 0, 0, 0, -4}\ny = Pad(x, p)", BAD,
     "pads -5 and -4 on axis 3 of 8 elements"},
    {X48 "const p: int64[8] = {0, 0, 0, -8, 0, 0, 0, 0}\ny = Pad(x, p)", BAD, "no elements"},
    {X48 "const p: int64[8] = {0, 0, 0, " BIG ", 0, 0, 0, " BIG "}\ny = Pad(x, p)", BAD,
     "on axis 3"},
    {X48 "const p: int64[8] = {0, 0, 0, -9223372036854775808, 0, 0, 0, 0}\ny = Pad(x, p)", BAD,
     "on axis 3"},
    {X48 "const p: int64[8] = {0, 0, 0, 1000000000000000, 0, 0, 1000000000000000, 0}\n"
         "y = Pad(x, p)",
     BAD, "is too large"},
    {X48 "const p: int64[9] = {0, 0, 0, 0, 0, 0, 0, 0, 0}\ny = Pad(x, p)", BAD,
     "9 entries for 4 axes"},
    {X48 "const p: int64[8] = {0, 0, 8, 0, 0, 0, 0, 0}\ny = Pad(x, p) {mode=reflect}", UNSUP,
     "the pad of 8 on axis 2"},
    {X48 "const p: int64[8] = {0, 0, 1, 0, 0, 0, -1, 0}\ny = Pad(x, p) {mode=edge}", UNSUP,
     "mode constant only"},
    {X48 "const p: int64[8] = {0, 0, 0, 0, 0, 0, 0, 0}\nconst v: float32[2] = {0, 0}\n"
         "y = Pad(x, p, v)",
     BAD, "constant_value must be a scalar"},
    {X48 "const p: int64[4] = {0, 0, 0, 0}\nconst a: int64[2] = {1, 1}\ny = Pad(x, p, _, a)", BAD,
     "axis 1 stands twice"},
    /* 87 Squeeze, Unsqueeze */
    {"input x: float32[1,4]\nconst a: int64[2] = {0, -2}\ny = Squeeze(x, a)", BAD,
     "axis 0 stands twice"},
    {"input x: float32[1,4]\nconst a: int64[1] = {1}\ny = Squeeze(x, a)", BAD,
     "axis 1 has 4 elements"},
    {"input x: float32[1,4]\nconst a: int64[1] = {2}\ny = Squeeze(x, a)", BAD, "axis 2"},
    {"input x: float32[4]\nconst a: int64[2] = {0, 0}\ny = Unsqueeze(x, a)", BAD,
     "axis 0 stands twice"},
    {"input x: float32[4]\nconst a: int64[2] = {0, 3}\ny = Unsqueeze(x, a)", BAD, "axis 3"},
    {"input x: float32[1,1,1,1,1,1,1,1]\nconst a: int64[1] = {0}\ny = Unsqueeze(x, a)", UNSUP,
     "8 are supported"},
    /* 88 Flatten */
    {X48 "y = Flatten(x) {axis=5}", BAD, "axis 5"},
    {X48 "y = Flatten(x) {axis=-5}", BAD, "axis -5"},
    /* 89 Gemm, MatMul */
    {X48 "input b: float32[8,8]\ny = Gemm(x, b)", BAD, "A and B have 4 and 2 dimensions"},
    {"input a: float32[2,3]\ninput b: float32[2,3]\ny = Gemm(a, b)", BAD,
     "A has 3 columns and B 2 rows"},
    {"input a: float32[2,3]\ninput b: float32[3,2]\ny = Gemm(a, b) {alpha=nan}", BAD,
     "is not finite"},
    {"input a: float32[2,3]\ninput b: float32[3,2]\ny = Gemm(a, b) {beta=inf}", BAD,
     "is not finite"},
    {"input a: float32[2,3]\ninput b: float32[3,2]\ninput c: float32[3]\ny = Gemm(a, b, c)", BAD,
     "[3] and [2,2] do not broadcast"},
    {"input a: float32[1,3]\ninput b: float32[3,2]\ninput c: float32[2,2]\ny = Gemm(a, b, c)", BAD,
     "C has shape [2,2], which does not broadcast to [1,2]"},
    {"input a: float32[2,3]\ninput b: float32[2,3]\ny = MatMul(a, b)", BAD,
     "3 columns and the right 2"},
    {"input a: float32[]\ninput b: float32[2,3]\ny = MatMul(a, b)", BAD, "0 and 2 dimensions"},
    {"input a: float32[2,4,3]\ninput b: float32[3,3,5]\ny = MatMul(a, b)", BAD, "[2] and [3]"},
    /* 90 Clip */
    {X48 "const l: float32[] = {nan}\ny = Clip(x, l)", BAD, "min is not a number"},
    {X48 "const l: float32[2] = {0, 1}\ny = Clip(x, _, l)", BAD, "max must be a scalar"},
    {X48 "const l: int64[] = {0}\ny = Clip(x, l)", BAD, "float32 and int64"},
    /* 92 Cast */
    {X48 "y = Cast(x)", BAD, "to is 0"},
    {X48 "y = Cast(x) {to=4294967297}", BAD, "to is 4294967297"},
    {X48 "y = Cast(x) {to=-1}", BAD, "to is -1"},
    {X48 "y = Cast(x) {to=8}", UNSUP, "number 8"},
    {X48 "y = Cast(x) {to=17}", UNSUP, "number 17"},
    /* the rest */
    {X48 "input b: float32[3]\ny = Add(x, b)", BAD, "[1,4,8,8] and [3] do not broadcast"},
    {X48 "input b: int64[8]\ny = Mul(x, b)", BAD, "float32 and int64"},
    {"input x: bool[2]\ny = Relu(x)", BAD, "bool"},
    {"input a: int8[4194304,1,1]\ninput b: int8[4194304,1]\ninput c: int8[4194304]\n"
     "d = Add(a, b)\ny = Add(d, c)",
     BAD, "too large"},
    {X48 "const c: float32[3] = random(1)\ny = BatchNormalization(x, c, c, c, c)", BAD,
     "scale has shape [3]; it must be [4]"},
    {X48 "const c: float32[4] = random(1)\nconst v: int64[4] = {1, 1, 1, 1}\n"
         "y = BatchNormalization(x, c, c, c, v)",
     BAD, "input_var is int64"},
    {X48 "const c: float32[4] = random(1)\ny = BatchNormalization(x, c, c, c, c) {epsilon=nan}",
     BAD, "epsilon is"},
    {X48 "const c: float32[4] = random(1)\ny, m, v = BatchNormalization(x, c, c, c, c)", UNSUP,
     "outputs of training"},
    {X48 "const a: int64[2] = {1, -3}\ny = ReduceMean(x, a)", BAD, "axis 1 stands twice"},
    {X48 "const a: int64[1] = {4}\ny = ReduceMean(x, a)", BAD, "axis 4"},
    {"input x: int64[4]\ny = ReduceL2(x)", UNSUP, "int64"},
    {"const s: int64[1] = {-1}\ny = ConstantOfShape(s)", BAD, "dimension 0 is -1"},
    {"const s: int64[2] = {" BIG ", 2}\ny = ConstantOfShape(s)", BAD, "too large"},
    {"const s: int64[1] = {1}\ny = ConstantOfShape(s) {value=int64[2]{1, 2}}", BAD, "2 elements"},
    {"input x: float32[1,2,2,1]\nconst m: float32[1] = {0}\n"
     "y = Preprocess(x, m, m) {pixels=gray}",
     BAD, "no picture of uint8 with 1 channels"},
    {"input x: uint8[1,3,2,2]\nconst m: float32[3] = {0, 0, 0}\ny = Preprocess(x, m, m)", BAD,
     "no picture of uint8 with 3 channels"},
    {"input x: uint8[1,2,2,3]\nconst m: float32[1] = {0}\ny = Preprocess(x, m, m)", BAD,
     "not one float32 for each channel"},
    {"input x: uint8[1,2,2,3]\ninput m: float32[3]\ny = Preprocess(x, m, m)", BAD,
     "not one float32 for each channel"},
    {X48 "y = ChannelView(x) {runs=[0:3+2]}", BAD, "run 0, 0:3+2*1"},
    {X48 "y = ChannelView(x) {runs=[0:0+1, 1:0+1]}", BAD, "run 1"},
    {X48 "y = ChannelView(x) {runs=[0:1+3*-1]}", BAD, "run 0"},
    {X48 "y = ChannelView(x) {runs=[0:0+2147483647*2147483647]}", BAD, "run 0"},
    {X48 "y = ChannelView(x) {runs=[0:0+2*0]}", BAD, "run 0"},
    {X48 "y = ChannelView(x)", BAD, "[1,0,8,8]: no elements"},
    {X48 "y: float32[1,4,8,7] = Relu(x)", BAD,
     "'y' is declared as float32[1,4,8,7] but is float32[1,4,8,8]"},
    {X48 "y: float16[1,4,8,8] = Relu(x)", BAD, "declared as float16[1,4,8,8]"},
};

#define GOOD(name)                                                                                 \
    START_TEST(test_##name) {                                                                      \
        check_good(&name[_i]);                                                                     \
    }                                                                                              \
    END_TEST

GOOD(window)
GOOD(elementwise)
GOOD(movement)
GOOD(reshape)
GOOD(products)

START_TEST(test_failures) {
    check_bad(&failures[_i]);
}
END_TEST

#define ADD_CASES(name) tcase_add_loop_test(tests, test_##name, 0, sizeof name / sizeof *name)

int main(void) {
    Suite *suite = suite_create("shape rules");
    TCase *tests = tcase_create("shape rules");
    ADD_CASES(window);
    ADD_CASES(elementwise);
    ADD_CASES(movement);
    ADD_CASES(reshape);
    ADD_CASES(products);
    ADD_CASES(failures);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
