/* The shape rules of operators beyond those of a classifier; see test_shape.c. */
#include "tests/shape_case.h"

#define BAD SNV2_BAD_MODEL
#define UNSUP SNV2_UNSUPPORTED
#define X "input x: float32[1,4,8,8]\n"
#define I "input x: int64[2,3]\n"
#define B "input x: bool[2,3]\n"
#define Q "input x: uint8[1,4,8,8]\n"
#define QLINEAR                                                                                    \
    "const s: float32[] = {1}\nconst z: uint8[] = {0}\nconst wz: int8[] = {0}\n"                   \
    "input w: int8[2,4,1,1]\nconst ws: float32[2] = {1, 2}\nconst b: int32[2] = {0, 1}\n"
#define W22 "const w: float32[4,3,2,2] = random(1)\n"
#define EXPLICIT "dilations=[1,1], kernel_shape=[2,2], output_padding=[0,0], "
#define BIG "9223372036854775807"

static const struct good elementwise[] = {
    {X "y = Sigmoid(x)", "y: float32[1,4,8,8] = Sigmoid(x)"},
    {I "y = Neg(x)", "y: int64[2,3] = Neg(x)"},
    {X "const s: float32[4,1,1] = random(1)\ny = PRelu(x, s)", "y: float32[1,4,8,8] = PRelu(x, s)"},
    {"input x: float32[2,1]\ninput e: int32[3]\ny = Pow(x, e)", "y: float32[2,3] = Pow(x, e)"},
    {"input a: float32[2,1]\ninput b: float32[3]\ninput c: float32[]\ny = Max(a, b, c)",
     "y: float32[2,3] = Max(a, b, c)"},
    {I "y = Min(x)", "y: int64[2,3] = Min(x)"},
    {"input a: float32[2,1]\ninput b: float32[3]\ny = Less(a, b)", "y: bool[2,3] = Less(a, b)"},
    {B "input l: bfloat16[]\ny = CastLike(x, l)", "y: bfloat16[2,3] = CastLike(x, l)"},
    {B "y = Equal(x, x)", "y: bool[2,3] = Equal(x, x)"},
    {"input x: int32[2,1]\ninput e: float32[3]\ny = Pow(x, e)", "y: int32[2,3] = Pow(x, e)"},
    {I "y = Mod(x, x)", "y: int64[2,3] = Mod(x, x)"},
    {X "y = Mod(x, x) {fmod=1}", "y: float32[1,4,8,8] = Mod(x, x) {fmod=1}"},
    {"input x: uint16[2,1]\ninput s: uint16[3]\ny = BitShift(x, s) {direction=RIGHT}",
     "y: uint16[2,3] = BitShift(x, s) {direction=RIGHT}"},
    {B "y = Not(x)", "y: bool[2,3] = Not(x)"},
    {B "input b: bool[3]\ny = And(x, b)", "y: bool[2,3] = And(x, b)"},
    {B "input a: int8[3]\ninput b: int8[4,1,1]\ny = Where(x, a, b)",
     "y: int8[4,2,3] = Where(x, a, b)"},
};

#define EINSUM(a, b, equation)                                                                     \
    "input a: float32" a "\ninput b: float32" b "\ny = Einsum(a, b) {equation=\"" equation "\"}"
#define EINSUM_OF(a, equation) "input a: float32" a "\ny = Einsum(a) {equation=\"" equation "\"}"

static const struct good einsums[] = {
    {EINSUM("[2,3,4]", "[2,4,5]", "bij, bjk -> bik"),
     "y: float32[2,3,5] = Einsum(a, b) {equation=\"bij, bjk -> bik\"}"},
    {EINSUM("[3]", "[3]", "i,i"), "y: float32[] = Einsum(a, b) {equation=\"i,i\"}"},
    {EINSUM_OF("[2,3]", "ba"), "y: float32[3,2] = Einsum(a) {equation=\"ba\"}"},
    {EINSUM_OF("[2,3]", "aB"), "y: float32[3,2] = Einsum(a) {equation=\"aB\"}"},
    {EINSUM_OF("[4,3,3]", "...ii->...i"), "y: float32[4,3] = Einsum(a) {equation=\"...ii->...i\"}"},
    {EINSUM_OF("[3,3]", "ii"), "y: float32[] = Einsum(a) {equation=\"ii\"}"},
    /* dimensions of ellipses stand in front, and broadcast */
    {EINSUM("[6,1,2,3]", "[5,3,4]", "...ij,...jk"),
     "y: float32[6,5,2,4] = Einsum(a, b) {equation=\"...ij,...jk\"}"},
    {EINSUM("[3]", "[3]", "i...,...->i..."),
     "y: float32[3,3] = Einsum(a, b) {equation=\"i...,...->i...\"}"},
    {"input a: int64[2,3]\ny = Einsum(a) {equation=\"ij->i\"}",
     "y: int64[2] = Einsum(a) {equation=\"ij->i\"}"},
};

