/* Which tensors hold values. Graph inputs and outputs are row-major; what convolutions, pools and
 * elementwise commands of them make is a feature map; the rest is row-major. A value with a home
 * goes there where its command can write there. */
#include "lower/lower.h"

struct snv2_blob_tensor new_base(const struct value *value) {
    return value->shape.rank == 4 ? feature_map(&value->shape, SNV2_PLACE_ARENA)
                                  : dense_tensor(&value->shape, SNV2_PLACE_ARENA);
}

/* A record for the lists by value. */
static const struct snv2_blob_tensor *keep(struct lowering *lowering,
                                           const struct snv2_blob_tensor *record) {
    struct snv2_blob_tensor *copy = arena_alloc(lowering->arena, 1, sizeof *copy);
    if (copy)
        *copy = *record;
    return copy;
}

bool append_base(struct lowering *lowering, struct snv2_blob_tensor *base) {
    base->owner = lowering->program->tensor_count;
    uint32_t number;
    if (!append_tensor(lowering, base, &number))
        return false;
    base->offset = 0;
    base->name = 0;
    return true;
}

bool append_view(struct lowering *lowering, const struct snv2_blob_tensor *view, uint32_t *number) {
    struct snv2_blob_tensor record = *view;
    for (uint32_t other = view->owner;;) {
        struct snv2_blob_tensor known = lowering->program->tensors[other];
        if (other == view->owner)
            known.offset = 0;
        *number = other;
        if (same_place(view, &known))
            return true;
        other = lowering->views[other];
        if (other == NO_TENSOR)
            break;
    }
    uint32_t last = *number;
    record.bytes = reached_bytes(view);
    if (!append_tensor(lowering, &record, number))
        return false;
    lowering->views[last] = *number;
    return true;
}

static bool append_boundary_tensor(struct lowering *lowering, const struct value *value,
                                   enum snv2_blob_place place, int32_t number,
                                   struct snv2_blob_tensor *tensor) {
    *tensor = dense_tensor(&value->shape, place);
    tensor->offset = (uint64_t)number;
    return append_string(lowering, value->name, &tensor->name) && append_base(lowering, tensor);
}

bool append_boundary_tensors(struct lowering *lowering) {
    const struct graph *graph = lowering->graph;
    struct snv2_blob_tensor tensor;
    for (int32_t i = 0; i < graph->input_count; i++)
        if (!append_boundary_tensor(lowering, graph->inputs[i], SNV2_PLACE_INPUT, i, &tensor) ||
            !set_place(lowering, graph->inputs[i], &tensor))
            return false;
    for (int32_t i = 0; i < graph->output_count; i++)
        if (!append_boundary_tensor(lowering, graph->outputs[i], SNV2_PLACE_OUTPUT, i, &tensor))
            return false;
    return true;
}

struct snv2_blob_tensor output_place(const struct lowering *lowering, int32_t index) {
    int32_t number = lowering->graph->input_count + index;
    struct snv2_blob_tensor place = lowering->program->tensors[number];
    place.offset = 0;
    place.name = 0;
    return place;
}

bool set_scratch_output(struct lowering *lowering, struct snv2_blob_command *command,
                        const struct shape *shape, struct snv2_blob_tensor *base) {
    struct shape dims = operand_shape(shape);
    *base = dense_tensor(&dims, SNV2_PLACE_ARENA);
    return append_base(lowering, base) && append_view(lowering, base, &command->output);
}

/* The contents as float32; NULL where memory ran out. */
static const float *float_contents(struct lowering *lowering, const struct value *value) {
    if (value->dtype == DTYPE_FLOAT32)
        return value->data;
    struct tensor tensor = value_tensor(value);
    int64_t count = shape_elements(&value->shape);
    float *numbers = arena_alloc(lowering->arena, (size_t)count, sizeof *numbers);
    for (int64_t i = 0; numbers && i < count; i++)
        numbers[i] = (float)tensor_real(&tensor, i);
    return numbers;
}

/* A constant: channels last in blocks of 16 lanes (rank 4, one packing an image), else dense. */
static bool append_constant(struct lowering *lowering, const struct value *value) {
    const struct shape *shape = &value->shape;
    bool planes = shape->rank == 4;
    int64_t images = planes ? shape->dims[0] : 1, pixels = planes ? shape_product(shape, 2, 4) : 1;
    int64_t channels = shape_elements(shape) / images / pixels;
    struct snv2_blob_tensor record =
        planes ? feature_map(shape, SNV2_PLACE_WEIGHTS) : dense_tensor(shape, SNV2_PLACE_WEIGHTS);
    const float *contents = float_contents(lowering, value);
    if (!contents)
        return false;
    record.offset = lowering->program->weights_bytes;
    for (int64_t n = 0; n < images; n++) {
        struct packing image = {
            .source = contents + n * channels * pixels,
            .scale = 1,
            .groups = pixels,
            .outputs = channels,
            .taps = 1,
            .inputs = 1,
            .group_stride = 1,
            .output_stride = pixels,
        };
        uint64_t offset;
        if (!append_packing(lowering, &image, &offset))
            return false;
    }
    return append_base(lowering, &record) && set_place(lowering, value, &record);
}

const struct snv2_blob_tensor *place_of(struct lowering *lowering, const struct value *value) {
    if (!lowering->places[value->id] && value_is_constant(value))
        append_constant(lowering, value);
    if (!lowering->places[value->id] && lowering->frames[value->id])
        store_frame(lowering, value);
    return lowering->places[value->id];
}

bool set_place(struct lowering *lowering, const struct value *value,
               const struct snv2_blob_tensor *place) {
    lowering->places[value->id] = keep(lowering, place);
    return lowering->places[value->id];
}

/* Stores the value in its home, or in a base of its own. */
static bool store(struct lowering *lowering, const struct value *value, bool at_home,
                  struct snv2_blob_tensor base) {
    return at_home ? set_place(lowering, value, lowering->homes[value->id])
                   : append_base(lowering, &base) && set_place(lowering, value, &base);
}

bool set_map_output(struct lowering *lowering, struct snv2_blob_command *command,
                    const struct value *value) {
    const struct snv2_blob_tensor *home = lowering->homes[value->id];
    return store(lowering, value, home && is_readable_map(home), new_base(value)) &&
           append_view(lowering, lowering->places[value->id], &command->output);
}

/* Whether the value, or the first part of it, lies in a feature map. */
static bool lies_in_map(struct lowering *lowering, const struct value *value) {
    const struct snv2_blob_tensor *place = place_of(lowering, value);
    const struct channels *channels = &lowering->channels[value->id];
    if (!place && channels->count > 0)
        place = place_of(lowering, channels->spans->base);
    return place && place->rank == 4 && is_readable_map(place);
}

bool set_array_output(struct lowering *lowering, struct snv2_blob_command *command,
                      const struct value *value, const struct value *like) {
    struct snv2_blob_tensor base = lies_in_map(lowering, like)
                                       ? new_base(value)
                                       : dense_tensor(&value->shape, SNV2_PLACE_ARENA);
    if (!store(lowering, value, lowering->homes[value->id], base))
        return false;
    struct snv2_blob_tensor view = *lowering->places[value->id];
    struct shape shape = operand_shape(&value->shape);
    return reshape_tensor(&view, &shape) && append_view(lowering, &view, &command->output);
}
