/* An allocator of the caller's: all memory of a model and its contexts is its own and comes back to
 * it with the sizes that were asked for, also where it runs out; the C library's heap is not asked.
 */
#include "tests/counted_allocations.h"
#include "tests/sample_blob.h"
#include "tests/tap.h"

#include "snv2/runtime.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- the caller's allocator ---- */

/* Gives out `budget` pieces, filled with what nobody may rely on. It keeps what it sees for later:
 * Check asks for memory too. */
struct heap {
    long budget, pieces;
    size_t bytes; /* that are out */
    bool misused;
};

static void *heap_allocate(void *user, size_t size, size_t alignment) {
    struct heap *heap = user;
    heap->misused |= size == 0 || alignment > 4096 || __builtin_popcountl(alignment) != 1;
    if (heap->pieces == heap->budget)
        return NULL;
    size_t whole = (size + alignment - 1) / alignment * alignment;
    void *memory = __real_aligned_alloc(alignment, whole);
    memset(memory, 0xa5, whole);
    heap->pieces++;
    heap->bytes += size;
    return memory;
}

static void heap_release(void *user, void *memory, size_t size) {
    struct heap *heap = user;
    heap->misused |= !memory || heap->bytes < size;
    heap->bytes -= size;
    free(memory);
}

static struct blob_builder builder;
static unsigned char *bytes;
static size_t size;
static float input[SAMPLE_INPUT];

static void set_up(void) {
    sample_build(&builder);
    bytes = builder_finish(&builder, &size);
    sample_input(input);
}

static void tear_down(void) {
    free(bytes);
}

/* Opens, makes a context of so many threads, runs, profiles, frees. The model is in memory where
 * path is NULL. */
static enum snv2_status use_heap(struct heap *heap, const char *path, int threads,
                                 float scores[SAMPLE_SCORES]) {
    struct snv2_allocator allocator = {heap_allocate, heap_release, heap};
    struct snv2_context_options options = {.threads = threads, .fusion = SNV2_FUSE_EVERYWHERE};
    struct snv2_diagnostic diagnostic = {.message = ""};
    static float map[SAMPLE_MAP];
    const void *inputs[] = {input};
    void *outputs[] = {scores, map};
    struct snv2_model *model;
    struct snv2_context *context = NULL;
    char text[4096];
    enum snv2_status status =
        path ? snv2_open_from(path, &allocator, &model, &diagnostic)
             : snv2_open_memory_from(bytes, size, &allocator, &model, &diagnostic);
    memset(&allocator, 0, sizeof allocator); /* it was only read */
    if (status == SNV2_OK)
        status = snv2_context_new(model, &options, &context, &diagnostic);
    if (status == SNV2_OK)
        status = snv2_run(context, inputs, outputs);
    if (status == SNV2_OK && snv2_profile(context, inputs, outputs, text, sizeof text) == 0)
        status = SNV2_NO_MEMORY;
    snv2_context_free(context);
    snv2_close(model);
    return status;
}

START_TEST(test_all_memory) {
    struct heap heap = {.budget = 1000};
    float scores[SAMPLE_SCORES], expected[SAMPLE_SCORES], map[SAMPLE_MAP];
    long before = atomic_load(&allocations);
    enum snv2_status status = use_heap(&heap, NULL, 1, scores);
    long after = atomic_load(&allocations); /* before Check, which asks too */
    ck_assert_int_eq(status, SNV2_OK);
    ck_assert_int_gt(before, 0); /* they are counted */
    ck_assert_int_eq(after, before);
    ck_assert_int_ge(heap.pieces, 5);
    ck_assert(!heap.misused);
    ck_assert_uint_eq(heap.bytes, 0);
    sample_expected(input, expected, map);
    for (int i = 0; i < SAMPLE_SCORES; i++)
        ck_assert_float_eq_tol(scores[i], expected[i], 1e-4);
}
END_TEST

START_TEST(test_running_out) {
    long allowed = 0;
    enum snv2_status status = SNV2_NO_MEMORY;
    for (; status != SNV2_OK; allowed++) {
        struct heap heap = {.budget = allowed};
        float scores[SAMPLE_SCORES];
        ck_assert_int_lt(allowed, 1000);
        status = use_heap(&heap, NULL, 2, scores);
        ck_assert(status == SNV2_OK || status == SNV2_NO_MEMORY);
        ck_assert(!heap.misused);
        ck_assert_uint_eq(heap.bytes, 0);
    }
    ck_assert_int_gt(allowed, 5);
}
END_TEST

START_TEST(test_file) {
    struct heap heap = {.budget = 1000}, none = {.budget = 1};
    float scores[SAMPLE_SCORES], from_memory[SAMPLE_SCORES];
    char path[] = "test_allocator_XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, bytes, size), (ssize_t)size);
    close(descriptor);
    ck_assert_int_eq(use_heap(&heap, NULL, 1, from_memory), SNV2_OK);
    long pieces = heap.pieces;
    enum snv2_status status = use_heap(&heap, path, 1, scores);
    enum snv2_status short_of_memory = use_heap(&none, path, 1, scores);
    unlink(path);
    ck_assert_int_eq(status, SNV2_OK);
    ck_assert_int_eq(heap.pieces, 2 * pieces + 1); /* the file's bytes too */
    ck_assert_uint_eq(heap.bytes, 0);
    ck_assert_mem_eq(scores, from_memory, sizeof scores);
    ck_assert_int_eq(short_of_memory, SNV2_NO_MEMORY);
    ck_assert_uint_eq(none.bytes, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("allocator");
    TCase *cases = tcase_create("allocator");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, test_all_memory);
    tcase_add_test(cases, test_running_out);
    tcase_add_test(cases, test_file);
    suite_add_tcase(suite, cases);
    return tap_run(suite);
}
