/* Element types, half and bfloat16 conversion, shapes and element access. */
#include "tests/tap.h"

#include "ir/tensor.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static float float_of_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

START_TEST(dtype_table) {
    ck_assert_str_eq(dtype_name(DTYPE_FLOAT32), "float32");
    ck_assert_uint_eq(dtype_bytes(DTYPE_FLOAT64), 8);
    ck_assert_uint_eq(dtype_bytes(DTYPE_BOOL), 1);
    ck_assert(dtype_is_real(DTYPE_BFLOAT16) && !dtype_is_real(DTYPE_INT64));
    ck_assert_int_eq(dtype_of_number(7), DTYPE_INT64);
    ck_assert_int_eq(dtype_of_number(10), DTYPE_FLOAT16);
    ck_assert_int_eq(dtype_of_name("uint16"), DTYPE_UINT16);
    ck_assert_int_eq(dtype_of_name("float"), DTYPE_NONE);
    /* STRING, complex, FP8, INT4 and what does not exist */
    static const int32_t unknown[] = {0, 8, 14, 15, 17, 20, 21, 22, 23, 26, 99, -1, INT32_MIN};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        ck_assert_int_eq(dtype_of_number(unknown[i]), DTYPE_NONE);
}
END_TEST

/* What the 16 bits mean, by the definition of the format; not for infinities and NaN. */
static double half_meaning(uint32_t half) {
    int exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
    double magnitude =
        exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp((double)fraction, -24);
    return half & 0x8000 ? -magnitude : magnitude;
}

START_TEST(half_of_all_values) {
    for (uint32_t half = 0; half < 0x10000; half++) {
        float value = half_to_float((uint16_t)half);
        if ((half & 0x7fff) > 0x7c00) {
            ck_assert(value != value);
            ck_assert(half_to_float(float_to_half(value)) != value);
            continue;
        }
        if ((half & 0x7fff) < 0x7c00)
            ck_assert(value == half_meaning(half) && !signbit(value) == !(half & 0x8000));
        else
            ck_assert(isinf(value));
        ck_assert_uint_eq(float_to_half(value), half);
    }
}
END_TEST

/* The middle between two neighbours goes to the even one, all else to the nearer one. */
START_TEST(half_rounds_to_nearest_even) {
    for (uint32_t half = 0; half < 0x7bff; half++) {
        float low = half_to_float((uint16_t)half), high = half_to_float((uint16_t)(half + 1));
        float middle = low + (high - low) / 2;
        ck_assert_uint_eq(float_to_half(middle), half + (half & 1));
        ck_assert_uint_eq(float_to_half(nextafterf(middle, 0)), half);
        ck_assert_uint_eq(float_to_half(nextafterf(middle, INFINITY)), half + 1);
        ck_assert_uint_eq(float_to_half(-middle), (half + (half & 1)) | 0x8000);
    }
    ck_assert_uint_eq(float_to_half(65519.996f), 0x7bff);
    ck_assert_uint_eq(float_to_half(65520), 0x7c00);
    ck_assert_uint_eq(float_to_half(1e30f), 0x7c00);
    ck_assert_uint_eq(float_to_half(-1e-30f), 0x8000);
}
END_TEST

START_TEST(bfloat16_rounds_to_nearest_even) {
    for (uint32_t upper = 0; upper < 0x7f80; upper++) {
        float value = bfloat16_to_float((uint16_t)upper);
        ck_assert_uint_eq(bits_of_float(value), upper << 16);
        ck_assert_uint_eq(float_to_bfloat16(value), upper);
        ck_assert_uint_eq(float_to_bfloat16(float_of_bits(upper << 16 | 0x8000)),
                          upper + (upper & 1));
        ck_assert_uint_eq(float_to_bfloat16(float_of_bits(upper << 16 | 0x7fff)), upper);
        ck_assert_uint_eq(float_to_bfloat16(float_of_bits(upper << 16 | 0x8001)), upper + 1);
    }
    /* a NaN whose payload is in the lower half must not become an infinity */
    float nan = bfloat16_to_float(float_to_bfloat16(float_of_bits(0x7f800001)));
    ck_assert(nan != nan);
}
END_TEST

