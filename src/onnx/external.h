/* Data of a tensor that lies in a file of its own, in or below the model's folder and nowhere else:
 * no absolute path, no "..", no symbolic or hard link, regular files only. */
#ifndef ONNX_EXTERNAL_H
#define ONNX_EXTERNAL_H

#include "base/arena.h"
#include "base/diagnostic.h"
#include "proto/onnx.pb-c.h"

#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct external {
    const char *folder;  /* NULL: external data is refused */
    const char *output;  /* not this file; NULL: any */
    uint64_t budget;     /* bytes that may still be read */
    XXH3_state_t digest; /* of all bytes read, in order */
};

/* Reads the `size` bytes that the tensor's external_data names to *bytes, in `arena`, and adds them
 * to the digest. `name` is the tensor's, for messages. */
enum snv2_status external_read(struct external *external, const Onnx__TensorProto *proto,
                               const char *name, uint64_t size, struct arena *arena,
                               unsigned char **bytes, struct snv2_diagnostic *diagnostic);

#endif
