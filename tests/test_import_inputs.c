/* The shapes of graph inputs: declared, given by options, and the batch that is taken as 1. */
#include "tests/onnx_build.h"

/* Inputs as NAME=DIMS and options as NAME=DIMS ("=DIMS": no name), separated by spaces; the shapes
 * that come out, or a message. */
static const struct {
    const char *inputs, *options;
    enum snv2_status status;
    const char *result;
} shapes[] = {
    {"a=1,3,8,8", "", SNV2_OK, "[1,3,8,8]"},
    {"a=N,3,8,8", "", SNV2_OK, "[1,3,8,8]"},
    {"a=-1,3,8,8", "", SNV2_OK, "[1,3,8,8]"},
    {"a=?,3", "", SNV2_OK, "[1,3]"},
    {"a=N,3 b=N,4 c=N", "", SNV2_OK, "[1,3][1,4][1]"},
    {"a=N,3 b=N,4", "a=5,3", SNV2_OK, "[5,3][5,4]"},
    {"a=N,3,H,W", "=2,3,32,48", SNV2_OK, "[2,3,32,48]"},
    {"a=N,3,S,S", "a=1,3,16,16", SNV2_OK, "[1,3,16,16]"},
    {"a=N,3,S,S b=N,S", "a=1,3,16,16", SNV2_OK, "[1,3,16,16][1,16]"},
    {"a", "a=7,2", SNV2_OK, "[7,2]"},
    {"a=N,3,H,W", "", SNV2_USAGE, "has shape [?N,3,?H,?W]: add --input-shape a:1,3,H,W"},
    {"a=N,3,H", "", SNV2_USAGE, "add --input-shape a:1,3,D2"},
    {"a=N,3,S,S", "a=1,3,16,8", SNV2_USAGE, "dimension 'S' is 16 in one input and 8 in another"},
    {"a=N,3 b=N,4", "a=5,3 b=6,4", SNV2_USAGE, "dimension 'N' is 5 in one input and 6"},
    {"a=1,3,8,8", "a=1,4,8,8", SNV2_USAGE,
     "dimension 1 of input 'a' the size 4; the model declares 3"},
    {"a=1,3,8,8", "a=1,3,8", SNV2_USAGE, "3 dimensions; the model declares 4"},
    {"a=N,3", "a=0,3", SNV2_USAGE, "the shape [0,3]"},
    {"a=N,M", "a=4294967296,4294967296", SNV2_USAGE, "the shape"},
    {"a=N,3 b=N,4", "=1,3", SNV2_USAGE, "must name one of the 2 inputs: 'a', 'b'"},
    {"a=N,3 b=N,4", "c=1,3", SNV2_USAGE, "names 'c', which is no input; the inputs are: 'a', 'b'"},
    {"a=N,3", "a=1,3 a=1,3", SNV2_USAGE, "two shapes"},
};

static int parse_options(struct build *build, const char *text, struct input_shape *options) {
    char *rest = build_text(build, text);
    int count = 0;
    for (char *part = strtok_r(rest, " ", &rest); part; part = strtok_r(NULL, " ", &rest)) {
        struct input_shape *option = &options[count++];
        char *dims = strchr(part, '=') + 1;
        *option = (struct input_shape){.name = *part == '=' ? NULL : part};
        dims[-1] = '\0';
        for (char *dim = strtok_r(dims, ",", &dims); dim; dim = strtok_r(NULL, ",", &dims))
            option->shape.dims[option->shape.rank++] = strtoll(dim, NULL, 10);
    }
    return count;
}

START_TEST(input_shapes) {
    struct build build, names;
    struct loaded loaded;
    struct input_shape list[4];
    arena_init(&names.arena, UINT64_MAX);
    struct onnx_options options = {.input_shapes = list};
    options.input_shape_count = parse_options(&names, shapes[_i].options, list);
    build_start(&build, 13);
    build.graph->n_input = 0;
    char *rest = build_text(&build, shapes[_i].inputs);
    for (char *part = strtok_r(rest, " ", &rest); part; part = strtok_r(NULL, " ", &rest)) {
        char *dims = strchr(part, '=');
        if (dims)
            *dims++ = '\0';
        build_input(&build, part, DTYPE_FLOAT32, dims);
    }
    build_node(&build, "Relu", "a", "y");
    build_load(&build, NULL, &options, &loaded);
    loaded_expect(&loaded, shapes[_i].inputs, shapes[_i].status, shapes[_i].result);
    char text[SHAPE_TEXT], all[4 * SHAPE_TEXT] = "";
    for (int i = 0; shapes[_i].status == SNV2_OK && i < loaded.graph->input_count; i++)
        strcat(all, shape_format(&loaded.graph->inputs[i]->shape, text));
    if (shapes[_i].status == SNV2_OK)
        ck_assert_str_eq(all, shapes[_i].result);
    loaded_free(&loaded);
    arena_free(&names.arena);
}
END_TEST

START_TEST(batch_note) {
    struct build build;
    struct loaded loaded;
    build_start(&build, 13);
    build_input(&build, "z", DTYPE_FLOAT32, "batch,3");
    build_node(&build, "Relu", "x", "y");
    build_load(&build, NULL, NULL, &loaded);
    ck_assert(loaded_notes(&loaded, "input 'z': the unset batch dimension is taken as 1"));
    loaded_free(&loaded);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("import_inputs");
    TCase *tests = tcase_create("inputs");
    tcase_add_loop_test(tests, input_shapes, 0, (int)(sizeof shapes / sizeof *shapes));
    tcase_add_test(tests, batch_note);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
