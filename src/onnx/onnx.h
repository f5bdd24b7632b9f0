/* The front end: an ONNX file to a graph. Nothing of it reaches protobuf-c before the wire scan has
 * bounded depth, counts and heap. Shapes other than inputs' and constants' are not inferred yet. */
#ifndef ONNX_ONNX_H
#define ONNX_ONNX_H

#include "ir/graph.h"

/* A shape given by the user for one graph input. */
struct input_shape {
    const char *name; /* NULL: the one input */
    struct shape shape;
    const char *source; /* the file that it is from, for messages; NULL: --input-shape */
};

/* A graph input that is to be a constant. */
struct frozen_input {
    const char *name, *path; /* of a TensorProto file */
};

struct onnx_options {
    const struct input_shape *input_shapes;
    int input_shape_count;
    const struct frozen_input *frozen_inputs;
    int frozen_input_count;
    const char *const *cuts; /* values that are the outputs, in place of the file's; what they do
                                not need is left out */
    int cut_count;           /* 0: the file's outputs */
    /* interp_infer_node, for conditions and counts of iterations that are computed; NULL: those
     * stay unknown. */
    enum snv2_status (*infer)(struct graph *graph, struct node *node,
                              struct snv2_diagnostic *diagnostic);
    int64_t images; /* of inputs of two dimensions or more whose first is unset or 1; 0: 1 */
    uint64_t memory_budget; /* bytes that reading may take in all; 0: the default (4 GiB) */
    const char *output;     /* will be written: external data in this file is refused; NULL: none */
};

/* What the file said about itself, for reports and the blob's metadata; strings in the graph's
 * arena, harmless text not guaranteed. */
struct onnx_info {
    int64_t ir_version, opset;
    const char *producer; /* name and version, or "" */
    uint64_t file_bytes;
    uint64_t source_hash; /* XXH3-64 of the model file and of the external data it used, in order */
};

/* An operator that can be read. */
struct onnx_operator {
    const char *name; /* NULL: none, in its place of the list */
    int first, last;  /* opsets that have it */
    enum op op;       /* what it becomes; OP_COUNT: a constant, or several nodes */
};

/* Number `index` of them, in no order; false behind the last. */
bool onnx_operator(int index, struct onnx_operator *operator);

/* Reads the model at `path` ("-": standard input, which has no folder for external data). The graph
 * lives in `arena`. The diagnostic names the file. */
enum snv2_status onnx_load_file(const char *path, const struct onnx_options *options,
                                struct arena *arena, struct graph **graph, struct onnx_info *info,
                                struct snv2_diagnostic *diagnostic);

/* The same from memory; external data is confined to `folder` (NULL: refused). */
enum snv2_status onnx_load_memory(const void *bytes, size_t size, const char *folder,
                                  const struct onnx_options *options, struct arena *arena,
                                  struct graph **graph, struct onnx_info *info,
                                  struct snv2_diagnostic *diagnostic);

/* The bytes, in `arena`, of an ONNX file that says what the graph says, whose shapes are inferred:
 * in opset 17, or the first later one that can. Operators and attributes of our own are spelled out
 * in nodes of ONNX (onnx/plain.h); names of inputs, outputs and nodes stay. The same graph gives
 * the same bytes. SNV2_UNSUPPORTED where ONNX cannot say it, or not in 2 GiB. */
enum snv2_status onnx_export(const struct graph *graph, struct arena *arena, const void **bytes,
                             size_t *size, struct snv2_diagnostic *diagnostic);

/* Reads one TensorProto file (test data, snv2-run inputs; "-": standard input) within the arena's
 * budget. External data is refused. *name is the tensor's name or "". */
enum snv2_status onnx_load_tensor(const char *path, struct arena *arena, struct tensor *tensor,
                                  const char **name, struct snv2_diagnostic *diagnostic);

/* Writes a tensor as a TensorProto file with raw_data, whole or not at all (base/write_file.h). */
enum snv2_status onnx_write_tensor(const char *path, const char *name, const struct tensor *tensor,
                                   struct snv2_diagnostic *diagnostic);

#endif
