/* Nodes as messages: operands by name, and the attributes that ONNX does not imply, by the tables
 * made from ir/attributes.def. */
#include "onnx/export.h"

#include "ir/operands.h"
#include "onnx/versions.h"

#include <string.h>

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

static enum snv2_status no_memory(const struct exporter *exporter) {
    return diagnose_no_memory(exporter->diagnostic);
}

/* An attribute is appended to the node; the list has room for all. */
static Onnx__AttributeProto *add_attribute(struct exporter *exporter, Onnx__NodeProto *proto,
                                           const char *name,
                                           Onnx__AttributeProto__AttributeType type) {
    Onnx__AttributeProto *attribute =
        EXPORT_MESSAGE(exporter, Onnx__AttributeProto, ONNX__ATTRIBUTE_PROTO__INIT);
    if (!attribute)
        return NULL;
    attribute->name = (char *)name;
    attribute->has_type = true;
    attribute->type = type;
    proto->attribute[proto->n_attribute++] = attribute;
    return attribute;
}

static enum snv2_status export_ints(struct exporter *exporter, Onnx__NodeProto *proto,
                                    const char *name, const int64_t *values, int64_t count) {
    Onnx__AttributeProto *attribute = add_attribute(exporter, proto, name, TYPE(INTS));
    if (!attribute)
        return no_memory(exporter);
    attribute->n_ints = (size_t)count;
    attribute->ints = (int64_t *)values;
    return SNV2_OK;
}

static enum snv2_status export_text(struct exporter *exporter, Onnx__NodeProto *proto,
                                    const char *name, const char *text) {
    Onnx__AttributeProto *attribute = add_attribute(exporter, proto, name, TYPE(STRING));
    if (!attribute)
        return no_memory(exporter);
    attribute->has_s = true;
    attribute->s = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
    return SNV2_OK;
}

static enum snv2_status export_field(struct exporter *exporter, Onnx__NodeProto *proto,
                                     const struct node *node, const struct attribute_field *field) {
    const void *place = (const char *)&node->attributes + field->offset;
    Onnx__AttributeProto *attribute;
    switch (field->kind) {
    case ATTRIBUTE_INT:
        if (!(attribute = add_attribute(exporter, proto, field->name, TYPE(INT))))
            return no_memory(exporter);
        attribute->has_i = true;
        attribute->i = attribute_int(&node->attributes, field);
        return SNV2_OK;
    case ATTRIBUTE_FLOAT:
        if (!(attribute = add_attribute(exporter, proto, field->name, TYPE(FLOAT))))
            return no_memory(exporter);
        attribute->has_f = true;
        attribute->f = *(const float *)place;
        return SNV2_OK;
    case ATTRIBUTE_INTS:
        return export_ints(exporter, proto, field->name, ((const struct ints *)place)->values,
                           ((const struct ints *)place)->count);
    case ATTRIBUTE_TENSOR:
        if (!(attribute = add_attribute(exporter, proto, field->name, TYPE(TENSOR))))
            return no_memory(exporter);
        attribute->t = export_tensor(exporter, NULL, *(const struct tensor *const *)place);
        return attribute->t ? SNV2_OK : no_memory(exporter);
    case ATTRIBUTE_ENUM:
        return export_text(exporter, proto, field->name,
                           field->members[attribute_int(&node->attributes, field)]);
    case ATTRIBUTE_TEXT:
        return export_text(exporter, proto, field->name, *(const char *const *)place);
    case ATTRIBUTE_RUNS: /* internal only */
        break;
    }
    return SNV2_OK;
}

/* What the newest ONNX has as input `index` and the opset as an attribute; NULL where it is an
 * input in both. */
static const struct moved_attribute *moved_back(const struct exporter *exporter,
                                                const struct node *node, int index) {
    for (int i = 0; i < moved_attribute_count; i++) {
        const struct moved_attribute *moved = &moved_attributes[i];
        if (moved->op == node->op && moved->input == (size_t)index &&
            moved->since > exporter->opset)
            return moved;
    }
    return NULL;
}

