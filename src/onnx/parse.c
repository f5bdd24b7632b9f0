/* See parse.h. */
#include "onnx/parse.h"

#include "onnx/wire.h"

enum snv2_status parse_message(const void *bytes, size_t size,
                               const ProtobufCMessageDescriptor *root, struct budget *budget,
                               void **message, struct snv2_diagnostic *diagnostic) {
    uint64_t heap;
    enum snv2_status status = wire_scan(bytes, size, root, budget->arena.budget, &heap, diagnostic);
    if (status)
        return status;
    *message = protobuf_c_message_unpack(root, &budget->allocator, size, bytes);
    if (*message)
        return SNV2_OK;
    if (budget->exhausted)
        return diagnose_no_memory(diagnostic);
    return diagnose(diagnostic, SNV2_BAD_MODEL, "the file is not valid protobuf");
}
