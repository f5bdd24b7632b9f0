/* The interpreter: what a graph means, in float32 and in float64. It is the oracle of every check
 * and shares nothing with what it checks: plain index arithmetic on row-major tensors, in its own
 * files, which are compiled twice (REAL is float or double).
 *
 * Real values (float16, bfloat16, float32, float64) are REAL arrays, all others int64_t arrays
 * wrapped to their type after every operation. A Cast to a narrower real type rounds; other
 * operators compute in REAL whatever the type says (DESIGN "Arithmetic").
 *
 * Transcendental functions are interp/elementary.h's: IEEE double operations in a fixed order, so
 * that folded constants are the same bits on every machine. */
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

/* Runs the graph. inputs[i] belongs to graph->inputs[i] and has its shape; outputs[i].data is
 * malloc'ed here and the caller's to free (all NULL on failure). Intermediates are freed after
 * their last reader. `observer` may be NULL. */
enum snv2_status interp_run(const struct graph *graph, enum precision precision,
                            const struct interp_tensor *inputs, struct interp_tensor *outputs,
                            interp_observer *observer, void *user,
                            struct snv2_diagnostic *diagnostic);

/* Evaluates one node on given operands (NULL: omitted); outputs[i].data is malloc'ed here. The
 * node's outputs must have their shapes. */
enum snv2_status interp_node(const struct node *node, enum precision precision,
                             const struct interp_tensor *const *inputs,
                             struct interp_tensor *outputs, struct snv2_diagnostic *diagnostic);

/* Conversions between storage form and the interpreter's form; `data` is malloc'ed resp. allocated
 * in the arena. Exact where the type allows it, else rounded to nearest even. */
enum snv2_status interp_load(const struct tensor *tensor, enum precision precision,
                             struct interp_tensor *result, struct snv2_diagnostic *diagnostic);
const void *interp_store(const struct interp_tensor *tensor, enum precision precision,
                         struct arena *arena);

/* Computes the contents of a node's outputs at conversion time, all operands being constants, in
 * float32 (float64 for float64 nodes), and stores them in the output values (value->data). The
 * node stays. Results over `limit` bytes are left unknown (no error, *done is false). */
enum snv2_status interp_fold_node(struct graph *graph, struct node *node, uint64_t limit,
                                  bool *done, struct snv2_diagnostic *diagnostic);

/* Infers all types and shapes in one walk, computing the contents of integer values of at most
 * 4096 elements on the way (shape computations). */
enum snv2_status infer_graph(struct graph *graph, struct snv2_diagnostic *diagnostic);

#endif
