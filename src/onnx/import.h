/* Inside the front end: what the files of the importer share. The protobuf tree is the file's word
 * and may say anything that the wire scan lets through; what stands in a graph has been checked. */
#ifndef ONNX_IMPORT_H
#define ONNX_IMPORT_H

#include "onnx/external.h"
#include "onnx/names.h"
#include "onnx/onnx.h"
#include "proto/onnx.pb-c.h"

enum {
    OPSET_MIN = 1,
    OPSET_MAX = 25,
    IR_VERSION_MAX = 13,
    MAX_ATTRIBUTES = 256, /* of one node */
    MAX_NODES = 1 << 24,  /* after the expansion of functions */
};

/* A node to be imported: of the file, or made by the expansion of a function. */
struct source_node {
    const Onnx__NodeProto *proto;
    int64_t opset; /* the default domain's version where the node stands */
};

struct importer {
    const Onnx__ModelProto *model;
    const struct onnx_options *options;
    struct external *external;
    struct arena *scratch;
    struct graph *graph;
    int64_t opset; /* the model's */
    bool is_part;  /* imported for some numbers' sake (known_number.c): large initializers are
                      without contents, and inputs of open shapes left out */
    const struct tensor *frozen; /* by options->frozen_inputs */
    struct source_node *nodes;
    int32_t node_count, node_capacity;
    struct name_table needed; /* the values that are left by options->cuts */
    int32_t first_output;     /* the id of the first value that a node makes: those before it are
                                 initializers and inputs */
    const Onnx__NodeProto *unknown; /* the first If or Loop whose condition could not be computed */
    struct snv2_diagnostic reason;  /* why */
    struct snv2_diagnostic *diagnostic;
};

/* A string field, which protobuf-c leaves NULL where the file has none. */
static inline const char *proto_text(const char *text) {
    return text ? text : "";
}

/* What messages call a node: its name, or its first output's. */
const char *node_label(const Onnx__NodeProto *proto);

/* A domain, the default one spelled "". */
const char *default_domain(const char *domain);

/* A diagnostic at a node of the file. */
#define DIAGNOSE_PROTO(importer, proto, status, ...)                                               \
    diagnose_node((importer)->diagnostic, status, node_label(proto), proto_text((proto)->op_type), \
                  __VA_ARGS__)

/* ---- one step of the import each, in this order ---- */

/* The default domain's version in a list of imports, which `owner` names in messages; *opset stays
 * where the list has none. */
enum snv2_status find_opset(struct importer *importer, Onnx__OperatorSetIdProto *const *imports,
                            size_t count, const char *owner, int64_t *opset);

/* Reads the tensors of options->frozen_inputs. */
enum snv2_status read_frozen(struct importer *importer);

/* Fills importer->nodes from the graph, calls of the model's functions replaced by their bodies. */
enum snv2_status expand_functions(struct importer *importer);

/* Leaves of importer->nodes what options->cuts need, if there are any. */
enum snv2_status cut_graph(struct importer *importer);

/* Whether the value is needed, of those that no node makes. */
bool is_needed(const struct importer *importer, const char *name);

/* Adds the initializers. */
enum snv2_status import_initializers(struct importer *importer);

/* Adds the graph inputs that are frozen, as constants. */
enum snv2_status freeze_inputs(struct importer *importer);

/* Refuses, in one message, all operators that the importer does not know. */
enum snv2_status check_operators(struct importer *importer);

/* Whether the importer knows the node's operator. */
bool is_supported(const Onnx__NodeProto *node);

/* "; --cut boxes --cut scores converts what comes before them", or "" where nothing does. */
enum { SUGGESTION_TEXT = 640 };
void suggest_cuts(struct importer *importer, char *text, size_t size);

/* Adds the graph inputs that are no initializers, with the shapes that the options give. */
enum snv2_status import_inputs(struct importer *importer);

/* Adds a value for every named output of the node. */
enum snv2_status add_values_of(struct importer *importer, const Onnx__NodeProto *node);

/* Adds those of importer->nodes, then puts the nodes in topological order,
 * in which a node that needs no move keeps its place. */
enum snv2_status add_node_values(struct importer *importer);
enum snv2_status sort_nodes(struct importer *importer);

/* Adds the node, in its newest form, to the graph. Those it reads from have been added. */
enum snv2_status import_node(struct importer *importer, const struct source_node *source);

/* Whether import_node knows the operator, of the default domain. */
bool importer_knows(const char *op_type);

/* The value of that name for a reader: *value is NULL where there is none. An output that exists
 * in ONNX but is not computed here (a mask, indices) is refused. */
enum snv2_status find_operand(struct importer *importer, const char *name, struct value **value);

/* ---- types and tensors ---- */

/* The element type of a TensorProto.DataType number; `what` and `name` say whose in messages. */
enum snv2_status import_dtype(int32_t number, const char *what, const char *name, enum dtype *dtype,
                              struct snv2_diagnostic *diagnostic);

/* The type and shape of a tensor whose contents are not read. */
enum snv2_status import_tensor_type(const Onnx__TensorProto *proto, const char *name,
                                    enum dtype *dtype, struct shape *shape,
                                    struct snv2_diagnostic *diagnostic);

/* Reads a tensor in any encoding; its contents go to `arena`. `name` is for messages. */
enum snv2_status import_tensor(const Onnx__TensorProto *proto, const char *name,
                               struct external *external, struct arena *arena,
                               struct tensor *tensor, struct snv2_diagnostic *diagnostic);

/* Elements from the little-endian order of files to the host's, or back, in place. */
void swap_little_endian(void *data, uint64_t bytes, size_t element_bytes);

/* The whole: see onnx_load_memory. */
enum snv2_status import_model(const Onnx__ModelProto *model, const struct onnx_options *options,
                              struct external *external, struct arena *scratch, struct arena *arena,
                              struct graph **graph, struct onnx_info *info,
                              struct snv2_diagnostic *diagnostic);

#endif
