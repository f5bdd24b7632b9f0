/* The graph: ONNX meaning, nothing of storage. Values are logical, row-major in thought, feature
 * maps [N C H W]; nodes are operators of ops.def in their newest form with typed attributes.
 *
 * Invariants (graph_verify names the first that is broken):
 * - nodes stand in topological order; every value has one producer or is an input or a constant;
 * - every value but an omitted operand has a unique name;
 * - after inference every value has a shape, and it is what the operator's shape rule says;
 * - value->producer->outputs[i] == value for some i, and no other node produces it.
 *
 * A value keeps its name while it keeps its meaning; a pass that changes what a value holds (other
 * channel order, a scale taken out) makes a value of a new name. Comparing graphs rests on this.
 *
 * All memory is the graph's arena's. A graph belongs to one thread at a time. */
#ifndef IR_GRAPH_H
#define IR_GRAPH_H

#include "base/arena.h"
#include "base/diagnostic.h"
#include "ir/attributes.h"
#include "ir/tensor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum op {
#define OP(name, ...) OP_##name,
#include "ir/ops.def"
#undef OP
    OP_COUNT
};

/* What an operator does to the order of channels. */
enum channel_trait {
    TRAIT_FREE,      /* any order in, any order out: Conv (group 1), Gemm */
    TRAIT_TIED,      /* the same order in and out; per-channel constants are permuted along */
    TRAIT_INVARIANT, /* no channels in the result */
    TRAIT_NATURAL,   /* pins the ONNX order */
};

enum op_class { CLASS_COMPUTE, CLASS_ELEMENTWISE, CLASS_MOVEMENT, CLASS_SHAPE };

enum { ANY = 0x7fffffff };

struct op_info {
    const char *name;
    int since, inputs_min, inputs_max, outputs_max;
    enum channel_trait trait;
    enum op_class class;
};

extern const struct op_info op_infos[OP_COUNT];

/* The operator of that name, or OP_COUNT. */
enum op op_of_name(const char *name);

struct value {
    int32_t id; /* index in graph->values; side tables are arrays by id */
    const char *name;
    enum dtype dtype;
    struct shape shape;
    struct node *producer; /* NULL: graph input or constant */
    const void *data;      /* the contents, where known at conversion time, else NULL. A value with
                              a producer may have them too (shape computations). */
};

/* Ranges of nodes that may run as one command (DESIGN "unit marks"). */
enum unit_kind {
    UNIT_NONE,
    UNIT_UNIT,    /* pointwise, depthwise, pointwise */
    UNIT_OPENING, /* depthwise, pointwise and pointwise, depthwise, pointwise over one input */
    UNIT_STEM,    /* first convolution, max pool */
    UNIT_TAIL,    /* last convolution, global pool */
};
enum { UNIT_KINDS = UNIT_TAIL + 1 };

/* "none", "unit", ...; and the kind of that name, or UNIT_NONE. */
const char *unit_kind_name(enum unit_kind kind);
enum unit_kind unit_kind_of_name(const char *name);

struct node {
    struct node *prev, *next; /* topological order */
    enum op op;
    const char *name; /* the ONNX node's, or its first output's where it had none; not unique */
    int32_t input_count, output_count;
    struct value **inputs; /* NULL: an omitted optional operand */
    struct value **outputs;
    union attributes attributes;
    int32_t unit;             /* 0, or the number (from 1) of the unit it belongs to */
    enum unit_kind unit_kind; /* UNIT_NONE where unit is 0 */
};

struct note {
    struct note *next;
    const char *text;
};

struct graph {
    struct arena *arena;
    const char *name;
    struct node *first, *last;
    int32_t node_count;
    struct value **values;
    int32_t value_count, value_capacity;
    struct value **names;   /* the values by name: open addressing, a power of two of slots */
    uint32_t name_slots;    /* 0 before the first value */
    uint32_t unique_number; /* the last one that graph_unique_name put behind a name */
    struct value **inputs, **outputs; /* an output may be an input, a constant, or stand twice */
    int32_t input_count, output_count;
    struct note *notes, *last_note; /* what the user should know, oldest first */
};

