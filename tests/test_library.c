/* The converter as a library: from files and memory, to files and memory, and what it says where it
 * cannot. */
#include "tests/tap.h"

#include "snv2/convert.h"
#include "snv2/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char digits[4096], folder[] = "/tmp/test_library.XXXXXX", output[64], onnx[64];
static struct snv2_diagnostic diagnostic;

static void setup(void) {
    const char *source = getenv("SNV2_SRCDIR");
    snprintf(digits, sizeof digits, "%s/models/digits.onnx", source ? source : ".");
    strcpy(folder + sizeof folder - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(output, sizeof output, "%s/digits.snv2", folder);
    snprintf(onnx, sizeof onnx, "%s/digits.onnx", folder);
}

static void teardown(void) {
    unlink(output);
    unlink(onnx);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    char *bytes = malloc(1 << 20);
    ck_assert_ptr_nonnull(bytes);
    *size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static struct snv2_conversion *convert(const struct snv2_convert_options *options,
                                       enum snv2_status expected) {
    struct snv2_conversion *conversion;
    enum snv2_status status = snv2_convert(options, &conversion, &diagnostic);
    ck_assert_msg(status == expected, "status %d: %s", status, diagnostic.message);
    ck_assert_ptr_nonnull(conversion);
    return conversion;
}

/* Frames, a function and labels, and what of them is wrong. */
START_TEST(test_ports) {
    static const char *const frames[] = {"u8,scale=1,mean=78,std=82"};
    static const char *const functions[] = {":softmax"};
    char labels[4200];
    snprintf(labels, sizeof labels, "%.*s/labels.txt", (int)strlen(digits) - 5, digits);
    struct snv2_convert_options options = {.model = digits,
                                           .frames = frames,
                                           .frame_count = 1,
                                           .functions = functions,
                                           .function_count = 1,
                                           .labels = labels};
    struct snv2_conversion *conversion = convert(&options, SNV2_OK);
    struct snv2_model *model;
    size_t size;
    const void *bytes = snv2_conversion_model(conversion, &size);
    ck_assert_int_eq(snv2_open_memory(bytes, size, &model, &diagnostic), SNV2_OK);
    ck_assert_uint_eq(snv2_input_frame(model, 0)->row_bytes, 32);
    ck_assert_str_eq(snv2_label(model, 0, 3), "three");
    snv2_close(model);
    snv2_conversion_free(conversion);
    static const char *const wrong[] = {"u8,mean=", ":tanh"};
    options.frames = wrong;
    snv2_conversion_free(convert(&options, SNV2_USAGE));
    options.frames = frames;
    options.functions = wrong + 1;
    snv2_conversion_free(convert(&options, SNV2_USAGE));
    options.function_count = -1;
    snv2_conversion_free(convert(&options, SNV2_USAGE));
}
END_TEST

START_TEST(test_files) {
    const struct snv2_convert_options options = {.model = digits, .output = output, .onnx = onnx};
    struct snv2_conversion *conversion = convert(&options, SNV2_OK);
    const struct snv2_conversion_report *report = snv2_conversion_report(conversion);
    size_t size, written;
    const void *model = snv2_conversion_model(conversion, &size);
    void *bytes = read_file(output, &written);
    ck_assert_uint_eq(size, written);
    ck_assert_mem_eq(model, bytes, size);
    free(bytes);
    bytes = read_file(onnx, &written);
    model = snv2_conversion_onnx(conversion, &size);
    ck_assert_uint_eq(size, written);
    ck_assert_mem_eq(model, bytes, size);
    free(bytes);
    ck_assert_int_eq(report->checked, 1);
    ck_assert_double_lt(report->worst_error, 1e-5);
    ck_assert_int_gt(report->nodes, report->commands);
    ck_assert_uint_eq(report->bytes_moved, 0);
    ck_assert_uint_gt(report->bytes_moved_before, 0);
    ck_assert_uint_gt(report->multiply_adds, 0);
    ck_assert_ptr_nonnull(strstr(snv2_conversion_json(conversion), "digits.snv2"));
    snv2_conversion_free(conversion);
}
END_TEST

/* The model in memory gives the bytes that the file gives, and they run. */
START_TEST(test_memory) {
    size_t size, from_file, from_memory;
    void *bytes = read_file(digits, &size);
    const struct snv2_convert_options options = {.bytes = bytes, .size = size, .keep_onnx = 1};
    const struct snv2_convert_options file_options = {.model = digits, .no_verify = 1};
    struct snv2_conversion *conversion = convert(&options, SNV2_OK);
    struct snv2_conversion *other = convert(&file_options, SNV2_OK);
    const void *model = snv2_conversion_model(conversion, &from_memory);
    const void *same = snv2_conversion_model(other, &from_file);
    struct snv2_model *opened;
    ck_assert_uint_eq(from_memory, from_file);
    ck_assert_mem_eq(model, same, from_file);
    ck_assert_ptr_nonnull(snv2_conversion_onnx(conversion, NULL));
    ck_assert_ptr_null(snv2_conversion_onnx(other, &size));
    ck_assert_uint_eq(size, 0);
    ck_assert_int_eq(snv2_conversion_report(other)->checked, 0);
    ck_assert_int_eq(snv2_open_memory(model, from_memory, &opened, &diagnostic), SNV2_OK);
    ck_assert_int_eq(snv2_input_count(opened), 1);
    snv2_close(opened);
    snv2_conversion_free(conversion);
    snv2_conversion_free(other);
    free(bytes);
}
END_TEST

static void count_passes(void *user, const char *line) {
    *(int *)user += strncmp(line, "pass ", 5) == 0;
}

START_TEST(test_log) {
    int passes = 0;
    const char *skipped[] = {"unit_marks"};
    struct snv2_convert_options options = {
        .model = digits, .no_verify = 1, .log = count_passes, .user = &passes};
    snv2_conversion_free(convert(&options, SNV2_OK));
    int all = passes;
    ck_assert_int_gt(all, 10);
    options.skipped_passes = skipped;
    options.skipped_pass_count = 1;
    passes = 0;
    snv2_conversion_free(convert(&options, SNV2_OK));
    ck_assert_int_eq(passes, all - 1);
}
END_TEST

START_TEST(test_cut) {
    const char *cuts[] = {"nothing of that name"};
    const struct snv2_input_shape shape = {NULL, 4, {2, 1, 32, 32}};
    struct snv2_convert_options options = {.model = digits, .cuts = cuts, .cut_count = 1};
    snv2_conversion_free(convert(&options, SNV2_USAGE));
    options.cut_count = 0;
    options.input_shapes = &shape;
    options.input_shape_count = 1;
    /* The file says 1: a shape that contradicts it is refused. */
    struct snv2_conversion *conversion = convert(&options, SNV2_USAGE);
    ck_assert_str_ne(diagnostic.message, "");
    snv2_conversion_free(conversion);
}
END_TEST

/* ---- what is refused ---- */

static const char *const unknown_pass[] = {"no such pass"};
static const struct snv2_input_shape deep_shape = {NULL, 9, {1}}, negative_shape = {NULL, 1, {-1}};

static const struct {
    struct snv2_convert_options options;
    enum snv2_status status;
} refused[] = {
    {{0}, SNV2_USAGE},
    {{.model = "/nowhere/model.onnx"}, SNV2_NO_INPUT},
    {{.bytes = "no model", .size = 8}, SNV2_BAD_MODEL},
    {{.model = digits, .skipped_passes = unknown_pass, .skipped_pass_count = 1}, SNV2_USAGE},
    {{.model = digits, .input_shapes = &deep_shape, .input_shape_count = 1}, SNV2_USAGE},
    {{.model = digits, .input_shapes = &negative_shape, .input_shape_count = 1}, SNV2_USAGE},
    {{.model = digits, .cut_count = -1}, SNV2_USAGE},
    {{.model = digits, .output = "same", .onnx = "same"}, SNV2_USAGE},
    {{.model = digits, .output = "/nowhere/model.snv2", .no_verify = 1}, SNV2_CANNOT_CREATE},
    {{.model = digits, .data_folder = "/nowhere"}, SNV2_NO_INPUT},
};

START_TEST(test_refused) {
    struct snv2_conversion *conversion = convert(&refused[_i].options, refused[_i].status);
    size_t size = 1;
    ck_assert_int_eq(diagnostic.status, refused[_i].status);
    ck_assert_str_ne(diagnostic.message, "");
    ck_assert_ptr_null(snv2_conversion_model(conversion, &size));
    ck_assert_uint_eq(size, 0);
    ck_assert_int_eq(snv2_conversion_report(conversion)->checked, 0);
    ck_assert_ptr_nonnull(strstr(snv2_conversion_json(conversion), "\"error\""));
    snv2_conversion_free(conversion);
    ck_assert_int_eq(snv2_convert(&refused[_i].options, &conversion, NULL), refused[_i].status);
    snv2_conversion_free(conversion);
}
END_TEST

START_TEST(test_small) {
    snv2_conversion_free(NULL);
    ck_assert_str_eq(snv2_convert_version(), snv2_version());
}
END_TEST

int main(void) {
    Suite *suite = suite_create("library");
    TCase *tests = tcase_create("library");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_files);
    tcase_add_test(tests, test_ports);
    tcase_add_test(tests, test_memory);
    tcase_add_test(tests, test_log);
    tcase_add_test(tests, test_cut);
    tcase_add_loop_test(tests, test_refused, 0, (int)(sizeof refused / sizeof *refused));
    tcase_add_test(tests, test_small);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
