/* libFuzzer target: any bytes as the text form of a graph (ir/text.h), which changes of single
 * bytes bring deeper into the passes than those of a protobuf message. `tools/fuzz` builds and runs
 * it, starting from the golden cases of the passes. */
#include "fuzz/stages.h"

#include "ir/text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct arena arena;
    struct graph *graph;
    struct snv2_diagnostic diagnostic = {.message = ""};
    for (size_t i = 0; i < size; i++)
        if (bytes[i] >= 0x80)
            return 0; /* names that no ONNX file can have */
    arena_init(&arena, memory_budget);
    char *text = arena_strndup(&arena, (const char *)bytes, size);
    enum snv2_status status =
        text ? graph_read_text(text, &arena, &graph, &diagnostic) : diagnose_no_memory(&diagnostic);
    if (status == SNV2_OK)
        status = infer_graph(graph, &diagnostic);
    if (status == SNV2_OK)
        status = compile_graph(graph, &arena, &diagnostic);
    arena_free(&arena);
    judge(status, &diagnostic);
    return 0;
}
