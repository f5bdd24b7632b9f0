/* One network, one program: exporters' spellings of ShuffleNet V2, and any network whose values and
 * nodes have other names and whose nodes stand in another order, become the same commands,
 * operands, memory and weights. Networks are read where they stand beside the checkout, and the
 * bundled ones.
 */
#include "tests/tap.h"

#include "tests/program_case.h"
#include "tests/renamed_model.h"
#include "tests/same_graph.h"

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

enum { MAX_PATH = 4096, MAX_MODELS = 64 };

static const char *shared_models(void) {
    static char path[MAX_PATH];
    const char *shared = getenv("SNV2_SHARED");
    snprintf(path, sizeof path, "%s/models", shared ? shared : "../shared");
    return path;
}

/* A network beside the checkout; its unset dimensions are those of a picture. */
static struct program *shared_program(const char *name, struct arena *arena) {
    char path[2 * MAX_PATH];
    struct graph *graph;
    struct onnx_info info;
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct onnx_options options = options_for_image(strstr(name, "dynNHW") != NULL);
    snprintf(path, sizeof path, "%s/%s/model.onnx", shared_models(), name);
    arena_init(arena, UINT64_MAX);
    check_ok(onnx_load_file(path, &options, arena, &graph, &info, &diagnostic), &diagnostic);
    run_all_passes(graph);
    struct program *program = program_of_graph(graph);
    ck_assert_ptr_nonnull(program);
    return program;
}

/* ---- spellings ---- */

/* Weights are the same where both keep BatchNormalization, or one exporter folded both. */
static const struct {
    const char *name, *other;
    bool same_weights;
} spellings[] = {
    {"tv_snv2_x0_5_op11", "tv_snv2_x0_5_op11_constnodes", true},
    {"tv_snv2_x0_5_op11", "tv_snv2_x0_5_op11_external", true},
    {"tv_snv2_x0_5_op11", "tv_snv2_x0_5_op11_ir3_initinputs", true},
    {"tv_snv2_x0_5_op9_nofold_bn", "tv_snv2_x0_5_op16_functions", true},
    {"tv_snv2_x0_5_op9_nofold_bn", "tv_snv2_x0_5_op16_nofold_bn", true},
    {"tv_snv2_x0_5_op9_nofold_bn", "tv_snv2_x0_5_op17_dynNHW_nofold_bn", true},
    {"tv_snv2_x0_5_op9_nofold_bn", "tv_snv2_x0_5_op11", false},
    {"tv_snv2_x0_5_op11", "snv2_x0_5_conv_split_op11", false},
    {"tv_snv2_x0_5_op11", "snv2_x0_5_flat_slice_op16_bn", false},
    {"snv2_x0_5_flat_slice_op16_bn", "snv2_x0_5_gather_split_op12_dynNHW_nofold_bn", true},
    {"tv_snv2_x1_0_op13", "tv_snv2_x1_0_op17_nofold_bn", false},
};

START_TEST(test_one_program) {
    struct arena arena, other_arena;
    struct program *program = shared_program(spellings[_i].name, &arena);
    struct program *other = shared_program(spellings[_i].other, &other_arena);
    const char *difference = program_difference(program, other, spellings[_i].same_weights);
    ck_assert_msg(!difference, "%s and %s differ in their %s", spellings[_i].name,
                  spellings[_i].other, difference);
    arena_free(&arena);
    arena_free(&other_arena);
}
END_TEST

/* The channels-last export reads its input in another layout; all commands behind it are the same.
 */
