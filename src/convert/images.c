/* Graphs for several images; see images.h. */
#include "convert/images.h"

#include "base/diagnostic.h"
#include "interp/interp.h"

#include <stdio.h>

struct graph *clone_for_images(const struct graph *graph, uint32_t from, uint32_t to,
                               struct arena *arena) {
    struct graph *clone = graph_clone(graph, arena);
    for (int i = 0; clone && i < clone->input_count; i++) {
        struct shape *shape = &clone->inputs[i]->shape;
        if (shape->rank >= 2 && shape->dims[0] == from)
            shape->dims[0] = to;
    }
    return clone;
}

enum snv2_status infer_for_images(struct graph *graph, uint32_t images, struct arena *arena,
                                  struct snv2_diagnostic *diagnostic) {
    struct graph *one = clone_for_images(graph, images, 1, arena);
    if (!one)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = infer_graph(graph, diagnostic);
    if (status != SNV2_BAD_MODEL || infer_graph(one, NULL) != SNV2_OK || !diagnostic)
        return status;
    char message[sizeof diagnostic->message];
    snprintf(message, sizeof message, "%s", diagnostic->message);
    diagnostic->status = SNV2_UNSUPPORTED;
    snprintf(diagnostic->message, sizeof diagnostic->message,
             "this is for one image alone, and the plan is for %u: %.*s", images,
             (int)sizeof message - 80, message);
    return SNV2_UNSUPPORTED;
}
