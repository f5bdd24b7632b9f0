/* AttributeProto to the typed attributes of ir/attributes.def, by the tables made from it. */
#include "onnx/import_node.h"

#include <string.h>

typedef Onnx__AttributeProto__AttributeType attribute_type;

#define TYPE(name) ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

/* Whether the field that belongs to the type holds something. */
static bool has_value(const Onnx__AttributeProto *attribute, int type) {
    switch ((attribute_type)type) {
    case TYPE(FLOAT):
        return attribute->has_f;
    case TYPE(INT):
        return attribute->has_i;
    case TYPE(STRING):
        return attribute->has_s;
    case TYPE(TENSOR):
        return attribute->t;
    case TYPE(GRAPH):
        return attribute->g;
    case TYPE(FLOATS):
        return attribute->n_floats;
    case TYPE(INTS):
        return attribute->n_ints;
    case TYPE(STRINGS):
        return attribute->n_strings;
    case TYPE(TENSORS):
        return attribute->n_tensors;
    case TYPE(GRAPHS):
        return attribute->n_graphs;
    case TYPE(SPARSE_TENSOR):
        return attribute->sparse_tensor;
    case TYPE(SPARSE_TENSORS):
        return attribute->n_sparse_tensors;
    case TYPE(TYPE_PROTO):
        return attribute->tp;
    case TYPE(TYPE_PROTOS):
        return attribute->n_type_protos;
    case TYPE(UNDEFINED):
    case _ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE_IS_INT_SIZE:
        break;
    }
    return false;
}

static const char *type_name(int type) {
    return onnx__attribute_proto__attribute_type__descriptor.values[type].name;
}

/* The declared type; in the oldest files, which declare none, that of the one value. */
static int type_of(const Onnx__AttributeProto *attribute) {
    int type = attribute->type;
    for (int t = TYPE(FLOAT); type == TYPE(UNDEFINED) && t <= TYPE(TYPE_PROTOS); t++)
        if (has_value(attribute, t))
            type = t;
    return type;
}

static enum snv2_status check_attribute(const struct node_import *import,
                                        const Onnx__AttributeProto *attribute) {
    struct shown_name name = shown(proto_text(attribute->name));
    int type = type_of(attribute);
    if (!*name.text)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "has an attribute without a name");
    if (*proto_text(attribute->ref_attr_name))
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL,
                               "attribute '%s' refers to a function's, outside of any", name.text);
    if (type <= TYPE(UNDEFINED) || type > TYPE(TYPE_PROTOS))
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "attribute '%s' has no type", name.text);
    for (int t = TYPE(FLOAT); t <= TYPE(TYPE_PROTOS); t++)
        if (t != type && has_value(attribute, t))
            return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL,
                                   "attribute '%s' has type %s and a value of type %s", name.text,
                                   type_name(type), type_name(t));
    if (type == TYPE(TENSOR) && !attribute->t)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "attribute '%s' has no value", name.text);
    return SNV2_OK;
}

enum snv2_status check_attributes(const struct node_import *import) {
    const Onnx__NodeProto *proto = import->proto;
    for (size_t i = 0; i < proto->n_attribute; i++) {
        enum snv2_status status = check_attribute(import, proto->attribute[i]);
        if (status)
            return status;
        for (size_t k = 0; k < i; k++)
            if (strcmp(proto->attribute[k]->name, proto->attribute[i]->name) == 0)
                return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "attribute '%s' stands twice",
                                       shown(proto->attribute[i]->name).text);
    }
    return SNV2_OK;
}

const Onnx__AttributeProto *take_attribute(struct node_import *import, const char *name) {
    const Onnx__NodeProto *proto = import->proto;
    for (size_t i = 0; i < proto->n_attribute; i++)
        if (strcmp(proto->attribute[i]->name, name) == 0) {
            import->consumed[i] = true;
            return proto->attribute[i];
        }
    return NULL;
}

enum snv2_status expect_type(const struct node_import *import,
                             const Onnx__AttributeProto *attribute, attribute_type type) {
    int actual = type_of(attribute);
    if (actual != (int)type)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "attribute '%s' has type %s, expected %s",
                               shown(attribute->name).text, type_name(actual), type_name(type));
    return SNV2_OK;
}

static enum snv2_status read_ints(const struct node_import *import,
                                  const Onnx__AttributeProto *attribute, struct ints *ints) {
    if (attribute->n_ints > MAX_INTS)
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL,
                               "attribute '%s' has %zu elements; %d at most",
                               shown(attribute->name).text, attribute->n_ints, MAX_INTS);
    ints->count = (int32_t)attribute->n_ints;
    for (size_t i = 0; i < attribute->n_ints; i++)
        ints->values[i] = attribute->ints[i];
    return SNV2_OK;
}

