/* The largest values of a row, and files of labels. */
#include "tests/tap.h"

#include "onnx/labels.h"
#include "run/ranking.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void require_ranking(const float *values, int64_t count, int64_t top,
                            const int64_t *expected, int64_t expected_count) {
    int64_t indices[RANKING_MAX + 1];
    memset(indices, -1, sizeof indices);
    ck_assert_int_eq(rank_classes(values, count, top, indices), expected_count);
    for (int64_t i = 0; i < expected_count; i++)
        ck_assert_int_eq(indices[i], expected[i]);
    ck_assert_int_eq(indices[expected_count], -1);
}

START_TEST(test_ranking) {
    const float values[] = {1, 5, -3, 5, NAN, 7, INFINITY, -INFINITY, NAN, 0};
    const int64_t order[] = {6, 5, 1, 3, 0, 9, 2, 7, 4, 8};
    for (int64_t top = 1; top <= 12; top++)
        require_ranking(values, 10, top, order, top < 10 ? top : 10);
    require_ranking(values, 1, 1, (const int64_t[]){0}, 1);
}
END_TEST

START_TEST(test_class_count) {
    ck_assert_int_eq(class_count(&(struct shape){2, {1, 10}}), 10);
    ck_assert_int_eq(class_count(&(struct shape){4, {1, 10, 1, 1}}), 10);
    ck_assert_int_eq(class_count(&(struct shape){3, {1, 100, 4}}), 4);
    ck_assert_int_eq(class_count(&(struct shape){2, {1, 1}}), 1);
    ck_assert_int_eq(class_count(&(struct shape){0, {0}}), 1);
}
END_TEST

static enum snv2_status load(const char *text, size_t size, struct arena *arena,
                             struct labels *labels, struct snv2_diagnostic *diagnostic) {
    char path[] = "labels.XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, text, size), (ssize_t)size);
    close(descriptor);
    enum snv2_status status = labels_load(path, arena, labels, diagnostic);
    unlink(path);
    return status;
}

START_TEST(test_labels) {
    static const struct {
        const char *text;
        int count;
        const char *names[3];
    } cases[] = {
        {"", 0, {NULL}},
        {"\n", 1, {""}},
        {"cat\ndog\n", 2, {"cat", "dog"}},
        {"cat\r\na dog\r\n", 2, {"cat", "a dog"}},
        {"cat\n\nno newline", 3, {"cat", "", "no newline"}},
    };
    struct arena arena;
    struct snv2_diagnostic diagnostic;
    struct labels labels;
    arena_init(&arena, UINT64_MAX);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(load(cases[i].text, strlen(cases[i].text), &arena, &labels, &diagnostic),
                         SNV2_OK);
        ck_assert_int_eq(labels.count, cases[i].count);
        for (int k = 0; k < cases[i].count; k++)
            ck_assert_str_eq(labels.names[k], cases[i].names[k]);
    }
    ck_assert_int_eq(load("a\0b", 3, &arena, &labels, &diagnostic), SNV2_BAD_MODEL);
    ck_assert_int_eq(strncmp(diagnostic.file, "labels.", 7), 0);
    ck_assert_int_eq(labels_load("missing", &arena, &labels, &diagnostic), SNV2_NO_INPUT);
    ck_assert_str_eq(diagnostic.file, "missing");
    arena_free(&arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("ranking");
    TCase *tests = tcase_create("ranking");
    tcase_add_test(tests, test_ranking);
    tcase_add_test(tests, test_class_count);
    tcase_add_test(tests, test_labels);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
