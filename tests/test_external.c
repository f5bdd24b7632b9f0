/* External data: what is read, and what is refused, as tables over one folder of files. */
#include "tests/onnx_build.h"

#include "onnx/external.h"

#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/test_external.XXXXXX"; /* holds secret, and model/ with the rest */
static char folder[64];

static const float contents[4] = {1, 2, 3, 4};

static void write_bytes(const char *name, const void *bytes, size_t size) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static void make_files(void) {
    ck_assert_ptr_nonnull(mkdtemp(top));
    snprintf(folder, sizeof folder, "%s/model", top);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    write_bytes("../secret", contents, sizeof contents);
    write_bytes("data", contents, sizeof contents);
    write_bytes("two_names", contents, sizeof contents);
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(mkdir("sub", 0700), 0);
    write_bytes("sub/data", contents, sizeof contents);
    ck_assert_int_eq(link("two_names", "other_name"), 0);
    ck_assert_int_eq(symlink("data", "link"), 0);
    ck_assert_int_eq(symlink("sub", "link_to_sub"), 0);
    ck_assert_int_eq(mkfifo("fifo", 0600), 0);
}

static void remove_files(void) {
    static const char *const names[] = {"fifo",      "link_to_sub", "link", "other_name",
                                        "two_names", "sub/data",    "data", "../secret"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_int_eq(unlink(names[i]), 0);
    ck_assert_int_eq(rmdir("sub"), 0);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(rmdir(top), 0);
}

/* Entries are "key=value" separated by spaces; `number` is that of the case in the list of hostile
 * inputs. */
struct entries {
    int number;
    const char *entries;
    enum snv2_status status;
    const char *message;
};

static const struct entries cases[] = {
    {0, "location=data", SNV2_OK, ""},
    {0, "location=sub/data", SNV2_OK, ""},
    {0, "location=data offset=0 length=16", SNV2_OK, ""},
    {0, "location=data checksum=da39a3ee", SNV2_OK, ""},
    /* paths */
    {104, "location=../secret", SNV2_BAD_MODEL,
     "plain path below the model's folder, not '../secret'"},
    {104, "location=sub/../../secret", SNV2_BAD_MODEL, "plain path"},
    {104, "location=sub/../data", SNV2_BAD_MODEL, "plain path"},
    {105, "location=/etc/passwd", SNV2_BAD_MODEL, "plain path"},
    {113, "location=file:///etc/passwd", SNV2_BAD_MODEL, "external data"},
    {106, "location=", SNV2_BAD_MODEL, "plain path"},
    {106, "location=.", SNV2_BAD_MODEL, "plain path"},
    {106, "location=./data", SNV2_BAD_MODEL, "plain path"},
    {106, "location=sub//data", SNV2_BAD_MODEL, "plain path"},
    {106, "location=data/", SNV2_BAD_MODEL, "external data"},
    {106, "location=sub", SNV2_BAD_MODEL, "no regular file"},
    {107, "location=link", SNV2_BAD_MODEL, "leads through a link"},
    {107, "location=link_to_sub/data", SNV2_BAD_MODEL, "leads through a link"},
    {108, "location=two_names", SNV2_BAD_MODEL, "hard links"},
    {109, "location=fifo", SNV2_BAD_MODEL, "no regular file"},
    {0, "location=missing", SNV2_NO_INPUT, "there is no file 'missing'"},
    {0, "location=missing/data", SNV2_NO_INPUT, "there is no file"},
    {114, "location=*/_ORT_MEM_ADDR_/*", SNV2_BAD_MODEL, "address in memory"},
    /* ranges */
    {110, "location=data offset=-1", SNV2_BAD_MODEL, "the offset is no decimal number: '-1'"},
    {110, "location=data offset=0x0", SNV2_BAD_MODEL, "no decimal number"},
    {110, "location=data offset=", SNV2_BAD_MODEL, "no decimal number"},
    {110, "location=data offset=18446744073709551616", SNV2_BAD_MODEL, "no decimal number"},
    {110, "location=data length=16x", SNV2_BAD_MODEL, "the length is no decimal number"},
    {110, "location=data offset=1 length=16", SNV2_BAD_MODEL, "past the end"},
    {110, "location=data offset=17", SNV2_BAD_MODEL, "past the end"},
    {110, "location=data offset=18446744073709551615 length=16", SNV2_BAD_MODEL, "past the end"},
    {110, "location=data length=18446744073709551615", SNV2_BAD_MODEL, "past the end"},
    {111, "location=data offset=4", SNV2_BAD_MODEL, "12 bytes, but its dims and type need 16"},
    {111, "location=data length=12", SNV2_BAD_MODEL, "12 bytes, but its dims and type need 16"},
    /* keys */
    {0, "offset=0", SNV2_BAD_MODEL, "no 'location'"},
    {112, "location=data location=data", SNV2_BAD_MODEL, "repeated key 'location'"},
    {112, "location=data colour=red", SNV2_BAD_MODEL, "unknown key 'colour'"},
};

static void load_external(const char *entries, const char *from, struct loaded *loaded) {
    struct build build;
    build_start(&build, 13);
    Onnx__TensorProto *tensor = build_initializer(&build, "w", DTYPE_FLOAT32, "4");
    char *rest = build_text(&build, entries);
    for (char *part = strtok_r(rest, " ", &rest); part; part = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(part, '=');
        *value++ = '\0';
        build_external(&build, tensor, part, value);
    }
    build_node(&build, "Relu", "x", "y");
    build_load(&build, from, NULL, loaded);
}

START_TEST(entries) {
    struct loaded loaded;
    load_external(cases[_i].entries, folder, &loaded);
    char name[128];
    snprintf(name, sizeof name, "case %d, %s", cases[_i].number, cases[_i].entries);
    loaded_expect(&loaded, name, cases[_i].status, cases[_i].message);
    if (cases[_i].status == SNV2_OK)
        ck_assert_mem_eq(graph_find_value(loaded.graph, "w")->data, contents, sizeof contents);
    loaded_free(&loaded);
}
END_TEST

START_TEST(together_with_raw_data) {
    struct build build;
    struct loaded loaded;
    build_start(&build, 13);
    Onnx__TensorProto *tensor = build_initializer(&build, "w", DTYPE_FLOAT32, "4");
    build_external(&build, tensor, "location", "data");
    build_raw(&build, tensor, contents, sizeof contents);
    build_node(&build, "Relu", "x", "y");
    build_load(&build, folder, NULL, &loaded);
    loaded_expect(&loaded, "both", SNV2_BAD_MODEL, "contents in 2 places");
    loaded_free(&loaded);
}
END_TEST

/* Case 115: a range far into a sparse file is read without the rest of it, and nothing is allocated
 * for what is over the budget. */
START_TEST(sparse_file) {
    struct loaded loaded;
    ck_assert_int_eq(truncate("sub/data", (off_t)1 << 40), 0);
    load_external("location=sub/data offset=1099511627760 length=16", folder, &loaded);
    loaded_expect(&loaded, "sparse", SNV2_OK, "");
    loaded_free(&loaded);
    load_external("location=sub/data", folder, &loaded);
    loaded_expect(&loaded, "sparse", SNV2_BAD_MODEL, "need 16");
    loaded_free(&loaded);

    struct build build;
    build_start(&build, 13);
    build_external(&build, build_initializer(&build, "w", DTYPE_UINT8, "1099511627776"), "location",
                   "sub/data");
    build_node(&build, "Relu", "x", "y");
    build_load(&build, folder, NULL, &loaded);
    loaded_expect(&loaded, "sparse", SNV2_NO_MEMORY, "there is no memory for 'sub/data'");
    loaded_free(&loaded);
}
END_TEST

/* Case 118. */
START_TEST(data_in_the_output) {
    struct loaded loaded;
    struct build build;
    build_start(&build, 13);
    build_external(&build, build_initializer(&build, "w", DTYPE_FLOAT32, "4"), "location", "data");
    build_node(&build, "Relu", "x", "y");
    build_load(&build, folder, &(struct onnx_options){.output = "sub/../data"}, &loaded);
    loaded_expect(&loaded, "output", SNV2_USAGE, "choose another output than 'data'");
    loaded_free(&loaded);
}
END_TEST

START_TEST(hash_covers_the_data) {
    struct loaded loaded;
    load_external("location=data", folder, &loaded);
    uint64_t before = loaded.info.source_hash;
    loaded_free(&loaded);
    write_bytes("data", "................", 16);
    load_external("location=data", folder, &loaded);
    ck_assert_uint_ne(loaded.info.source_hash, before);
    loaded_free(&loaded);
}
END_TEST

START_TEST(relative_to_the_model) {
    static const struct onnx_options options = {.input_shapes = NULL};
    struct snv2_diagnostic diagnostic = {0};
    struct build build;
    struct arena arena;
    struct graph *graph;
    struct onnx_info info;
    size_t size;
    build_start(&build, 13);
    build_external(&build, build_initializer(&build, "w", DTYPE_FLOAT32, "4"), "location", "data");
    build_node(&build, "Relu", "x", "y");
    uint8_t *bytes = build_pack(&build, &size);
    write_bytes("two_names", bytes, size);
    arena_init(&arena, UINT64_MAX);
    ck_assert_int_eq(onnx_load_file("two_names", &options, &arena, &graph, &info, &diagnostic),
                     SNV2_OK);
    ck_assert_int_eq(chdir(top), 0);
    ck_assert_int_eq(
        onnx_load_file("model/two_names", &options, &arena, &graph, &info, &diagnostic), SNV2_OK);
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(dup2(fileno(fopen("two_names", "rb")), STDIN_FILENO), STDIN_FILENO);
    ck_assert_int_eq(onnx_load_file("-", &options, &arena, &graph, &info, &diagnostic),
                     SNV2_BAD_MODEL);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "no folder"));
    arena_free(&arena);
    arena_free(&build.arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("external");
    TCase *tests = tcase_create("external data");
    tcase_add_checked_fixture(tests, make_files, remove_files);
    tcase_add_loop_test(tests, entries, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(tests, together_with_raw_data);
    tcase_add_test(tests, sparse_file);
    tcase_add_test(tests, data_in_the_output);
    tcase_add_test(tests, hash_covers_the_data);
    tcase_add_test(tests, relative_to_the_model);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
