/* From pixels to a network's input: channels, order, normalization, and what does not fit. */
#include "tests/tap.h"

#include "run/preprocess.h"

#include <math.h>
#include <string.h>

static struct arena arena;
static struct snv2_diagnostic diagnostic;

static void setup(void) {
    arena_init(&arena, UINT64_MAX);
}

static void teardown(void) {
    arena_free(&arena);
}

/* A picture of one pixel; green and blue count where there are 3 channels. */
static struct image pixel(int32_t channels, unsigned char red, unsigned char green,
                          unsigned char blue) {
    struct image image;
    ck_assert_int_eq(image_new(1, 1, channels, &arena, &image, NULL), SNV2_OK);
    const unsigned char samples[] = {red, green, blue};
    for (int32_t c = 0; c < channels; c++)
        image.samples[c] = (uint16_t)(samples[c] * 257);
    return image;
}

static struct snv2_tensor_info input(int64_t channels) {
    return (struct snv2_tensor_info){
        .name = "x", .dtype = 1, .rank = 4, .dims = {1, channels, 1, 1}};
}

static void require_pixel(const struct image *image, const struct preprocessing *preprocessing,
                          int32_t channels, const double *expected) {
    struct snv2_tensor_info info = input(channels);
    float values[4] = {0, 0, 0, -99};
    ck_assert_int_eq(preprocess(image, preprocessing, &info, &arena, values, NULL), SNV2_OK);
    for (int32_t c = 0; c < channels; c++)
        ck_assert_msg(fabs(values[c] - expected[c]) < 1e-5, "channel %d: %g", (int)c, values[c]);
    ck_assert(values[channels] == 0 || channels == 3);
    ck_assert(values[3] == -99);
}

START_TEST(test_default) {
    struct image image = pixel(3, 255, 51, 0);
    require_pixel(&image, &default_preprocessing, 3, (const double[]){1, 0.2, 0});
}
END_TEST

START_TEST(test_normalize) {
    struct image image = pixel(3, 10, 20, 30);
    struct preprocessing one = {.scale = 1, .mean = {1, {4}}, .std = {1, {2}}};
    require_pixel(&image, &one, 3, (const double[]){3, 8, 13});
    struct preprocessing each = {.scale = 2, .mean = {3, {1, 2, 3}}, .std = {3, {1, 2, 4}}};
    require_pixel(&image, &each, 3, (const double[]){19, 19, 14.25});
    /* mean and std are in the order of the network's channels */
    each.bgr = true;
    require_pixel(&image, &each, 3, (const double[]){59, 19, 4.25});
}
END_TEST

START_TEST(test_channels) {
    struct preprocessing plain = {.scale = 1, .mean = {1, {0}}, .std = {1, {1}}};
    struct image grey = pixel(1, 77, 0, 0);
    require_pixel(&grey, &plain, 1, (const double[]){77});
    require_pixel(&grey, &plain, 3, (const double[]){77, 77, 77});
    plain.bgr = true; /* changes nothing where all are the same */
    require_pixel(&grey, &plain, 3, (const double[]){77, 77, 77});
    struct image colours = pixel(3, 100, 50, 200);
    require_pixel(&colours, &plain, 1, (const double[]){29.9 + 29.35 + 22.8});
}
END_TEST

START_TEST(test_resizes) {
    struct image image;
    struct snv2_tensor_info info = {.name = "x", .dtype = 1, .rank = 4, .dims = {1, 1, 2, 3}};
    float values[6];
    ck_assert_int_eq(image_new(9, 4, 1, &arena, &image, NULL), SNV2_OK);
    for (int i = 0; i < 36; i++)
        image.samples[i] = i % 9 < 3 ? 65535 : 0; /* a white third on the left */
    ck_assert_int_eq(preprocess(&image, &default_preprocessing, &info, &arena, values, NULL),
                     SNV2_OK);
    ck_assert(values[0] > 0.7 && values[2] == 0 && values[3] == values[0] && values[5] == 0);
}
END_TEST

START_TEST(test_does_not_fit) {
    static const struct snv2_tensor_info others[] = {
        {.name = "x", .dtype = 1, .rank = 4, .dims = {1, 2, 1, 1}},
        {.name = "x", .dtype = 1, .rank = 4, .dims = {2, 1, 1, 1}},
        {.name = "x", .dtype = 1, .rank = 3, .dims = {1, 1, 1}},
        {.name = "x", .dtype = 7, .rank = 4, .dims = {1, 1, 1, 1}},
        {.name = "x", .dtype = 1, .rank = 4, .dims = {1, 1, 1, 65536}},
    };
    struct image image = pixel(3, 1, 2, 3);
    float values[3];
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        ck_assert_int_eq(
            preprocess(&image, &default_preprocessing, &others[i], &arena, values, &diagnostic),
            SNV2_USAGE);
        ck_assert_ptr_nonnull(strstr(diagnostic.message, "'x' is no picture"));
    }
    struct preprocessing three = {.scale = 1, .mean = {3, {1, 2, 3}}, .std = {1, {1}}};
    struct preprocessing two = {.scale = 1, .mean = {1, {1}}, .std = {2, {1, 1}}};
    struct snv2_tensor_info one_channel = input(1), three_channels = input(3);
    ck_assert_int_eq(preprocess(&image, &three, &one_channel, &arena, values, &diagnostic),
                     SNV2_USAGE);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "one value, or 1 as input"));
    ck_assert_int_eq(preprocess(&image, &two, &three_channels, &arena, values, &diagnostic),
                     SNV2_USAGE);
}
END_TEST

START_TEST(test_parse) {
    static const char *const bad[] = {"",    ",",   "1,",  "1,,2",  "a",       "1 2",
                                      "1;2", "nan", "inf", "1e999", "1,2,3,4", "0,5x"};
    struct channel_values values;
    ck_assert_int_eq(parse_channel_values("--mean", "0.485,-1,2e2", &values, NULL), SNV2_OK);
    ck_assert_int_eq(values.count, 3);
    ck_assert(values.values[0] == 0.485 && values.values[1] == -1 && values.values[2] == 200);
    ck_assert_int_eq(parse_channel_values("--mean", "7", &values, NULL), SNV2_OK);
    ck_assert_int_eq(values.count, 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        enum snv2_status status = parse_channel_values("--mean", bad[i], &values, &diagnostic);
        ck_assert_msg(status == SNV2_USAGE, "'%s' was taken", bad[i]);
        ck_assert_ptr_nonnull(strstr(diagnostic.message, "--mean"));
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("preprocess");
    TCase *tests = tcase_create("preprocess");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_default);
    tcase_add_test(tests, test_normalize);
    tcase_add_test(tests, test_channels);
    tcase_add_test(tests, test_resizes);
    tcase_add_test(tests, test_does_not_fit);
    tcase_add_test(tests, test_parse);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
