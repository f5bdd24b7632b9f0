/* Where the time of a run goes. A step lasts from where share 0 of it begins to where that of the
 * next one does, waiting for other threads included, so that all of them add up to the run. */
#include "runtime/model.h"
#include "runtime/text.h"

#include "base/clock.h"

#include <inttypes.h>
#include <string.h>

enum { RUNS = 25 };

enum step_class {
    CONVOLUTION,
    DEPTHWISE,
    PRODUCT,
    POOL,
    MOVEMENT,
    ELEMENTWISE,
    OTHER,
    UNIT,
    CLASSES
};

static const char *const class_names[] = {
    [CONVOLUTION] = "convolution",
    [DEPTHWISE] = "depthwise",
    [PRODUCT] = "fully connected",
    [POOL] = "pool",
    [MOVEMENT] = "movement",
    [ELEMENTWISE] = "elementwise",
    [OTHER] = "other",
    [UNIT] = "units as one",
};

static const enum step_class classes[] = {
    [SNV2_OPCODE_CONV] = CONVOLUTION,
    [SNV2_OPCODE_CONV_TRANSPOSE] = CONVOLUTION,
    [SNV2_OPCODE_DEPTHWISE] = DEPTHWISE,
    [SNV2_OPCODE_FULLY_CONNECTED] = PRODUCT,
    [SNV2_OPCODE_MATMUL] = PRODUCT,
    [SNV2_OPCODE_MAX_POOL] = POOL,
    [SNV2_OPCODE_AVERAGE_POOL] = POOL,
    [SNV2_OPCODE_GLOBAL_AVERAGE_POOL] = POOL,
    [SNV2_OPCODE_REDUCE] = POOL,
    [SNV2_OPCODE_COPY] = MOVEMENT,
    [SNV2_OPCODE_RESIZE] = MOVEMENT,
    [SNV2_OPCODE_ACTIVATE] = ELEMENTWISE,
    [SNV2_OPCODE_BINARY] = ELEMENTWISE,
    [SNV2_OPCODE_SOFTMAX] = OTHER,
    [SNV2_OPCODE_INTEGER] = ELEMENTWISE,
    [SNV2_OPCODE_INTEGER_CONV] = CONVOLUTION,
    [SNV2_OPCODE_INTEGER_MATMUL] = PRODUCT,
    [SNV2_OPCODE_INTEGER_REDUCE] = POOL,
    [SNV2_OPCODE_CUMULATIVE_SUM] = OTHER,
    [SNV2_OPCODE_INTEGER_CUMULATIVE_SUM] = OTHER,
    [SNV2_OPCODE_TOP_K] = OTHER,
    [SNV2_OPCODE_GATHER] = MOVEMENT,
    [SNV2_OPCODE_MAX_POOL_INDICES] = POOL,
};

/* The second step of a command is its activation. */
static enum step_class class_of(const struct snv2_context *context, uint32_t number) {
    const struct step *step = &context->plan.steps[number];
    if (step->count > 1)
        return UNIT;
    if (number > 0 && context->plan.steps[number - 1].command == step->command)
        return ELEMENTWISE;
    return classes[context->blob.commands[step->command].opcode];
}

void profile_step(struct snv2_context *context, uint32_t step) {
    context->step_starts[step] = nanoseconds();
}

/* Of some runs the shortest: by step where it started, and behind the last one where all ended.
 * Returns the nanoseconds of the whole run. */
static uint64_t measure(struct snv2_context *context, const void *const *inputs,
                        void *const *outputs, uint64_t *starts, uint64_t *best) {
    uint32_t count = context->plan.step_count;
    uint64_t shortest = UINT64_MAX;
    context->step_starts = starts;
    for (int i = 0; i < RUNS; i++) {
        uint64_t begin = nanoseconds();
        snv2_run(context, inputs, outputs);
        starts[count] = nanoseconds();
        if (starts[count] - begin >= shortest)
            continue;
        shortest = starts[count] - begin;
        memcpy(best, starts, (count + 1) * sizeof *best);
    }
    context->step_starts = NULL;
    return shortest;
}

size_t snv2_profile(struct snv2_context *context, const void *const *inputs, void *const *outputs,
                    char *buffer, size_t size) {
    uint32_t count = context->plan.step_count, steps[CLASSES] = {0};
    uint64_t times[CLASSES] = {0}, sum = 0;
    struct text text = {buffer, size, 0};
    struct arena arena;
    arena_init_from(&arena, context->model->allocator);
    uint64_t *starts = arena_alloc(&arena, (size_t)count + 1, sizeof *starts);
    uint64_t *best = arena_alloc(&arena, (size_t)count + 1, sizeof *best);
    if (starts && best) {
        uint64_t total = measure(context, inputs, outputs, starts, best);
        for (uint32_t i = 0; i < count; i++) {
            enum step_class class = class_of(context, i);
            steps[class]++;
            times[class] += best[i + 1] - best[i];
            sum += best[i + 1] - best[i];
        }
        append(&text, "%-16s %6s %10s %7s\n", "class", "steps", "ms", "%");
        for (int i = 0; i < CLASSES; i++)
            if (steps[i])
                append(&text, "%-16s %6" PRIu32 " %10.4f %7.1f\n", class_names[i], steps[i],
                       (double)times[i] / 1e6, (double)times[i] * 100 / (double)total);
        append(&text, "%-16s %6" PRIu32 " %10.4f %7.1f\n", "all", count, (double)sum / 1e6,
               (double)sum * 100 / (double)total);
        append(&text, "%-16s %6s %10.4f\n", "measured", "", (double)total / 1e6);
    }
    arena_free(&arena);
    return text.length;
}
