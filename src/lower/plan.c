/* The memory plan: one offset in the arena for each base that lives there; its views live in it.
 *
 *   command      0     1     2     3     4          a tensor lives from the command that writes it
 *   tensor a     |=====|=====|                      to the last that uses it; where that one stands
 *   tensor b           |=====|=====|                in a marked range, to the end of the range
 *   tensor c                 |=====|=====|
 *
 * So all that a range uses lives at its end, no two of these share memory, and the range may run
 * as one, in any order inside.
 *
 * Largest first, each tensor goes to the smallest hole between those placed before it that live
 * together with it, or behind them. Ties go by tensor number, so the plan is a function of the
 * program alone. */
#include "lower/program.h"

#include "base/checked.h"

#include <stdlib.h>
#include <string.h>

struct lifetime {
    uint32_t tensor;
    uint32_t first, last;   /* commands; first UINT32_MAX: none uses it */
    uint64_t offset, bytes; /* bytes: rounded up to the alignment */
};

/* The lifetime of every base, by number; no view has one. */
static struct lifetime *find_lifetimes(const struct program *program, struct arena *scratch) {
    struct lifetime *lifetimes = arena_alloc(scratch, program->tensor_count, sizeof *lifetimes);
    if (!lifetimes)
        return NULL;
    for (uint32_t t = 0; t < program->tensor_count; t++)
        lifetimes[t] = (struct lifetime){.tensor = t, .first = UINT32_MAX};
    const struct snv2_blob_mark *mark = program->marks, *end = mark + program->mark_count;
    for (uint32_t c = 0; c < program->command_count; c++) {
        const struct snv2_blob_command *command = &program->commands[c];
        while (mark < end && mark->first + mark->count <= c)
            mark++;
        bool marked = mark < end && mark->first <= c;
        uint32_t last = marked ? mark->first + mark->count - 1 : c;
        struct lifetime *output = &lifetimes[program->tensors[command->output].owner];
        output->first = c < output->first ? c : output->first;
        output->last = last;
        for (int i = 0; i < SNV2_BLOB_MAX_OPERANDS; i++)
            for (uint32_t r = 0; r < command->operands[i].run_count; r++) {
                uint32_t tensor = program->runs[command->operands[i].first_run + r].tensor;
                lifetimes[program->tensors[tensor].owner].last = last;
            }
    }
    return lifetimes;
}

/* Larger ones first. */
static int by_size(const void *a, const void *b) {
    const struct lifetime *left = a, *right = b;
    if (left->bytes != right->bytes)
        return left->bytes < right->bytes ? 1 : -1;
    return left->tensor < right->tensor ? -1 : 1;
}

/* Keeps the lifetimes of tensors that need room in the arena, largest first; returns how many. */
static uint32_t select_planned(const struct program *program, struct lifetime *lifetimes) {
    uint32_t count = 0;
    for (uint32_t t = 0; t < program->tensor_count; t++) {
        const struct snv2_blob_tensor *tensor = &program->tensors[t];
        struct lifetime lifetime = lifetimes[t];
        if (tensor->place == SNV2_PLACE_ARENA && lifetime.first != UINT32_MAX &&
            checked_align(tensor->bytes, SNV2_BLOB_ALIGNMENT, &lifetime.bytes))
            lifetimes[count++] = lifetime;
    }
    qsort(lifetimes, count, sizeof *lifetimes, by_size);
    return count;
}

/* The offset of the smallest hole for `lifetime` between `placed`, which are sorted by offset, or
 * else behind them. */
static uint64_t find_hole(const struct lifetime *const *placed, uint32_t count,
                          const struct lifetime *lifetime) {
    uint64_t end = 0, best = 0, best_bytes = UINT64_MAX;
    for (uint32_t i = 0; i < count; i++) {
        const struct lifetime *other = placed[i];
        if (other->last < lifetime->first || other->first > lifetime->last)
            continue;
        uint64_t hole = other->offset > end ? other->offset - end : 0;
        if (hole >= lifetime->bytes && hole < best_bytes) {
            best = end;
            best_bytes = hole;
        }
        if (other->offset + other->bytes > end)
            end = other->offset + other->bytes;
    }
    return best_bytes == UINT64_MAX ? end : best;
}

static void insert_by_offset(const struct lifetime **placed, uint32_t count,
                             const struct lifetime *lifetime) {
    uint32_t at = count;
    while (at > 0 && placed[at - 1]->offset > lifetime->offset)
        at--;
    memmove(placed + at + 1, placed + at, (count - at) * sizeof *placed);
    placed[at] = lifetime;
}

enum snv2_status plan_memory(struct program *program, struct arena *scratch,
                             struct snv2_diagnostic *diagnostic) {
    struct lifetime *lifetimes = find_lifetimes(program, scratch);
    const struct lifetime **placed = arena_alloc(scratch, program->tensor_count, sizeof *placed);
    if (!lifetimes || !placed)
        return diagnose_no_memory(diagnostic);
    uint32_t count = select_planned(program, lifetimes);
    program->arena_bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct lifetime *lifetime = &lifetimes[i];
        uint64_t end;
        lifetime->offset = find_hole(placed, i, lifetime);
        if (!checked_add(lifetime->offset, lifetime->bytes, &end) || end > INT64_MAX)
            return diagnose(diagnostic, SNV2_UNSUPPORTED,
                            "the network needs more memory than can be addressed");
        insert_by_offset(placed, i, lifetime);
        program->tensors[lifetime->tensor].offset = lifetime->offset;
        if (end > program->arena_bytes)
            program->arena_bytes = end;
    }
    return SNV2_OK;
}
