/* Drops the nodes that no graph output needs.
 *
 *   x ─ Conv ─ y (output)            x ─ Conv ─ y (output)
 *    └─ Relu ─ z (read by nobody) ->
 *
 * Needs nothing, breaks nothing. It pays because a dead reader makes a value look shared, which
 * stops fusions, and because lowering and reports would count it. */
#include "passes/pass.h"
#include "passes/rewrite.h"

enum snv2_status pass_dead_code(struct graph *graph, struct arena *scratch, int *changes,
                                struct snv2_diagnostic *diagnostic) {
    return remove_dead_nodes(graph, scratch, changes, diagnostic);
}