START_TEST(shape_bounds) {
    struct shape fits = {2, {INT64_C(1) << 30, INT64_C(1) << 29}};
    struct shape over = {2, {INT64_C(1) << 30, INT64_C(1) << 30}};
    struct shape huge = {3, {0, INT64_MAX, INT64_MAX}};
    struct shape negative = {2, {2, -1}};
    struct shape empty = {2, {0, 5}};
    struct shape deep = {MAX_RANK + 1, {0}};
    struct shape unknown = {SHAPE_UNKNOWN, {0}};
    ck_assert(shape_is_valid(&fits) && shape_is_valid(&empty));
    ck_assert(!shape_is_valid(&over) && !shape_is_valid(&huge) && !shape_is_valid(&negative));
    ck_assert(!shape_is_valid(&deep) && !shape_is_valid(&unknown));
    ck_assert_int_eq(shape_elements(&fits), INT64_C(1) << 59);
    ck_assert_int_eq(shape_elements(&empty), 0);
    ck_assert_int_eq(shape_product(&empty, 1, 2), 5);
    ck_assert_int_eq(shape_product(&empty, 1, 1), 1);
    ck_assert(shape_equal(&empty, &empty) && !shape_equal(&empty, &fits));
    struct shape longer = {3, {0, 5, 1}};
    ck_assert(!shape_equal(&empty, &longer));
}
END_TEST

START_TEST(shape_text) {
    char text[SHAPE_TEXT];
    struct shape shape = {4, {1, 3, 224, 224}}, scalar = {0, {0}}, unknown = {SHAPE_UNKNOWN, {0}};
    struct shape longest = {MAX_RANK, {0}};
    for (int i = 0; i < MAX_RANK; i++)
        longest.dims[i] = INT64_MIN;
    ck_assert_str_eq(shape_format(&shape, text), "[1,3,224,224]");
    ck_assert_str_eq(shape_format(&scalar, text), "[]");
    ck_assert_str_eq(shape_format(&unknown, text), "[?]");
    ck_assert_uint_lt(strlen(shape_format(&longest, text)), SHAPE_TEXT);
}
END_TEST

#define ELEMENT(type, dtype_, value)                                                               \
    do {                                                                                           \
        type element[2] = {0, value};                                                              \
        struct tensor tensor = {dtype_, {1, {2}}, element};                                        \
        ck_assert(tensor_int(&tensor, 1) == (int64_t)(value));                                     \
        ck_assert(tensor_real(&tensor, 1) == (double)(value));                                     \
    } while (0)

START_TEST(elements) {
    ELEMENT(uint8_t, DTYPE_UINT8, 255);
    ELEMENT(int8_t, DTYPE_INT8, -128);
    ELEMENT(uint16_t, DTYPE_UINT16, 65535);
    ELEMENT(int16_t, DTYPE_INT16, -32768);
    ELEMENT(uint32_t, DTYPE_UINT32, UINT32_MAX);
    ELEMENT(int32_t, DTYPE_INT32, INT32_MIN);
    ELEMENT(uint64_t, DTYPE_UINT64, UINT64_C(1) << 63);
    ELEMENT(int64_t, DTYPE_INT64, INT64_MIN);
    ELEMENT(uint8_t, DTYPE_BOOL, 1);
    float single = 0.1f;
    double wide = 0.1;
    uint16_t half = 0x3c01, brain = 0x3f81;
    ck_assert(tensor_real(&(struct tensor){DTYPE_FLOAT32, {0, {0}}, &single}, 0) == 0.1f);
    ck_assert(tensor_real(&(struct tensor){DTYPE_FLOAT64, {0, {0}}, &wide}, 0) == 0.1);
    ck_assert(tensor_real(&(struct tensor){DTYPE_FLOAT16, {0, {0}}, &half}, 0) == 1 + 1.0 / 1024);
    ck_assert(tensor_real(&(struct tensor){DTYPE_BFLOAT16, {0, {0}}, &brain}, 0) == 1 + 1.0 / 128);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("tensor");
    TCase *tests = tcase_create("tensor");
    tcase_add_test(tests, dtype_table);
    tcase_add_test(tests, half_of_all_values);
    tcase_add_test(tests, half_rounds_to_nearest_even);
    tcase_add_test(tests, bfloat16_rounds_to_nearest_even);
    tcase_add_test(tests, shape_bounds);
    tcase_add_test(tests, shape_text);
    tcase_add_test(tests, elements);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
