/* Inputs and outputs as the user wants them: nodes before the first and behind the last of the
 * original graph, so that the check, the passes and every emitter know them. */
#ifndef CONVERT_PORTS_H
#define CONVERT_PORTS_H

#include "convert/port_options.h"
#include "lower/program.h"

struct port_options {
    const struct frame_option *frames;
    int frame_count;
    const struct function_option *functions;
    int function_count;
    const char *labels; /* "[NAME=]FILE" with the names of an output's classes, or NULL */
};

/* Rewrites a graph with inferred shapes:
 *
 *   x float32 [N,3,H,W]   ->   x uint8 [N,H,W,3] -> Preprocess -> (Gather) -> (Transpose) -> ...
 *   ... -> y              ->   ... -> Softmax or ArgMax -> y
 *
 * SNV2_USAGE where the graph has no such input or output, or it is no picture's. */
enum snv2_status apply_port_options(struct graph *graph, const struct port_options *options,
                                    struct snv2_diagnostic *diagnostic);

/* Adds the labels to the program, which was made of a graph with the outputs of `graph`. SNV2_USAGE
 * where no output has as many classes, SNV2_BAD_MODEL where the file is no text. */
enum snv2_status apply_labels(const struct graph *graph, const struct port_options *options,
                              struct program *program, struct arena *arena,
                              struct snv2_diagnostic *diagnostic);

#endif
