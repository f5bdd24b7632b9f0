/* Older forms of operators, constants, and model-local functions: what a node of the file becomes,
 * as the graph's text; and what is refused. */
#include "tests/import_case.h"

/* ---- one node of an older opset ---- */

static void squeeze(struct build *b) {
    build_ints(b, build_node(b, "Squeeze", "x", "y"), "axes", "0");
}

static void unsqueeze(struct build *b) {
    build_ints(b, build_node(b, "Unsqueeze", "x", "y"), "axes", "0,2");
}

static void reduce_mean(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "ReduceMean", "x", "y");
    build_ints(b, node, "axes", "2,3");
    build_int(b, node, "keepdims", 0);
}

static void split(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Split", "x", "y z");
    build_ints(b, node, "split", "1,3");
    build_int(b, node, "axis", 1);
}

static void clip(struct build *b) {
    build_float(b, build_node(b, "Clip", "x", "y"), "max", 6);
}

static void pad(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Pad", "x", "y");
    build_ints(b, node, "pads", "0,0,1,1,0,0,1,1");
    build_float(b, node, "value", 0.5);
    build_string(b, node, "mode", "edge");
}

static void slice(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Slice", "x", "y");
    build_ints(b, node, "starts", "1");
    build_ints(b, node, "ends", "3");
    build_ints(b, node, "axes", "1");
}

static void dropout(struct build *b) {
    build_float(b, build_node(b, "Dropout", "x", "y mask"), "ratio", 0.5);
}

static void einsum(struct build *b) {
    build_string(b, build_node(b, "Einsum", "x x", "y"), "equation", "...i,...i");
}

static void equation_of_bytes(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Einsum", "x", "y");
    build_string(b, node, "equation", "abc");
    node->attribute[0]->s.data[1] = '\0';
}

static void no_equation(struct build *b) {
    build_node(b, "Einsum", "x", "y");
}

static void sum(struct build *b) {
    build_node(b, "Sum", "x x x", "y");
}

static void sum_of_one(struct build *b) {
    build_node(b, "Sum", "x", "y");
}

static void max_pool_with_indices(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "MaxPool", "x", "y indices");
    build_ints(b, node, "kernel_shape", "2,2");
    build_int(b, node, "storage_order", 1);
}

static void batch_normalization(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "BatchNormalization", "x x x x x", "y _ _");
    build_float(b, node, "momentum", 0.5);
    build_float(b, node, "epsilon", 0.25);
    build_int(b, node, "spatial", 1);
}

static void cast(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Cast", "x", "y");
    build_int(b, node, "to", DTYPE_FLOAT16);
    build_int(b, node, "saturate", 0);
}

static void reduce_sum(struct build *b) {
    build_ints(b, build_node(b, "ReduceSum", "x", "y"), "axes", "1");
}

static void softmax(struct build *b) {
    build_node(b, "Softmax", "x", "y");
}

static void log_softmax(struct build *b) {
    build_int(b, build_node(b, "LogSoftmax", "x", "y"), "axis", 2);
}

static void top_k(struct build *b) {
    build_int(b, build_node(b, "TopK", "x", "y i"), "k", 3);
}

static void upsample_7(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Upsample", "x", "y");
    Onnx__AttributeProto *scales = build_attribute(b, node, "scales", ATTRIBUTE_TYPE(FLOATS));
    BUILD_APPEND(b, scales, floats, 1);
    BUILD_APPEND(b, scales, floats, 1);
    BUILD_APPEND(b, scales, floats, 2);
    BUILD_APPEND(b, scales, floats, 1.5f);
}

static void upsample_9(struct build *b) {
    build_string(b, build_node(b, "Upsample", "x x", "y"), "mode", "linear");
}

static void resize(struct build *b) {
    build_node(b, "Resize", "x x", "y");
}

static void resize_11(struct build *b) {
    build_string(b, build_node(b, "Resize", "x _ x", "y"), "coordinate_transformation_mode",
                 "tf_half_pixel_for_nn");
}

static void layer_normalization(struct build *b) {
    build_int(b, build_node(b, "LayerNormalization", "x x", "y mean"), "stash_type", 1);
}

static void taken_name(struct build *b) {
    squeeze(b);
    build_node(b, "Relu", "x", "y/axes");
}

static void attribute_without_type(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Flatten", "x", "y");
    build_int(b, node, "axis", 2);
    node->attribute[0]->has_type = false;
    node->attribute[0]->type = ATTRIBUTE_TYPE(UNDEFINED);
}

