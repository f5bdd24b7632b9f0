/* Writes ShuffleNet V2 (arXiv 1807.11164, table 5) as text graphs, for tests: in the spellings in
 * which files are met, on 32x32 images, BatchNormalization folded, weights seeded. */
#ifndef TESTS_SHUFFLENET_TEXT_H
#define TESTS_SHUFFLENET_TEXT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum spelling {
    SPELLING_TORCHVISION,  /* units end in a shuffle of 5 dimensions, halves by Split */
    SPELLING_SLICES,       /* the same with halves by Slice */
    SPELLING_GATHERS,      /* the same with halves by Gather, with negative indices */
    SPELLING_CONVOLUTIONS, /* the same with shuffles by convolution with a permutation matrix */
    SPELLING_AUTHORS,      /* units begin with Reshape, Transpose, Reshape and two scalar Gathers */
    SPELLINGS,
};

enum { SHUFFLENET_STAGES = 3, SHUFFLENET_STEM = 24, SHUFFLENET_IMAGE = 32 };

static const int shufflenet_units[SHUFFLENET_STAGES] = {4, 8, 4};

struct shufflenet_writer {
    FILE *out;
    enum spelling spelling;
    int count;       /* values written: value number n is called v<n> */
    int size;        /* height and width of the maps */
    int left, right; /* of the last halves */
};

static inline int shufflenet_conv(struct shufflenet_writer *writer, int x, int inputs, int outputs,
                                  int kernel, int stride, int group) {
    int n = ++writer->count;
    fprintf(writer->out, "const w%d: float32[%d,%d,%d,%d] = random(%d)\n", n, outputs,
            inputs / group, kernel, kernel, n);
    fprintf(writer->out, "const b%d: float32[%d] = random(%d)\n", n, outputs, n + 10000);
    fprintf(writer->out,
            "v%d = Conv(v%d, w%d, b%d) {strides=[%d,%d], pads=[%d,%d,%d,%d], group=%d}\n", n, x, n,
            n, stride, stride, kernel / 2, kernel / 2, kernel / 2, kernel / 2, group);
    return n;
}

static inline int shufflenet_relu(struct shufflenet_writer *writer, int x) {
    fprintf(writer->out, "v%d = Relu(v%d)\n", ++writer->count, x);
    return writer->count;
}

static inline int shufflenet_pointwise(struct shufflenet_writer *writer, int x, int inputs,
                                       int outputs) {
    return shufflenet_relu(writer, shufflenet_conv(writer, x, inputs, outputs, 1, 1, 1));
}

static inline int shufflenet_depthwise(struct shufflenet_writer *writer, int x, int channels,
                                       int stride) {
    return shufflenet_conv(writer, x, channels, channels, 3, stride, channels);
}

static inline int shufflenet_concat(struct shufflenet_writer *writer, int a, int b) {
    fprintf(writer->out, "v%d = Concat(v%d, v%d) {axis=1}\n", ++writer->count, a, b);
    return writer->count;
}

static inline int shufflenet_permute(struct shufflenet_writer *writer, int x, int channels) {
    int n = ++writer->count;
    fprintf(writer->out, "const w%d: float32[%d,%d,1,1] = {", n, channels, channels);
    for (int m = 0; m < channels; m++)
        for (int k = 0; k < channels; k++)
            fprintf(writer->out, "%s%d", m + k > 0 ? ", " : "",
                    k == m % 2 * (channels / 2) + m / 2);
    fprintf(writer->out, "}\nv%d = Conv(v%d, w%d)\n", n, x, n);
    return n;
}

static inline int shufflenet_shuffle(struct shufflenet_writer *writer, int x, int channels) {
    if (writer->spelling == SPELLING_CONVOLUTIONS)
        return shufflenet_permute(writer, x, channels);
    int n = ++writer->count, size = writer->size;
    fprintf(writer->out, "const f%d: int64[5] = {1, 2, %d, %d, %d}\n", n, channels / 2, size, size);
    fprintf(writer->out, "const g%d: int64[4] = {1, %d, %d, %d}\n", n, channels, size, size);
    fprintf(writer->out, "p%d = Reshape(v%d, f%d)\n", n, x, n);
    fprintf(writer->out, "q%d = Transpose(p%d) {perm=[0,2,1,3,4]}\n", n, n);
    fprintf(writer->out, "v%d = Reshape(q%d, g%d)\n", n, n, n);
    return n;
}

static inline void shufflenet_gather(struct shufflenet_writer *writer, int n, int x, int from,
                                     int count) {
    fprintf(writer->out, "const i%d: int64[%d] = {", n, count);
    for (int i = 0; i < count; i++)
        fprintf(writer->out, "%s%d", i > 0 ? ", " : "", from + i);
    fprintf(writer->out, "}\nv%d = Gather(v%d, i%d) {axis=1}\n", n, x, n);
}

