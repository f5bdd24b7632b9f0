/* Importing graphs: wrong ones, as a table of changes to a right one; and the order
 * of nodes. */
#include "tests/onnx_build.h"

#include "interp/interp.h"

/* ---- refused ---- */

static void no_graph(struct build *b) {
    b->model->graph = NULL;
}

static void no_nodes(struct build *b) {
    b->graph->n_node = 0;
}

static void no_outputs(struct build *b) {
    b->graph->n_output = 0;
}

static void no_opset(struct build *b) {
    b->model->n_opset_import = 0;
}

static void other_opset_only(struct build *b) {
    b->model->opset_import[0]->domain = build_text(b, "com.example");
}

static void opset_0(struct build *b) {
    b->model->opset_import[0]->version = 0;
}

static void opset_unset(struct build *b) {
    b->model->opset_import[0]->has_version = false;
}

static void opset_negative(struct build *b) {
    b->model->opset_import[0]->version = -1;
}

static void opset_huge(struct build *b) {
    b->model->opset_import[0]->version = INT64_MAX;
}

static void opset_26(struct build *b) {
    b->model->opset_import[0]->version = 26;
}

static void opset_twice(struct build *b) {
    BUILD_APPEND(b, b->model, opset_import, build_opset(b, "ai.onnx", 13));
}

static void training(struct build *b) {
    BUILD_APPEND(b, b->model, training_info,
                 BUILD_NEW(b, Onnx__TrainingInfoProto, ONNX__TRAINING_INFO_PROTO__INIT));
}

static void sparse(struct build *b) {
    BUILD_APPEND(b, b->graph, sparse_initializer,
                 BUILD_NEW(b, Onnx__SparseTensorProto, ONNX__SPARSE_TENSOR_PROTO__INIT));
}

static void unknown_operators(struct build *b) {
    for (int i = 0; i < 5; i++)
        build_node(b, "Frobnicate", "x", "f")->name = build_text(b, "frob\n1");
    build_node(b, "If", "x", "g");
    build_node(b, "FusedConv", "x", "h")->domain = build_text(b, "com.microsoft");
}

static void custom_domain(struct build *b) {
    BUILD_APPEND(b, b->model, opset_import, build_opset(b, "com.example", 1));
    build_node(b, "Relu", "x", "f")->domain = build_text(b, "com.example");
}

static void conditional(struct build *b) {
    build_node(b, "If", "x", "f");
}

static void many_unknown_operators(struct build *b) {
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "Op%d", i);
        build_node(b, name, "x", "f");
    }
}

static void internal_operator(struct build *b) {
    build_node(b, "ChannelView", "x", "v");
}

static void cycle(struct build *b) {
    build_node(b, "Relu", "q", "p")->name = build_text(b, "first");
    build_node(b, "Relu", "p", "q");
}

static void self_loop(struct build *b) {
    build_node(b, "Add", "x s", "s")->name = build_text(b, "loop");
}

static void value_twice(struct build *b) {
    build_node(b, "Relu", "x", "y");
}

static void initializer_twice(struct build *b) {
    build_initializer(b, "w", DTYPE_FLOAT32, "0");
    build_initializer(b, "w", DTYPE_FLOAT32, "0");
}

static void initializer_unnamed(struct build *b) {
    build_initializer(b, "", DTYPE_FLOAT32, "0");
}

static void initializer_shadowed(struct build *b) {
    build_initializer(b, "y", DTYPE_FLOAT32, "0");
}

static void input_shadowed(struct build *b) {
    build_input(b, "y", DTYPE_FLOAT32, "1");
}

static void input_twice(struct build *b) {
    build_input(b, "x", DTYPE_FLOAT32, "1,4,8,8");
}

static void input_undefined(struct build *b) {
    build_node(b, "Add", "x nothing", "z");
}

static void output_undefined(struct build *b) {
    build_output(b, "nothing");
}

