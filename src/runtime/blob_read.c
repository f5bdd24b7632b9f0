/* From bytes to a struct blob: header, section table, hashes, and the copies of the records. */
#include "base/blob_fields.h"
#include "base/checked.h"
#include "base/diagnostic.h"
#include "runtime/blob.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { IGNORABLE_KIND = 0x8000 };

/* What is being read. */
struct source {
    const unsigned char *bytes;
    uint64_t size;
};

/* The sections of records: where the copies and their number go. */
struct record_section {
    const char *name;
    const struct blob_record *record; /* NULL: a section of bytes */
    size_t records, count;            /* offsets in struct blob */
};

static const struct record_section record_sections[] = {
    [SNV2_SECTION_TENSORS] = {"tensor", &blob_tensor_record, offsetof(struct blob, tensors),
                              offsetof(struct blob, tensor_count)},
    [SNV2_SECTION_RUNS] = {"run", &blob_run_record, offsetof(struct blob, runs),
                           offsetof(struct blob, run_count)},
    [SNV2_SECTION_COMMANDS] = {"command", &blob_command_record, offsetof(struct blob, commands),
                               offsetof(struct blob, command_count)},
    [SNV2_SECTION_MARKS] = {"mark", &blob_mark_record, offsetof(struct blob, marks),
                            offsetof(struct blob, mark_count)},
    [SNV2_SECTION_WEIGHTS] = {"weights", NULL, 0, 0},
    [SNV2_SECTION_STRINGS] = {"strings", NULL, 0, 0},
    [SNV2_SECTION_METADATA] = {"metadata", &blob_metadata_record, offsetof(struct blob, metadata),
                               offsetof(struct blob, metadata_count)},
    [SNV2_SECTION_INDICES] = {"index", &blob_word_record, offsetof(struct blob, indices),
                              offsetof(struct blob, index_count)},
    [SNV2_SECTION_FRAMES] = {"frame", &blob_frame_record, offsetof(struct blob, frames),
                             offsetof(struct blob, frame_count)},
    [SNV2_SECTION_LABELS] = {"label", &blob_label_record, offsetof(struct blob, labels),
                             offsetof(struct blob, label_count)},
};

enum snv2_status bad_record(const struct blob *blob, enum snv2_blob_section kind, uint32_t index,
                            struct snv2_diagnostic *diagnostic, const char *format, ...) {
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    const struct snv2_blob_entry *section = &blob->sections[kind];
    enum snv2_status status = diagnose_at(
        diagnostic, SNV2_BAD_MODEL, (int64_t)(section->offset + (uint64_t)index * section->stride),
        "%s %" PRIu32 ": %s", record_sections[kind].name, index, message);
    if (kind == SNV2_SECTION_COMMANDS && diagnostic) {
        const struct snv2_blob_command *command = &blob->commands[index];
        const char *op = opcode_name(command->opcode);
        if (command->name < blob->strings_bytes)
            sanitize_text(diagnostic->node, sizeof diagnostic->node, blob->strings + command->name);
        sanitize_text(diagnostic->op, sizeof diagnostic->op, op ? op : "?");
    }
    return status;
}

