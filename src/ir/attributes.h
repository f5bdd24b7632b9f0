/* Typed attributes of a node: one struct for each operator, and a table of its fields, both made
 * from attributes.def, so that reading, printing, comparing and hashing are written once. */
#ifndef IR_ATTRIBUTES_H
#define IR_ATTRIBUTES_H

#include "ir/tensor.h"

#include <stdbool.h>
#include <stdint.h>

enum { MAX_INTS = 2 * MAX_RANK };

#define ENUMERATION(name) enum name {
#define MEMBER(name, constant, spelling) constant,
#define END_ENUMERATION(name)                                                                      \
    }                                                                                              \
    ;
#include "ir/enums.def"

/* A list of integers, such as strides or a permutation. */
struct ints {
    int32_t count;
    int64_t values[MAX_INTS];
};

/* `count` channels of input number `input`, from `first`, `step` (not 0, maybe negative) apart. */
struct channel_run {
    int32_t input;
    int32_t first, count, step;
};

struct channel_runs {
    int32_t count;
    const struct channel_run *runs; /* in the graph's arena, immutable */
};

#define NO_ATTRIBUTES(op)                                                                          \
    struct op##_attributes {                                                                       \
        char none;                                                                                 \
    };
#define BEGIN(op) struct op##_attributes {
#define INT(op, name, value) int64_t name;
#define FLOAT(op, name, value) float name;
#define INTS(op, name) struct ints name;
#define TENSOR(op, name) const struct tensor *name;
#define TEXT(op, name) const char *name;
#define ENUM(op, name, type, value) enum type name;
#define RUNS(op, name) struct channel_runs name;
#define INTERNAL_INT(op, name, value) int64_t name;
#define INTERNAL_ENUM(op, name, type, value) enum type name;
#define INTERNAL_FLOAT(op, name, value) float name;
#define END(op)                                                                                    \
    }                                                                                              \
    ;
#include "ir/attributes.def"

/* node->attributes.Conv.group and so on. */
union attributes {
#define OP(name, ...) struct name##_attributes name;
#include "ir/ops.def"
#undef OP
};

enum attribute_kind {
    ATTRIBUTE_INT,
    ATTRIBUTE_FLOAT,
    ATTRIBUTE_INTS,
    ATTRIBUTE_TENSOR,
    ATTRIBUTE_TEXT,
    ATTRIBUTE_ENUM,
    ATTRIBUTE_RUNS,
};

/* One field of an operator's attributes. */
struct attribute_field {
    const char *name;
    enum attribute_kind kind;
    bool internal;              /* set by passes only */
    uint32_t offset;            /* in union attributes */
    int64_t default_int;        /* INT and ENUM */
    float default_float;        /* FLOAT */
    const char *const *members; /* ENUM: the spellings by value, NULL-terminated */
};

/* The operator's fields, in the order of attributes.def; *count is set. */
const struct attribute_field *attribute_fields(int op, int *count);

/* The place of a field: an int64_t, float, enumeration, struct ints, pointer to const struct
 * tensor, pointer to const char (NULL: not given) or struct channel_runs, as its kind says. */
static inline void *attribute_place(union attributes *attributes,
                                    const struct attribute_field *field) {
    return (char *)attributes + field->offset;
}

/* An INT or ENUM field as a number, and set from one. */
int64_t attribute_int(const union attributes *attributes, const struct attribute_field *field);
void attribute_set_int(union attributes *attributes, const struct attribute_field *field,
                       int64_t value);

/* Sets every field to its default. */
void attributes_init(int op, union attributes *attributes);

/* Whether two nodes of one operator have the same attribute, or all the same: tensors and runs are
 * compared by content and floats by their bits. */
bool attribute_is_same(const struct attribute_field *field, const union attributes *a,
                       const union attributes *b);
bool attributes_equal(int op, const union attributes *a, const union attributes *b);

/* A hash that is equal where attributes_equal holds. */
uint64_t attributes_hash(int op, const union attributes *attributes);

#endif
