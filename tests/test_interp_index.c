/* Tests of the interpreter: what goes by positions, on numbers worked out by hand. */
#include "tests/interp_case.h"
#include "tests/tap.h"

static const struct interp_case cases[] = {
    /* GatherElements: each element by an index of its own, along axis 0 and 1 */
    {"input x: float32[3,2]\ninput i: int64[2,2]\ny = GatherElements(x, i)\noutput y",
     {1, 2, 3, 4, 5, 6, /* i */ 2, 0, -2, 1},
     {5, 2, 3, 4}},
    {"input x: int64[2,3]\ninput i: int32[2,4]\ny = GatherElements(x, i) {axis=-1}\noutput y",
     {1, 2, 3, 4, 5, 6, 0, 2, 2, -1, 1, 1, -3, 0},
     {1, 3, 3, 3, 5, 5, 4, 4}},
    {"input x: float32[2,3,2]\ninput i: int64[1,2,1]\ny = GatherElements(x, i) {axis=1}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 2, 0},
     {5, 1}},
    /* GatherND: the specification's examples 1, 2, 4 and 5 (GatherND-13) */
    {"input x: int64[2,2]\ninput i: int64[2,2]\ny = GatherND(x, i)\noutput y",
     {0, 1, 2, 3, 0, 0, 1, 1},
     {0, 3}},
    {"input x: int64[2,2]\ninput i: int64[2,1]\ny = GatherND(x, i)\noutput y",
     {0, 1, 2, 3, 1, 0},
     {2, 3, 0, 1}},
    {"input x: float32[2,2,2]\ninput i: int64[2,1,2]\ny = GatherND(x, i)\noutput y",
     {0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 1, 0},
     {2, 3, 4, 5}},
    {"input x: float32[2,2,2]\ninput i: int64[2,1]\ny = GatherND(x, i) {batch_dims=1}\noutput y",
     {0, 1, 2, 3, 4, 5, 6, 7, 1, -2},
     {2, 3, 4, 5}},
    /* OneHot: out of range is all off; reals are truncated */
    {"input i: int64[4]\ninput v: float32[2]\nconst d: int64[] = {3}\ny = OneHot(i, d, v)\noutput "
     "y",
     {0, -1, 3, -4, 2, 5},
     {5, 2, 2, 2, 2, 5, 2, 2, 2, 2, 2, 2}},
    {"input i: float32[2]\ninput v: int64[2]\nconst d: float32[1] = {2}\n"
     "y = OneHot(i, d, v) {axis=0}\noutput y",
     {1.5, -0.5, 0, 1},
     {0, 1, 1, 0}},
    {"input i: uint8[2]\ninput v: int64[2]\nconst d: int64[] = {2}\ny = OneHot(i, d, v)\noutput y",
     {255, 1, 0, 1},
     {0, 0, 0, 1}},
    /* EyeLike: of the shape alone */
    {"input x: int64[2,3]\ny = EyeLike(x)\nz = EyeLike(x) {dtype=1, k=1}\noutput y\noutput z",
     {9, 9, 9, 9, 9, 9},
     {1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1}},
    {"input x: float32[2,2]\ny = EyeLike(x) {k=-1}\nz = EyeLike(x) {k=9223372036854775807}\n"
     "w = EyeLike(x) {k=-9223372036854775808}\noutput y\noutput z\noutput w",
     {9, 9, 9, 9},
     {0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
    /* Trilu: the upper part where it does not say; of each matrix */
    {"input x: float32[2,2,2]\ny = Trilu(x)\noutput y",
     {1, 2, 3, 4, 5, 6, 7, INFINITY},
     {1, 2, 0, 4, 5, 6, 0, INFINITY}},
    {"input x: int64[3,3]\nconst k: int64[] = {-1}\ny = Trilu(x, k) {upper=0}\noutput y",
     {1, 2, 3, 4, 5, 6, 7, 8, 9},
     {0, 0, 0, 4, 0, 0, 7, 8, 0}},
    {"input x: float32[2,3]\nconst k: int64[1] = {1}\ny = Trilu(x, k)\noutput y",
     {NAN, 2, 3, 4, NAN, 6},
     {0, 2, 3, 0, 0, 6}},
    /* MaxPoolIndices: the first of equals, planes one behind the other, padding skipped */
    {"input x: float32[1,2,2,2]\ny = MaxPoolIndices(x) {kernel_shape=[2,2]}\noutput y",
     {1, 3, 3, 2, -1, -1, -1, -1},
     {1, 4}},
    {"input x: float32[1,1,2,3]\ny = MaxPoolIndices(x) {kernel_shape=[1,2], storage_order=1}\n"
     "output y",
     {1, 2, 3, 6, 5, 4},
     {2, 4, 1, 3}},
    {"input x: float32[1,1,3]\ny = MaxPoolIndices(x) {kernel_shape=[3], pads=[1,1]}\noutput y",
     {-INFINITY, NAN, 1},
     {1, 1, 1}},
    /* LayerNormalization: Mean and InvStdDev; variances 1 and 4 */
    {"input x: float32[2,2]\nconst s: float32[2] = {1, 1}\n"
     "y, m, d = LayerNormalization(x, s) {epsilon=0}\noutput m\noutput d\noutput y",
     {1, 3, 0, 4},
     {2, 2, 1, 0.5, -1, 1, -1, 1}},
};

START_TEST(test_cases) {
    check_case(&cases[_i]);
}
END_TEST

static const struct {
    const char *text;
    double inputs[CASE_NUMBERS];
    const char *message;
} failures[] = {
    {"input x: float32[2]\ninput i: int64[1]\ny = GatherElements(x, i)\noutput y",
     {1, 2, 2},
     "index 2"},
    {"input x: float32[2]\ninput i: int64[1]\ny = GatherElements(x, i)\noutput y",
     {1, 2, -3},
     "index -3"},
    {"input x: float32[2,1]\ninput i: int64[1,2]\ny = GatherND(x, i)\noutput y",
     {1, 2, 1, 1},
     "index 1"},
};

START_TEST(test_failures) {
    check_failure(failures[_i].text, failures[_i].inputs, SNV2_BAD_MODEL, failures[_i].message);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("interpreter: positions");
    TCase *tcase = tcase_create("positions");
    tcase_add_loop_test(tcase, test_cases, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_loop_test(tcase, test_failures, 0, (int)(sizeof failures / sizeof *failures));
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
