/* Blobs for tests; see blob_builder.h. */
#include "tests/blob_builder.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

void builder_init(struct blob_builder *builder) {
    memset(builder, 0, sizeof *builder);
    builder->strings_bytes = 1;
}

uint32_t builder_string(struct blob_builder *builder, const char *text) {
    uint32_t offset = builder->strings_bytes, length = (uint32_t)strlen(text) + 1;
    assert(offset + length <= BUILDER_STRINGS);
    memcpy(builder->strings + offset, text, length);
    builder->strings_bytes += length;
    return offset;
}

static uint32_t add_tensor(struct blob_builder *builder, struct snv2_blob_tensor tensor) {
    assert(builder->tensor_count < BUILDER_TENSORS);
    builder->tensors[builder->tensor_count] = tensor;
    return builder->tensor_count++;
}

uint32_t builder_map(struct blob_builder *builder, int64_t n, int64_t c, int64_t h, int64_t w) {
    int64_t stride = (c + 15) / 16 * 16;
    struct snv2_blob_tensor tensor = {
        .dtype = 1,
        .place = SNV2_PLACE_ARENA,
        .rank = 4,
        .owner = builder->tensor_count,
        .offset = builder->arena_bytes,
        .bytes = (uint64_t)(n * h * w * stride) * sizeof(float),
        .dims = {n, c, h, w},
        .strides = {h * w * stride, 1, w * stride, stride},
    };
    builder->arena_bytes += (tensor.bytes + 63) / 64 * 64;
    return add_tensor(builder, tensor);
}

uint32_t builder_graph_tensor(struct blob_builder *builder, enum snv2_blob_place place,
                              uint64_t number, const char *name, int rank, const int64_t *dims) {
    struct snv2_blob_tensor tensor = {
        .name = builder_string(builder, name),
        .dtype = 1,
        .place = (uint8_t)place,
        .rank = (uint8_t)rank,
        .owner = builder->tensor_count,
        .offset = number,
    };
    int64_t stride = 1;
    for (int i = rank; i-- > 0; stride *= dims[i]) {
        tensor.dims[i] = dims[i];
        tensor.strides[i] = stride;
    }
    tensor.bytes = (uint64_t)stride * sizeof(float);
    return add_tensor(builder, tensor);
}

uint32_t builder_run(struct blob_builder *builder, uint32_t tensor, uint32_t first, uint32_t count,
                     int32_t step) {
    assert(builder->run_count < BUILDER_RUNS);
    builder->runs[builder->run_count] = (struct snv2_blob_run){tensor, first, count, step};
    return builder->run_count++;
}

struct snv2_blob_operand builder_whole(struct blob_builder *builder, uint32_t tensor) {
    uint32_t channels = (uint32_t)builder->tensors[tensor].dims[1];
    return (struct snv2_blob_operand){builder_run(builder, tensor, 0, channels, 1), 1};
}

uint64_t builder_weights(struct blob_builder *builder, size_t floats) {
    uint32_t offset = builder->weights_count;
    builder->weights_count += (uint32_t)(floats + 15) / 16 * 16;
    assert(builder->weights_count <= BUILDER_FLOATS);
    return offset * sizeof(float);
}

struct snv2_blob_command *builder_command(struct blob_builder *builder,
                                          enum snv2_blob_opcode opcode,
                                          struct snv2_blob_operand operand, uint32_t output) {
    assert(builder->command_count < BUILDER_COMMANDS);
    struct snv2_blob_command *command = &builder->commands[builder->command_count++];
    *command = (struct snv2_blob_command){
        .opcode = (uint16_t)opcode,
        .operands = {operand},
        .output = output,
        .weights = UINT64_MAX,
        .bias = UINT64_MAX,
    };
    return command;
}

unsigned char *builder_finish(const struct blob_builder *builder, size_t *size) {
    const struct {
        enum snv2_blob_section kind;
        uint32_t stride;
        size_t bytes;
        const void *data;
    } sections[BUILDER_SECTIONS] = {
#define RECORDS(kind, records, count)                                                              \
    {SNV2_SECTION_##kind, sizeof *builder->records, builder->count * sizeof *builder->records,     \
     builder->records}
        RECORDS(TENSORS, tensors, tensor_count),
        RECORDS(RUNS, runs, run_count),
        RECORDS(COMMANDS, commands, command_count),
        RECORDS(MARKS, marks, mark_count),
        {SNV2_SECTION_WEIGHTS, 1, builder->weights_count * sizeof(float), builder->weights},
        {SNV2_SECTION_STRINGS, 1, builder->strings_bytes, builder->strings},
        RECORDS(METADATA, metadata, metadata_count),
        RECORDS(INDICES, indices, index_count),
#undef RECORDS
    };
    struct snv2_blob_header header = {
        .magic = {0x89, 'S', 'N', 'V', '2', '\r', '\n', 0x1a},
        .major = SNV2_BLOB_MAJOR,
        .minor = SNV2_BLOB_MINOR,
        .header_bytes = sizeof header,
        .arena_bytes = builder->arena_bytes,
        .section_count = BUILDER_SECTIONS,
    };
    struct snv2_blob_entry entries[BUILDER_SECTIONS] = {{0}};
    uint64_t end = (sizeof header + sizeof entries + 63) / 64 * 64;
    for (int i = 0; i < BUILDER_SECTIONS; i++) {
        entries[i] = (struct snv2_blob_entry){sections[i].kind, sections[i].stride, end,
                                              sections[i].bytes, 0};
        end += (sections[i].bytes + 63) / 64 * 64;
    }
    header.file_bytes = end;
    unsigned char *bytes = aligned_alloc(64, (size_t)end);
    assert(bytes);
    memset(bytes, 0, (size_t)end);
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, entries, sizeof entries);
    for (int i = 0; i < BUILDER_SECTIONS; i++)
        if (sections[i].bytes > 0)
            memcpy(bytes + entries[i].offset, sections[i].data, sections[i].bytes);
    *size = (size_t)end;
    blob_seal(bytes, *size);
    return bytes;
}

struct snv2_blob_entry *blob_entry(unsigned char *bytes, enum snv2_blob_section kind) {
    struct snv2_blob_header *header = (struct snv2_blob_header *)bytes;
    struct snv2_blob_entry *entries = (struct snv2_blob_entry *)(bytes + sizeof *header);
    for (uint32_t i = 0; i < header->section_count; i++)
        if (entries[i].kind == kind)
            return &entries[i];
    abort();
}

/* Bit by bit, as the standard's polynomial says. */
static uint32_t crc32_of(const unsigned char *bytes, size_t size) {
    uint32_t crc = 0xffffffff;
    for (size_t bit = 0; bit < 8 * size; bit++) {
        uint32_t low = (crc ^ (bytes[bit / 8] >> (bit % 8))) & 1;
        crc = (crc >> 1) ^ (low ? 0xedb88320 : 0);
    }
    return ~crc;
}

void blob_seal(unsigned char *bytes, size_t size) {
    struct snv2_blob_header *header = (struct snv2_blob_header *)bytes;
    struct snv2_blob_entry *entries = (struct snv2_blob_entry *)(bytes + sizeof *header);
    for (uint32_t i = 0;
         i < header->section_count && sizeof *header + (i + 1) * sizeof *entries <= size; i++)
        if (entries[i].bytes <= size && entries[i].offset <= size - entries[i].bytes)
            entries[i].hash = XXH3_64bits(bytes + entries[i].offset, (size_t)entries[i].bytes);
    header->header_crc = crc32_of(bytes, offsetof(struct snv2_blob_header, header_crc));
}
