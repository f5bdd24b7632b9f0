/* The layout of the blob's records as tables, so that the writer and the reader turn them from and
 * to little-endian with one function and agree on the checksum of the header. */
#ifndef BASE_BLOB_FIELDS_H
#define BASE_BLOB_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `count` numbers of `bytes` bytes each, from `offset` of the record. Single bytes are not listed:
 * they have no byte order. */
struct blob_field {
    uint16_t offset;
    uint8_t bytes, count;
};

struct blob_record {
    uint16_t bytes; /* of a whole record */
    uint16_t field_count;
    const struct blob_field *fields;
};

extern const struct blob_record blob_header_record, blob_entry_record, blob_tensor_record,
    blob_run_record, blob_command_record, blob_mark_record, blob_metadata_record, blob_frame_record,
    blob_label_record, blob_word_record; /* four bytes: a weight, or two halves */

bool host_is_little_endian(void);

/* Reverses the bytes of every field of `count` records that stand `stride` bytes apart (at least
 * record->bytes), unaligned too. Twice is nothing. */
void blob_swap(const struct blob_record *record, void *records, size_t count, size_t stride);

/* CRC-32 of IEEE 802.3 (reflected, polynomial 0xedb88320): "123456789" gives 0xcbf43926. */
uint32_t crc32_ieee(const void *bytes, size_t size);

#endif