static const struct {
    change_model *change;
    int opset;
    const char *text;
} upgraded[] = {
    {squeeze, 12, "const y/axes: int64[1] = {0}\ny = Squeeze(x, y/axes)\n"},
    {unsqueeze, 12, "const y/axes: int64[2] = {0, 2}\ny = Unsqueeze(x, y/axes)\n"},
    {reduce_mean, 17, "const y/axes: int64[2] = {2, 3}\ny = ReduceMean(x, y/axes) {keepdims=0}\n"},
    {split, 11, "const y/split: int64[2] = {1, 3}\ny, z = Split(x, y/split) {axis=1}\n"},
    {clip, 7, "const y/max: float32[] = {6}\ny = Clip(x, _, y/max)\n"},
    {pad, 10,
     "const y/pads: int64[8] = {0, 0, 1, 1, 0, 0, 1, 1}\nconst y/value: float32[] = {0.5}\n"
     "y = Pad(x, y/pads, y/value) {mode=edge}\n"},
    {slice, 9,
     "const y/starts: int64[1] = {1}\nconst y/ends: int64[1] = {3}\n"
     "const y/axes: int64[1] = {1}\ny = Slice(x, y/starts, y/ends, y/axes)\n"},
    {dropout, 7, "y = Identity(x)\n"},
    {dropout, 9, "y = Identity(x)\n"},
    {dropout, 10,
     "y_1 = Shape(x) as y\nmask = ConstantOfShape(y_1) {value=bool[1]{1}} as y\ny = Identity(x)\n"},
    {einsum, 12, "y = Einsum(x, x) {equation=\"...i,...i\"}\n"},
    {sum, 8, "y_1 = Add(x, x) as y\ny = Add(y_1, x)\n"},
    {sum_of_one, 13, "y = Identity(x)\n"},
    {max_pool_with_indices, 8,
     "y = MaxPool(x) {kernel_shape=[2,2]}\n"
     "indices = MaxPoolIndices(x) {kernel_shape=[2,2], storage_order=1} as y\n"},
    {batch_normalization, 7, "y = BatchNormalization(x, x, x, x, x) {epsilon=0.25}\n"},
    {cast, 19, "y = Cast(x) {to=10}\n"},
    {reduce_sum, 12, "const y/axes: int64[1] = {1}\ny = ReduceSum(x, y/axes)\n"},
    {softmax, 12, "y = Softmax(x) {axis=1, over_rest=1}\n"},
    {softmax, 13, "y = Softmax(x)\n"},
    {log_softmax, 7, "y = LogSoftmax(x) {axis=2, over_rest=1}\n"},
    {log_softmax, 13, "y = LogSoftmax(x) {axis=2}\n"},
    {top_k, 9, "const y/k: int64[] = {3}\ny, i = TopK(x, y/k)\n"},
    {upsample_7, 8,
     "const y/scales: float32[4] = {1, 1, 2, 1.5}\ny = Resize(x, _, y/scales) "
     "{coordinate_transformation_mode=asymmetric, nearest_mode=floor}\n"},
    {upsample_9, 9,
     "y = Resize(x, _, x) "
     "{coordinate_transformation_mode=asymmetric, mode=linear, nearest_mode=floor}\n"},
    {resize, 10,
     "y = Resize(x, _, x) {coordinate_transformation_mode=asymmetric, nearest_mode=floor}\n"},
    {resize_11, 11, "y = Resize(x, _, x) {coordinate_transformation_mode=tf_half_pixel_for_nn}\n"},
    {layer_normalization, 17, "y, mean = LayerNormalization(x, x)\n"},
    {taken_name, 12,
     "const y/axes_1: int64[1] = {0}\ny = Squeeze(x, y/axes_1)\ny/axes = Relu(x)\n"},
    {attribute_without_type, 13, "y = Flatten(x) {axis=2}\n"},
};

START_TEST(older_forms) {
    expect_imported(upgraded[_i].change, upgraded[_i].opset, NULL, upgraded[_i].text);
}
END_TEST

/* ---- constants ---- */

static void constant(struct build *b, const char *name, int type) {
    build_attribute(b, build_node(b, "Constant", "", "c"), name, type);
    build_node(b, "Add", "x c", "y");
}

static Onnx__AttributeProto *constant_attribute(struct build *b) {
    return b->graph->node[0]->attribute[0];
}

static void value(struct build *b) {
    constant(b, "value", ATTRIBUTE_TYPE(TENSOR));
    constant_attribute(b)->t = build_tensor(b, "", DTYPE_INT32, "2");
    build_raw(b, constant_attribute(b)->t, "\1\0\0\0\2\0\0\0", 8);
}

