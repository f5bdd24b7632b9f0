/* Golden tests of the passes. Each file tests/passes/<pass>.txt holds cases:
 *
 *   === name                     (", rounded" behind it: the pass rounds weights to float32)
 *   graph text                   (ir/text.h)
 *   ---
 *   graph text                   what the pass makes of it, or
 *   unchanged                    or
 *   error STATUS TEXT            it fails with that status, TEXT being part of the message
 *
 * Text before the first case is a comment. Three things are tested: the one pass gives the expected
 * graph; the interpreter computes the same from both graphs in float64; and so it does after the
 * whole list of passes. A file that is named after no pass fails, and so does a pass without file.
 */
#include "tests/tap.h"

#include "base/random.h"
#include "interp/interp.h"
#include "ir/text.h"
#include "passes/pass.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CASES = 1000 };

/* Of the largest element of an output. Float64 noise, and weights rounded to float32. */
static const double exact_tolerance = 1e-12, rounded_tolerance = 1e-5;

struct golden {
    char *file, *name, *before, *after;
    int pass; /* index in pass_list, or -1 */
};

static struct golden cases[MAX_CASES];
static int case_count;

/* ---- reading the files ---- */

static char *read_text(const char *path) {
    enum { MAX_BYTES = 1 << 20 };
    FILE *file = fopen(path, "r");
    char *text = calloc(MAX_BYTES + 1, 1);
    if (!file || !text || fread(text, 1, MAX_BYTES, file) == 0 || !feof(file)) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    return text;
}

/* Cuts white space off both ends, in place. */
static char *trim(char *text) {
    text += strspn(text, " \n");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \n", text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* Adds the cases of one file, which stay pieces of its text. */
static void add_file(const char *path, const char *name) {
    char *text = read_text(path), *pass_name = strndup(name, strlen(name) - strlen(".txt"));
    int pass = pass_find(pass_name);
    for (char *next = strstr(text, "=== "); next && case_count < MAX_CASES; case_count++) {
        char *head = next + strlen("=== "), *before = strchr(head, '\n');
        char *after = before ? strstr(before, "\n---\n") : NULL;
        if (!after) {
            fprintf(stderr, "%s: a case without '---': %.40s\n", path, head);
            exit(EXIT_FAILURE);
        }
        *before++ = '\0';
        *after = '\0';
        after += strlen("\n---\n");
        next = strstr(after, "\n=== ");
        if (next)
            *next++ = '\0';
        cases[case_count] = (struct golden){pass_name, head, trim(before), trim(after), pass};
    }
}

static int is_case_file(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".txt") == 0;
}

static void find_cases(void) {
    const char *source = getenv("SNV2_SRCDIR");
    char directory[4096], path[8192];
    snprintf(directory, sizeof directory, "%s/tests/passes", source ? source : ".");
    struct dirent **entries;
    int count = scandir(directory, &entries, is_case_file, alphasort);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        add_file(path, entries[i]->d_name);
        free(entries[i]);
    }
    if (count > 0)
        free(entries);
}

/* ---- one case ---- */

static void require_ok(const struct golden *golden, enum snv2_status status,
                       const struct snv2_diagnostic *diagnostic, const char *doing) {
    char line[4096];
    diagnostic_format(diagnostic, line, sizeof line);
    ck_assert_msg(status == SNV2_OK, "%s, %s: %s: status %d: %s", golden->file, golden->name, doing,
                  status, line);
}

static struct graph *read_before(const struct golden *golden, struct arena *arena) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct graph *graph = NULL;
    enum snv2_status status = graph_read_text(golden->before, arena, &graph, &diagnostic);
    if (status == SNV2_OK)
        status = infer_graph(graph, &diagnostic);
    require_ok(golden, status, &diagnostic, "reading the graph");
    return graph;
}

static char *dump(const struct graph *graph) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(graph_write_text(graph, TEXT_CONSTANTS_SHORT, stream, NULL), SNV2_OK);
    fclose(stream);
    return text;
}

static struct interp_tensor random_input(const struct value *value, uint64_t seed) {
    struct interp_tensor tensor = {value->dtype, value->shape, NULL};
    int64_t count = shape_elements(&value->shape);
    double *real = malloc(((size_t)count + 1) * sizeof *real);
    int64_t *integer = malloc(((size_t)count + 1) * sizeof *integer);
    ck_assert(real && integer);
    for (int64_t i = 0; i < count; i++) {
        real[i] = (double)random_signed(&seed);
        integer[i] = (int64_t)(8 * fabs(real[i]));
    }
    bool is_real = dtype_is_real(value->dtype);
    tensor.data = is_real ? (void *)real : integer;
    free(is_real ? (void *)integer : real);
    return tensor;
}

/* The outputs on inputs that depend only on the inputs' numbers. */
static struct interp_tensor *evaluate(const struct golden *golden, const struct graph *graph) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct interp_tensor *inputs = calloc((size_t)graph->input_count + 1, sizeof *inputs);
    struct interp_tensor *outputs = calloc((size_t)graph->output_count + 1, sizeof *outputs);
    ck_assert(inputs && outputs);
    for (int32_t i = 0; i < graph->input_count; i++)
        inputs[i] = random_input(graph->inputs[i], (uint64_t)i + 1);
    enum snv2_status status =
        interp_run(graph, PRECISION_FLOAT64, inputs, outputs, NULL, NULL, &diagnostic);
    require_ok(golden, status, &diagnostic, "interpreting");
    for (int32_t i = 0; i < graph->input_count; i++)
        free(inputs[i].data);
    free(inputs);
    return outputs;
}

