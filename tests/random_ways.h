/* Every way of converting a graph against the oracle: with all passes, with none, with each skipped
 * that changes something, by way of ONNX files. */
#ifndef TESTS_RANDOM_WAYS_H
#define TESTS_RANDOM_WAYS_H

#include "ir/graph.h"

enum way {
    WAY_ALL,     /* all passes; run in every way that this processor can */
    WAY_MARKED,  /* the same, all commands marked as units */
    WAY_NONE,    /* no passes */
    WAY_SPELLED, /* those alone without which there is no command for many operators */
    WAY_READ,    /* all passes, on what an ONNX file of the graph is read as */
    WAY_EMITTED, /* all passes, on what the ONNX file is read as that is emitted behind them */
    WAY_F16,     /* all passes, weights rounded to float16, */
    WAY_BF16,    /* to bfloat16; against the graph with the rounded weights */
    WAY_C,       /* all passes, as C sources; slow, so on demand alone */
    WAY_WITHOUT, /* WAY_WITHOUT + i: all but pass i of the list */
    WAY_COUNT = WAY_WITHOUT + 64,
    WAY_EVERY = -1, /* but WAY_C */
};

/* Sums over the graphs of a run. */
struct way_counts {
    int tried[WAY_COUNT], refused[WAY_COUNT]; /* refused: SNV2_UNSUPPORTED, which is fine */
    int roundings;                            /* over the check's limit, as noise is */
    int operators[OP_COUNT];                  /* nodes of graphs that were lowered */
    char refusal[256];                        /* the last one of WAY_ALL or WAY_C */
};

/* What does not agree. */
struct disagreement {
    int way;
    char text[512]; /* empty: nothing */
};

/* "without fuse_activation". In a buffer of the caller's. */
const char *way_name(int way, char name[64]);

/* Converts the graph, whose shapes are inferred, in that way or in every one, and checks on inputs
 * of that seed. Stops at the first disagreement. WAY_C is by the compiler $SNV2_RANDOM_CC. */
void check_ways(const struct graph *graph, uint64_t seed, int way, struct way_counts *counts,
                struct disagreement *found);

#endif
