/* The blob writer: the bytes by the format's page, the field tables, and the same bytes each time.
 */
#include "tests/tap.h"

#include "base/blob_fields.h"
#include "emit/emit.h"
#include "ir/text.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static struct arena arena;
static struct snv2_diagnostic diagnostic;

static void setup(void) {
    arena_init(&arena, UINT64_MAX);
}

static void teardown(void) {
    arena_free(&arena);
}

static const char network[] = "graph g\n"
                              "input image: float32[1,3,8,8]\n"
                              "const w: float32[20,3,3,3] = random(1)\n"
                              "const f: float32[20,5] = random(2)\n"
                              "a = Conv(image, w) {strides=[2,2], activation=relu} @tail 1\n"
                              "p = GlobalAveragePool(a) @tail 1\n"
                              "q = Flatten(p)\n"
                              "scores = Gemm(q, f)\n"
                              "output scores\n";

static const struct metadata_pair metadata[] = {{"converter", "1.0.0"}, {"source", ""}};

static struct program *make_program(void) {
    struct graph *graph;
    struct program *program;
    ck_assert_int_eq(graph_read_text(network, &arena, &graph, &diagnostic), SNV2_OK);
    ck_assert_int_eq(lower_graph(graph, &arena, &program, &diagnostic), SNV2_OK);
    ck_assert_int_eq(plan_memory(program, &arena, &diagnostic), SNV2_OK);
    return program;
}

static const unsigned char *emit(const struct program *program, int metadata_count, size_t *size) {
    const void *bytes;
    ck_assert_int_eq(
        emit_blob(program, metadata, metadata_count, &arena, &bytes, size, &diagnostic), SNV2_OK);
    return bytes;
}

/* A little-endian number of `bytes` bytes, whatever the host is. */
static uint64_t number_at(const unsigned char *at, int bytes) {
    uint64_t value = 0;
    for (int i = bytes; i-- > 0;)
        value = value << 8 | at[i];
    return value;
}

START_TEST(test_header) {
    size_t size;
    struct program *program = make_program();
    const unsigned char *file = emit(program, 2, &size);
    ck_assert_uint_eq((uintptr_t)file % 64, 0);
    ck_assert_uint_eq(size % 64, 0);
    ck_assert_mem_eq(file, "\x89SNV2\r\n\x1a", 8);
    ck_assert_uint_eq(number_at(file + 8, 2), 1);
    ck_assert_uint_eq(number_at(file + 10, 2), 0);
    ck_assert_uint_eq(number_at(file + 12, 4), 64);
    ck_assert_uint_eq(number_at(file + 16, 8), size);
    ck_assert_uint_eq(number_at(file + 24, 8), program->arena_bytes);
    ck_assert_uint_gt(program->arena_bytes, 0);
    ck_assert_uint_eq(number_at(file + 32, 4), 8);
    for (int i = 36; i < 60; i++)
        ck_assert_int_eq(file[i], 0);
    ck_assert_uint_eq(number_at(file + 60, 4), crc32_ieee(file, 60));
}
END_TEST

START_TEST(test_crc) {
    ck_assert_uint_eq(crc32_ieee("123456789", 9), 0xcbf43926);
    ck_assert_uint_eq(crc32_ieee("", 0), 0);
}
END_TEST

/* Sections follow one another, aligned, with zeros between; each hash is that of the bytes. */
START_TEST(test_sections) {
    static const unsigned strides[] = {160, 16, 128, 16, 1, 1, 8, 4};
    size_t size;
    const unsigned char *file = emit(make_program(), 2, &size);
    uint64_t end = 64 + 8 * 32;
    for (unsigned i = 0; i < 8; i++) {
        const unsigned char *entry = file + 64 + 32 * i;
        uint64_t offset = number_at(entry + 8, 8), bytes = number_at(entry + 16, 8);
        ck_assert_uint_eq(number_at(entry, 4), i + 1);
        ck_assert_uint_eq(number_at(entry + 4, 4), strides[i]);
        ck_assert_uint_eq(bytes % strides[i], 0);
        ck_assert_uint_eq(offset, (end + 63) / 64 * 64);
        for (; end < offset; end++)
            ck_assert_int_eq(file[end], 0);
        end += bytes;
        ck_assert_uint_le(end, size);
        ck_assert_uint_eq(number_at(entry + 24, 8), XXH3_64bits(file + offset, bytes));
    }
    ck_assert_uint_eq(size, (end + 63) / 64 * 64);
    for (; end < size; end++)
        ck_assert_int_eq(file[end], 0);
}
END_TEST

