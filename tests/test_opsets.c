/* What changed in operators from opset 18 to 25: a node for each change, citing the section of the
 * specification ("Pad-18": operator and version). What is supported gives the right values, what is
 * not is refused and not misread; and what came later is no attribute or operator of an older
 * opset. */
#include "tests/onnx_build.h"

#include "interp/interp.h"

#include <math.h>
#include <stdlib.h>

enum { NUMBERS = 24 };

/* A model of one node: x is 1, 2, 3, ... in its type and dims (bool: true, false, ...); constants
 * are "name:type[dims]=1,2" with blanks between them; attributes are 1, 1.5, 'text' or [1,2], with
 * blanks between them. */
struct change {
    const char *section;
    int opset;
    const char *x, *op, *inputs, *outputs, *attributes, *constants;
    const char *refusal;      /* a part of the message, or NULL */
    double expected[NUMBERS]; /* the outputs, one behind the other */
};

static const struct change changes[] = {
#define VALUES(section, opset, x, op, inputs, outputs, attributes, constants, ...)                 \
    {section, opset, x, op, inputs, outputs, attributes, constants, NULL, {__VA_ARGS__}},
#define REFUSED(section, opset, x, op, inputs, outputs, attributes, constants, refusal)            \
    {section, opset, x, op, inputs, outputs, attributes, constants, refusal, {0}},
#define UNSUPPORTED(section, opset, x, op, inputs, outputs)                                        \
    REFUSED(section, opset, x, op, inputs, outputs, "", "", "unsupported operators")
#include "tests/opset_changes.def"
#undef VALUES
#undef REFUSED
#undef UNSUPPORTED
};

/* ---- a row as a model ---- */

/* "type[1,2]": the dims stay in *dims, which is a copy. */
static int read_type(struct build *b, const char *text, char **dims) {
    char *copy = build_text(b, text), *bracket = strchr(copy, '[');
    *bracket = '\0';
    *dims = bracket + 1;
    (*dims)[strcspn(*dims, "]")] = '\0';
    return (int)dtype_of_name(copy);
}

/* The numbers of a comma-separated list as a tensor's contents. */
static void put_numbers(struct build *b, Onnx__TensorProto *tensor, char *list) {
    for (char *part = strtok_r(list, ",", &list); part; part = strtok_r(NULL, ",", &list)) {
        if (tensor->data_type == DTYPE_FLOAT32)
            BUILD_APPEND(b, tensor, float_data, strtof(part, NULL));
        else if (tensor->data_type == DTYPE_INT64)
            BUILD_APPEND(b, tensor, int64_data, strtoll(part, NULL, 10));
        else
            BUILD_APPEND(b, tensor, int32_data, (int32_t)strtol(part, NULL, 10));
    }
}

static void add_constants(struct build *b, const char *text) {
    char *rest = build_text(b, text);
    for (char *part = strtok_r(rest, " ", &rest); part; part = strtok_r(NULL, " ", &rest)) {
        char *type = strchr(part, ':'), *numbers = strchr(part, '='), *dims;
        *type = *numbers = '\0';
        int dtype = read_type(b, type + 1, &dims);
        put_numbers(b, build_initializer(b, part, dtype, dims), numbers + 1);
    }
}

static void add_attributes(struct build *b, Onnx__NodeProto *node, const char *text) {
    char *rest = build_text(b, text);
    for (char *part = strtok_r(rest, " ", &rest); part; part = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(part, '=');
        *value++ = '\0';
        if (*value == '[' || *value == '\'')
            value[strlen(value) - 1] = '\0';
        if (*value == '[')
            build_ints(b, node, part, value + 1);
        else if (*value == '\'')
            build_string(b, node, part, value + 1);
        else if (strchr(value, '.'))
            build_float(b, node, part, strtof(value, NULL));
        else
            build_int(b, node, part, strtoll(value, NULL, 10));
    }
}

static void build_change(struct build *b, const struct change *change) {
    char *dims;
    build_start(b, change->opset);
    char *rest = build_text(b, change->outputs);
    b->graph->n_input = b->graph->n_output = 0;
    int dtype = read_type(b, change->x, &dims);
    build_input(b, "x", dtype, dims);
    add_constants(b, change->constants);
    add_attributes(b, build_node(b, change->op, change->inputs, change->outputs),
                   change->attributes);
    for (char *part = strtok_r(rest, " ", &rest); part; part = strtok_r(NULL, " ", &rest)) {
        build_output(b, part);
        b->graph->output[b->graph->n_output - 1]->type = NULL;
    }
}

/* ---- its values ---- */

static void check_values(const struct change *change, const struct graph *graph) {
    struct interp_tensor x = {.data = NULL}, outputs[2];
    struct snv2_diagnostic diagnostic;
    double doubles[NUMBERS];
    int64_t integers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        doubles[i] = (double)(integers[i] = i + 1);
    if (graph->input_count > 0)
        x = (struct interp_tensor){graph->inputs[0]->dtype, graph->inputs[0]->shape, integers};
    for (int i = 0; i < NUMBERS && x.dtype == DTYPE_BOOL; i++)
        integers[i] %= 2;
    if (dtype_is_real(x.dtype))
        x.data = doubles;
    ck_assert_msg(interp_run(graph, PRECISION_FLOAT64, &x, outputs, NULL, NULL, &diagnostic) ==
                      SNV2_OK,
                  "%s: %s", change->section, diagnostic.message);
    const double *expected = change->expected;
    for (int i = 0; i < graph->output_count; i++) {
        for (int64_t k = 0; k < shape_elements(&outputs[i].shape); k++, expected++) {
            double number = dtype_is_real(outputs[i].dtype)
                                ? ((const double *)outputs[i].data)[k]
                                : (double)((const int64_t *)outputs[i].data)[k];
            ck_assert_msg(fabs(number - *expected) < 1e-6, "%s: output %d[%d] is %.9g, not %.9g",
                          change->section, i, (int)k, number, *expected);
        }
        free(outputs[i].data);
    }
}

/* Refused by the importer or by inference, with exit status 69 unless what the file says belongs to
 * another opset. */
START_TEST(opset_changes) {
    const struct change *change = &changes[_i];
    struct build build;
    struct loaded loaded;
    build_change(&build, change);
    build_load(&build, NULL, NULL, &loaded);
    if (loaded.status == SNV2_OK)
        loaded.status = infer_graph(loaded.graph, &loaded.diagnostic);
    if (!change->refusal) {
        loaded_expect(&loaded, change->section, SNV2_OK, "");
        check_values(change, loaded.graph);
    } else {
        bool is_bad = loaded.status == SNV2_BAD_MODEL &&
                      (strstr(change->refusal, "opset") || strstr(change->refusal, "'axes' is"));
        loaded_expect(&loaded, change->section, is_bad ? SNV2_BAD_MODEL : SNV2_UNSUPPORTED,
                      change->refusal);
    }
    loaded_free(&loaded);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("opsets");
    TCase *tests = tcase_create("opsets 18 to 25");
    tcase_add_loop_test(tests, opset_changes, 0, (int)(sizeof changes / sizeof *changes));
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