static void output_unnamed(struct build *b) {
    build_node(b, "Relu", "x", "_");
}

static void attribute_twice(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Flatten", "x", "z");
    build_int(b, node, "axis", 1);
    build_int(b, node, "axis", 1);
}

static void attribute_unknown(struct build *b) {
    build_int(b, build_node(b, "Flatten", "x", "z"), "axes", 1);
}

static void attribute_internal(struct build *b) {
    build_string(b, build_node(b, "Conv", "x x", "z"), "activation", "relu");
}

static void attribute_unnamed(struct build *b) {
    build_int(b, build_node(b, "Flatten", "x", "z"), "", 1);
}

static void attribute_of_another_type(struct build *b) {
    build_float(b, build_node(b, "Flatten", "x", "z"), "axis", 1);
}

static void attribute_contradicts(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Flatten", "x", "z");
    build_int(b, node, "axis", 1);
    node->attribute[0]->has_f = true;
}

static void attribute_without_type(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Flatten", "x", "z");
    build_attribute(b, node, "axis", 0)->has_type = false;
}

static void attribute_of_type_99(struct build *b) {
    build_attribute(b, build_node(b, "Flatten", "x", "z"), "axis", 99);
}

static void attribute_reference(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Flatten", "x", "z");
    build_int(b, node, "axis", 1);
    node->attribute[0]->ref_attr_name = build_text(b, "outer");
}

static void attribute_enumeration(struct build *b) {
    build_string(b, build_node(b, "MaxPool", "x", "z"), "auto_pad", "SAME_MIDDLE");
}

static void attribute_long(struct build *b) {
    build_ints(b, build_node(b, "Transpose", "x", "z"), "perm",
               "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17");
}

static void attributes_many(struct build *b) {
    Onnx__NodeProto *node = build_node(b, "Flatten", "x", "z");
    for (int i = 0; i < 257; i++)
        build_int(b, node, "axis", 1);
}

static void attribute_missing(struct build *b) {
    build_node(b, "Concat", "x x", "z");
}

static void input_sequence(struct build *b) {
    b->graph->input[0]->type->tensor_type = NULL;
    b->graph->input[0]->type->sequence_type =
        BUILD_NEW(b, Onnx__TypeProto__Sequence, ONNX__TYPE_PROTO__SEQUENCE__INIT);
}

static void input_without_type(struct build *b) {
    b->graph->input[0]->type = NULL;
}

static void input_of_type_0(struct build *b) {
    b->graph->input[0]->type->tensor_type->elem_type = 0;
}

static void input_of_strings(struct build *b) {
    b->graph->input[0]->type->tensor_type->elem_type = 8;
}

static void input_of_rank_9(struct build *b) {
    build_input(b, "z", DTYPE_FLOAT32, "1,1,1,1,1,1,1,1,1");
}

static void input_empty(struct build *b) {
    build_input(b, "z", DTYPE_FLOAT32, "0,4");
}

static void input_negative(struct build *b) {
    build_input(b, "z", DTYPE_FLOAT32, "1,-2");
}

static void input_too_large(struct build *b) {
    build_input(b, "z", DTYPE_FLOAT32, "4294967296,4294967296");
}

static void input_named_size(struct build *b) {
    build_input(b, "z", DTYPE_FLOAT32, "N,2");
    b->graph->input[1]->type->tensor_type->shape->dim[1]->dim_param = build_text(b, "M");
}

static void input_unset(struct build *b) {
    build_input(b, "image", DTYPE_FLOAT32, "1,3,height,?");
}

static void input_unset_vector(struct build *b) {
    build_input(b, "v", DTYPE_FLOAT32, "N");
}

static void input_without_shape(struct build *b) {
    build_input(b, "v", DTYPE_FLOAT32, NULL);
}

static void batch_of_0(struct build *b) {
    build_input(b, "z", DTYPE_FLOAT32, "0,3,8,8");
}

