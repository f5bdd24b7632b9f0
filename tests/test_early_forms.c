/* Operators in the forms that they had before opset 7: what a node of the file becomes, as the
 * graph's text, and what is refused. */
#include "tests/import_case.h"

#include "interp/interp.h"

static void add(struct build *b) {
    build_node(b, "Add", "x x", "y");
}

static void add_broadcast(struct build *b) {
    build_int(b, build_node(b, "Add", "x x", "y"), "broadcast", 1);
}

static void relu_in_place(struct build *b) {
    build_ints(b, build_node(b, "Relu", "x", "y"), "consumed_inputs", "1");
}

static void batch_normalization(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "BatchNormalization", "x x x x x", "y _ _ _ _");
    build_ints(b, node, "consumed_inputs", "0,0,0,1,1");
    build_int(b, node, "is_test", 1);
}

static void dropout(struct build *b) {
    build_int(b, build_node(b, "Dropout", "x", "y"), "is_test", 1);
}

static void gemm(struct build *b) {
    build_int(b, build_node(b, "Gemm", "x x x", "y"), "broadcast", 1);
}

static void concat(struct build *b) {
    build_node(b, "Concat", "x x", "y");
}

static void pad(struct build *b) {
    build_ints(b, build_node(b, "Pad", "x", "y"), "paddings", "0,0,1,1,0,0,1,1");
}

static void reshape(struct build *b) {
    build_ints(b, build_node(b, "Reshape", "x", "y"), "shape", "0,-1");
}

static void selu(struct build *b) {
    build_node(b, "Selu", "x", "y");
}

static void selu_gamma(struct build *b) {
    build_float(b, build_node(b, "Selu", "x", "y"), "gamma", 2);
}

static void cast(struct build *b) {
    build_string(b, build_node(b, "Cast", "x", "y"), "to", "FLOAT16");
}

static void split(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Split", "x", "y z");
    build_ints(b, node, "split", "1,3");
    build_int(b, node, "axis", 1);
}

static Onnx__NodeProto *upsample_node(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Upsample", "x", "y");
    build_float(b, node, "height_scale", 2);
    build_float(b, node, "width_scale", 3);
    return node;
}

static void upsample(struct build *b) {
    build_string(b, upsample_node(b), "mode", "nearest");
}

static void softmax(struct build *b) {
    build_node(b, "Softmax", "x", "y");
}

static void hardmax(struct build *b) {
    build_node(b, "Hardmax", "x", "y");
}

/* Before IR version 3 there was one opset. */
static void without_opset(struct build *b) {
    concat(b);
    b->model->ir_version = 2;
    b->model->n_opset_import = 0;
}

static const struct {
    change_model *change;
    int opset;
    const char *text;
} upgraded[] = {
    {add, 6, "y = Add(x, x)\n"},
    {add_broadcast, 6, "y = Add(x, x)\n"},
    {relu_in_place, 5, "y = Relu(x)\n"},
    {batch_normalization, 5, "y = BatchNormalization(x, x, x, x, x)\n"},
    {dropout, 6, "y = Identity(x)\n"},
    {gemm, 6, "y = Gemm(x, x, x)\n"},
    {concat, 3, "y = Concat(x, x) {axis=1}\n"},
    {without_opset, 1, "y = Concat(x, x) {axis=1}\n"},
    {pad, 1, "const y/pads: int64[8] = {0, 0, 1, 1, 0, 0, 1, 1}\ny = Pad(x, y/pads)\n"},
    {reshape, 4, "const y/shape: int64[2] = {0, -1}\ny = Reshape(x, y/shape)\n"},
    {selu, 5, "y = Selu(x) {alpha=1.6732, gamma=1.0507}\n"},
    {selu, 6, "y = Selu(x)\n"},
    {selu_gamma, 5, "y = Selu(x) {alpha=1.6732, gamma=2}\n"},
    {cast, 5, "y = Cast(x) {to=10}\n"},
    {split, 1, "const y/split: int64[2] = {1, 3}\ny, z = Split(x, y/split) {axis=1}\n"},
    {upsample, 6,
     "const y/scales: float32[4] = {1, 1, 2, 3}\ny = Resize(x, _, y/scales) "
     "{coordinate_transformation_mode=asymmetric, nearest_mode=floor}\n"},
    {softmax, 6, "y = Softmax(x) {axis=1, over_rest=1}\n"},
    {hardmax, 6, "y = Hardmax(x) {axis=1, over_rest=1}\n"},
};

START_TEST(early_forms) {
    expect_imported(upgraded[_i].change, upgraded[_i].opset, NULL, upgraded[_i].text);
}
END_TEST

/* ---- broadcasting ---- */

/* The shape that the second operand, of shape `dims`, gets before `op` reads it with the first,
 * [1,4,8,8]; where axis is not -1 it stands in the file. */
static const struct {
    const char *op, *dims;
    int axis;
    struct shape shape;
} aligned[] = {
    {"Add", "4", 1, {3, {4, 1, 1}}},    {"Sub", "1,4", 0, {4, {1, 4, 1, 1}}},
    {"Mul", "4,8", 1, {3, {4, 8, 1}}},  {"Div", "8,8", 2, {2, {8, 8}}},
    {"Pow", "8", 3, {1, {8}}},          {"Greater", "4", 1, {3, {4, 1, 1}}},
    {"Less", "", 1, {3, {1, 1, 1}}},    {"PRelu", "4", -1, {3, {4, 1, 1}}},
    {"PRelu", "1", -1, {3, {1, 1, 1}}},
};

