/* Tensors in every encoding, right and wrong; and TensorProto files. */
#include "tests/onnx_build.h"

#include "onnx/import.h"

#include <math.h>
#include <unistd.h>

enum { FLOAT8 = 17, INT4 = 22, INT2 = 26, STRING = 8 };

/* Reads the tensor `w` as the model's initializer. */
static void load_initializer(struct build *build, struct loaded *loaded) {
    build_node(build, "Relu", "x", "y");
    build_load(build, NULL, NULL, loaded);
}

/* ---- refused ---- */

static void dims_over_63_bits(struct build *b) {
    build_initializer(b, "w", DTYPE_UINT8, "4294967296,4294967296");
}

static void bytes_over_63_bits(struct build *b) {
    build_initializer(b, "w", DTYPE_FLOAT64, "2305843009213693952");
}

/* 2^59 bytes, of which there are none: nothing may be allocated. */
static void elements_missing(struct build *b) {
    build_initializer(b, "w", DTYPE_UINT8, "576460752303423488");
}

static void dim_negative(struct build *b) {
    build_initializer(b, "w", DTYPE_FLOAT32, "-1");
}

static void zero_hides_overflow(struct build *b) {
    build_initializer(b, "w", DTYPE_FLOAT32, "0,9223372036854775807,9223372036854775807");
}

static void rank_9(struct build *b) {
    build_initializer(b, "w", DTYPE_FLOAT32, "1,1,1,1,1,1,1,1,1");
}

static void raw_short(struct build *b) {
    build_raw(b, build_initializer(b, "w", DTYPE_FLOAT32, "2"), "1234567", 7);
}

static void raw_long(struct build *b) {
    build_raw(b, build_initializer(b, "w", DTYPE_FLOAT32, "2"), "123456789", 9);
}

static void raw_and_floats(struct build *b) {
    Onnx__TensorProto *tensor = build_initializer(b, "w", DTYPE_FLOAT32, "1");
    build_raw(b, tensor, "1234", 4);
    BUILD_APPEND(b, tensor, float_data, 1);
}

static void no_contents(struct build *b) {
    build_initializer(b, "w", DTYPE_FLOAT32, "2");
}

static void empty_raw(struct build *b) {
    build_raw(b, build_initializer(b, "w", DTYPE_FLOAT32, "2"), "", 0);
}

static void floats_few(struct build *b) {
    Onnx__TensorProto *tensor = build_initializer(b, "w", DTYPE_FLOAT32, "2");
    BUILD_APPEND(b, tensor, float_data, 1);
}

static void floats_as_integers(struct build *b) {
    Onnx__TensorProto *tensor = build_initializer(b, "w", DTYPE_INT64, "1");
    BUILD_APPEND(b, tensor, float_data, 1);
}

static void type_0(struct build *b) {
    build_initializer(b, "w", 0, "1");
}

static void type_unset(struct build *b) {
    build_initializer(b, "w", DTYPE_FLOAT32, "1")->has_data_type = false;
}

static void type_99(struct build *b) {
    build_initializer(b, "w", 99, "1");
}

static void type_float8(struct build *b) {
    build_raw(b, build_initializer(b, "w", FLOAT8, "1"), "1", 1);
}

static void type_int4(struct build *b) {
    build_raw(b, build_initializer(b, "w", INT4, "2"), "1", 1);
}

static void type_int2(struct build *b) {
    build_raw(b, build_initializer(b, "w", INT2, "4"), "1", 1);
}

static void type_string(struct build *b) {
    build_raw(b, build_initializer(b, "w", STRING, "1"), "1", 1);
}

static void int8_range(struct build *b) {
    Onnx__TensorProto *tensor = build_initializer(b, "w", DTYPE_INT8, "1");
    BUILD_APPEND(b, tensor, int32_data, 128);
}

static void uint8_range(struct build *b) {
    Onnx__TensorProto *tensor = build_initializer(b, "w", DTYPE_UINT8, "1");
    BUILD_APPEND(b, tensor, int32_data, -1);
}

static void half_range(struct build *b) {
    Onnx__TensorProto *tensor = build_initializer(b, "w", DTYPE_FLOAT16, "1");
    BUILD_APPEND(b, tensor, int32_data, 65536);
}

static void uint32_range(struct build *b) {
    Onnx__TensorProto *tensor = build_initializer(b, "w", DTYPE_UINT32, "1");
    BUILD_APPEND(b, tensor, uint64_data, (uint64_t)1 << 32);
}

static void uint32_huge(struct build *b) {
    Onnx__TensorProto *tensor = build_initializer(b, "w", DTYPE_UINT32, "1");
    BUILD_APPEND(b, tensor, uint64_data, UINT64_MAX);
}

static void bool_2(struct build *b) {
    Onnx__TensorProto *tensor = build_initializer(b, "w", DTYPE_BOOL, "1");
    BUILD_APPEND(b, tensor, int32_data, 2);
}

static void bool_2_raw(struct build *b) {
    build_raw(b, build_initializer(b, "w", DTYPE_BOOL, "2"), "\1\2", 2);
}

