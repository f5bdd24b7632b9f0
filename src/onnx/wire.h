/* Checking the bytes of a protobuf message before protobuf-c parses them. protobuf-c 1.4 recurses
 * without a limit, merges repeated messages in quadratic time and cuts strings at a NUL; the scan
 * refuses all that leads there, with the byte offset, and bounds the heap that parsing will take.
 */
#ifndef ONNX_WIRE_H
#define ONNX_WIRE_H

#include "base/diagnostic.h"

#include <protobuf-c/protobuf-c.h>

enum {
    WIRE_MAX_DEPTH = 32,         /* messages within messages; a plain model has 6 */
    WIRE_MAX_MESSAGES = 1 << 26, /* in one file, so counts of anything fit in an int32_t */
    WIRE_MAX_BYTES = 0x7fffffff, /* the protobuf limit: one byte less than 2 GiB */
};

/* Scans `size` bytes as a message of type `root` without recursion, in one walk. *heap receives an
 * upper bound of what protobuf-c will allocate; more than `budget` is refused.
 * All errors are SNV2_BAD_MODEL with an offset. Unknown fields are skipped. */
enum snv2_status wire_scan(const void *bytes, size_t size, const ProtobufCMessageDescriptor *root,
                           uint64_t budget, uint64_t *heap, struct snv2_diagnostic *diagnostic);

#endif
