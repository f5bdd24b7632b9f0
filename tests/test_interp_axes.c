/* The interpreter's operators that work along axes: softmax, reductions, order, normalizations;
 * with results computed by hand. */
#include "tests/interp_case.h"
#include "tests/tap.h"

static const struct interp_case exact[] = {
    /* reductions: [[1 -2 3], [-4 5 -6]] */
    {"input x: float32[2,3]\nconst a: int64[1] = {1}\nconst b: int64[1] = {-2}\n"
     "y = ReduceSum(x, a) {keepdims=0}\nz = ReduceSum(x, b)\noutput y\noutput z",
     {1, -2, 3, -4, 5, -6},
     {2, -5, -3, 3, -3}},
    {"input x: float32[2,3]\nconst a: int64[1] = {1}\n"
     "y = ReduceL1(x, a)\nz = ReduceSumSquare(x, a)\noutput y\noutput z",
     {1, -2, 3, -4, 5, -6},
     {6, 15, 14, 77}},
    {"input x: float32[2,2]\nconst a: int64[1] = {1}\ny = ReduceL2(x, a)\noutput y",
     {3, -4, 5, 12},
     {5, 13}},
    {"input x: float32[2,3]\nconst a: int64[1] = {0}\n"
     "y = ReduceMax(x, a)\nz = ReduceMin(x, a)\noutput y\noutput z",
     {1, -2, NAN, -4, 5, -6},
     {1, 5, NAN, -4, -2, NAN}},
    {"input x: float32[2,3]\ny = ReduceProd(x)\nz = ReduceMean(x)\noutput y\noutput z",
     {1, -2, 3, -4, 5, -6},
     {-720, -0.5}},
    {"input x: float32[2]\ny = ReduceSum(x) {noop_with_empty_axes=1}\noutput y", {1, 2}, {1, 2}},
    {"input x: int64[2,2]\nconst a: int64[1] = {1}\n"
     "p = ReduceProd(x, a)\ns = ReduceSum(x, a)\nm = ReduceMax(x, a)\nn = ReduceMin(x, a)\n"
     "output p\noutput s\noutput m\noutput n",
     {-3, 5, -7, -2},
     {-15, 14, 2, -9, 5, -2, -3, -7}},
    {"input x: uint64[3]\ny = ReduceMax(x)\nz = ReduceMin(x)\noutput y\noutput z",
     {4, -1, 3},
     {-1, 3}},
    {"input x: int8[2]\ny = ReduceSum(x)\noutput y", {100, 100}, {-56}},
    {"input x: float32[2,1,2,2]\ny = GlobalMaxPool(x)\noutput y",
     {1, 4, 3, 2, -4, -2, -8, -3},
     {4, -2}},
    {"input x: float32[2,1,2,2]\ny = GlobalLpPool(x)\nz = GlobalLpPool(x) {p=1}\n"
     "output y\noutput z",
     {3, 4, 0, 0, 0, -6, -8, 0},
     {5, 10, 7, 14}},
    {"input x: float32[1,1,2,3]\n"
     "y = LpPool(x) {kernel_shape=[2,2], pads=[0,1,0,0], strides=[1,2]}\n"
     "z = LpPool(x) {kernel_shape=[1,2], p=1, dilations=[1,2]}\noutput y\noutput z",
     {3, -2, -1, 4, 2, 4},
     {5, 5, 4, 8}},
    /* ArgMax, ArgMin: NaN is the largest */
    {"input x: float32[2,3]\ny = ArgMax(x) {axis=1}\nz = ArgMax(x) {axis=-1, keepdims=0, "
     "select_last_index=1}\noutput y\noutput z",
     {5, 2, 5, 1, NAN, 7},
     {0, 1, 2, 1}},
    {"input x: float32[3,2]\ny = ArgMin(x)\nz = ArgMin(x) {select_last_index=1}\noutput y\noutput "
     "z",
     {2, 1, 1, 4, 1, 1},
     {1, 0, 2, 2}},
    {"input x: uint64[2]\ny = ArgMax(x)\noutput y", {1, -1}, {1}},
    /* TopK: of equal ones the first */
    {"input x: float32[2,4]\nconst k: int64[1] = {3}\ny, i = TopK(x, k)\noutput y\noutput i",
     {1, 7, 3, 7, 4, 4, 9, -1},
     {7, 7, 3, 9, 4, 4, 1, 3, 2, 2, 0, 1}},
    {"input x: int64[3,2]\nconst k: int64[1] = {2}\n"
     "y, i = TopK(x, k) {axis=0, largest=0}\noutput y\noutput i",
     {3, 5, 1, 4, 2, 6},
     {1, 4, 2, 5, 1, 1, 2, 0}},
    {"input x: float32[2]\nconst k: int64[] = {2}\ny = TopK(x, k)\noutput y", {1, 2}, {2, 1}},
    /* CumSum */
    {"input x: float32[2,3]\nconst a: int64[] = {1}\nconst b: int64[] = {-2}\n"
     "y = CumSum(x, a)\nz = CumSum(x, b) {exclusive=1}\noutput y\noutput z",
     {1, 2, 3, 4, 5, 6},
     {1, 3, 6, 4, 9, 15, 0, 0, 0, 1, 2, 3}},
    {"input x: int8[3]\nconst a: int64[] = {0}\ny = CumSum(x, a) {reverse=1}\n"
     "z = CumSum(x, a) {reverse=1, exclusive=1}\noutput y\noutput z",
     {100, 50, 100},
     {-6, -106, 100, -106, 100, 0}},
    /* Range and Size */
    {"const s: int64[] = {7}\nconst e: int64[] = {1}\nconst d: int64[] = {-2}\n"
     "y = Range(s, e, d)\noutput y",
     {0},
     {7, 5, 3}},
    {"const s: float32[] = {1}\nconst e: float32[] = {2}\nconst d: float32[] = {0.375}\n"
     "y = Range(s, e, d)\noutput y",
     {0},
     {1, 1.375, 1.75}},
    {"input x: float32[2,3,2]\ny = Size(x)\noutput y", {0}, {12}},
    /* Softmax of equal elements; over all that is left */
    {"input x: float32[2,2]\ny = Softmax(x)\nz = Softmax(x) {axis=0}\noutput y\noutput z",
     {1, 1, 1, 1},
     {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}},
    {"input x: float32[1,2,2]\ny = Softmax(x) {axis=1, over_rest=1}\noutput y",
     {3, 3, 3, 3},
     {0.25, 0.25, 0.25, 0.25}},
    {"input x: float32[2]\ny = Softmax(x)\noutput y", {1000, -1000}, {1, 0}},
};

