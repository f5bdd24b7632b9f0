/* The wire scan on hostile bytes, as a table; reading files; the budget; running out of memory. */
#include "tests/onnx_build.h"

#include "onnx/parse.h"
#include "onnx/wire.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES(literal) literal, sizeof(literal) - 1

/* Keys of ModelProto: ir_version 08, producer_name 12, graph 3a, opset_import 42. Of GraphProto:
 * node 0a, name 12. */
static const struct {
    const char *name, *bytes;
    size_t size;
    int64_t offset;
    const char *message;
} bad[] = {
    {"empty", BYTES(""), 0, "the file is empty"},
    {"one byte", BYTES("\x08"), 1, "cut off"},
    {"a picture", BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), 10, "is this an ONNX file?"},
    {"a program",
     BYTES("\x7f"
           "ELF\2\1\1"),
     0, "is this an ONNX file?"},
    {"a text", BYTES("hello, world"), 2, "is this an ONNX file?"},
    {"varint unterminated", BYTES("\x08\xff"), 1, "cut off"},
    {"varint of 11 bytes", BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 1,
     "longer than 10 bytes"},
    {"key of 6 bytes", BYTES("\xf8\xff\xff\xff\xff\x01\x00"), 0, "longer than 5 bytes"},
    {"key over 32 bits", BYTES("\xf8\xff\xff\xff\x7f\x00"), 0, "field number"},
    {"length of 6 bytes", BYTES("\x3a\x80\x80\x80\x80\x80\x00"), 1, "longer than 5 bytes"},
    {"length beyond the file", BYTES("\x08\x07\x3a\x05\x0a"), 2,
     "'graph' of ModelProto says 5 bytes where 1 are left"},
    {"length beyond the parent", BYTES("\x3a\x03\x0a\x05\x12\x01x"), 2,
     "'node' of GraphProto says 5 bytes where 1 are left"},
    {"length of an unknown field", BYTES("\xfa\x07\x09x"), 0, "(unknown)"},
    {"varint beyond the parent", BYTES("\x42\x02\x10\x80\x01"), 3, "cut off"},
    {"32-bit number cut off", BYTES("\xfd\x07\x01\x02\x03"), 0, "cut off"},
    {"64-bit number cut off", BYTES("\xf9\x07\x01\x02\x03"), 0, "cut off"},
    {"field number 0", BYTES("\x08\x07\x00\x00"), 2, "field number 0"},
    {"number as bytes", BYTES("\x0a\x01\x00"), 0,
     "'ir_version' of ModelProto has the wire type 'length-delimited', expected 'varint'"},
    {"message as number", BYTES("\x38\x01"), 0, "expected 'length-delimited'"},
    {"string as 32 bits",
     BYTES("\x15"
           "abcd"),
     0, "expected 'length-delimited'"},
    {"group", BYTES("\xf3\x01\xf4\x01"), 0, "'group'"},
    {"end of group", BYTES("\xf4\x01"), 0, "'end of group'"},
    {"wire type 6", BYTES("\x0e\x00"), 0, "'invalid 6'"},
    {"two graphs", BYTES("\x3a\x00\x3a\x00"), 2, "'graph' of ModelProto stands twice"},
    {"NUL in a string",
     BYTES("\x12\x03"
           "a\0b"),
     3, "'producer_name' has a NUL"},
    {"invalid UTF-8", BYTES("\x12\x02\xc3\x28"), 2, "'producer_name' is not valid UTF-8"},
    {"UTF-8 cut off by the field", BYTES("\x12\x01\xc3\xa9\x00"), 2, "not valid UTF-8"},
    {"surrogate", BYTES("\x12\x03\xed\xa0\x80"), 2, "not valid UTF-8"},
    {"packed floats of 3 bytes",
     BYTES("\x3a\x07\x2a\x05\x22\x03"
           "abc"),
     4, "'float_data' has 3 bytes"},
    {"packed varint cut off", BYTES("\x3a\x05\x2a\x03\x3a\x01\x80"), 6, "cut off"},
};

START_TEST(hostile_bytes) {
    struct loaded loaded;
    load_bytes(&loaded, bad[_i].bytes, bad[_i].size, NULL, NULL);
    loaded_expect(&loaded, bad[_i].name, SNV2_BAD_MODEL, bad[_i].message);
    ck_assert_msg(loaded.diagnostic.offset == bad[_i].offset, "%s: offset %lld, expected %lld",
                  bad[_i].name, (long long)loaded.diagnostic.offset, (long long)bad[_i].offset);
    loaded_free(&loaded);
}
END_TEST