static void long_names(struct build *b) {
    char *name = build_alloc(b, 1 << 20, 1);
    memset(name, '\x1b', (1 << 20) - 1);
    build_node(b, "Relu", name, "z")->name = name;
}

/* `number` is that of the case in the list of hostile inputs, 0 where it has none. */
static const struct {
    int number;
    void (*change)(struct build *build);
    enum snv2_status status;
    const char *message;
} bad[] = {
    {21, no_graph, SNV2_BAD_MODEL, "no graph"},
    {49, no_nodes, SNV2_BAD_MODEL, "no nodes"},
    {0, no_outputs, SNV2_BAD_MODEL, "no outputs"},
    {22, no_opset, SNV2_BAD_MODEL, "imports no opset"},
    {22, other_opset_only, SNV2_BAD_MODEL, "imports no opset"},
    {23, opset_0, SNV2_BAD_MODEL, "version 0"},
    {23, opset_unset, SNV2_BAD_MODEL, "version 0"},
    {23, opset_negative, SNV2_BAD_MODEL, "version -1"},
    {23, opset_huge, SNV2_BAD_MODEL, "version 9223372036854775807"},
    {23, opset_26, SNV2_UNSUPPORTED, "opset 26; supported are 1 to 25"},
    {24, opset_twice, SNV2_BAD_MODEL, "twice"},
    {67, training, SNV2_UNSUPPORTED, "training"},
    {66, sparse, SNV2_UNSUPPORTED, "sparse"},
    {26, unknown_operators, SNV2_UNSUPPORTED,
     "unsupported operators: Frobnicate ('frob\\x0a1', 'frob\\x0a1', 'frob\\x0a1' and 2 more), "
     "If ('g'), com.microsoft.FusedConv ('h')"},
    {27, custom_domain, SNV2_UNSUPPORTED, "unsupported operators: com.example.Relu ('f')"},
    {45, conditional, SNV2_UNSUPPORTED, "unsupported operators: If ('f')"},
    {26, many_unknown_operators, SNV2_UNSUPPORTED, "more operators"},
    {26, internal_operator, SNV2_UNSUPPORTED, "ChannelView"},
    {28, cycle, SNV2_BAD_MODEL, "(Relu): is on a cycle"},
    {29, self_loop, SNV2_BAD_MODEL, "node 'loop' (Add): is on a cycle"},
    {31, value_twice, SNV2_BAD_MODEL, "makes 'y', which another node makes too"},
    {32, initializer_twice, SNV2_BAD_MODEL, "two initializers 'w'"},
    {0, initializer_unnamed, SNV2_BAD_MODEL, "without a name"},
    {33, initializer_shadowed, SNV2_BAD_MODEL, "makes 'y', which is an initializer"},
    {33, input_shadowed, SNV2_BAD_MODEL, "makes 'y', which is a graph input"},
    {0, input_twice, SNV2_BAD_MODEL, "two inputs 'x'"},
    {34, input_undefined, SNV2_BAD_MODEL, "node 'z' (Add): input 2, 'nothing', is no graph input"},
    {35, output_undefined, SNV2_BAD_MODEL, "graph output 'nothing'"},
    {40, output_unnamed, SNV2_BAD_MODEL, "no named output"},
    {41, attribute_twice, SNV2_BAD_MODEL, "node 'z' (Flatten): attribute 'axis' stands twice"},
    {0, attribute_unknown, SNV2_UNSUPPORTED, "attribute 'axes' is unknown in opset 13"},
    {0, attribute_internal, SNV2_UNSUPPORTED, "attribute 'activation' is unknown"},
    {0, attribute_unnamed, SNV2_BAD_MODEL, "without a name"},
    {42, attribute_of_another_type, SNV2_BAD_MODEL, "'axis' has type FLOAT, expected INT"},
    {42, attribute_contradicts, SNV2_BAD_MODEL, "has type INT and a value of type FLOAT"},
    {42, attribute_without_type, SNV2_BAD_MODEL, "has no type"},
    {42, attribute_of_type_99, SNV2_BAD_MODEL, "has no type"},
    {43, attribute_reference, SNV2_BAD_MODEL, "refers to a function's"},
    {0, attribute_enumeration, SNV2_BAD_MODEL, "'auto_pad' has the unknown value 'SAME_MIDDLE'"},
    {0, attribute_long, SNV2_BAD_MODEL, "has 17 elements"},
    {0, attributes_many, SNV2_UNSUPPORTED, "more than 256 attributes"},
    {0, attribute_missing, SNV2_BAD_MODEL, "attribute 'axis' is missing"},
    {0, input_sequence, SNV2_UNSUPPORTED, "is a sequence"},
    {0, input_without_type, SNV2_BAD_MODEL, "has no type"},
    {61, input_of_type_0, SNV2_BAD_MODEL, "element type 0"},
    {63, input_of_strings, SNV2_UNSUPPORTED, "element type string"},
    {56, input_of_rank_9, SNV2_UNSUPPORTED, "9 dimensions"},
    {55, input_empty, SNV2_BAD_MODEL, "dimension 0 of input 'z' is 0"},
    {54, input_negative, SNV2_BAD_MODEL, "dimension 1 of input 'z' is -2"},
    {52, input_too_large, SNV2_BAD_MODEL, "'z' is too large"},
    {0, input_named_size, SNV2_BAD_MODEL, "a value and a name"},
    {46, input_unset, SNV2_USAGE,
     "input 'image' has shape [1,3,?height,?]: add --input-shape image:1,3,H,W"},
    {46, input_unset_vector, SNV2_USAGE, "add --input-shape v:D0"},
    {46, input_without_shape, SNV2_USAGE, "no declared shape: add --input-shape v:"},
    {46, batch_of_0, SNV2_BAD_MODEL, "dimension 0 of input 'z' is 0"},
    {51, long_names, SNV2_BAD_MODEL, "\\x1b"},
};

