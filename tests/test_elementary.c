/* The interpreter's elementary functions against the C library's: errors over ranges that cover
 * each branch, and the special cases. */
#include "interp/elementary.h"

#include "base/random.h"
#include "tests/tap.h"

#include <float.h>
#include <stdbool.h>
#include <math.h>

typedef double function(double x);

static const struct {
    const char *name;
    function *ours, *libm;
    double low, high;
} ranges[] = {
    {"exp", elementary_exp, exp, -708, 709},
    {"exp", elementary_exp, exp, -1, 1},
    {"expm1", elementary_expm1, expm1, -1, 1},
    {"expm1", elementary_expm1, expm1, -1e-8, 1e-8},
    {"expm1", elementary_expm1, expm1, -50, 700},
    {"log", elementary_log, log, 0, 4},
    {"log", elementary_log, log, 0.99, 1.01},
    {"log", elementary_log, log, 0, 1e308},
    {"log", elementary_log, log, 0, 1e-310},
    {"log1p", elementary_log1p, log1p, -0.999, 2},
    {"log1p", elementary_log1p, log1p, -1e-8, 1e-8},
    {"log1p", elementary_log1p, log1p, 0, 1e20},
    {"tanh", elementary_tanh, tanh, -1, 1},
    {"tanh", elementary_tanh, tanh, -30, 30},
    {"erf", elementary_erf, erf, -1, 1},
    {"erf", elementary_erf, erf, 1.9, 2.1},
    {"erf", elementary_erf, erf, -7, 7},
};

/* Uniform in low .. high. */
static double between(double low, double high, float uniform) {
    return low + (high - low) * ((double)uniform + 1) / 2;
}

static double relative(double ours, double expected) {
    return ours == expected ? 0 : fabs(ours - expected) / fmax(fabs(expected), DBL_MIN);
}

START_TEST(test_range) {
    enum { SAMPLES = 4000 };
    float uniform[SAMPLES];
    random_fill(uniform, SAMPLES, (uint64_t)_i + 1);
    for (int i = 0; i < SAMPLES; i++) {
        double x = between(ranges[_i].low, ranges[_i].high, uniform[i]);
        double ours = ranges[_i].ours(x), libm = ranges[_i].libm(x);
        ck_assert_msg(relative(ours, libm) < 1e-15, "%s(%.17g) is %.17g, not %.17g",
                      ranges[_i].name, x, ours, libm);
    }
}
END_TEST

START_TEST(test_pow) {
    enum { SAMPLES = 20000 };
    float uniform[2 * SAMPLES];
    random_fill(uniform, 2 * SAMPLES, 1);
    for (int i = 0; i < SAMPLES; i++) {
        double x = exp(between(-50, 50, uniform[2 * i]));
        double y = between(-14, 14, uniform[2 * i + 1]);
        double ours = elementary_pow(x, y), libm = pow(x, y);
        ck_assert_msg(relative(ours, libm) < 1e-15, "pow(%.17g, %.17g) is %.17g, not %.17g", x, y,
                      ours, libm);
    }
}
END_TEST

static bool same(double a, double b) {
    return a != a ? b != b : a == b && !signbit(a) == !signbit(b);
}

static const double specials[] = {0,  1,   2,    0.5,   3,           17,      1e-5,     0.3,
                                  22, 700, 1e10, 1e300, DBL_MIN / 4, DBL_MAX, INFINITY, NAN};
enum { SPECIALS = sizeof specials / sizeof *specials };

/* Each number and its negative. */
static double special(int i) {
    return i % 2 ? -specials[i / 2] : specials[i / 2];
}

START_TEST(test_specials) {
    static const struct {
        const char *name;
        function *ours, *libm;
    } functions[] = {
        {"exp", elementary_exp, exp},    {"expm1", elementary_expm1, expm1},
        {"log", elementary_log, log},    {"log1p", elementary_log1p, log1p},
        {"tanh", elementary_tanh, tanh}, {"erf", elementary_erf, erf},
    };
    for (size_t f = 0; f < sizeof functions / sizeof *functions; f++)
        for (int i = 0; i < 2 * SPECIALS; i++) {
            double x = special(i), ours = functions[f].ours(x), libm = functions[f].libm(x);
            ck_assert_msg(same(ours, libm) || relative(ours, libm) < 1e-15,
                          "%s(%.17g) is %.17g, not %.17g", functions[f].name, x, ours, libm);
        }
}
END_TEST

START_TEST(test_pow_specials) {
    for (int i = 0; i < 2 * SPECIALS; i++)
        for (int k = 0; k < 2 * SPECIALS; k++) {
            double x = special(i), y = special(k);
            double ours = elementary_pow(x, y), libm = pow(x, y);
            ck_assert_msg(same(ours, libm) || relative(ours, libm) < 2e-15,
                          "pow(%.17g, %.17g) is %.17g, not %.17g", x, y, ours, libm);
        }
    ck_assert(same(elementary_pow(-3, 2), 9) && same(elementary_pow(-2, 3), -8));
    ck_assert(same(elementary_pow(0.1, 2), 0.1 * 0.1) && same(elementary_pow(2, 0.5), sqrt(2)));
}
END_TEST

/* Neither end overflows, and the far ends are what the limits are. */
START_TEST(test_composed) {
    ck_assert(same(elementary_sigmoid(800), 1) && same(elementary_sigmoid(-800), 0));
    ck_assert(same(elementary_softplus(800), 800) && same(elementary_softplus(-800), 0));
    ck_assert(same(elementary_mish(800), 800) && same(elementary_mish(-800), -0.0));
    for (double x = -30; x <= 30; x += 0.37) {
        ck_assert_double_le(relative(elementary_sigmoid(x), 1 / (1 + exp(-x))), 1e-15);
        ck_assert_double_le(relative(elementary_softplus(x), log1p(exp(x))), 1e-15);
        ck_assert_double_le(relative(elementary_mish(x), x * tanh(log1p(exp(x)))), 2e-15);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("elementary functions");
    TCase *tcase = tcase_create("elementary functions");
    tcase_add_loop_test(tcase, test_range, 0, sizeof ranges / sizeof *ranges);
    tcase_add_test(tcase, test_pow);
    tcase_add_test(tcase, test_specials);
    tcase_add_test(tcase, test_pow_specials);
    tcase_add_test(tcase, test_composed);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