/* y = Relu(x), with an initializer that nothing reads. */
static uint8_t *small_model(struct build *build, size_t *size) {
    static const float contents[3] = {1, 2, 3};
    build_start(build, 13);
    build_node(build, "Relu", "x", "y");
    build_raw(build, build_initializer(build, "w", DTYPE_FLOAT32, "3"), contents, sizeof contents);
    return build_pack(build, size);
}

START_TEST(truncated_anywhere) {
    struct build build;
    struct loaded loaded;
    size_t size;
    uint8_t *bytes = small_model(&build, &size);
    for (size_t length = 0; length <= size; length++) {
        uint8_t *copy = malloc(length + 1); /* so that a sanitizer sees reads behind the end */
        memcpy(copy, bytes, length);
        copy = realloc(copy, length ? length : 1);
        load_bytes(&loaded, copy, length, NULL, NULL);
        loaded_expect(&loaded, "truncated", length < size ? SNV2_BAD_MODEL : SNV2_OK, "");
        loaded_free(&loaded);
        free(copy);
    }
    arena_free(&build.arena);
}
END_TEST

START_TEST(every_byte_changed) {
    struct build build;
    struct loaded loaded;
    size_t size;
    uint8_t *bytes = small_model(&build, &size);
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (uint8_t)(1 << bit);
            load_bytes(&loaded, bytes, size, NULL, NULL);
            ck_assert_int_ne(loaded.status, SNV2_INTERNAL);
            ck_assert_int_ne(loaded.status, SNV2_NO_MEMORY);
            loaded_free(&loaded);
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    arena_free(&build.arena);
}
END_TEST

START_TEST(garbage_behind) {
    struct build build;
    struct loaded loaded;
    size_t size;
    uint8_t *bytes = small_model(&build, &size), more[4096];
    memcpy(more, bytes, size);
    memcpy(more + size, "garbage", 7);
    load_bytes(&loaded, more, size + 7, NULL, NULL);
    loaded_expect(&loaded, "garbage", SNV2_BAD_MODEL, "is this an ONNX file?");
    ck_assert_int_eq(loaded.diagnostic.offset, (int64_t)size);
    loaded_free(&loaded);
    arena_free(&build.arena);
}
END_TEST

/* Fields that no schema knows, of every legal wire type, are skipped. */
START_TEST(unknown_fields) {
    static const char unknown[] = "\xf8\x07\x2a"
                                  "\xf9\x07"
                                  "12345678"
                                  "\xfa\x07\x03"
                                  "a\0\xff"
                                  "\xfd\x07"
                                  "1234";
    struct build build;
    struct loaded loaded;
    size_t size;
    uint8_t *bytes = small_model(&build, &size), more[4096];
    memcpy(more, unknown, sizeof unknown - 1);
    memcpy(more + sizeof unknown - 1, bytes, size);
    load_bytes(&loaded, more, size + sizeof unknown - 1, NULL, NULL);
    loaded_expect(&loaded, "unknown fields", SNV2_OK, "");
    loaded_free(&loaded);
    arena_free(&build.arena);
}
END_TEST

/* `depth` messages within each other: keys[i % key_count] is the field that holds the next. */
static size_t nest(uint8_t *bytes, const uint8_t *keys, size_t key_count, int depth) {
    uint8_t scratch[4096];
    size_t size = 0;
    for (int i = depth - 1; i >= 0; i--) {
        uint8_t head[4] = {keys[(size_t)i % key_count]};
        size_t head_size = 1;
        for (size_t rest = size; head_size < 2 || rest; rest >>= 7)
            head[head_size++] = (uint8_t)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
        memcpy(scratch, bytes, size);
        memcpy(bytes, head, head_size);
        memcpy(bytes + head_size, scratch, size);
        size += head_size;
    }
    return size;
}

START_TEST(nesting) {
    static const struct {
        const char *name;
        const ProtobufCMessageDescriptor *root;
        uint8_t keys[3];
        size_t key_count;
    } cases[] = {
        /* GraphProto.node, NodeProto.attribute, AttributeProto.g */
        {"subgraphs", &onnx__graph_proto__descriptor, {0x0a, 0x2a, 0x32}, 3},
        /* TypeProto.sequence_type, Sequence.elem_type */
        {"sequences", &onnx__type_proto__descriptor, {0x22, 0x0a}, 2},
        /* TypeProto.optional_type, Optional.elem_type */
        {"optionals", &onnx__type_proto__descriptor, {0x4a, 0x0a}, 2},
    };
    uint8_t bytes[4096];
    uint64_t heap;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct snv2_diagnostic diagnostic = {0};
        size_t size = nest(bytes, cases[i].keys, cases[i].key_count, WIRE_MAX_DEPTH - 1);
        ck_assert_int_eq(wire_scan(bytes, size, cases[i].root, UINT64_MAX, &heap, &diagnostic),
                         SNV2_OK);
        size = nest(bytes, cases[i].keys, cases[i].key_count, WIRE_MAX_DEPTH);
        ck_assert_int_eq(wire_scan(bytes, size, cases[i].root, UINT64_MAX, &heap, &diagnostic),
                         SNV2_BAD_MODEL);
        ck_assert_msg(strstr(diagnostic.message, "nested more than 32"), "%s: %s", cases[i].name,
                      diagnostic.message);
    }
}
END_TEST

