/* The memory plan on random programs: the verifier accepts it, and rejects it once it is broken;
 * it reuses memory, and respects marks. */
#include "tests/tap.h"

#include "base/random.h"
#include "lower/program.h"

#include <string.h>

enum { MAX_COMMANDS = 60, MAX_OPERANDS = 3 };

static struct arena arena;
static struct snv2_diagnostic diagnostic;

static void setup(void) {
    arena_init(&arena, UINT64_MAX);
}

static void teardown(void) {
    arena_free(&arena);
}

/* ---- programs ---- */

static struct program *new_program(uint32_t commands) {
    struct program *program = arena_alloc(&arena, 1, sizeof *program);
    program->tensors = arena_alloc(&arena, commands + 1, sizeof *program->tensors);
    program->runs = arena_alloc(&arena, (size_t)commands * MAX_OPERANDS, sizeof *program->runs);
    program->commands = arena_alloc(&arena, commands, sizeof *program->commands);
    program->marks = arena_alloc(&arena, commands, sizeof *program->marks);
    program->tensors[program->tensor_count++].place = SNV2_PLACE_INPUT; /* tensor 0, a base */
    return program;
}

/* A command that reads tensors and writes a new one, which it returns. */
static uint32_t add_command(struct program *program, uint64_t bytes, const uint32_t *operands,
                            uint32_t count) {
    struct snv2_blob_command *command = &program->commands[program->command_count++];
    command->operands[0] = (struct snv2_blob_operand){program->run_count, count};
    for (uint32_t i = 0; i < count; i++)
        program->runs[program->run_count++] = (struct snv2_blob_run){operands[i], 0, 1, 1};
    command->output = program->tensor_count++;
    program->tensors[command->output] = (struct snv2_blob_tensor){
        .place = SNV2_PLACE_ARENA, .owner = command->output, .bytes = bytes};
    return command->output;
}

static void add_mark(struct program *program, uint32_t first, uint32_t count) {
    program->marks[program->mark_count++] =
        (struct snv2_blob_mark){.kind = SNV2_MARK_UNIT, .first = first, .count = count};
}

static uint32_t below(uint64_t *state, uint32_t bound) {
    return (uint32_t)(random_next(state) % bound);
}

/* Commands that mostly read recent tensors; some read old ones, or the input, or one twice, and
 * some write into a base that the one before wrote. */
static struct program *random_program(uint64_t *state) {
    uint32_t commands = 1 + below(state, MAX_COMMANDS);
    struct program *program = new_program(commands);
    for (uint32_t c = 0; c < commands; c++) {
        uint32_t operands[MAX_OPERANDS], count = 1 + below(state, MAX_OPERANDS);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t back = below(state, 4) ? below(state, 3) : below(state, program->tensor_count);
            uint32_t newest = program->tensor_count - 1;
            operands[i] = back < newest ? newest - back : 0;
        }
        uint32_t output = add_command(program, 1 + below(state, 2000), operands, count);
        if (output > 1 && below(state, 6) == 0)
            program->tensors[output].owner = program->tensors[output - 1].owner;
    }
    for (uint32_t c = below(state, 5); c < commands; c += below(state, 5)) {
        uint32_t count = 2 + below(state, 4);
        if (count > commands - c)
            break;
        add_mark(program, c, count);
        c += count;
    }
    return program;
}

/* ---- what a plan must be, in the plainest way: by pairs ---- */

struct life {
    uint32_t first, last;
};

static uint32_t range_edge(const struct program *program, uint32_t command, bool end) {
    for (uint32_t m = 0; m < program->mark_count; m++) {
        const struct snv2_blob_mark *mark = &program->marks[m];
        if (command >= mark->first && command < mark->first + mark->count)
            return end ? mark->first + mark->count - 1 : mark->first;
    }
    return command;
}

static bool is_base(const struct program *program, uint32_t tensor) {
    return program->tensors[tensor].owner == tensor;
}

/* Of a base, with its views. */
static struct life life_of(const struct program *program, uint32_t base) {
    struct life life = {UINT32_MAX, 0};
    for (uint32_t c = 0; c < program->command_count; c++) {
        bool used = program->tensors[program->commands[c].output].owner == base;
        const struct snv2_blob_operand *operand = &program->commands[c].operands[0];
        for (uint32_t r = 0; r < operand->run_count; r++)
            used |= program->tensors[program->runs[operand->first_run + r].tensor].owner == base;
        if (used && life.first == UINT32_MAX)
            life.first = range_edge(program, c, false);
        if (used)
            life.last = range_edge(program, c, true);
    }
    return life;
}

