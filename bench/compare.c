/* compare: this runtime beside ONNX Runtime on the same networks and inputs, in one process and
 * turn by turn. Command line in, tables out. */
#include "base/write_file.h"
#include "bench/results.h"
#include "cli/program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum long_option {
    OPTION_ORT = CLI_LONG,
    OPTION_OTHER,
    OPTION_ROUNDS,
    OPTION_THREADS,
    OPTION_LOADS,
    OPTION_CONVERT,
    OPTION_INPUT_SHAPE,
    OPTION_JSON,
    OPTION_MARKDOWN,
};

static const struct cli_option option_table[] = {
    {0, NULL, NULL, "With what"},
    {OPTION_ORT, "ort", "LIBRARY", "ONNX Runtime's libonnxruntime.so"},
    {OPTION_OTHER, "other", "COMMAND",
     "another runner: the shell runs COMMAND MODEL.onnx THREADS each round, and it prints the "
     "milliseconds of a run"},
    {0, NULL, NULL, "What is measured"},
    {OPTION_ROUNDS, "rounds", "N", "rounds of each contender; 20 if not given"},
    {OPTION_THREADS, "threads", "N", "use N threads; may be repeated; 1 and 2 if not given"},
    {OPTION_LOADS, "loads", "N",
     "measure the time from load to first result N times; 20 if not given, 0: not"},
    {0, NULL, NULL, "Models without a blob"},
    {OPTION_CONVERT, "convert", "PROGRAM", "what converts them; ./snv2-convert if not given"},
    {OPTION_INPUT_SHAPE, "input-shape", "SHAPE", "passed on to it; may be repeated"},
    {0, NULL, NULL, "Report"},
    {OPTION_JSON, "json", "FILE", "write all figures to FILE"},
    {OPTION_MARKDOWN, "markdown", "FILE", "write the tables to FILE too"},
    CLI_HELP_OPTION,
    CLI_VERSION_OPTION,
};

static const struct cli_program program = {
    .name = "compare",
    .operands = "MODEL.onnx[:MODEL.snv2]...",
    .purpose = "Times networks in this runtime and in others.",
    .options = option_table,
    .option_count = sizeof option_table / sizeof *option_table,
    .epilogue = "Described in doc/BENCHMARKS.md.\n",
};

enum { THREADS_MAX = 256, THREAD_COUNTS_MAX = 16 };

struct settings {
    const char *library, *other, *json, *markdown;
    struct converter converter;
    const char **input_shapes; /* room for one for each word of the command line */
    int64_t rounds, loads;
    int threads[THREAD_COUNTS_MAX], thread_counts;
    char **operands;
    int operand_count;
};

static enum snv2_status add_threads(struct settings *settings, const char *argument,
                                    struct snv2_diagnostic *diagnostic) {
    int64_t threads = 1;
    enum snv2_status status =
        cli_integer("--threads", argument, 1, THREADS_MAX, &threads, diagnostic);
    if (status != SNV2_OK)
        return status;
    if (settings->thread_counts == THREAD_COUNTS_MAX)
        return diagnose(diagnostic, SNV2_USAGE, "--threads is there more than %d times",
                        THREAD_COUNTS_MAX);
    settings->threads[settings->thread_counts++] = (int)threads;
    return SNV2_OK;
}

