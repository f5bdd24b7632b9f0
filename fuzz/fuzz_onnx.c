/* libFuzzer target: any bytes as an ONNX model, through the front end, the passes and the back end
 * as far as they come. `tools/fuzz` builds and runs it. */
#include "fuzz/stages.h"

#include "onnx/onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct onnx_options options = {.memory_budget = memory_budget, .infer = interp_infer_node};
    struct onnx_info info;
    struct arena arena;
    struct graph *graph;
    struct snv2_diagnostic diagnostic = {.message = ""};
    arena_init(&arena, memory_budget);
    enum snv2_status status =
        onnx_load_memory(bytes, size, NULL, &options, &arena, &graph, &info, &diagnostic);
    if (status == SNV2_OK)
        status = infer_graph(graph, &diagnostic);
    if (status == SNV2_OK)
        status = compile_graph(graph, &arena, &diagnostic);
    arena_free(&arena);
    judge(status, &diagnostic);
    return 0;
}
