/* What changed in operators from opset to opset, for reading old files and for writing. */
#ifndef ONNX_VERSIONS_H
#define ONNX_VERSIONS_H

#include "ir/graph.h"
#include "proto/onnx.pb-c.h"

/* An attribute that is an input since an opset. */
struct moved_attribute {
    enum op op;
    int since;
    size_t input;
    const char *name;
    Onnx__AttributeProto__AttributeType type; /* INT and FLOAT: a scalar */
    bool required;
};

extern const struct moved_attribute moved_attributes[];
extern const int moved_attribute_count;

/* The attribute of the operator that has no default in ONNX, or NULL. Others that must be there are
 * checked by the shape rules. */
const char *required_attribute(enum op op);

/* Whether ONNX gives the attribute this value where a file leaves it out. */
bool attribute_is_implied(const struct node *node, const struct attribute_field *field);

/* The first opset that has all attributes, values of those and inputs of the node, 0 where all are
 * as old as the operator; *what is the last that came, as messages have it. */
int node_additions(const struct node *node, const char **what);

/* The first opset that can say what the node says, attributes that became inputs aside. */
int node_opset(const struct node *node);

#endif