static void compare_output(const struct golden *golden, const char *name,
                           const struct interp_tensor *a, const struct interp_tensor *b,
                           double tolerance) {
    ck_assert_msg(a->dtype == b->dtype && shape_equal(&a->shape, &b->shape),
                  "%s, %s: output %s has another type or shape", golden->file, golden->name, name);
    int64_t count = shape_elements(&a->shape);
    if (!dtype_is_real(a->dtype)) {
        ck_assert_msg(count == 0 || memcmp(a->data, b->data, (size_t)count * 8) == 0,
                      "%s, %s: output %s differs", golden->file, golden->name, name);
        return;
    }
    const double *x = a->data, *y = b->data;
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(x[i]));
    for (int64_t i = 0; i < count; i++)
        ck_assert_msg(x[i] == y[i] || (isnan(x[i]) && isnan(y[i])) ||
                          fabs(x[i] - y[i]) <= tolerance * largest,
                      "%s, %s: output %s[%d] was %.17g and became %.17g", golden->file,
                      golden->name, name, (int)i, x[i], y[i]);
}

static void compare_meaning(const struct golden *golden, const struct graph *before,
                            const struct graph *after, double tolerance) {
    ck_assert_int_eq(before->input_count, after->input_count);
    ck_assert_int_eq(before->output_count, after->output_count);
    struct interp_tensor *expected = evaluate(golden, before), *got = evaluate(golden, after);
    for (int32_t i = 0; i < before->output_count; i++) {
        ck_assert_str_eq(before->outputs[i]->name, after->outputs[i]->name);
        compare_output(golden, before->outputs[i]->name, &expected[i], &got[i], tolerance);
        free(expected[i].data);
        free(got[i].data);
    }
    free(expected);
    free(got);
}

/* "error STATUS TEXT" against what happened. */
static void compare_error(const struct golden *golden, enum snv2_status status,
                          const struct snv2_diagnostic *diagnostic) {
    char line[4096], *text;
    diagnostic_format(diagnostic, line, sizeof line);
    long expected = strtol(golden->after + strlen("error "), &text, 10);
    ck_assert_msg((long)status == expected && strstr(line, trim(text)),
                  "%s, %s: expected '%s', got status %d: %s", golden->file, golden->name,
                  golden->after, status, line);
}

static bool expects_error(const struct golden *golden) {
    return strncmp(golden->after, "error ", strlen("error ")) == 0;
}

START_TEST(test_golden) {
    const struct golden *golden = &cases[_i];
    ck_assert_msg(golden->pass >= 0, "%s.txt is named after no pass", golden->file);
    struct arena arena;
    arena_init(&arena, UINT64_MAX);
    struct graph *before = read_before(golden, &arena), *after = read_before(golden, &arena);
    struct snv2_diagnostic diagnostic = {.message = ""};
    int changes = 0;
    enum snv2_status status =
        passes_run(after, &pass_list[golden->pass], 1, NULL, NULL, NULL, &changes, &diagnostic);
    if (expects_error(golden)) {
        compare_error(golden, status, &diagnostic);
    } else {
        require_ok(golden, status, &diagnostic, "running the pass");
        bool unchanged = strcmp(golden->after, "unchanged") == 0;
        char *original = dump(before), *text = dump(after);
        const char *expected = unchanged ? trim(original) : golden->after, *got = trim(text);
        ck_assert_msg(strcmp(expected, got) == 0, "%s, %s: expected\n%s\ngot\n%s\n", golden->file,
                      golden->name, expected, got);
        ck_assert_msg((changes == 0) == unchanged, "%s, %s: %d changes reported", golden->file,
                      golden->name, changes);
        bool rounded = strstr(golden->name, ", rounded") != NULL;
        compare_meaning(golden, before, after, rounded ? rounded_tolerance : exact_tolerance);
        free(original);
        free(text);
    }
    arena_free(&arena);
}
END_TEST

START_TEST(test_whole_list) {
    const struct golden *golden = &cases[_i];
    struct arena arena;
    arena_init(&arena, UINT64_MAX);
    struct graph *before = read_before(golden, &arena), *after = read_before(golden, &arena);
    struct snv2_diagnostic diagnostic = {.message = ""};
    enum snv2_status status =
        passes_run(after, pass_list, pass_count, NULL, NULL, NULL, NULL, &diagnostic);
    if (!expects_error(golden)) {
        require_ok(golden, status, &diagnostic, "running all passes");
        compare_meaning(golden, before, after, rounded_tolerance);
    }
    arena_free(&arena);
}
END_TEST

START_TEST(test_every_pass_has_cases) {
    for (int i = 0; i < case_count; i++)
        if (cases[i].pass == _i)
            return;
    ck_abort_msg("no file tests/passes/%s.txt", pass_list[_i].name);
}
END_TEST

int main(void) {
    find_cases();
    Suite *suite = suite_create("passes");
    TCase *tests = tcase_create("golden");
    tcase_add_loop_test(tests, test_every_pass_has_cases, 0, pass_count);
    tcase_add_loop_test(tests, test_golden, 0, case_count);
    tcase_add_loop_test(tests, test_whole_list, 0, case_count);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
