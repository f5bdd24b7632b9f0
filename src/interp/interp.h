/* The interpreter: what a graph means, in float32 and in float64. It is the oracle of every check
 * and shares nothing with what it checks: plain index arithmetic on row-major tensors, in its own
 * files, which are compiled twice (REAL is float or double).
 *
 * Real values (float16, bfloat16, float32, float64) are REAL arrays, all others int64_t arrays
 * wrapped to their type after every operation. A Cast to a narrower real type rounds; other
 * operators compute in REAL whatever the type says.
 *
 * All arithmetic is IEEE operations in a fixed order, so that folded constants are the same bits on
 * every machine. Every function here is thread safe as long as nobody else writes the graph. */
#ifndef INTERP_INTERP_H
#define INTERP_INTERP_H

#include "ir/graph.h"

enum precision { PRECISION_FLOAT32, PRECISION_FLOAT64 };

/* A tensor in the interpreter's form: elements are REAL for real dtypes, int64_t for others. */
struct interp_tensor {
    enum dtype dtype;
    struct shape shape;
    void *data;
};

/* Sees every value as soon as it is computed (inputs and constants too); may copy, must not keep.
 * A status other than SNV2_OK stops the run. */
typedef enum snv2_status interp_observer(void *user, const struct value *value,
                                         const struct interp_tensor *tensor);

/* Runs the graph, whose shapes are inferred. inputs[i] belongs to graph->inputs[i] and has its type
 * and shape; outputs[i].data is malloc'ed here and the caller's to free (all NULL on failure).
 * Values whose contents are known are not computed again: a node of which all outputs are known is
 * skipped. Intermediates are freed after their last reader. `observer` may be NULL.
 * Errors: SNV2_BAD_MODEL where an operand's contents have no result (an index out of range, an
 * integer division by zero), SNV2_UNSUPPORTED, SNV2_NO_MEMORY, or the observer's. */
enum snv2_status interp_run(const struct graph *graph, enum precision precision,
                            const struct interp_tensor *inputs, struct interp_tensor *outputs,
                            interp_observer *observer, void *user,
                            struct snv2_diagnostic *diagnostic);

/* Evaluates one node on given operands (NULL: omitted); outputs[i].data is malloc'ed here. The
 * node's outputs must have their shapes. */
enum snv2_status interp_node(const struct node *node, enum precision precision,
                             const struct interp_tensor *const *inputs,
                             struct interp_tensor *outputs, struct snv2_diagnostic *diagnostic);

/* Conversions between storage form and the interpreter's form. Exact where the type allows it, else
 * rounded to nearest even; NaN is stored as one and the same NaN. interp_load allocates with
 * malloc; interp_store in the arena, and is NULL where memory ran out. */
enum snv2_status interp_load(const struct tensor *tensor, enum precision precision,
                             struct interp_tensor *result, struct snv2_diagnostic *diagnostic);
const void *interp_store(const struct interp_tensor *tensor, enum precision precision,
                         struct arena *arena);

/* Whether the node reads the shape of its operand and not its contents: EyeLike, Shape, Size. */
bool interp_reads_shape(const struct node *node);

/* Whether a node's outputs can be computed at conversion time: all operands are constants, or only
 * their shapes are read. */
bool interp_can_fold(const struct node *node);

/* Computes the contents of the outputs of a node that can be folded, in float32 (in float64 where
 * an operand or output is float64), and stores them in the output values (value->data). The node
 * stays. Results over `limit` bytes are left unknown (no error, *done is false). */
enum snv2_status interp_fold_node(struct graph *graph, struct node *node, uint64_t limit,
                                  bool *done, struct snv2_diagnostic *diagnostic);

/* Infers the types and shapes that a node makes, and computes the contents that shapes may depend
 * on: of integer values, and of real ones computed from such, of at most 4096 elements; and of any
 * real ones of at most MAX_RANK, which may be scales. */
enum snv2_status interp_infer_node(struct graph *graph, struct node *node,
                                   struct snv2_diagnostic *diagnostic);

/* The same for all nodes, in one walk. */
enum snv2_status infer_graph(struct graph *graph, struct snv2_diagnostic *diagnostic);

#endif