/* Of an opset since the oldest that is written, only lists of axes became inputs. */
static enum snv2_status export_axes(struct exporter *exporter, Onnx__NodeProto *proto,
                                    const struct node *node, int index,
                                    const struct moved_attribute *moved) {
    struct tensor integers;
    int64_t count;
    enum snv2_status status =
        known_integers(node, exporter->diagnostic, index, moved->name, &integers, &count);
    int64_t *axes =
        status == SNV2_OK ? arena_alloc(exporter->arena, (size_t)count, sizeof *axes) : NULL;
    if (status != SNV2_OK)
        return status;
    if (!axes)
        return no_memory(exporter);
    for (int64_t i = 0; i < count; i++)
        axes[i] = tensor_int(&integers, i);
    return export_ints(exporter, proto, moved->name, axes, count);
}

static enum snv2_status export_operands(struct exporter *exporter, Onnx__NodeProto *proto,
                                        const struct node *node) {
    enum snv2_status status = SNV2_OK;
    for (int i = 0; i < node->input_count && status == SNV2_OK; i++) {
        const struct moved_attribute *moved = moved_back(exporter, node, i);
        if (moved && node->inputs[i])
            status = export_axes(exporter, proto, node, i, moved);
        if (!moved)
            proto->input[proto->n_input++] = node->inputs[i] ? (char *)node->inputs[i]->name : "";
    }
    while (proto->n_input > 0 && !proto->input[proto->n_input - 1][0])
        proto->n_input--;
    for (int i = 0; i < node->output_count; i++)
        proto->output[proto->n_output++] = (char *)node->outputs[i]->name;
    return status;
}

/* The indices of a MaxPool are its second output, and the first must have a name. */
static enum snv2_status export_indices(struct exporter *exporter, Onnx__NodeProto *proto) {
    const char *unused = proto->output[0];
    do
        unused = arena_printf(exporter->arena, "%s_", unused);
    while (unused && graph_find_value(exporter->graph, unused));
    if (!unused)
        return no_memory(exporter);
    proto->op_type = (char *)op_infos[OP_MaxPool].name;
    proto->output[1] = proto->output[0];
    proto->output[0] = (char *)unused;
    proto->n_output = 2;
    return SNV2_OK;
}

/* What ONNX had, and has no more. */
static enum snv2_status check_exportable(const struct exporter *exporter, const struct node *node) {
    if (node->op == OP_Resize &&
        node->attributes.Resize.coordinate_transformation_mode == COORDINATE_TF_HALF_PIXEL_FOR_NN)
        return unsupported(node, exporter->diagnostic,
                           "coordinates 'tf_half_pixel_for_nn' are not in ONNX since opset 13");
    return SNV2_OK;
}

enum snv2_status export_node(struct exporter *exporter, const struct node *node, const char *name,
                             Onnx__NodeProto **result) {
    int field_count;
    const struct attribute_field *fields = attribute_fields((int)node->op, &field_count);
    size_t inputs = (size_t)node->input_count, attributes = inputs + (size_t)field_count;
    Onnx__NodeProto *proto = EXPORT_MESSAGE(exporter, Onnx__NodeProto, ONNX__NODE_PROTO__INIT);
    if (!proto)
        return no_memory(exporter);
    proto->name = (char *)name;
    proto->op_type = (char *)op_infos[node->op].name;
    proto->input = arena_alloc(exporter->arena, inputs, sizeof *proto->input);
    proto->output =
        arena_alloc(exporter->arena, (size_t)node->output_count + 1, sizeof *proto->output);
    proto->attribute = arena_alloc(exporter->arena, attributes, sizeof *proto->attribute);
    if (!proto->input || !proto->output || !proto->attribute)
        return no_memory(exporter);
    enum snv2_status status = check_exportable(exporter, node);
    if (status == SNV2_OK)
        status = export_operands(exporter, proto, node);
    if (status == SNV2_OK && node->op == OP_MaxPoolIndices)
        status = export_indices(exporter, proto);
    for (int i = 0; i < field_count && status == SNV2_OK; i++)
        if (!fields[i].internal && !attribute_is_implied(node, &fields[i]))
            status = export_field(exporter, proto, node, &fields[i]);
    *result = proto;
    return status;
}
