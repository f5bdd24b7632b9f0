/* Opening and running a model: right numbers, the same bits at any number of threads and on any
 * kernels, no allocation in a run, a status for every allocation that fails, files that are none.
 */
#include "tests/counted_allocations.h"
#include "tests/sample_blob.h"
#include "tests/tap.h"

#include "runtime/model.h"
#include "snv2/runtime.h"

#include <fcntl.h>
#include <fenv.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the sample ---- */

struct results {
    float scores[SAMPLE_SCORES], map[SAMPLE_MAP];
};

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

static struct snv2_model *open_sample(void) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct snv2_model *model;
    enum snv2_status status = snv2_open_memory(bytes, size, &model, &diagnostic);
    ck_assert_msg(status == SNV2_OK, "status %d at %lld: %s", status, (long long)diagnostic.offset,
                  diagnostic.message);
    return model;
}

static struct snv2_context *new_context(const struct snv2_model *model, int threads) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    /* The sample is small: by itself, a run would use one thread. */
    struct snv2_context_options options = {
        .threads = threads,
        .fusion = threads > 1 ? SNV2_FUSE_EVERYWHERE : SNV2_FUSE_WHERE_IT_PAYS,
    };
    struct snv2_context *context;
    enum snv2_status status = snv2_context_new(model, &options, &context, &diagnostic);
    ck_assert_msg(status == SNV2_OK, "status %d: %s", status, diagnostic.message);
    return context;
}

static void run(struct snv2_context *context, struct results *results) {
    const void *inputs[] = {input};
    void *outputs[] = {results->scores, results->map};
    memset(results, 0xff, sizeof *results);
    ck_assert_int_eq(snv2_run(context, inputs, outputs), SNV2_OK);
}

static void run_once(int threads, struct results *results) {
    struct snv2_model *model = open_sample();
    struct snv2_context *context = new_context(model, threads);
    run(context, results);
    snv2_context_free(context);
    snv2_close(model);
}

START_TEST(test_numbers) {
    struct results got, expected;
    run_once(1, &got);
    sample_expected(input, expected.scores, expected.map);
    for (int i = 0; i < SAMPLE_MAP; i++)
        ck_assert_msg(got.map[i] == expected.map[i], "map %d: %g, not %g", i, (double)got.map[i],
                      (double)expected.map[i]);
    for (int i = 0; i < SAMPLE_SCORES; i++)
        ck_assert_msg(got.scores[i] == expected.scores[i], "score %d: %g, not %g", i,
                      (double)got.scores[i], (double)expected.scores[i]);
}
END_TEST

START_TEST(test_queries) {
    struct snv2_model *model = open_sample();
    ck_assert_int_eq(snv2_input_count(model), 1);
    ck_assert_int_eq(snv2_output_count(model), 2);
    const struct snv2_tensor_info *image = snv2_input(model, 0), *map = snv2_output(model, 1);
    ck_assert_str_eq(image->name, "image");
    ck_assert_int_eq(image->rank, 4);
    ck_assert_int_eq(image->dims[1], 3);
    ck_assert_uint_eq(image->bytes, sizeof input);
    ck_assert_str_eq(map->name, "map");
    ck_assert_str_eq(snv2_output(model, 0)->name, "scores");
    ck_assert_ptr_null(snv2_input(model, 1));
    ck_assert_ptr_null(snv2_output(model, -1));
    ck_assert_str_eq(snv2_metadata(model, "producer"), "a test");
    ck_assert_ptr_null(snv2_metadata(model, "consumer"));
    snv2_close(model);
    ck_assert_str_eq(snv2_version(), PACKAGE_VERSION);
}
END_TEST