START_TEST(refused) {
    struct build build;
    struct loaded loaded;
    char name[48];
    snprintf(name, sizeof name, "case %d, row %d", bad[_i].number, _i);
    build_start(&build, 13);
    build_node(&build, "Relu", "x", "y");
    bad[_i].change(&build);
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, name, bad[_i].status, bad[_i].message);
    ck_assert_ptr_null(loaded.graph);
    loaded_free(&loaded);
}
END_TEST

/* ---- accepted ---- */

/* Case 30. */
START_TEST(unsorted_nodes) {
    static const char *const expected[] = {"a", "b", "c", "y"};
    struct build build;
    struct loaded loaded;
    build_start(&build, 13);
    build_node(&build, "Add", "b c", "y");
    build_node(&build, "Relu", "a", "b");
    build_node(&build, "Relu", "x", "a");
    build_node(&build, "Relu", "a", "c");
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, "unsorted", SNV2_OK, "");
    const struct node *node = loaded.graph->first;
    for (size_t i = 0; i < 4; i++, node = node->next)
        ck_assert_str_eq(node->name, expected[i]);
    loaded_free(&loaded);
}
END_TEST

START_TEST(sorted_nodes_stay) {
    static const char *const expected[] = {"c", "a", "b", "y"};
    struct build build;
    struct loaded loaded;
    build_start(&build, 13);
    for (size_t i = 0; i < 3; i++)
        build_node(&build, "Relu", "x", expected[i]);
    build_node(&build, "Add", "a c", "y");
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, "sorted", SNV2_OK, "");
    const struct node *node = loaded.graph->first;
    for (size_t i = 0; i < 4; i++, node = node->next)
        ck_assert_str_eq(node->name, expected[i]);
    loaded_free(&loaded);
}
END_TEST

