/* Marked ranges in bands; see unit.h. */
#include "runtime/unit.h"

#include "runtime/cost.h"
#include "runtime/operands.h"
#include "runtime/tail.h"

#include <string.h>

/* Rows [begin, end). */
struct rows {
    size_t begin, end;
};

enum { NO_RING = -1 };

/* A command of a unit. */
struct member_step {
    struct step step;
    size_t row_items; /* items in a row of the output */
    const struct snv2_blob_window *window;
    size_t height, width, input_height;
    double row_operations; /* products or comparisons in a row of the output */
    bool by_pixels;        /* items are pixels where it runs by itself */
    int written, read;     /* rings, or NO_RING: a tensor of the arena or the caller's */
};

/* One member's copy of a unit: its kernels' arguments point into its rings. */
struct unit {
    struct member_step steps[UNIT_COMMANDS];
    struct ring rings[UNIT_COMMANDS];
    int step_count, ring_count;
    size_t height, band; /* rows of an image of the output; of a band */
};

/* ---- rows ---- */

static bool is_empty(struct rows rows) {
    return rows.begin >= rows.end;
}

/* The rows that a command reads for some of its output. */
static struct rows rows_read(const struct snv2_blob_window *window, size_t input_height,
                             struct rows made) {
    if (is_empty(made))
        return (struct rows){0, 0};
    size_t extent = (size_t)(window->kernel[0] - 1) * window->dilation[0] + 1;
    size_t begin = made.begin * window->stride[0],
           end = (made.end - 1) * window->stride[0] + extent;
    size_t pad = window->pad[0], past = input_height + pad;
    begin = begin < pad ? pad : begin > past ? past : begin;
    end = end < pad ? pad : end > past ? past : end;
    return (struct rows){begin - pad, end - pad};
}

/* What a band asks of each ring and step. */
struct demand {
    struct rows needed[UNIT_COMMANDS]; /* by ring */
    struct rows made[UNIT_COMMANDS];   /* by step */
};

/* `kept`: what the rings have. From the outputs backwards; a ring has one reader. */
static void find_demand(const struct unit *unit, struct rows band, const struct rows *kept,
                        struct demand *demand) {
    for (int i = unit->step_count; i-- > 0;) {
        const struct member_step *step = &unit->steps[i];
        struct rows made = band;
        if (step->written != NO_RING) {
            made = demand->needed[step->written];
            if (made.begin < kept[step->written].end)
                made.begin = kept[step->written].end;
        }
        demand->made[i] = made;
        if (step->read != NO_RING)
            demand->needed[step->read] = rows_read(step->window, step->input_height, made);
    }
}

/* Moves what is still needed to the start of the ring, and points the arguments to it. */
static void turn_ring(struct ring *ring, size_t image, struct rows needed, struct rows *kept) {
    if (is_empty(needed))
        return;
    if (needed.begin < kept->end && needed.begin > kept->begin)
        memmove(ring->memory, &ring->memory[(needed.begin - kept->begin) * ring->row_stride],
                (kept->end - needed.begin) * ring->row_stride * sizeof *ring->memory);
    if (needed.end > kept->end)
        kept->end = needed.end;
    kept->begin = needed.begin;
    /* Where row 0 of image 0 would be: inside the allocation, the tensor's own room lies before. */
    float *origin = ring->memory - (image * ring->image_stride + needed.begin * ring->row_stride);
    for (struct row_slot *slot = ring->slots; slot; slot = slot->next) {
        if (slot->written)
            *slot->written = origin + slot->offset;
        else
            *slot->read = origin + slot->offset;
    }
}

/* Rows of one image of the output. */
static void run_rows(struct unit *unit, const struct kernel_table *kernels, size_t image,
                     struct rows rows) {
    struct rows kept[UNIT_COMMANDS] = {{0, 0}};
    for (struct rows band = {rows.begin, rows.begin}; band.end < rows.end; band.begin = band.end) {
        struct demand demand;
        band.end = rows.end - band.begin < unit->band ? rows.end : band.begin + unit->band;
        find_demand(unit, band, kept, &demand);
        for (int i = 0; i < unit->ring_count; i++)
            turn_ring(&unit->rings[i], image, demand.needed[i], &kept[i]);
        for (int i = 0; i < unit->step_count; i++) {
            const struct member_step *step = &unit->steps[i];
            size_t first = image * step->height;
            if (!is_empty(demand.made[i]))
                step->step.run(kernels, step->step.args,
                               (first + demand.made[i].begin) * step->row_items,
                               (first + demand.made[i].end) * step->row_items);
        }
    }
}

