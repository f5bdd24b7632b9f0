/* Checks a memory plan by playing it through. A step is a marked range, or a single command outside
 * of ranges. What a step writes comes to life before it, what no later step uses dies after it, and
 * the living are kept sorted by offset and disjoint: a newcomer can only collide with its
 * neighbours. Nothing here is shared with plan.c. */
#include "lower/program.h"

#include "base/checked.h"

#include <inttypes.h>
#include <string.h>

struct player {
    const struct program *program;
    /* The bases in the arena that command c reads are uses[start[c]] .. uses[start[c + 1]]. */
    uint32_t *start, *uses;
    uint32_t *last_step; /* by tensor: the last step that uses it */
    bool *alive, *written;
    uint32_t *living; /* tensors by offset */
    uint32_t living_count;
};

static uint32_t written_base(const struct program *program, uint32_t command) {
    return program->tensors[program->commands[command].output].owner;
}

static bool in_arena(const struct program *program, uint32_t tensor) {
    return program->tensors[tensor].place == SNV2_PLACE_ARENA;
}

static bool prepare(struct player *player, struct arena *scratch) {
    const struct program *program = player->program;
    player->start = arena_alloc(scratch, (size_t)program->command_count + 1, sizeof(uint32_t));
    player->uses = arena_alloc(scratch, program->run_count, sizeof(uint32_t));
    player->last_step = arena_alloc(scratch, program->tensor_count, sizeof(uint32_t));
    player->alive = arena_alloc(scratch, program->tensor_count, sizeof(bool));
    player->written = arena_alloc(scratch, program->tensor_count, sizeof(bool));
    player->living = arena_alloc(scratch, program->tensor_count, sizeof(uint32_t));
    if (!player->start || !player->uses || !player->last_step || !player->alive ||
        !player->written || !player->living)
        return false;
    uint32_t count = 0;
    for (uint32_t c = 0; c < program->command_count; c++) {
        for (int i = 0; i < SNV2_BLOB_MAX_OPERANDS; i++) {
            const struct snv2_blob_operand *operand = &program->commands[c].operands[i];
            for (uint32_t r = 0; r < operand->run_count; r++) {
                uint32_t tensor = program->runs[operand->first_run + r].tensor;
                if (in_arena(program, tensor))
                    player->uses[count++] = program->tensors[tensor].owner;
            }
        }
        player->start[c + 1] = count;
    }
    return true;
}

/* The end of the step that starts at command `first`; *mark is the next mark. */
static uint32_t step_end(const struct program *program, uint32_t first, uint32_t *mark) {
    if (*mark < program->mark_count && program->marks[*mark].first == first)
        return first + program->marks[(*mark)++].count;
    return first + 1;
}

static void find_last_steps(struct player *player) {
    const struct program *program = player->program;
    for (uint32_t c = 0, end, step = 0, mark = 0; c < program->command_count; step++)
        for (end = step_end(program, c, &mark); c < end; c++) {
            player->last_step[written_base(program, c)] = step;
            for (uint32_t u = player->start[c]; u < player->start[c + 1]; u++)
                player->last_step[player->uses[u]] = step;
        }
}