static enum snv2_status read_header(struct source source, struct snv2_blob_header *header,
                                    struct snv2_diagnostic *diagnostic) {
    if (source.size < sizeof *header || memcmp(source.bytes, SNV2_BLOB_MAGIC, 8) != 0)
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, 0,
                           "not a native model (an ONNX file is made one by snv2-convert)");
    memcpy(header, source.bytes, sizeof *header);
    if (!host_is_little_endian())
        blob_swap(&blob_header_record, header, 1, sizeof *header);
    if (header->header_bytes == UINT32_C(0x40000000))
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, offsetof(struct snv2_blob_header, major),
                           "the file is big-endian, and a native model is little-endian on every "
                           "machine");
    size_t crc_offset = offsetof(struct snv2_blob_header, header_crc);
    if (header->header_crc != crc32_ieee(source.bytes, crc_offset))
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, (int64_t)crc_offset,
                           "the header's checksum is wrong: the file is damaged");
    if (header->major != SNV2_BLOB_MAJOR)
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, offsetof(struct snv2_blob_header, major),
                           "format version %u.%u, and this library reads %d.x: convert the network "
                           "again, or use the matching library",
                           header->major, header->minor, SNV2_BLOB_MAJOR);
    if (header->header_bytes != sizeof *header)
        return diagnose_at(
            diagnostic, SNV2_BAD_MODEL, offsetof(struct snv2_blob_header, header_bytes),
            "a header of %" PRIu32 " bytes instead of %zu", header->header_bytes, sizeof *header);
    if (header->file_bytes != source.size)
        return diagnose_at(diagnostic, SNV2_BAD_MODEL,
                           offsetof(struct snv2_blob_header, file_bytes),
                           "the file has %" PRIu64 " bytes and should have %" PRIu64, source.size,
                           header->file_bytes);
    for (size_t i = 0; i < sizeof header->reserved / sizeof *header->reserved; i++)
        if (header->reserved[i] != 0)
            return diagnose_at(diagnostic, SNV2_BAD_MODEL,
                               offsetof(struct snv2_blob_header, reserved),
                               "a reserved field of the header is not zero");
    return SNV2_OK;
}

static bool is_zero(const unsigned char *bytes, uint64_t count) {
    for (uint64_t i = 0; i < count; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Copies the records of a section to the heap, in host byte order. */
static enum snv2_status copy_records(struct source source, const struct snv2_blob_entry *entry,
                                     struct arena *arena, struct blob *blob,
                                     struct snv2_diagnostic *diagnostic) {
    const struct record_section *section = &record_sections[entry->kind];
    const struct blob_record *record = section->record;
    uint64_t count = entry->bytes / entry->stride;
    if (count >= UINT32_MAX)
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, (int64_t)entry->offset,
                           "%" PRIu64 " records of kind %s are too many", count, section->name);
    unsigned char *records = arena_alloc(arena, (size_t)count, record->bytes);
    if (!records)
        return diagnose_no_memory(diagnostic);
    for (uint64_t i = 0; i < count; i++)
        memcpy(records + i * record->bytes, source.bytes + entry->offset + i * entry->stride,
               record->bytes);
    if (!host_is_little_endian())
        blob_swap(record, records, (size_t)count, record->bytes);
    const void *pointer = records;
    uint32_t number = (uint32_t)count;
    memcpy((char *)blob + section->records, &pointer, sizeof pointer);
    memcpy((char *)blob + section->count, &number, sizeof number);
    return SNV2_OK;
}

static enum snv2_status copy_strings(struct source source, const struct snv2_blob_entry *entry,
                                     struct arena *arena, struct blob *blob,
                                     struct snv2_diagnostic *diagnostic) {
    if (entry->bytes > SIZE_MAX)
        return diagnose_no_memory(diagnostic);
    /* arena_strndup puts a NUL behind; whether the file has its own is for blob_verify to say. */
    blob->strings = arena_strndup(arena, (const char *)source.bytes + entry->offset, entry->bytes);
    blob->strings_bytes = entry->bytes;
    return blob->strings ? SNV2_OK : diagnose_no_memory(diagnostic);
}

static enum snv2_status take_weights(struct source source, const struct snv2_blob_entry *entry,
                                     struct arena *arena, struct blob *blob,
                                     struct snv2_diagnostic *diagnostic) {
    blob->weights = source.bytes + entry->offset;
    blob->weights_bytes = entry->bytes;
    if (host_is_little_endian())
        return SNV2_OK;
    unsigned char *swapped = arena_alloc(arena, entry->bytes, 1);
    if (!swapped)
        return diagnose_no_memory(diagnostic);
    memcpy(swapped, blob->weights, entry->bytes);
    blob_swap(&blob_word_record, swapped, entry->bytes / sizeof(float), sizeof(float));
    blob->weights = swapped;
    return SNV2_OK;
}

/* Checks one entry, which must start at *end, the place behind the section before. */
static enum snv2_status check_entry(struct source source, const struct snv2_blob_entry *entry,
                                    uint64_t at, const struct blob *blob, uint64_t *end,
                                    struct snv2_diagnostic *diagnostic) {
    uint64_t start, section_end;
    if (!checked_align(*end, SNV2_BLOB_ALIGNMENT, &start))
        start = UINT64_MAX;
    if (entry->offset != start)
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, (int64_t)at,
                           "section of kind %" PRIu32 " at %" PRIu64
                           ": sections are aligned to 64 and follow one another, so it must be at "
                           "%" PRIu64,
                           entry->kind, entry->offset, start);
    if (!checked_add(entry->offset, entry->bytes, &section_end) || section_end > source.size)
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, (int64_t)at,
                           "section of kind %" PRIu32 ": %" PRIu64 " bytes reach past the file",
                           entry->kind, entry->bytes);
    if (!is_zero(source.bytes + *end, start - *end))
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, (int64_t)*end,
                           "the bytes between sections are not zero");
    *end = section_end;
    if (entry->hash != XXH3_64bits(source.bytes + entry->offset, (size_t)entry->bytes))
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, (int64_t)entry->offset,
                           "the checksum of section kind %" PRIu32 " is wrong: the file is damaged",
                           entry->kind);
    if (entry->kind >= IGNORABLE_KIND)
        return SNV2_OK;
    if (entry->kind < SNV2_SECTION_TENSORS || entry->kind > SNV2_SECTION_LABELS)
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, (int64_t)at,
                           "unknown section of kind %" PRIu32, entry->kind);
    if (blob->sections[entry->kind].kind != 0)
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, (int64_t)at,
                           "a second section of kind %" PRIu32, entry->kind);
    const struct blob_record *record = record_sections[entry->kind].record;
    bool fits = record ? entry->stride >= record->bytes && entry->bytes % entry->stride == 0
                       : entry->stride == 1;
    if (!fits)
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, (int64_t)at,
                           "section of kind %" PRIu32 ": %" PRIu64 " bytes in records of %" PRIu32,
                           entry->kind, entry->bytes, entry->stride);
    return SNV2_OK;
}