/* Case 50: a chain in the worst order; no recursion, no quadratic search. */
START_TEST(many_nodes) {
    enum { NODES = 200000 };
    struct build build;
    struct loaded loaded;
    char names[2][16];
    build_start(&build, 13);
    build.graph->n_node = NODES;
    build.graph->node = build_alloc(&build, NODES, sizeof(Onnx__NodeProto *));
    for (int i = 0; i < NODES; i++) {
        snprintf(names[0], sizeof names[0], "v%d", i);
        snprintf(names[1], sizeof names[1], "v%d", i + 1);
        build.graph->node[NODES - 1 - i] =
            build_loose_node(&build, "Relu", i ? names[0] : "x", i + 1 < NODES ? names[1] : "y");
    }
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, "many nodes", SNV2_OK, "");
    ck_assert_int_eq(loaded.graph->node_count, NODES);
    ck_assert_str_eq(loaded.graph->last->name, "y");
    loaded_free(&loaded);
}
END_TEST

/* Case 36. */
START_TEST(outputs_that_are_inputs) {
    struct build build;
    struct loaded loaded;
    build_start(&build, 13);
    build_node(&build, "Relu", "x", "y");
    build_output(&build, "x");
    build_output(&build, "y");
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, "outputs", SNV2_OK, "");
    ck_assert_int_eq(loaded.graph->output_count, 3);
    ck_assert_ptr_eq(loaded.graph->outputs[1], loaded.graph->inputs[0]);
    ck_assert_ptr_eq(loaded.graph->outputs[2], loaded.graph->outputs[0]);
    loaded_free(&loaded);
}
END_TEST

START_TEST(initializers_listed_as_inputs) {
    static const float contents[2] = {1, 2};
    struct build build;
    struct loaded loaded;
    build_start(&build, 13);
    build_input(&build, "w", DTYPE_FLOAT32, "N");
    build_raw(&build, build_initializer(&build, "w", DTYPE_FLOAT32, "2"), contents, 8);
    build_node(&build, "Add", "x w", "y");
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, "initializers", SNV2_OK, "");
    ck_assert_int_eq(loaded.graph->input_count, 1);
    ck_assert_ptr_nonnull(graph_find_value(loaded.graph, "w")->data);
    loaded_free(&loaded);
}
END_TEST

/* Case 25. */
START_TEST(unknown_ir_version) {
    static const int64_t versions[] = {0, -1, 14, INT64_MAX};
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        struct build build;
        struct loaded loaded;
        build_start(&build, 13);
        build.model->ir_version = versions[i];
        build_node(&build, "Relu", "x", "y");
        build_load(&build, NULL, NULL, &loaded);
        loaded_expect(&loaded, "IR version", SNV2_OK, "");
        ck_assert(loaded_notes(&loaded, "is unknown; the file is read as version 13"));
        loaded_free(&loaded);
    }
}
END_TEST

/* Operand counts and types are checked when shapes are inferred. */
static void conv_of_nothing(struct build *b) {
    build_node(b, "Conv", "", "z");
}

static void too_many_inputs(struct build *b) {
    build_node(b, "Relu", "x x", "z");
}

static void too_many_outputs(struct build *b) {
    build_node(b, "Relu", "x", "z z2");
}

static void required_input_omitted(struct build *b) {
    build_node(b, "Add", "x _", "z");
}

static void declared_otherwise(struct build *b) {
    build_node(b, "Relu", "x", "z");
    BUILD_APPEND(b, b->graph, value_info, build_value_info(b, "z", DTYPE_FLOAT32, "1,4,8,9"));
}

static const struct {
    int number;
    void (*change)(struct build *build);
    const char *message;
} wrong[] = {
    {37, conv_of_nothing, "input 1 of 2 required ones is missing"},
    {38, too_many_inputs, "has 2 inputs; there can be 1"},
    {38, too_many_outputs, "has 2 outputs; there can be 1"},
    {39, required_input_omitted, "input 2 of 2 required ones is missing"},
    {48, declared_otherwise, "is declared as float32[1,4,8,9] but is float32[1,4,8,8]"},
};