static bool live_together(const struct program *program, uint32_t a, uint32_t b) {
    struct life one = life_of(program, a), other = life_of(program, b);
    return one.first <= other.last && other.first <= one.last;
}

static bool overlap(const struct snv2_blob_tensor *a, const struct snv2_blob_tensor *b) {
    return a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

static bool is_sound(const struct program *program) {
    for (uint32_t a = 1; a < program->tensor_count; a++) {
        const struct snv2_blob_tensor *tensor = &program->tensors[a];
        if (!is_base(program, a))
            continue;
        if (tensor->offset % 64 || tensor->offset + tensor->bytes > program->arena_bytes)
            return false;
        for (uint32_t b = a + 1; b < program->tensor_count; b++)
            if (is_base(program, b) && overlap(tensor, &program->tensors[b]) &&
                live_together(program, a, b))
                return false;
    }
    return true;
}

static enum snv2_status verify(const struct program *program) {
    struct arena scratch;
    arena_init(&scratch, UINT64_MAX);
    enum snv2_status status = verify_plan(program, &scratch, &diagnostic);
    arena_free(&scratch);
    return status;
}

static void plan(struct program *program) {
    ck_assert_int_eq(plan_memory(program, &arena, &diagnostic), SNV2_OK);
}

/* ---- tests ---- */

START_TEST(test_random_programs) {
    uint64_t state = (uint64_t)_i;
    struct program *program = random_program(&state);
    plan(program);
    ck_assert(is_sound(program));
    ck_assert_msg(verify(program) == SNV2_OK, "%s", diagnostic.message);
    uint64_t sum = 0, largest = 0;
    for (uint32_t c = 0; c < program->command_count; c++) {
        uint64_t live = 0;
        for (uint32_t t = 1; t < program->tensor_count; t++) {
            struct life life = life_of(program, t);
            if (is_base(program, t) && life.first <= c && c <= life.last)
                live += (program->tensors[t].bytes + 63) / 64 * 64;
        }
        sum += (program->tensors[program->commands[c].output].bytes + 63) / 64 * 64;
        largest = live > largest ? live : largest;
    }
    ck_assert_uint_ge(program->arena_bytes, largest);
    ck_assert_uint_le(program->arena_bytes, sum);
}
END_TEST

/* Any change of one offset: the verifier says what the plain check by pairs says. */
START_TEST(test_broken_plans) {
    uint64_t state = (uint64_t)_i;
    struct program *program = random_program(&state);
    plan(program);
    for (int i = 0; i < 20; i++) {
        uint32_t tensor = program->tensors[1 + below(&state, program->tensor_count - 1)].owner;
        uint64_t offset = program->tensors[tensor].offset;
        uint64_t lines = program->arena_bytes / 64;
        program->tensors[tensor].offset = below(&state, (uint32_t)lines + 2) * UINT64_C(64);
        program->tensors[tensor].offset += below(&state, 8) == 0;
        ck_assert_int_eq(verify(program), is_sound(program) ? SNV2_OK : SNV2_INTERNAL);
        program->tensors[tensor].offset = offset;
    }
}
END_TEST

static struct program *chain(uint32_t commands, uint64_t bytes) {
    struct program *program = new_program(commands);
    uint32_t tensor = 0;
    for (uint32_t c = 0; c < commands; c++)
        tensor = add_command(program, bytes, &tensor, 1);
    return program;
}

START_TEST(test_reuse) {
    struct program *program = chain(30, 640);
    plan(program);
    ck_assert_uint_eq(program->arena_bytes, 2 * 640);
    ck_assert_int_eq(verify(program), SNV2_OK);
    for (uint32_t t = 1; t <= 30; t++)
        program->tensors[t].bytes = 64 * t;
    plan(program);
    ck_assert_uint_eq(program->arena_bytes, 64 * (30 + 29));
    ck_assert_int_eq(verify(program), SNV2_OK);
}
END_TEST

/* Command c writes tensor c + 1 of `lines` lines of 64 bytes; it is last used by `last`. Each goes
 * to the smallest hole there is for it, of equal ones to the first. */
START_TEST(test_smallest_hole) {
    static const struct {
        uint32_t lines, last;
        uint64_t place;
    } tensors[] = {{10, 5, 0}, {9, 9, 10}, {7, 5, 19}, {5, 5, 32}, {6, 9, 26},
                   {4, 9, 37}, {8, 9, 0},  {3, 9, 32}, {2, 9, 8},  {1, 9, 35}};
    enum { COUNT = sizeof tensors / sizeof *tensors };
    struct program *program = new_program(COUNT);
    for (uint32_t c = 0; c < COUNT; c++) {
        uint32_t operands[COUNT], count = 0;
        for (uint32_t t = 0; t < c; t++)
            if (tensors[t].last == c)
                operands[count++] = t + 1;
        add_command(program, UINT64_C(64) * tensors[c].lines, operands, count);
    }
    plan(program);
    ck_assert_int_eq(verify(program), SNV2_OK);
    ck_assert_uint_eq(program->arena_bytes, 41 * 64);
    for (uint32_t c = 0; c < COUNT; c++)
        ck_assert_uint_eq(program->tensors[c + 1].offset, 64 * tensors[c].place);
}
END_TEST

/* A range may run as one: what it reads stays to its end, all it writes is there from its start. */
START_TEST(test_marks) {
    struct program *program = chain(6, 640);
    add_mark(program, 1, 3);
    plan(program);
    ck_assert_uint_eq(program->arena_bytes, 4 * 640);
    ck_assert_int_eq(verify(program), SNV2_OK);
    program->mark_count = 0;
    plan(program);
    ck_assert_int_eq(verify(program), SNV2_OK);
    add_mark(program, 1, 3);
    ck_assert_int_eq(verify(program), SNV2_INTERNAL);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "overlap"));
}
END_TEST