/* Items are rows of the output, counted through all images. */
static void run_unit(const struct kernel_table *kernels, const void *args, size_t begin,
                     size_t end) {
    struct unit *unit = *(struct unit *const *)args;
    for (size_t row = begin, count; row < end; row += count) {
        size_t image = row / unit->height, y = row % unit->height;
        count = unit->height - y < end - row ? unit->height - y : end - row;
        run_rows(unit, kernels, image, (struct rows){y, y + count});
    }
}

/* ---- which ranges can be units ---- */

/* How commands use a base. */
struct use {
    uint32_t readers, last; /* commands that read it, the last of them */
    bool is_viewed;
};

static struct use *find_uses(const struct blob *blob, struct arena *arena) {
    struct use *uses = arena_alloc(arena, blob->tensor_count, sizeof *uses);
    for (uint32_t c = 0; uses && c < blob->command_count; c++) {
        const struct snv2_blob_command *command = &blob->commands[c];
        uses[blob->tensors[command->output].owner].is_viewed |=
            blob->tensors[command->output].owner != command->output;
        for (int k = 0; k < SNV2_BLOB_MAX_OPERANDS; k++)
            for (uint32_t r = 0; r < command->operands[k].run_count; r++) {
                uint32_t tensor = blob->runs[command->operands[k].first_run + r].tensor;
                struct use *use = &uses[blob->tensors[tensor].owner];
                use->is_viewed |= blob->tensors[tensor].owner != tensor;
                use->readers += use->last != c + 1;
                use->last = c + 1;
            }
    }
    return uses;
}

/* Whether the command makes rows of a map from rows of maps, and is one step. */
static bool works_by_rows(const struct blob *blob, const struct snv2_blob_command *command) {
    struct map map;
    switch (command->opcode) {
    case SNV2_OPCODE_CONV:
    case SNV2_OPCODE_DEPTHWISE:
    case SNV2_OPCODE_MAX_POOL:
    case SNV2_OPCODE_AVERAGE_POOL:
        return (command->activation == SNV2_ACTIVATION_NONE ||
                command->activation == SNV2_ACTIVATION_RELU ||
                command->activation == SNV2_ACTIVATION_CLIP) &&
               tensor_map(&blob->tensors[command->output], &map);
    default:
        return false;
    }
}

/* Whether a tensor that a command of the mark writes is a whole map of the arena that one other
 * command of the mark reads, and nothing else. */
static bool is_internal(const struct blob *blob, const struct use *uses,
                        const struct snv2_blob_mark *mark, uint32_t tensor) {
    const struct use *use = &uses[tensor];
    return blob->tensors[tensor].place == SNV2_PLACE_ARENA &&
           blob->tensors[tensor].owner == tensor && !use->is_viewed && use->readers == 1 &&
           use->last - 1 < mark->first + mark->count;
}

/* Whether a row is width * Cp elements: where a map is one pixel, its strides may say anything. */
static bool has_packed_rows(const struct map *map) {
    return map->pixel_stride >= map->channels &&
           map->pixel_stride - map->channels < SNV2_BLOB_LANES;
}

/* What command `index` of the mark reads of those before it: one internal tensor and nothing else,
 * whose number goes to *found, or only tensors from outside of the mark (NO_RING). */
static bool find_read_ring(const struct blob *blob, const struct snv2_blob_mark *mark,
                           uint32_t index, const struct unit *unit, int *found) {
    const struct snv2_blob_operand *operand = &blob->commands[mark->first + index].operands[0];
    *found = NO_RING;
    for (uint32_t r = 0; r < operand->run_count; r++) {
        uint32_t owner = blob->tensors[blob->runs[operand->first_run + r].tensor].owner;
        int ring = NO_RING;
        for (uint32_t i = 0; i < index; i++)
            if (blob->tensors[blob->commands[mark->first + i].output].owner == owner) {
                ring = unit->steps[i].written;
                if (ring == NO_RING)
                    return false;
            }
        if (r > 0 && ring != *found)
            return false;
        *found = ring;
    }
    return true;
}

