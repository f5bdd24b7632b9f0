/* Inside the importer: one node on its way into the graph. */
#ifndef ONNX_IMPORT_NODE_H
#define ONNX_IMPORT_NODE_H

#include "onnx/import.h"

struct node_import {
    struct importer *importer;
    const Onnx__NodeProto *proto;
    int64_t opset;
    enum op op;            /* OP_COUNT where a rewrite has none */
    struct value **inputs; /* NULL: omitted; room for those that attributes become */
    size_t input_count;
    bool consumed[MAX_ATTRIBUTES]; /* attributes that have been read */
};

/* A diagnostic at the node. */
#define DIAGNOSE_IMPORT(import, status, ...)                                                       \
    DIAGNOSE_PROTO((import)->importer, (import)->proto, status, __VA_ARGS__)

/* ---- import_attributes.c ---- */

/* Checks what is true of every attribute: a name that stands once, one value, of the type that is
 * declared, and no reference outside a function. */
enum snv2_status check_attributes(const struct node_import *import);

/* The attribute of that name, now consumed; NULL where the node has none. */
const Onnx__AttributeProto *take_attribute(struct node_import *import, const char *name);

/* Refuses the attribute unless it has that type. */
enum snv2_status expect_type(const struct node_import *import,
                             const Onnx__AttributeProto *attribute,
                             Onnx__AttributeProto__AttributeType type);

/* Reads all attributes that are not consumed into the node; one that the operator does not have is
 * unsupported. */
enum snv2_status read_attributes(struct node_import *import, struct node *node);

/* ---- upgrade.c ---- */

/* Turns the form that the node has in its opset into the newest: attributes that became inputs are
 * made inputs, those that mean nothing here are consumed, modes that differ are refused. */
enum snv2_status upgrade_node(struct node_import *import);

/* Gives the attributes that the file may leave out the defaults of its opset. */
void set_older_defaults(const struct node_import *import, struct node *node);

/* ---- early_forms.c ---- */

/* The part of upgrade_node that is about opsets before 7. */
enum snv2_status upgrade_early_form(struct node_import *import);

/* The type that a Cast before opset 6 names by a text. */
enum snv2_status read_type_name(struct node_import *import, struct node *node);

/* ---- rewrite.c ---- */

/* Operators that are no graph nodes of the same name: constants, and those made of others. */
typedef enum snv2_status rewrite_function(struct node_import *import);

/* The rewrite of an operator, or NULL. */
rewrite_function *find_rewrite(const char *op_type);

/* The name of rewritten operator number `index`, or NULL behind the last. */
const char *rewritten_operator(int index);

/* Adds a node that reads import->inputs and makes the proto's outputs, at most `outputs_max`. */
enum snv2_status add_node(struct node_import *import, enum op op, size_t outputs_max,
                          struct node **node);

/* Adds a node of one output that the file has no name for; NULL where memory ran out. */
struct node *add_step(const struct node_import *import, enum op op, int input_count,
                      struct value *const *inputs);

#endif
