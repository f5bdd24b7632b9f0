/* Nodes that scale and shift each channel by constants: BatchNormalization, and Mul, Div, Add, Sub
 * with one number a channel. */
#ifndef PASSES_CHANNEL_AFFINE_H
#define PASSES_CHANNEL_AFFINE_H

#include "ir/graph.h"

/* y = (x - mean[c]) * scale[c] + shift[c] for channel c (dimension 1) of `input`. */
struct channel_affine {
    struct value *input; /* NULL: the node is no such thing */
    int64_t channels;
    double *mean, *scale, *shift;
};

/* Reads `node` as an affine of float32 channels, in `arena`. A BatchNormalization whose variance +
 * epsilon is not above zero, or whose variance is negative, is SNV2_BAD_MODEL. */
enum snv2_status channel_affine_read(const struct node *node, struct arena *arena,
                                     struct channel_affine *affine,
                                     struct snv2_diagnostic *diagnostic);

/* The constants of a linear operator that has the affine behind it built in: `weights` are
 * [channels
 * ...], `bias` [channels] or NULL. Computed in double, rounded once; a finite number that is none
 * in float32 any more is SNV2_UNSUPPORTED at `node`. The new values are named after `weights` and
 * after `bias` or else `node`. */
enum snv2_status channel_affine_apply(struct graph *graph, const struct channel_affine *affine,
                                      const struct node *node, const struct value *weights,
                                      const struct value *bias, struct value **new_weights,
                                      struct value **new_bias, struct snv2_diagnostic *diagnostic);

#endif