static void value_float(struct build *b) {
    constant(b, "value_float", ATTRIBUTE_TYPE(FLOAT));
    constant_attribute(b)->has_f = true;
    constant_attribute(b)->f = 0.5;
}

static void value_floats(struct build *b) {
    constant(b, "value_floats", ATTRIBUTE_TYPE(FLOATS));
    Onnx__AttributeProto *attribute = constant_attribute(b);
    BUILD_APPEND(b, attribute, floats, 1.5f);
    BUILD_APPEND(b, attribute, floats, -2.0f);
}

static void value_int(struct build *b) {
    constant(b, "value_int", ATTRIBUTE_TYPE(INT)); /* the value 0 may be left out */
}

static void value_ints(struct build *b) {
    build_ints(b, build_node(b, "Constant", "", "c"), "value_ints", "3,-1");
    build_node(b, "Add", "x c", "y");
}

static const struct {
    change_model *change;
    const char *text;
} constants[] = {
    {value, "const c: int32[2] = {1, 2}\n"},
    {value_float, "const c: float32[] = {0.5}\n"},
    {value_floats, "const c: float32[2] = {1.5, -2}\n"},
    {value_int, "const c: int64[] = {0}\n"},
    {value_ints, "const c: int64[2] = {3, -1}\n"},
};

START_TEST(constant_forms) {
    struct build build;
    struct loaded loaded;
    char text[256];
    snprintf(text, sizeof text, "%sy = Add(x, c)\n", constants[_i].text);
    build_start(&build, 13);
    constants[_i].change(&build);
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, text, SNV2_OK, "");
    loaded_expect_text(&loaded, text);
    loaded_free(&loaded);
}
END_TEST

/* ---- functions ---- */

/* Adds a function of the domain "local" with those inputs and outputs, and no nodes. */
static Onnx__FunctionProto *build_function(struct build *b, const char *name, const char *inputs,
                                           const char *outputs) {
    Onnx__FunctionProto *function = BUILD_NEW(b, Onnx__FunctionProto, ONNX__FUNCTION_PROTO__INIT);
    Onnx__NodeProto *names = build_loose_node(b, name, inputs, outputs);
    function->name = names->op_type;
    function->domain = build_text(b, "local");
    function->n_input = names->n_input;
    function->input = names->input;
    function->n_output = names->n_output;
    function->output = names->output;
    BUILD_APPEND(b, b->model, functions, function);
    return function;
}

static Onnx__NodeProto *build_call(struct build *b, const char *name, const char *inputs,
                                   const char *outputs) {
    Onnx__NodeProto *call = build_node(b, name, inputs, outputs);
    call->domain = build_text(b, "local");
    return call;
}

/* A node of a function's body. */
static Onnx__NodeProto *build_body(struct build *b, Onnx__FunctionProto *function, const char *op,
                                   const char *inputs, const char *outputs) {
    Onnx__NodeProto *node = build_loose_node(b, op, inputs, outputs);
    BUILD_APPEND(b, function, node, node);
    return node;
}

static void refer(struct build *b, Onnx__NodeProto *node, const char *name, const char *outer) {
    build_attribute(b, node, name, ATTRIBUTE_TYPE(INT))->ref_attr_name = build_text(b, outer);
}

/* f(i) = Relu(Flatten(i)), twice, under names that the graph has too. */
static void called_twice(struct build *b) {
    Onnx__FunctionProto *f = build_function(b, "f", "x", "y");
    build_body(b, f, "Flatten", "x", "t");
    build_body(b, f, "Relu", "t", "y");
    build_call(b, "f", "x", "a");
    build_call(b, "f", "a", "y");
    build_node(b, "Relu", "x", "a/t");
}

static void nested(struct build *b) {
    Onnx__FunctionProto *inner = build_function(b, "inner", "i", "o");
    refer(b, build_body(b, inner, "Flatten", "i", "o"), "axis", "depth");
    Onnx__FunctionProto *outer = build_function(b, "outer", "i", "o");
    Onnx__NodeProto *call = build_body(b, outer, "inner", "i", "o");
    call->domain = build_text(b, "local");
    refer(b, call, "depth", "level");
    build_int(b, build_call(b, "outer", "x", "y"), "level", 3);
}

static void default_attribute(struct build *b) {
    Onnx__FunctionProto *f = build_function(b, "f", "i", "o");
    refer(b, build_body(b, f, "Flatten", "i", "o"), "axis", "depth");
    Onnx__NodeProto *defaults = build_loose_node(b, "", "", "");
    build_int(b, defaults, "depth", 2);
    BUILD_APPEND(b, f, attribute_proto, defaults->attribute[0]);
    build_call(b, "f", "x", "y");
}

