/* Operands of commands, and the copies that are left: where a command cannot read a value as it
 * lies, one copy is made, right before the first command that needs it, and shared by all. */
#include "lower/lower.h"

#include <assert.h>

/* Appends a run of channels of the tensor `base`, in dims of its own. */
static bool append_span(struct lowering *lowering, uint32_t tensor, const struct span *span) {
    struct snv2_blob_run run = {tensor, (uint32_t)span->first, (uint32_t)span->count, span->step};
    return append_run(lowering, &run);
}

/* One run: all of a view. */
static bool set_whole_operand(struct lowering *lowering, struct snv2_blob_operand *operand,
                              const struct snv2_blob_tensor *view) {
    struct snv2_blob_run run = {.count = (uint32_t)view->dims[1], .step = 1};
    *operand = (struct snv2_blob_operand){lowering->program->run_count, 1};
    return append_view(lowering, view, &run.tensor) && append_run(lowering, &run);
}

/* Appends the command, whose operand is set, with its residue. */
static bool finish_copy(struct lowering *lowering, struct snv2_blob_command *command,
                        const struct snv2_blob_tensor *to, const char *node, const char *reason) {
    const struct program *program = lowering->program;
    uint32_t from = program->runs[command->operands[0].first_run].tensor;
    struct residue residue = {
        .command = program->command_count,
        .bytes = sizeof(float),
        .node = node,
        .reason = reason,
        .boundary =
            to->place == SNV2_PLACE_OUTPUT || program->tensors[from].place == SNV2_PLACE_INPUT,
    };
    for (int axis = 0; axis < to->rank; axis++)
        residue.bytes *= (uint64_t)to->dims[axis];
    return append_command(lowering, NULL, node, command) && append_residue(lowering, &residue);
}

bool append_copy(struct lowering *lowering, const struct value *value,
                 const struct snv2_blob_tensor *to, const char *node, const char *reason) {
    struct snv2_blob_command command = new_command(SNV2_OPCODE_COPY);
    struct snv2_blob_tensor view = *to;
    struct shape shape = operand_shape(&value->shape);
    return reshape_tensor(&view, &shape) && append_view(lowering, &view, &command.output) &&
           set_array_operand(lowering, &command, 0, value, &value->shape) &&
           finish_copy(lowering, &command, to, node, reason);
}

bool set_place_operand(struct lowering *lowering, struct snv2_blob_command *command, int index,
                       const struct snv2_blob_tensor *place) {
    return set_whole_operand(lowering, &command->operands[index], place);
}

bool append_place_copy(struct lowering *lowering, const struct snv2_blob_tensor *from,
                       const struct snv2_blob_tensor *to, const char *node, const char *reason) {
    struct snv2_blob_command command = new_command(SNV2_OPCODE_COPY);
    struct snv2_blob_tensor source = *from, target = *to;
    struct shape vector = {2, {1, to->dims[0]}};
    if (to->rank < 2 && (!reshape_tensor(&source, &vector) || !reshape_tensor(&target, &vector)))
        return false;
    return append_view(lowering, &target, &command.output) &&
           set_whole_operand(lowering, &command.operands[0], &source) &&
           finish_copy(lowering, &command, &target, node, reason);
}

/* A copy of the value in its home, or in a base of its own. */
static const struct snv2_blob_tensor *copy_whole(struct lowering *lowering,
                                                 const struct value *value) {
    const struct snv2_blob_tensor *home = lowering->homes[value->id];
    struct snv2_blob_tensor to = home ? *home : new_base(value);
    if ((!home && !append_base(lowering, &to)) ||
        !append_copy(lowering, value, &to, value->name,
                     "its channels lie apart, and its reader needs them in one tensor") ||
        !set_place(lowering, value, &to))
        return NULL;
    return lowering->places[value->id];
}

/* The base's place in dims of `shape`, but for the channels, which are all that the base has. */
static bool span_place(struct lowering *lowering, const struct span *span,
                       const struct shape *shape, struct snv2_blob_tensor *place) {
    const struct snv2_blob_tensor *base = place_of(lowering, span->base);
    struct shape own = *shape;
    if (!base)
        return false;
    own.dims[1] = span->base->shape.dims[1];
    *place = *base;
    return reshape_tensor(place, &own); /* [N,C,1,1] as [N,C] or back */
}

