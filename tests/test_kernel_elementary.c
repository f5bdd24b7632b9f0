/* The kernels' elementary functions against the C library's in double precision: errors over floats
 * of all sizes, NaN, and the limits. */
#include "tests/tap.h"

#include "base/random.h"
#include "kernels/elementary.h"
#include "kernels/power.h"

#include <stdbool.h>

static double library_sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static double library_softplus(double x) {
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double library_mish(double x) {
    return x * tanh(library_softplus(x));
}

static double library_gelu(double x) {
    return x / 2 * (1 + erf(x * sqrt(0.5)));
}

static const struct {
    const char *name;
    float (*ours)(float);
    double (*libm)(double);
    float low, high; /* where the error holds */
    double error;    /* in units of the last place, as elementary.h says */
    float at_infinity, at_minus_infinity;
} functions[] = {
    {"exp", kernel_exp, exp, -INFINITY, INFINITY, 1.1, INFINITY, 0},
    {"log", kernel_log, log, 0x1p-126f, 0x1.fffffep127f, 0.9, 0, 0},
    {"softplus", kernel_softplus, library_softplus, -INFINITY, INFINITY, 1.7, INFINITY, 0},
    {"sigmoid", kernel_sigmoid, library_sigmoid, -INFINITY, INFINITY, 2.5, 1, 0},
    {"tanh", kernel_tanh, tanh, -INFINITY, INFINITY, 2.7, 1, -1},
    {"erf", kernel_erf, erf, -INFINITY, INFINITY, 1.1, 1, -1},
    {"mish", kernel_mish, library_mish, -87, 0x1.fffffep127f, 4, INFINITY, NAN},
    {"gelu", kernel_gelu, library_gelu, 0, INFINITY, 3, INFINITY, NAN},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* The distance between the floats around x; of subnormal numbers all have the same. */
static double last_place(double x) {
    int exponent;
    frexp(x, &exponent);
    return ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
}

START_TEST(test_errors) {
    /* Every so many floats, in the order of their bits: positive, then negative. */
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 16411) {
        float x = float_of_bits((uint32_t)bits), ours = functions[_i].ours(x);
        if (!(x >= functions[_i].low && x <= functions[_i].high))
            continue;
        double want = functions[_i].libm(x);
        bool is_right = fabs(want) > 0x1.ffffffp127
                            ? ours == (want > 0 ? INFINITY : -INFINITY)
                            : fabs(ours - want) <= functions[_i].error * last_place(want);
        ck_assert_msg(is_right, "%s(%a) is %a, not %a", functions[_i].name, (double)x, (double)ours,
                      want);
    }
}
END_TEST

START_TEST(test_limits) {
    float nan = functions[_i].ours(NAN), minus_nan = functions[_i].ours(-NAN);
    ck_assert(nan != nan && minus_nan != minus_nan);
    if (functions[_i].ours == kernel_log) /* of finite numbers */
        return;
    float above = functions[_i].ours(INFINITY), below = functions[_i].ours(-INFINITY);
    float want = functions[_i].at_minus_infinity;
    ck_assert(above == functions[_i].at_infinity);
    ck_assert(below == want || (want != want && below != below));
}
END_TEST

/* Values that are exact, and signs of zero. */
START_TEST(test_exact) {
    ck_assert(kernel_exp(0) == 1 && kernel_log(1) == 0 && kernel_sigmoid(0) == 0.5f);
    ck_assert(kernel_exp(-103.9f) == 0x1p-149f && kernel_exp(-104) == 0);
    ck_assert(kernel_exp(88.72284f) == INFINITY && kernel_exp(88.72283f) < INFINITY);
    ck_assert(kernel_tanh(9.02f) == 1 && kernel_tanh(-9.02f) == -1);
    ck_assert(kernel_erf(3.93f) == 1 && kernel_erf(-3.93f) == -1);
    ck_assert(signbit(kernel_tanh(-0.0f)) && !signbit(kernel_tanh(0)));
    ck_assert(signbit(kernel_erf(-0.0f)) && !signbit(kernel_erf(0)));
    ck_assert(kernel_mish(30) == 30 && kernel_softplus(100) == 100);
}
END_TEST

START_TEST(test_negative_gelu) {
    for (float x = -8; x < 0; x += 0x1p-10f)
        ck_assert_double_le(fabs(kernel_gelu(x) - library_gelu(x)), 3e-7);
    ck_assert(kernel_gelu(-3e38f) == 0);
}
END_TEST

START_TEST(test_powers) {
    static const float numbers[] = {0,         -0.0f,   1,    -1,     2,     -2,
                                    3,         -3,      0.5f, -0.5f,  2.5f,  INFINITY,
                                    -INFINITY, 0x1p24f, NAN,  1e-40f, 1e30f, -7};
    enum { NUMBERS = sizeof numbers / sizeof *numbers };
    for (int i = 0; i < NUMBERS * NUMBERS; i++) {
        float x = numbers[i / NUMBERS], y = numbers[i % NUMBERS];
        float ours = kernel_pow(x, y), want = (float)pow(x, y);
        ck_assert_msg(
            (ours == want && signbit(ours) == signbit(want)) || (ours != ours && want != want),
            "pow(%a, %a) is %a, not %a", (double)x, (double)y, (double)ours, (double)want);
    }
    uint64_t state = 5;
    for (int i = 0; i < 1000000; i++) {
        float x = ldexpf(1 + random_signed(&state), (int)(random_next(&state) % 80) - 40);
        float y = 4 * random_signed(&state);
        double want = pow(x, y);
        ck_assert_msg(kernel_pow(x, y) == (float)want ||
                          fabs(kernel_pow(x, y) - want) <= 0.51 * last_place(want),
                      "pow(%a, %a) is %a, not %a", (double)x, (double)y, (double)kernel_pow(x, y),
                      want);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("elementary functions of kernels");
    TCase *tcase = tcase_create("elementary functions of kernels");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_errors, 0, FUNCTIONS);
    tcase_add_loop_test(tcase, test_limits, 0, FUNCTIONS);
    tcase_add_test(tcase, test_exact);
    tcase_add_test(tcase, test_negative_gelu);
    tcase_add_test(tcase, test_powers);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
