/* For tests: models become programs, and programs are compared without their names. */
#ifndef TESTS_PROGRAM_CASE_H
#define TESTS_PROGRAM_CASE_H

#include "interp/interp.h"
#include "lower/program.h"
#include "onnx/onnx.h"
#include "passes/pass.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static inline void check_ok(enum snv2_status status, const struct snv2_diagnostic *diagnostic) {
    ck_assert_msg(status == SNV2_OK, "%s", diagnostic->message);
}

static inline void run_all_passes(struct graph *graph) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    check_ok(infer_graph(graph, &diagnostic), &diagnostic);
    check_ok(passes_run(graph, pass_list, pass_count, NULL, NULL, NULL, NULL, &diagnostic),
             &diagnostic);
}

/* The program of a graph that has been through the passes, with its memory planned; NULL where
 * there is no command for one of its operators. */
static inline struct program *program_of_graph(const struct graph *graph) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct arena scratch;
    struct program *program = NULL;
    enum snv2_status status = lower_graph(graph, graph->arena, &program, &diagnostic);
    if (status == SNV2_UNSUPPORTED)
        return NULL;
    check_ok(status, &diagnostic);
    arena_init(&scratch, UINT64_MAX);
    check_ok(plan_memory(program, &scratch, &diagnostic), &diagnostic);
    arena_free(&scratch);
    return program;
}

/* For an unset dimension of the input, the image size that the networks were made for. */
static const struct input_shape image_shape = {NULL, {4, {1, 3, 224, 224}}, NULL};

static inline struct onnx_options options_for_image(bool unset_dims) {
    return (struct onnx_options){.input_shapes = &image_shape, .input_shape_count = unset_dims};
}

static inline void *copy_records(const void *records, size_t count, size_t bytes) {
    void *copy = malloc(count * bytes + 1);
    ck_assert_ptr_nonnull(copy);
    return memcpy(copy, records, count * bytes);
}

/* The commands, or tensors, with no names. To be freed. */
static inline struct snv2_blob_command *nameless_commands(const struct program *program) {
    struct snv2_blob_command *commands =
        copy_records(program->commands, program->command_count, sizeof *commands);
    for (uint32_t i = 0; i < program->command_count; i++)
        commands[i].name = 0;
    return commands;
}

static inline struct snv2_blob_tensor *nameless_tensors(const struct program *program) {
    struct snv2_blob_tensor *tensors =
        copy_records(program->tensors, program->tensor_count, sizeof *tensors);
    for (uint32_t i = 0; i < program->tensor_count; i++)
        tensors[i].name = 0;
    return tensors;
}

static inline bool same_records(const void *a, size_t a_count, const void *b, size_t b_count,
                                size_t bytes) {
    return a_count == b_count && memcmp(a, b, a_count * bytes) == 0;
}

/* What two programs differ in, names left aside; NULL where in nothing. Weights are compared where
 * `weights` is set, else only where they lie. */
static inline const char *program_difference(const struct program *a, const struct program *b,
                                             bool weights) {
    struct snv2_blob_command *commands = nameless_commands(a),
                             *other_commands = nameless_commands(b);
    struct snv2_blob_tensor *tensors = nameless_tensors(a), *other_tensors = nameless_tensors(b);
    const char *difference = NULL;
    if (!same_records(commands, a->command_count, other_commands, b->command_count,
                      sizeof *commands))
        difference = "commands";
    else if (!same_records(a->runs, a->run_count, b->runs, b->run_count, sizeof *a->runs))
        difference = "runs";
    else if (!same_records(tensors, a->tensor_count, other_tensors, b->tensor_count,
                           sizeof *tensors))
        difference = "tensors";
    else if (!same_records(a->marks, a->mark_count, b->marks, b->mark_count, sizeof *a->marks))
        difference = "unit marks";
    else if (a->arena_bytes != b->arena_bytes)
        difference = "arena";
    else if (a->weights_bytes != b->weights_bytes ||
             (weights && memcmp(a->weights, b->weights, a->weights_bytes) != 0))
        difference = "weights";
    free(commands);
    free(other_commands);
    free(tensors);
    free(other_tensors);
    return difference;
}

#endif