START_TEST(test_messages) {
    struct program *program = chain(3, 640);
    plan(program);
    program->tensors[2].offset += 4;
    ck_assert_int_eq(verify(program), SNV2_INTERNAL);
    ck_assert_str_eq(diagnostic.message, "memory plan: tensor 2 at 644 is not aligned to 64");
    program->tensors[2].offset = 1280;
    ck_assert_int_eq(verify(program), SNV2_INTERNAL);
    ck_assert_str_eq(diagnostic.message,
                     "memory plan: tensor 2 at 1280+640 is not in the arena of 1280 bytes");
    program->tensors[2].offset = 576;
    ck_assert_int_eq(verify(program), SNV2_INTERNAL);
    ck_assert_str_eq(diagnostic.message,
                     "memory plan: tensors 1 and 2 overlap and are both needed at command 1");
    plan(program);
    program->runs[1].tensor = 3;
    ck_assert_int_eq(verify(program), SNV2_INTERNAL);
    ck_assert_str_eq(diagnostic.message,
                     "memory plan: command 1 reads tensor 3 before it is written");
    program->runs[1].tensor = 1;
    program->arena_bytes++;
    ck_assert_int_eq(verify(program), SNV2_INTERNAL);
    ck_assert_str_eq(diagnostic.message,
                     "memory plan: the arena of 1281 bytes is not a multiple of 64");
}
END_TEST

/* Sizes whose sum cannot be addressed are refused, not wrapped around. */
START_TEST(test_overflow) {
    struct program *program = chain(3, (uint64_t)INT64_MAX - 63);
    ck_assert_int_eq(plan_memory(program, &arena, &diagnostic), SNV2_UNSUPPORTED);
}
END_TEST

START_TEST(test_deterministic) {
    uint64_t one = 5, two = 5;
    struct program *a = random_program(&one), *b = random_program(&two);
    plan(a);
    plan(b);
    plan(b); /* offsets of an earlier plan say nothing */
    ck_assert_uint_eq(a->arena_bytes, b->arena_bytes);
    ck_assert_mem_eq(a->tensors, b->tensors, a->tensor_count * sizeof *a->tensors);
}
END_TEST

START_TEST(test_empty) {
    struct program *program = new_program(1);
    plan(program);
    ck_assert_uint_eq(program->arena_bytes, 0);
    ck_assert_int_eq(verify(program), SNV2_OK);
}
END_TEST

static Suite *plan_suite(void) {
    Suite *suite = suite_create("plan");
    TCase *tests = tcase_create("plan");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_random_programs, 0, 100);
    tcase_add_loop_test(tests, test_broken_plans, 0, 50);
    tcase_add_test(tests, test_reuse);
    tcase_add_test(tests, test_smallest_hole);
    tcase_add_test(tests, test_marks);
    tcase_add_test(tests, test_messages);
    tcase_add_test(tests, test_overflow);
    tcase_add_test(tests, test_deterministic);
    tcase_add_test(tests, test_empty);
    suite_add_tcase(suite, tests);
    return suite;
}

int main(void) {
    return tap_run(plan_suite());
}
