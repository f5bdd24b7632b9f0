/* The argument of --input-shape: names, brackets, and what is refused. */
#include "tests/tap.h"

#include "cli/input_shape.h"

#include <string.h>

static const struct {
    const char *text;
    const char *name;  /* NULL: none */
    const char *shape; /* NULL: refused */
} cases[] = {
    {"1,3,224,224", NULL, "[1,3,224,224]"},
    {"[1,3,224,224]", NULL, "[1,3,224,224]"},
    {"7", NULL, "[7]"},
    {"input:1,3,224,224", "input", "[1,3,224,224]"},
    {"input:[1,3,224,224]", "input", "[1,3,224,224]"},
    {"input:0:1,3", "input:0", "[1,3]"},
    {"a:b:[2]", "a:b", "[2]"},
    {":1,2", "", "[1,2]"},
    {"x,y:1,2", "x,y", "[1,2]"},
    {"x:1,2,3,4,5,6,7,8", "x", "[1,2,3,4,5,6,7,8]"},
    {"x:1,2,3,4,5,6,7,8,9", NULL, NULL},
    {"", NULL, NULL},
    {"x", NULL, NULL},
    {"x:", NULL, NULL},
    {"x:[]", NULL, NULL},
    {"x:[1,2", NULL, NULL},
    {"x:1,2]", NULL, NULL},
    {"x:[[1,2]]", NULL, NULL},
    {"x:1,,2", NULL, NULL},
    {"x:1,2,", NULL, NULL},
    {"x:1, 2", NULL, NULL},
    {"x:1x2", NULL, NULL},
    {"x:0,3", NULL, NULL},
    {"x:-1,3", NULL, NULL},
    {"x:1.5", NULL, NULL},
    {"x:1,9223372036854775808", NULL, NULL},
    {"x:9223372036854775807,9223372036854775807", NULL, NULL},
};

START_TEST(test_parse) {
    struct arena arena;
    struct input_shape result;
    struct snv2_diagnostic diagnostic = {.message = ""};
    char text[SHAPE_TEXT];
    arena_init(&arena, UINT64_MAX);
    enum snv2_status status = parse_input_shape(cases[_i].text, &arena, &result, &diagnostic);
    if (cases[_i].shape) {
        ck_assert_msg(status == SNV2_OK, "'%s' is refused", cases[_i].text);
        ck_assert_pstr_eq(result.name, cases[_i].name);
        ck_assert_str_eq(shape_format(&result.shape, text), cases[_i].shape);
    } else {
        ck_assert_msg(status == SNV2_USAGE, "'%s' is accepted", cases[_i].text);
        ck_assert_ptr_nonnull(strstr(diagnostic.message, cases[_i].text));
    }
    arena_free(&arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("input_shape");
    TCase *tests = tcase_create("parse");
    tcase_add_loop_test(tests, test_parse, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
