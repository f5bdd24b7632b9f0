/* What the fuzz targets of the converter share: a graph through passes and back end, and to every
 * format that is emitted. */
#ifndef FUZZ_STAGES_H
#define FUZZ_STAGES_H

#include "emit/emit.h"
#include "emit_c/emit_c.h"
#include "interp/interp.h"
#include "onnx/onnx.h"
#include "passes/pass.h"
#include "snv2/runtime.h"

#include <stdio.h>
#include <stdlib.h>

/* What one input may take, in each of its arenas. */
static const uint64_t memory_budget = (uint64_t)256 << 20;

/* What is made here must be read here. */
static inline enum snv2_status own(enum snv2_status status) {
    return status == SNV2_BAD_MODEL ? SNV2_INTERNAL : status;
}

/* Emits ONNX, which must be one that is read, and C, which not every command has. */
static inline enum snv2_status emit_all(const struct graph *graph, const void *blob, size_t size,
                                        struct arena *arena, struct snv2_diagnostic *diagnostic) {
    const struct onnx_options onnx = {.memory_budget = memory_budget, .infer = interp_infer_node};
    const struct emit_c_options c = {.model = "fuzz"};
    struct emit_c_file files[EMIT_C_FILES];
    struct onnx_info info;
    struct graph *read;
    const void *bytes;
    size_t count;
    int file_count;
    enum snv2_status status = onnx_export(graph, arena, &bytes, &count, diagnostic);
    if (status == SNV2_OK && graph->node_count > 0) /* a file without nodes is none */
        status = own(onnx_load_memory(bytes, count, NULL, &onnx, arena, &read, &info, diagnostic));
    if (status == SNV2_OK && graph->node_count > 0)
        status = own(infer_graph(read, diagnostic));
    if (status == SNV2_OK)
        status = own(emit_c(blob, size, &c, arena, files, &file_count, diagnostic));
    return status;
}

/* From a graph whose shapes are inferred to a blob, which the loader must take. */
static inline enum snv2_status compile_graph(struct graph *graph, struct arena *arena,
                                             struct snv2_diagnostic *diagnostic) {
    struct arena scratch;
    struct program *program;
    const void *blob;
    size_t blob_bytes;
    struct snv2_model *model;
    enum snv2_status status;
    arena_init(&scratch, memory_budget);
    if ((status = passes_run(graph, pass_list, pass_count, NULL, NULL, NULL, NULL, diagnostic)) ==
            SNV2_OK &&
        (status = lower_graph(graph, arena, &program, diagnostic)) == SNV2_OK &&
        (status = plan_memory(program, &scratch, diagnostic)) == SNV2_OK &&
        (status = verify_plan(program, &scratch, diagnostic)) == SNV2_OK &&
        (status = emit_blob(program, NULL, 0, arena, &blob, &blob_bytes, diagnostic)) == SNV2_OK) {
        status = own(snv2_open_memory(blob, blob_bytes, &model, diagnostic));
        if (status == SNV2_OK) {
            snv2_close(model);
            status = emit_all(graph, blob, blob_bytes, arena, diagnostic);
        }
    }
    arena_free(&scratch);
    return status;
}

/* A refusal has a message, and none is a bug of ours. */
static inline void judge(enum snv2_status status, const struct snv2_diagnostic *diagnostic) {
    if (status == SNV2_OK || (status != SNV2_INTERNAL && diagnostic->message[0]))
        return;
    fprintf(stderr, "status %d: node '%s': %s\n", status, diagnostic->node, diagnostic->message);
    abort();
}

#endif
