/* Files of NumPy: what is written, what is read, and headers that lie. */
#include "tests/tap.h"

#include "run/npy.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct arena arena;
static struct snv2_diagnostic diagnostic;

static void setup(void) {
    arena_init(&arena, UINT64_MAX);
}

static void teardown(void) {
    arena_free(&arena);
}

/* A file of that format version, header and data, of exactly its size so that sanitizers see a read
 * past its end. The caller frees it. */
static unsigned char *make_file(int version, const char *header, const void *data, size_t bytes,
                                size_t *size) {
    size_t length = strlen(header), start = version == 1 ? 10 : 12;
    *size = start + length + bytes;
    unsigned char *file = malloc(*size);
    ck_assert_ptr_nonnull(file);
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (unsigned char)version;
    file[7] = 0;
    for (size_t i = 8; i < start; i++)
        file[i] = (unsigned char)(length >> 8 * (i - 8));
    memcpy(file + start, header, length);
    memcpy(file + start + length, data, bytes);
    return file;
}

static enum snv2_status decode(int version, const char *header, const void *data, size_t bytes,
                               struct tensor *tensor) {
    size_t size;
    unsigned char *file = make_file(version, header, data, bytes, &size);
    enum snv2_status status = npy_decode(file, size, &arena, tensor, &diagnostic);
    free(file);
    return status;
}

START_TEST(test_written_bytes) {
    static const struct {
        struct shape shape;
        const char *text;
        size_t start;
    } cases[] = {
        {{2, {1, 3}}, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }", 128},
        {{1, {3}}, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 128},
        {{0, {0}}, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", 128},
        {{8, {1, 1, 1, 1, 1, 1, 1, 3}},
         "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 3), }",
         128},
    };
    const float values[] = {1.5f, -2, 3e30f};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tensor tensor = {DTYPE_FLOAT32, cases[i].shape, values}, back;
        size_t count = (size_t)shape_elements(&tensor.shape), size;
        const unsigned char *bytes;
        ck_assert_int_eq(npy_encode(&tensor, &arena, &bytes, &size, NULL), SNV2_OK);
        ck_assert_uint_eq(size, cases[i].start + 4 * count);
        ck_assert_mem_eq(bytes, "\x93NUMPY\x01\0", 8);
        ck_assert_uint_eq(bytes[8] + 256u * bytes[9], cases[i].start - 10);
        size_t length = strlen(cases[i].text);
        ck_assert_mem_eq(bytes + 10, cases[i].text, length);
        for (size_t k = 10 + length; k < cases[i].start - 1; k++)
            ck_assert_int_eq(bytes[k], ' ');
        ck_assert_int_eq(bytes[cases[i].start - 1], '\n');
        ck_assert_int_eq(npy_decode(bytes, size, &arena, &back, NULL), SNV2_OK);
        ck_assert(shape_equal(&back.shape, &tensor.shape) && back.dtype == DTYPE_FLOAT32);
        ck_assert_mem_eq(back.data, values, 4 * count);
    }
}
END_TEST

/* The header's newline stands at the end of the block even where the text just fills it. */
START_TEST(test_written_alignment) {
    float value = 1;
    for (int64_t dim = 1, digits = 1; digits <= 18; dim *= 10, digits++) {
        struct tensor tensor = {DTYPE_FLOAT32, {3, {dim, 0, dim}}, &value};
        const unsigned char *bytes;
        size_t size;
        if (!shape_is_valid(&tensor.shape))
            break;
        ck_assert_int_eq(npy_encode(&tensor, &arena, &bytes, &size, NULL), SNV2_OK);
        ck_assert_uint_eq(size % 64, 0);
        ck_assert_int_eq(bytes[size - 1], '\n');
        ck_assert_int_ne(bytes[size - 65], '\n');
        ck_assert_int_eq(npy_decode(bytes, size, &arena, &tensor, NULL), SNV2_OK);
    }
}
END_TEST

