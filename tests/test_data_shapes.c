/* Shapes that a model leaves open, taken from a folder of test data. */
#include "tests/tap.h"

#include "convert/data_shapes.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct arena arena;
static char folder[] = "data_shapes.XXXXXX";

static void set_up(void) {
    arena_init(&arena, UINT64_MAX);
    strcpy(folder, "data_shapes.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void) {
    char path[64];
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/input_%d.pb", folder, i);
        unlink(path);
    }
    ck_assert_int_eq(rmdir(folder), 0);
    arena_free(&arena);
}

/* Writes input_<number>.pb of shape [number + 1, 2]. */
static void write_input(int number, const char *name) {
    static const float zeros[8];
    const struct tensor tensor = {DTYPE_FLOAT32, {2, {number + 1, 2}}, zeros};
    char path[64];
    snprintf(path, sizeof path, "%s/input_%d.pb", folder, number);
    ck_assert_int_eq(onnx_write_tensor(path, name, &tensor, NULL), SNV2_OK);
}

/* Requires the shapes, written as "name:[1,2] ...", "-" for no name, after the user's ones. */
static void require_shapes(const struct input_shape *given, int given_count, const char *expected) {
    struct onnx_options options = {.input_shapes = given, .input_shape_count = given_count};
    char got[512] = "", text[SHAPE_TEXT];
    ck_assert_int_eq(add_data_shapes(&options, folder, &arena, NULL), SNV2_OK);
    for (int i = 0; i < options.input_shape_count; i++) {
        const struct input_shape *shape = &options.input_shapes[i];
        sprintf(got + strlen(got), "%s:%s ", shape->name ? shape->name : "-",
                shape_format(&shape->shape, text));
        ck_assert((shape->source != NULL) == (i >= given_count));
    }
    ck_assert_str_eq(got, expected);
}

START_TEST(test_none) {
    require_shapes(NULL, 0, "");
}
END_TEST

START_TEST(test_one) {
    const struct input_shape named = {"x", {1, {9}}, NULL}, nameless = {NULL, {1, {9}}, NULL};
    write_input(0, "some name");
    require_shapes(NULL, 0, "-:[1,2] ");
    require_shapes(&named, 1, "x:[9] ");
    require_shapes(&nameless, 1, "-:[9] ");
}
END_TEST

START_TEST(test_several) {
    const struct input_shape named = {"b", {1, {9}}, NULL};
    write_input(0, "a");
    write_input(1, "b");
    write_input(2, "");
    require_shapes(NULL, 0, "a:[1,2] b:[2,2] ");
    require_shapes(&named, 1, "b:[9] a:[1,2] ");
}
END_TEST

START_TEST(test_bad_file) {
    struct onnx_options options = {.input_shapes = NULL};
    struct snv2_diagnostic diagnostic;
    char path[64];
    snprintf(path, sizeof path, "%s/input_0.pb", folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("no tensor", file);
    fclose(file);
    ck_assert_int_eq(add_data_shapes(&options, folder, &arena, &diagnostic), SNV2_BAD_MODEL);
    ck_assert_str_eq(diagnostic.file, path);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("data_shapes");
    TCase *tests = tcase_create("data_shapes");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_none);
    tcase_add_test(tests, test_one);
    tcase_add_test(tests, test_several);
    tcase_add_test(tests, test_bad_file);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
