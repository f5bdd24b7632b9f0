/* Inside the importer: putting the nodes of functions and branches in place of their calls. */
#ifndef ONNX_EXPANSION_H
#define ONNX_EXPANSION_H

#include "onnx/import.h"

enum {
    MAX_INLINED = 1024,    /* branches and iterations that are being copied at once */
    MAX_ENTERED = 1 << 14, /* in all */
};

struct function {
    const Onnx__FunctionProto *proto;
    int64_t opset; /* 0: not looked up yet */
    bool active;   /* its body is being copied */
};

/* A list of nodes being copied: the graph's, a function's body for one call, a branch of an If, or
 * an iteration of a Loop. Names that a branch or an iteration does not have are those of its outer
 * body. */
struct body {
    struct function *function; /* NULL: no function's */
    int32_t outer;             /* of a branch or iteration, else -1 */
    Onnx__NodeProto *const *nodes;
    size_t count, next;
    int64_t opset;
    const Onnx__NodeProto *call; /* NULL: the graph */
    struct name_table renamed;   /* a name of the body -> the graph's name */
};

struct expansion {
    struct importer *importer;
    struct name_table functions; /* by function_key */
    struct name_table taken;     /* the names of the graph and of what was expanded */
    struct body *bodies;         /* as many as there are functions, MAX_INLINED, and the graph */
    int depth;
    int32_t visited;                     /* nodes, calls too */
    int32_t entered;                     /* branches and iterations */
    struct known_numbers *known_numbers; /* NULL: none was asked for */
    uint32_t unique_number;
};

/* ---- functions.c ---- */

/* The graph's name for one of the body, or NULL where nothing makes it. */
const char *expanded_name(const struct expansion *expansion, const struct body *body,
                          const char *name);

/* Gives the name `inner` of the body the graph's name `outer`, or a new one where that is NULL.
 * *is_new is false where the body has the name already. */
enum snv2_status rename_value(struct expansion *expansion, struct body *body, const char *inner,
                              const char *outer, bool *is_new);

/* Appends a node of the graph, of an opset. */
enum snv2_status append_node(struct expansion *expansion, const Onnx__NodeProto *node,
                             int64_t opset);

/* ---- known_number.c ---- */

/* The one number (bool or integer) that an operand of the node is, where it is known now. */
enum snv2_status known_number(struct expansion *expansion, const Onnx__NodeProto *node,
                              size_t operand, bool *known, int64_t *number);

/* ---- control_flow.c ---- */

/* Enters the branch that an If takes, or all iterations of a Loop, where that is known now;
 * *entered is false for other nodes. `node` has the graph's names and stands in the innermost body.
 */
enum snv2_status enter_control_flow(struct expansion *expansion, const Onnx__NodeProto *node,
                                    bool *entered);

#endif