static const struct good windows[] = {
    {Q "y = MaxPool(x) {kernel_shape=[2,2]}",
     "y: uint8[1,4,7,7] = MaxPool(x) {dilations=[1,1], kernel_shape=[2,2], pads=[0,0,0,0], "
     "strides=[1,1]}"},
    {X W22 "y = ConvTranspose(x, w)",
     "y: float32[1,3,9,9] = ConvTranspose(x, w) {" EXPLICIT "pads=[0,0,0,0], strides=[1,1]}"},
    {X W22 "y = ConvTranspose(x, w) {group=2, strides=[2,2], pads=[1,0,0,1]}",
     "y: float32[1,6,15,15] = ConvTranspose(x, w) {dilations=[1,1], group=2, kernel_shape=[2,2], "
     "output_padding=[0,0], pads=[1,0,0,1], strides=[2,2]}"},
    {X W22 "y = ConvTranspose(x, w) {strides=[3,2], dilations=[2,1], output_padding=[2,1]}",
     "y: float32[1,3,26,17] = ConvTranspose(x, w) {dilations=[2,1], kernel_shape=[2,2], "
     "output_padding=[2,1], pads=[0,0,0,0], strides=[3,2]}"},
    /* the size that is asked for becomes pads; what is beyond the kernel, output_padding */
    {X W22 "y = ConvTranspose(x, w) {output_shape=[8,6]}",
     "y: float32[1,3,8,6] = ConvTranspose(x, w) {" EXPLICIT "pads=[1,2,0,1], strides=[1,1]}"},
    {X W22 "y = ConvTranspose(x, w) {auto_pad=SAME_UPPER, output_shape=[8,6]}",
     "y: float32[1,3,8,6] = ConvTranspose(x, w) {" EXPLICIT "pads=[0,1,1,2], strides=[1,1]}"},
    {X W22 "y = ConvTranspose(x, w) {auto_pad=SAME_UPPER, strides=[1,3]}",
     "y: float32[1,3,8,24] = ConvTranspose(x, w) {dilations=[1,1], kernel_shape=[2,2], "
     "output_padding=[0,1], pads=[0,0,1,0], strides=[1,3]}"},
    {X W22 "y = ConvTranspose(x, w) {auto_pad=VALID}",
     "y: float32[1,3,9,9] = ConvTranspose(x, w) {" EXPLICIT "pads=[0,0,0,0], strides=[1,1]}"},
    {"input x: float32[1,4,5]\nconst w: float32[4,1,3] = random(1)\nconst b: float32[1] = {0}\n"
     "y = ConvTranspose(x, w, b)",
     "y: float32[1,1,7] = ConvTranspose(x, w, b) {dilations=[1], kernel_shape=[3], "
     "output_padding=[0], pads=[0,0], strides=[1]}"},
    {Q "input w: int8[6,2,3,3]\ninput z: int8[6]\n"
       "y = ConvInteger(x, w, _, z) {group=2, auto_pad=SAME_UPPER}",
     "y: int32[1,6,8,8] = ConvInteger(x, w, _, z) {dilations=[1,1], group=2, kernel_shape=[3,3], "
     "pads=[1,1,1,1], strides=[1,1]}"},
    {Q QLINEAR "y = QLinearConv(x, s, z, w, ws, wz, s, wz, b)",
     "y: int8[1,2,8,8] = QLinearConv(x, s, z, w, ws, wz, s, wz, b) {dilations=[1,1], "
     "kernel_shape=[1,1], pads=[0,0,0,0], strides=[1,1]}"},
    {X "y = LpPool(x) {kernel_shape=[3,2], strides=[2,2], ceil_mode=1, p=1}",
     "y: float32[1,4,4,4] = LpPool(x) {ceil_mode=1, dilations=[1,1], kernel_shape=[3,2], p=1, "
     "pads=[0,0,0,0], strides=[2,2]}"},
    {X "y = GlobalLpPool(x) {p=3}", "y: float32[1,4,1,1] = GlobalLpPool(x) {p=3}"},
    {X "y = GlobalMaxPool(x)", "y: float32[1,4,1,1] = GlobalMaxPool(x)"},
    {X "y = DepthToSpace(x) {blocksize=2, mode=CRD}",
     "y: float32[1,1,16,16] = DepthToSpace(x) {blocksize=2, mode=CRD}"},
    {X "y = SpaceToDepth(x) {blocksize=4}", "y: float32[1,64,2,2] = SpaceToDepth(x) {blocksize=4}"},
};