const struct snv2_blob_tensor *store_whole(struct lowering *lowering, const struct value *value) {
    const struct snv2_blob_tensor *place = place_of(lowering, value);
    const struct channels *channels = place ? NULL : channels_of(lowering, value);
    if (place || !channels)
        return place;
    const struct span *span = channels->spans;
    if (channels->count > 1 || span->step < 0)
        return copy_whole(lowering, value);
    struct snv2_blob_tensor view;
    if (!span_place(lowering, span, &value->shape, &view))
        return NULL;
    view = sliced(&view, 1, span->first, span->count, span->step);
    return set_place(lowering, value, &view) ? lowering->places[value->id] : NULL;
}

bool set_array_operand(struct lowering *lowering, struct snv2_blob_command *command, int index,
                       const struct value *value, const struct shape *shape) {
    struct snv2_blob_operand *operand = &command->operands[index];
    struct shape target = operand_shape(shape);
    const struct snv2_blob_tensor *place = place_of(lowering, value);
    bool same_channels = value->shape.rank == target.rank && value->shape.dims[1] == target.dims[1];
    if (!place && !same_channels && !(place = store_whole(lowering, value)))
        return false;
    if (place) {
        struct snv2_blob_tensor view = broadcasted(place, &target);
        return set_whole_operand(lowering, operand, &view);
    }
    const struct channels *channels = channels_of(lowering, value);
    if (!channels)
        return false;
    /* A place that is made now has runs of its own: all of them before the first run of this one.
     */
    for (int32_t i = 0; i < channels->count; i++)
        if (!place_of(lowering, channels->spans[i].base))
            return false;
    *operand = (struct snv2_blob_operand){lowering->program->run_count, (uint32_t)channels->count};
    for (int32_t i = 0; i < channels->count; i++) {
        const struct span *span = &channels->spans[i];
        struct snv2_blob_tensor view;
        uint32_t tensor;
        target.dims[1] = span->base->shape.dims[1];
        if (!span_place(lowering, span, &value->shape, &view))
            return false;
        view = broadcasted(&view, &target);
        if (!append_view(lowering, &view, &tensor) || !append_span(lowering, tensor, span))
            return false;
    }
    return true;
}

/* The base's place where it is a map, else a feature map that is made of it. */
static const struct snv2_blob_tensor *need_map(struct lowering *lowering,
                                               const struct value *base) {
    const struct snv2_blob_tensor *place = place_of(lowering, base);
    const struct snv2_blob_tensor **map = &lowering->maps[base->id];
    if (!place || is_readable_map(place))
        return place;
    if (*map)
        return *map;
    struct snv2_blob_tensor *record = arena_alloc(lowering->arena, 1, sizeof *record);
    if (!record)
        return NULL;
    *record = new_base(base);
    if (!append_base(lowering, record) ||
        !append_copy(lowering, base, record, base->name,
                     place->place == SNV2_PLACE_INPUT
                         ? "a graph input is row-major; this one is read by more than a first "
                           "convolution"
                         : "it is row-major, and is read as a feature map"))
        return NULL;
    return *map = record;
}

bool set_map_operand(struct lowering *lowering, struct snv2_blob_command *command, int index,
                     const struct value *value) {
    const struct channels *channels = channels_of(lowering, value);
    if (!channels)
        return false;
    /* Copies have runs of their own: all of them before the first run of this operand. */
    for (int32_t i = 0; i < channels->count; i++)
        if (!need_map(lowering, channels->spans[i].base))
            return false;
    command->operands[index] =
        (struct snv2_blob_operand){lowering->program->run_count, (uint32_t)channels->count};
    for (int32_t i = 0; i < channels->count; i++) {
        const struct span *span = &channels->spans[i];
        uint32_t tensor;
        if (!append_view(lowering, need_map(lowering, span->base), &tensor) ||
            !append_span(lowering, tensor, span))
            return false;
    }
    return true;
}

bool append_output_copies(struct lowering *lowering) {
    const struct graph *graph = lowering->graph;
    for (int32_t i = 0; i < graph->output_count; i++) {
        const struct value *value = graph->outputs[i];
        const struct snv2_blob_tensor *place = place_of(lowering, value);
        struct snv2_blob_tensor output = output_place(lowering, i);
        if (!(place && same_place(place, &output)) &&
            !append_copy(lowering, value, &output, value->name, "a graph output is row-major"))
            return false;
    }
    return true;
}