static void segment(struct build *b) {
    build_initializer(b, "w", DTYPE_FLOAT32, "1")->segment =
        BUILD_NEW(b, Onnx__TensorProto__Segment, ONNX__TENSOR_PROTO__SEGMENT__INIT);
}

static void external_in_memory(struct build *b) {
    build_external(b, build_initializer(b, "w", DTYPE_FLOAT32, "1"), "location", "weights");
}

/* `number` is that of the case in the list of hostile inputs, 0 where it has none. */
static const struct {
    int number;
    void (*change)(struct build *build);
    enum snv2_status status;
    const char *message;
} bad[] = {
    {52, dims_over_63_bits, SNV2_BAD_MODEL, "tensor 'w' is too large"},
    {53, bytes_over_63_bits, SNV2_BAD_MODEL, "too large"},
    {52, zero_hides_overflow, SNV2_BAD_MODEL, "too large"},
    {59, elements_missing, SNV2_BAD_MODEL, "has 0 elements; its dims need 576460752303423488"},
    {54, dim_negative, SNV2_BAD_MODEL, "negative dimension -1"},
    {56, rank_9, SNV2_UNSUPPORTED, "9 dimensions"},
    {57, raw_short, SNV2_BAD_MODEL, "has 7 bytes of raw_data; float32 and its dims need 8"},
    {57, raw_long, SNV2_BAD_MODEL, "has 9 bytes"},
    {58, raw_and_floats, SNV2_BAD_MODEL, "contents in 2 places"},
    {59, no_contents, SNV2_BAD_MODEL, "has 0 elements; its dims need 2"},
    {59, empty_raw, SNV2_BAD_MODEL, "has 0 elements; its dims need 2"},
    {60, floats_few, SNV2_BAD_MODEL, "has 1 elements; its dims need 2"},
    {60, floats_as_integers, SNV2_BAD_MODEL, "a field that is not for int64"},
    {61, type_0, SNV2_BAD_MODEL, "element type 0"},
    {61, type_unset, SNV2_BAD_MODEL, "element type 0"},
    {61, type_99, SNV2_BAD_MODEL, "element type 99"},
    {62, type_float8, SNV2_UNSUPPORTED, "element type float8e4m3fn"},
    {62, type_int4, SNV2_UNSUPPORTED, "element type int4"},
    {62, type_int2, SNV2_UNSUPPORTED, "element type int2"},
    {63, type_string, SNV2_UNSUPPORTED, "element type string"},
    {64, int8_range, SNV2_BAD_MODEL, "out of the range of int8"},
    {64, uint8_range, SNV2_BAD_MODEL, "out of the range of uint8"},
    {64, half_range, SNV2_BAD_MODEL, "out of the range of float16"},
    {64, uint32_range, SNV2_BAD_MODEL, "out of the range of uint32"},
    {64, uint32_huge, SNV2_BAD_MODEL, "out of the range of uint32"},
    {68, bool_2, SNV2_BAD_MODEL, "out of the range of bool"},
    {68, bool_2_raw, SNV2_BAD_MODEL, "an element (1)"},
    {65, segment, SNV2_UNSUPPORTED, "segments"},
    {117, external_in_memory, SNV2_BAD_MODEL, "no folder"},
};

START_TEST(refused) {
    struct build build;
    struct loaded loaded;
    char name[48];
    snprintf(name, sizeof name, "case %d, row %d", bad[_i].number, _i);
    build_start(&build, 13);
    bad[_i].change(&build);
    load_initializer(&build, &loaded);
    loaded_expect(&loaded, name, bad[_i].status, bad[_i].message);
    loaded_free(&loaded);
}
END_TEST

/* ---- read ---- */

/* The initializer w, as loaded. */
static struct tensor loaded_tensor(const struct loaded *loaded) {
    const struct value *value = graph_find_value(loaded->graph, "w");
    ck_assert_ptr_nonnull(value);
    return value_tensor(value);
}