static const struct good resizes[] = {
    {X "const s: float32[4] = {1, 1, 2, 1.5}\ny = Resize(x, _, s)",
     "y: float32[1,4,16,12] = Resize(x, _, s) {axes=[0,1,2,3]}"},
    /* 0.7 is below 7 / 10, but its product with 10 rounds to 7 */
    {"input x: float32[10]\nconst s: float32[1] = {0.7}\ny = Resize(x, _, s)",
     "y: float32[7] = Resize(x, _, s) {axes=[0]}"},
    {X "const n: float32[0] = {}\nconst s: int64[4] = {1, 4, 3, 20}\ny = Resize(x, n, n, s)",
     "y: float32[1,4,3,20] = Resize(x, n, n, s) {axes=[0,1,2,3]}"},
    {X "const s: int32[2] = {3, 20}\ny = Resize(x, _, _, s) {axes=[-1,2], mode=cubic}",
     "y: float32[1,4,20,3] = Resize(x, _, _, s) {axes=[3,2], mode=cubic}"},
    {X "const s: int64[2] = {12, 20}\n"
       "y = Resize(x, _, _, s) {axes=[2,3], keep_aspect_ratio_policy=not_larger}",
     "y: float32[1,4,12,12] = Resize(x, _, _, s) {axes=[2,3], "
     "keep_aspect_ratio_policy=not_larger}"},
    {X "const s: int64[2] = {12, 20}\n"
       "y = Resize(x, _, _, s) {axes=[2,3], keep_aspect_ratio_policy=not_smaller}",
     "y: float32[1,4,20,20] = Resize(x, _, _, s) {axes=[2,3], "
     "keep_aspect_ratio_policy=not_smaller}"},
    {"input x: int8[2,3,4]\nconst s: float32[3] = {1, 2, 1}\ny = Resize(x, _, s)",
     "y: int8[2,6,4] = Resize(x, _, s) {axes=[0,1,2]}"},
};

static const struct good axes[] = {
    {X "const a: int64[2] = {1, -1}\ny = ReduceMax(x, a)", "y: float32[1,1,8,1] = ReduceMax(x, a)"},
    {I "y = ReduceProd(x) {keepdims=0}", "y: int64[] = ReduceProd(x) {keepdims=0}"},
    {X "y = ReduceL2(x) {noop_with_empty_axes=1}",
     "y: float32[1,4,8,8] = ReduceL2(x) {noop_with_empty_axes=1}"},
    {X "y = ArgMax(x) {axis=-3}", "y: int64[1,1,8,8] = ArgMax(x) {axis=1}"},
    {I "y = ArgMin(x) {axis=1, keepdims=0}", "y: int64[2] = ArgMin(x) {axis=1, keepdims=0}"},
    {"input a: uint8[5,2,3]\ninput b: int8[3,4]\ninput z: uint8[2]\ninput c: int8[4]\n"
     "y = MatMulInteger(a, b, z, c)",
     "y: int32[5,2,4] = MatMulInteger(a, b, z, c)"},
    {"input a: uint8[2,3]\ninput b: int8[3,4]\ninput s: float32[2,1]\ninput z: uint8[2,1]\n"
     "input t: float32[]\ninput u: int8[]\n"
     "y = QLinearMatMul(a, s, z, b, t, u, t, u)",
     "y: int8[2,4] = QLinearMatMul(a, s, z, b, t, u, t, u)"},
    {"input x: float32[2,3]\ny, s, z = DynamicQuantizeLinear(x)",
     "y: uint8[2,3], s: float32[], z: uint8[] = DynamicQuantizeLinear(x)"},
    {X "const k: int64[1] = {3}\ny, i = TopK(x, k)",
     "y: float32[1,4,8,3], i: int64[1,4,8,3] = TopK(x, k) {axis=3}"},
    {I "const a: int32[] = {-2}\ny = CumSum(x, a)", "y: int64[2,3] = CumSum(x, a)"},
    {X "y = Softmax(x) {axis=-3}", "y: float32[1,4,8,8] = Softmax(x) {axis=1}"},
    {X "y = LogSoftmax(x)", "y: float32[1,4,8,8] = LogSoftmax(x) {axis=3}"},
    /* before opset 13: over all dimensions from axis on, which is one where the others have 1 */
    {X "y = Softmax(x) {axis=1, over_rest=1}",
     "y: float32[1,4,8,8] = Softmax(x) {axis=1, over_rest=1}"},
    {"input x: float32[1,5,1,1]\ny = Softmax(x) {axis=0, over_rest=1}",
     "y: float32[1,5,1,1] = Softmax(x) {axis=1}"},
    {"input x: float32[3,1]\ny = LogSoftmax(x) {axis=1, over_rest=1}",
     "y: float32[3,1] = LogSoftmax(x) {axis=1}"},
    {X "const c: float32[4] = random(1)\ny = InstanceNormalization(x, c, c)",
     "y: float32[1,4,8,8] = InstanceNormalization(x, c, c)"},
    {X "const c: float32[4] = random(1)\ny = GroupNormalization(x, c, c) {num_groups=2}",
     "y: float32[1,4,8,8] = GroupNormalization(x, c, c) {num_groups=2}"},
    {X "const c: float32[2] = random(1)\ny = GroupNormalization(x, c, c) {num_groups=2}",
     "y: float32[1,4,8,8] = GroupNormalization(x, c, c) {num_groups=2}"},
    {X "const c: float32[8,1] = random(1)\ny = LayerNormalization(x, c) {axis=-2}",
     "y: float32[1,4,8,8] = LayerNormalization(x, c) {axis=2}"},
    {X "y = LRN(x) {size=5}", "y: float32[1,4,8,8] = LRN(x) {size=5}"},
};

