/* Preprocess: a graph input becomes one of bytes, with a frame that says what numbers they are.
 * Convolutions read the bytes; what else reads the numbers has them in a place, which is made once.
 */
#include "lower/lower.h"

#include "ir/operands.h"

static const uint8_t layouts[] = {
    [FRAME_NHWC] = SNV2_LAYOUT_NHWC,
    [FRAME_NCHW] = SNV2_LAYOUT_NCHW,
};
static const uint8_t pixels[] = {
    [FRAME_GRAY] = SNV2_PIXELS_GRAY, [FRAME_RGB] = SNV2_PIXELS_RGB,   [FRAME_BGR] = SNV2_PIXELS_BGR,
    [FRAME_RGBA] = SNV2_PIXELS_RGBA, [FRAME_BGRA] = SNV2_PIXELS_BGRA,
};

const char *refuse_preprocess(const struct node *node) {
    return node->inputs[0]->producer || value_is_constant(node->inputs[0]) ? "of no graph input"
                                                                           : NULL;
}

/* (x * scale - mean) / std as x * s + t. */
static bool append_frame(struct lowering *lowering, const struct node *node, uint32_t input) {
    const struct Preprocess_attributes *attributes = &node->attributes.Preprocess;
    const float *mean = node->inputs[1]->data, *std = node->inputs[2]->data;
    struct program *program = lowering->program;
    struct snv2_blob_frame *frames =
        list_grow(lowering->arena, program->frames, program->frame_count, &lowering->frame_capacity,
                  sizeof *program->frames);
    if (!frames)
        return false;
    program->frames = frames;
    struct snv2_blob_frame *frame = &frames[program->frame_count++];
    *frame = (struct snv2_blob_frame){
        .input = input,
        .layout = layouts[attributes->layout],
        .pixels = pixels[attributes->pixels],
    };
    for (int64_t c = 0; c < frame_channels(attributes->pixels); c++) {
        frame->scale[c] = (float)((double)attributes->scale / std[c]);
        frame->shift[c] = mean[c] == 0 ? 0 : (float)(-(double)mean[c] / std[c]);
    }
    return true;
}

bool lower_preprocess(struct lowering *lowering, const struct node *node) {
    static const int64_t to_planar[] = {0, 3, 1, 2};
    struct snv2_blob_tensor view = *lowering->places[node->inputs[0]->id];
    struct snv2_blob_tensor *base = &lowering->program->tensors[view.owner], *kept;
    base->dtype = view.dtype = DTYPE_UINT8;
    base->bytes = view.bytes = reached_bytes(base);
    if (node->attributes.Preprocess.layout == FRAME_NHWC)
        view = transposed(&view, to_planar);
    kept = arena_alloc(lowering->arena, 1, sizeof *kept);
    if (!kept)
        return false;
    *kept = view;
    lowering->frames[node->outputs[0]->id] = kept;
    return append_frame(lowering, node, (uint32_t)base->offset);
}

const struct snv2_blob_tensor *frame_of(struct lowering *lowering, const struct value *value) {
    const struct channels *channels = channels_of(lowering, value);
    const struct value *base = channels ? channels->spans->base : value;
    for (int32_t i = 1; channels && i < channels->count; i++)
        if (channels->spans[i].base != base)
            return NULL;
    return lowering->frames[base->id];
}

bool set_frame_operand(struct lowering *lowering, struct snv2_blob_command *command,
                       const struct value *value) {
    const struct channels *channels = channels_of(lowering, value);
    uint32_t tensor;
    if (!channels || !append_view(lowering, frame_of(lowering, value), &tensor))
        return false;
    command->operands[0] =
        (struct snv2_blob_operand){lowering->program->run_count, (uint32_t)channels->count};
    for (int32_t i = 0; i < channels->count; i++) {
        const struct span *span = &channels->spans[i];
        struct snv2_blob_run run = {tensor, (uint32_t)span->first, (uint32_t)span->count,
                                    span->step};
        if (!append_run(lowering, &run))
            return false;
    }
    return true;
}

bool store_frame(struct lowering *lowering, const struct value *value) {
    const struct snv2_blob_tensor *home = lowering->homes[value->id];
    bool at_home = home && is_even_map(home);
    struct snv2_blob_tensor place = at_home ? *home : new_base(value);
    return (at_home || append_base(lowering, &place)) &&
           append_place_copy(lowering, lowering->frames[value->id], &place, value->name,
                             "a frame is bytes; this one is read by more than convolutions") &&
           set_place(lowering, value, &place);
}