/* One element of each type, as raw_data and in its typed field. */
START_TEST(encodings) {
    static const struct {
        enum dtype dtype;
        char field; /* f, i, l, d, u: float_data ... uint64_data */
        double value;
        int64_t number; /* in the field, where it is not `value` */
        uint8_t raw[8]; /* little-endian */
    } cases[] = {
        {DTYPE_FLOAT32, 'f', -2, 0, {0, 0, 0, 0xc0}},
        {DTYPE_UINT8, 'i', 200, 200, {200}},
        {DTYPE_INT8, 'i', -100, -100, {0x9c}},
        {DTYPE_UINT16, 'i', 60000, 60000, {0x60, 0xea}},
        {DTYPE_INT16, 'i', -2, -2, {0xfe, 0xff}},
        {DTYPE_INT32, 'i', -3, -3, {0xfd, 0xff, 0xff, 0xff}},
        {DTYPE_INT64, 'l', -4, -4, {0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
        {DTYPE_BOOL, 'i', 1, 1, {1}},
        {DTYPE_FLOAT16, 'i', 1.5, 0x3e00, {0x00, 0x3e}},
        {DTYPE_FLOAT64, 'd', 0.5, 0, {0, 0, 0, 0, 0, 0, 0xe0, 0x3f}},
        {DTYPE_UINT32, 'u', 4294967295.0, 4294967295, {0xff, 0xff, 0xff, 0xff}},
        {DTYPE_UINT64, 'u', 5, 5, {5}},
        {DTYPE_BFLOAT16, 'i', -1, 0xbf80, {0x80, 0xbf}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int raw = 0; raw < 2; raw++) {
            struct build build;
            struct loaded loaded;
            build_start(&build, 13);
            Onnx__TensorProto *tensor = build_initializer(&build, "w", cases[i].dtype, "");
            if (raw)
                build_raw(&build, tensor, cases[i].raw, dtype_bytes(cases[i].dtype));
            else if (cases[i].field == 'f')
                BUILD_APPEND(&build, tensor, float_data, (float)cases[i].value);
            else if (cases[i].field == 'd')
                BUILD_APPEND(&build, tensor, double_data, cases[i].value);
            else if (cases[i].field == 'i')
                BUILD_APPEND(&build, tensor, int32_data, (int32_t)cases[i].number);
            else if (cases[i].field == 'l')
                BUILD_APPEND(&build, tensor, int64_data, cases[i].number);
            else
                BUILD_APPEND(&build, tensor, uint64_data, (uint64_t)cases[i].number);
            load_initializer(&build, &loaded);
            loaded_expect(&loaded, dtype_name(cases[i].dtype), SNV2_OK, "");
            struct tensor result = loaded_tensor(&loaded);
            ck_assert_int_eq(result.dtype, cases[i].dtype);
            ck_assert_int_eq(result.shape.rank, 0);
            ck_assert_msg(tensor_real(&result, 0) == cases[i].value, "%s, raw %d: %g",
                          dtype_name(cases[i].dtype), raw, tensor_real(&result, 0));
            loaded_free(&loaded);
        }
}
END_TEST

/* Case 55. */
START_TEST(empty_tensors) {
    struct build build;
    struct loaded loaded;
    build_start(&build, 13);
    build_initializer(&build, "w", DTYPE_FLOAT32, "0,3");
    load_initializer(&build, &loaded);
    loaded_expect(&loaded, "empty", SNV2_OK, "");
    struct tensor result = loaded_tensor(&loaded);
    ck_assert_ptr_nonnull(result.data);
    ck_assert_int_eq(shape_elements(&result.shape), 0);
    loaded_free(&loaded);
}
END_TEST

/* Case 69: raw_data at every alignment; strings of different lengths before it. */
START_TEST(misaligned_raw_data) {
    static const double contents[2] = {1, -2};
    for (size_t length = 0; length < 16; length++) {
        struct build build;
        struct loaded loaded;
        build_start(&build, 13);
        memset(build.graph->name = build_alloc(&build, length + 1, 1), 'n', length);
        build_raw(&build, build_initializer(&build, "w", DTYPE_FLOAT64, "2"), contents, 16);
        load_initializer(&build, &loaded);
        loaded_expect(&loaded, "misaligned", SNV2_OK, "");
        ck_assert_mem_eq(loaded_tensor(&loaded).data, contents, sizeof contents);
        loaded_free(&loaded);
    }
}
END_TEST

/* ---- files ---- */

START_TEST(tensor_files) {
    static const float contents[6] = {1, -2, 3, INFINITY, 5, 6};
    const struct tensor written = {DTYPE_FLOAT32, {2, {2, 3}}, contents};
    char folder[] = "/tmp/test_import_tensor.XXXXXX", path[64];
    struct arena arena;
    struct tensor tensor;
    struct snv2_diagnostic diagnostic = {0};
    const char *name;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/t.pb", folder);
    arena_init(&arena, UINT64_MAX);
    ck_assert_int_eq(onnx_write_tensor(path, "scores", &written, &diagnostic), SNV2_OK);
    ck_assert_int_eq(onnx_load_tensor(path, &arena, &tensor, &name, &diagnostic), SNV2_OK);
    ck_assert_str_eq(name, "scores");
    ck_assert_int_eq(tensor.dtype, DTYPE_FLOAT32);
    ck_assert(shape_equal(&tensor.shape, &written.shape));
    ck_assert_mem_eq(tensor.data, contents, sizeof contents);
    ck_assert_int_eq(truncate(path, 20), 0);
    ck_assert_int_eq(onnx_load_tensor(path, &arena, &tensor, &name, &diagnostic), SNV2_BAD_MODEL);
    ck_assert_str_eq(diagnostic.file, path);
    unlink(path);
    ck_assert_int_eq(onnx_load_tensor(path, &arena, &tensor, &name, &diagnostic), SNV2_NO_INPUT);
    rmdir(folder);
    ck_assert_int_ne(onnx_write_tensor(path, "scores", &written, &diagnostic), SNV2_OK);
    arena_free(&arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("import_tensor");
    TCase *tests = tcase_create("tensors");
    tcase_add_loop_test(tests, refused, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(tests, encodings);
    tcase_add_test(tests, empty_tensors);
    tcase_add_test(tests, misaligned_raw_data);
    tcase_add_test(tests, tensor_files);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
