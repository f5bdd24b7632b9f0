/* Resizing against values computed by hand. */
#include "tests/tap.h"

#include "run/resize.h"

#include <math.h>
#include <string.h>

static struct arena arena;

static void setup(void) {
    arena_init(&arena, UINT64_MAX);
}

static void teardown(void) {
    arena_free(&arena);
}

/* An image of 8-bit samples. */
static struct image image_of(int32_t width, int32_t height, int32_t channels,
                             const unsigned char *samples) {
    struct image image;
    ck_assert_int_eq(image_new((uint64_t)width, (uint64_t)height, channels, &arena, &image, NULL),
                     SNV2_OK);
    for (int32_t i = 0; i < width * height * channels; i++)
        image.samples[i] = (uint16_t)(samples[i] * 257);
    return image;
}

static const float *resize(const struct image *image, int32_t width, int32_t height) {
    float *planes;
    ck_assert_int_eq(image_resize(image, width, height, &arena, &planes, NULL), SNV2_OK);
    return planes;
}

static void require_values(const float *values, const double *expected, int count) {
    for (int i = 0; i < count; i++)
        ck_assert_msg(fabs(values[i] - expected[i]) < 1e-4, "value %d is %g, not %g", i, values[i],
                      expected[i]);
}

START_TEST(test_same_size) {
    unsigned char samples[7 * 5 * 3];
    for (int i = 0; i < 7 * 5 * 3; i++)
        samples[i] = (unsigned char)(i * 37);
    struct image image = image_of(7, 5, 3, samples);
    const float *planes = resize(&image, 7, 5);
    for (int i = 0; i < 7 * 5; i++)
        for (int c = 0; c < 3; c++)
            ck_assert(planes[c * 35 + i] == samples[i * 3 + c]);
}
END_TEST

START_TEST(test_constant) {
    static const int32_t sizes[] = {1, 2, 3, 7, 8, 31, 100};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    unsigned char samples[13 * 11];
    memset(samples, 201, sizeof samples);
    struct image image = image_of(13, 11, 1, samples);
    for (int w = 0; w < COUNT; w++)
        for (int h = 0; h < COUNT; h++) {
            const float *planes = resize(&image, sizes[w], sizes[h]);
            for (int32_t i = 0; i < sizes[w] * sizes[h]; i++)
                ck_assert_msg(planes[i] == 201, "%dx%d: %.9g", (int)sizes[w], (int)sizes[h],
                              planes[i]);
        }
}
END_TEST

/* Output centres lie at -0.25, 0.25, 0.75, 1.25 of the input's: what is outside is the edge. */
START_TEST(test_enlarge) {
    struct image image = image_of(2, 1, 1, (const unsigned char[]){0, 200});
    require_values(resize(&image, 4, 1), (const double[]){0, 50, 150, 200}, 4);
    struct image upright = image_of(1, 2, 1, (const unsigned char[]){0, 200});
    require_values(resize(&upright, 1, 4), (const double[]){0, 50, 150, 200}, 4);
}
END_TEST

/* 4 to 2: the triangle reaches 2 pixels, so the weights are 3, 3, 1 of 7. */
START_TEST(test_shrink) {
    const double expected[] = {(3 * 10 + 3 * 20 + 80) / 7.0, (20 + 3 * 80 + 3 * 160) / 7.0};
    struct image image = image_of(4, 1, 1, (const unsigned char[]){10, 20, 80, 160});
    require_values(resize(&image, 2, 1), expected, 2);
    struct image upright = image_of(1, 4, 1, (const unsigned char[]){10, 20, 80, 160});
    require_values(resize(&upright, 1, 2), expected, 2);
}
END_TEST

/* 3 to 1: the triangle reaches 3 pixels about 1.5, so the weights are 2, 3, 2 of 7. */
START_TEST(test_shrink_to_one) {
    struct image image = image_of(3, 1, 1, (const unsigned char[]){7, 70, 14});
    require_values(resize(&image, 1, 1), (const double[]){(2 * 7 + 3 * 70 + 2 * 14) / 7.0}, 1);
}
END_TEST

START_TEST(test_both_axes_and_channels) {
    const unsigned char samples[] = {0, 100, 40, 100, 80, 100, 120, 100};
    unsigned char colours[4 * 3];
    for (int i = 0; i < 4; i++)
        memcpy(colours + i * 3, (const unsigned char[]){samples[2 * i], 100, 255}, 3);
    struct image image = image_of(2, 2, 3, colours);
    const float *planes = resize(&image, 3, 3);
    require_values(planes, (const double[]){0, 20, 40, 40, 60, 80, 80, 100, 120}, 9);
    for (int i = 9; i < 18; i++)
        ck_assert(planes[i] == 100);
    for (int i = 18; i < 27; i++)
        ck_assert(planes[i] == 255);
}
END_TEST

START_TEST(test_sixteen_bits) {
    struct image image = image_of(1, 1, 1, (const unsigned char[]){0});
    image.samples[0] = 257 * 3 + 1;
    require_values(resize(&image, 2, 2), (const double[]){3.00389, 3.00389, 3.00389, 3.00389}, 4);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("resize");
    TCase *tests = tcase_create("resize");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_same_size);
    tcase_add_test(tests, test_constant);
    tcase_add_test(tests, test_enlarge);
    tcase_add_test(tests, test_shrink);
    tcase_add_test(tests, test_shrink_to_one);
    tcase_add_test(tests, test_both_axes_and_channels);
    tcase_add_test(tests, test_sixteen_bits);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
