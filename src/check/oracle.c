/* The interpreter on a check's case; see oracle.h. */
#include "check/oracle.h"

#include <stdlib.h>

void oracle_free(struct interp_tensor *tensors, int count) {
    for (int i = 0; tensors && i < count; i++) {
        free(tensors[i].data);
        tensors[i].data = NULL;
    }
}

enum snv2_status oracle_run(const struct graph *graph, enum precision precision,
                            const struct check_case *inputs, struct interp_tensor *outputs,
                            interp_observer *observer, void *user,
                            struct snv2_diagnostic *diagnostic) {
    struct interp_tensor *loaded = calloc((size_t)graph->input_count + 1, sizeof *loaded);
    if (!loaded)
        return diagnose_no_memory(diagnostic);
    enum snv2_status status = SNV2_OK;
    for (int i = 0; i < graph->input_count && status == SNV2_OK; i++)
        status = interp_load(&inputs->inputs[i], precision, &loaded[i], diagnostic);
    if (status == SNV2_OK)
        status = interp_run(graph, precision, loaded, outputs, observer, user, diagnostic);
    oracle_free(loaded, graph->input_count);
    free(loaded);
    return status;
}
