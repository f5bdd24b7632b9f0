/* The layers of torchvision's ShuffleNet V2, with arguments for their kernels. */
#ifndef BENCH_LAYER_H
#define BENCH_LAYER_H

#include "kernels/conv.h"
#include "kernels/depthwise.h"
#include "kernels/fully_connected.h"
#include "kernels/global_pool.h"
#include "kernels/pool.h"

enum layer_kind { FIRST_CONV, POINTWISE, DEPTHWISE, MAX_POOL, GLOBAL_POOL, FULLY_CONNECTED };

struct layer_shape {
    enum layer_kind kind;
    size_t side;        /* of the square that is read */
    size_t in, out;     /* channels */
    size_t stride;      /* of the window, which is 3x3 (FIRST_CONV, DEPTHWISE, MAX_POOL) */
    size_t occurrences; /* in the network */
};

enum { MOST_LAYERS = 32, MOST_RUNS = 256 };

/* A layer that can be run again and again. */
struct layer {
    struct layer_shape shape;
    double multiply_adds;
    size_t items; /* of the kernel's work */
    union {
        struct conv_args conv;
        struct depthwise_args depthwise;
        struct pool_args pool;
        struct global_pool_args global_pool;
        struct fully_connected_args fully_connected;
    } args;
    struct kernel_run runs[MOST_RUNS];
    size_t group_runs[2];
    float *memory;
};

/* The different layers of the network whose three stages and last convolution have so many
 * channels. Returns their number. */
size_t layer_shapes(const size_t channels[4], struct layer_shape shapes[MOST_LAYERS]);

/* Makes a layer with memory of its own. False when out of memory. */
bool layer_make(struct layer *layer, struct layer_shape shape);
void layer_free(struct layer *layer);

/* All of its work, once. */
void layer_run(const struct layer *layer, const struct kernel_table *kernels);

const char *layer_name(enum layer_kind kind);

#endif
