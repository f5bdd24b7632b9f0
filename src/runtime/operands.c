/* Operands and outputs as kernels see them; see operands.h. blob_verify has checked all that is
 * relied on here. */
#include "runtime/operands.h"

#include "runtime/unit.h"

struct map map_of(const struct snv2_blob_tensor *tensor) {
    struct map map;
    tensor_map(tensor, &map);
    return map;
}

/* ---- pointers ---- */

/* The tensor's distance from the start of its place's memory, in elements. */
static size_t offset_of(const struct resolver *resolver, const struct snv2_blob_tensor *tensor) {
    const struct snv2_blob_tensor *owner = &resolver->blob->tensors[tensor->owner];
    bool numbered = owner->place == SNV2_PLACE_INPUT || owner->place == SNV2_PLACE_OUTPUT;
    uint64_t bytes = (numbered ? 0 : owner->offset) + (tensor == owner ? 0 : tensor->offset);
    return (size_t)(bytes / sizeof(float));
}

static uint32_t number_of(const struct resolver *resolver, const struct snv2_blob_tensor *tensor) {
    return (uint32_t)resolver->blob->tensors[tensor->owner].offset;
}

/* The ring that holds the tensor's rows, or NULL. */
static struct ring *ring_of(const struct resolver *resolver,
                            const struct snv2_blob_tensor *tensor) {
    for (int i = 0; i < resolver->ring_count; i++)
        if (tensor == &resolver->blob->tensors[resolver->rings[i].tensor])
            return &resolver->rings[i];
    return NULL;
}

static bool bind_row(struct resolver *resolver, struct ring *ring, struct row_slot slot) {
    struct row_slot *made = arena_alloc(resolver->arena, 1, sizeof *made);
    if (!made)
        return false;
    *made = slot;
    made->next = ring->slots;
    ring->slots = made;
    return true;
}

bool bind_operand(struct resolver *resolver, const struct snv2_blob_tensor *tensor, int64_t element,
                  const float **where) {
    size_t offset = offset_of(resolver, tensor) + (size_t)element;
    const float *weights = (const float *)(const void *)resolver->blob->weights;
    struct ring *ring = ring_of(resolver, tensor);
    if (ring)
        return bind_row(resolver, ring,
                        (struct row_slot){.read = where, .offset = (size_t)element});
    if (tensor->place != SNV2_PLACE_INPUT) {
        *where = (tensor->place == SNV2_PLACE_ARENA ? resolver->tensors : weights) + offset;
        return true;
    }
    struct input_slot *slot = arena_alloc(resolver->arena, 1, sizeof *slot);
    if (!slot)
        return false;
    *slot = (struct input_slot){resolver->plan->inputs, where, number_of(resolver, tensor), offset};
    resolver->plan->inputs = slot;
    return true;
}

bool bind_output(struct resolver *resolver, const struct snv2_blob_tensor *tensor, int64_t element,
                 float **where) {
    size_t offset = offset_of(resolver, tensor) + (size_t)element;
    struct ring *ring = ring_of(resolver, tensor);
    if (ring)
        return bind_row(resolver, ring,
                        (struct row_slot){.written = where, .offset = (size_t)element});
    if (tensor->place == SNV2_PLACE_ARENA) {
        *where = resolver->tensors + offset;
        return true;
    }
    struct output_slot *slot = arena_alloc(resolver->arena, 1, sizeof *slot);
    if (!slot)
        return false;
    *slot =
        (struct output_slot){resolver->plan->outputs, where, number_of(resolver, tensor), offset};
    resolver->plan->outputs = slot;
    return true;
}

/* ---- operands ---- */

struct piece_list operand_pieces(struct resolver *resolver,
                                 const struct snv2_blob_operand *operand) {
    struct piece_list list = {arena_alloc(resolver->arena, operand->run_count, sizeof *list.pieces),
                              operand->run_count};
    size_t channel = 0;
    for (size_t i = 0; list.pieces && i < list.count; i++) {
        const struct snv2_blob_run *run = &resolver->blob->runs[operand->first_run + i];
        const struct snv2_blob_tensor *tensor = &resolver->blob->tensors[run->tensor];
        int64_t stride = tensor->strides[1];
        list.pieces[i] =
            (struct piece){tensor, run->first * stride, run->step * stride, run->count, channel};
        channel += run->count;
    }
    return list;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Writes the parts unless that is NULL, and returns their number. */
static size_t cut_into(struct piece *parts, struct piece_list list, size_t multiple,
                       const struct piece_list *other) {
    size_t count = 0, o = 0;
    for (size_t i = 0; i < list.count; i++) {
        const struct piece *piece = &list.pieces[i];
        for (size_t used = 0, length; used < piece->count; used += length, count++) {
            size_t channel = piece->channel + used;
            length = smaller(piece->count - used, multiple - channel % multiple);
            if (other) {
                while (other->pieces[o].channel + other->pieces[o].count <= channel)
                    o++;
                length =
                    smaller(length, other->pieces[o].channel + other->pieces[o].count - channel);
            }
            if (!parts)
                continue;
            parts[count] = *piece;
            parts[count].first += (int64_t)used * piece->step;
            parts[count].count = length;
            parts[count].channel = channel;
        }
    }
    return count;
}

struct piece_list cut_pieces(struct resolver *resolver, struct piece_list list, size_t multiple,
                             const struct piece_list *other) {
    if (!list.pieces || (other && !other->pieces))
        return (struct piece_list){NULL, 0};
    struct piece_list cut = {NULL, cut_into(NULL, list, multiple, other)};
    cut.pieces = arena_alloc(resolver->arena, cut.count, sizeof *cut.pieces);
    if (cut.pieces)
        cut_into(cut.pieces, list, multiple, other);
    return cut;
}

const struct kernel_run *make_runs(struct resolver *resolver, struct piece_list list) {
    struct kernel_run *runs =
        list.pieces ? arena_alloc(resolver->arena, list.count, sizeof *runs) : NULL;
    for (size_t i = 0; runs && i < list.count; i++) {
        const struct piece *piece = &list.pieces[i];
        struct map map = map_of(piece->tensor);
        runs[i] = (struct kernel_run){
            .image_stride = (size_t)map.image_stride,
            .pixel_stride = (size_t)map.pixel_stride,
            .step = (ptrdiff_t)piece->step,
            .count = piece->count,
            .channel = piece->channel,
        };
        if (!bind_operand(resolver, piece->tensor, piece->first, &runs[i].base))
            return NULL;
    }
    return runs;
}

bool resolve_map(struct resolver *resolver, const struct snv2_blob_tensor *tensor,
                 struct kernel_map *output) {
    struct map map = map_of(tensor);
    *output = (struct kernel_map){
        .image_stride = (size_t)map.image_stride,
        .pixel_stride = (size_t)map.pixel_stride,
        .channel_stride = map.channels == 1 ? 1 : (size_t)map.channel_stride,
        .height = (size_t)map.height,
        .width = (size_t)map.width,
        .channels = (size_t)map.channels,
    };
    return bind_output(resolver, tensor, 0, &output->base);
}