START_TEST(test_describe) {
    struct snv2_model *model = open_sample();
    struct snv2_context *context = new_context(model, 1);
    char text[4096], cut[20];
    size_t length = snv2_describe(context, text, sizeof text);
    ck_assert_uint_eq(length, strlen(text));
    int lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    ck_assert_int_eq(lines, COMMAND_COUNT + 2); /* and a mark */
    ck_assert_ptr_nonnull(strstr(text, "DEPTHWISE"));
    ck_assert_ptr_nonnull(strstr(text, "2x20x8x8"));
    ck_assert_ptr_nonnull(strstr(text, " conv_"));
    ck_assert_ptr_nonnull(strstr(text, "stem\n"));
    int units = 0;
    for (const char *at = text; (at = strstr(at, "unit  ")); at++)
        units++;
    ck_assert_int_eq(units, 3);
    ck_assert_ptr_nonnull(strstr(text, "\nunit, commands 2 to 4: one by one: "));
    ck_assert_uint_eq(snv2_describe(context, cut, sizeof cut), length);
    ck_assert_mem_eq(cut, text, sizeof cut - 1);
    ck_assert_int_eq(cut[sizeof cut - 1], '\0');
    ck_assert_uint_eq(snv2_describe(context, NULL, 0), length);
    snv2_context_free(context);
    snv2_close(model);
}
END_TEST

START_TEST(test_profile) {
    struct snv2_model *model = open_sample();
    for (int threads = 1; threads <= 2; threads++) {
        struct snv2_context *context = new_context(model, threads);
        struct results got, expected;
        const void *inputs[] = {input};
        void *outputs[] = {got.scores, got.map};
        char text[2048];
        double all = 0, measured = 0;
        size_t length = snv2_profile(context, inputs, outputs, text, sizeof text);
        ck_assert_uint_eq(length, strlen(text));
        ck_assert_ptr_nonnull(strstr(text, "elementwise"));
        ck_assert_ptr_nonnull(strstr(text, "movement"));
        sscanf(strstr(text, "\nall"), " all %*d %lf", &all);
        sscanf(strstr(text, "\nmeasured"), " measured %lf", &measured);
        ck_assert(all > 0 && all <= measured);
        run_once(1, &expected);
        ck_assert_mem_eq(&got, &expected, sizeof got); /* it is a run */
        snv2_context_free(context);
    }
    snv2_close(model);
}
END_TEST

START_TEST(test_threads_give_the_same_bits) {
    struct results one, many;
    run_once(1, &one);
    for (int threads = 2; threads <= 5; threads++) {
        run_once(threads, &many);
        ck_assert_mem_eq(&one, &many, sizeof one);
    }
}
END_TEST

START_TEST(test_kernels_give_the_same_bits) {
    struct results plain, best;
    for (int i = 0; i < SAMPLE_INPUT; i++)
        input[i] /= 7; /* numbers that round */
    run_once(1, &best);
    setenv("SNV2_CPU", "ref", 1);
    run_once(1, &plain);
    unsetenv("SNV2_CPU");
    ck_assert_mem_eq(&plain, &best, sizeof plain);
}
END_TEST

/* Strides of a map of one pixel reach nothing, so the loader lets them say anything; rings must not
 * be as small, or as large, as they say. */
START_TEST(test_rings_of_one_pixel) {
    static const int64_t liars[] = {0, INT64_MAX}, dims[] = {1, 24, 1, 1};
    for (int i = 0; i < 2; i++) {
        builder_init(&builder);
        builder_graph_tensor(&builder, SNV2_PLACE_INPUT, 0, "in", 4, dims);
        for (int map = 1; map <= 3; map++)
            builder_map(&builder, 1, 24, 1, 1);
        builder_graph_tensor(&builder, SNV2_PLACE_OUTPUT, 0, "out", 4, dims);
        builder.tensors[2].strides[2] = builder.tensors[2].strides[3] = liars[i];
        for (uint32_t tensor = 0; tensor < 4; tensor++) {
            bool convolves = tensor == 1 || tensor == 2;
            struct snv2_blob_command *command =
                builder_command(&builder, convolves ? SNV2_OPCODE_CONV : SNV2_OPCODE_COPY,
                                builder_whole(&builder, tensor), tensor + 1);
            if (!convolves)
                continue;
            command->group = 1;
            command->window =
                (struct snv2_blob_window){.kernel = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}};
            command->weights = builder_weights(&builder, 2 * 24 * SNV2_BLOB_LANES);
            command->bias = builder_weights(&builder, 2 * SNV2_BLOB_LANES);
        }
        builder.marks[builder.mark_count++] = (struct snv2_blob_mark){SNV2_MARK_UNIT, 1, 2, 0};
        free(bytes);
        bytes = builder_finish(&builder, &size);
        struct snv2_model *model = open_sample();
        struct snv2_context *context = new_context(model, 2);
        char text[4096];
        float from[24] = {1}, to[24];
        snv2_describe(context, text, sizeof text);
        ck_assert_ptr_nonnull(strstr(text, "one by one: rows are not packed"));
        ck_assert_int_eq(snv2_run(context, (const void *[]){from}, (void *[]){to}), SNV2_OK);
        ck_assert(to[0] == 0 && to[23] == 0);
        snv2_context_free(context);
        snv2_close(model);
    }
}
END_TEST

