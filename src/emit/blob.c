/* Writes a program as a native model (snv2/blob.h):
 *
 *   | header | section table | tensors | runs | commands | marks | weights | strings | metadata |
 *   indices | frames | labels |
 *
 * the last two where there are any, each section 64-aligned and the gaps zero. Records are copied
 * as they stand in memory, and turned to little-endian by their field tables on hosts of the other
 * order. */
#include "emit/emit.h"

#include "base/blob_fields.h"
#include "base/checked.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* A section on its way into the file. */
struct section {
    enum snv2_blob_section kind;
    uint32_t stride;
    const void *bytes;
    uint64_t count;                   /* of strides */
    const struct blob_record *record; /* what has a byte order; NULL: bytes have none */
    uint64_t offset, size;
};

enum { FIRST_OPTIONAL = 8, MOST_SECTIONS = 10 };

/* The program's strings and, behind them, those of the metadata, whose records are filled. */
static char *join_strings(const struct program *program, const struct metadata_pair *metadata,
                          int count, struct arena *arena, struct snv2_blob_metadata *records,
                          uint64_t *size) {
    uint64_t total = program->strings_bytes;
    for (int i = 0; i < count; i++)
        total += strlen(metadata[i].key) + strlen(metadata[i].value) + 2;
    char *strings = total <= UINT32_MAX ? arena_alloc(arena, total, 1) : NULL;
    if (!strings)
        return NULL;
    char *end = strings + program->strings_bytes;
    memcpy(strings, program->strings, program->strings_bytes);
    for (int i = 0; i < count; i++) {
        size_t key = strlen(metadata[i].key) + 1, value = strlen(metadata[i].value) + 1;
        records[i].key = (uint32_t)(end - strings);
        records[i].value = records[i].key + (uint32_t)key;
        memcpy(end, metadata[i].key, key);
        memcpy(end + key, metadata[i].value, value);
        end += key + value;
    }
    *size = total;
    return strings;
}

/* Sets offsets and sizes; *file_bytes is where the file ends. False on overflow. */
static bool lay_out(struct section *sections, int count, uint64_t *file_bytes) {
    uint64_t end =
        sizeof(struct snv2_blob_header) + (uint64_t)count * sizeof(struct snv2_blob_entry);
    for (int i = 0; i < count; i++)
        if (!checked_align(end, SNV2_BLOB_ALIGNMENT, &sections[i].offset) ||
            !checked_mul(sections[i].count, sections[i].stride, &sections[i].size) ||
            !checked_add(sections[i].offset, sections[i].size, &end))
            return false;
    return checked_align(end, SNV2_BLOB_ALIGNMENT, file_bytes) && *file_bytes <= SIZE_MAX;
}

/* Copies `count` records into the file, little-endian. */
static void write_records(unsigned char *to, const void *from, uint64_t count,
                          const struct blob_record *record) {
    memcpy(to, from, count * record->bytes);
    if (!host_is_little_endian())
        blob_swap(record, to, count, record->bytes);
}

static void write_section(unsigned char *file, const struct section *section, int number) {
    unsigned char *at = file + section->offset;
    if (section->size > 0 && section->record)
        write_records(at, section->bytes, section->size / section->record->bytes, section->record);
    else if (section->size > 0)
        memcpy(at, section->bytes, section->size);
    struct snv2_blob_entry entry = {
        .kind = section->kind,
        .stride = section->stride,
        .offset = section->offset,
        .bytes = section->size,
        .hash = XXH3_64bits(at, section->size),
    };
    write_records(file + sizeof(struct snv2_blob_header) + (size_t)number * sizeof entry, &entry, 1,
                  &blob_entry_record);
}

static void write_header(unsigned char *file, uint64_t file_bytes, uint64_t arena_bytes,
                         int sections) {
    struct snv2_blob_header header = {
        .major = SNV2_BLOB_MAJOR,
        .minor = SNV2_BLOB_MINOR,
        .header_bytes = sizeof header,
        .file_bytes = file_bytes,
        .arena_bytes = arena_bytes,
        .section_count = (uint32_t)sections,
    };
    memcpy(header.magic, SNV2_BLOB_MAGIC, sizeof header.magic);
    write_records(file, &header, 1, &blob_header_record);
    /* The checksum is of the bytes in the file. */
    header.header_crc = crc32_ieee(file, offsetof(struct snv2_blob_header, header_crc));
    write_records(file, &header, 1, &blob_header_record);
}

#define RECORDS(kind, list, count, record)                                                         \
    { SNV2_SECTION_##kind, sizeof *(list), list, count, record, 0, 0 }
#define BYTES(kind, list, count, record)                                                           \
    { SNV2_SECTION_##kind, 1, list, count, record, 0, 0 }

enum snv2_status emit_blob(const struct program *program, const struct metadata_pair *metadata,
                           int metadata_count, struct arena *arena, const void **bytes,
                           size_t *size, struct snv2_diagnostic *diagnostic) {
    struct snv2_blob_metadata *pairs = arena_alloc(arena, (size_t)metadata_count, sizeof *pairs);
    uint64_t strings_bytes = 0, file_bytes = 0;
    const char *strings =
        pairs ? join_strings(program, metadata, metadata_count, arena, pairs, &strings_bytes)
              : NULL;
    if (!strings)
        return diagnose_no_memory(diagnostic);
    struct section sections[MOST_SECTIONS] = {
        RECORDS(TENSORS, program->tensors, program->tensor_count, &blob_tensor_record),
        RECORDS(RUNS, program->runs, program->run_count, &blob_run_record),
        RECORDS(COMMANDS, program->commands, program->command_count, &blob_command_record),
        RECORDS(MARKS, program->marks, program->mark_count, &blob_mark_record),
        BYTES(WEIGHTS, program->weights, program->weights_bytes, &blob_word_record),
        BYTES(STRINGS, strings, strings_bytes, NULL),
        RECORDS(METADATA, pairs, (uint64_t)metadata_count, &blob_metadata_record),
        RECORDS(INDICES, program->indices, program->index_count, &blob_word_record),
    };
    const struct section optional[] = {
        RECORDS(FRAMES, program->frames, program->frame_count, &blob_frame_record),
        RECORDS(LABELS, program->labels, program->label_count, &blob_label_record),
    };
    int count = FIRST_OPTIONAL;
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
        if (optional[i].count > 0)
            sections[count++] = optional[i];
    if (!lay_out(sections, count, &file_bytes))
        return diagnose_no_memory(diagnostic);
    unsigned char *file = arena_alloc(arena, (size_t)file_bytes, 1);
    if (!file)
        return diagnose_no_memory(diagnostic);
    for (int i = 0; i < count; i++)
        write_section(file, &sections[i], i);
    write_header(file, file_bytes, program->arena_bytes, count);
    *bytes = file;
    *size = (size_t)file_bytes;
    return SNV2_OK;
}
