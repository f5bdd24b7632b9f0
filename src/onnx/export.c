/* Writes a graph as an ONNX file: the nodes that its outputs need in canonical order, constants
 * with raw_data in the order in which they are read. */
#include "onnx/export.h"

#include "base/blob_fields.h"
#include "ir/order.h"
#include "onnx/import.h"
#include "onnx/names.h"
#include "onnx/plain.h"
#include "onnx/versions.h"

#include <string.h>

enum {
    OPSET_WRITTEN = 17, /* at least: later ones only for what earlier ones cannot say */
    IR_VERSION_WRITTEN = 8,
};

void *export_message(struct exporter *exporter, size_t size, const void *initial) {
    void *message = arena_alloc(exporter->arena, 1, size);
    return message ? memcpy(message, initial, size) : NULL;
}

Onnx__TensorProto *export_tensor(struct exporter *exporter, const char *name,
                                 const struct tensor *tensor) {
    size_t element_bytes = dtype_bytes(tensor->dtype);
    size_t bytes = (size_t)shape_elements(&tensor->shape) * element_bytes;
    Onnx__TensorProto *proto =
        EXPORT_MESSAGE(exporter, Onnx__TensorProto, ONNX__TENSOR_PROTO__INIT);
    int64_t *dims = arena_alloc(exporter->arena, (size_t)tensor->shape.rank, sizeof *dims);
    const void *data = tensor->data;
    if (!host_is_little_endian()) {
        void *swapped = arena_alloc(exporter->arena, bytes, 1);
        if (swapped) {
            memcpy(swapped, data, bytes);
            swap_little_endian(swapped, bytes, element_bytes);
        }
        data = swapped;
    }
    if (!proto || !dims || !data)
        return NULL;
    memcpy(dims, tensor->shape.dims, (size_t)tensor->shape.rank * sizeof *dims);
    proto->name = (char *)name;
    proto->n_dims = (size_t)tensor->shape.rank;
    proto->dims = dims;
    proto->has_data_type = true;
    proto->data_type = (int32_t)tensor->dtype;
    proto->has_raw_data = true;
    proto->raw_data = (ProtobufCBinaryData){bytes, (uint8_t *)data};
    return proto;
}

static Onnx__TensorShapeProto *export_shape(struct exporter *exporter, const struct shape *shape) {
    size_t rank = (size_t)shape->rank;
    Onnx__TensorShapeProto *proto =
        EXPORT_MESSAGE(exporter, Onnx__TensorShapeProto, ONNX__TENSOR_SHAPE_PROTO__INIT);
    Onnx__TensorShapeProto__Dimension **dims = arena_alloc(exporter->arena, rank, sizeof *dims);
    if (!proto || !dims)
        return NULL;
    for (size_t d = 0; d < rank; d++) {
        dims[d] = EXPORT_MESSAGE(exporter, Onnx__TensorShapeProto__Dimension,
                                 ONNX__TENSOR_SHAPE_PROTO__DIMENSION__INIT);
        if (!dims[d])
            return NULL;
        dims[d]->has_dim_value = true;
        dims[d]->dim_value = shape->dims[d];
    }
    proto->n_dim = rank;
    proto->dim = dims;
    return proto;
}

/* A graph input or output. */
static Onnx__ValueInfoProto *export_value_info(struct exporter *exporter,
                                               const struct value *value) {
    Onnx__ValueInfoProto *info =
        EXPORT_MESSAGE(exporter, Onnx__ValueInfoProto, ONNX__VALUE_INFO_PROTO__INIT);
    Onnx__TypeProto *type = EXPORT_MESSAGE(exporter, Onnx__TypeProto, ONNX__TYPE_PROTO__INIT);
    Onnx__TypeProto__Tensor *tensor =
        EXPORT_MESSAGE(exporter, Onnx__TypeProto__Tensor, ONNX__TYPE_PROTO__TENSOR__INIT);
    Onnx__TensorShapeProto *shape = export_shape(exporter, &value->shape);
    if (!info || !type || !tensor || !shape)
        return NULL;
    tensor->has_elem_type = true;
    tensor->elem_type = (int32_t)value->dtype;
    tensor->shape = shape;
    type->tensor_type = tensor;
    info->name = (char *)value->name;
    info->type = type;
    return info;
}

static Onnx__ValueInfoProto **export_values(struct exporter *exporter, struct value *const *values,
                                            int32_t count) {
    Onnx__ValueInfoProto **infos = arena_alloc(exporter->arena, (size_t)count, sizeof *infos);
    for (int32_t i = 0; i < count && infos; i++)
        if (!(infos[i] = export_value_info(exporter, values[i])))
            return NULL;
    return infos;
}

/* The name that no node has yet: its own, or that with a number behind. */
static const char *node_name(struct exporter *exporter, struct name_table *names,
                             const struct node *node) {
    const char *name = node->name;
    bool is_new = false;
    for (int number = 2; name; number++) {
        if (!name_table_add(names, name, &is_new))
            return NULL;
        if (is_new)
            return name;
        name = arena_printf(exporter->arena, "%s_%d", node->name, number);
    }
    return NULL;
}