static enum snv2_status handle_option(void *user, int code, const char *argument,
                                      struct snv2_diagnostic *diagnostic) {
    struct settings *settings = user;
    switch (code) {
    case OPTION_ORT:
        settings->library = argument;
        return SNV2_OK;
    case OPTION_OTHER:
        settings->other = argument;
        return SNV2_OK;
    case OPTION_ROUNDS:
        return cli_integer("--rounds", argument, 1, SAMPLES_MAX, &settings->rounds, diagnostic);
    case OPTION_THREADS:
        return add_threads(settings, argument, diagnostic);
    case OPTION_LOADS:
        return cli_integer("--loads", argument, 0, SAMPLES_MAX, &settings->loads, diagnostic);
    case OPTION_CONVERT:
        settings->converter.program = argument;
        return SNV2_OK;
    case OPTION_INPUT_SHAPE:
        settings->input_shapes[settings->converter.input_shape_count++] = argument;
        return SNV2_OK;
    case OPTION_JSON:
        settings->json = argument;
        return SNV2_OK;
    case OPTION_MARKDOWN:
        settings->markdown = argument;
        return SNV2_OK;
    default:
        return diagnose(diagnostic, SNV2_INTERNAL, "an option is in the table and not handled");
    }
}

static void describe_machine(struct results *results) {
    time_t now = time(NULL);
    struct tm utc;
    strftime(results->date, sizeof results->date, "%Y-%m-%d", gmtime_r(&now, &utc));
    results->processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (getloadavg(&results->load_average, 1) != 1)
        results->load_average = NAN;
    strcpy(results->processor, "unknown processor");
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];
    while (file && fgets(line, sizeof line, file)) {
        char *value = strstr(line, ": ");
        if (strncmp(line, "model name", 10) != 0 || !value)
            continue;
        value[strcspn(value, "\n")] = '\0';
        sanitize_text(results->processor, sizeof results->processor, value + 2);
        break;
    }
    if (file)
        fclose(file);
}

/* Before anything large is loaded, since the processes that load inherit what this one holds. */
static enum snv2_status compare_loads(struct results *results, struct arena *arena,
                                      struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    for (int i = 0; i < results->comparison_count && results->load_count; i++) {
        struct comparison *comparison = &results->comparisons[i];
        void **outputs = subject_outputs(&comparison->subject, arena);
        if (!outputs)
            return diagnose_no_memory(diagnostic);
        for (int k = 0; k < OTHER && status == SNV2_OK; k++)
            if (results->rivals->engines[k])
                status =
                    measure_first_result(results->rivals->engines[k], &comparison->subject, outputs,
                                         results->load_count, &comparison->first[k], diagnostic);
        if (status != SNV2_OK)
            diagnostic_set_file(diagnostic, comparison->subject.model);
    }
    return status;
}

static enum snv2_status compare_speed(const struct settings *settings, struct results *results,
                                      struct arena *arena, struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    for (int i = 0; i < results->comparison_count && status == SNV2_OK; i++) {
        struct comparison *comparison = &results->comparisons[i];
        const struct subject *subject = &comparison->subject;
        void **const outputs[OTHER] = {subject_outputs(subject, arena),
                                       subject_outputs(subject, arena)};
        comparison->rounds =
            arena_alloc(arena, (size_t)settings->thread_counts, sizeof *comparison->rounds);
        if (!outputs[SNV2] || !outputs[ONNXRUNTIME] || !comparison->rounds)
            return diagnose_no_memory(diagnostic);
        for (int k = 0; k < settings->thread_counts && status == SNV2_OK; k++)
            status = measure_rounds(results->rivals, subject, settings->threads[k],
                                    (int)settings->rounds, outputs, arena, &comparison->rounds[k],
                                    diagnostic);
        comparison->difference =
            results->rivals->engines[ONNXRUNTIME]
                ? subject_difference(subject, outputs[SNV2], outputs[ONNXRUNTIME])
                : NAN;
    }
    return status;
}

static enum snv2_status write_text(const char *path, char *text,
                                   struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = text ? write_file(path, NULL, text, strlen(text), diagnostic)
                                   : diagnose_no_memory(diagnostic);
    free(text);
    return status;
}

static enum snv2_status write_markdown(const struct results *results, const char *path,
                                       struct snv2_diagnostic *diagnostic) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        return diagnose_no_memory(diagnostic);
    print_markdown(results, stream);
    bool failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed) {
        free(text);
        text = NULL;
    }
    return write_text(path, text, diagnostic);
}