/* Sums are rounded in each precision. */
static const struct interp_case near[] = {
    {"input x: float32[3]\ny = Softmax(x)\nz = LogSoftmax(x)\noutput y\noutput z",
     {1, 2, 3},
     {0.090030573170380462, 0.24472847105479764, 0.66524095577482178, -2.4076059644443806,
      -1.4076059644443806, -0.40760596444438063}},
    {"input x: float32[2,1,2]\nconst a: int64[1] = {2}\n"
     "y = ReduceLogSumExp(x, a)\nz = ReduceLogSum(x, a)\noutput y\noutput z",
     {1000, 1000, 1, 2},
     {1000.6931471805599, 2.3132616875182226, 7.6009024595420822, 1.0986122886681098}},
    {"input x: float32[2]\ny = ReduceLogSumExp(x)\noutput y", {-INFINITY, -INFINITY}, {-INFINITY}},
    /* variances 1 and 2 of two channels: divided by sqrt(1.25) and 1.5 */
    {"input x: float32[1,2,4]\nconst s: float32[2] = {2, 1}\nconst b: float32[2] = {0, 10}\n"
     "y = InstanceNormalization(x, s, b) {epsilon=0.25}\noutput y",
     {3, 1, 3, 1, 6, 2, 4, 4},
     {1.7888543819998317, -1.7888543819998317, 1.7888543819998317, -1.7888543819998317,
      11.333333333333334, 8.6666666666666661, 10, 10}},
    /* (x - 2) / sqrt(1.25 + 0.3125) = (x - 2) / 1.25 and twice that */
    {"input x: float32[2,4]\nconst s: float32[4] = {1, 2, 1, 2}\nconst b: float32[4] = {0, 0, 1, "
     "1}\n"
     "y = LayerNormalization(x, s, b) {epsilon=0.3125}\noutput y",
     {0.5, 1.5, 2.5, 3.5, 10.5, 11.5, 12.5, 13.5},
     {-1.2, -0.8, 1.4, 3.4, -1.2, -0.8, 1.4, 3.4}},
    {"input x: float32[2,2]\nconst s: float32[1] = {2}\n"
     "y = LayerNormalization(x, s) {axis=0, epsilon=0.3125}\noutput y",
     {0.5, 1.5, 2.5, 3.5},
     {-2.4, -0.8, 0.8, 2.4}},
    /* two groups of two channels; constants by channel and by group */
    {"input x: float32[1,4,2]\nconst s: float32[4] = {1, 2, 3, 4}\n"
     "const b: float32[4] = {0, 1, 0, 1}\n"
     "y = GroupNormalization(x, s, b) {num_groups=2, epsilon=0.3125}\noutput y",
     {0.5, 1.5, 2.5, 3.5, 3.5, 2.5, 1.5, 0.5},
     {-1.2, -0.4, 1.8, 3.4, 3.6, 1.2, -0.6, -3.8}},
    {"input x: float32[1,4,2]\nconst s: float32[2] = {1, 3}\nconst b: float32[2] = {0, 1}\n"
     "y = GroupNormalization(x, s, b) {num_groups=2, epsilon=0.3125}\noutput y",
     {0.5, 1.5, 2.5, 3.5, 3.5, 2.5, 1.5, 0.5},
     {-1.2, -0.4, 0.4, 1.2, 4.6, 2.2, -0.2, -2.6}},
    /* x / (1 + 2 / 2 * sum of squares of this and the next channel)^0.5 */
    {"input x: float32[1,3,1]\ny = LRN(x) {alpha=2, beta=0.5, bias=1, size=2}\noutput y",
     {2, 2, 0},
     {2.0 / 3, 2 / 2.23606797749979, 0}},
    {"input x: float32[1,4,1]\ny = LRN(x) {alpha=3, beta=1, bias=1, size=3}\noutput y",
     {1, 2, 3, 4},
     {1.0 / 6, 2.0 / 15, 3.0 / 30, 4.0 / 26}},
};

START_TEST(test_exact) {
    check_case(&exact[_i]);
}
END_TEST

START_TEST(test_near) {
    check_case_rounded(&near[_i], 8);
}
END_TEST

START_TEST(test_nothing_to_compare) {
    check_failure("input x: int64[0]\ny = ReduceMax(x)\noutput y", (const double[]){0},
                  SNV2_BAD_MODEL, "no elements");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("interpreter: axes");
    TCase *tcase = tcase_create("axes");
    tcase_add_loop_test(tcase, test_exact, 0, sizeof exact / sizeof *exact);
    tcase_add_loop_test(tcase, test_near, 0, sizeof near / sizeof *near);
    tcase_add_test(tcase, test_nothing_to_compare);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
