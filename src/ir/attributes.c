/* The attribute tables, made from attributes.def, and what is generic over them. */
#include "ir/graph.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define ENUMERATION(name) static const char *const name##_members[] = {
#define MEMBER(name, constant, spelling) [constant] = spelling,
#define END_ENUMERATION(name)                                                                      \
    NULL                                                                                           \
    }                                                                                              \
    ;
#include "ir/enums.def"

/* The fields of each operator that has any. */
#define FIELD(op, field, kind_, ...)                                                               \
    {.name = #field, .kind = kind_, .offset = offsetof(union attributes, op.field), __VA_ARGS__},
#define BEGIN(op) static const struct attribute_field op##_fields[] = {
#define INT(op, name, value) FIELD(op, name, ATTRIBUTE_INT, .default_int = value)
#define FLOAT(op, name, value) FIELD(op, name, ATTRIBUTE_FLOAT, .default_float = value)
#define INTS(op, name) FIELD(op, name, ATTRIBUTE_INTS, .default_int = 0)
#define TENSOR(op, name) FIELD(op, name, ATTRIBUTE_TENSOR, .default_int = 0)
#define TEXT(op, name) FIELD(op, name, ATTRIBUTE_TEXT, .default_int = 0)
#define RUNS(op, name) FIELD(op, name, ATTRIBUTE_RUNS, .default_int = 0)
#define ENUM(op, name, type, value)                                                                \
    FIELD(op, name, ATTRIBUTE_ENUM, .default_int = value, .members = type##_members)
#define INTERNAL_INT(op, name, value)                                                              \
    FIELD(op, name, ATTRIBUTE_INT, .default_int = value, .internal = true)
#define INTERNAL_ENUM(op, name, type, value)                                                       \
    FIELD(op, name, ATTRIBUTE_ENUM, .default_int = value, .members = type##_members,               \
          .internal = true)
#define INTERNAL_FLOAT(op, name, value)                                                            \
    FIELD(op, name, ATTRIBUTE_FLOAT, .default_float = value, .internal = true)
#define END(op)                                                                                    \
    }                                                                                              \
    ;
#include "ir/attributes.def"
#undef FIELD

static const struct {
    const struct attribute_field *fields;
    int count;
} tables[OP_COUNT] = {
#define BEGIN(op) [OP_##op] = {op##_fields, sizeof op##_fields / sizeof *op##_fields},
#include "ir/attributes.def"
};

const struct attribute_field *attribute_fields(int op, int *count) {
    *count = tables[op].count;
    return tables[op].fields;
}

_Static_assert(sizeof(enum auto_pad) == sizeof(unsigned), "enumerations are read as unsigned");

int64_t attribute_int(const union attributes *attributes, const struct attribute_field *field) {
    const void *place = (const char *)attributes + field->offset;
    assert(field->kind == ATTRIBUTE_INT || field->kind == ATTRIBUTE_ENUM);
    if (field->kind == ATTRIBUTE_INT)
        return *(const int64_t *)place;
    unsigned member;
    memcpy(&member, place, sizeof member);
    return member;
}

void attribute_set_int(union attributes *attributes, const struct attribute_field *field,
                       int64_t value) {
    void *place = attribute_place(attributes, field);
    unsigned member = (unsigned)value;
    assert(field->kind == ATTRIBUTE_INT || field->kind == ATTRIBUTE_ENUM);
    if (field->kind == ATTRIBUTE_INT)
        *(int64_t *)place = value;
    else
        memcpy(place, &member, sizeof member);
}

void attributes_init(int op, union attributes *attributes) {
    memset(attributes, 0, sizeof *attributes);
    for (int i = 0; i < tables[op].count; i++) {
        const struct attribute_field *field = &tables[op].fields[i];
        if (field->kind == ATTRIBUTE_INT || field->kind == ATTRIBUTE_ENUM)
            attribute_set_int(attributes, field, field->default_int);
        else if (field->kind == ATTRIBUTE_FLOAT)
            *(float *)attribute_place(attributes, field) = field->default_float;
    }
}

/* The contents of a field: a head (the number, a count or a type) and a body of bytes. */
struct span {
    const void *bytes;
    size_t size;
};

struct contents {
    int64_t head;
    struct span body;
    struct span shape; /* of a tensor */
};

static struct contents contents_of(const union attributes *attributes,
                                   const struct attribute_field *field) {
    const void *place = (const char *)attributes + field->offset;
    struct contents contents = {0};
    switch (field->kind) {
    case ATTRIBUTE_INT:
    case ATTRIBUTE_ENUM:
        contents.head = attribute_int(attributes, field);
        break;
    case ATTRIBUTE_FLOAT:
        contents.body = (struct span){place, sizeof(float)};
        break;
    case ATTRIBUTE_INTS: {
        const struct ints *ints = place;
        contents.head = ints->count;
        contents.body = (struct span){ints->values, (size_t)ints->count * sizeof *ints->values};
        break;
    }
    case ATTRIBUTE_TENSOR: {
        const struct tensor *tensor = *(const struct tensor *const *)place;
        if (!tensor)
            break;
        contents.head = (int64_t)tensor->dtype;
        contents.shape = (struct span){tensor->shape.dims,
                                       (size_t)tensor->shape.rank * sizeof *tensor->shape.dims};
        contents.body = (struct span){tensor->data, (size_t)shape_elements(&tensor->shape) *
                                                        dtype_bytes(tensor->dtype)};
        break;
    }
    case ATTRIBUTE_TEXT: {
        const char *text = *(const char *const *)place;
        contents.body = (struct span){text, text ? strlen(text) : 0};
        break;
    }
    case ATTRIBUTE_RUNS: {
        const struct channel_runs *runs = place;
        contents.head = runs->count;
        contents.body = (struct span){runs->runs, (size_t)runs->count * sizeof *runs->runs};
        break;
    }
    }
    return contents;
}

static bool span_equal(struct span a, struct span b) {
    return a.size == b.size && (a.size == 0 || !memcmp(a.bytes, b.bytes, a.size));
}

bool attribute_is_same(const struct attribute_field *field, const union attributes *a,
                       const union attributes *b) {
    struct contents left = contents_of(a, field), right = contents_of(b, field);
    return left.head == right.head && span_equal(left.shape, right.shape) &&
           span_equal(left.body, right.body);
}

bool attributes_equal(int op, const union attributes *a, const union attributes *b) {
    for (int i = 0; i < tables[op].count; i++)
        if (!attribute_is_same(&tables[op].fields[i], a, b))
            return false;
    return true;
}

uint64_t attributes_hash(int op, const union attributes *attributes) {
    uint64_t hash = (uint64_t)op;
    for (int i = 0; i < tables[op].count; i++) {
        struct contents contents = contents_of(attributes, &tables[op].fields[i]);
        hash = XXH3_64bits_withSeed(&contents.head, sizeof contents.head, hash);
        hash = XXH3_64bits_withSeed(contents.shape.bytes, contents.shape.size, hash);
        hash = XXH3_64bits_withSeed(contents.body.bytes, contents.body.size, hash);
    }
    return hash;
}
