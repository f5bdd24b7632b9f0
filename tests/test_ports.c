/* Which file of the command line belongs to which input. */
#include "tests/tap.h"

#include "run/ports.h"

#include <string.h>

enum { COUNT = 3 };

static const struct snv2_tensor_info infos[COUNT] = {
    {.name = "image"}, {.name = "a=b"}, {.name = "image2"}};
static struct port inputs[COUNT];
static struct ports ports;
static struct snv2_diagnostic diagnostic;

static enum snv2_status bind(const char *const *arguments) {
    int count = 0;
    while (arguments[count])
        count++;
    for (int i = 0; i < COUNT; i++)
        inputs[i] = (struct port){.info = &infos[i], .shape = {2, {1, 10 + i}}};
    ports = (struct ports){"input", inputs, COUNT};
    return ports_bind(&ports, arguments, count, &diagnostic);
}

START_TEST(test_bind) {
    static const struct {
        const char *arguments[4], *files[COUNT];
    } cases[] = {
        {{"x", "y", "z"}, {"x", "y", "z"}},    {{"x"}, {"x", NULL, NULL}},
        {{"image2=x", "y"}, {"y", NULL, "x"}}, {{"image=x", "y", "z"}, {"x", "y", "z"}},
        {{"a=b=x=y"}, {NULL, "x=y", NULL}},    {{"image=", "x"}, {"", "x", NULL}},
        {{NULL}, {NULL, NULL, NULL}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(bind(cases[i].arguments), SNV2_OK);
        for (int k = 0; k < COUNT; k++)
            ck_assert_pstr_eq(inputs[k].file, cases[i].files[k]);
    }
}
END_TEST

START_TEST(test_refused) {
    static const char all[] = "image [1,10], a=b [1,11], image2 [1,12]";
    static const struct {
        const char *arguments[5], *message;
    } cases[] = {
        {{"x", "y", "z", "w"}, "'w' is one too many"},
        {{"image=x", "image=y"}, "input 'image' is given twice"},
        {{"x", "image=y"}, "input 'image' is given twice"},
        {{"imag=x"}, "no input has the name in 'imag=x'"},
        {{"a=x"}, "no input has the name in 'a=x'"},
        {{"=x"}, "no input has the name in '=x'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(bind(cases[i].arguments), SNV2_USAGE);
        ck_assert_msg(strstr(diagnostic.message, cases[i].message), "%s", diagnostic.message);
        ck_assert(strstr(diagnostic.message, "twice") || strstr(diagnostic.message, all));
    }
}
END_TEST

/* A list of names that is too long is cut, and a hostile one made harmless. */
START_TEST(test_format) {
    static char name[2 * PORTS_TEXT];
    char text[PORTS_TEXT];
    memset(name, 'x', sizeof name - 1);
    name[0] = '\033';
    const struct snv2_tensor_info info = {.name = name};
    struct port port = {.info = &info, .shape = {1, {7}}};
    ports_format(&(struct ports){"input", &port, 1}, text);
    ck_assert_int_eq(strncmp(text, "\\x1bxxx", 7), 0);
    ck_assert_uint_lt(strlen(text), PORTS_TEXT);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("ports");
    TCase *tests = tcase_create("ports");
    tcase_add_test(tests, test_bind);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_format);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
