/* Bytes to a protobuf tree: the wire scan, then protobuf-c within the budget. */
#ifndef ONNX_PARSE_H
#define ONNX_PARSE_H

#include "base/diagnostic.h"
#include "onnx/budget.h"

/* The message of type `root` in `bytes`; the tree lives in the budget's arena and `*message` is
 * what the generated unpack function of that type would return. */
enum snv2_status parse_message(const void *bytes, size_t size,
                               const ProtobufCMessageDescriptor *root, struct budget *budget,
                               void **message, struct snv2_diagnostic *diagnostic);

#endif
