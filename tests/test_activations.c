/* The activations of kernels: against libm in double over their whole
 * range, monotone where the function is, and what NaN and infinities give. */
#include "tests/tap.h"

#include "kernels/activation.h"

#include <stdbool.h>
#include <string.h>

typedef float one_activation(float x, float alpha, float beta);

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static double silu(double x) {
    return x / (1 + exp(-x));
}

static double mish(double x) {
    return x * tanh(log1p(exp(x)));
}

static double gelu(double x) {
    return x / 2 * (1 + erf(x / sqrt(2)));
}

static double softplus(double x) {
    return log1p(exp(x));
}

static double elu(double x) {
    return x < 0 ? 0.5 * expm1(x) : x;
}

static double leaky_relu(double x) {
    return x < 0 ? 0.5 * x : x;
}

static double hard_sigmoid(double x) {
    return fmin(fmax(0.5 * x + 0.25, 0), 1);
}

static double hard_swish(double x) {
    return x * fmin(fmax(x / 6 + 0.5, 0), 1);
}

static double reciprocal(double x) {
    return 1 / x;
}

static double relu(double x) {
    return x < 0 ? 0 : x;
}

static double clip(double x) {
    return fmin(fmax(x, 0.25), 0.5);
}

static double identity(double x) {
    return x;
}

static double gelu_tanh(double x) {
    return x / 2 * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));
}

static double negate(double x) {
    return -x;
}

/* alpha 0.5 and beta 0.25, but for CLIP. The error is at most `units` in the last place of the
 * result, or `absolute`, whichever is more. */
static const struct {
    const char *name;
    one_activation *function;
    double (*exact)(double x);
    float low, high;
    double units, absolute;
    float direction; /* 1: never falls, -1: never rises, 0: neither */
} cases[] = {
    {"none", activate_none, identity, -9, 9, 0, 0, 1},
    {"relu", activate_relu, relu, -9, 9, 0, 0, 1},
    {"clip", activate_clip, clip, -9, 9, 0, 0, 1},
    {"leaky_relu", activate_leaky_relu, leaky_relu, -9, 9, 0.51, 0, 1},
    {"hard_sigmoid", activate_hard_sigmoid, hard_sigmoid, -9, 9, 0.51, 0, 1},
    {"hard_swish", activate_hard_swish, hard_swish, -9, 9, 2, 4e-7, 0},
    {"exp", activate_exp, exp, -87, 88, 1.1, 0, 1},
    {"exp near 0", activate_exp, exp, -1, 1, 1, 0, 1},
    {"exp, subnormal", activate_exp, exp, -104, -87, 1, 0, 1},
    {"log", activate_log, log, 1e-30f, 1e30f, 1, 0, 1},
    {"log near 1", activate_log, log, 0.5f, 2, 1, 0, 1},
    {"log, subnormal", activate_log, log, 1e-45f, 1e-37f, 1.2, 0, 0},
    {"tanh", activate_tanh, tanh, -10, 10, 2.7, 0, 0},
    {"tanh near 0", activate_tanh, tanh, -1, 1, 2.7, 0, 0},
    {"erf", activate_erf, erf, -5, 5, 1.2, 0, 1},
    {"erf near 1", activate_erf, erf, 0.99f, 1.01f, 1.2, 0, 0},
    {"sigmoid", activate_sigmoid, sigmoid, -80, 20, 3, 0, 1},
    {"silu", activate_silu, silu, -80, 20, 4, 0, 0},
    {"mish", activate_mish, mish, -20, 30, 5, 0, 0},
    {"gelu", activate_gelu, gelu, -6, 6, 3, 2e-7, 0},
    {"gelu by tanh", activate_gelu_tanh, gelu_tanh, -6, 6, 3, 3e-7, 0},
    {"softplus", activate_softplus, softplus, -50, 50, 2.5, 0, 1},
    {"elu", activate_elu, elu, -50, 20, 2, 0, 1},
    {"elu near 0", activate_elu, elu, -1e-3f, 0, 2, 0, 1},
    {"sqrt", activate_sqrt, sqrt, 0, 1e9f, 0.51, 0, 1},
    {"reciprocal", activate_reciprocal, reciprocal, 1e-3f, 1e9f, 0.51, 0, -1},
    {"negate", activate_negate, negate, -9, 9, 0, 0, -1},
    {"absolute", activate_absolute, fabs, -9, 9, 0, 0, 0},
    {"floor", activate_floor, floor, -9, 9, 0, 0, 1},
    {"ceil", activate_ceil, ceil, -9, 9, 0, 0, 1},
};

