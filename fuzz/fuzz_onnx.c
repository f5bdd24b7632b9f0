/* libFuzzer target: any bytes as an ONNX model, through the front end, the passes and the back end
 * as far as they come. What is refused must be refused with a message; what becomes a blob must be
 * one that the loader takes. `tools/fuzz` builds and runs it. */
#include "emit/emit.h"
#include "interp/interp.h"
#include "onnx/onnx.h"
#include "passes/pass.h"
#include "snv2/runtime.h"

#include <stdio.h>
#include <stdlib.h>

static const uint64_t memory_budget = (uint64_t)256 << 20;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* All stages of a conversion but its check. */
static enum snv2_status convert(const uint8_t *bytes, size_t size, struct arena *arena,
                                struct arena *scratch, struct snv2_diagnostic *diagnostic) {
    struct onnx_options options = {.memory_budget = memory_budget};
    struct onnx_info info;
    struct graph *graph;
    struct program *program;
    const void *blob;
    size_t blob_bytes;
    struct snv2_model *model;
    enum snv2_status status;
    if ((status = onnx_load_memory(bytes, size, NULL, &options, arena, &graph, &info,
                                   diagnostic)) != SNV2_OK ||
        (status = infer_graph(graph, diagnostic)) != SNV2_OK ||
        (status = passes_run(graph, pass_list, pass_count, NULL, NULL, NULL, NULL, diagnostic)) !=
            SNV2_OK ||
        (status = lower_graph(graph, arena, &program, diagnostic)) != SNV2_OK ||
        (status = plan_memory(program, scratch, diagnostic)) != SNV2_OK ||
        (status = verify_plan(program, scratch, diagnostic)) != SNV2_OK ||
        (status = emit_blob(program, NULL, 0, arena, &blob, &blob_bytes, diagnostic)) != SNV2_OK)
        return status;
    status = snv2_open_memory(blob, blob_bytes, &model, diagnostic);
    if (status == SNV2_OK)
        snv2_close(model);
    return status == SNV2_BAD_MODEL ? SNV2_INTERNAL : status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct arena arena, scratch;
    struct snv2_diagnostic diagnostic = {.message = ""};
    arena_init(&arena, memory_budget);
    arena_init(&scratch, memory_budget);
    enum snv2_status status = convert(bytes, size, &arena, &scratch, &diagnostic);
    arena_free(&scratch);
    arena_free(&arena);
    if (status == SNV2_INTERNAL || (status != SNV2_OK && !diagnostic.message[0])) {
        fprintf(stderr, "status %d: node '%s': %s\n", status, diagnostic.node, diagnostic.message);
        abort();
    }
    return 0;
}
