/* Weights in the order in which kernels read them: blocks of 16 output channels, the lanes of the
 * last block that have no channel being zero (snv2/opcodes.def). Rooms are reserved while commands
 * are made; the bytes are allocated and filled once, at the end. */
#include "lower/lower.h"

#include "base/checked.h"

#include <string.h>

static bool packed_bytes(const struct packing *packing, uint64_t *bytes) {
    uint64_t blocks = ((uint64_t)packing->outputs + SNV2_BLOB_LANES - 1) / SNV2_BLOB_LANES;
    return checked_mul(blocks, (uint64_t)packing->groups, bytes) &&
           checked_mul(*bytes, (uint64_t)packing->taps, bytes) &&
           checked_mul(*bytes, (uint64_t)packing->inputs, bytes) &&
           checked_mul(*bytes, SNV2_BLOB_LANES * (packing->halves ? 2 : sizeof(float)), bytes) &&
           checked_align(*bytes, SNV2_BLOB_ALIGNMENT, bytes);
}

bool append_packing(struct lowering *lowering, const struct packing *packing, uint64_t *offset) {
    struct program *program = lowering->program;
    uint64_t bytes, end;
    void *packings = list_grow(lowering->arena, lowering->packings, lowering->packing_count,
                               &lowering->packing_capacity, sizeof *lowering->packings);
    if (!packings || !packed_bytes(packing, &bytes) ||
        !checked_add(program->weights_bytes, bytes, &end))
        return false;
    *offset = program->weights_bytes;
    lowering->packings = packings;
    lowering->packings[lowering->packing_count] = *packing;
    lowering->packings[lowering->packing_count++].offset = *offset;
    program->weights_bytes = end;
    return true;
}

static uint32_t narrowed(enum dtype dtype, float value) {
    return dtype == DTYPE_FLOAT16 ? float_to_half(value) : float_to_bfloat16(value);
}

/* Stores a row of a block; returns where the next one goes. */
static uint32_t *store_row(enum dtype halves, const float *row, uint32_t *to) {
    if (halves == DTYPE_NONE) {
        memcpy(to, row, SNV2_BLOB_LANES * sizeof *row);
        return to + SNV2_BLOB_LANES;
    }
    for (int lane = 0; lane < SNV2_BLOB_LANES; lane += 2)
        *to++ = narrowed(halves, row[lane]) | narrowed(halves, row[lane + 1]) << 16;
    return to;
}

/* One block of one group: outputs [first, first + lanes). */
static uint32_t *pack_block(const struct packing *packing, const float *source, int64_t lanes,
                            uint32_t *to) {
    for (int64_t t = 0; t < packing->taps; t++)
        for (int64_t k = 0; k < packing->inputs; k++) {
            const float *from = source + t * packing->tap_stride + k * packing->input_stride;
            float row[SNV2_BLOB_LANES] = {0};
            for (int64_t lane = 0; lane < lanes; lane++) {
                float value = from[lane * packing->output_stride];
                row[lane] = packing->scale == 1 ? value : packing->scale * value;
            }
            to = store_row(packing->halves, row, to);
        }
    return to;
}

static void pack(const struct packing *packing, uint32_t *to) {
    for (int64_t g = 0; g < packing->groups; g++)
        for (int64_t m = 0; m < packing->outputs; m += SNV2_BLOB_LANES) {
            int64_t left = packing->outputs - m;
            int64_t lanes = left < SNV2_BLOB_LANES ? left : SNV2_BLOB_LANES;
            const float *source =
                packing->source + g * packing->group_stride + m * packing->output_stride;
            to = pack_block(packing, source, lanes, to);
        }
}

bool take_half_weights(const struct node *node) {
    switch (node->op) {
    case OP_Conv:
        return !is_depthwise(node);
    case OP_ConvTranspose:
    case OP_Gemm:
        return true;
    case OP_MatMul:
        return is_weights(node->inputs[1]) && node->inputs[1]->shape.rank == 2 &&
               node->inputs[0]->shape.rank >= 2;
    default:
        return false;
    }
}

enum dtype half_weights(const struct lowering *lowering, const struct node *node,
                        struct snv2_blob_command *command) {
    enum dtype halves = take_half_weights(node) ? lowering->halves : DTYPE_NONE;
    command->weights_dtype = (uint8_t)halves;
    return halves;
}

bool pack_weights(struct lowering *lowering) {
    struct program *program = lowering->program;
    program->weights = arena_alloc(lowering->arena, program->weights_bytes, 1);
    if (!program->weights)
        return false;
    for (uint32_t i = 0; i < lowering->packing_count; i++) {
        const struct packing *packing = &lowering->packings[i];
        if (packing->source)
            pack(packing, (uint32_t *)(void *)(program->weights + packing->offset));
    }
    return true;
}