START_TEST(test_accuracy) {
    enum { STEPS = 200000 };
    bool is_clip = cases[_i].function == activate_clip;
    float alpha = is_clip ? 0.25f : 0.5f, beta = is_clip ? 0.5f : 0.25f;
    float last = cases[_i].direction < 0 ? INFINITY : -INFINITY;
    for (int i = 0; i <= STEPS; i++) {
        float part = (float)i / STEPS;
        float x = cases[_i].low * (1 - part) + cases[_i].high * part;
        double exact = cases[_i].exact(x);
        float y = cases[_i].function(x, alpha, beta), magnitude = fabsf((float)exact);
        double unit = nextafterf(magnitude, INFINITY) - magnitude;
        if (!(fabs(y - exact) <= fmax(cases[_i].units * unit, cases[_i].absolute)))
            ck_abort_msg("%s(%a) is %a and should be %a", cases[_i].name, (double)x, (double)y,
                         exact);
        if (cases[_i].direction * y < cases[_i].direction * last)
            ck_abort_msg("%s turns around at %a", cases[_i].name, (double)x);
        last = y;
    }
}
END_TEST

/* Every activation, so also those to come. */
START_TEST(test_nan) {
    static one_activation *const all[] = {
#define ACTIVATION(name, function) function,
#include "kernels/activations.def"
#undef ACTIVATION
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        float y = all[i](NAN, 0.5f, 0.75f);
        ck_assert_msg(y != y, "activation %zu of NaN is %g", i, (double)y);
    }
}
END_TEST

START_TEST(test_limits) {
    static const struct {
        one_activation *function;
        float x, y;
    } limits[] = {{activate_exp, INFINITY, INFINITY},
                  {activate_exp, -INFINITY, 0},
                  {activate_exp, 89, INFINITY},
                  {activate_exp, 0, 1},
                  {activate_log, 0, -INFINITY},
                  {activate_log, INFINITY, INFINITY},
                  {activate_log, 1, 0},
                  {activate_tanh, INFINITY, 1},
                  {activate_tanh, -INFINITY, -1},
                  {activate_erf, INFINITY, 1},
                  {activate_erf, -INFINITY, -1},
                  {activate_sigmoid, INFINITY, 1},
                  {activate_sigmoid, -INFINITY, 0},
                  {activate_softplus, INFINITY, INFINITY},
                  {activate_softplus, -INFINITY, 0},
                  {activate_mish, INFINITY, INFINITY},
                  {activate_silu, INFINITY, INFINITY},
                  {activate_gelu, INFINITY, INFINITY},
                  {activate_gelu_tanh, INFINITY, INFINITY},
                  {activate_mish, 100, 100},
                  {activate_round_float16, 65520, INFINITY},
                  {activate_round_float16, 65519, 65504}};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        float y = limits[i].function(limits[i].x, 0, 0);
        ck_assert_msg(y == limits[i].y, "%zu: %g instead of %g", i, (double)y, (double)limits[i].y);
    }
    ck_assert_float_nan(activate_log(-1, 0, 0));
    ck_assert(signbit(activate_tanh(-0.0f, 0, 0)) && signbit(activate_erf(-0.0f, 0, 0)));
}
END_TEST

/* The nearest of the two float16 around, the even one of two as near; worked out in double. */
static float nearest_float16(float x) {
    double magnitude = fabs((double)x);
    int exponent;
    frexp(magnitude, &exponent);
    double unit = ldexp(1, exponent < -13 ? -24 : exponent - 11);
    double rounded = nearbyint(magnitude / unit) * unit;
    return (float)copysign(rounded > 65504 ? INFINITY : rounded, x);
}

START_TEST(test_round_float16) {
    for (uint32_t bits = 0; bits < 0xff800000; bits += 4099) {
        float x = float_of_bits(bits), y = activate_round_float16(x, 0, 0);
        if (x != x || isinf(x))
            continue;
        float want = nearest_float16(x);
        if (memcmp(&y, &want, sizeof y) != 0)
            ck_abort_msg("%a becomes %a instead of %a", (double)x, (double)y, (double)want);
    }
}
END_TEST

/* Of the numbers half a unit above a bfloat16 the even one is nearest. */
START_TEST(test_round_bfloat16) {
    for (uint32_t high = 0; high < 0x7f80; high++) {
        uint32_t bits = high << 16, next = bits + 0x10000;
        float even = float_of_bits(high % 2 ? next : bits);
        for (int sign = 1; sign >= -1; sign -= 2) {
            float below = activate_round_bfloat16(sign * float_of_bits(bits + 0x7fff), 0, 0);
            float middle = activate_round_bfloat16(sign * float_of_bits(bits + 0x8000), 0, 0);
            float above = activate_round_bfloat16(sign * float_of_bits(bits + 0x8001), 0, 0);
            ck_assert(below == sign * float_of_bits(bits) && middle == sign * even &&
                      above == sign * float_of_bits(next));
        }
    }
    ck_assert_float_infinite(activate_round_bfloat16(-INFINITY, 0, 0));
    ck_assert_float_nan(activate_round_bfloat16(float_of_bits(0x7f800001), 0, 0));
    ck_assert(signbit(activate_round_bfloat16(-0.0f, 0, 0)));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("activations");
    TCase *tests = tcase_create("activations");
    tcase_add_loop_test(tests, test_accuracy, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, test_nan);
    tcase_add_test(tests, test_limits);
    tcase_add_test(tests, test_round_float16);
    tcase_add_test(tests, test_round_bfloat16);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
