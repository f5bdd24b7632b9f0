/* Loading what is no sound blob (section B of the list of hostile inputs): every case is refused
 * with its message, and no byte of a blob, whatever its value, makes the loader misbehave. Most
 * cases have right checksums, since a checksum is no signature. */
#include "tests/sample_blob.h"
#include "tests/tap.h"

#include "snv2/runtime.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct blob_builder builder;
static unsigned char *bytes;
static size_t size;

static void finish(void) {
    free(bytes);
    bytes = builder_finish(&builder, &size);
}

static void set_up(void) {
    sample_build(&builder);
    finish();
}

static void tear_down(void) {
    free(bytes);
    bytes = NULL;
}

static enum snv2_status open_and_close(const void *blob, size_t blob_size,
                                       struct snv2_diagnostic *diagnostic) {
    struct snv2_model *model;
    enum snv2_status status = snv2_open_memory(blob, blob_size, &model, diagnostic);
    ck_assert_int_eq(status == SNV2_OK, model != NULL);
    snv2_close(model);
    return status;
}

static void check_refused(const char *name, const char *text) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    enum snv2_status status = open_and_close(bytes, size, &diagnostic);
    ck_assert_msg(status == SNV2_BAD_MODEL, "%s: status %d", name, status);
    ck_assert_msg(strstr(diagnostic.message, text) != NULL, "%s: '%s' is not in: %s", name, text,
                  diagnostic.message);
    ck_assert_msg(diagnostic.offset >= 0 && (uint64_t)diagnostic.offset <= size,
                  "%s: at offset %lld", name, (long long)diagnostic.offset);
}

/* ---- mutations of records: the blob is made with right checksums after them ---- */

#define TENSOR(number) builder.tensors[TENSOR_##number]
#define COMMAND(number) builder.commands[COMMAND_##number]
#define RUN(number, index) builder.runs[COMMAND(number).operands[0].first_run + (index)]

/* Gives a tensor the memory of another. */
static void move_tensor(int tensor, int to) {
    builder.tensors[tensor].offset = builder.tensors[to].offset;
}

/* Makes a tensor a view of another, from its start. */
static void make_view(int tensor, int owner) {
    struct snv2_blob_tensor *view = &builder.tensors[tensor];
    view->owner = (uint32_t)owner;
    view->offset = 0;
    view->bytes = 4;
    for (int axis = 0; axis < view->rank; axis++)
        view->bytes += (uint64_t)((view->dims[axis] - 1) * view->strides[axis]) * 4;
}

/* Makes the sample a model of which a run may have one image. */
static void carry_images(void) {
    for (uint32_t i = 0; i < builder.tensor_count; i++)
        builder.tensors[i].images = SAMPLE_IMAGES;
}

/* A view with the dims of COMMAND_TOP's operand but for the last, along which one element is
 * repeated more often than a float counts. */
static uint32_t append_long_view(void) {
    struct snv2_blob_tensor *view = &builder.tensors[builder.tensor_count];
    *view = TENSOR(PRODUCT);
    view->owner = TENSOR_PRODUCT;
    view->offset = 0;
    view->dims[3] = SNV2_MAX_POSITIONS + 1;
    view->strides[3] = 0;
    view->bytes = 4;
    for (int axis = 0; axis < view->rank; axis++)
        view->bytes += (uint64_t)((view->dims[axis] - 1) * view->strides[axis]) * 4;
    return builder.tensor_count++;
}

static void swap_commands(int a, int b) {
    struct snv2_blob_command command = builder.commands[a];
    builder.commands[a] = builder.commands[b];
    builder.commands[b] = command;
}

START_TEST(test_bad_records) {
#define CASE(name, change, text)                                                                   \
    set_up();                                                                                      \
    change;                                                                                        \
    finish();                                                                                      \
    check_refused(name, text);                                                                     \
    tear_down();
#include "tests/bad_records.def"
#undef CASE
}
END_TEST

/* ---- mutations of the finished bytes ---- */