/* NULL where memory ran out, as with everything below that returns a pointer. */
struct graph *graph_new(struct arena *arena, const char *name);

/* A value without producer. `name` is copied and must be free: a caller that does not know makes it
 * so with graph_unique_name. */
struct value *graph_add_value(struct graph *graph, const char *name, enum dtype dtype,
                              const struct shape *shape);

/* A constant: `data` belongs to the graph's arena. */
struct value *graph_add_constant(struct graph *graph, const char *name, enum dtype dtype,
                                 const struct shape *shape, const void *data);

/* A name that no value has: `base`, or `base` with "_" and a number behind. It is free until a
 * value of that name is added. Constant time, over many calls. */
const char *graph_unique_name(struct graph *graph, const char *base);

/* The value of that name, or NULL. */
struct value *graph_find_value(const struct graph *graph, const char *name);

/* Two values change names. */
void graph_swap_names(struct graph *graph, struct value *a, struct value *b);

/* A node with default attributes before `before` (NULL: at the end). Its operands are NULL until
 * they are set; outputs are set with node_set_output. */
struct node *graph_insert_node(struct graph *graph, struct node *before, enum op op,
                               const char *name, int input_count, int output_count);

/* Makes `node` the producer of `value` at output `index`. The value must have no other. */
void node_set_output(struct node *node, int index, struct value *value);

/* Takes the node out; its outputs lose their producer. Nothing may read them any more, unless they
 * have become constants. */
void graph_remove_node(struct graph *graph, struct node *node);

/* A copy in `arena` that can be rewritten while the original stays; values keep their ids. Names of
 * nodes and values are copied, immutable data (contents, tensors, runs) is shared: the original's
 * arena must outlive the copy. Notes are not copied. NULL where memory ran out. */
struct graph *graph_clone(const struct graph *graph, struct arena *arena);

/* Appends a note (printf-style); dropped silently where memory ran out: notes are advice. */
void graph_note(struct graph *graph, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether the contents are known; and the value as a tensor then. */
static inline bool value_is_constant(const struct value *value) {
    return value->data != NULL;
}
struct tensor value_tensor(const struct value *value);

/* ---- walks over the whole graph, made by each pass that wants them ---- */

/* How often each value is read, by id; a graph output counts as a read. In `arena`. */
int32_t *graph_count_uses(const struct graph *graph, struct arena *arena);

struct reader {
    struct node *node; /* NULL: the graph output number `input` */
    int32_t input;
};

/* The readers of value id v are list[start[v]] .. list[start[v + 1]], in node order. */
struct readers {
    int32_t *start; /* value_count + 1 */
    struct reader *list;
};
bool graph_find_readers(const struct graph *graph, struct arena *arena, struct readers *readers);

/* replacement[v] != NULL: every reader of value v reads that value instead (chains are followed; no
 * cycles). `replacement` has an entry for each value. Graph outputs keep their names: where a
 * node's result that is one is replaced, the replacing value takes over the name if a node makes it
 * and it is no other output (the two values change names), else an Identity that does is appended.
 * A graph output that no node makes stays as it is. */
enum snv2_status graph_replace(struct graph *graph, struct value **replacement,
                               struct snv2_diagnostic *diagnostic);

/* ---- rules ---- */

/* Infers the outputs' types and shapes from the inputs', and writes the explicit form of defaulted
 * attributes into the node (auto_pad becomes pads, kernel_shape is taken from the weights, negative
 * axes become positive). Reads the contents of inputs where the shape depends on them: not known is
 * an error. A shape the value already has must agree. */
enum snv2_status infer_node(struct graph *graph, struct node *node,
                            struct snv2_diagnostic *diagnostic);

/* The first broken invariant as SNV2_INTERNAL, else SNV2_OK. Shapes are checked by inferring again.
 */
enum snv2_status graph_verify(struct graph *graph, struct arena *scratch,
                              struct snv2_diagnostic *diagnostic);

#endif