START_TEST(refused_by_inference) {
    struct build build;
    struct loaded loaded;
    build_start(&build, 13);
    build_node(&build, "Relu", "x", "y");
    wrong[_i].change(&build);
    build_load(&build, NULL, NULL, &loaded);
    if (loaded.status == SNV2_OK)
        loaded.status = infer_graph(loaded.graph, &loaded.diagnostic);
    loaded_expect(&loaded, wrong[_i].message, SNV2_BAD_MODEL, wrong[_i].message);
    ck_assert_str_eq(loaded.diagnostic.node, "z");
    loaded_free(&loaded);
}
END_TEST

START_TEST(notes_and_info) {
    struct build build;
    struct loaded loaded;
    build_start(&build, 13);
    build.model->ir_version = 14;
    build.model->producer_name = build_text(&build, "maker");
    build.model->producer_version = build_text(&build, "2.1");
    BUILD_APPEND(&build, build.model, opset_import, build_opset(&build, "com.example", 3));
    build_node(&build, "Relu", "x", "y")->domain = build_text(&build, "ai.onnx");
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, "notes", SNV2_OK, "");
    ck_assert(loaded_notes(&loaded, "IR version 14 is unknown"));
    ck_assert_str_eq(loaded.info.producer, "maker 2.1");
    ck_assert_int_eq(loaded.info.opset, 13);
    ck_assert_int_eq(loaded.info.ir_version, 14);
    ck_assert_uint_ne(loaded.info.source_hash, 0);
    loaded_free(&loaded);
}
END_TEST

START_TEST(omitted_operands) {
    struct build build;
    struct loaded loaded;
    build_start(&build, 13);
    build_input(&build, "high", DTYPE_FLOAT32, "1");
    build_node(&build, "Clip", "x _ high", "a");
    build_node(&build, "Clip", "a _ _", "y");
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, "omitted", SNV2_OK, "");
    ck_assert_int_eq(loaded.graph->first->input_count, 3);
    ck_assert_ptr_null(loaded.graph->first->inputs[1]);
    ck_assert_int_eq(loaded.graph->last->input_count, 1);
    loaded_free(&loaded);
}
END_TEST

/* A declared type that is completely known is there for inference to compare with. */
START_TEST(declared_types) {
    struct build build;
    struct loaded loaded;
    build_start(&build, 13);
    build_node(&build, "Relu", "x", "a");
    build_node(&build, "Relu", "a", "y");
    BUILD_APPEND(&build, build.graph, value_info,
                 build_value_info(&build, "a", DTYPE_FLOAT32, "1,4,8,8"));
    BUILD_APPEND(&build, build.graph, value_info,
                 build_value_info(&build, "y", DTYPE_FLOAT32, "N,4,8,8"));
    build_load(&build, NULL, NULL, &loaded);
    loaded_expect(&loaded, "declared", SNV2_OK, "");
    ck_assert_int_eq(graph_find_value(loaded.graph, "a")->shape.rank, 4);
    ck_assert_int_eq(graph_find_value(loaded.graph, "y")->shape.rank, SHAPE_UNKNOWN);
    loaded_free(&loaded);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("import");
    TCase *tests = tcase_create("graphs");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, refused, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(tests, unsorted_nodes);
    tcase_add_test(tests, sorted_nodes_stay);
    tcase_add_test(tests, many_nodes);
    tcase_add_test(tests, outputs_that_are_inputs);
    tcase_add_test(tests, initializers_listed_as_inputs);
    tcase_add_test(tests, unknown_ir_version);
    tcase_add_loop_test(tests, refused_by_inference, 0, (int)(sizeof wrong / sizeof *wrong));
    tcase_add_test(tests, notes_and_info);
    tcase_add_test(tests, omitted_operands);
    tcase_add_test(tests, declared_types);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
