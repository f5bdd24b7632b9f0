/* Importer, shape inference and interpreter against the outputs that ONNX Runtime computed for the
 * networks beside the checkout: a check of them that nothing of ours takes part in. */
#include "tests/stored_case.h"

START_TEST(test_stored_outputs) {
    struct snv2_diagnostic diagnostic;
    enum snv2_status status = stored_check(stored_folders[_i], INT32_MAX, &diagnostic);
    ck_assert_msg(status == SNV2_OK, "%s: node '%s' (%s): %s", stored_folders[_i], diagnostic.node,
                  diagnostic.op, diagnostic.message);
}
END_TEST

int main(void) {
    const char *shared = getenv("SNV2_SHARED");
    char path[4096];
    snprintf(path, sizeof path, "%s/models", shared ? shared : "../shared");
    stored_find(path);
    if (stored_count == 0) {
        printf("1..0 # SKIP no networks beside the checkout\n");
        return EXIT_SUCCESS;
    }
    Suite *suite = suite_create("stored outputs");
    TCase *tcase = tcase_create("networks");
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, test_stored_outputs, 0, stored_count);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
