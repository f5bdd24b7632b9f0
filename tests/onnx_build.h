/* Building ONNX models, right and wrong ones, through the generated structs; and loading them. */
#ifndef TESTS_ONNX_BUILD_H
#define TESTS_ONNX_BUILD_H

#include "ir/text.h"
#include "onnx/onnx.h"
#include "proto/onnx.pb-c.h"
#include "tests/tap.h"

#include <stdio.h>
#include <string.h>

#define ATTRIBUTE_TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

struct build {
    struct arena arena; /* of the protobuf tree */
    Onnx__ModelProto *model;
    Onnx__GraphProto *graph;
};

/* What a load gave; end it with loaded_free. */
struct loaded {
    struct arena arena;
    enum snv2_status status;
    struct graph *graph;
    struct onnx_info info;
    struct snv2_diagnostic diagnostic;
};

static inline void *build_alloc(struct build *build, size_t count, size_t size) {
    void *memory = arena_alloc(&build->arena, count, size);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

/* A message of the generated type TYPE with the initial value INIT. */
#define BUILD_NEW(build, TYPE, INIT)                                                               \
    ((TYPE *)memcpy(build_alloc(build, 1, sizeof(TYPE)), &(TYPE)INIT, sizeof(TYPE)))

/* Appends to a repeated field. */
#define BUILD_APPEND(build, owner, field, item)                                                    \
    ((owner)->field = memcpy(build_alloc(build, (owner)->n_##field + 1, sizeof *(owner)->field),   \
                             (owner)->n_##field ? (const void *)(owner)->field : "",               \
                             (owner)->n_##field * sizeof *(owner)->field),                         \
     (owner)->field[(owner)->n_##field++] = (item))

static inline char *build_text(struct build *build, const char *text) {
    return strcpy(build_alloc(build, strlen(text) + 1, 1), text);
}

/* "1,N,?,8": a number is a size, "?" an unset dimension, all else a dimension's name. NULL: no
 * shape. */
static inline Onnx__ValueInfoProto *build_value_info(struct build *build, const char *name,
                                                     int dtype, const char *dims) {
    Onnx__ValueInfoProto *info =
        BUILD_NEW(build, Onnx__ValueInfoProto, ONNX__VALUE_INFO_PROTO__INIT);
    info->name = build_text(build, name);
    info->type = BUILD_NEW(build, Onnx__TypeProto, ONNX__TYPE_PROTO__INIT);
    Onnx__TypeProto__Tensor *tensor =
        BUILD_NEW(build, Onnx__TypeProto__Tensor, ONNX__TYPE_PROTO__TENSOR__INIT);
    info->type->tensor_type = tensor;
    tensor->has_elem_type = true;
    tensor->elem_type = dtype;
    if (!dims)
        return info;
    tensor->shape = BUILD_NEW(build, Onnx__TensorShapeProto, ONNX__TENSOR_SHAPE_PROTO__INIT);
    char *rest = build_text(build, dims);
    for (char *part = strtok_r(rest, ",", &rest); part; part = strtok_r(NULL, ",", &rest)) {
        Onnx__TensorShapeProto__Dimension *dim = BUILD_NEW(
            build, Onnx__TensorShapeProto__Dimension, ONNX__TENSOR_SHAPE_PROTO__DIMENSION__INIT);
        char *end;
        dim->dim_value = strtoll(part, &end, 10);
        dim->has_dim_value = *end == '\0';
        if (!dim->has_dim_value && *part != '?')
            dim->dim_param = part;
        BUILD_APPEND(build, tensor->shape, dim, dim);
    }
    return info;
}

static inline void build_input(struct build *build, const char *name, int dtype, const char *dims) {
    BUILD_APPEND(build, build->graph, input, build_value_info(build, name, dtype, dims));
}

static inline void build_output(struct build *build, const char *name) {
    BUILD_APPEND(build, build->graph, output, build_value_info(build, name, DTYPE_FLOAT32, NULL));
}

static inline Onnx__OperatorSetIdProto *build_opset(struct build *build, const char *domain,
                                                    int64_t version) {
    Onnx__OperatorSetIdProto *opset =
        BUILD_NEW(build, Onnx__OperatorSetIdProto, ONNX__OPERATOR_SET_ID_PROTO__INIT);
    opset->domain = build_text(build, domain);
    opset->has_version = true;
    opset->version = version;
    return opset;
}

/* A node outside of any graph. Names are separated by spaces; "_" is an empty one. */
static inline Onnx__NodeProto *build_loose_node(struct build *build, const char *op,
                                                const char *inputs, const char *outputs) {
    Onnx__NodeProto *node = BUILD_NEW(build, Onnx__NodeProto, ONNX__NODE_PROTO__INIT);
    char *rest = build_text(build, inputs);
    node->op_type = build_text(build, op);
    for (char *part = strtok_r(rest, " ", &rest); part; part = strtok_r(NULL, " ", &rest))
        BUILD_APPEND(build, node, input, strcmp(part, "_") ? part : build_text(build, ""));
    rest = build_text(build, outputs);
    for (char *part = strtok_r(rest, " ", &rest); part; part = strtok_r(NULL, " ", &rest))
        BUILD_APPEND(build, node, output, strcmp(part, "_") ? part : build_text(build, ""));
    return node;
}

static inline Onnx__NodeProto *build_node(struct build *build, const char *op, const char *inputs,
                                          const char *outputs) {
    Onnx__NodeProto *node = build_loose_node(build, op, inputs, outputs);
    BUILD_APPEND(build, build->graph, node, node);
    return node;
}

static inline Onnx__AttributeProto *build_attribute(struct build *build, Onnx__NodeProto *node,
                                                    const char *name, int type) {
    Onnx__AttributeProto *attribute =
        BUILD_NEW(build, Onnx__AttributeProto, ONNX__ATTRIBUTE_PROTO__INIT);
    attribute->name = build_text(build, name);
    attribute->has_type = true;
    attribute->type = (Onnx__AttributeProto__AttributeType)type;
    BUILD_APPEND(build, node, attribute, attribute);
    return attribute;
}

static inline void build_int(struct build *build, Onnx__NodeProto *node, const char *name,
                             int64_t value) {
    Onnx__AttributeProto *attribute = build_attribute(build, node, name, ATTRIBUTE_TYPE(INT));
    attribute->has_i = true;
    attribute->i = value;
}

static inline void build_float(struct build *build, Onnx__NodeProto *node, const char *name,
                               float value) {
    Onnx__AttributeProto *attribute = build_attribute(build, node, name, ATTRIBUTE_TYPE(FLOAT));
    attribute->has_f = true;
    attribute->f = value;
}

static inline void build_string(struct build *build, Onnx__NodeProto *node, const char *name,
                                const char *value) {
    Onnx__AttributeProto *attribute = build_attribute(build, node, name, ATTRIBUTE_TYPE(STRING));
    attribute->has_s = true;
    attribute->s.data = (uint8_t *)build_text(build, value);
    attribute->s.len = strlen(value);
}

/* The elements of a list are given as "1,2,3". */
static inline void build_ints(struct build *build, Onnx__NodeProto *node, const char *name,
                              const char *values) {
    Onnx__AttributeProto *attribute = build_attribute(build, node, name, ATTRIBUTE_TYPE(INTS));
    char *rest = build_text(build, values);
    for (char *part = strtok_r(rest, ",", &rest); part; part = strtok_r(NULL, ",", &rest))
        BUILD_APPEND(build, attribute, ints, strtoll(part, NULL, 10));
}

/* A tensor without contents; dims as "2,3", "" for a scalar. */
static inline Onnx__TensorProto *build_tensor(struct build *build, const char *name, int dtype,
                                              const char *dims) {
    Onnx__TensorProto *tensor = BUILD_NEW(build, Onnx__TensorProto, ONNX__TENSOR_PROTO__INIT);
    char *rest = build_text(build, dims);
    tensor->name = build_text(build, name);
    tensor->has_data_type = true;
    tensor->data_type = dtype;
    for (char *part = strtok_r(rest, ",", &rest); part; part = strtok_r(NULL, ",", &rest))
        BUILD_APPEND(build, tensor, dims, strtoll(part, NULL, 10));
    return tensor;
}

static inline void build_raw(struct build *build, Onnx__TensorProto *tensor, const void *bytes,
                             size_t size) {
    tensor->has_raw_data = true;
    tensor->raw_data.data = memcpy(build_alloc(build, size + 1, 1), bytes, size);
    tensor->raw_data.len = size;
}

static inline Onnx__TensorProto *build_initializer(struct build *build, const char *name, int dtype,
                                                   const char *dims) {
    Onnx__TensorProto *tensor = build_tensor(build, name, dtype, dims);
    BUILD_APPEND(build, build->graph, initializer, tensor);
    return tensor;
}

/* An entry of external_data. */
static inline void build_external(struct build *build, Onnx__TensorProto *tensor, const char *key,
                                  const char *value) {
    Onnx__StringStringEntryProto *entry =
        BUILD_NEW(build, Onnx__StringStringEntryProto, ONNX__STRING_STRING_ENTRY_PROTO__INIT);
    entry->key = build_text(build, key);
    entry->value = build_text(build, value);
    tensor->has_data_location = true;
    tensor->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    BUILD_APPEND(build, tensor, external_data, entry);
}

/* A model with the input x: float32[1,4,8,8] and the output y, without nodes. */
static inline void build_start(struct build *build, int64_t opset) {
    arena_init(&build->arena, UINT64_MAX);
    build->model = BUILD_NEW(build, Onnx__ModelProto, ONNX__MODEL_PROTO__INIT);
    build->graph = BUILD_NEW(build, Onnx__GraphProto, ONNX__GRAPH_PROTO__INIT);
    build->model->has_ir_version = true;
    build->model->ir_version = 8;
    build->model->graph = build->graph;
    build->graph->name = build_text(build, "test");
    BUILD_APPEND(build, build->model, opset_import, build_opset(build, "", opset));
    build_input(build, "x", DTYPE_FLOAT32, "1,4,8,8");
    build_output(build, "y");
}

/* The file's bytes, in the build's arena. */
static inline uint8_t *build_pack(struct build *build, size_t *size) {
    uint8_t *bytes = build_alloc(build, onnx__model_proto__get_packed_size(build->model) + 1, 1);
    *size = onnx__model_proto__pack(build->model, bytes);
    return bytes;
}

static inline void load_bytes(struct loaded *loaded, const void *bytes, size_t size,
                              const char *folder, const struct onnx_options *options) {
    static const struct onnx_options none = {.input_shapes = NULL};
    memset(loaded, 0, sizeof *loaded);
    arena_init(&loaded->arena, UINT64_MAX);
    loaded->status =
        onnx_load_memory(bytes, size, folder, options ? options : &none, &loaded->arena,
                         &loaded->graph, &loaded->info, &loaded->diagnostic);
}

/* Packs and loads the model, and ends the build. */
static inline void build_load(struct build *build, const char *folder,
                              const struct onnx_options *options, struct loaded *loaded) {
    size_t size;
    uint8_t *bytes = build_pack(build, &size);
    load_bytes(loaded, bytes, size, folder, options);
    arena_free(&build->arena);
}

static inline void loaded_free(struct loaded *loaded) {
    arena_free(&loaded->arena);
}

/* The load must have ended in that status, with a message that has `part` in it. */
static inline void loaded_expect(const struct loaded *loaded, const char *name,
                                 enum snv2_status status, const char *part) {
    char line[4096];
    diagnostic_format(&loaded->diagnostic, line, sizeof line);
    ck_assert_msg(loaded->status == status, "%s: status %d, expected %d: %s", name,
                  (int)loaded->status, (int)status, line);
    ck_assert_msg(status == SNV2_OK || strstr(line, part), "%s: \"%s\" does not say \"%s\"", name,
                  line, part);
    ck_assert_msg(status == loaded->diagnostic.status || status == SNV2_OK,
                  "%s: the diagnostic has status %d", name, (int)loaded->diagnostic.status);
}

/* The whole graph but for its first two lines and the last one. */
static inline void loaded_expect_text(const struct loaded *loaded, const char *expected) {
    char *text, whole[4096];
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    struct snv2_diagnostic diagnostic;
    ck_assert_int_eq(graph_write_text(loaded->graph, TEXT_CONSTANTS_SHORT, stream, &diagnostic),
                     SNV2_OK);
    fclose(stream);
    snprintf(whole, sizeof whole, "graph \"test\"\ninput x: float32[1,4,8,8]\n%soutput y\n",
             expected);
    ck_assert_str_eq(text, whole);
    free(text);
}

/* Whether a note has `part` in it. */
static inline bool loaded_notes(const struct loaded *loaded, const char *part) {
    for (const struct note *note = loaded->graph->notes; note; note = note->next)
        if (strstr(note->text, part))
            return true;
    return false;
}

#endif