/* Every step is in one phase, in order; small neighbours are one phase of one thread, unless all is
 * to be shared out. */
START_TEST(test_schedule) {
    static const enum snv2_fusion fusions[] = {SNV2_FUSE_WHERE_IT_PAYS, SNV2_FUSE_EVERYWHERE};
    struct snv2_model *model = open_sample();
    for (int i = 0; i < 2; i++) {
        struct snv2_context_options options = {.threads = 4, .fusion = fusions[i]};
        struct snv2_context *context;
        ck_assert_int_eq(snv2_context_new(model, &options, &context, NULL), SNV2_OK);
        const struct schedule *schedule = &context->schedule;
        uint32_t steps = 0, alone = 0;
        for (uint32_t k = 0; k < schedule->count; k++) {
            const struct phase *phase = &schedule->phases[k];
            ck_assert_uint_eq(phase->first, steps);
            ck_assert(!phase->shared || phase->count == 1);
            ck_assert(k == 0 || phase->shared || phase[-1].shared);
            steps += phase->count;
            alone += phase->shared ? 0 : phase->count;
        }
        ck_assert_uint_eq(steps, context->plan.step_count);
        if (fusions[i] == SNV2_FUSE_EVERYWHERE)
            ck_assert_uint_lt(alone, steps / 2);
        else
            ck_assert_uint_gt(alone, 0);
        snv2_context_free(context);
    }
    snv2_close(model);
}
END_TEST

START_TEST(test_runs_repeat) {
    struct snv2_model *model = open_sample();
    struct snv2_context *context = new_context(model, 3);
    struct results first, again;
    run(context, &first);
    for (int i = 0; i < 200; i++) {
        run(context, &again);
        ck_assert_mem_eq(&first, &again, sizeof first);
    }
    snv2_context_free(context);
    snv2_close(model);
}
END_TEST

/* ---- the caller's threads ---- */

struct job {
    void (*body)(void *data, int number);
    void *data;
    int number;
};

static void *do_job(void *argument) {
    struct job *job = argument;
    job->body(job->data, job->number);
    return NULL;
}

/* One thread for each. */
static void all_at_once(void *user, int count, void (*body)(void *data, int number), void *data) {
    pthread_t threads[8];
    struct job jobs[8];
    ck_assert_int_le(count, 8);
    *(int *)user += 1;
    for (int i = 0; i < count; i++) {
        jobs[i] = (struct job){body, data, i};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, do_job, &jobs[i]), 0);
    }
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

/* All in the caller's thread, the last one first. */
static void one_by_one(void *user, int count, void (*body)(void *data, int number), void *data) {
    *(int *)user += 1;
    while (count-- > 0)
        body(data, count);
}

START_TEST(test_parallel_for) {
    struct snv2_model *model = open_sample();
    struct results expected, got;
    run_once(1, &expected);
    void (*const ways[])(void *, int, void (*)(void *, int), void *) = {all_at_once, one_by_one};
    for (int way = 0; way < 2; way++)
        for (int threads = 1; threads <= 4; threads++) {
            int calls = 0;
            struct snv2_context_options options = {.threads = threads,
                                                   .parallel_for = ways[way],
                                                   .user = &calls,
                                                   .fusion = SNV2_FUSE_EVERYWHERE};
            struct snv2_context *context;
            ck_assert_int_eq(snv2_context_new(model, &options, &context, NULL), SNV2_OK);
            for (int i = 0; i < 20; i++) {
                run(context, &got);
                ck_assert_mem_eq(&got, &expected, sizeof got);
            }
            ck_assert_int_eq(calls > 0,
                             threads > 1); /* fewer than runs where the machine is busy */
            snv2_context_free(context);
        }
    snv2_close(model);
}
END_TEST