/* The two halves that a unit reads. */
static inline void shufflenet_halves(struct shufflenet_writer *writer, int x, int channels) {
    FILE *out = writer->out;
    int l = writer->left = ++writer->count, r = writer->right = ++writer->count;
    int half = channels / 2, pixels = writer->size * writer->size;
    switch (writer->spelling) {
    case SPELLING_TORCHVISION:
    case SPELLING_CONVOLUTIONS:
        fprintf(out, "v%d, v%d = Split(v%d) {axis=1}\n", l, r, x);
        break;
    case SPELLING_SLICES:
        fprintf(out, "const s%d: int64[1] = {0}\nconst s%d: int64[1] = {%d}\n", l, r, half);
        fprintf(out, "const e%d: int64[1] = {9223372036854775807}\nconst a%d: int64[1] = {1}\n", l,
                l);
        fprintf(out, "v%d = Slice(v%d, s%d, s%d, a%d)\n", l, x, l, r, l);
        fprintf(out, "v%d = Slice(v%d, s%d, e%d, a%d)\n", r, x, r, l, l);
        break;
    case SPELLING_GATHERS:
        shufflenet_gather(writer, l, x, 0, half);
        shufflenet_gather(writer, r, x, -half, half);
        break;
    default:
        fprintf(out, "const f%d: int64[3] = {%d, 2, %d}\n", l, half, pixels);
        fprintf(out, "const g%d: int64[5] = {2, 1, %d, %d, %d}\n", l, half, writer->size,
                writer->size);
        fprintf(out, "const z%d: int64[] = {0}\nconst z%d: int64[] = {1}\n", l, r);
        fprintf(out, "p%d = Reshape(v%d, f%d)\n", l, x, l);
        fprintf(out, "q%d = Transpose(p%d) {perm=[1,0,2]}\n", l, l);
        fprintf(out, "r%d = Reshape(q%d, g%d)\n", l, l, l);
        fprintf(out, "v%d = Gather(r%d, z%d)\nv%d = Gather(r%d, z%d)\n", l, l, l, r, l, r);
    }
}

static inline int shufflenet_branch(struct shufflenet_writer *writer, int x, int inputs, int middle,
                                    int outputs, int stride) {
    int y = shufflenet_depthwise(writer, shufflenet_pointwise(writer, x, inputs, middle), middle,
                                 stride);
    return shufflenet_pointwise(writer, y, middle, outputs);
}

static inline int shufflenet_stage(struct shufflenet_writer *writer, int x, int inputs,
                                   int channels, int units) {
    bool authors = writer->spelling == SPELLING_AUTHORS;
    int half = channels / 2, projected = authors ? inputs : half;
    int y = shufflenet_depthwise(writer, x, inputs, 2);
    y = shufflenet_pointwise(writer, y, inputs, projected);
    x = shufflenet_branch(writer, x, inputs, half, channels - projected, 2);
    writer->size /= 2;
    x = shufflenet_concat(writer, y, x);
    for (int unit = 1; unit < units; unit++) {
        if (!authors)
            x = shufflenet_shuffle(writer, x, channels);
        shufflenet_halves(writer, x, channels);
        int left = writer->left;
        x = shufflenet_branch(writer, writer->right, half, half, half, 1);
        x = shufflenet_concat(writer, left, x);
    }
    return authors ? x : shufflenet_shuffle(writer, x, channels);
}

/* The text, to be freed. `channels`: of the three stages. */
static inline char *shufflenet_text(enum spelling spelling, const int channels[SHUFFLENET_STAGES]) {
    char *text = NULL;
    size_t bytes = 0;
    enum { LAST = 64, CLASSES = 10 };
    struct shufflenet_writer writer = {.out = open_memstream(&text, &bytes), .spelling = spelling};
    ck_assert_ptr_nonnull(writer.out);
    fprintf(writer.out, "graph \"shufflenet\"\ninput v0: float32[1,3,%d,%d]\n", SHUFFLENET_IMAGE,
            SHUFFLENET_IMAGE);
    int x = shufflenet_relu(&writer, shufflenet_conv(&writer, 0, 3, SHUFFLENET_STEM, 3, 2, 1));
    fprintf(writer.out, "v%d = MaxPool(v%d) {kernel_shape=[3,3], strides=[2,2], pads=[1,1,1,1]}\n",
            writer.count + 1, x);
    x = ++writer.count;
    writer.size = SHUFFLENET_IMAGE / 4;
    for (int stage = 0; stage < SHUFFLENET_STAGES; stage++)
        x = shufflenet_stage(&writer, x, stage > 0 ? channels[stage - 1] : SHUFFLENET_STEM,
                             channels[stage], shufflenet_units[stage]);
    x = shufflenet_pointwise(&writer, x, channels[SHUFFLENET_STAGES - 1], LAST);
    fprintf(writer.out, "pooled = GlobalAveragePool(v%d)\nflat = Flatten(pooled)\n", x);
    fprintf(writer.out, "const wc: float32[%d,%d] = random(1)\n", CLASSES, LAST);
    fprintf(writer.out, "scores = Gemm(flat, wc) {transB=1}\noutput scores\n");
    fclose(writer.out);
    return text;
}

#endif
