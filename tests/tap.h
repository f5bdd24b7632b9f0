/* Runs a Check suite and prints TAP, which `make check` reads. */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <check.h>
#include <stdlib.h>

static inline int tap_run(Suite *suite) {
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