static void *run_in_thread(void *model) {
    struct snv2_context *context = new_context(model, 2);
    struct results *results = malloc(sizeof *results);
    ck_assert_ptr_nonnull(results);
    for (int i = 0; i < 50; i++)
        run(context, results);
    snv2_context_free(context);
    return results;
}

START_TEST(test_contexts_share_a_model) {
    struct snv2_model *model = open_sample();
    struct results expected;
    pthread_t threads[3];
    run_once(1, &expected);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_in_thread, model), 0);
    for (int i = 0; i < 3; i++) {
        void *results;
        pthread_join(threads[i], &results);
        ck_assert_mem_eq(results, &expected, sizeof expected);
        free(results);
    }
    snv2_close(model);
}
END_TEST

START_TEST(test_run_allocates_nothing) {
    struct snv2_model *model = open_sample();
    struct snv2_context *context = new_context(model, 2);
    struct results results;
    const void *inputs[] = {input};
    void *outputs[] = {results.scores, results.map};
    long before = atomic_load(&allocations);
    enum snv2_status status = snv2_run(context, inputs, outputs);
    long after = atomic_load(&allocations); /* before Check, which allocates too */
    ck_assert_int_eq(status, SNV2_OK);
    ck_assert_int_gt(before, 0); /* they are counted */
    ck_assert_int_eq(after, before);
    snv2_context_free(context);
    snv2_close(model);
}
END_TEST

/* The sample, of which a run may have one image. */
static struct snv2_model *open_images(void) {
    for (uint32_t i = 0; i < builder.tensor_count; i++)
        builder.tensors[i].images = SAMPLE_IMAGES;
    free(bytes);
    bytes = builder_finish(&builder, &size);
    return open_sample();
}

/* The first image as it is in `expected`, and nothing of the second. */
static void check_one_image(struct snv2_context *context, const struct results *expected) {
    struct results results, untouched;
    run(context, &results);
    memset(&untouched, 0xff, sizeof untouched);
    ck_assert_mem_eq(results.scores, expected->scores, sizeof results.scores / 2);
    ck_assert_mem_eq(results.map, expected->map, sizeof results.map / 2);
    ck_assert_mem_eq(results.scores + SAMPLE_SCORES / 2, untouched.scores,
                     sizeof results.scores / 2);
    ck_assert_mem_eq(results.map + SAMPLE_MAP / 2, untouched.map, sizeof results.map / 2);
}

START_TEST(test_fewer_images) {
    struct results expected, results;
    struct snv2_diagnostic diagnostic = {.message = ""};
    run_once(1, &expected);
    struct snv2_model *model = open_images();
    ck_assert_int_eq(snv2_images(model), SAMPLE_IMAGES);
    ck_assert_uint_eq(snv2_input(model, 0)->image_bytes, sizeof input / SAMPLE_IMAGES);
    for (int threads = 1; threads <= 3; threads++) {
        struct snv2_context *context = new_context(model, threads);
        for (int i = 0; i < 3; i++) {
            ck_assert_int_eq(snv2_set_images(context, 1, &diagnostic), SNV2_OK);
            check_one_image(context, &expected);
            check_one_image(context, &expected);
            ck_assert_int_eq(snv2_set_images(context, SAMPLE_IMAGES, &diagnostic), SNV2_OK);
            run(context, &results);
            ck_assert_mem_eq(&results, &expected, sizeof expected);
        }
        ck_assert_int_eq(snv2_set_images(context, 0, &diagnostic), SNV2_USAGE);
        ck_assert_int_eq(snv2_set_images(context, SAMPLE_IMAGES + 1, &diagnostic), SNV2_USAGE);
        ck_assert_ptr_nonnull(strstr(diagnostic.message, "1 to 2"));
        run(context, &results);
        ck_assert_mem_eq(&results, &expected, sizeof expected);
        snv2_context_free(context);
    }
    snv2_close(model);
}
END_TEST

START_TEST(test_fixed_images) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct snv2_model *model = open_sample();
    struct snv2_context *context = new_context(model, 1);
    ck_assert_int_eq(snv2_images(model), 0);
    ck_assert_uint_eq(snv2_input(model, 0)->image_bytes, 0);
    ck_assert_int_eq(snv2_set_images(context, 1, &diagnostic), SNV2_USAGE);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "--batch"));
    snv2_context_free(context);
    snv2_close(model);
}
END_TEST