static enum snv2_status report(const struct settings *settings, const struct results *results,
                               struct snv2_diagnostic *diagnostic) {
    enum snv2_status status = SNV2_OK;
    print_markdown(results, stdout);
    if (settings->markdown)
        status = write_markdown(results, settings->markdown, diagnostic);
    if (status == SNV2_OK && settings->json)
        status = write_text(settings->json, results_json(results), diagnostic);
    return status;
}

static enum snv2_status compare_all(const struct settings *settings, struct results *results,
                                    struct arena *arena, struct snv2_diagnostic *diagnostic) {
    struct engine engines[OTHER] = {snv2_engine, onnxruntime_engine};
    struct rivals rivals = {.engines = {&engines[SNV2]}, .other = settings->other};
    engines[ONNXRUNTIME].library = settings->library;
    if (settings->library)
        rivals.engines[ONNXRUNTIME] = &engines[ONNXRUNTIME];
    results->rivals = &rivals;
    enum snv2_status status = SNV2_OK;
    for (int i = 0; i < results->comparison_count && status == SNV2_OK; i++)
        status = subject_prepare(settings->operands[i], &settings->converter, arena,
                                 &results->comparisons[i].subject, diagnostic);
    if (status == SNV2_OK)
        status = compare_loads(results, arena, diagnostic);
    for (int i = 0; i < OTHER && status == SNV2_OK; i++)
        if (rivals.engines[i])
            status = engines[i].load(&engines[i], diagnostic);
    if (status == SNV2_OK)
        status = compare_speed(settings, results, arena, diagnostic);
    if (status == SNV2_OK)
        status = report(settings, results, diagnostic);
    return status;
}

static enum snv2_status compare(const struct settings *settings, struct arena *arena,
                                struct snv2_diagnostic *diagnostic) {
    size_t count = (size_t)settings->operand_count;
    struct results results = {
        .comparisons = arena_alloc(arena, count, sizeof *results.comparisons),
        .comparison_count = settings->operand_count,
        .thread_counts = settings->thread_counts,
        .round_count = (int)settings->rounds,
        .load_count = (int)settings->loads,
    };
    if (!results.comparisons)
        return diagnose_no_memory(diagnostic);
    describe_machine(&results);
    enum snv2_status status = compare_all(settings, &results, arena, diagnostic);
    for (size_t i = 0; i < count; i++)
        subject_end(&results.comparisons[i].subject);
    return status;
}

static int run(int argc, char **argv, struct arena *arena) {
    struct snv2_diagnostic diagnostic = {.offset = -1};
    struct settings settings = {
        .converter = {.program = "./snv2-convert"},
        .input_shapes = arena_alloc(arena, (size_t)argc, sizeof *settings.input_shapes),
        .rounds = 20,
        .loads = 20,
    };
    int first;
    bool done = false;
    if (!settings.input_shapes)
        return cli_end(&program, diagnose_no_memory(&diagnostic), &diagnostic);
    enum snv2_status status =
        cli_parse(&program, argc, argv, handle_option, &settings, &first, &done, &diagnostic);
    if (status == SNV2_OK && !done && first == argc)
        status = diagnose(&diagnostic, SNV2_USAGE, "there is no model");
    if (status != SNV2_OK)
        return cli_usage_error(&program, &diagnostic);
    if (!done) {
        settings.converter.input_shapes = settings.input_shapes;
        settings.operands = argv + first;
        settings.operand_count = argc - first;
        if (!settings.thread_counts) {
            settings.threads[settings.thread_counts++] = 1;
            settings.threads[settings.thread_counts++] = 2;
        }
        status = compare(&settings, arena, &diagnostic);
    }
    return cli_end(&program, status, &diagnostic);
}

int main(int argc, char **argv) {
    struct arena arena;
    cli_begin();
    arena_init(&arena, UINT64_MAX);
    int status = run(argc, argv, &arena);
    arena_free(&arena);
    return status;
}
