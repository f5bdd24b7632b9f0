/* The reports of a conversion: the table for people and the JSON, of hostile names, of figures that
 * are no numbers, of what was not reached. */
#include "tests/tap.h"

#include "report/amount.h"
#include "report/json.h"
#include "report/text.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char json_path[] = "test_report.json";

/* ---- a report by hand ---- */

static struct check_output outputs[30];
static struct snv2_blob_mark marks[] = {{SNV2_MARK_UNIT, 0, 3, 0}, {SNV2_MARK_TAIL, 3, 2, 0}};
static struct residue residues[] = {
    {4, 1500, "copied\n\033[31m", "it must be", false},
    {5, 2000, "input", "the layout", true},
    {6, 3000, "output", "the layout", true},
};
static struct program program = {
    .marks = marks,
    .mark_count = 2,
    .residues = residues,
    .residue_count = 3,
    .arena_bytes = 123456,
    .weights_bytes = 77,
};
static int changes[] = {3, 0};
static const bool skip[] = {false, true};
static const struct pass passes[] = {{'a', "first", "", NULL}, {'b', "second", "", NULL}};
static const struct convert_options options = {
    .model = "model\033.onnx",
    .output = "model.snv2",
    .passes = passes,
    .pass_count = 2,
    .skip = skip,
    .seed = INT64_MAX,
};
static struct note second_note = {NULL, "two"}, notes = {&second_note, "one\nline"};

/* Everything is well and three outputs were checked: fine, exactly equal, insensitive. */
static struct convert_report make_report(void) {
    struct convert_report report = {
        .source = {8, 17, "pytorch 2.0", 1234567, 0xabc},
        .notes = &notes,
        .changes = changes,
        .program = &program,
        .blob_bytes = 999499,
        .written = true,
        .seeded = {3, 3, outputs, true},
    };
    report.before.nodes = 20;
    report.before.operators[OP_Conv] = 5;
    report.before.operators[OP_Concat] = 2;
    report.before.bytes_moved = 3801234;
    report.before.multiply_adds = UINT64_C(1) << 60;
    report.after.nodes = 5;
    report.after.operators[OP_Conv] = 5;
    outputs[0] = (struct check_output){"a", 1e-6, 1e-7, 2e-6, 2e-7, 1e-5, 120, 1, NAN, true, true};
    outputs[1] = (struct check_output){"b\x9b", 0, 0, 1e-7, 1e-7, 0, INFINITY, 1, NAN, true, true};
    outputs[2] = (struct check_output){"c", 0, 0, 0, 0, 0, INFINITY, 1, NAN, false, true};
    return report;
}

/* ---- text ---- */

static char *text_of(const struct convert_report *report, bool color) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(stream);
    report_text(&options, report, color, stream);
    fclose(stream);
    return text;
}