START_TEST(test_images_out_of_memory) {
    struct results expected, results;
    struct snv2_model *model = open_images();
    struct snv2_context *context = new_context(model, 2);
    run(context, &expected);
    enum snv2_status status = SNV2_NO_MEMORY;
    for (long allowed = 0; status != SNV2_OK; allowed++) {
        ck_assert_int_lt(allowed, 1000);
        atomic_store(&allocations, 0);
        atomic_store(&allocation_budget, allowed);
        status = snv2_set_images(context, 1, NULL);
        atomic_store(&allocation_budget, LONG_MAX);
        ck_assert(status == SNV2_OK || (status == SNV2_NO_MEMORY && allowed < 100));
        if (status != SNV2_OK) {
            run(context, &results);
            ck_assert_mem_eq(&results, &expected, sizeof expected);
        }
    }
    check_one_image(context, &expected);
    snv2_context_free(context);
    snv2_close(model);
}
END_TEST

START_TEST(test_out_of_memory) {
    enum snv2_status status = SNV2_NO_MEMORY;
    long allowed = 0;
    for (; status != SNV2_OK; allowed++) {
        struct snv2_diagnostic diagnostic = {.message = ""};
        struct snv2_context_options options = {.threads = 2, .fusion = SNV2_FUSE_EVERYWHERE};
        struct snv2_model *model;
        struct snv2_context *context = NULL;
        ck_assert_int_lt(allowed, 1000);
        atomic_store(&allocations, 0);
        atomic_store(&allocation_budget, allowed);
        status = snv2_open_memory(bytes, size, &model, &diagnostic);
        if (status == SNV2_OK)
            status = snv2_context_new(model, &options, &context, &diagnostic);
        atomic_store(&allocation_budget, LONG_MAX);
        ck_assert(status == SNV2_OK || status == SNV2_NO_MEMORY);
        ck_assert_int_eq(status, status == SNV2_OK ? SNV2_OK : diagnostic.status);
        snv2_context_free(context);
        snv2_close(model);
    }
    ck_assert_int_gt(allowed, 4); /* it did fail, in several places */
}
END_TEST

START_TEST(test_float_mode) {
    struct results nearest, results;
    for (int i = 0; i < SAMPLE_INPUT; i++)
        input[i] /= 7;
    run_once(1, &nearest);
    ck_assert_int_eq(fesetround(FE_UPWARD), 0);
    run_once(1, &results);
    ck_assert_int_eq(fegetround(), FE_UPWARD); /* the caller's mode is the caller's again */
    fesetround(FE_TONEAREST);
    ck_assert_mem_eq(&nearest, &results, sizeof results);
#ifdef __SSE__
    /* A subnormal result stays, though the caller flushes them to zero. */
    unsigned saved = __builtin_ia32_stmxcsr();
    for (int i = 0; i < SAMPLE_INPUT; i++)
        input[i] = 1e-41f;
    for (uint32_t i = 0; i < builder.weights_count; i++)
        builder.weights[i] = 1;
    for (uint32_t i = 0; i < builder.command_count; i++)
        if (builder.commands[i].bias != UINT64_MAX)
            for (uint32_t lane = 0; lane < 32; lane++)
                builder.weights[builder.commands[i].bias / sizeof(float) + lane] = 0;
    free(bytes);
    bytes = builder_finish(&builder, &size);
    __builtin_ia32_ldmxcsr(saved | 0x8040);
    run_once(2, &results);
    unsigned after = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(saved);
    ck_assert_uint_eq(after & 0x8040, 0x8040);
    ck_assert(results.map[0] > 0);
#endif
}
END_TEST