static void absent_attribute(struct build *b) {
    Onnx__FunctionProto *f = build_function(b, "f", "i", "o");
    refer(b, build_body(b, f, "Flatten", "i", "o"), "axis", "depth");
    build_call(b, "f", "x", "y");
}

static void omitted_input(struct build *b) {
    Onnx__FunctionProto *f = build_function(b, "f", "i low high", "o");
    build_body(b, f, "Clip", "i low high", "o");
    build_call(b, "f", "x", "y");
}

static void omitted_output(struct build *b) {
    Onnx__FunctionProto *f = build_function(b, "f", "i", "o p");
    build_body(b, f, "Relu", "i", "o");
    build_body(b, f, "Relu", "o", "p");
    build_call(b, "f", "x", "_ y");
}

/* The body is of an older opset than the graph. */
static void own_opset(struct build *b) {
    Onnx__FunctionProto *f = build_function(b, "f", "i", "o");
    build_ints(b, build_body(b, f, "Squeeze", "i", "o"), "axes", "0");
    BUILD_APPEND(b, f, opset_import, build_opset(b, "", 11));
    build_call(b, "f", "x", "y");
}

static const struct {
    change_model *change;
    const char *text;
} expanded[] = {
    {called_twice, "a/t_1 = Flatten(x) as a/t\na = Relu(a/t_1) as a/y\n"
                   "y/t = Flatten(a)\ny = Relu(y/t) as y/y\na/t = Relu(x)\n"},
    {nested, "y = Flatten(x) {axis=3} as y/o/o\n"},
    {default_attribute, "y = Flatten(x) {axis=2} as y/o\n"},
    {absent_attribute, "y = Flatten(x) as y/o\n"},
    {omitted_input, "y = Clip(x) as y/o\n"},
    {omitted_output, "y/o = Relu(x)\ny = Relu(y/o) as y/p\n"},
    {own_opset, "const y/o/axes: int64[1] = {0}\ny = Squeeze(x, y/o/axes) as y/o\n"},
};

START_TEST(functions) {
    expect_imported(expanded[_i].change, 13, NULL, expanded[_i].text);
}
END_TEST

/* ---- refused ---- */

static void squeeze_both(struct build *b) {
    build_ints(b, build_node(b, "Squeeze", "x x", "y"), "axes", "0");
}

static void unsqueeze_without_axes(struct build *b) {
    build_node(b, "Unsqueeze", "x", "y");
}

static void squeeze_of_floats(struct build *b) {
    build_float(b, build_node(b, "Squeeze", "x", "y"), "axes", 0);
}

static void not_spatial(struct build *b) {
    build_int(b, build_node(b, "BatchNormalization", "x x x x x", "y"), "spatial", 0);
}

static void trained(struct build *b) {
    build_node(b, "BatchNormalization", "x x x x x", "y mean");
}

static void newer_operator(struct build *b) {
    build_node(b, "ConstantOfShape", "x", "y");
}

static void dropout_training(struct build *b) {
    build_raw(b, build_initializer(b, "yes", DTYPE_BOOL, ""), "\1", 1);
    build_node(b, "Dropout", "x _ yes", "y");
}

static void constant_of_nothing(struct build *b) {
    build_node(b, "Constant", "", "y");
}

static void constant_text(struct build *b) {
    build_string(b, build_node(b, "Constant", "", "y"), "value_string", "text");
}

static void recursive(struct build *b) {
    Onnx__FunctionProto *f = build_function(b, "f", "i", "o");
    build_body(b, f, "f", "i", "o")->domain = build_text(b, "local");
    build_call(b, "f", "x", "y");
}

static void function_twice(struct build *b) {
    build_function(b, "f", "i", "o");
    build_function(b, "f", "i", "o");
    build_call(b, "f", "x", "y");
}

static void too_many_operands(struct build *b) {
    build_body(b, build_function(b, "f", "i", "o"), "Relu", "i", "o");
    build_call(b, "f", "x x", "y");
}

static void captures(struct build *b) {
    build_body(b, build_function(b, "f", "i", "o"), "Add", "i x", "o");
    build_call(b, "f", "x", "y");
}

static void passes_through(struct build *b) {
    build_function(b, "f", "i", "i");
    build_call(b, "f", "x", "y");
}

static void makes_nothing(struct build *b) {
    build_function(b, "f", "i", "o");
    build_call(b, "f", "x", "y");
}

static void upsample_without_scales(struct build *b) {
    build_node(b, "Upsample", "x", "y");
}

static void resize_without_scales(struct build *b) {
    build_node(b, "Resize", "x", "y");
}

