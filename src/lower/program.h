/* The program: what a graph becomes, and what every emitter writes. Its records are the blob's own
 * (snv2/blob.h), in host byte order. */
#ifndef LOWER_PROGRAM_H
#define LOWER_PROGRAM_H

#include "ir/graph.h"
#include "snv2/blob.h"

/* A command that moves data and computes nothing, and why it is there. */
struct residue {
    uint32_t command;
    uint64_t bytes;     /* written in one run */
    const char *node;   /* the ONNX node, value, graph input or output it stands for */
    const char *reason; /* one line */
    bool boundary;      /* the graph's own input or output layout: no network is without it */
};

struct program {
    struct snv2_blob_tensor *tensors;
    struct snv2_blob_run *runs;
    struct snv2_blob_command *commands;
    struct snv2_blob_mark *marks;
    uint32_t *indices;
    enum op *operators; /* by command: the node's, or OP_COUNT for a copy that no node asked for */
    struct residue *residues;
    struct snv2_blob_frame *frames;
    struct snv2_blob_label *labels;
    uint32_t tensor_count, run_count, command_count, mark_count, index_count, residue_count;
    uint32_t frame_count, label_count;
    unsigned char *weights;
    uint64_t weights_bytes;
    char *strings;
    uint64_t strings_bytes;
    uint64_t arena_bytes;
    uint32_t input_count, output_count;
};

/* Lowers the graph (canonical order, weights packed, no arena offsets yet). Nodes that the runtime
 * has no command for are SNV2_UNSUPPORTED, all of them named at once. Everything in `arena`. */
enum snv2_status lower_graph(const struct graph *graph, struct arena *arena,
                             struct program **program, struct snv2_diagnostic *diagnostic);

/* The same with weights of half the size, DTYPE_FLOAT16 or DTYPE_BFLOAT16, for the nodes that
 * take_half_weights: each is stored as the nearest half. DTYPE_NONE: with float32. */
enum snv2_status lower_graph_as(const struct graph *graph, enum dtype halves, struct arena *arena,
                                struct program **program, struct snv2_diagnostic *diagnostic);

/* Whether a node's weights, its second operand, can have half the size: convolutions and fully
 * connected layers. Depthwise ones have few. */
bool take_half_weights(const struct node *node);

/* Adds the names of the classes of one of the outputs. */
enum snv2_status add_labels(struct program *program, uint32_t output, const char *const *names,
                            uint32_t count, struct arena *arena,
                            struct snv2_diagnostic *diagnostic);

/* Marks the tensors that hold something of each image, in a program for `images` of them, 2 or
 * more; `more` is the same network lowered for one image more. SNV2_UNSUPPORTED, naming the node,
 * where it does not do the same with each image. */
enum snv2_status mark_images(struct program *program, const struct program *more, uint32_t images,
                             struct snv2_diagnostic *diagnostic);

/* Bytes that residues move in one run, the graph's own inputs and outputs left out. */
uint64_t program_bytes_moved(const struct program *program);

/* Gives every arena tensor its offset, so that marks may run as one: within a marked range no
 * tensor's memory is given to another (DESIGN "Memory plan"). */
enum snv2_status plan_memory(struct program *program, struct arena *scratch,
                             struct snv2_diagnostic *diagnostic);

/* Checks a plan from scratch, independently of how it was made: no two tensors that live at once
 * overlap, all lie in the arena, aligned. SNV2_INTERNAL names both. */
enum snv2_status verify_plan(const struct program *program, struct arena *scratch,
                             struct snv2_diagnostic *diagnostic);

#endif