START_TEST(test_channels_last) {
    struct arena arena, other_arena;
    struct program *program = shared_program("tv_snv2_x0_5_op11", &arena);
    struct program *other = shared_program("tfstyle_snv2_x0_5_op10", &other_arena);
    ck_assert_uint_eq(program->command_count, other->command_count);
    ck_assert_uint_eq(program->run_count, other->run_count);
    for (uint32_t c = 0; c < program->command_count; c++) {
        const struct snv2_blob_command *a = &program->commands[c], *b = &other->commands[c];
        ck_assert_uint_eq(a->opcode, b->opcode);
        ck_assert_uint_eq(a->activation, b->activation);
        ck_assert_uint_eq(a->weights, b->weights);
        ck_assert_mem_eq(a->operands, b->operands, sizeof a->operands);
        ck_assert_mem_eq(&a->window, &b->window, sizeof a->window);
    }
    ck_assert_uint_eq(program->mark_count, other->mark_count);
    ck_assert_mem_eq(program->marks, other->marks, program->mark_count * sizeof *program->marks);
    ck_assert_uint_eq(program_bytes_moved(other), 0);
    arena_free(&arena);
    arena_free(&other_arena);
}
END_TEST

/* ---- other names, another order ---- */

static char models[MAX_MODELS][2 * MAX_PATH];
static int model_count;

static void add_model(const char *path) {
    if (model_count < MAX_MODELS && access(path, R_OK) == 0)
        snprintf(models[model_count++], sizeof *models, "%s", path);
}

static void find_models(void) {
    static const char *const bundled[] = {"digits", "shufflenet_v2_x0_5",
                                          "shufflenet_v2_x0_5_authors"};
    char path[2 * MAX_PATH];
    const char *source = getenv("SNV2_SRCDIR");
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/models/%s.onnx", source ? source : ".", bundled[i]);
        add_model(path);
    }
    struct dirent **entries;
    int count = scandir(shared_models(), &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s/model.onnx", shared_models(), entries[i]->d_name);
        add_model(path);
        free(entries[i]);
    }
    if (count > 0)
        free(entries);
}

/* The model's bytes, renamed and reordered by `seed` (0: as they are), as a graph behind all
 * passes.
 */
static struct graph *renamed_graph(const char *path, uint64_t seed, struct arena *arena) {
    struct snv2_diagnostic diagnostic = {.message = ""};
    struct graph *graph;
    struct onnx_info info;
    struct renamed_model model = renamed_model_read(path, seed);
    char *folder = strdup(path);
    ck_assert_ptr_nonnull(folder);
    *strrchr(folder, '/') = '\0';
    enum snv2_status status = SNV2_USAGE; /* that a dimension is unset */
    for (int unset = 0; unset < 2 && status == SNV2_USAGE; unset++) {
        struct onnx_options options = options_for_image(unset);
        arena_init(arena, UINT64_MAX);
        status = onnx_load_memory(model.bytes, model.size, folder, &options, arena, &graph, &info,
                                  &diagnostic);
        if (status != SNV2_OK)
            arena_free(arena);
    }
    free(folder);
    free(model.bytes);
    check_ok(status, &diagnostic);
    run_all_passes(graph);
    return graph;
}

START_TEST(test_names_and_order) {
    struct arena arena, other_arena;
    struct graph *graph = renamed_graph(models[_i], 0, &arena);
    struct graph *other_graph = renamed_graph(models[_i], (uint64_t)_i + 1, &other_arena);
    check_same_nodes(graph, other_graph);
    const struct program *program = program_of_graph(graph);
    const struct program *other = program_of_graph(other_graph);
    ck_assert_msg(!program == !other, "%s: only one is supported", models[_i]);
    const char *difference = program ? program_difference(program, other, true) : NULL;
    ck_assert_msg(!difference, "%s: differs in %s", models[_i], difference);
    arena_free(&arena);
    arena_free(&other_arena);
}
END_TEST

int main(void) {
    find_models();
    Suite *suite = suite_create("spellings");
    TCase *tests = tcase_create("spellings");
    tcase_set_timeout(tests, 60);
    if (access(shared_models(), R_OK) == 0) {
        tcase_add_loop_test(tests, test_one_program, 0,
                            (int)(sizeof spellings / sizeof *spellings));
        tcase_add_test(tests, test_channels_last);
    }
    tcase_add_loop_test(tests, test_names_and_order, 0, model_count);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