static void internal_attribute(struct build *b) {
    build_int(b, build_node(b, "Softmax", "x", "y"), "over_rest", 1);
}

static void no_blocksize(struct build *b) {
    build_node(b, "DepthToSpace", "x", "y");
}

static void mask_is_read(struct build *b) {
    build_node(b, "Dropout", "x", "a mask");
    build_node(b, "Relu", "mask", "y");
}

/* 2^30 nodes of 31 functions. */
static void doubling(struct build *b) {
    char name[3] = "f0", inner[3];
    build_body(b, build_function(b, name, "i", "o"), "Relu", "i", "o");
    for (int i = 1; i < 31; i++) {
        strcpy(inner, name);
        name[1] = (char)('0' + i);
        Onnx__FunctionProto *f = build_function(b, name, "i", "o");
        build_body(b, f, inner, "i", "t")->domain = build_text(b, "local");
        build_body(b, f, inner, "t", "o")->domain = build_text(b, "local");
    }
    build_call(b, name, "x", "y");
}

static const struct refused_model bad[] = {
    {squeeze_both, 12, SNV2_BAD_MODEL, "in opset 12 'axes' is an attribute"},
    {squeeze, 13, SNV2_UNSUPPORTED, "'axes' is unknown in opset 13"},
    {unsqueeze_without_axes, 12, SNV2_BAD_MODEL, "attribute 'axes' is missing"},
    {squeeze_of_floats, 12, SNV2_BAD_MODEL, "type FLOAT, expected INTS"},
    {not_spatial, 7, SNV2_UNSUPPORTED, "'spatial' is 0; supported is 1"},
    {trained, 9, SNV2_UNSUPPORTED, "training mode"},
    {newer_operator, 8, SNV2_BAD_MODEL, "opset 8 does not have this operator; it came with 9"},
    {dropout_training, 12, SNV2_UNSUPPORTED, "may be in training mode"},
    {constant_of_nothing, 13, SNV2_BAD_MODEL, "has 0 attributes"},
    {constant_text, 13, SNV2_UNSUPPORTED, "'value_string' is not supported"},
    {recursive, 13, SNV2_BAD_MODEL, "the function calls itself"},
    {function_twice, 13, SNV2_BAD_MODEL, "two functions 'f' in domain 'local'"},
    {too_many_operands, 13, SNV2_BAD_MODEL, "has 2 inputs and 1 outputs; the function has 1 and 1"},
    {captures, 13, SNV2_BAD_MODEL, "reads 'x', which nothing in function 'f' makes"},
    {passes_through, 13, SNV2_UNSUPPORTED, "two inputs or outputs of one name"},
    {makes_nothing, 13, SNV2_BAD_MODEL, "graph output 'y' is made by no node"},
    {upsample_9, 10, SNV2_BAD_MODEL, "it is Resize since opset 10"},
    {resize, 9, SNV2_BAD_MODEL, "it came with 10"},
    {upsample_without_scales, 8, SNV2_BAD_MODEL, "attribute 'scales' is missing"},
    {resize_without_scales, 10, SNV2_BAD_MODEL, "has 1 inputs, expected X and scales"},
    {internal_attribute, 12, SNV2_UNSUPPORTED, "'over_rest' is unknown in opset 12"},
    {no_blocksize, 13, SNV2_BAD_MODEL, "attribute 'blocksize' is missing"},
    {equation_of_bytes, 12, SNV2_BAD_MODEL, "has a NUL in it"},
    {no_equation, 12, SNV2_BAD_MODEL, "attribute 'equation' is missing"},
    {mask_is_read, 9, SNV2_UNSUPPORTED, "'mask' is read, but outputs of its kind"},
};

START_TEST(refused) {
    expect_refused(&bad[_i], NULL);
}
END_TEST

/* Bounded by the budget before it is by the count. */
START_TEST(function_bomb) {
    static const struct onnx_options options = {.memory_budget = 16 << 20};
    struct build build;
    struct loaded loaded;
    build_start(&build, 13);
    doubling(&build);
    build_load(&build, NULL, &options, &loaded);
    loaded_expect(&loaded, "bomb", SNV2_NO_MEMORY, "out of memory");
    loaded_free(&loaded);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("upgrade");
    TCase *tests = tcase_create("upgrade");
    tcase_add_loop_test(tests, older_forms, 0, (int)(sizeof upgraded / sizeof *upgraded));
    tcase_add_loop_test(tests, constant_forms, 0, (int)(sizeof constants / sizeof *constants));
    tcase_add_loop_test(tests, functions, 0, (int)(sizeof expanded / sizeof *expanded));
    tcase_add_loop_test(tests, refused, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(tests, function_bomb);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