static const unsigned char *section(const unsigned char *file, int kind, uint64_t *bytes) {
    const unsigned char *entry = file + 64 + 32 * (kind - 1);
    *bytes = number_at(entry + 16, 8);
    return file + number_at(entry + 8, 8);
}

/* Fields at their places: one command, one tensor, the strings, the metadata, a weight. */
START_TEST(test_records) {
    size_t size;
    uint64_t bytes, strings_bytes;
    struct program *program = make_program();
    const unsigned char *file = emit(program, 2, &size);
    const char *strings = (const char *)section(file, SNV2_SECTION_STRINGS, &strings_bytes);
    ck_assert_int_eq(strings[0], '\0');
    ck_assert_int_eq(strings[strings_bytes - 1], '\0');

    const unsigned char *command = section(file, SNV2_SECTION_COMMANDS, &bytes);
    ck_assert_uint_eq(bytes, 3 * 128);
    ck_assert_uint_eq(number_at(command, 2), SNV2_OPCODE_CONV);
    ck_assert_int_eq(command[2], SNV2_ACTIVATION_RELU);
    ck_assert_str_eq(strings + number_at(command + 4, 4), "a");
    ck_assert_uint_eq(number_at(command + 16 + 4, 4), 1);
    ck_assert_uint_eq(number_at(command + 48, 4), 2);
    ck_assert_uint_eq(number_at(command + 52, 4), 1);
    ck_assert_uint_eq(number_at(command + 72, 2), 3);
    ck_assert_uint_eq(number_at(command + 76, 2), 2);

    const unsigned char *tensor = section(file, SNV2_SECTION_TENSORS, &bytes);
    ck_assert_str_eq(strings + number_at(tensor, 4), "image");
    ck_assert_int_eq(tensor[6], 4);
    ck_assert_uint_eq(number_at(tensor + 24, 8), 3 * 8 * 8 * 4);
    ck_assert_uint_eq(number_at(tensor + 32 + 8, 8), 3);
    ck_assert_uint_eq(number_at(tensor + 96 + 8, 8), 64);
    ck_assert_str_eq(strings + number_at(tensor + 160, 4), "scores");
    ck_assert_uint_eq(number_at(tensor + 160 + 8, 4), 1);
    ck_assert_uint_eq(number_at(tensor + 2 * 160 + 96 + 24, 8), 32);

    const unsigned char *mark = section(file, SNV2_SECTION_MARKS, &bytes);
    ck_assert_uint_eq(bytes, 16);
    ck_assert_uint_eq(number_at(mark, 4), SNV2_MARK_TAIL);
    ck_assert_uint_eq(number_at(mark + 8, 4), 2);

    const unsigned char *pair = section(file, SNV2_SECTION_METADATA, &bytes);
    ck_assert_uint_eq(bytes, 16);
    ck_assert_str_eq(strings + number_at(pair, 4), "converter");
    ck_assert_str_eq(strings + number_at(pair + 4, 4), "1.0.0");
    ck_assert_str_eq(strings + number_at(pair + 8, 4), "source");
    ck_assert_str_eq(strings + number_at(pair + 12, 4), "");

    const unsigned char *weights = section(file, SNV2_SECTION_WEIGHTS, &bytes);
    ck_assert_uint_eq(bytes, program->weights_bytes);
    for (uint64_t i = 0; i < bytes / 4; i++) {
        uint32_t bits;
        memcpy(&bits, program->weights + 4 * i, 4);
        ck_assert_uint_eq(number_at(weights + 4 * i, 4), bits);
    }
}
END_TEST