/* Two bytes of the file that become hundreds of heap; what the scan predicts holds. */
START_TEST(bombs) {
    static const struct {
        const char *name;
        const ProtobufCMessageDescriptor *root;
        const char pair[3];
    } cases[] = {
        {"empty nodes", &onnx__graph_proto__descriptor, "\x0a\x00"},
        {"empty attributes", &onnx__node_proto__descriptor, "\x2a\x00"},
        {"empty strings", &onnx__node_proto__descriptor, "\x0a\x00"},
        {"varints", &onnx__tensor_proto__descriptor, "\x08\x01"},
        {"unknown fields", &onnx__tensor_proto__descriptor, "\x7a\x00"},
        {"one string again and again", &onnx__tensor_proto__descriptor, "\x42\x00"},
    };
    enum { PAIRS = 40000 };
    uint8_t *bytes = malloc(2 * PAIRS);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct snv2_diagnostic diagnostic = {0};
        struct budget budget;
        uint64_t heap;
        void *message;
        for (size_t i = 0; i < PAIRS; i++)
            memcpy(bytes + 2 * i, cases[c].pair, 2);
        ck_assert_int_eq(wire_scan(bytes, 2 * PAIRS, cases[c].root, UINT64_MAX, &heap, &diagnostic),
                         SNV2_OK);
        ck_assert_int_eq(wire_scan(bytes, 2 * PAIRS, cases[c].root, heap - 1, &heap, &diagnostic),
                         SNV2_BAD_MODEL);
        ck_assert_ptr_nonnull(strstr(diagnostic.message, "bytes allowed"));
        budget_init(&budget, heap);
        ck_assert_int_eq(
            parse_message(bytes, 2 * PAIRS, cases[c].root, &budget, &message, &diagnostic),
            SNV2_OK);
        ck_assert_msg(budget.arena.total <= heap && heap <= 4 * budget.arena.total,
                      "%s: predicted %llu, taken %llu", cases[c].name, (unsigned long long)heap,
                      (unsigned long long)budget.arena.total);
        budget_free(&budget);
    }
    free(bytes);
}
END_TEST

/* ---- files ---- */

static char folder[] = "/tmp/test_wire.XXXXXX";

static const char *in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static enum snv2_status load_file(const char *path, struct snv2_diagnostic *diagnostic) {
    static const struct onnx_options options = {.input_shapes = NULL};
    struct arena arena;
    struct graph *graph;
    struct onnx_info info;
    arena_init(&arena, UINT64_MAX);
    enum snv2_status status = onnx_load_file(path, &options, &arena, &graph, &info, diagnostic);
    arena_free(&arena);
    return status;
}

static void make_folder(void) {
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void) {
    static const char *const names[] = {"model.onnx", "large.onnx", "fifo", "closed.onnx"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_folder(names[i]));
    ck_assert_int_eq(rmdir(folder), 0);
}

static void write_model(const char *path) {
    struct build build;
    size_t size;
    uint8_t *bytes = small_model(&build, &size);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
    arena_free(&build.arena);
}

START_TEST(files) {
    struct snv2_diagnostic diagnostic = {0};
    write_model(in_folder("model.onnx"));
    ck_assert_int_eq(load_file(in_folder("model.onnx"), &diagnostic), SNV2_OK);
    ck_assert_int_eq(load_file(in_folder("missing.onnx"), &diagnostic), SNV2_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "no such file"));
    ck_assert_ptr_nonnull(strstr(diagnostic.file, "missing.onnx"));
    ck_assert_int_eq(load_file(in_folder("model.onnx/x"), &diagnostic), SNV2_NO_INPUT);
    ck_assert_int_eq(load_file(folder, &diagnostic), SNV2_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "directory"));
    ck_assert_int_eq(load_file("/dev/zero", &diagnostic), SNV2_NO_INPUT);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "not a regular file"));
    ck_assert_int_eq(mkfifo(in_folder("fifo"), 0600), 0);
    ck_assert_int_eq(load_file(in_folder("fifo"), &diagnostic), SNV2_NO_INPUT);
    write_model(in_folder("closed.onnx"));
    ck_assert_int_eq(chmod(in_folder("closed.onnx"), 0), 0);
    if (geteuid() != 0)
        ck_assert_int_eq(load_file(in_folder("closed.onnx"), &diagnostic), SNV2_PERMISSION);
}
END_TEST

