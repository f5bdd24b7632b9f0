/* Distances between tensors, NaN and infinities above all. */
#include "tests/tap.h"

#include "check/compare.h"

#include <math.h>
#include <stdbool.h>

static bool near(double a, double b) {
    return fabs(a - b) <= 1e-12 * fabs(b);
}

START_TEST(test_finite) {
    const double reference[] = {3, -4, 0, 0}, a[] = {3, -4.5, 0.25, 0};
    const float single[] = {3, -4.5f, 0.25f, 0};
    struct distance d = distance_double(a, reference, 4), f = distance_float(single, reference, 4);
    double noise = 0.5 * 0.5 + 0.25 * 0.25;
    ck_assert(d.max == 0.5 && d.largest == 4 && d.signal == 25 && d.product == 27);
    ck_assert(near(d.energy, 9 + 4.5 * 4.5 + 0.0625));
    ck_assert(near(d.rms, sqrt(noise / 4)));
    ck_assert(near(distance_snr(&d, 4), 10 * log10(25 / noise)));
    ck_assert(near(distance_cosine(&d), 27 / (5 * sqrt(d.energy))));
    ck_assert(f.max == d.max && f.rms == d.rms && f.energy == d.energy);
}
END_TEST

START_TEST(test_equal) {
    const double a[] = {1, -2, INFINITY, -INFINITY, NAN};
    struct distance d = distance_double(a, a, 5);
    ck_assert(d.max == 0 && d.rms == 0 && d.largest == 2);
    ck_assert(distance_snr(&d, 5) == INFINITY);
    ck_assert(near(distance_cosine(&d), 1));
}
END_TEST

/* On one side only, or of the other sign: an infinite difference, never NaN, in either order. */
START_TEST(test_not_finite) {
    static const double pairs[][2] = {
        {NAN, 1}, {INFINITY, 1}, {-INFINITY, 1}, {INFINITY, -INFINITY}, {NAN, INFINITY}, {NAN, 0},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        for (int side = 0; side < 2; side++) {
            const double a[] = {5, pairs[i][side]}, b[] = {5, pairs[i][1 - side]};
            struct distance d = distance_double(a, b, 2);
            ck_assert_msg(d.max == INFINITY && d.rms == INFINITY, "%g against %g", a[1], b[1]);
            ck_assert(isfinite(d.largest) && isfinite(d.signal) && isfinite(d.product));
            ck_assert(distance_snr(&d, 2) == -INFINITY);
            ck_assert(!isnan(distance_cosine(&d)));
        }
    }
}
END_TEST

START_TEST(test_zeros) {
    const double zeros[] = {0, -0.0}, ones[] = {1, 1};
    struct distance same = distance_double(zeros, zeros, 2);
    struct distance other = distance_double(ones, zeros, 2);
    struct distance none = distance_double(ones, zeros, 0);
    ck_assert(same.max == 0 && distance_cosine(&same) == 1 && distance_snr(&same, 2) == INFINITY);
    ck_assert(other.max == 1 && distance_cosine(&other) == 0 &&
              distance_snr(&other, 2) == -INFINITY);
    ck_assert(none.max == 0 && none.rms == 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("compare");
    TCase *tests = tcase_create("distance");
    tcase_add_test(tests, test_finite);
    tcase_add_test(tests, test_equal);
    tcase_add_test(tests, test_not_finite);
    tcase_add_test(tests, test_zeros);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