START_TEST(broadcast) {
    struct build build;
    struct loaded loaded;
    struct snv2_diagnostic diagnostic;
    char text[SHAPE_TEXT];
    float zeros[64] = {0};
    build_start(&build, 6);
    Onnx__TensorProto *operand = build_initializer(&build, "b", DTYPE_FLOAT32, aligned[_i].dims);
    int64_t elements = 1;
    for (size_t d = 0; d < operand->n_dims; d++)
        elements *= operand->dims[d];
    build_raw(&build, operand, zeros, (size_t)elements * sizeof *zeros);
    Onnx__NodeProto *node = build_node(&build, aligned[_i].op, "x b", "y");
    if (aligned[_i].axis >= 0) {
        build_int(&build, node, "broadcast", 1);
        build_int(&build, node, "axis", aligned[_i].axis);
    }
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, aligned[_i].op, SNV2_OK, "");
    ck_assert_int_eq(infer_graph(loaded.graph, &diagnostic), SNV2_OK);
    const struct value *read = loaded.graph->last->inputs[1];
    ck_assert_msg(shape_equal(&read->shape, &aligned[_i].shape), "%s: %s", aligned[_i].op,
                  shape_format(&read->shape, text));
    loaded_free(&loaded);
}
END_TEST

/* An axis at which the operand does not fit. */
START_TEST(misaligned) {
    struct build build;
    struct loaded loaded;
    struct snv2_diagnostic diagnostic;
    build_start(&build, 6);
    Onnx__NodeProto *node = build_node(&build, "Add", "x x", "y");
    build_int(&build, node, "broadcast", 1);
    build_int(&build, node, "axis", 1);
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, "misaligned", SNV2_OK, "");
    ck_assert_int_eq(infer_graph(loaded.graph, &diagnostic), SNV2_BAD_MODEL);
    loaded_free(&loaded);
}
END_TEST

/* ---- refused ---- */

static void add_negative_axis(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Add", "x x", "y");
    build_int(b, node, "broadcast", 1);
    build_int(b, node, "axis", -1);
}

static void broadcast_float(struct build *b) {
    build_float(b, build_node(b, "Add", "x x", "y"), "broadcast", 1);
}

static void trained(struct build *b) {
    build_int(b, build_node(b, "BatchNormalization", "x x x x x", "y"), "is_test", 0);
}

static void dropout_unsaid(struct build *b) {
    build_node(b, "Dropout", "x", "y");
}

static void dropout_trained(struct build *b) {
    build_int(b, build_node(b, "Dropout", "x", "y"), "is_test", 0);
}

static void cast_to_text(struct build *b) {
    build_string(b, build_node(b, "Cast", "x", "y"), "to", "STRING");
}

static void cast_to_number(struct build *b) {
    build_int(b, build_node(b, "Cast", "x", "y"), "to", DTYPE_FLOAT16);
}

static void upsample_bilinear(struct build *b) {
    build_string(b, upsample_node(b), "mode", "bilinear");
}

static void upsample_without_scale(struct build *b) {
    build_float(b, build_node(b, "Upsample", "x", "y"), "height_scale", 2);
}

static void tile(struct build *b) {
    build_node(b, "Tile", "x x x", "y");
}

static void split_unsaid(struct build *b) {
    build_node(b, "Split", "x", "y z");
}

static void split_by_operand(struct build *b) {
    build_int(b, build_node(b, "Split", "x x", "y z"), "axis", 1);
}

static const struct refused_model bad[] = {
    {add_broadcast, 7, SNV2_UNSUPPORTED, "'broadcast' is unknown in opset 7"},
    {add_negative_axis, 6, SNV2_UNSUPPORTED, "'axis' is -1"},
    {broadcast_float, 6, SNV2_BAD_MODEL, "type FLOAT, expected INT"},
    {relu_in_place, 6, SNV2_UNSUPPORTED, "'consumed_inputs' is unknown in opset 6"},
    {trained, 6, SNV2_UNSUPPORTED, "'is_test' is 0; supported is 1"},
    {batch_normalization, 7, SNV2_UNSUPPORTED, "is unknown in opset 7"},
    {dropout_unsaid, 6, SNV2_UNSUPPORTED, "is in training mode (is_test is 0)"},
    {dropout_trained, 6, SNV2_UNSUPPORTED, "'is_test' is 0; supported is 1"},
    {concat, 4, SNV2_BAD_MODEL, "attribute 'axis' is missing"},
    {pad, 2, SNV2_BAD_MODEL, "attribute 'pads' is missing"},
    {cast_to_text, 5, SNV2_UNSUPPORTED, "a type that is not supported"},
    {cast_to_number, 5, SNV2_BAD_MODEL, "type INT, expected STRING"},
    {cast, 6, SNV2_BAD_MODEL, "type STRING, expected INT"},
    {upsample_bilinear, 6, SNV2_UNSUPPORTED, "the only mode that is supported is 'nearest'"},
    {upsample_without_scale, 6, SNV2_BAD_MODEL, "attribute 'width_scale' is missing"},
    {tile, 5, SNV2_UNSUPPORTED, "one count and one axis"},
    {split_unsaid, 1, SNV2_UNSUPPORTED, "in opset 1 only a split along a given axis"},
    {split_by_operand, 1, SNV2_UNSUPPORTED, "in opset 1 only a split along a given axis"},
};

START_TEST(refused) {
    expect_refused(&bad[_i], NULL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("early forms");
    TCase *tests = tcase_create("early forms");
    tcase_add_loop_test(tests, early_forms, 0, (int)(sizeof upgraded / sizeof *upgraded));
    tcase_add_loop_test(tests, broadcast, 0, (int)(sizeof aligned / sizeof *aligned));
    tcase_add_test(tests, misaligned);
    tcase_add_loop_test(tests, refused, 0, (int)(sizeof bad / sizeof *bad));
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
