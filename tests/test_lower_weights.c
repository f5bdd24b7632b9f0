/* Lowering: the weights of commands, element by element, and constants that are read as maps. */
#include "tests/lower_case.h"

#include <string.h>

static const struct snv2_blob_command *find_command(const struct program *program,
                                                    const char *name) {
    for (uint32_t i = 0; i < program->command_count; i++)
        if (!strcmp(program->strings + program->commands[i].name, name))
            return &program->commands[i];
    ck_abort_msg("no command %s", name);
}

static const float *floats_at(const struct program *program, uint64_t offset) {
    ck_assert_uint_eq(offset % SNV2_BLOB_ALIGNMENT, 0);
    ck_assert_uint_lt(offset, program->weights_bytes);
    return (const float *)(program->weights + offset);
}

static const float *constant(const struct graph *graph, const char *name) {
    return graph_find_value(graph, name)->data;
}

/* [group][block][tap][input][lane] against weights [output][input][tap]; lanes past the group's
 * outputs are zero. */
static void check_conv(const struct program *program, const struct graph *graph, const char *name,
                       const char *weights, const char *bias, int groups, int outputs, int taps,
                       int inputs) {
    const struct snv2_blob_command *command = find_command(program, name);
    const float *packed = floats_at(program, command->weights);
    const float *packed_bias = floats_at(program, command->bias);
    const float *w = constant(graph, weights), *b = bias ? constant(graph, bias) : NULL;
    int blocks = (outputs + 15) / 16;
    for (int g = 0; g < groups; g++)
        for (int m = 0; m < blocks * 16; m++) {
            int64_t block = (int64_t)g * blocks + m / 16;
            float expected_bias = b && m < outputs ? b[g * outputs + m] : 0;
            ck_assert_float_eq(packed_bias[block * 16 + m % 16], expected_bias);
            for (int t = 0; t < taps; t++)
                for (int k = 0; k < inputs; k++) {
                    float found = packed[((block * taps + t) * inputs + k) * 16 + m % 16];
                    float expected =
                        m < outputs ? w[((int64_t)(g * outputs + m) * inputs + k) * taps + t] : 0;
                    ck_assert_float_eq(found, expected);
                }
        }
}

START_TEST(test_conv_weights) {
    struct graph *graph = read_graph("graph g\n"
                                     "input x: float32[1,3,6,6]\n"
                                     "const w: float32[36,3,3,2] = random(1)\n"
                                     "const wb: float32[36] = random(2)\n"
                                     "const d: float32[36,1,2,3] = random(3)\n"
                                     "const db: float32[36] = random(4)\n"
                                     "const g: float32[51,12,2,1] = random(5)\n"
                                     "const gb: float32[51] = random(6)\n"
                                     "const p: float32[16,51,1,1] = random(7)\n"
                                     "a = Conv(x, w, wb)\n"
                                     "b = Conv(a, d, db) {group=36}\n"
                                     "c = Conv(b, g, gb) {group=3}\n"
                                     "e = Conv(c, p)\n"
                                     "output e\n");
    struct program *program = lower(graph);
    check_conv(program, graph, "a", "w", "wb", 1, 36, 6, 3);
    check_conv(program, graph, "b", "d", "db", 1, 36, 6, 1);
    check_conv(program, graph, "c", "g", "gb", 3, 17, 2, 12);
    check_conv(program, graph, "e", "p", NULL, 1, 16, 1, 51);
    uint64_t floats = 48 * 19 + 48 * 7 + 3 * 32 * 25 + 16 * 52;
    ck_assert_uint_eq(program->weights_bytes, floats * sizeof(float));
}
END_TEST

static const struct {
    const char *operand, *attributes; /* of C, and of the Gemm */
    bool transposed, scalar;
    float alpha, beta;
} gemms[] = {
    {"float32[18]", "", false, false, 1, 1},
    {"float32[1,18]", "{transB=1}", true, false, 1, 1},
    {"float32[]", "{alpha=0.7, beta=-3}", false, true, 0.7f, -3},
    {"float32[1,1]", "{transB=1, alpha=2}", true, true, 2, 1},
    {NULL, "{beta=0.5}", false, false, 1, 0},
};

START_TEST(test_gemm_weights) {
    enum { INPUTS = 5, OUTPUTS = 18 };
    char text[512];
    snprintf(text, sizeof text,
             "graph g\n"
             "input x: float32[1,5]\n"
             "const w: float32[%s] = random(1)\n"
             "const c: %s = random(2)\n"
             "y = Gemm(x, w, %s) %s\n"
             "output y\n",
             gemms[_i].transposed ? "18,5" : "5,18",
             gemms[_i].operand ? gemms[_i].operand : "float32[18]", gemms[_i].operand ? "c" : "_",
             gemms[_i].attributes);
    struct graph *graph = read_graph(text);
    struct program *program = lower(graph);
    const struct snv2_blob_command *command = find_command(program, "y");
    const float *packed = floats_at(program, command->weights);
    const float *bias = floats_at(program, command->bias);
    const float *w = constant(graph, "w"), *c = constant(graph, "c");
    for (int m = 0; m < 32; m++) {
        float expected = m < OUTPUTS ? gemms[_i].beta * c[gemms[_i].scalar ? 0 : m] : 0;
        ck_assert_float_eq(bias[m], expected);
        for (int k = 0; k < INPUTS; k++) {
            float weight = m >= OUTPUTS           ? 0
                           : gemms[_i].transposed ? w[m * INPUTS + k]
                                                  : w[k * OUTPUTS + m];
            ck_assert_float_eq(packed[(m / 16 * INPUTS + k) * 16 + m % 16],
                               gemms[_i].alpha * weight);
        }
    }
}
END_TEST

/* A constant that is read like a feature map is stored as one. */
START_TEST(test_constant_feature_map) {
    struct graph *graph = read_graph("graph g\n"
                                     "input x: float32[2,18,3,2]\n"
                                     "const k: float32[2,18,3,2] = random(1)\n"
                                     "y = Add(x, k)\n"
                                     "output y\n");
    struct program *program = lower(graph);
    const struct snv2_blob_command *command = find_command(program, "y");
    const struct snv2_blob_run *run = &program->runs[command->operands[1].first_run];
    const struct snv2_blob_tensor *tensor = &program->tensors[run->tensor];
    ck_assert_int_eq(tensor->place, SNV2_PLACE_WEIGHTS);
    ck_assert_int_eq(tensor->strides[3], 32);
    ck_assert_uint_eq(tensor->bytes, 2 * 6 * 32 * sizeof(float));
    const float *stored = floats_at(program, tensor->offset), *k = constant(graph, "k");
    for (int n = 0; n < 2; n++)
        for (int c = 0; c < 32; c++)
            for (int pixel = 0; pixel < 6; pixel++)
                ck_assert_float_eq(stored[(n * 6 + pixel) * 32 + c],
                                   c < 18 ? k[(n * 18 + c) * 6 + pixel] : 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("lower weights");
    TCase *tests = tcase_create("weights");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_conv_weights);
    tcase_add_loop_test(tests, test_gemm_weights, 0, sizeof gemms / sizeof *gemms);
    tcase_add_test(tests, test_constant_feature_map);
    suite_add_tcase(suite, tests);
    return tap_run(suite);
}