START_TEST(test_deterministic) {
    size_t one_size, two_size;
    const unsigned char *one = emit(make_program(), 2, &one_size);
    const unsigned char *two = emit(make_program(), 2, &two_size);
    ck_assert_uint_eq(one_size, two_size);
    ck_assert_mem_eq(one, two, one_size);
}
END_TEST

/* No commands, no weights, no metadata: all sections are there and empty but for the strings. */
START_TEST(test_empty) {
    struct program program = {.strings = "", .strings_bytes = 1};
    size_t size;
    uint64_t bytes;
    const unsigned char *file = emit(&program, 0, &size);
    for (int kind = SNV2_SECTION_TENSORS; kind <= SNV2_SECTION_INDICES; kind++) {
        section(file, kind, &bytes);
        ck_assert_uint_eq(bytes, kind == SNV2_SECTION_STRINGS);
    }
    ck_assert_uint_eq(size, 384);
}
END_TEST

START_TEST(test_no_memory) {
    struct program *program = make_program();
    enum snv2_status status = SNV2_NO_MEMORY;
    for (uint64_t budget = 0; status != SNV2_OK; budget += 64) {
        struct arena small;
        const void *bytes;
        size_t size;
        arena_init(&small, budget);
        status = emit_blob(program, metadata, 2, &small, &bytes, &size, &diagnostic);
        ck_assert(status == SNV2_OK || status == SNV2_NO_MEMORY);
        arena_free(&small);
    }
}
END_TEST

static const struct blob_record *const records[] = {
    &blob_header_record,  &blob_entry_record, &blob_tensor_record,   &blob_run_record,
    &blob_command_record, &blob_mark_record,  &blob_metadata_record, &blob_word_record,
};

/* Every byte of a record is in one field at most, and only single bytes are in none. */
START_TEST(test_fields) {
    static const int loose[] = {8, 0, 4, 0, 6, 0, 0, 0}; /* magic, dtype.., activation.. */
    const struct blob_record *record = records[_i];
    int covered[160] = {0}, uncovered = 0;
    ck_assert_uint_le(record->bytes, sizeof covered / sizeof *covered);
    for (int f = 0; f < record->field_count; f++) {
        const struct blob_field *field = &record->fields[f];
        ck_assert_uint_eq(field->offset % field->bytes, 0);
        for (int i = 0; i < field->bytes * field->count; i++)
            covered[field->offset + i]++;
    }
    for (int i = 0; i < record->bytes; i++) {
        ck_assert_int_le(covered[i], 1);
        uncovered += !covered[i];
    }
    ck_assert_int_eq(uncovered, loose[_i]);
}
END_TEST

START_TEST(test_swap) {
    unsigned char bytes[2 * 20 + 1];
    const struct snv2_blob_run runs[2] = {{0x01020304, 5, 6, -2}, {1, 0, 3, 0x0a0b0c0d}};
    memset(bytes, 0xee, sizeof bytes);
    memcpy(bytes + 1, &runs[0], sizeof runs[0]);
    memcpy(bytes + 21, &runs[1], sizeof runs[1]);
    blob_swap(&blob_run_record, bytes + 1, 2, 20);
    ck_assert_uint_eq(bytes[1], ((const unsigned char *)&runs[0])[3]);
    ck_assert_uint_eq(bytes[21 + 12], ((const unsigned char *)&runs[1])[15]);
    ck_assert_uint_eq(bytes[17], 0xee);
    blob_swap(&blob_run_record, bytes + 1, 2, 20);
    ck_assert_mem_eq(bytes + 1, &runs[0], sizeof runs[0]);
    ck_assert_mem_eq(bytes + 21, &runs[1], sizeof runs[1]);
}
END_TEST

static Suite *emit_suite(void) {
    Suite *suite = suite_create("emit");
    TCase *tests = tcase_create("emit");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_header);
    tcase_add_test(tests, test_crc);
    tcase_add_test(tests, test_sections);
    tcase_add_test(tests, test_records);
    tcase_add_test(tests, test_deterministic);
    tcase_add_test(tests, test_empty);
    tcase_add_test(tests, test_no_memory);
    tcase_add_loop_test(tests, test_fields, 0, sizeof records / sizeof *records);
    tcase_add_test(tests, test_swap);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void) {
    return tap_run(emit_suite());
}