START_TEST(test_types) {
    static const struct {
        const char *type;
        unsigned char bytes[8];
        enum dtype dtype;
        double value;
    } cases[] = {
        {"<f2", {0x00, 0xc2}, DTYPE_FLOAT16, -3},
        {">f2", {0xc2, 0x00}, DTYPE_FLOAT16, -3},
        {"<f4", {0, 0, 0x20, 0x40}, DTYPE_FLOAT32, 2.5},
        {">f4", {0x40, 0x20, 0, 0}, DTYPE_FLOAT32, 2.5},
        {"<f8", {0, 0, 0, 0, 0, 0, 0x04, 0xc0}, DTYPE_FLOAT64, -2.5},
        {">f8", {0xc0, 0x04, 0, 0, 0, 0, 0, 0}, DTYPE_FLOAT64, -2.5},
        {"|u1", {200}, DTYPE_UINT8, 200},
        {"|i1", {200}, DTYPE_INT8, -56},
        {"|b1", {1}, DTYPE_BOOL, 1},
        {"<i2", {0xfe, 0xff}, DTYPE_INT16, -2},
        {">u2", {1, 0}, DTYPE_UINT16, 256},
        {"<i4", {1, 2, 0, 0}, DTYPE_INT32, 513},
        {">i8", {0, 0, 0, 0, 0, 0, 2, 1}, DTYPE_INT64, 513},
        {"<u8", {1, 2, 0, 0, 0, 0, 0, 0}, DTYPE_UINT64, 513},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char header[100];
        struct tensor tensor;
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (1,)}\n",
                 cases[i].type);
        size_t bytes = (size_t)(cases[i].type[2] - '0');
        ck_assert_int_eq(decode(1, header, cases[i].bytes, bytes, &tensor), SNV2_OK);
        ck_assert_int_eq(tensor.dtype, cases[i].dtype);
        ck_assert_msg(tensor_real(&tensor, 0) == cases[i].value, "%s", cases[i].type);
    }
}
END_TEST

START_TEST(test_accepted_headers) {
    static const char *const headers[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }   \n",
        "{\"shape\":(2,1),\"descr\":\"<f4\",\"fortran_order\":False}",
        " { 'shape' : ( 2L , 1L ) , 'fortran_order' : False , 'descr' : '<f4' } ",
    };
    const float values[] = {1, 2};
    for (int version = 1; version <= 3; version++)
        for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
            struct tensor tensor;
            ck_assert_int_eq(decode(version, headers[i], values, sizeof values, &tensor), SNV2_OK);
            ck_assert(shape_equal(&tensor.shape, &(struct shape){2, {2, 1}}));
            ck_assert_mem_eq(tensor.data, values, sizeof values);
        }
    struct tensor tensor;
    ck_assert_int_eq(decode(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2,)}", values,
                            sizeof values, &tensor),
                     SNV2_OK);
}
END_TEST

#define DESCR "'descr': '<f4', "
#define ORDER "'fortran_order': False, "
#define SHAPE "'shape': (2,), "

