/* Unit marks: the ranges of commands that came from the nodes of one unit. A mark is advice; where
 * the canonical order, or a conversion in between, has torn a unit apart, it gets none. */
#include "lower/lower.h"

static const uint32_t mark_kinds[] = {
    [UNIT_NONE] = 0,
    [UNIT_UNIT] = SNV2_MARK_UNIT,
    [UNIT_OPENING] = SNV2_MARK_OPENING,
    [UNIT_STEM] = SNV2_MARK_STEM,
    [UNIT_TAIL] = SNV2_MARK_TAIL,
};

static int32_t unit_of(const struct lowering *lowering, uint32_t command) {
    const struct node *node = lowering->nodes[command];
    return node ? node->unit : 0;
}

/* The end of the range of commands of one unit that starts at `first`. */
static uint32_t range_end(const struct lowering *lowering, uint32_t first) {
    uint32_t end = first + 1;
    while (end < lowering->program->command_count &&
           unit_of(lowering, end) == unit_of(lowering, first))
        end++;
    return end;
}

bool append_marks(struct lowering *lowering) {
    struct program *program = lowering->program;
    int32_t last_unit = 0;
    for (uint32_t i = 0; i < program->command_count; i++)
        if (unit_of(lowering, i) > last_unit)
            last_unit = unit_of(lowering, i);
    uint32_t *ranges = arena_alloc(lowering->arena, (size_t)last_unit + 1, sizeof *ranges);
    program->marks = arena_alloc(lowering->arena, program->command_count, sizeof *program->marks);
    if (!ranges || !program->marks)
        return false;
    for (uint32_t i = 0; i < program->command_count; i = range_end(lowering, i))
        ranges[unit_of(lowering, i)]++;
    for (uint32_t i = 0, end; i < program->command_count; i = end) {
        int32_t unit = unit_of(lowering, i);
        end = range_end(lowering, i);
        if (unit > 0 && ranges[unit] == 1 && end - i > 1)
            program->marks[program->mark_count++] = (struct snv2_blob_mark){
                .kind = mark_kinds[lowering->nodes[i]->unit_kind], .first = i, .count = end - i};
    }
    return true;
}
