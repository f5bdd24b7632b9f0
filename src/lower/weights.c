/* Weights in the order in which kernels read them: blocks of 16 output channels, the lanes of the
 * last block that have no channel being zero (snv2/opcodes.def). Rooms are reserved while commands
 * are made; the bytes are allocated and filled once, at the end. */
#include "lower/lower.h"

#include "base/checked.h"

static bool packed_bytes(const struct packing *packing, uint64_t *bytes) {
    uint64_t blocks = ((uint64_t)packing->outputs + SNV2_BLOB_LANES - 1) / SNV2_BLOB_LANES;
    return checked_mul(blocks, (uint64_t)packing->groups, bytes) &&
           checked_mul(*bytes, (uint64_t)packing->taps, bytes) &&
           checked_mul(*bytes, (uint64_t)packing->inputs, bytes) &&
           checked_mul(*bytes, SNV2_BLOB_LANES * sizeof(float), bytes);
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

/* One block of one group: outputs [first, first + lanes). */
static float *pack_block(const struct packing *packing, const float *source, int64_t lanes,
                         float *to) {
    for (int64_t t = 0; t < packing->taps; t++)
        for (int64_t k = 0; k < packing->inputs; k++, to += SNV2_BLOB_LANES) {
            const float *from = source + t * packing->tap_stride + k * packing->input_stride;
            for (int64_t lane = 0; lane < lanes; lane++) {
                float value = from[lane * packing->output_stride];
                to[lane] = packing->scale == 1 ? value : packing->scale * value;
            }
        }
    return to;
}

static void pack(const struct packing *packing, float *to) {
    for (int64_t g = 0; g < packing->groups; g++)
        for (int64_t m = 0; m < packing->outputs; m += SNV2_BLOB_LANES) {
            int64_t left = packing->outputs - m;
            int64_t lanes = left < SNV2_BLOB_LANES ? left : SNV2_BLOB_LANES;
            const float *source =
                packing->source + g * packing->group_stride + m * packing->output_stride;
            to = pack_block(packing, source, lanes, to);
        }
}

bool pack_weights(struct lowering *lowering) {
    struct program *program = lowering->program;
    program->weights = arena_alloc(lowering->arena, program->weights_bytes, 1);
    if (!program->weights)
        return false;
    for (uint32_t i = 0; i < lowering->packing_count; i++) {
        const struct packing *packing = &lowering->packings[i];
        if (packing->source)
            pack(packing, (float *)(program->weights + packing->offset));
    }
    return true;
}