static const struct good positions[] = {
    {X "input i: int64[1,4,3,8]\ny = GatherElements(x, i) {axis=-2}",
     "y: float32[1,4,3,8] = GatherElements(x, i) {axis=2}"},
    {X "input i: int64[1,1,1,9]\ny = GatherElements(x, i) {axis=3}",
     "y: float32[1,1,1,9] = GatherElements(x, i) {axis=3}"},
    {X "input i: int64[5,2]\ny = GatherND(x, i)", "y: float32[5,8,8] = GatherND(x, i)"},
    {X "input i: int64[1,4,6,1]\ny = GatherND(x, i) {batch_dims=2}",
     "y: float32[1,4,6,8] = GatherND(x, i) {batch_dims=2}"},
    {"input i: int64[2,3]\nconst d: int64[] = {5}\nconst v: float32[2] = {0, 1}\n"
     "y = OneHot(i, d, v) {axis=-2}",
     "y: float32[2,5,3] = OneHot(i, d, v) {axis=1}"},
    {"input i: int64[2,3]\ny = EyeLike(i) {dtype=1}", "y: float32[2,3] = EyeLike(i) {dtype=1}"},
    {X "y = Trilu(x)", "y: float32[1,4,8,8] = Trilu(x)"},
    {X "y = MaxPoolIndices(x) {kernel_shape=[2,2]}",
     "y: int64[1,4,7,7] = MaxPoolIndices(x) {dilations=[1,1], kernel_shape=[2,2], pads=[0,0,0,0], "
     "strides=[1,1]}"},
    {X "const c: float32[8] = random(1)\ny, m, d = LayerNormalization(x, c)",
     "y: float32[1,4,8,8], m: float32[1,4,8,1], d: float32[1,4,8,1] = LayerNormalization(x, c) "
     "{axis=3}"},
};

static const struct good shapes[] = {
    {I "const s: int64[4] = {5, 1, 1, 3}\ny = Expand(x, s)", "y: int64[5,1,2,3] = Expand(x, s)"},
    {I "const s: int64[1] = {1}\ny = Expand(x, s)", "y: int64[2,3] = Expand(x, s)"},
    {I "const r: int64[2] = {3, 0}\ny = Tile(x, r)", "y: int64[6,0] = Tile(x, r)"},
    {X "y = Size(x)", "y: int64[] = Size(x)"},
    {"const a: int64[] = {3}\nconst b: int64[] = {10}\nconst d: int64[] = {4}\ny = Range(a, b, d)",
     "y: int64[2] = Range(a, b, d)"},
    {"const a: int64[] = {3}\nconst b: int64[] = {3}\nconst d: int64[] = {-1}\ny = Range(a, b, d)",
     "y: int64[0] = Range(a, b, d)"},
    {"const a: int64[] = {-" BIG "}\nconst b: int64[] = {" BIG "}\nconst d: int64[] = {" BIG "}\n"
     "y = Range(a, b, d)",
     "y: int64[2] = Range(a, b, d)"},
    {"const a: float32[] = {1}\nconst b: float32[] = {0}\nconst d: float32[] = {-0.375}\n"
     "y = Range(a, b, d)",
     "y: float32[3] = Range(a, b, d)"},
};

#define SCALES(numbers) X "const s: float32[4] = {" numbers "}\n"
#define RANGE(type, start, limit, delta)                                                           \
    "const a: " type "[] = {" start "}\nconst b: " type "[] = {" limit "}\n"                       \
    "const d: " type "[] = {" delta "}\ny = Range(a, b, d)"