/* The unit's shape, without arguments and rings' memory; or the reason why it cannot be one. */
static const char *shape_unit(const struct blob *blob, const struct use *uses,
                              const struct snv2_blob_mark *mark, struct unit *unit) {
    memset(unit, 0, sizeof *unit);
    if (mark->count > UNIT_COMMANDS || mark->count < 2)
        return "number of commands";
    for (uint32_t i = 0; i < mark->count; i++) {
        const struct snv2_blob_command *command = &blob->commands[mark->first + i];
        struct member_step *step = &unit->steps[unit->step_count++];
        if (!works_by_rows(blob, command))
            return "not by rows";
        if (!find_read_ring(blob, mark, i, unit, &step->read))
            return "reads what others read too";
        struct map output = map_of(&blob->tensors[command->output]);
        struct map input =
            map_of(&blob->tensors[blob->runs[command->operands[0].first_run].tensor]);
        step->window = &command->window;
        step->height = (size_t)output.height;
        step->width = (size_t)output.width;
        step->by_pixels = command->opcode == SNV2_OPCODE_CONV && is_pointwise(&command->window);
        step->row_operations =
            command_operations(blob, command) / (double)(output.images * output.height);
        step->input_height = (size_t)input.height;
        step->written = NO_RING;
        if (is_internal(blob, uses, mark, command->output)) {
            if (!has_packed_rows(&output))
                return "rows are not packed";
            step->written = unit->ring_count;
            unit->rings[unit->ring_count++] = (struct ring){
                .tensor = command->output,
                .image_stride = (size_t)output.image_stride,
                .row_stride = (size_t)(output.pixel_stride * output.width),
            };
        } else if (unit->height && unit->height != step->height) {
            return "outputs of different heights";
        } else {
            unit->height = step->height;
        }
    }
    return unit->ring_count ? NULL : "nothing stays inside";
}

/* The rows that each ring holds for bands of `band` rows, and the floats of all rings. */
static size_t ring_rows(const struct unit *unit, size_t band, size_t *rows) {
    size_t floats = 0;
    for (int i = unit->step_count; i-- > 0;) {
        const struct member_step *step = &unit->steps[i];
        size_t made = step->written == NO_RING ? band : rows[step->written];
        if (step->read == NO_RING)
            continue;
        size_t extent = (size_t)(step->window->kernel[0] - 1) * step->window->dilation[0] + 1;
        size_t read = (made - 1) * step->window->stride[0] + extent;
        rows[step->read] = read < step->input_height ? read : step->input_height;
        floats += rows[step->read] * unit->rings[step->read].row_stride;
    }
    return floats;
}

/* ---- choice ---- */

/* Large bands pay as long as rings and weights share a core's own cache. */
static const size_t ring_share = 3;

/* The largest share of a step, of `size` items for `members`. */
static size_t largest_share(size_t size, int members) {
    return (size + (size_t)members - 1) / (size_t)members;
}

/* Whether one step takes a team longer than one for each command: what two members both make,
 * against the barriers between commands, and how evenly rows can be shared out. */
static bool is_slower(const struct unit *unit, size_t images, int members,
                      const struct cost_model *model) {
    double apart = 0, together = 0;
    size_t share = largest_share(images * unit->height, members);
    for (size_t begin = 0; begin < unit->height; begin += share) {
        const struct rows kept[UNIT_COMMANDS] = {{0, 0}};
        struct rows all = {begin, begin + share < unit->height ? begin + share : unit->height};
        struct demand demand;
        double operations = 0;
        find_demand(unit, all, kept, &demand);
        for (int i = 0; i < unit->step_count; i++)
            if (!is_empty(demand.made[i]))
                operations += unit->steps[i].row_operations *
                              (double)(demand.made[i].end - demand.made[i].begin);
        if (operations > together)
            together = operations;
    }
    if (share > unit->height) /* several images */
        together *= (double)share / (double)unit->height;
    for (int i = 0; i < unit->step_count; i++) {
        const struct member_step *step = &unit->steps[i];
        size_t items = images * step->height * (step->by_pixels ? step->width : 1);
        apart += step->row_operations * (double)largest_share(items, members) /
                 (double)(step->by_pixels ? step->width : 1);
    }
    return together / model->operations >=
           apart / model->operations + model->barrier * (unit->step_count - 1);
}

static void choose_unit(const struct unit *unit, size_t images, int members,
                        const struct cost_model *model, struct unit_choice *choice) {
    size_t rows[UNIT_COMMANDS], share = largest_share(images * unit->height, members);
    choice->band = share < unit->height ? share : unit->height;
    if (members > 1 && is_slower(unit, images, members, model))
        choice->reason = "members would make too many rows twice";
    else if (members == 1 && ring_rows(unit, unit->height, rows) * sizeof(float) < model->cache)
        choice->reason = "all of it stays in a core's cache";
    choice->fused = !choice->reason;
    while (choice->band > 1 &&
           ring_rows(unit, choice->band, rows) * sizeof(float) > model->cache / ring_share)
        choice->band--;
    choice->ring_floats = ring_rows(unit, choice->band, rows);
}

/* With the narrowest bands, for tests. */
static void choose_anyway(const struct unit *unit, struct unit_choice *choice) {
    size_t rows[UNIT_COMMANDS];
    choice->fused = true;
    choice->band = 1;
    choice->ring_floats = ring_rows(unit, choice->band, rows);
}

