/* What emitted C sources have in place of libm: the fma in integers (kernels/portable_fma.h)
 * against fmaf, with random bits, numbers whose exponents lie near each other, halfway cases, and
 * all triples of special numbers; the functions of kernels/freestanding.h against those of math.h.
 */
#include "tap.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* The functions of libm, by other names than those that freestanding.h redefines. */
#define FUNCTION(name)                                                                             \
    static float libm_##name(float x) {                                                            \
        return name(x);                                                                            \
    }
FUNCTION(sqrtf)
FUNCTION(floorf)
FUNCTION(ceilf)
FUNCTION(truncf)
FUNCTION(fabsf)
#undef FUNCTION

static float libm_copysignf(float x, float y) {
    return copysignf(x, y);
}

#undef INFINITY
#undef NAN
#define SNV2_SOFTWARE_FMA
#include "kernels/freestanding.h"
#include "kernels/portable_fma.h"

enum { CASES = 1000000 };

static uint64_t state = 1;

static uint32_t random_bits(void) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 32);
}

static bool is_same(float expected, float actual) {
    return expected != expected ? actual != actual : memcmp(&expected, &actual, sizeof actual) == 0;
}

static void expect_same(float a, float b, float c) {
    float expected = fmaf(a, b, c), actual = software_fma(a, b, c);
    if (!is_same(expected, actual))
        ck_abort_msg("fma(%a, %a, %a) is %a, not %a", a, b, c, expected, actual);
}

START_TEST(random_numbers) {
    for (int i = 0; i < CASES; i++)
        expect_same(float_of_bits(random_bits()), float_of_bits(random_bits()),
                    float_of_bits(random_bits()));
}
END_TEST

/* A number with an exponent of `from` to `from + range - 1`. */
static float number(uint32_t from, uint32_t range) {
    return float_of_bits((random_bits() & 0x807fffff) | (from + random_bits() % range) << 23);
}

START_TEST(near_exponents) {
    for (int i = 0; i < CASES; i++)
        expect_same(number(120, 14), number(120, 14), number(110, 34));
}
END_TEST

START_TEST(small_results) {
    for (int i = 0; i < CASES; i++)
        expect_same(number(0, 64), number(60, 64), number(0, 30));
}
END_TEST

START_TEST(large_results) {
    for (int i = 0; i < CASES; i++)
        expect_same(number(180, 20), number(180, 20), number(230, 25));
}
END_TEST

/* The addend is what makes the sum a few bits above, below or on the middle of two floats. */
START_TEST(halfway) {
    for (int i = 0; i < CASES; i++) {
        float a = number(100, 40), b = number(100, 40);
        float product = a * b;
        uint32_t bits;
        memcpy(&bits, &product, sizeof bits);
        bits += random_bits() % 5 - 2;
        expect_same(a, b, -float_of_bits(bits));
        expect_same(a, ldexpf(1, (int)(random_bits() % 60) - 30), b);
        /* few bits: sums that end in the middle */
        float few = float_of_bits(random_bits() & 0xbff80000), one = number(127, 1);
        expect_same(few, ldexpf(1, -24), one);
    }
}
END_TEST

START_TEST(special_numbers) {
    static const uint32_t magnitudes[] = {
        0,          1,          2,          0x007fffff, 0x00800000, 0x00800001,
        0x01000000, 0x0c000000, 0x33800000, 0x34000000, 0x3f7fffff, 0x3f800000,
        0x3f800001, 0x40000000, 0x4b000000, 0x4b7fffff, 0x73800000, 0x7e800000,
        0x7f000000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc00000};
    enum { MAGNITUDES = sizeof magnitudes / sizeof *magnitudes, NUMBERS = 2 * MAGNITUDES };
    float numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = float_of_bits(magnitudes[i / 2] | (uint32_t)(i % 2) << 31);
    for (int a = 0; a < NUMBERS; a++)
        for (int b = 0; b < NUMBERS; b++)
            for (int c = 0; c < NUMBERS; c++)
                expect_same(numbers[a], numbers[b], numbers[c]);
}
END_TEST

static void expect_function(const char *name, float x, float expected, float actual) {
    if (!is_same(expected, actual))
        ck_abort_msg("%s(%a) is %a, not %a", name, x, expected, actual);
}

static void expect_functions(float x, float y) {
    expect_function("sqrtf", x, libm_sqrtf(x), sqrtf(x));
    expect_function("floorf", x, libm_floorf(x), floorf(x));
    expect_function("ceilf", x, libm_ceilf(x), ceilf(x));
    expect_function("truncf", x, libm_truncf(x), truncf(x));
    expect_function("fabsf", x, libm_fabsf(x), fabsf(x));
    expect_function("copysignf", x, libm_copysignf(x, y), copysignf(x, y));
}

START_TEST(functions) {
    static const float numbers[] = {0.0f,  -0.0f,     1,         -1,      0.5f,
                                    -0.5f, 0x1p-149f, 0x1p-126f, 0x1p23f, 0x1.fffffep127f};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        expect_functions(numbers[i], -numbers[i]);
    expect_functions(INFINITY, -1);
    expect_functions(-INFINITY, -1);
    expect_functions(NAN, 1);
    for (int i = 0; i < CASES; i++) {
        expect_functions(float_of_bits(random_bits()), float_of_bits(random_bits()));
        expect_functions(number(120, 34), 1);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("portable_math");
    TCase *tests = tcase_create("portable_math");
    tcase_add_test(tests, random_numbers);
    tcase_add_test(tests, near_exponents);
    tcase_add_test(tests, small_results);
    tcase_add_test(tests, large_results);
    tcase_add_test(tests, halfway);
    tcase_add_test(tests, special_numbers);
    tcase_add_test(tests, functions);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