/* How many of the living lie before `offset`. */
static uint32_t rank_of(const struct player *player, uint64_t offset) {
    uint32_t low = 0, high = player->living_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (player->program->tensors[player->living[middle]].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum snv2_status check_place(const struct program *program, uint32_t number,
                                    struct snv2_diagnostic *diagnostic) {
    const struct snv2_blob_tensor *tensor = &program->tensors[number];
    uint64_t end;
    if (tensor->offset % SNV2_BLOB_ALIGNMENT)
        return diagnose(diagnostic, SNV2_INTERNAL,
                        "memory plan: tensor %" PRIu32 " at %" PRIu64 " is not aligned to %d",
                        number, tensor->offset, SNV2_BLOB_ALIGNMENT);
    if (!checked_add(tensor->offset, tensor->bytes, &end) || end > program->arena_bytes)
        return diagnose(diagnostic, SNV2_INTERNAL,
                        "memory plan: tensor %" PRIu32 " at %" PRIu64 "+%" PRIu64
                        " is not in the arena of %" PRIu64 " bytes",
                        number, tensor->offset, tensor->bytes, program->arena_bytes);
    return SNV2_OK;
}

/* Brings the tensor to life between its neighbours. */
static enum snv2_status begin(struct player *player, uint32_t number, uint32_t command,
                              struct snv2_diagnostic *diagnostic) {
    const struct snv2_blob_tensor *tensors = player->program->tensors;
    if (!in_arena(player->program, number) || player->alive[number])
        return SNV2_OK;
    enum snv2_status status = check_place(player->program, number, diagnostic);
    if (status != SNV2_OK)
        return status;
    uint32_t rank = rank_of(player, tensors[number].offset);
    uint32_t *at = &player->living[rank];
    bool below =
        rank > 0 && tensors[at[-1]].offset + tensors[at[-1]].bytes > tensors[number].offset;
    bool above = rank < player->living_count &&
                 tensors[number].offset + tensors[number].bytes > tensors[at[0]].offset;
    if (below || above)
        return diagnose(diagnostic, SNV2_INTERNAL,
                        "memory plan: tensors %" PRIu32 " and %" PRIu32
                        " overlap and are both needed at command %" PRIu32,
                        below ? at[-1] : at[0], number, command);
    memmove(at + 1, at, (player->living_count - rank) * sizeof *at);
    *at = number;
    player->living_count++;
    player->alive[number] = true;
    return SNV2_OK;
}

static void end_if_last(struct player *player, uint32_t number, uint32_t step) {
    if (!player->alive[number] || player->last_step[number] != step)
        return;
    uint32_t *at = &player->living[rank_of(player, player->program->tensors[number].offset)];
    player->living_count--;
    memmove(at, at + 1, (size_t)(player->living + player->living_count - at) * sizeof *at);
    player->alive[number] = false;
}

/* Plays commands [first, end) as one. */
static enum snv2_status play_step(struct player *player, uint32_t first, uint32_t end,
                                  uint32_t step, struct snv2_diagnostic *diagnostic) {
    for (uint32_t c = first; c < end; c++) {
        enum snv2_status status = begin(player, written_base(player->program, c), c, diagnostic);
        if (status != SNV2_OK)
            return status;
    }
    for (uint32_t c = first; c < end; c++) {
        for (uint32_t u = player->start[c]; u < player->start[c + 1]; u++)
            if (!player->written[player->uses[u]])
                return diagnose(diagnostic, SNV2_INTERNAL,
                                "memory plan: command %" PRIu32 " reads tensor %" PRIu32
                                " before it is written",
                                c, player->uses[u]);
        player->written[written_base(player->program, c)] = true;
    }
    for (uint32_t c = first; c < end; c++) {
        end_if_last(player, written_base(player->program, c), step);
        for (uint32_t u = player->start[c]; u < player->start[c + 1]; u++)
            end_if_last(player, player->uses[u], step);
    }
    return SNV2_OK;
}

enum snv2_status verify_plan(const struct program *program, struct arena *scratch,
                             struct snv2_diagnostic *diagnostic) {
    struct player player = {.program = program};
    if (program->arena_bytes % SNV2_BLOB_ALIGNMENT)
        return diagnose(diagnostic, SNV2_INTERNAL,
                        "memory plan: the arena of %" PRIu64 " bytes is not a multiple of %d",
                        program->arena_bytes, SNV2_BLOB_ALIGNMENT);
    if (!prepare(&player, scratch))
        return diagnose_no_memory(diagnostic);
    find_last_steps(&player);
    enum snv2_status status = SNV2_OK;
    for (uint32_t c = 0, step = 0, mark = 0; c < program->command_count && status == SNV2_OK;
         step++) {
        uint32_t end = step_end(program, c, &mark);
        status = play_step(&player, c, end, step, diagnostic);
        c = end;
    }
    return status;
}