START_TEST(two_gigabytes) {
    struct snv2_diagnostic diagnostic = {0};
    int fd = open(in_folder("large.onnx"), O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, (off_t)1 << 31), 0);
    close(fd);
    ck_assert_int_eq(load_file(in_folder("large.onnx"), &diagnostic), SNV2_BAD_MODEL);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "more than 2147483647 bytes"));
}
END_TEST

START_TEST(standard_input) {
    struct snv2_diagnostic diagnostic = {0};
    write_model(in_folder("model.onnx"));
    int fd = open(in_folder("model.onnx"), O_RDONLY);
    ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    ck_assert_int_eq(load_file("-", &diagnostic), SNV2_OK);
    ck_assert_int_eq(load_file("-", &diagnostic), SNV2_BAD_MODEL);
    ck_assert_str_eq(diagnostic.file, "standard input");
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "empty"));
    close(fd);
}
END_TEST

/* ---- memory ---- */

START_TEST(parser_out_of_memory) {
    struct build build;
    size_t size;
    uint8_t *bytes = small_model(&build, &size);
    enum snv2_status status = SNV2_NO_MEMORY;
    int64_t failing = 0;
    for (; status == SNV2_NO_MEMORY; failing++) {
        struct snv2_diagnostic diagnostic = {0};
        struct budget budget;
        void *message;
        budget_init(&budget, UINT64_MAX);
        budget.allocations_left = failing;
        status = parse_message(bytes, size, &onnx__model_proto__descriptor, &budget, &message,
                               &diagnostic);
        budget_free(&budget);
    }
    ck_assert_int_eq(status, SNV2_OK);
    ck_assert_int_gt(failing, 20);
    arena_free(&build.arena);
}
END_TEST

/* The graph's arena ends at every allocation in turn. */
START_TEST(graph_out_of_memory) {
    static const struct onnx_options options = {.input_shapes = NULL};
    struct build build;
    size_t size;
    uint8_t *bytes = small_model(&build, &size);
    enum snv2_status status = SNV2_NO_MEMORY;
    uint64_t allowed = 0;
    for (; status == SNV2_NO_MEMORY; allowed += 4) {
        struct snv2_diagnostic diagnostic = {0};
        struct arena arena;
        struct graph *graph;
        struct onnx_info info;
        arena_init(&arena, allowed);
        status = onnx_load_memory(bytes, size, NULL, &options, &arena, &graph, &info, &diagnostic);
        arena_free(&arena);
    }
    ck_assert_int_eq(status, SNV2_OK);
    ck_assert_uint_gt(allowed, 1000);
    arena_free(&build.arena);
}
END_TEST

/* Reading has less and less: too little for the parser is refused, for what follows runs out. */
START_TEST(reading_out_of_memory) {
    struct build build;
    size_t size;
    uint8_t *bytes = small_model(&build, &size);
    bool refused = false, ran_out = false;
    enum snv2_status status;
    uint64_t allowed = size;
    do {
        struct onnx_options options = {.memory_budget = allowed};
        struct loaded loaded;
        load_bytes(&loaded, bytes, size, NULL, &options);
        status = loaded.status;
        ck_assert(status == SNV2_OK || status == SNV2_NO_MEMORY || status == SNV2_BAD_MODEL);
        refused = refused || status == SNV2_BAD_MODEL;
        ran_out = ran_out || status == SNV2_NO_MEMORY;
        ck_assert(status != SNV2_BAD_MODEL || !ran_out);
        loaded_free(&loaded);
        allowed += 8;
    } while (status);
    ck_assert(refused && ran_out);
    arena_free(&build.arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("wire");
    TCase *tests = tcase_create("bytes"), *files_tests = tcase_create("files");
    tcase_add_loop_test(tests, hostile_bytes, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(tests, truncated_anywhere);
    tcase_add_test(tests, every_byte_changed);
    tcase_add_test(tests, garbage_behind);
    tcase_add_test(tests, unknown_fields);
    tcase_add_test(tests, nesting);
    tcase_add_test(tests, bombs);
    tcase_add_test(tests, parser_out_of_memory);
    tcase_add_test(tests, graph_out_of_memory);
    tcase_add_test(tests, reading_out_of_memory);
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(files_tests, make_folder, remove_folder);
    tcase_add_test(files_tests, files);
    tcase_add_test(files_tests, two_gigabytes);
    tcase_add_test(files_tests, standard_input);
    suite_add_tcase(suite, files_tests);
    return tap_run(suite);
}
