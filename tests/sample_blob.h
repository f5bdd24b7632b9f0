/* A small sound network that uses every opcode, for the tests of loading and running. */
#ifndef TESTS_SAMPLE_BLOB_H
#define TESTS_SAMPLE_BLOB_H

#include "tests/blob_builder.h"

enum {
    SAMPLE_IMAGES = 2,
    SAMPLE_SIZE = 8, /* height and width of the input */
    SAMPLE_INPUT = SAMPLE_IMAGES * 3 * SAMPLE_SIZE * SAMPLE_SIZE,
    SAMPLE_SCORES = SAMPLE_IMAGES * 5,
    SAMPLE_MAP = SAMPLE_IMAGES * 24 * 4 * 4,
};

/* Tensors and commands of the sample, by number. */
enum {
    TENSOR_INPUT,
    TENSOR_STEM,    /* 20 channels, 8 x 8 */
    TENSOR_POOL,    /* 20, 4 x 4 */
    TENSOR_POINT,   /* 24, 4 x 4 */
    TENSOR_DEPTH,   /* 24 */
    TENSOR_GROUP,   /* 24 */
    TENSOR_SUM,     /* 24 */
    TENSOR_COPY,    /* 24 */
    TENSOR_CLIP,    /* 24 */
    TENSOR_MEAN,    /* 24, 4 x 4 */
    TENSOR_GLOBAL,  /* 24, 1 x 1: in the memory of TENSOR_STEM */
    TENSOR_MAP,     /* graph output 1: [2, 24, 4, 4] */
    TENSOR_SCORES,  /* graph output 0: [2, 5] */
    TENSOR_PLAIN,   /* the input as a feature map */
    TENSOR_TALL,    /* 20 channels, 8 x 8: what follows is read by no graph output */
    TENSOR_HALF,    /* 20, 4 x 3 */
    TENSOR_SHARE,   /* 20, 4 x 3 */
    TENSOR_TURNED,  /* 20, 3 x 4: TENSOR_SHARE, transposed */
    TENSOR_PRODUCT, /* 20, 4 x 4 */
    TENSOR_RUNNING, /* 20, 4 x 4 */
    TENSOR_TOP,     /* 20, 4 x 2 */
    TENSOR_PICKED,  /* 20, 4 x 4 */
    TENSOR_LARGEST, /* 20, 2 x 2 */
    TENSOR_SUMS,    /* 20, 1 x 4 */
    TENSOR_WHOLE,   /* 20, 1 x 4: whole numbers, as are those behind */
    TENSOR_MIXED,   /* 20, 1 x 4 */
    TENSOR_GRAM,    /* 20, 4 x 4 */
    TENSOR_TOTAL,   /* 20, 1 x 4 */
    TENSOR_COUNT,
};
enum {
    COMMAND_STEM,
    COMMAND_POOL,
    COMMAND_POINT, /* the marked unit: POINT, DEPTH, GROUP */
    COMMAND_DEPTH,
    COMMAND_GROUP,
    COMMAND_ADD,
    COMMAND_COPY,
    COMMAND_CLIP,
    COMMAND_MEAN,
    COMMAND_GLOBAL,
    COMMAND_MAP,
    COMMAND_SCORES,
    COMMAND_PLAIN,
    COMMAND_TALL,    /* transposed convolution */
    COMMAND_HALF,    /* resize */
    COMMAND_SHARE,   /* softmax */
    COMMAND_PRODUCT, /* matrix product */
    COMMAND_SUMS,    /* reduction */
    COMMAND_RUNNING, /* running sums */
    COMMAND_TOP,     /* the largest elements */
    COMMAND_PICKED,  /* elements by number */
    COMMAND_LARGEST, /* where the largest are */
    COMMAND_WHOLE,   /* integers of real numbers */
    COMMAND_MIXED,   /* convolution of integers */
    COMMAND_GRAM,    /* matrix product of integers */
    COMMAND_TOTAL,   /* reduction of integers */
    COMMAND_COUNT,
};

/* Weights are small integers, so that plain arithmetic gives the exact results. */
void sample_build(struct blob_builder *builder);

void sample_input(float *input);

/* What the network computes, by plain loops over [N][C][H][W] arrays. */
void sample_expected(const float *input, float *scores, float *map);

#endif
