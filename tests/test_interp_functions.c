/* The interpreter's elementwise operators beyond plain arithmetic: functions of one operand against
 * formulas with the C library's functions, and exact cases of those of several operands. */
#include "tests/interp_case.h"
#include "tests/tap.h"

static double identity(double x) {
    return x;
}

static double elu(double x) {
    return x < 0 ? 0.5 * expm1(x) : x;
}

static double gelu(double x) {
    return 0.5 * x * (1 + erf(x / sqrt(2)));
}

static double gelu_tanh(double x) {
    return 0.5 * x * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * pow(x, 3))));
}

static double hard_sigmoid(double x) {
    return x < -2 ? 0 : x > 2 ? 1 : 0.25 * x + 0.5;
}

static double hard_swish(double x) {
    return x < -3 ? -0.0 : x > 3 ? x : x * (x / 6 + 0.5);
}

static double leaky_relu(double x) {
    return x < 0 ? 0.125 * x : x;
}

static double mish(double x) {
    return x * tanh(log1p(exp(x)));
}

static double negate(double x) {
    return -x;
}

static double reciprocal(double x) {
    return 1 / x;
}

static double selu(double x) {
    return 1.5 * (x < 0 ? 0.5 * expm1(x) : x);
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static double softplus(double x) {
    return log1p(exp(x));
}

static double swish(double x) {
    return x / (1 + exp(-0.5 * x));
}

static const struct {
    const char *node; /* operator and attributes */
    double (*formula)(double x);
} functions[] = {
    {"Abs(x)", fabs},
    {"Ceil(x)", ceil},
    {"Elu(x) {alpha=0.5}", elu},
    {"Erf(x)", erf},
    {"Exp(x)", exp},
    {"Floor(x)", floor},
    {"Gelu(x)", gelu},
    {"Gelu(x) {approximate=tanh}", gelu_tanh},
    {"HardSigmoid(x) {alpha=0.25}", hard_sigmoid},
    {"HardSwish(x)", hard_swish},
    {"Identity(x)", identity},
    {"LeakyRelu(x) {alpha=0.125}", leaky_relu},
    {"Log(x)", log},
    {"Mish(x)", mish},
    {"Neg(x)", negate},
    {"Reciprocal(x)", reciprocal},
    {"Selu(x) {alpha=0.5, gamma=1.5}", selu},
    {"Sigmoid(x)", sigmoid},
    {"Softplus(x)", softplus},
    {"Sqrt(x)", sqrt},
    {"Swish(x) {alpha=0.5}", swish},
    {"Tanh(x)", tanh},
};

START_TEST(test_functions) {
    char text[128];
    struct interp_case test = {
        .text = text,
        .inputs = {-20, -4.5, -3, -1.25, -0.5, -0x1p-20, 0, 0x1p-20, 0.25, 0.5, 1, 2.75, 3, 8, 20},
    };
    snprintf(text, sizeof text, "input x: float32[16]\ny = %s\noutput y", functions[_i].node);
    test.inputs[15] = NAN;
    for (int i = 0; i < 16; i++)
        test.expected[i] = functions[_i].formula(test.inputs[i]);
    check_case_rounded(&test, 8);
}
END_TEST

static const struct interp_case exact[] = {
    {"input x: int8[3]\na = Abs(x)\nb = Neg(x)\noutput a\noutput b",
     {-128, -5, 7},
     {-128, 5, 7, -128, 5, -7}},
    {"input x: uint64[1]\na = Abs(x)\noutput a", {-1}, {-1}},
    {"input x: float32[2,2]\ninput s: float32[2]\ny = PRelu(x, s)\noutput y",
     {-1, -2, 3, -4, 0.5, 0.25},
     {-0.5, -0.5, 3, -1}},
    {"input x: float32[2]\ninput e: float32[3,1]\ny = Pow(x, e)\noutput y",
     {4, 0.25, 2, 0.5, -1},
     {16, 0.0625, 2, 0.5, 0.25, 4}},
    {"input x: float32[2]\nconst e: int64[] = {3}\ny = Pow(x, e)\noutput y",
     {-2, 0.5},
     {-8, 0.125}},
    /* of several operands, broadcast; NaN wins, of zeros the first */
    {"input a: float32[2,1]\ninput b: float32[2]\ninput c: float32[]\ny = Max(a, b, c)\noutput y",
     {1, 5, 3, 0, 2},
     {3, 2, 5, 5}},
    {"input a: float32[4]\ninput b: float32[4]\ny = Max(a, b)\nz = Min(a, b)\noutput y\noutput z",
     {-0.0, 0, NAN, 1, 0, -0.0, 1, NAN},
     {-0.0, 0, NAN, NAN, -0.0, 0, NAN, NAN}},
    {"input a: uint64[2]\ninput b: uint64[1]\ny = Max(a, b)\nz = Min(a, b)\noutput y\noutput z",
     {-1, 3, 5},
     {-1, 5, 5, 3}},
    {"input a: float32[2]\ninput b: float32[1]\ninput c: float32[1]\ny = Mean(a, b, c)\noutput y",
     {1, 4, 2, 6},
     {3, 4}},
    {"input a: float32[2]\ny = Mean(a)\nz = Min(a)\noutput y\noutput z", {1, 4}, {1, 4, 1, 4}},
    /* comparisons: false with NaN */
    {"input a: float32[4]\ninput b: float32[4]\n"
     "e = Equal(a, b)\ng = Greater(a, b)\nl = Less(a, b)\noutput e\noutput g\noutput l",
     {1, 2, 3, NAN, 2, 2, 2, NAN},
     {0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0}},
    {"input a: float32[4]\ninput b: float32[4]\n"
     "g = GreaterOrEqual(a, b)\nl = LessOrEqual(a, b)\noutput g\noutput l",
     {1, 2, 3, NAN, 2, 2, 2, NAN},
     {0, 1, 1, 0, 1, 1, 0, 0}},
    {"input a: uint64[2]\ninput b: uint64[1]\ng = Greater(a, b)\noutput g", {-1, 1, 2}, {1, 0}},
    {"input a: int64[2,1]\ninput b: int64[2]\nl = Less(a, b)\noutput l",
     {-1, 1, 0, 2},
     {1, 1, 0, 1}},
    {"input a: bool[2,1]\ninput b: bool[2]\nx = And(a, b)\ny = Or(a, b)\nz = Not(b)\n"
     "output x\noutput y\noutput z",
     {0, 1, 0, 1},
     {0, 0, 0, 1, 0, 1, 1, 1, 1, 0}},
    {"input a: bool[3]\ninput b: bool[3]\ny = Equal(a, b)\noutput y",
     {0, 1, 1, 0, 0, 1},
     {1, 0, 1}},
    {"input x: uint8[1,1,2,3]\nconst m: float32[3] = {0, 1, 2}\nconst s: float32[3] = {1, 2, 4}\n"
     "y = Preprocess(x, m, s) {scale=0.5}\noutput y",
     {0, 2, 4, 6, 250, 255},
     {0, 3, 0, 62, 0, 31.375}},
    {"input x: uint8[1,3,1,2]\nconst m: float32[3] = {0, 1, 2}\nconst s: float32[3] = {1, 2, 4}\n"
     "y = Preprocess(x, m, s) {layout=nchw, pixels=bgr, scale=2}\noutput y",
     {0, 1, 2, 3, 254, 255},
     {0, 2, 1.5, 2.5, 126.5, 127}},
    {"input c: bool[2,1]\ninput x: float32[2]\ninput y: float32[2,2]\nz = Where(c, x, y)\noutput z",
     {1, 0, 10, 20, 1, 2, 3, 4},
     {10, 20, 3, 4}},
    {"input c: bool[2]\ninput x: int64[]\ninput y: int64[1]\nz = Where(c, x, y)\noutput z",
     {1, 0, -7, 9},
     {-7, 9}},
};

START_TEST(test_exact) {
    check_case(&exact[_i]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("interpreter: functions");
    TCase *tcase = tcase_create("functions");
    tcase_add_loop_test(tcase, test_functions, 0, sizeof functions / sizeof *functions);
    tcase_add_loop_test(tcase, test_exact, 0, sizeof exact / sizeof *exact);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
