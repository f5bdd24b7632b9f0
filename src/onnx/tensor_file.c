/* TensorProto files: test data in, results out. */
#include "base/write_file.h"
#include "onnx/file.h"
#include "onnx/import.h"
#include "onnx/parse.h"
#include "onnx/wire.h"

#include <stdlib.h>
#include <string.h>

enum snv2_status onnx_load_tensor(const char *path, struct arena *arena, struct tensor *tensor,
                                  const char **name, struct snv2_diagnostic *diagnostic) {
    struct external external = {.folder = NULL};
    struct budget budget;
    unsigned char *bytes = NULL;
    size_t size;
    void *message;
    budget_init(&budget, arena->budget);
    enum snv2_status status = file_read(path, WIRE_MAX_BYTES, &bytes, &size, diagnostic);
    if (!status)
        status = parse_message(bytes, size, &onnx__tensor_proto__descriptor, &budget, &message,
                               diagnostic);
    if (!status) {
        const Onnx__TensorProto *proto = message;
        status =
            import_tensor(proto, proto_text(proto->name), &external, arena, tensor, diagnostic);
        *name = arena_strdup(arena, proto_text(proto->name));
        if (!status && !*name)
            status = diagnose_no_memory(diagnostic);
    }
    if (status)
        diagnostic_set_file(diagnostic, path);
    budget_free(&budget);
    free(bytes);
    return status;
}

enum snv2_status onnx_write_tensor(const char *path, const char *name, const struct tensor *tensor,
                                   struct snv2_diagnostic *diagnostic) {
    Onnx__TensorProto proto = ONNX__TENSOR_PROTO__INIT;
    struct shape shape = tensor->shape;
    size_t element_bytes = dtype_bytes(tensor->dtype);
    size_t bytes = (size_t)shape_elements(&shape) * element_bytes;
    enum snv2_status status = SNV2_OK;
    unsigned char *contents = malloc(bytes + 1), *packed = NULL;
    if (!contents)
        return diagnose_no_memory(diagnostic);
    memcpy(contents, tensor->data, bytes);
    swap_little_endian(contents, bytes, element_bytes);
    proto.n_dims = (size_t)shape.rank;
    proto.dims = shape.dims;
    proto.has_data_type = true;
    proto.data_type = (int32_t)tensor->dtype;
    proto.name = (char *)name;
    proto.has_raw_data = true;
    proto.raw_data = (ProtobufCBinaryData){bytes, contents};
    packed = malloc(onnx__tensor_proto__get_packed_size(&proto));
    if (packed)
        status =
            write_file(path, NULL, packed, onnx__tensor_proto__pack(&proto, packed), diagnostic);
    else
        status = diagnose_no_memory(diagnostic);
    free(packed);
    free(contents);
    return status;
}
