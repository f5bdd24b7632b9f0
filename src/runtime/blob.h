/* A blob in memory: its records on the heap in host byte order, its weights where they stand.
 *
 * Reading is in three steps, each complete before the next relies on it: blob_read (header,
 * sections, hashes, copies), blob_verify (every record by itself and against those it names), and
 * blob_verify_arena (every value is written before it is read, and stays until then). A hash is no
 * signature: nothing is believed because its hash is right. */
#ifndef RUNTIME_BLOB_H
#define RUNTIME_BLOB_H

#include "base/arena.h"
#include "snv2/blob.h"
#include "snv2/status.h"

#include <stdbool.h>
#include <stdint.h>

struct blob {
    const struct snv2_blob_tensor *tensors;
    const struct snv2_blob_run *runs;
    const struct snv2_blob_command *commands;
    const struct snv2_blob_mark *marks;
    const struct snv2_blob_metadata *metadata;
    const struct snv2_blob_frame *frames;
    const struct snv2_blob_label *labels;
    const uint32_t *indices;
    const char *strings;
    const unsigned char *weights; /* 64-aligned; values only, no index or size is read from here */
    uint32_t tensor_count, run_count, command_count, mark_count, metadata_count, index_count;
    uint32_t frame_count, label_count;
    uint64_t strings_bytes, weights_bytes, arena_bytes;
    uint32_t images; /* that the model is planned for; 0: a run takes no fewer. From blob_verify */
    /* By number, from blob_verify: the tensors of the graph's inputs and outputs. */
    const uint32_t *inputs, *outputs;
    uint32_t input_count, output_count;
    const struct snv2_blob_frame **input_frames; /* by number of the input; NULL: float32 */
    struct snv2_blob_entry sections[SNV2_SECTION_LABELS + 1]; /* by kind; absent: all zero */
};

/* Reads `size` bytes at a 64-aligned address, which stay as long as the blob is used. Records go to
 * `arena`. SNV2_BAD_MODEL with the offset, or SNV2_NO_MEMORY. */
enum snv2_status blob_read(const void *bytes, size_t size, struct arena *arena, struct blob *blob,
                           struct snv2_diagnostic *diagnostic);

/* Checks every record that was read: SNV2_BAD_MODEL names record and offset. */
enum snv2_status blob_verify(struct blob *blob, struct arena *arena,
                             struct snv2_diagnostic *diagnostic);

/* The blob in a run of so many images, 1 to blob->images where that is not 0: a copy whose tensors
 * are in `arena`. False when out of memory. */
bool blob_of_images(const struct blob *blob, uint32_t images, struct arena *arena,
                    struct blob *shorter);

/* Checks the use of the arena in a blob that blob_verify has passed; `scratch` is for its own use.
 */
enum snv2_status blob_verify_arena(const struct blob *blob, struct arena *scratch,
                                   struct snv2_diagnostic *diagnostic);

/* SNV2_BAD_MODEL at record `index` of a section. A command is named by its node and opcode. */
enum snv2_status bad_record(const struct blob *blob, enum snv2_blob_section kind, uint32_t index,
                            struct snv2_diagnostic *diagnostic, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The name of an opcode ("CONV"), or NULL where there is no such number. */
const char *opcode_name(uint16_t opcode);

/* Whether it is a graph input of bytes, or a view of one. */
static inline bool holds_bytes(const struct snv2_blob_tensor *tensor) {
    return tensor->dtype == 2;
}

/* A tensor as convolutions and pools see it; strides in elements. */
struct map {
    uint64_t images, channels, height, width;
    uint64_t image_stride, channel_stride, pixel_stride;
};

/* False where the tensor is none: it has 2 to 4 dims, and its pixels are evenly spaced. */
bool tensor_map(const struct snv2_blob_tensor *tensor, struct map *map);

#endif
