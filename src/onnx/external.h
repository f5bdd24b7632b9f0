/* Data of a tensor that lies in a file of its own, in or below the model's folder and nowhere else:
 * no absolute path, no "..", no symbolic or hard link, regular files only. */
#ifndef ONNX_EXTERNAL_H
#define ONNX_EXTERNAL_H

#include "base/diagnostic.h"
#include "proto/onnx.pb-c.h"

#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct external {
    const char *folder;  /* NULL: external data is refused */
    XXH3_state_t digest; /* of all bytes read, in order */
};

/* Reads the `size` bytes that the tensor's external_data names into `bytes` and adds them to the
 * digest. `name` is the tensor's, for messages. */
enum snv2_status external_read(struct external *external, const Onnx__TensorProto *proto,
                               const char *name, void *bytes, uint64_t size,
                               struct snv2_diagnostic *diagnostic);

#endif