static const struct bad failures[] = {
    /* types */
    {I "y = Sigmoid(x)", UNSUP, "only real types"},
    {B "y = Abs(x)", BAD, "the input is bool"},
    {X "y = Mod(x, x)", BAD, "fmod is 0; for float32 it must be 1"},
    {I "y = BitShift(x, x)", BAD, "must be an unsigned integer"},
    {I "y = Gemm(x, x) {transB=1, alpha=2}", UNSUP, "is not 1, on integers"},
    {Q "y = AveragePool(x) {kernel_shape=[2,2]}", UNSUP, "only real types"},
    {"input x: int16[1,4,8,8]\ny = MaxPool(x) {kernel_shape=[2,2]}", UNSUP, "only real types"},
    {EINSUM_OF("[2,3]", "ijk"), BAD, "2 dimensions, and its term 3 letters"},
    {EINSUM_OF("[2,3]", "i"), BAD, "2 dimensions, and its term 1 letters"},
    {EINSUM_OF("[2]", "ab..."), BAD, "1 dimensions, and its term 2 letters"},
    {EINSUM_OF("[2,3]", "ij,jk"), BAD, "not as many terms"},
    {EINSUM_OF("[2,3]", "ij->ij,"), BAD, "not as many terms"},
    {EINSUM_OF("[2,3]", "i1"), BAD, "2 dimensions, and its term 1 letters"},
    {EINSUM_OF("[2,3]", "ij-"), BAD, "not as many terms"},
    {EINSUM_OF("[2,3]", "ij->k"), BAD, "in no operand"},
    {EINSUM_OF("[2,3]", "ij->ii"), BAD, "twice in its result"},
    {EINSUM_OF("[2,3]", "......"), BAD, "two ellipses"},
    {EINSUM_OF("[2,3]", "abcdefghij"), BAD, "too many letters"},
    {EINSUM_OF("[2,3]", "ii"), BAD, "dimension 1 of input 1 is 3"},
    {EINSUM_OF("[2,3]", "...i->i"), UNSUP, "leaves out the dimensions of an ellipsis"},
    {EINSUM("[2,3]", "[2,3]", "ij"), BAD, "not as many terms"},
    {EINSUM("[2,3]", "[2,3]", "ij,jk"), BAD, "dimension 0 of input 2 is 2"},
    {EINSUM("[2,3]", "[3,3]", "...,..."), BAD, "dimension 0 of input 2 is 3"},
    {EINSUM("[1,1,1,1,1]", "[1,1,1,1,1]", "abcde,fghij"), UNSUP, "more than 8 dimensions"},
    {EINSUM("[1,1,1,1,1]", "[1,1,1,1,1]", "abcde,fghij->"), UNSUP, "over more than 8"},
    {"input a: float32[2]\ny = Einsum(a)", BAD, "no equation"},
    {"input a: float32[2]\ny = Einsum(a, a, a) {equation=\"i,i,i\"}", UNSUP, "3 operands"},
    {"input a: int8[2]\ny = Einsum(a) {equation=\"i\"}", UNSUP, "not supported on int8"},
    {Q "y = MatMul(x, x)", BAD, "is not for uint8"},
    /* quantized */
    {X "input w: int8[2,4,1,1]\ny = ConvInteger(x, w)", BAD, "input 0 is float32"},
    {Q "input w: float32[2,4,1,1]\ny = ConvInteger(x, w)", BAD, "input 1 is float32"},
    {Q "input w: int8[2,3,1,1]\ny = ConvInteger(x, w)", BAD, "for 3 channels"},
    {Q "input w: int8[2,4,1,1]\ninput z: int8[]\ny = ConvInteger(x, w, z)", BAD,
     "zero point in input 2 is int8"},
    {Q "input w: int8[2,4,1,1]\ninput z: uint8[4]\ny = ConvInteger(x, w, z)", BAD,
     "must be one number"},
    {Q "input w: int8[2,4,1,1]\ninput z: int8[3]\ny = ConvInteger(x, w, _, z)", BAD,
     "one number or [2]"},
    {Q QLINEAR "y = QLinearConv(x, ws, z, w, ws, wz, s, wz)", BAD, "input 1 has shape [2]"},
    {Q QLINEAR "y = QLinearConv(x, s, z, w, z, wz, s, wz)", BAD, "scale in input 4 is uint8"},
    {Q QLINEAR "y = QLinearConv(x, s, z, w, s, wz, s, s)", BAD, "input 7 is float32"},
    {Q QLINEAR "y = QLinearConv(x, s, z, w, s, wz, s, wz, ws)", BAD, "the bias is float32"},
    {"input a: uint8[2,3]\ninput z: uint8[3]\ny = MatMulInteger(a, a, z)", BAD, "do not broadcast"},
    {"input a: uint8[2,3]\ninput b: uint8[3,2]\ninput z: uint8[2,3]\ny = MatMulInteger(a, b, z)",
     BAD, "no number for each row"},
    {"input a: uint8[2,3]\ninput b: uint8[3,2]\ninput z: uint8[3,1]\n"
     "y = MatMulInteger(a, b, _, z)",
     BAD, "no number for each column"},
    {I "y = DynamicQuantizeLinear(x)", BAD, "the input is int64"},
    {I "y = Not(x)", BAD, "it must be bool"},
    {I "y = Or(x, x)", BAD, "it must be bool"},
    {B "y = Less(x, x)", BAD, "the input is bool"},
    {X "y = Where(x, x, x)", BAD, "it must be bool"},
    {X "input e: bool[]\ny = Pow(x, e)", BAD, "the exponent is bool"},
    {X "const s: float32[8,1,1,1] = random(1)\ny = PRelu(x, s)", BAD, "does not broadcast to"},
    {X "const s: float32[3,1,1] = random(1)\ny = PRelu(x, s)", BAD, "do not broadcast"},
    {"input a: float32[2]\ninput b: float32[2]\ninput c: float32[3]\ny = Max(a, b, c)", BAD,
     "do not broadcast"},
    {"input a: float32[2]\ninput b: int64[2]\ny = Min(a, b)", BAD, "have types float32 and int64"},
    {I "y = Mean(x, x)", UNSUP, "only real types"},
    {B "input a: int8[3]\ninput b: int64[3]\ny = Where(x, a, b)", BAD, "types int8 and int64"},
    /* ConvTranspose */
    {X "const w: float32[3,3,2,2] = random(1)\ny = ConvTranspose(x, w)", BAD, "are for 3 channels"},
    {X "const w: float32[4,3,2] = random(1)\ny = ConvTranspose(x, w)", BAD, "3 dimensions"},
    {X W22 "y = ConvTranspose(x, w) {group=0}", BAD, "group 0"},
    {X W22 "y = ConvTranspose(x, w) {group=3}", BAD, "group 3"},
    {X W22 "y = ConvTranspose(x, w) {group=-4}", BAD, "group -4"},
    {X W22 "const b: float32[4] = random(1)\ny = ConvTranspose(x, w, b)", BAD, "it must be [3]"},
    {X W22 "y = ConvTranspose(x, w) {kernel_shape=[2,3]}", BAD, "the weights have 2"},
    {X W22 "y = ConvTranspose(x, w) {strides=[0,1]}", BAD, "strides[0] is 0"},
    {X W22 "y = ConvTranspose(x, w) {dilations=[1]}", BAD, "dilations has 1"},
    {X W22 "y = ConvTranspose(x, w) {pads=[-1,0,0,0]}", BAD, "pads[0] is -1"},
    {X W22 "y = ConvTranspose(x, w) {pads=[5,0,4,0]}", BAD, "leave nothing"},
    {X W22 "y = ConvTranspose(x, w) {output_padding=[1,0]}", BAD, "output_padding[0] is 1"},
    {X W22 "y = ConvTranspose(x, w) {output_padding=[-1,0]}", BAD, "output_padding[0] is -1"},
    {X W22 "y = ConvTranspose(x, w) {output_shape=[0,8]}", BAD, "output_shape[0] is 0"},
    {X W22 "y = ConvTranspose(x, w) {output_shape=[1,4,8,8]}", BAD, "output_shape has 4"},
    {X W22 "y = ConvTranspose(x, w) {output_shape=[10,8]}", BAD, "output_padding[0] is 1"},
    {X W22 "y = ConvTranspose(x, w) {auto_pad=SAME_UPPER, pads=[1,0,0,0]}", BAD, "both auto_pad"},
    {"input x: float32[1,4,8,8,8]\nconst w: float32[4,1,2,2,2] = random(1)\n"
     "y = ConvTranspose(x, w)",
     UNSUP, "5 dimensions"},
    /* blocks */
    {X "y = DepthToSpace(x)", BAD, "blocksize is 0"},
    {X "y = DepthToSpace(x) {blocksize=-2}", BAD, "blocksize is -2"},
    {X "y = DepthToSpace(x) {blocksize=3}", BAD, "does not divide 4 channels"},
    {X "y = DepthToSpace(x) {blocksize=" BIG "}", BAD, "blocksize is " BIG},
    {"input x: float32[4,8,8]\ny = DepthToSpace(x) {blocksize=2}", BAD, "it must have 4"},
    {X "y = SpaceToDepth(x) {blocksize=3}", BAD, "does not divide 8 rows"},
    /* 93 Resize */
    {SCALES("1, 1, 0, 1") "y = Resize(x, _, s)", BAD, "axis 2 is scaled by 0"},
    {SCALES("1, 1, -1, 1") "y = Resize(x, _, s)", BAD, "axis 2 is scaled by -1"},
    {SCALES("1, 1, bits(7fc00000), 1") "y = Resize(x, _, s)", BAD, "axis 2 is scaled by nan"},
    {SCALES("1, 1, bits(7f800000), 1") "y = Resize(x, _, s)", BAD, "axis 2 is scaled by inf"},
    {SCALES("1, 1, 0.1, 1") "y = Resize(x, _, s)", BAD, "to 0 elements"},
    {SCALES("1, 1, 1e30, 1") "y = Resize(x, _, s)", BAD, "axis 2"},
    {SCALES("1, 1.1, 1, 1") "y = Resize(x, _, s)", UNSUP, "axis 1"},
    {SCALES("1, 1, 2, 2") "y = Resize(x, _, s, s)", BAD, "both scales and sizes"},
    {X "y = Resize(x)", BAD, "neither scales nor sizes"},
    {X "input s: float32[4]\ny = Resize(x, _, s)", UNSUP, "depends on the data"},
    {X "const s: float32[3] = {1, 2, 2}\ny = Resize(x, _, s)", BAD, "it must be [4]"},
    {X "const s: int64[4] = {1, 1, 2, 2}\ny = Resize(x, _, s)", BAD, "scales is int64"},
    {X "const s: int64[4] = {1, 4, 0, 8}\ny = Resize(x, _, _, s)", BAD, "axis 2"},
    {X "const s: int64[4] = {1, 4, -8, 8}\ny = Resize(x, _, _, s)", BAD, "axis 2"},
    {X "const s: int64[4] = {1, 4, " BIG ", 8}\ny = Resize(x, _, _, s)", BAD, "axis 2"},
    {X "const s: int64[2] = {8, 8}\ny = Resize(x, _, _, s)", BAD, "2 entries for 4 axes"},
    {SCALES("1, 1, 2, 2") "y = Resize(x, _, s) {axes=[0,1,2,2]}", BAD, "axis 2 stands twice"},
    {SCALES("1, 1, 2, 2") "y = Resize(x, _, s) {axes=[0,1,2,4]}", BAD, "axis 4"},
    {SCALES("1, 1, 2, 2") "y = Resize(x, _, s) {antialias=1, mode=linear}", UNSUP, "antialias"},
    {SCALES("1, 1, 2, 2") "y = Resize(x, _, s) {exclude_outside=1}", BAD, "mode cubic only"},
    {SCALES("1, 1, 2, 2") "y = Resize(x, _, s) {coordinate_transformation_mode=tf_crop_and_resize}",
     BAD, "needs roi"},
    {SCALES("1, 1, 2, 2") "const r: float32[8] = {0, 0.5, 0, 0, 1, 1, 1, 1}\n"
                          "y = Resize(x, r, s) {coordinate_transformation_mode=tf_crop_and_resize}",
     UNSUP, "crops axis 1"},
    {SCALES("1, 1, 2, 2") "const r: float32[8] = {0, 0, 0, 0, 1, 1, 1, nan}\n"
                          "y = Resize(x, r, s) {coordinate_transformation_mode=tf_crop_and_resize}",
     BAD, "roi has the number"},
    {"input x: int64[2]\nconst s: float32[1] = {2}\ny = Resize(x, _, s) {mode=linear}", UNSUP,
     "real types only"},
    /* axes */
    {X "const a: int64[1] = {4}\ny = ReduceMax(x, a)", BAD, "axis 4 is out of range"},
    {X "const a: int64[2] = {1, -3}\ny = ReduceSum(x, a)", BAD, "axis 1 stands twice"},
    {B "y = ReduceSum(x)", BAD, "the input is bool"},
    {I "y = ReduceL2(x)", UNSUP, "only real types"},
    {X "y = ArgMax(x) {axis=4}", BAD, "axis 4 is out of range"},
    {X "const k: int64[1] = {9}\ny = TopK(x, k)", BAD, "K is 9"},
    {X "const k: int64[1] = {-1}\ny = TopK(x, k)", BAD, "K is -1"},
    {X "const k: int64[2] = {1, 2}\ny = TopK(x, k)", BAD, "K has 2 elements"},
    {X "input k: int64[1]\ny = TopK(x, k)", UNSUP, "depends on the data"},
    {X "const a: int64[] = {4}\ny = CumSum(x, a)", BAD, "axis 4 is out of range"},
    /* 91 Softmax */
    {X "y = Softmax(x) {axis=4}", BAD, "axis 4 is out of range"},
    {X "y = LogSoftmax(x) {axis=-5}", BAD, "axis -5 is out of range"},
    {"input x: float32[]\ny = Softmax(x) {axis=0}", BAD, "axis 0 is out of range"},
    {I "y = Softmax(x)", UNSUP, "only real types"},
    /* normalizations */
    {X "const c: float32[3] = random(1)\ny = InstanceNormalization(x, c, c)", BAD,
     "it must be [4]"},
    {X "const c: float32[4] = random(1)\ny = InstanceNormalization(x, c, c) {epsilon=-1}", BAD,
     "epsilon is -1"},
    {X "const c: float32[4] = random(1)\ny = GroupNormalization(x, c, c) {num_groups=3}", BAD,
     "num_groups 3 does not divide 4"},
    {X "const c: float32[4] = random(1)\ny = GroupNormalization(x, c, c)", BAD, "num_groups 0"},
    {X "const c: float32[4] = random(1)\nconst d: float32[2] = random(1)\n"
       "y = GroupNormalization(x, c, d) {num_groups=2}",
     BAD, "bias has shape [2]"},
    {X "const c: float32[4] = random(1)\ny = LayerNormalization(x, c)", BAD, "do not broadcast"},
    {X "const c: float32[2,1,1,1] = random(1)\ny = LayerNormalization(x, c)", BAD,
     "does not broadcast to"},
    {X "const c: float32[8] = random(1)\ny = LayerNormalization(x, c) {axis=4}", BAD, "axis 4"},
    {X "y = LRN(x)", BAD, "size is 0"},
    /* positions */
    {X "input i: int64[1,4,8]\ny = GatherElements(x, i)", BAD, "indices has 3 dimensions"},
    {X "input i: int64[1,5,8,8]\ny = GatherElements(x, i)", BAD, "5 elements on axis 1"},
    {X "input i: float32[1,4,8,8]\ny = GatherElements(x, i)", BAD, "indices is float32"},
    {I "const i: int64[2,1] = {3, 0}\ny = GatherElements(x, i) {axis=1}", BAD, "index 3"},
    {X "input i: int32[2]\ny = GatherND(x, i)", BAD, "it must be int64"},
    {X "input i: int64[5]\ny = GatherND(x, i)", BAD, "5 indices for each element"},
    {X "input i: int64[2,1]\ny = GatherND(x, i) {batch_dims=1}", BAD, "differ on batch axis 0"},
    {X "input i: int64[1,1]\ny = GatherND(x, i) {batch_dims=2}", BAD, "batch_dims is 2"},
    {X "input i: int64[1,1,1,1,1,1,1]\ny = GatherND(x, i)", UNSUP, "9 dimensions"},
    {I "const d: int64[] = {0}\nconst v: int64[2] = {0, 1}\ny = OneHot(x, d, v)", BAD,
     "depth is 0"},
    {I "const d: int64[2] = {2, 2}\nconst v: int64[2] = {0, 1}\ny = OneHot(x, d, v)", BAD,
     "depth must be a scalar"},
    {I "input d: int64[]\nconst v: int64[2] = {0, 1}\ny = OneHot(x, d, v)", UNSUP,
     "depends on the data"},
    {I "const d: int64[] = {2}\nconst v: int64[1] = {0}\ny = OneHot(x, d, v)", BAD, "off_value"},
    {I "const d: int64[] = {2}\nconst v: int64[2] = {0, 1}\ny = OneHot(x, d, v) {axis=3}", BAD,
     "axis 3"},
    {X "y = EyeLike(x)", BAD, "it must have 2"},
    {I "y = EyeLike(x) {dtype=8}", UNSUP, "number 8"},
    {"input x: float32[3]\ny = Trilu(x)", BAD, "at least 2"},
    {I "input k: int64[]\ny = Trilu(x, k)", UNSUP, "depends on the data"},
    {I "const k: int64[2] = {0, 1}\ny = Trilu(x, k)", BAD, "k has 2 elements"},
    {X "y = MaxPoolIndices(x)", BAD, "no kernel_shape"},
    /* shapes */
    {I "const s: int64[2] = {2, 2}\ny = Expand(x, s)", BAD, "do not broadcast"},
    {I "const s: int64[2] = {-1, 3}\ny = Expand(x, s)", BAD, "shape[0] is -1"},
    {I "const s: int64[9] = {1, 1, 1, 1, 1, 1, 1, 2, 3}\ny = Expand(x, s)", UNSUP, "9 dimensions"},
    {I "const s: int64[3] = {" BIG ", 1, 1}\ny = Expand(x, s)", BAD, "too large"},
    {I "const r: int64[1] = {2}\ny = Tile(x, r)", BAD, "1 entries for 2"},
    {I "const r: int64[2] = {1, -1}\ny = Tile(x, r)", BAD, "repeats[1] is -1"},
    {I "const r: int64[2] = {1, " BIG "}\ny = Tile(x, r)", BAD, "repeats[1] is"},
    {RANGE("int64", "0", "3", "0"), BAD, "delta is 0"},
    {RANGE("int64", "-" BIG, BIG, "1"), BAD, "over 2^63"},
    {RANGE("float32", "0", "1", "0"), BAD, "give no range"},
    {RANGE("float32", "0", "1", "1e-30"), BAD, "give no range"},
    {RANGE("bool", "0", "1", "1"), BAD, "the input is bool"},
    {"input a: int64[]\ny = Range(a, a, a)", UNSUP, "depends on the data"},
    {"const a: int64[2] = {1, 2}\ny = Range(a, a, a)", BAD, "must be a scalar"},
};

#define GOOD(name)                                                                                 \
    START_TEST(test_##name) {                                                                      \
        check_good(&name[_i]);                                                                     \
    }                                                                                              \
    END_TEST

GOOD(elementwise)
GOOD(einsums)
GOOD(windows)
GOOD(resizes)
GOOD(axes)
GOOD(positions)
GOOD(shapes)

START_TEST(test_failures) {
    check_bad(&failures[_i]);
}
END_TEST

#define ADD_CASES(name) tcase_add_loop_test(tests, test_##name, 0, sizeof name / sizeof *name)

int main(void) {
    Suite *suite = suite_create("shape rules of operators");
    TCase *tests = tcase_create("shape rules of operators");
    ADD_CASES(elementwise);
    ADD_CASES(einsums);
    ADD_CASES(windows);
    ADD_CASES(resizes);
    ADD_CASES(axes);
    ADD_CASES(positions);
    ADD_CASES(shapes);
    ADD_CASES(failures);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