static struct snv2_blob_header *header(void) {
    return (struct snv2_blob_header *)bytes;
}

static struct snv2_blob_entry *entry(enum snv2_blob_section kind) {
    return blob_entry(bytes, kind);
}

static void grow(size_t count) {
    unsigned char *longer = aligned_alloc(64, size + count);
    ck_assert_ptr_nonnull(longer);
    memset(longer, 0, size + count);
    memcpy(longer, bytes, size);
    free(bytes);
    bytes = longer;
    size += count;
}

START_TEST(test_bad_bytes) {
#define CASE(name, change, text)                                                                   \
    set_up();                                                                                      \
    change;                                                                                        \
    blob_seal(bytes, size);                                                                        \
    check_refused(name, text);                                                                     \
    tear_down();
#include "tests/bad_bytes.def"
#undef CASE
}
END_TEST

START_TEST(test_wrong_checksums) {
    header()->arena_bytes ^= 64;
    check_refused("header", "header's checksum");
    header()->arena_bytes ^= 64;
    for (int kind = SNV2_SECTION_TENSORS; kind <= SNV2_SECTION_INDICES; kind++) {
        char text[64];
        snprintf(text, sizeof text, "checksum of section kind %d ", kind);
        bytes[entry(kind)->offset] ^= 1;
        check_refused(text, text);
        bytes[entry(kind)->offset] ^= 1;
    }
    bytes[size - 1] = 1; /* behind the metadata */
    check_refused("padding at the end", "zeros up to");
}
END_TEST

START_TEST(test_nonzero_padding) {
    const struct snv2_blob_entry *strings = entry(SNV2_SECTION_STRINGS);
    ck_assert_uint_ne(strings->bytes % 64, 0);
    bytes[strings->offset + strings->bytes] = 1;
    check_refused("padding", "bytes between sections");
}
END_TEST

/* What a later minor version may do: sections that can be ignored, longer records. */
START_TEST(test_later_minor_version) {
    struct snv2_blob_entry *marks = entry(SNV2_SECTION_MARKS);
    header()->minor = 7;
    marks->kind = 0x8000;
    blob_seal(bytes, size);
    ck_assert_int_eq(open_and_close(bytes, size, NULL), SNV2_OK);
    marks->kind = SNV2_SECTION_MARKS;
    marks->stride = 32; /* one mark in a longer record */
    marks->bytes = 32;
    memset(bytes + marks->offset + 16, 0xaa, 16);
    blob_seal(bytes, size);
    ck_assert_int_eq(open_and_close(bytes, size, NULL), SNV2_OK);
}
END_TEST

/* Tensors placed side by side in a larger one, which is then read whole. */
static void place_two(void) {
    uint32_t base = builder_map(&builder, SAMPLE_IMAGES, 48, 4, 4);
    for (int tensor = TENSOR_DEPTH; tensor <= TENSOR_GROUP; tensor++) {
        memcpy(builder.tensors[tensor].strides, builder.tensors[base].strides,
               sizeof builder.tensors[base].strides);
        make_view(tensor, (int)base);
    }
    builder.tensors[TENSOR_GROUP].offset = 24 * 4;
    RUN(COPY, 0).tensor = base; /* copies 24 of the 48 channels */
    RUN(COPY, 0).first = 12;
}

START_TEST(test_placed_tensors) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    place_two();
    finish();
    ck_assert_msg(open_and_close(bytes, size, &diagnostic) == SNV2_OK, "%s", diagnostic.message);
    /* Side by side, but one channel of them on top of another. */
    builder.tensors[TENSOR_GROUP].offset -= 4;
    finish();
    check_refused("placed tensors overlap", "where another was written");
    builder.tensors[TENSOR_GROUP].offset += 4;
    builder.tensors[TENSOR_GROUP].dims[1] = 24;
    COMMAND(GROUP).output = TENSOR_SUM; /* now half of the base is nobody's */
    COMMAND(ADD).output = TENSOR_GROUP;
    swap_commands(COMMAND_GROUP, COMMAND_ADD);
    finish();
    check_refused("not filled", "not all of it is written");
}
END_TEST