static enum snv2_status export_nodes(struct exporter *exporter, struct node *const *nodes,
                                     int32_t count, Onnx__GraphProto *proto) {
    struct name_table names;
    name_table_init(&names, exporter->arena);
    proto->node = arena_alloc(exporter->arena, (size_t)count, sizeof *proto->node);
    enum snv2_status status = proto->node ? SNV2_OK : diagnose_no_memory(exporter->diagnostic);
    for (int32_t i = 0; i < count && status == SNV2_OK; i++) {
        const char *name = node_name(exporter, &names, nodes[i]);
        status = name ? export_node(exporter, nodes[i], name, &proto->node[i])
                      : diagnose_no_memory(exporter->diagnostic);
        proto->n_node = (size_t)i + 1;
    }
    return status;
}

/* The constants that the nodes of the file read, and those that are graph outputs. */
static enum snv2_status export_constants(struct exporter *exporter, Onnx__GraphProto *proto) {
    const struct graph *graph = exporter->graph;
    size_t capacity = (size_t)graph->value_count;
    bool *written = arena_alloc(exporter->arena, capacity, sizeof *written);
    proto->initializer = arena_alloc(exporter->arena, capacity, sizeof *proto->initializer);
    if (!written || !proto->initializer)
        return diagnose_no_memory(exporter->diagnostic);
    for (size_t n = 0; n <= proto->n_node; n++) {
        bool outputs = n == proto->n_node;
        size_t count = outputs ? (size_t)graph->output_count : proto->node[n]->n_input;
        for (size_t i = 0; i < count; i++) {
            const char *name = outputs ? graph->outputs[i]->name : proto->node[n]->input[i];
            const struct value *value = graph_find_value(graph, name);
            if (!value || !value->data || written[value->id])
                continue;
            struct tensor tensor = value_tensor(value);
            Onnx__TensorProto *constant = export_tensor(exporter, value->name, &tensor);
            if (!constant)
                return diagnose_no_memory(exporter->diagnostic);
            written[value->id] = true;
            proto->initializer[proto->n_initializer++] = constant;
        }
    }
    return SNV2_OK;
}

static enum snv2_status export_graph(struct exporter *exporter, Onnx__GraphProto *proto) {
    const struct graph *graph = exporter->graph;
    int32_t count;
    struct node **nodes = graph_canonical_order(graph, exporter->arena, &count);
    if (!nodes)
        return diagnose_no_memory(exporter->diagnostic);
    for (int32_t i = 0; i < count; i++) {
        int opset = node_opset(nodes[i]);
        exporter->opset = opset > exporter->opset ? opset : exporter->opset;
    }
    proto->name = *graph->name ? (char *)graph->name : "graph";
    proto->n_input = (size_t)graph->input_count;
    proto->input = export_values(exporter, graph->inputs, graph->input_count);
    proto->n_output = (size_t)graph->output_count;
    proto->output = export_values(exporter, graph->outputs, graph->output_count);
    if (!proto->input || !proto->output)
        return diagnose_no_memory(exporter->diagnostic);
    enum snv2_status status = export_nodes(exporter, nodes, count, proto);
    return status == SNV2_OK ? export_constants(exporter, proto) : status;
}

static enum snv2_status pack(struct exporter *exporter, const Onnx__GraphProto *graph,
                             struct arena *arena, const void **bytes, size_t *size) {
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    Onnx__OperatorSetIdProto opset = ONNX__OPERATOR_SET_ID_PROTO__INIT, *opsets[] = {&opset};
    opset.domain = "";
    opset.has_version = true;
    opset.version = exporter->opset;
    model.has_ir_version = true;
    model.ir_version = IR_VERSION_WRITTEN;
    model.producer_name = "snv2-convert";
    model.producer_version = PACKAGE_VERSION;
    model.graph = (Onnx__GraphProto *)graph;
    model.n_opset_import = 1;
    model.opset_import = opsets;
    *size = onnx__model_proto__get_packed_size(&model);
    if (*size > INT32_MAX)
        return diagnose(exporter->diagnostic, SNV2_UNSUPPORTED,
                        "the ONNX file would have %zu bytes; protobuf allows %d in one file", *size,
                        INT32_MAX);
    unsigned char *packed = arena_alloc(arena, *size, 1);
    if (!packed)
        return diagnose_no_memory(exporter->diagnostic);
    onnx__model_proto__pack(&model, packed);
    *bytes = packed;
    return SNV2_OK;
}

enum snv2_status onnx_export(const struct graph *graph, struct arena *arena, const void **bytes,
                             size_t *size, struct snv2_diagnostic *diagnostic) {
    struct arena scratch;
    Onnx__GraphProto proto = ONNX__GRAPH_PROTO__INIT;
    arena_init(&scratch, UINT64_MAX);
    struct graph *plain = graph_clone(graph, &scratch);
    struct exporter exporter = {plain, &scratch, OPSET_WRITTEN, diagnostic};
    enum snv2_status status =
        plain ? plain_graph(plain, &scratch, diagnostic) : diagnose_no_memory(diagnostic);
    if (status == SNV2_OK)
        status = graph_verify(plain, &scratch, diagnostic);
    if (status == SNV2_OK)
        status = export_graph(&exporter, &proto);
    if (status == SNV2_OK)
        status = pack(&exporter, &proto, arena, bytes, size);
    arena_free(&scratch);
    return status;
}
