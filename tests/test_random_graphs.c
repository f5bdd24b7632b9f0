/* Random graphs, each converted in every way and compared with the oracle.
 *
 *   test_random_graphs [--jobs N] [--seeds FIRST..LAST] [--compiler CC] [--print SEED]
 *
 * With a compiler, each is converted to C alone.
 *
 * Each graph has a process of its own, so that a crash is a failure as any other; a graph that
 * fails is made smaller, and printed in the text form of ir/text.h. Prints TAP. */
#include "tests/random_maker.h"
#include "tests/random_shrink.h"
#include "tests/random_ways.h"

#include "interp/interp.h"
#include "ir/text.h"
#include "passes/pass.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    GRAPHS = 300,        /* of `make check` */
    ENOUGH_GRAPHS = 300, /* from so many on, every operator is to occur */
    JOBS_MAX = 64,
    SECONDS_MAX = 120, /* for one graph in all its ways */
};

/* What a child says; in memory that it shares with its parent. */
struct result {
    struct way_counts counts;
    int made[OP_COUNT]; /* nodes as they were made */
    struct disagreement found;
    bool failed;
};

static void *share(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

/* ---- one graph ---- */

struct suspect {
    uint64_t seed;
    int way;
    struct result *result;
};

/* Checks in a process of its own; true where something does not agree. */
static bool fails_in_child(void *user, const struct graph *graph) {
    struct suspect *suspect = user;
    struct disagreement *found = &suspect->result->found;
    int status;
    *found = (struct disagreement){.way = suspect->way};
    pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS_MAX);
        check_ways(graph, suspect->seed, suspect->way, &suspect->result->counts, found);
        _exit(EXIT_SUCCESS);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort();
    if (WIFSIGNALED(status))
        snprintf(found->text, sizeof found->text, "signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != EXIT_SUCCESS)
        snprintf(found->text, sizeof found->text, "exit status %d", WEXITSTATUS(status));
    return *found->text != '\0';
}

static void print_graph(const struct graph *graph, const char *prefix) {
    char *text = NULL;
    size_t size = 0;
    struct snv2_diagnostic diagnostic;
    FILE *stream = open_memstream(&text, &size);
    if (!stream || graph_write_text(graph, TEXT_CONSTANTS_FULL, stream, &diagnostic) != SNV2_OK)
        abort();
    fclose(stream);
    for (char *rest = text, *line; (line = strsep(&rest, "\n")) && *line;)
        printf("%s%s\n", prefix, line);
    free(text);
}

static void test_seed(uint64_t seed, int way, struct result *result) {
    struct arena arena;
    char name[64];
    struct suspect suspect = {seed, way, result};
    arena_init(&arena, UINT64_MAX);
    struct graph *graph = random_graph(seed, &arena);
    for (const struct node *node = graph->first; node; node = node->next)
        result->made[node->op]++;
    if (fails_in_child(&suspect, graph)) {
        result->failed = true;
        printf("# seed %" PRIu64 " %s: %s\n", seed, way_name(result->found.way, name),
               result->found.text);
        suspect.way = result->found.way;
        struct graph *small = shrink(graph, fails_in_child, &suspect, &arena);
        fails_in_child(&suspect, small);
        printf("# smallest: %s\n", result->found.text);
        print_graph(small, "# ");
        fflush(stdout);
    }
    arena_free(&arena);
}

/* ---- those of random_cases.txt ---- */

/* The text, to be freed; "" where there is none. */
static char *read_cases(void) {
    const char *source = getenv("SNV2_SRCDIR");
    char path[4096], *text = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "%s/tests/random_cases.txt", source ? source : ".");
    FILE *file = fopen(path, "r");
    ssize_t length = file ? getdelim(&text, &size, '\0', file) : -1;
    if (file)
        fclose(file);
    if (length < 0)
        printf("# cannot read %s\n", path);
    return text;
}

/* One case: a line that says what it is, and the graph. */
static bool case_fails(const char *head, int way, struct result *result) {
    struct arena arena;
    struct graph *graph;
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct suspect suspect = {0, way, result};
    const char *text = strchr(head, '\n');
    bool failed = true;
    arena_init(&arena, UINT64_MAX);
    if (!text || graph_read_text(text, &arena, &graph, &diagnostic) != SNV2_OK ||
        infer_graph(graph, &diagnostic) != SNV2_OK)
        snprintf(result->found.text, sizeof result->found.text, "%.400s", diagnostic.message);
    else
        failed = fails_in_child(&suspect, graph);
    if (failed)
        printf("# %.*s: %s\n", (int)strcspn(head, "\n"), head, result->found.text);
    arena_free(&arena);
    return failed;
}

static int test_cases(int way, int *count) {
    static const char mark[] = "\n=== ";
    struct result *result = share(sizeof *result);
    char *text = read_cases();
    int failed = text == NULL;
    *count = 0;
    for (char *head = text ? strstr(text, mark) : NULL, *next; head; head = next) {
        head += strlen(mark);
        next = strstr(head, mark);
        if (next)
            *next = '\0';
        failed += case_fails(head, way, result);
        ++*count;
    }
    free(text);
    return failed;
}

/* ---- a range of them ---- */

struct plan {
    uint64_t first, last;
    int jobs, way;
};

struct job {
    pid_t child;
    uint64_t seed;
    struct result *result;
};

static void add_counts(int *sums, const int *counts, int count) {
    for (int i = 0; i < count; i++)
        sums[i] += counts[i];
}

