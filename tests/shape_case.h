/* For tests of shape rules: the last node of a graph is written out with its types and explicit
 * attributes, or is refused with a status and a message. */
#ifndef TESTS_SHAPE_CASE_H
#define TESTS_SHAPE_CASE_H

#include "tests/tap.h"

#include "ir/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct good {
    const char *text;   /* the graph but for its outputs */
    const char *result; /* its last line */
};

struct bad {
    const char *text;
    enum snv2_status status;
    const char *message; /* a part of it */
};

/* The graph's text from its last node on. */
static inline char *last_line(const struct graph *graph) {
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_int_eq(graph_write_text(graph, TEXT_CONSTANTS_SHORT, stream, NULL), SNV2_OK);
    fclose(stream);
    while (size && text[size - 1] == '\n')
        text[--size] = '\0';
    char *line = strrchr(text, '\n');
    memmove(text, line + 1, strlen(line));
    return text;
}

static inline void check_good(const struct good *good) {
    struct arena arena, scratch;
    struct snv2_diagnostic diagnostic = {.status = SNV2_OK};
    struct graph *graph;
    arena_init(&arena, UINT64_MAX);
    arena_init(&scratch, UINT64_MAX);
    if (graph_read_text(good->text, &arena, &graph, &diagnostic) != SNV2_OK)
        ck_abort_msg("%s\n%s", diagnostic.message, good->text);
    if (infer_node(graph, graph->last, &diagnostic) != SNV2_OK) /* again */
        ck_abort_msg("%s\n%s", diagnostic.message, good->text);
    if (graph_verify(graph, &scratch, &diagnostic) != SNV2_OK)
        ck_abort_msg("%s\n%s", diagnostic.message, good->text);
    char *line = last_line(graph);
    ck_assert_str_eq(line, good->result);
    free(line);
    arena_free(&arena);
    arena_free(&scratch);
}

static inline void check_bad(const struct bad *bad) {
    struct arena arena;
    struct snv2_diagnostic diagnostic = {.status = SNV2_OK};
    struct graph *graph;
    arena_init(&arena, UINT64_MAX);
    enum snv2_status status = graph_read_text(bad->text, &arena, &graph, &diagnostic);
    if (status == SNV2_OK) /* the reader leaves what is not supported as it is */
        status = infer_node(graph, graph->last, &diagnostic);
    ck_assert_msg(status == bad->status, "status %d: %s\n%s", status, diagnostic.message,
                  bad->text);
    ck_assert_msg(strstr(diagnostic.message, bad->message), "%s\n%s", diagnostic.message,
                  bad->text);
    ck_assert_int_eq(diagnostic.status, status);
    ck_assert(diagnostic.node[0] && diagnostic.op[0]);
    arena_free(&arena);
}

#endif