START_TEST(test_options) {
    struct snv2_model *model = open_sample();
    struct snv2_context *context;
    struct snv2_diagnostic diagnostic;
    const int bad[] = {-1, 257};
    for (int i = 0; i < 2; i++) {
        struct snv2_context_options options = {.threads = bad[i]};
        ck_assert_int_eq(snv2_context_new(model, &options, &context, &diagnostic), SNV2_USAGE);
        ck_assert_ptr_null(context);
    }
    setenv("SNV2_CPU", "abacus", 1);
    ck_assert_int_eq(snv2_context_new(model, NULL, &context, &diagnostic), SNV2_USAGE);
    ck_assert_ptr_nonnull(strstr(diagnostic.message, "abacus"));
    unsetenv("SNV2_CPU");
    ck_assert_int_eq(snv2_context_new(model, NULL, &context, NULL), SNV2_OK);
    snv2_context_free(context);
    snv2_close(model);
    ck_assert_int_eq(snv2_open_memory(bytes + 1, size - 1, &model, &diagnostic), SNV2_USAGE);
    snv2_context_free(NULL);
    snv2_close(NULL);
}
END_TEST

/* ---- files ---- */

static char folder[] = "/tmp/snv2-test-XXXXXX";
static char path[64];

static void make_folder(void) {
    set_up();
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/model.snv2", folder);
}

static void remove_folder(void) {
    remove(path);
    rmdir(folder);
    tear_down();
}

static void write_file(size_t count) {
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
    ck_assert_int_eq(fclose(file), 0);
}

static void check_refused(const char *name, enum snv2_status expected, const char *text) {
    struct snv2_diagnostic diagnostic;
    struct snv2_model *model;
    ck_assert_int_eq(snv2_open(name, &model, &diagnostic), expected);
    ck_assert_ptr_null(model);
    ck_assert_str_eq(diagnostic.file, name);
    ck_assert_msg(strstr(diagnostic.message, text) != NULL, "'%s' is not in: %s", text,
                  diagnostic.message);
}

START_TEST(test_file) {
    struct snv2_model *model;
    struct results got, expected;
    write_file(size);
    ck_assert_int_eq(snv2_open(path, &model, NULL), SNV2_OK);
    remove(path); /* it may go while the model is open */
    struct snv2_context *context = new_context(model, 1);
    run(context, &got);
    run_once(1, &expected);
    ck_assert_mem_eq(&got, &expected, sizeof got);
    snv2_context_free(context);
    snv2_close(model);
}
END_TEST

START_TEST(test_bad_files) {
    check_refused(path, SNV2_NO_INPUT, "no such file");
    check_refused(folder, SNV2_BAD_MODEL, "not a regular file");
    check_refused("/dev/zero", SNV2_BAD_MODEL, "not a regular file");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    check_refused(path, SNV2_BAD_MODEL, "not a regular file"); /* and no wait for a writer */
    remove(path);
    write_file(0);
    check_refused(path, SNV2_BAD_MODEL, "empty");
    write_file(size / 2);
    check_refused(path, SNV2_BAD_MODEL, "bytes");
    write_file(size);
    chmod(path, 0);
    if (geteuid() != 0)
        check_refused(path, SNV2_PERMISSION, "permission");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("runtime");
    TCase *memory = tcase_create("from memory"), *files = tcase_create("from a file");
    tcase_set_timeout(memory, 60);
    tcase_add_checked_fixture(memory, set_up, tear_down);
    tcase_add_test(memory, test_numbers);
    tcase_add_test(memory, test_queries);
    tcase_add_test(memory, test_describe);
    tcase_add_test(memory, test_profile);
    tcase_add_test(memory, test_threads_give_the_same_bits);
    tcase_add_test(memory, test_kernels_give_the_same_bits);
    tcase_add_test(memory, test_rings_of_one_pixel);
    tcase_add_test(memory, test_schedule);
    tcase_add_test(memory, test_runs_repeat);
    tcase_add_test(memory, test_parallel_for);
    tcase_add_test(memory, test_contexts_share_a_model);
    tcase_add_test(memory, test_run_allocates_nothing);
    tcase_add_test(memory, test_fewer_images);
    tcase_add_test(memory, test_fixed_images);
    tcase_add_test(memory, test_images_out_of_memory);
    tcase_add_test(memory, test_out_of_memory);
    tcase_add_test(memory, test_float_mode);
    tcase_add_test(memory, test_options);
    suite_add_tcase(suite, memory);
    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_add_test(files, test_file);
    tcase_add_test(files, test_bad_files);
    suite_add_tcase(suite, files);
    return tap_run(suite);
}