START_TEST(test_refused_headers) {
    static const struct {
        const char *header, *message;
    } cases[] = {
        {"", "'{' expected"},
        {"[", "'{' expected"},
        {"{", "a key and ':' expected"},
        {"{" DESCR ORDER SHAPE, "a key and ':' expected"},
        {"{" DESCR ORDER "}", "no key 'shape'"},
        {"{" DESCR SHAPE "}", "no key 'fortran_order'"},
        {"{" ORDER SHAPE "}", "no key 'descr'"},
        {"{" DESCR DESCR ORDER SHAPE "}", "repeated key 'descr'"},
        {"{" DESCR ORDER SHAPE "'x': 1}", "unknown or repeated key 'x'"},
        {"{" DESCR ORDER SHAPE "} x", "the end expected"},
        {"{'descr' '<f4'}", "a key and ':' expected"},
        {"{'descr", "a key and ':' expected"},
        {"{'a key of more than thirty-one characters': 1}", "a key and ':' expected"},
        {"{" ORDER SHAPE "'descr': '|O'}", "type '|O'"},
        {"{" ORDER SHAPE "'descr': '<c8'}", "type '<c8'"},
        {"{" ORDER SHAPE "'descr': '<U4'}", "type '<U4'"},
        {"{" ORDER SHAPE "'descr': '|f4'}", "type '|f4'"},
        {"{" ORDER SHAPE "'descr': '=f4'}", "type '=f4'"},
        {"{" ORDER SHAPE "'descr': 'f4'}", "type 'f4'"},
        {"{" ORDER SHAPE "'descr': ''}", "type ''"},
        {"{" ORDER SHAPE "'descr': [('a', '<f4')]}", "plain type expected"},
        {"{" DESCR SHAPE "'fortran_order': 0}", "True or False expected"},
        {"{" DESCR "'fortran_order': True, 'shape': (1, 2)}", "Fortran order"},
        {"{" DESCR ORDER "'shape': 2}", "'(' expected"},
        {"{" DESCR ORDER "'shape': (2", "',' or ')' expected"},
        {"{" DESCR ORDER "'shape': (2 3)}", "',' or ')' expected"},
        {"{" DESCR ORDER "'shape': (-2,)}", "a dimension"},
        {"{" DESCR ORDER "'shape': (2.0,)}", "',' or ')' expected"},
        {"{" DESCR ORDER "'shape': (9223372036854775808,)}", "a dimension below 2^63"},
        {"{" DESCR ORDER "'shape': (4294967296, 4294967296)}", "too large"},
        {"{" DESCR ORDER "'shape': (9223372036854775807,)}", "too large"},
        {"{" DESCR ORDER "'shape': (1,1,1,1,1,1,1,1,2)}", "more than 8 dimensions"},
        {"{" DESCR ORDER "'shape': (3,)}", "8 bytes of data, and the shape needs 12"},
        {"{" DESCR ORDER "'shape': (1,)}", "8 bytes of data, and the shape needs 4"},
        {"{" DESCR ORDER "'shape': (1000000000,)}", "the shape needs 4000000000"},
    };
    const float values[] = {1, 2};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tensor tensor;
        enum snv2_status status = decode(1, cases[i].header, values, sizeof values, &tensor);
        ck_assert_msg(status == SNV2_BAD_MODEL && strstr(diagnostic.message, cases[i].message),
                      "%s: status %d: %s", cases[i].header, status, diagnostic.message);
    }
}
END_TEST

START_TEST(test_truncated) {
    const float values[] = {1, 2};
    for (int version = 1; version <= 3; version++) {
        size_t size;
        unsigned char *file =
            make_file(version, "{" DESCR ORDER SHAPE "}\n", values, sizeof values, &size);
        for (size_t length = 0; length < size; length++) {
            struct tensor tensor;
            unsigned char *cut = malloc(length + (length == 0));
            ck_assert_ptr_nonnull(cut);
            memcpy(cut, file, length);
            ck_assert_int_eq(npy_decode(cut, length, &arena, &tensor, NULL), SNV2_BAD_MODEL);
            free(cut);
        }
        free(file);
    }
}
END_TEST

START_TEST(test_preamble) {
    const float values[] = {1, 2};
    static const struct {
        size_t at;
        unsigned char byte;
        const char *message;
    } cases[] = {
        {0, 'N', "no npy file"},         {6, 0, "format version 0.0"},
        {6, 4, "format version 4.0"},    {9, 0xff, "within its header"},
        {11, 0xff, "within its header"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size;
        struct tensor tensor;
        unsigned char *file =
            make_file(2, "{" DESCR ORDER SHAPE "}\n", values, sizeof values, &size);
        file[cases[i].at] = cases[i].byte;
        ck_assert_int_eq(npy_decode(file, size, &arena, &tensor, &diagnostic), SNV2_BAD_MODEL);
        ck_assert_msg(strstr(diagnostic.message, cases[i].message), "%s", diagnostic.message);
        free(file);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("npy");
    TCase *tests = tcase_create("npy");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_written_bytes);
    tcase_add_test(tests, test_written_alignment);
    tcase_add_test(tests, test_types);
    tcase_add_test(tests, test_accepted_headers);
    tcase_add_test(tests, test_refused_headers);
    tcase_add_test(tests, test_truncated);
    tcase_add_test(tests, test_preamble);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
