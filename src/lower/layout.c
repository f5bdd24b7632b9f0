/* Which tensors hold a value. What convolutions, pools and elementwise commands make is a feature
 * map; graph inputs, graph outputs and what FULLY_CONNECTED makes are row-major; a constant that is
 * read like a feature map is stored as one. Where a command needs a value in the other layout one
 * conversion is made, right before the first command that needs it, and shared by all of them. */
#include "lower/lower.h"

#include "base/checked.h"

#include <assert.h>

/* [N,C], [N,C,L] and [N,C,H,W] as N, C, H, W. */
static void feature_dims(const struct shape *shape, int64_t dims[4]) {
    for (int i = 0; i < 4; i++)
        dims[i] = i < shape->rank ? shape->dims[i] : 1;
}

/* check_support has made sure that the sizes below fit. */
static struct snv2_blob_tensor feature_map(const struct value *value, enum snv2_blob_place place) {
    struct snv2_blob_tensor tensor = {
        .dtype = DTYPE_FLOAT32,
        .place = (uint8_t)place,
        .layout = SNV2_LAYOUT_FEATURE_MAP,
        .rank = 4,
    };
    feature_dims(&value->shape, tensor.dims);
    checked_align((uint64_t)tensor.dims[1], SNV2_BLOB_LANES, &tensor.pixel_stride);
    tensor.bytes = (uint64_t)(tensor.dims[0] * tensor.dims[2] * tensor.dims[3]) *
                   tensor.pixel_stride * sizeof(float);
    return tensor;
}

static struct snv2_blob_tensor row_major(const struct value *value, enum snv2_blob_place place,
                                         uint64_t number) {
    struct snv2_blob_tensor tensor = {
        .dtype = (uint8_t)value->dtype,
        .place = (uint8_t)place,
        .layout = SNV2_LAYOUT_ROW_MAJOR,
        .rank = (uint8_t)value->shape.rank,
        .offset = number,
        .bytes = (uint64_t)shape_elements(&value->shape) * sizeof(float),
    };
    for (int i = 0; i < value->shape.rank; i++)
        tensor.dims[i] = value->shape.dims[i];
    return tensor;
}

static bool append_boundary_tensor(struct lowering *lowering, const struct value *value,
                                   enum snv2_blob_place place, int32_t number, uint32_t *tensor) {
    struct snv2_blob_tensor record = row_major(value, place, (uint64_t)number);
    return append_string(lowering, value->name, &record.name) &&
           append_tensor(lowering, &record, tensor);
}

bool append_boundary_tensors(struct lowering *lowering) {
    const struct graph *graph = lowering->graph;
    uint32_t tensor;
    for (int32_t i = 0; i < graph->input_count; i++)
        if (!append_boundary_tensor(lowering, graph->inputs[i], SNV2_PLACE_INPUT, i,
                                    &lowering->row_majors[graph->inputs[i]->id]))
            return false;
    for (int32_t i = 0; i < graph->output_count; i++)
        if (!append_boundary_tensor(lowering, graph->outputs[i], SNV2_PLACE_OUTPUT, i, &tensor))
            return false;
    return true;
}

/* The tensor of graph output `index`. */
static uint32_t output_tensor(const struct lowering *lowering, int32_t index) {
    return (uint32_t)(lowering->graph->input_count + index);
}

/* A constant, channels last in blocks of 16 lanes: one packing an image. */
static bool append_constant(struct lowering *lowering, const struct value *value) {
    struct snv2_blob_tensor record = feature_map(value, SNV2_PLACE_WEIGHTS);
    int64_t pixels = record.dims[2] * record.dims[3];
    record.offset = lowering->program->weights_bytes;
    for (int64_t n = 0; n < record.dims[0]; n++) {
        struct packing image = {
            .source = (const float *)value->data + n * record.dims[1] * pixels,
            .scale = 1,
            .groups = pixels,
            .outputs = record.dims[1],
            .taps = 1,
            .inputs = 1,
            .group_stride = 1,
            .output_stride = pixels,
        };
        uint64_t offset;
        if (!append_packing(lowering, &image, &offset))
            return false;
    }
    return append_tensor(lowering, &record, &lowering->feature_maps[value->id]);
}

/* What a conversion writes, without padding. */
static uint64_t bytes_of(const struct value *value) {
    return (uint64_t)shape_elements(&value->shape) * sizeof(float);
}

