/* Writing a node as several others; what the files of spell_out share. */
#ifndef PASSES_SPELL_H
#define PASSES_SPELL_H

#include "ir/graph.h"

/* The nodes that stand for `node`, in front of it. After a failure every step gives NULL, so that
 * only the last result need be looked at. */
struct speller {
    struct graph *graph;
    struct node *node;
    struct snv2_diagnostic *diagnostic;
    enum snv2_status status;
    struct value *others[2]; /* the node's results but for the first, which nothing reads yet; NULL
                                where it has none */
};

/* Appends a node of one or two operands (b may be NULL), whose attributes are the defaults until
 * they are set; then its first result (it may have several). */
struct node *spell_node_of(struct speller *speller, enum op op, struct value *a, struct value *b,
                           int results);
struct node *spell_node(struct speller *speller, enum op op, struct value *a, struct value *b);
struct value *spell_result(struct speller *speller, struct node *node);

/* Both, for what has no attributes. */
struct value *spell(struct speller *speller, enum op op, struct value *a, struct value *b);

/* A float32 number; a list of integers; a shape for Reshape. */
struct value *spell_number(struct speller *speller, float number);
struct value *spell_integers(struct speller *speller, const int64_t *integers, int count);

/* x in another shape, to another type, its mean or another reduction over axes, which stay as 1. */
struct value *spell_reshape(struct speller *speller, struct value *x, const struct shape *shape);
struct value *spell_cast(struct speller *speller, struct value *x, enum dtype dtype);
struct value *spell_reduce(struct speller *speller, enum op op, struct value *x,
                           const int64_t *axes, int count);

/* condition ? yes : no */
struct value *spell_where(struct speller *speller, struct value *condition, struct value *yes,
                          struct value *no);

/* The value that is the node's result, or NULL: the node stays as it is. */
typedef struct value *spelling(struct speller *speller);

/* By operator. */
spelling spell_clip, spell_is_inf, spell_is_nan, spell_mean, spell_pow, spell_several, spell_selu,
    spell_shrink, spell_softsign, spell_swish, spell_thresholded_relu, spell_celu;
spelling spell_quantize, spell_dequantize, spell_dynamic_quantize;
spelling spell_instance_norm, spell_group_norm, spell_layer_norm, spell_lrn, spell_lp_norm,
    spell_mean_variance_norm, spell_softmax, spell_hardmax, spell_norm_reduction, spell_log_sum,
    spell_log_sum_exp, spell_batch_norm;
spelling spell_argument, spell_einsum, spell_top_k;
spelling spell_gather_nd, spell_live_gather, spell_one_hot, spell_trilu;
spelling spell_resize;
spelling spell_lp_pool, spell_global_lp_pool;
spelling spell_gather, spell_gemm, spell_pad, spell_slice, spell_window, spell_global_pool;

#endif
