/* What the fuzz targets of the converter share: a graph through passes and back end. */
#ifndef FUZZ_STAGES_H
#define FUZZ_STAGES_H

#include "emit/emit.h"
#include "interp/interp.h"
#include "passes/pass.h"
#include "snv2/runtime.h"

#include <stdio.h>
#include <stdlib.h>

/* What one input may take, in each of its arenas. */
static const uint64_t memory_budget = (uint64_t)256 << 20;

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
        status = snv2_open_memory(blob, blob_bytes, &model, diagnostic);
        if (status == SNV2_OK)
            snv2_close(model);
        else if (status == SNV2_BAD_MODEL)
            status = SNV2_INTERNAL;
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
