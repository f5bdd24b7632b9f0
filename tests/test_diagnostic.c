/* Diagnostics: harmless text whatever a file or path holds, and the one line of an error. */
#include "tests/tap.h"

#include "base/diagnostic.h"

#include <string.h>

static const struct {
    const char *text, *shown;
} texts[] = {
    {"", ""},
    {"conv1/Relu_0", "conv1/Relu_0"},
    {"a\nb\x1b[31m\x7f", "a\\x0ab\\x1b[31m\\x7f"},
    {"\xc2\x9b"
     "31m",
     "\\xc2\\x9b31m"},
    {"Faltung \xc3\xa4\xe2\x82\xac", "Faltung \xc3\xa4\xe2\x82\xac"},
    {"\xc3(\xff", "\\xc3(\\xff"},
    {"0123456789", "0123456789"},
};

START_TEST(test_harmless) {
    char out[64];
    sanitize_text(out, sizeof out, texts[_i].text);
    ck_assert_str_eq(out, texts[_i].shown);
}
END_TEST

/* Into 12 bytes with the NUL. */
static const struct {
    const char *text, *shown;
} long_texts[] = {
    {"01234567890", "01234567890"},
    {"012345678901", "01234567..."},
    {"0123456\xe2\x82\xac\xe2\x82\xac", "0123456..."}, /* whole characters only */
    {"012345\n789", "012345..."},                      /* and whole escapes */
};

START_TEST(test_cut) {
    char out[12];
    sanitize_text(out, sizeof out, long_texts[_i].text);
    ck_assert_str_eq(out, long_texts[_i].shown);
}
END_TEST

START_TEST(test_long_name) {
    char name[5000], line[sizeof(struct snv2_diagnostic)];
    struct snv2_diagnostic diagnostic;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    enum snv2_status status = diagnose_node(&diagnostic, SNV2_BAD_MODEL, name, name,
                                            "'%s' is the problem", shown(name).text);
    ck_assert_int_eq(status, SNV2_BAD_MODEL);
    ck_assert_uint_eq(strlen(diagnostic.node), sizeof diagnostic.node - 1);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "...' is the problem"));
    diagnostic_format(&diagnostic, line, sizeof line);
    ck_assert_ptr_nonnull(strstr(line, "is the problem"));
}
END_TEST

START_TEST(test_long_path) {
    char path[1001];
    struct snv2_diagnostic diagnostic;
    memset(path, '-', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    memcpy(path, "first/", strlen("first/"));
    memcpy(path + sizeof path - sizeof "/last", "/last", sizeof "/last");
    for (int i = 0; i < 2; i++) {
        diagnose(&diagnostic, SNV2_IO, "message");
        diagnostic_set_file(&diagnostic, path);
        size_t length = strlen(diagnostic.file);
        ck_assert_uint_gt(length, sizeof diagnostic.file - 8);
        ck_assert_ptr_eq(strstr(diagnostic.file, "first/"), diagnostic.file);
        ck_assert_ptr_nonnull(strstr(diagnostic.file, "..."));
        ck_assert_str_eq(diagnostic.file + length - strlen("/last"), "/last");
        /* The second time in characters of two bytes, one of which either cut would halve. */
        for (size_t k = strlen("first/") + 1; k + strlen("/last") + 2 < sizeof path; k += 2)
            memcpy(path + k, k > 150 && k < 800 ? "--" : "\xc3\xa4", 2);
    }
    ck_assert_ptr_null(strstr(diagnostic.file, "\\x"));
}
END_TEST

START_TEST(test_file_once) {
    struct snv2_diagnostic diagnostic;
    char line[100];
    diagnose_at(&diagnostic, SNV2_BAD_MODEL, 12, "cut off");
    diagnostic_set_file(&diagnostic, "a.onnx");
    diagnostic_set_file(&diagnostic, "b.onnx");
    diagnostic_format(&diagnostic, line, sizeof line);
    ck_assert_str_eq(line, "a.onnx:12: cut off");
    diagnose_node(&diagnostic, SNV2_UNSUPPORTED, "n", "Conv", "no %s", "way");
    diagnostic_format(&diagnostic, line, sizeof line);
    ck_assert_str_eq(line, "node 'n' (Conv): no way");
    diagnostic_set_file(NULL, "a.onnx");
    ck_assert_int_eq(diagnose_no_memory(NULL), SNV2_NO_MEMORY);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("diagnostic");
    TCase *tcase = tcase_create("diagnostic");
    tcase_add_loop_test(tcase, test_harmless, 0, sizeof texts / sizeof *texts);
    tcase_add_loop_test(tcase, test_cut, 0, sizeof long_texts / sizeof *long_texts);
    tcase_add_test(tcase, test_long_name);
    tcase_add_test(tcase, test_long_path);
    tcase_add_test(tcase, test_file_once);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
