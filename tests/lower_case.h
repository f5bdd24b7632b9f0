/* What the tests of lowering share: a graph read from text, and its program, in one arena. */
#ifndef TESTS_LOWER_CASE_H
#define TESTS_LOWER_CASE_H

#include "tests/tap.h"

#include "ir/text.h"
#include "lower/program.h"

static struct arena arena;
static struct snv2_diagnostic diagnostic;

static void setup(void) {
    arena_init(&arena, UINT64_MAX);
}

static void teardown(void) {
    arena_free(&arena);
}

static struct graph *read_graph(const char *text) {
    struct graph *graph = NULL;
    enum snv2_status status = graph_read_text(text, &arena, &graph, &diagnostic);
    ck_assert_msg(status == SNV2_OK, "%s\n%s", diagnostic.message, text);
    return graph;
}

static struct program *lower(const struct graph *graph) {
    struct program *program = NULL;
    enum snv2_status status = lower_graph(graph, &arena, &program, &diagnostic);
    ck_assert_msg(status == SNV2_OK, "%s", diagnostic.message);
    return program;
}

#endif