/* ---- every byte and every length ---- */

/* A copy of its own size, so that memory checkers see the first byte that is read past its end. */
START_TEST(test_every_truncation) {
    for (size_t length = 0; length < size; length++) {
        unsigned char *start = aligned_alloc(64, (length + 63) / 64 * 64 + 64);
        ck_assert_ptr_nonnull(start);
        memcpy(start, bytes, length);
        ck_assert_int_eq(open_and_close(start, length, NULL), SNV2_BAD_MODEL);
        if (length >= sizeof(struct snv2_blob_header)) { /* the same with checksums that fit */
            ((struct snv2_blob_header *)start)->file_bytes = length;
            blob_seal(start, length);
            ck_assert_int_eq(open_and_close(start, length, NULL), SNV2_BAD_MODEL);
        }
        free(start);
    }
}
END_TEST

/* Runs what loads: with right checksums it may be another network, but never one that misbehaves.
 */
static void try_to_run(void) {
    static float input[SAMPLE_INPUT], scores[SAMPLE_SCORES], map[SAMPLE_MAP];
    struct snv2_model *model;
    struct snv2_context *context;
    if (snv2_open_memory(bytes, size, &model, NULL) != SNV2_OK)
        return;
    const void *inputs[] = {input};
    void *outputs[] = {scores, map};
    bool same_interface = snv2_input_count(model) == 1 && snv2_output_count(model) == 2 &&
                          snv2_input(model, 0)->bytes == sizeof input &&
                          snv2_output(model, 0)->bytes == sizeof scores &&
                          snv2_output(model, 1)->bytes == sizeof map;
    if (same_interface && snv2_context_new(model, NULL, &context, NULL) == SNV2_OK) {
        snv2_run(context, inputs, outputs);
        snv2_context_free(context);
    }
    snv2_close(model);
}

/* Every byte of the header, the table and the records; weights hold nothing but numbers. */
START_TEST(test_every_byte_flipped) {
    static const unsigned char masks[] = {0x01, 0x80, 0xff};
    size_t weights = entry(SNV2_SECTION_WEIGHTS)->offset;
    size_t behind = weights + entry(SNV2_SECTION_WEIGHTS)->bytes;
    for (size_t at = 0; at < size; at++) {
        if (at == weights)
            at = behind;
        unsigned char saved = bytes[at];
        for (size_t i = 0; i < sizeof masks; i++) {
            bytes[at] = saved ^ masks[i];
            ck_assert_int_eq(open_and_close(bytes, size, NULL), SNV2_BAD_MODEL);
            blob_seal(bytes, size);
            try_to_run();
            bytes[at] = saved;
            blob_seal(bytes, size);
        }
    }
}
END_TEST

START_TEST(test_sound) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    ck_assert_msg(open_and_close(bytes, size, &diagnostic) == SNV2_OK, "%s", diagnostic.message);
}
END_TEST

START_TEST(test_images) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    carry_images();
    finish();
    ck_assert_msg(open_and_close(bytes, size, &diagnostic) == SNV2_OK, "%s", diagnostic.message);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("blob");
    TCase *cases = tcase_create("cases"), *sample = tcase_create("the sample");
    tcase_add_test(cases, test_bad_records);
    tcase_add_test(cases, test_bad_bytes);
    suite_add_tcase(suite, cases);
    tcase_set_timeout(sample, 240);
    tcase_add_checked_fixture(sample, set_up, tear_down);
    tcase_add_test(sample, test_sound);
    tcase_add_test(sample, test_images);
    tcase_add_test(sample, test_wrong_checksums);
    tcase_add_test(sample, test_nonzero_padding);
    tcase_add_test(sample, test_later_minor_version);
    tcase_add_test(sample, test_placed_tensors);
    tcase_add_test(sample, test_every_truncation);
    tcase_add_test(sample, test_every_byte_flipped);
    suite_add_tcase(suite, sample);
    return tap_run(suite);
}
