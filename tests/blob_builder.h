/* Builds blobs record by record, so that tests can make sound ones and every kind of unsound one.
 * It shares no code with the emitter. Host byte order: for little-endian hosts. */
#ifndef TESTS_BLOB_BUILDER_H
#define TESTS_BLOB_BUILDER_H

#include "snv2/blob.h"

#include <stddef.h>

enum {
    BUILDER_TENSORS = 64,
    BUILDER_RUNS = 64,
    BUILDER_COMMANDS = 32,
    BUILDER_MARKS = 8,
    BUILDER_STRINGS = 1024,
    BUILDER_FLOATS = 16384,
    BUILDER_SECTIONS = SNV2_SECTION_INDICES,
    BUILDER_INDICES = 64,
};

struct blob_builder {
    struct snv2_blob_tensor tensors[BUILDER_TENSORS];
    struct snv2_blob_run runs[BUILDER_RUNS];
    struct snv2_blob_command commands[BUILDER_COMMANDS];
    struct snv2_blob_mark marks[BUILDER_MARKS];
    struct snv2_blob_metadata metadata[1];
    char strings[BUILDER_STRINGS];
    float weights[BUILDER_FLOATS];
    uint32_t indices[BUILDER_INDICES];
    uint32_t tensor_count, run_count, command_count, mark_count, metadata_count;
    uint32_t strings_bytes, weights_count, index_count;
    uint64_t arena_bytes;
};

void builder_init(struct blob_builder *builder);

/* Offset of a new string. */
uint32_t builder_string(struct blob_builder *builder, const char *text);

/* A feature map behind all others of the arena, and a row-major graph input or output. */
uint32_t builder_map(struct blob_builder *builder, int64_t n, int64_t c, int64_t h, int64_t w);
uint32_t builder_graph_tensor(struct blob_builder *builder, enum snv2_blob_place place,
                              uint64_t number, const char *name, int rank, const int64_t *dims);

/* A run, which is appended to the operand whose first run was the last one without a gap: operands
 * are { first_run, run_count } of runs added one after another. */
uint32_t builder_run(struct blob_builder *builder, uint32_t tensor, uint32_t first, uint32_t count,
                     int32_t step);

/* The whole of a tensor as an operand of one run. */
struct snv2_blob_operand builder_whole(struct blob_builder *builder, uint32_t tensor);

/* Zeroed weights: their byte offset, aligned to 64. */
uint64_t builder_weights(struct blob_builder *builder, size_t floats);

/* A command without weights, group or window, to be filled in. */
struct snv2_blob_command *builder_command(struct blob_builder *builder,
                                          enum snv2_blob_opcode opcode,
                                          struct snv2_blob_operand operand, uint32_t output);

/* The blob's bytes, 64-aligned, from aligned_alloc. */
unsigned char *builder_finish(const struct blob_builder *builder, size_t *size);

/* The entry of a section kind in finished bytes. */
struct snv2_blob_entry *blob_entry(unsigned char *bytes, enum snv2_blob_section kind);

/* Makes all hashes and the header's checksum right again, for the sections that lie in the file. */
void blob_seal(unsigned char *bytes, size_t size);

#endif
