/* Layers and their arguments; see layer.h. Operands are as the runtime makes them: channels-last
 * with channels rounded up to 16, the first convolution's a planar image, runs cut at 16 where the
 * family says so. */
#include "bench/layer.h"

#include <math.h>
#include <stdlib.h>

static size_t rounded_up(size_t channels) {
    return (channels + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
}

static size_t side_out(const struct layer_shape *shape) {
    return (shape->side + shape->stride - 1) / shape->stride;
}

size_t layer_shapes(const size_t channels[4], struct layer_shape shapes[MOST_LAYERS]) {
    static const size_t repeats[3] = {4, 8, 4};
    size_t count = 0, in = 24, side = 56;
    shapes[count++] = (struct layer_shape){FIRST_CONV, 224, 3, in, 2, 1};
    shapes[count++] = (struct layer_shape){MAX_POOL, 112, in, in, 2, 1};
    for (int stage = 0; stage < 3; stage++, side /= 2) {
        size_t half = channels[stage] / 2, units = repeats[stage] - 1;
        shapes[count++] = (struct layer_shape){DEPTHWISE, side, in, in, 2, 1};
        shapes[count++] = (struct layer_shape){POINTWISE, side / 2, in, half, 1, 1};
        shapes[count++] = (struct layer_shape){POINTWISE, side, in, half, 1, 1};
        shapes[count++] = (struct layer_shape){DEPTHWISE, side, half, half, 2, 1};
        shapes[count++] = (struct layer_shape){POINTWISE, side / 2, half, half, 1, 1 + 2 * units};
        shapes[count++] = (struct layer_shape){DEPTHWISE, side / 2, half, half, 1, units};
        in = channels[stage];
    }
    shapes[count++] = (struct layer_shape){POINTWISE, side, in, channels[3], 1, 1};
    shapes[count++] = (struct layer_shape){GLOBAL_POOL, side, channels[3], channels[3], side, 1};
    shapes[count++] = (struct layer_shape){FULLY_CONNECTED, 1, channels[3], 1000, 1, 1};
    return count;
}

/* Multiply-adds of an output. */
static size_t chain_length(const struct layer_shape *shape) {
    switch (shape->kind) {
    case FIRST_CONV:
        return 9 * shape->in;
    case POINTWISE:
    case FULLY_CONNECTED:
        return shape->in;
    case DEPTHWISE:
        return 9;
    case MAX_POOL:
    case GLOBAL_POOL:
        break;
    }
    return 0;
}

/* The operand as runs: one, or one a block of channels. Returns their number. */
static size_t make_runs(struct layer *layer, const float *operand) {
    const struct layer_shape *shape = &layer->shape;
    size_t pixels = shape->side * shape->side, stride = rounded_up(shape->in), count = 0;
    if (shape->kind == FIRST_CONV) {
        layer->runs[0] =
            (struct kernel_run){operand, shape->in * pixels, 1, (ptrdiff_t)pixels, shape->in, 0};
        return 1;
    }
    size_t most =
        shape->kind == POINTWISE || shape->kind == FULLY_CONNECTED ? shape->in : KERNEL_LANES;
    for (size_t channel = 0; channel < shape->in; channel += most) {
        size_t left = shape->in - channel;
        layer->runs[count++] = (struct kernel_run){
            operand + channel, pixels * stride, stride, 1, left < most ? left : most, channel};
    }
    return count;
}

static void make_args(struct layer *layer, size_t run_count, const float *weights,
                      const float *bias, float *out) {
    const struct layer_shape *shape = &layer->shape;
    const struct kernel_bounds bounds = {0, INFINITY};
    size_t side = side_out(shape), size = shape->kind == POINTWISE ? 1 : 3, pad = size / 2;
    size_t stride = rounded_up(shape->out);
    const struct kernel_window window = {.height = shape->side,
                                         .width = shape->side,
                                         .kernel = {size, size},
                                         .stride = {shape->stride, shape->stride},
                                         .dilation = {1, 1},
                                         .pad = {pad, pad, pad, pad}};
    const struct kernel_map output = {out, side * side * stride, stride, 1, side, side, shape->out};
    layer->items = side;
    switch (shape->kind) {
    case FIRST_CONV:
    case POINTWISE:
        layer->group_runs[1] = run_count;
        layer->args.conv = (struct conv_args){.runs = layer->runs,
                                              .group_runs = layer->group_runs,
                                              .groups = 1,
                                              .group_inputs = shape->in,
                                              .group_outputs = shape->out,
                                              .weights = weights,
                                              .bias = bias,
                                              .window = window,
                                              .bounds = bounds,
                                              .output = output};
        break;
    case DEPTHWISE:
        layer->args.depthwise =
            (struct depthwise_args){layer->runs, run_count, weights, bias, window, bounds, output};
        break;
    case MAX_POOL:
        layer->args.pool = (struct pool_args){.runs = layer->runs,
                                              .run_count = run_count,
                                              .window = window,
                                              .bounds = bounds,
                                              .output = output};
        break;
    case GLOBAL_POOL:
        layer->items = run_count;
        layer->args.global_pool = (struct global_pool_args){
            layer->runs, run_count, shape->side * shape->side, bounds, output};
        break;
    case FULLY_CONNECTED:
        layer->items = stride / KERNEL_LANES;
        layer->args.fully_connected = (struct fully_connected_args){
            layer->runs, run_count, 1, shape->in, weights, bias, bounds, output};
        break;
    }
}

bool layer_make(struct layer *layer, struct layer_shape shape) {
    size_t side = side_out(&shape), out = rounded_up(shape.out);
    size_t operand_size = shape.side * shape.side * rounded_up(shape.in);
    size_t weights_size = out * chain_length(&shape), output_size = side * side * out;
    size_t size = operand_size + weights_size + out + output_size;
    *layer = (struct layer){.shape = shape};
    layer->memory = aligned_alloc(4096, (size * sizeof(float) + 4095) / 4096 * 4096);
    if (!layer->memory)
        return false;
    for (size_t i = 0; i < size; i++)
        layer->memory[i] = (float)(i % 61) / 61 - 0.5F;
    const float *weights = layer->memory + operand_size, *bias = weights + weights_size;
    make_args(layer, make_runs(layer, layer->memory), weights, bias,
              layer->memory + operand_size + weights_size + out);
    layer->multiply_adds = (double)(side * side * shape.out) * (double)chain_length(&shape);
    return true;
}

void layer_free(struct layer *layer) {
    free(layer->memory);
    layer->memory = NULL;
}

void layer_run(const struct layer *layer, const struct kernel_table *kernels) {
    switch (layer->shape.kind) {
    case FIRST_CONV:
    case POINTWISE:
        kernels->conv(&layer->args.conv, 0, layer->items);
        break;
    case DEPTHWISE:
        kernels->depthwise(&layer->args.depthwise, 0, layer->items);
        break;
    case MAX_POOL:
        kernels->max_pool(&layer->args.pool, 0, layer->items);
        break;
    case GLOBAL_POOL:
        kernels->global_average_pool(&layer->args.global_pool, 0, layer->items);
        break;
    case FULLY_CONNECTED:
        kernels->fully_connected(&layer->args.fully_connected, 0, layer->items);
        break;
    }
}

const char *layer_name(enum layer_kind kind) {
    static const char *const names[] = {"first convolution", "pointwise",   "depthwise",
                                        "max pool",          "global pool", "fully connected"};
    return names[kind];
}
