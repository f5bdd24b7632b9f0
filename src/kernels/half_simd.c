/* Weights of half the size with vectors. One image of a fully connected layer reads every weight
 * once, and memory is what it waits for: there weights are widened in registers. */
#include "kernels/half.h"

#include "kernels/half_panels.h"
#include "kernels/index.h"
#include "kernels/vector.h"

#include <string.h>

/* Weight number `first` and those behind it. */
INLINE const void *half_at(const struct kernel_half_weights *weights, size_t first) {
    return &weights->pairs[first / 2];
}

INLINE vector widen(const void *halves, const enum kernel_half type) {
    return type == KERNEL_FLOAT16 ? vector_load_float16(halves) : vector_load_bfloat16(halves);
}

INLINE void widen_all(const struct kernel_half_weights *weights, size_t first, size_t count,
                      const enum kernel_half type) {
    for (size_t i = 0; i < count; i += VECTOR_LANES)
        vector_store(&weights->panel[i], widen(half_at(weights, first + i), type));
}

static void fill_panel_vectors(const struct kernel_half_weights *weights, size_t first,
                               size_t count) {
    if (weights->type == KERNEL_FLOAT16)
        widen_all(weights, first, count, KERNEL_FLOAT16);
    else
        widen_all(weights, first, count, KERNEL_BFLOAT16);
}

void KERNEL_NAME(conv_half)(const struct conv_half_args *args, size_t begin, size_t end) {
    conv_by_panels(args, begin, end, fill_panel_vectors, KERNEL_NAME(conv));
}

/* The most vectors of outputs that are made at once: enough chains for the arithmetic to keep up.
 */
enum { HALF_VECTORS = 8, BLOCK_VECTORS = (int)KERNEL_LANES / (int)VECTOR_LANES };

/* Whole blocks of outputs of one image, from `first` on. The vectors and the type are constants. */
INLINE void make_outputs_half(const struct fully_connected_half_args *args, size_t first,
                              const size_t vectors, const enum kernel_half type) {
    const struct fully_connected_args *whole = args->fully_connected;
    const struct vector_bounds bounds = broadcast_bounds(whole->bounds);
    const size_t inputs = whole->inputs;
    vector sums[HALF_VECTORS];
    UNROLL
    for (size_t v = 0; v < vectors; v++)
        sums[v] = vector_load(&whole->bias[at_row(v, VECTOR_LANES, first)]);
    size_t weight = first * inputs;
    for (size_t r = 0; r < whole->run_count; r++) {
        const struct kernel_run *run = &whole->runs[r];
        const float *in = run->base;
        for (size_t c = 0; c < run->count; c++, in += run->step, weight += KERNEL_LANES) {
            vector x = vector_broadcast(*in);
            UNROLL
            for (size_t v = 0; v < vectors; v++) {
                size_t block = v / BLOCK_VECTORS * KERNEL_LANES;
                size_t lane = v % BLOCK_VECTORS * VECTOR_LANES;
                size_t at = at_row(block, inputs, weight) + lane;
                sums[v] = vector_fma(x, widen(half_at(&args->weights, at), type), sums[v]);
            }
        }
    }
    float outputs[HALF_VECTORS * VECTOR_LANES];
    UNROLL
    for (size_t v = 0; v < vectors; v++)
        vector_store(&outputs[v * VECTOR_LANES], vector_bounded(sums[v], bounds));
    const size_t left = whole->output.channels - first;
    const size_t count = smaller(vectors * VECTOR_LANES, left);
    memcpy(map_at(&whole->output, 0, 0, 0, first), outputs, count * sizeof *outputs);
}

#define DEFINE_HALF_OUTPUTS(name, vectors)                                                         \
    static void make_half_##name(const struct fully_connected_half_args *args, size_t first) {     \
        if (args->weights.type == KERNEL_FLOAT16)                                                  \
            make_outputs_half(args, first, vectors, KERNEL_FLOAT16);                               \
        else                                                                                       \
            make_outputs_half(args, first, vectors, KERNEL_BFLOAT16);                              \
    }
DEFINE_HALF_OUTPUTS(8, 8)
DEFINE_HALF_OUTPUTS(4, 4)
DEFINE_HALF_OUTPUTS(block, BLOCK_VECTORS)

void KERNEL_NAME(fully_connected_half)(const struct fully_connected_half_args *args, size_t begin,
                                       size_t end) {
    static const struct {
        size_t blocks;
        void (*make)(const struct fully_connected_half_args *args, size_t first);
    } makers[] = {
        {8 / BLOCK_VECTORS, make_half_8}, {4 / BLOCK_VECTORS, make_half_4}, {1, make_half_block}};
    if (args->fully_connected->images > 1) {
        fully_connected_by_panels(args, begin, end, fill_panel_vectors,
                                  KERNEL_NAME(fully_connected));
        return;
    }
    for (size_t block = begin, i = 0; block < end; block += makers[i].blocks) {
        while (makers[i].blocks > end - block)
            i++;
        makers[i].make(args, block * KERNEL_LANES);
    }
}