static int count_of(const char *text, const char *part) {
    int count = 0;
    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

START_TEST(test_text) {
    static const char *const lines[] = {
        "model\\x1b.onnx: opset 17, IR 8, pytorch 2.0, 1.23 MB\n",
        "operator                  before     after\n",
        "Concat                         2         -\n",
        "Conv                           5         5\n",
        "all nodes, commands           20         5\n",
        "multiply-adds             1.15 E         0\n",
        "data moved               3.80 MB       0 B\n",
        "blob 999 kB, arena 123 kB: 1 unit, 1 tail\n",
        "copy of 1.50 kB at 'copied\\x0a\\x1b[31m': it must be\n",
        "conversion of 2.00 kB at 'input': the layout\nconversion of 3.00 kB at 'output': the",
        "note: one\\x0aline\nnote: two\n",
        "check on seeded inputs, the worst of 3:\n",
        "1.00e-06  2.00e-06  1.00e-05   120.0 1.0000000  passed\n",
        "b\\x9b     ",
        "inf 1.0000000  not tested: insensitive\n",
        "\nwrote model.snv2\n",
    };
    struct convert_report report = make_report();
    char *text = text_of(&report, false);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        ck_assert_msg(strstr(text, lines[i]) != NULL, "'%s' is not in\n%s", lines[i], text);
    ck_assert_ptr_null(strchr(text, '\033'));
    ck_assert_ptr_null(strstr(text, "Relu"));
    ck_assert_ptr_null(strstr(text, "copies: none"));
    ck_assert_ptr_null(strstr(text, "to stored"));
    free(text);
}
END_TEST

START_TEST(test_text_failed) {
    struct convert_report report = make_report();
    report.data = (struct check_report){1, 1, outputs, false, 0};
    outputs[0].passed = false;
    outputs[0].reference_error = 0.5;
    report.written = false;
    program.residue_count = 0;
    char *plain = text_of(&report, false), *color = text_of(&report, true);
    program.residue_count = 3;
    ck_assert_ptr_nonnull(strstr(plain, " 5.00e-01  FAILED\n"));
    ck_assert_ptr_nonnull(strstr(plain, "check on stored inputs and outputs:\n"));
    ck_assert_ptr_nonnull(strstr(plain, "   cosine to stored\n"));
    ck_assert_ptr_nonnull(strstr(plain, "copies: none\n"));
    ck_assert_ptr_null(strstr(plain, "wrote"));
    ck_assert_ptr_null(strstr(plain, "conversion of"));
    ck_assert_ptr_nonnull(strstr(color, "\033[31mFAILED\033[0m"));
    ck_assert_ptr_nonnull(strstr(color, "\033[32mpassed\033[0m"));
    free(plain);
    free(color);
}
END_TEST

/* Of many outputs all that failed are listed, and the others counted. */
START_TEST(test_text_many_outputs) {
    struct convert_report report = make_report();
    report.seeded.output_count = 30;
    for (int i = 3; i < 30; i++)
        outputs[i] = outputs[0];
    outputs[28].passed = false;
    char *text = text_of(&report, false);
    ck_assert_int_eq(count_of(text, "  passed\n"), 19);
    ck_assert_int_eq(count_of(text, "  FAILED\n"), 1);
    ck_assert_ptr_nonnull(strstr(text, "and 9 outputs more that passed\n"));
    free(text);
}
END_TEST

START_TEST(test_text_of_nothing) {
    struct convert_report report = {.written = false};
    char *text = text_of(&report, true);
    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

START_TEST(test_amounts) {
    static const struct {
        uint64_t amount;
        const char *unit, *text;
    } cases[] = {
        {0, "B", "0 B"},
        {0, "", "0"},
        {999, "B", "999 B"},
        {1000, "B", "1.00 kB"},
        {1234, "", "1.23 k"},
        {9994, "B", "9.99 kB"},
        {9995, "B", "10.0 kB"},
        {99949, "B", "99.9 kB"},
        {99951, "B", "100 kB"},
        {999499, "B", "999 kB"},
        {999500, "B", "1.00 MB"},
        {39540000, "", "39.5 M"},
        {UINT64_MAX, "B", "18.4 EB"},
    };
    char text[AMOUNT_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_str_eq(format_amount(cases[i].amount, cases[i].unit, text), cases[i].text);
}
END_TEST

/* ---- JSON ---- */

/* Writes the report, reads it back and removes it. */
static cJSON *json_of(const struct convert_report *report, const struct snv2_diagnostic *failure) {
    char text[20000];
    ck_assert_int_eq(report_json(&options, report, failure, json_path, NULL), SNV2_OK);
    FILE *file = fopen(json_path, "r");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    unlink(json_path);
    text[size] = '\0';
    ck_assert_str_eq(text + size - 2, "}\n");
    ck_assert_ptr_nonnull(strstr(text, "9223372036854775807")); /* the seed, all digits */
    cJSON *json = cJSON_ParseWithOpts(text, NULL, true);
    ck_assert_msg(json != NULL, "no JSON: %s", text);
    return json;
}

/* The value at a path such as "checks.0.outputs.1.snr_db". */
static const cJSON *at(const cJSON *json, const char *path) {
    char copy[100];
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key = strtok(copy, "."); key; key = strtok(NULL, ".")) {
        json = cJSON_IsArray(json) ? cJSON_GetArrayItem(json, atoi(key))
                                   : cJSON_GetObjectItemCaseSensitive(json, key);
        ck_assert_msg(json != NULL, "no %s in %s", key, path);
    }
    return json;
}

START_TEST(test_json) {
    static const struct {
        const char *path, *text;
    } texts[] = {
        {"model", "model\\x1b.onnx"},
        {"output", "model.snv2"},
        {"source.producer", "pytorch 2.0"},
        {"source.xxh3", "0000000000000abc"},
        {"notes.0", "one\\x0aline"},
        {"notes.1", "two"},
        {"passes.0.name", "first"},
        {"program.copies.0.at", "copied\\x0a\\x1b[31m"},
        {"program.copies.0.reason", "it must be"},
        {"program.boundary_conversions.1.at", "output"},
        {"checks.0.inputs", "seeded"},
        {"checks.0.outputs.1.name", "b\\x9b"},
    };
    static const struct {
        const char *path;
        double number;
    } numbers[] = {
        {"status", 0},
        {"source.opset", 17},
        {"source.bytes", 1234567},
        {"passes.0.changes", 3},
        {"before.nodes", 20},
        {"before.operators.Concat", 2},
        {"before.bytes_moved", 3801234},
        {"after.operators.Conv", 5},
        {"after.bytes_moved", 0},
        {"program.blob_bytes", 999499},
        {"program.arena_bytes", 123456},
        {"program.units", 1},
        {"program.stage_openings", 0},
        {"program.copies.0.bytes", 1500},
        {"checks.0.cases", 3},
        {"checks.0.outputs.0.max_error", 1e-6},
        {"checks.0.outputs.0.snr_db", 120},
    };
    static const char *const truths[] = {"passes.1.skipped", "checks.0.passed",
                                         "checks.0.outputs.0.sensitive"};
    static const char *const lies[] = {"passes.0.skipped", "checks.0.outputs.2.sensitive"};
    static const char *const nulls[] = {"error", "checks.0.outputs.1.snr_db",
                                        "checks.0.outputs.0.reference_error"};
    struct convert_report report = make_report();
    const struct snv2_diagnostic failure = {.status = SNV2_OK};
    cJSON *json = json_of(&report, &failure);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ck_assert_pstr_eq(cJSON_GetStringValue(at(json, texts[i].path)), texts[i].text);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        ck_assert_double_eq(cJSON_GetNumberValue(at(json, numbers[i].path)), numbers[i].number);
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++)
        ck_assert(cJSON_IsTrue(at(json, truths[i])));
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
        ck_assert(cJSON_IsFalse(at(json, lies[i])));
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        ck_assert(cJSON_IsNull(at(json, nulls[i])));
    ck_assert_int_eq(cJSON_GetArraySize(at(json, "checks")), 1);
    ck_assert_int_eq(cJSON_GetArraySize(at(json, "program.copies")), 1);
    cJSON_Delete(json);
}
END_TEST

START_TEST(test_json_failed) {
    struct convert_report report = make_report();
    const struct snv2_diagnostic failure = {
        .status = SNV2_CHECK_FAILED, .offset = 7, .node = "n", .message = "it \"failed\""};
    report.written = false;
    outputs[0].max_error = NAN;
    outputs[0].max_limit = INFINITY;
    cJSON *json = json_of(&report, &failure);
    ck_assert_double_eq(cJSON_GetNumberValue(at(json, "status")), SNV2_CHECK_FAILED);
    ck_assert_pstr_eq(cJSON_GetStringValue(at(json, "error.message")), "it \"failed\"");
    ck_assert_pstr_eq(cJSON_GetStringValue(at(json, "error.node")), "n");
    ck_assert_pstr_eq(cJSON_GetStringValue(at(json, "error.file")), "");
    ck_assert_double_eq(cJSON_GetNumberValue(at(json, "error.offset")), 7);
    ck_assert(cJSON_IsNull(at(json, "output")));
    ck_assert(cJSON_IsNull(at(json, "checks.0.outputs.0.max_error")));
    ck_assert(cJSON_IsNull(at(json, "checks.0.outputs.0.max_limit")));
    cJSON_Delete(json);
}
END_TEST

/* A model that could not even be read. */
START_TEST(test_json_of_nothing) {
    const struct snv2_diagnostic failure = {
        .status = SNV2_NO_INPUT, .offset = -1, .message = "no such file"};
    const struct convert_report report = {.written = false};
    struct snv2_diagnostic diagnostic;
    cJSON *json = json_of(&report, &failure);
    ck_assert(cJSON_IsNull(at(json, "error.offset")));
    ck_assert(cJSON_IsNull(at(json, "source.producer")));
    ck_assert_int_eq(cJSON_GetArraySize(at(json, "passes")), 0);
    ck_assert(!cJSON_HasObjectItem(json, "before") && !cJSON_HasObjectItem(json, "program"));
    cJSON_Delete(json);
    ck_assert_int_eq(report_json(&options, &report, &failure, "nowhere/x.json", &diagnostic),
                     SNV2_CANNOT_CREATE);
    ck_assert_str_eq(diagnostic.file, "nowhere/x.json");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("report");
    TCase *tests = tcase_create("report");
    tcase_add_test(tests, test_text);
    tcase_add_test(tests, test_text_failed);
    tcase_add_test(tests, test_text_many_outputs);
    tcase_add_test(tests, test_text_of_nothing);
    tcase_add_test(tests, test_amounts);
    tcase_add_test(tests, test_json);
    tcase_add_test(tests, test_json_failed);
    tcase_add_test(tests, test_json_of_nothing);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
