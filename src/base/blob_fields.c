/* Tables of the blob's record fields, byte swapping by them, and the checksum of the header. */
#include "base/blob_fields.h"

#include "snv2/blob.h"

#define FIELD(type, name)                                                                          \
    { offsetof(struct type, name), sizeof(((struct type *)0)->name), 1 }
#define FIELD_ARRAY(type, name)                                                                    \
    {                                                                                              \
        offsetof(struct type, name), sizeof(((struct type *)0)->name[0]),                          \
            sizeof(((struct type *)0)->name) / sizeof(((struct type *)0)->name[0])                 \
    }
#define RECORD(type, fields)                                                                       \
    { sizeof(struct type), sizeof fields / sizeof fields[0], fields }

static const struct blob_field header_fields[] = {
    FIELD(snv2_blob_header, major),          FIELD(snv2_blob_header, minor),
    FIELD(snv2_blob_header, header_bytes),   FIELD(snv2_blob_header, file_bytes),
    FIELD(snv2_blob_header, arena_bytes),    FIELD(snv2_blob_header, section_count),
    FIELD_ARRAY(snv2_blob_header, reserved), FIELD(snv2_blob_header, header_crc),
};
static const struct blob_field entry_fields[] = {
    FIELD(snv2_blob_entry, kind),  FIELD(snv2_blob_entry, stride), FIELD(snv2_blob_entry, offset),
    FIELD(snv2_blob_entry, bytes), FIELD(snv2_blob_entry, hash),
};
static const struct blob_field tensor_fields[] = {
    FIELD(snv2_blob_tensor, name),          FIELD(snv2_blob_tensor, owner),
    FIELD(snv2_blob_tensor, images),        FIELD(snv2_blob_tensor, offset),
    FIELD(snv2_blob_tensor, bytes),         FIELD_ARRAY(snv2_blob_tensor, dims),
    FIELD_ARRAY(snv2_blob_tensor, strides),
};
static const struct blob_field run_fields[] = {
    FIELD(snv2_blob_run, tensor),
    FIELD(snv2_blob_run, first),
    FIELD(snv2_blob_run, count),
    FIELD(snv2_blob_run, step),
};
/* operands and window are arrays of plain numbers, one behind the other. */
static const struct blob_field command_fields[] = {
    FIELD(snv2_blob_command, opcode),
    FIELD(snv2_blob_command, name),
    FIELD(snv2_blob_command, activation_alpha),
    FIELD(snv2_blob_command, activation_beta),
    {offsetof(struct snv2_blob_command, operands), sizeof(uint32_t), 2 * SNV2_BLOB_MAX_OPERANDS},
    FIELD(snv2_blob_command, output),
    FIELD(snv2_blob_command, group),
    FIELD(snv2_blob_command, weights),
    FIELD(snv2_blob_command, bias),
    {offsetof(struct snv2_blob_command, window), sizeof(uint16_t),
     sizeof(struct snv2_blob_window) / sizeof(uint16_t)},
    FIELD(snv2_blob_command, axis),
    FIELD(snv2_blob_command, first_index),
    FIELD_ARRAY(snv2_blob_command, reserved),
};
static const struct blob_field mark_fields[] = {
    FIELD(snv2_blob_mark, kind),
    FIELD(snv2_blob_mark, first),
    FIELD(snv2_blob_mark, count),
    FIELD(snv2_blob_mark, reserved),
};
static const struct blob_field metadata_fields[] = {
    FIELD(snv2_blob_metadata, key),
    FIELD(snv2_blob_metadata, value),
};
static const struct blob_field frame_fields[] = {
    FIELD(snv2_blob_frame, input),
    FIELD(snv2_blob_frame, reserved),
    FIELD_ARRAY(snv2_blob_frame, scale),
    FIELD_ARRAY(snv2_blob_frame, shift),
};
static const struct blob_field label_fields[] = {
    FIELD(snv2_blob_label, output),
    FIELD(snv2_blob_label, name),
};

static const struct blob_field word_fields[] = {{0, sizeof(float), 1}};

const struct blob_record blob_header_record = RECORD(snv2_blob_header, header_fields);
const struct blob_record blob_entry_record = RECORD(snv2_blob_entry, entry_fields);
const struct blob_record blob_tensor_record = RECORD(snv2_blob_tensor, tensor_fields);
const struct blob_record blob_run_record = RECORD(snv2_blob_run, run_fields);
const struct blob_record blob_command_record = RECORD(snv2_blob_command, command_fields);
const struct blob_record blob_mark_record = RECORD(snv2_blob_mark, mark_fields);
const struct blob_record blob_metadata_record = RECORD(snv2_blob_metadata, metadata_fields);
const struct blob_record blob_frame_record = RECORD(snv2_blob_frame, frame_fields);
const struct blob_record blob_label_record = RECORD(snv2_blob_label, label_fields);
const struct blob_record blob_word_record = {sizeof(float), 1, word_fields};

bool host_is_little_endian(void) {
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 1;
}

static void reverse(unsigned char *bytes, size_t count) {
    for (size_t i = 0; i < count / 2; i++) {
        unsigned char byte = bytes[i];
        bytes[i] = bytes[count - 1 - i];
        bytes[count - 1 - i] = byte;
    }
}

void blob_swap(const struct blob_record *record, void *records, size_t count, size_t stride) {
    unsigned char *at = records;
    for (size_t r = 0; r < count; r++, at += stride)
        for (size_t f = 0; f < record->field_count; f++) {
            const struct blob_field *field = &record->fields[f];
            for (size_t i = 0; i < field->count; i++)
                reverse(at + field->offset + i * field->bytes, field->bytes);
        }
}

uint32_t crc32_ieee(const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}
