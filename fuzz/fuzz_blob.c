/* libFuzzer target: any bytes as a native model, with checksums made right, since a checksum is no
 * signature. What the loader takes must run within its buffers. `tools/fuzz` builds and runs it. */
#include "tests/blob_builder.h"

#include "snv2/runtime.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Larger runs would only be slow. */
static const uint64_t most_arena_bytes = 1 << 20;
enum { MOST_PORTS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static uint64_t arena_bytes(const unsigned char *blob) {
    struct snv2_blob_header header;
    memcpy(&header, blob, sizeof header);
    return header.arena_bytes;
}

typedef const struct snv2_tensor_info *port_function(const struct snv2_model *model, int number);

/* Zeroed buffers of exactly the sizes that the model asks for; false where memory ran out. */
static bool allocate_ports(const struct snv2_model *model, int count, port_function *port,
                           void *buffers[MOST_PORTS]) {
    for (int i = 0; i < count; i++)
        if (!(buffers[i] = calloc(1, port(model, i)->bytes)))
            return false;
    return true;
}

static void run(const struct snv2_model *model) {
    void *inputs[MOST_PORTS] = {NULL}, *outputs[MOST_PORTS] = {NULL};
    int input_count = snv2_input_count(model), output_count = snv2_output_count(model);
    struct snv2_context *context = NULL;
    if (input_count <= MOST_PORTS && output_count <= MOST_PORTS &&
        allocate_ports(model, input_count, snv2_input, inputs) &&
        allocate_ports(model, output_count, snv2_output, outputs) &&
        snv2_context_new(model, NULL, &context, NULL) == SNV2_OK)
        snv2_run(context, (const void *const *)inputs, outputs);
    snv2_context_free(context);
    for (int i = 0; i < MOST_PORTS; i++) {
        free(inputs[i]);
        free(outputs[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct snv2_model *model;
    struct snv2_diagnostic diagnostic = {.message = ""};
    size_t room = (size + SNV2_BLOB_ALIGNMENT) & -(size_t)SNV2_BLOB_ALIGNMENT;
    unsigned char *blob = aligned_alloc(SNV2_BLOB_ALIGNMENT, room);
    if (!blob)
        return 0;
    memcpy(blob, bytes, size);
    if (size >= sizeof(struct snv2_blob_header))
        blob_seal(blob, size);
    enum snv2_status status = snv2_open_memory(blob, size, &model, &diagnostic);
    if (status != SNV2_OK && !diagnostic.message[0])
        abort();
    if (status == SNV2_OK) {
        if (arena_bytes(blob) <= most_arena_bytes)
            run(model);
        snv2_close(model);
    }
    free(blob);
    return 0;
}