static bool append_to_feature_map(struct lowering *lowering, const struct value *value) {
    struct snv2_blob_command command = new_command(SNV2_OPCODE_TO_FEATURE_MAP);
    bool input = !value->producer;
    struct residue residue = {
        .command = lowering->program->command_count,
        .bytes = bytes_of(value),
        .node = value->name,
        .reason = input ? "a graph input is row-major; this one is read by more than a first "
                          "convolution"
                        : "the result of a Gemm is row-major; this one is read channel by channel",
        .boundary = input,
    };
    return set_row_major_operand(lowering, &command, 0, value) &&
           set_feature_map_output(lowering, &command, value) &&
           append_command(lowering, NULL, value->name, &command) &&
           append_residue(lowering, &residue);
}

/* Makes sure that the base has a feature map. */
static bool need_feature_map(struct lowering *lowering, const struct value *base) {
    if (lowering->feature_maps[base->id] != NO_TENSOR)
        return true;
    return value_is_constant(base) ? append_constant(lowering, base)
                                   : append_to_feature_map(lowering, base);
}

bool set_command_operand(struct lowering *lowering, struct snv2_blob_command *command, int index,
                         const struct value *value) {
    const struct channels *channels = channels_of(lowering, value);
    if (!channels)
        return false;
    /* Conversions have runs of their own: all of them before the first run of this operand. */
    for (int32_t i = 0; i < channels->count; i++)
        if (!need_feature_map(lowering, channels->spans[i].base))
            return false;
    struct snv2_blob_operand *operand = &command->operands[index];
    operand->first_run = lowering->program->run_count;
    operand->run_count = (uint32_t)channels->count;
    for (int32_t i = 0; i < channels->count; i++) {
        const struct span *span = &channels->spans[i];
        struct snv2_blob_run run = {lowering->feature_maps[span->base->id], (uint32_t)span->first,
                                    (uint32_t)span->count, span->step};
        if (!append_run(lowering, &run))
            return false;
    }
    return true;
}

bool set_row_major_operand(struct lowering *lowering, struct snv2_blob_command *command, int index,
                           const struct value *base) {
    struct snv2_blob_run whole = {lowering->row_majors[base->id], 0, 1, 1};
    assert(whole.tensor != NO_TENSOR);
    command->operands[index] = (struct snv2_blob_operand){lowering->program->run_count, 1};
    return append_run(lowering, &whole);
}

bool set_feature_map_output(struct lowering *lowering, struct snv2_blob_command *command,
                            const struct value *value) {
    struct snv2_blob_tensor record = feature_map(value, SNV2_PLACE_ARENA);
    if (!append_tensor(lowering, &record, &command->output))
        return false;
    lowering->feature_maps[value->id] = command->output;
    return true;
}

bool set_row_major_output(struct lowering *lowering, struct snv2_blob_command *command,
                          const struct value *value) {
    const struct graph *graph = lowering->graph;
    struct snv2_blob_tensor record = row_major(value, SNV2_PLACE_ARENA, 0);
    int32_t output = 0;
    while (output < graph->output_count && graph->outputs[output] != value)
        output++;
    if (output < graph->output_count && lowering->uses[value->id] == 1)
        command->output = output_tensor(lowering, output);
    else if (!append_tensor(lowering, &record, &command->output))
        return false;
    lowering->row_majors[value->id] = command->output;
    return true;
}

static bool append_to_row_major(struct lowering *lowering, int32_t output) {
    const struct value *value = lowering->graph->outputs[output];
    struct snv2_blob_command command = new_command(SNV2_OPCODE_TO_ROW_MAJOR);
    if (!set_command_operand(lowering, &command, 0, value))
        return false;
    struct residue residue = {
        .command = lowering->program->command_count,
        .bytes = bytes_of(value),
        .node = value->name,
        .reason = "a graph output is row-major",
        .boundary = true,
    };
    command.output = output_tensor(lowering, output);
    return append_command(lowering, NULL, value->name, &command) &&
           append_residue(lowering, &residue);
}

bool append_output_conversions(struct lowering *lowering) {
    const struct graph *graph = lowering->graph;
    for (int32_t i = 0; i < graph->output_count; i++) {
        bool written = lowering->row_majors[graph->outputs[i]->id] == output_tensor(lowering, i);
        if (!written && !append_to_row_major(lowering, i))
            return false;
    }
    return true;
}
