/* Weights of half the size with vectors. One image of a fully connected layer reads every weight
 * once, and memory is what it waits for: there weights are widened in registers. */
#include "kernels/half.h"

#include "kernels/half_panels.h"
#include "kernels/index.h"
#include "kernels/vector.h"

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
enum { HALF_VECTORS = 8 };

/* Outputs from `first` on, which starts a block, of one image. The vectors and the type are
 * constants. */
INLINE void make_outputs_half(const struct fully_connected_half_args *args, size_t first,
                              const size_t vectors, const enum kernel_half type) {
    const struct fully_connected_args *whole = args->fully_connected;
    const size_t per_block = KERNEL_LANES / VECTOR_LANES, inputs = whole->inputs;
    const struct vector_bounds bounds = broadcast_bounds(whole->bounds);
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
                size_t block = v / per_block * KERNEL_LANES, lane = v % per_block * VECTOR_LANES;
                size_t at = at_row(block, inputs, weight) + lane;
                sums[v] = vector_fma(x, widen(half_at(&args->weights, at), type), sums[v]);
            }
        }
    }
    size_t left = whole->output.channels - first;
    float *out = map_at(&whole->output, 0, 0, 0, first);
    UNROLL
    for (size_t v = 0; v < vectors; v++, left -= VECTOR_LANES) {
        vector y = vector_bounded(sums[v], bounds);
        vector_store_first(&out[v * VECTOR_LANES], y, smaller(left, VECTOR_LANES));
    }
}

#define DEFINE_HALF_OUTPUTS(vectors)                                                               \
    static void make_half_##vectors(const struct fully_connected_half_args *args, size_t first) {  \
        if (args->weights.type == KERNEL_FLOAT16)                                                  \
            make_outputs_half(args, first, vectors, KERNEL_FLOAT16);                               \
        else                                                                                       \
            make_outputs_half(args, first, vectors, KERNEL_BFLOAT16);                              \
    }
DEFINE_HALF_OUTPUTS(1)
DEFINE_HALF_OUTPUTS(2)
DEFINE_HALF_OUTPUTS(4)
DEFINE_HALF_OUTPUTS(8)

void KERNEL_NAME(fully_connected_half)(const struct fully_connected_half_args *args, size_t begin,
                                       size_t end) {
    static const struct {
        size_t vectors;
        void (*make)(const struct fully_connected_half_args *args, size_t first);
    } makers[] = {{8, make_half_8}, {4, make_half_4}, {2, make_half_2}, {1, make_half_1}};
    const struct fully_connected_args *whole = args->fully_connected;
    if (whole->images > 1) {
        fully_connected_by_panels(args, begin, end, fill_panel_vectors,
                                  KERNEL_NAME(fully_connected));
        return;
    }
    const size_t past = smaller(end * KERNEL_LANES, whole->output.channels);
    for (size_t first = begin * KERNEL_LANES, i = 0; first < past;) {
        size_t left = (past - first + VECTOR_LANES - 1) / VECTOR_LANES;
        while (makers[i].vectors > left)
            i++;
        makers[i].make(args, first);
        first = at_row(makers[i].vectors, VECTOR_LANES, first);
    }
}