static void add_result(struct result *sum, const struct result *result) {
    add_counts(sum->made, result->made, OP_COUNT);
    add_counts(sum->counts.operators, result->counts.operators, OP_COUNT);
    add_counts(sum->counts.tried, result->counts.tried, WAY_COUNT);
    add_counts(sum->counts.refused, result->counts.refused, WAY_COUNT);
    sum->counts.roundings += result->counts.roundings;
}

static void start(struct job *job, uint64_t seed, int way) {
    memset(job->result, 0, sizeof *job->result);
    job->seed = seed;
    fflush(stdout);
    job->child = fork();
    if (job->child < 0)
        abort();
    if (job->child == 0) {
        test_seed(seed, way, job->result);
        _exit(EXIT_SUCCESS);
    }
}

/* Waits for any; true where it failed. */
static bool end(struct job *jobs, int count, struct result *sum) {
    int status;
    pid_t child = wait(&status);
    struct job *job = jobs;
    while (job < jobs + count && job->child != child)
        job++;
    if (job == jobs + count)
        abort();
    job->child = 0;
    add_result(sum, job->result);
    if (*job->result->counts.refusal && getenv("SNV2_RANDOM_VERBOSE"))
        printf("# seed %" PRIu64 " refused: %s\n", job->seed, job->result->counts.refusal);
    if (status == 0)
        return job->result->failed;
    printf("# seed %" PRIu64 ": making the graph ended with status %d\n", job->seed, status);
    return true;
}

static int test_range(const struct plan *plan, struct result *sum) {
    struct job jobs[JOBS_MAX] = {0};
    int running = 0, failed = 0;
    for (int i = 0; i < plan->jobs; i++)
        jobs[i].result = share(sizeof *jobs[i].result);
    for (uint64_t seed = plan->first; seed <= plan->last; seed++) {
        if (running == plan->jobs) {
            failed += end(jobs, plan->jobs, sum);
            running--;
        }
        struct job *job = jobs;
        while (job->child)
            job++;
        start(job, seed, plan->way);
        running++;
    }
    while (running-- > 0)
        failed += end(jobs, plan->jobs, sum);
    return failed;
}

/* ---- what was done ---- */

static void print_ways(const struct way_counts *counts) {
    char name[64];
    for (int i = 0; i < WAY_COUNT; i++)
        if (counts->tried[i])
            printf("# %6d conversions %s, %d of them refused\n", counts->tried[i],
                   way_name(i, name), counts->refused[i]);
    printf("# %6d outputs over the check's limit by no more than noise\n", counts->roundings);
}

/* The operators that have a command and never had one. */
static int print_operators(const struct result *sum, bool is_enough) {
    static const bool lowered[OP_COUNT] = {
#define LOWERING(op, ...) [OP_##op] = true,
#include "lower/lowerings.def"
#undef LOWERING
    };
    int missing = 0;
    printf("# operators, as made and as lowered:");
    for (int i = 0; i < OP_COUNT; i++) {
        printf("%s %s %d %d", i % 5 ? "," : "\n#  ", op_infos[i].name, sum->made[i],
               sum->counts.operators[i]);
        missing += lowered[i] && sum->counts.operators[i] == 0;
    }
    printf("\n");
    for (int i = 0; i < OP_COUNT && is_enough; i++)
        if (lowered[i] && sum->counts.operators[i] == 0)
            printf("# %s was never lowered\n", op_infos[i].name);
    return missing;
}

static int print_one(uint64_t seed) {
    struct arena arena;
    arena_init(&arena, UINT64_MAX);
    print_graph(random_graph(seed, &arena), "");
    arena_free(&arena);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    struct plan plan = {.last = GRAPHS - 1, .jobs = 1, .way = WAY_EVERY};
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--print") == 0)
            return print_one(strtoull(value, NULL, 10));
        if (strcmp(argv[i], "--jobs") == 0)
            plan.jobs = atoi(value);
        else if (strcmp(argv[i], "--compiler") == 0 && setenv("SNV2_RANDOM_CC", value, 1) == 0)
            plan.way = WAY_C;
        else if (strcmp(argv[i], "--seeds") != 0 ||
                 sscanf(value, "%" SCNu64 "..%" SCNu64, &plan.first, &plan.last) != 2)
            plan.jobs = 0;
    }
    if (plan.jobs < 1 || plan.jobs > JOBS_MAX || plan.last < plan.first) {
        fprintf(stderr,
                "usage: %s [--jobs N] [--seeds FIRST..LAST] [--compiler CC] [--print SEED]\n",
                argv[0]);
        return EXIT_FAILURE;
    }
    struct result *sum = calloc(1, sizeof *sum);
    if (!sum)
        abort();
    int failed = test_range(&plan, sum);
    print_ways(&sum->counts);
    bool is_enough = plan.last - plan.first + 1 >= ENOUGH_GRAPHS;
    int missing = print_operators(sum, is_enough), case_count;
    int failed_cases = test_cases(plan.way, &case_count);
    printf("1..3\n%s 1 - graphs %" PRIu64 "..%" PRIu64 ": %d fail\n", failed ? "not ok" : "ok",
           plan.first, plan.last, failed);
    printf("%s 2 - operators with a command: %d never occurred%s\n",
           missing && is_enough ? "not ok" : "ok", missing,
           is_enough ? "" : " # SKIP too few graphs");
    printf("%s 3 - %d graphs that failed once: %d fail\n", failed_cases ? "not ok" : "ok",
           case_count, failed_cases);
    free(sum);
    return failed || failed_cases || (missing && is_enough) ? EXIT_FAILURE : EXIT_SUCCESS;
}
