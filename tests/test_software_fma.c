/* The fma in integers (kernels/portable_fma.h) against fmaf: random bits, numbers whose exponents
 * lie near each other, halfway cases, and all pairs and triples of special numbers. */
#define SNV2_SOFTWARE_FMA
#include "kernels/portable_fma.h"

#include "tap.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { CASES = 1000000 };

static uint64_t state = 1;

static uint32_t random_bits(void) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 32);
}

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void expect_same(float a, float b, float c) {
    float expected = fmaf(a, b, c), actual = software_fma(a, b, c);
    bool same =
        expected != expected ? actual != actual : memcmp(&expected, &actual, sizeof actual) == 0;
    if (!same)
        ck_abort_msg("fma(%a, %a, %a) is %a, not %a", a, b, c, expected, actual);
}

START_TEST(random_numbers) {
    for (int i = 0; i < CASES; i++)
        expect_same(float_of(random_bits()), float_of(random_bits()), float_of(random_bits()));
}
END_TEST

/* A number with an exponent of `from` to `from + range - 1`. */
static float number(uint32_t from, uint32_t range) {
    return float_of((random_bits() & 0x807fffff) | (from + random_bits() % range) << 23);
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
        expect_same(a, b, -float_of(bits));
        expect_same(a, ldexpf(1, (int)(random_bits() % 60) - 30), b);
        /* few bits: sums that end in the middle */
        float few = float_of(random_bits() & 0xbff80000), one = number(127, 1);
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
        numbers[i] = float_of(magnitudes[i / 2] | (uint32_t)(i % 2) << 31);
    for (int a = 0; a < NUMBERS; a++)
        for (int b = 0; b < NUMBERS; b++)
            for (int c = 0; c < NUMBERS; c++)
                expect_same(numbers[a], numbers[b], numbers[c]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("software_fma");
    TCase *tests = tcase_create("software_fma");
    tcase_add_test(tests, random_numbers);
    tcase_add_test(tests, near_exponents);
    tcase_add_test(tests, small_results);
    tcase_add_test(tests, large_results);
    tcase_add_test(tests, halfway);
    tcase_add_test(tests, special_numbers);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