static enum snv2_status read_section(struct source source, const struct snv2_blob_entry *entry,
                                     struct arena *arena, struct blob *blob,
                                     struct snv2_diagnostic *diagnostic) {
    blob->sections[entry->kind] = *entry;
    if (record_sections[entry->kind].record)
        return copy_records(source, entry, arena, blob, diagnostic);
    if (entry->kind == SNV2_SECTION_STRINGS)
        return copy_strings(source, entry, arena, blob, diagnostic);
    return take_weights(source, entry, arena, blob, diagnostic);
}

enum snv2_status blob_read(const void *bytes, size_t size, struct arena *arena, struct blob *blob,
                           struct snv2_diagnostic *diagnostic) {
    struct source source = {bytes, size};
    struct snv2_blob_header header;
    *blob = (struct blob){.strings = ""};
    enum snv2_status status = read_header(source, &header, diagnostic);
    if (status != SNV2_OK)
        return status;
    blob->arena_bytes = header.arena_bytes;
    uint64_t end = sizeof header + (uint64_t)header.section_count * sizeof(struct snv2_blob_entry);
    if (end > size)
        return diagnose_at(
            diagnostic, SNV2_BAD_MODEL, offsetof(struct snv2_blob_header, section_count),
            "the table of %" PRIu32 " sections reaches past the file", header.section_count);
    for (uint32_t i = 0; i < header.section_count; i++) {
        struct snv2_blob_entry entry;
        uint64_t at = sizeof header + (uint64_t)i * sizeof entry;
        memcpy(&entry, source.bytes + at, sizeof entry);
        if (!host_is_little_endian())
            blob_swap(&blob_entry_record, &entry, 1, sizeof entry);
        status = check_entry(source, &entry, at, blob, &end, diagnostic);
        if (status == SNV2_OK && entry.kind < IGNORABLE_KIND)
            status = read_section(source, &entry, arena, blob, diagnostic);
        if (status != SNV2_OK)
            return status;
    }
    uint64_t padded;
    if (!checked_align(end, SNV2_BLOB_ALIGNMENT, &padded) || padded != size ||
        !is_zero(source.bytes + end, size - end))
        return diagnose_at(diagnostic, SNV2_BAD_MODEL, (int64_t)end,
                           "the file does not end with its last section and zeros up to a multiple "
                           "of 64");
    return SNV2_OK;
}