static void choose_tail(const struct blob *blob, const struct use *uses,
                        const struct snv2_blob_mark *mark, int members, enum snv2_fusion fusion,
                        struct unit_choice *choice) {
    if (!is_internal(blob, uses, mark, blob->commands[mark->first].output))
        choice->reason = "reads what others read too";
    else if (members > 1 && fusion != SNV2_FUSE_EVERYWHERE)
        choice->reason = "members share out each of its commands";
    else
        choice->reason = tail_refusal(blob, mark);
    if (choice->reason)
        return;
    choice->fused = true;
    choice->count = TAIL_COMMANDS;
    choice->ring_floats = tail_floats(blob, mark);
}

struct unit_choice *choose_units(const struct blob *blob, const struct cost_model *model,
                                 int members, enum snv2_fusion fusion, struct arena *arena) {
    struct unit_choice *choices = arena_alloc(arena, blob->mark_count, sizeof *choices);
    struct use *uses = find_uses(blob, arena);
    if (!choices || !uses)
        return NULL;
    for (uint32_t i = 0; i < blob->mark_count; i++) {
        const struct snv2_blob_mark *mark = &blob->marks[i];
        struct unit unit, *shape;
        choices[i].count = mark->count;
        if (fusion == SNV2_FUSE_NOWHERE)
            choices[i].reason = "not wanted";
        else if (mark->kind == SNV2_MARK_TAIL)
            choose_tail(blob, uses, mark, members, fusion, &choices[i]);
        else
            choices[i].reason = shape_unit(blob, uses, mark, &unit);
        if (choices[i].reason || mark->kind == SNV2_MARK_TAIL)
            continue;
        struct map output = map_of(&blob->tensors[blob->commands[mark->first].output]);
        if (fusion == SNV2_FUSE_EVERYWHERE)
            choose_anyway(&unit, &choices[i]);
        else
            choose_unit(&unit, (size_t)output.images, members, model, &choices[i]);
        choices[i].shape = shape = arena_alloc(arena, 1, sizeof *shape);
        if (!shape)
            return NULL;
        *shape = unit;
    }
    return choices;
}

/* ---- arguments ---- */

static bool resolve_member(struct resolver *resolver, const struct snv2_blob_mark *mark,
                           const struct unit_choice *choice, float *memory, struct unit *unit) {
    size_t rows[UNIT_COMMANDS];
    unit->band = choice->band;
    ring_rows(unit, choice->band, rows);
    for (int i = 0; i < unit->ring_count; i++) {
        unit->rings[i].memory = memory;
        memory += rows[i] * unit->rings[i].row_stride;
    }
    resolver->rings = unit->rings;
    resolver->ring_count = unit->ring_count;
    bool resolved = true;
    for (int i = 0; i < unit->step_count && resolved; i++) {
        struct member_step *step = &unit->steps[i];
        uint32_t command = mark->first + (uint32_t)i;
        struct map output =
            map_of(&resolver->blob->tensors[resolver->blob->commands[command].output]);
        resolved = resolve_step(resolver, command, &step->step);
        step->row_items = step->step.items / (size_t)(output.images * output.height);
    }
    resolver->rings = NULL;
    resolver->ring_count = 0;
    return resolved;
}

bool resolve_unit(struct resolver *resolver, const struct snv2_blob_mark *mark,
                  const struct unit_choice *choice, struct step *step) {
    const struct blob *blob = resolver->blob;
    struct unit **units = arena_alloc(resolver->arena, (size_t)resolver->members, sizeof *units);
    const char **kernels = arena_alloc(resolver->arena, mark->count, sizeof *kernels);
    if (!units || !kernels)
        return false;
    for (int i = 0; i < resolver->members; i++) {
        units[i] = arena_alloc(resolver->arena, 1, sizeof **units);
        if (!units[i])
            return false;
        *units[i] = *choice->shape;
        resolver->member = i;
        if (!resolve_member(resolver, mark, choice, member_rings(resolver, i), units[i]))
            return false;
    }
    for (uint32_t i = 0; i < mark->count; i++)
        kernels[i] = units[0]->steps[i].step.kernel;
    uint32_t last = mark->first + mark->count - 1;
    struct map output = map_of(&blob->tensors[blob->commands[last].output]);
    *step = (struct step){.run = run_unit,
                          .kernel = "unit",
                          .kernels = kernels,
                          .args = units,
                          .args_stride = sizeof *units,
                          .items = (size_t)(output.images * output.height),
                          .command = mark->first,
                          .count = mark->count};
    return true;
}