static enum snv2_status read_enumeration(const struct node_import *import,
                                         const Onnx__AttributeProto *attribute,
                                         const struct attribute_field *field,
                                         union attributes *attributes) {
    const ProtobufCBinaryData *text = &attribute->s;
    char spelling[64];
    for (int i = 0; field->members[i]; i++)
        if (strlen(field->members[i]) == text->len &&
            memcmp(field->members[i], text->data, text->len) == 0) {
            attribute_set_int(attributes, field, i);
            return SNV2_OK;
        }
    size_t length = text->len < sizeof spelling - 1 ? text->len : sizeof spelling - 1;
    if (length > 0)
        memcpy(spelling, text->data, length);
    spelling[length] = '\0';
    return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "attribute '%s' has the unknown value '%s'",
                           field->name, spelling);
}

static enum snv2_status read_text(const struct node_import *import,
                                  const Onnx__AttributeProto *attribute, const char **result) {
    const ProtobufCBinaryData *text = &attribute->s;
    const char *bytes = text->len > 0 ? (const char *)text->data : "";
    if (memchr(bytes, 0, text->len))
        return DIAGNOSE_IMPORT(import, SNV2_BAD_MODEL, "attribute '%s' has a NUL in it",
                               shown(attribute->name).text);
    *result = arena_strndup(import->importer->graph->arena, bytes, text->len);
    return *result ? SNV2_OK : diagnose_no_memory(import->importer->diagnostic);
}

static enum snv2_status read_tensor(const struct node_import *import,
                                    const Onnx__AttributeProto *attribute,
                                    const struct tensor **result) {
    struct importer *importer = import->importer;
    struct arena *arena = importer->graph->arena;
    struct tensor *tensor = arena_alloc(arena, 1, sizeof *tensor);
    *result = tensor;
    if (!tensor)
        return diagnose_no_memory(importer->diagnostic);
    return import_tensor(attribute->t, node_label(import->proto), importer->external, arena, tensor,
                         importer->diagnostic);
}

static enum snv2_status read_field(const struct node_import *import,
                                   const Onnx__AttributeProto *attribute,
                                   const struct attribute_field *field,
                                   union attributes *attributes) {
    static const attribute_type types[] = {
        [ATTRIBUTE_INT] = TYPE(INT),     [ATTRIBUTE_FLOAT] = TYPE(FLOAT),
        [ATTRIBUTE_INTS] = TYPE(INTS),   [ATTRIBUTE_TENSOR] = TYPE(TENSOR),
        [ATTRIBUTE_TEXT] = TYPE(STRING), [ATTRIBUTE_ENUM] = TYPE(STRING),
    };
    void *place = attribute_place(attributes, field);
    enum snv2_status status = expect_type(import, attribute, types[field->kind]);
    if (status)
        return status;
    switch (field->kind) {
    case ATTRIBUTE_INT:
        attribute_set_int(attributes, field, attribute->i);
        return SNV2_OK;
    case ATTRIBUTE_FLOAT:
        *(float *)place = attribute->f;
        return SNV2_OK;
    case ATTRIBUTE_INTS:
        return read_ints(import, attribute, place);
    case ATTRIBUTE_TENSOR:
        return read_tensor(import, attribute, place);
    case ATTRIBUTE_TEXT:
        return read_text(import, attribute, place);
    case ATTRIBUTE_ENUM:
        return read_enumeration(import, attribute, field, attributes);
    case ATTRIBUTE_RUNS: /* internal only */
        break;
    }
    return SNV2_OK;
}

enum snv2_status read_attributes(struct node_import *import, struct node *node) {
    const Onnx__NodeProto *proto = import->proto;
    int field_count;
    const struct attribute_field *fields = attribute_fields((int)node->op, &field_count);
    for (size_t i = 0; i < proto->n_attribute; i++) {
        const Onnx__AttributeProto *attribute = proto->attribute[i];
        int f = 0;
        if (import->consumed[i])
            continue;
        while (f < field_count &&
               (fields[f].internal || strcmp(fields[f].name, attribute->name) != 0))
            f++;
        if (f == field_count)
            return DIAGNOSE_IMPORT(import, SNV2_UNSUPPORTED,
                                   "attribute '%s' is unknown in opset %lld",
                                   shown(attribute->name).text, (long long)import->opset);
        enum snv2_status status = read_field(import, attribute, &fields[f], &node->attributes);
        if (status)
            return status;
    }
    return SNV2_OK;
}
