/* Loading a model: file, protobuf tree, graph. */
#include "onnx/file.h"
#include "onnx/import.h"
#include "onnx/parse.h"
#include "onnx/wire.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t default_budget = (uint64_t)4 << 30;

static uint64_t memory_budget(const struct onnx_options *options) {
    return options->memory_budget ? options->memory_budget : default_budget;
}

enum snv2_status onnx_load_memory(const void *bytes, size_t size, const char *folder,
                                  const struct onnx_options *options, struct arena *arena,
                                  struct graph **graph, struct onnx_info *info,
                                  struct snv2_diagnostic *diagnostic) {
    struct external external = {.folder = folder, .output = options->output};
    struct budget budget;
    uint64_t allowed = memory_budget(options);
    void *model;
    *info = (struct onnx_info){.file_bytes = size};
    external.budget = allowed > size ? allowed - size : 0;
    XXH3_64bits_reset(&external.digest);
    XXH3_64bits_update(&external.digest, bytes, size);
    budget_init(&budget, external.budget);
    enum snv2_status status =
        parse_message(bytes, size, &onnx__model_proto__descriptor, &budget, &model, diagnostic);
    if (!status)
        status =
            import_model(model, options, &external, &budget.arena, arena, graph, info, diagnostic);
    budget_free(&budget);
    info->source_hash = XXH3_64bits_digest(&external.digest);
    return status;
}

/* The folder of a path: what stands before its last slash. malloc'ed. */
static char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    const char *folder = slash == path ? "/" : slash ? path : ".";
    if (length == 0)
        length = 1;
    char *copy = malloc(length + 1);
    if (copy) {
        memcpy(copy, folder, length);
        copy[length] = '\0';
    }
    return copy;
}

enum snv2_status onnx_load_file(const char *path, const struct onnx_options *options,
                                struct arena *arena, struct graph **graph, struct onnx_info *info,
                                struct snv2_diagnostic *diagnostic) {
    bool from_stdin = strcmp(path, "-") == 0;
    uint64_t limit = memory_budget(options);
    unsigned char *bytes = NULL;
    size_t size;
    char *folder = NULL;
    enum snv2_status status =
        file_read(path, limit < WIRE_MAX_BYTES ? limit : WIRE_MAX_BYTES, &bytes, &size, diagnostic);
    if (!status && !from_stdin && !(folder = folder_of(path)))
        status = diagnose_no_memory(diagnostic);
    if (!status)
        status = onnx_load_memory(bytes, size, folder, options, arena, graph, info, diagnostic);
    if (status)
        diagnostic_set_file(diagnostic, from_stdin ? "standard input" : path);
    free(folder);
    free(bytes);
    return status;
}
