/* Conv and the pools against direct evaluations of their definitions, over random parameters. */
#include "tests/interp_case.h"
#include "tests/tap.h"

#include <string.h>

/* A small linear congruential generator: the cases must be the same on every machine. */
struct dice {
    uint64_t state;
};

static int roll(struct dice *dice, int low, int high) {
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return low + (int)((dice->state >> 33) % (uint64_t)(high - low + 1));
}

struct geometry {
    int n, channels, in[2], kernel[2], stride[2], dilation[2], pad[4], ceil_mode;
};

static bool kernel_fits(const struct geometry *g) {
    for (int d = 0; d < 2; d++)
        if (g->in[d] + g->pad[d] + g->pad[2 + d] < (g->kernel[d] - 1) * g->dilation[d] + 1)
            return false;
    return true;
}

static struct geometry random_geometry(struct dice *dice, bool is_pool) {
    struct geometry g;
    do {
        g.n = roll(dice, 1, 2);
        g.channels = roll(dice, 1, 3);
        g.ceil_mode = is_pool && roll(dice, 0, 1);
        for (int d = 0; d < 2; d++) {
            g.in[d] = roll(dice, 3, 8);
            g.kernel[d] = roll(dice, 1, 4);
            g.stride[d] = roll(dice, 1, 3);
            g.dilation[d] = roll(dice, 1, 3);
            /* A pool's pads are below its kernel. */
            int most = is_pool ? (g.kernel[d] - 1) * g.dilation[d] : 3;
            g.pad[d] = roll(dice, 0, most < 3 ? most : 3);
            g.pad[2 + d] = roll(dice, 0, most < 3 ? most : 3);
        }
    } while (!kernel_fits(&g));
    return g;
}

/* " strides=[..], dilations=[..], pads=[..]" */
static const char *geometry_text(const struct geometry *g, char text[200]) {
    snprintf(text, 200, "strides=[%d,%d], dilations=[%d,%d], pads=[%d,%d,%d,%d]", g->stride[0],
             g->stride[1], g->dilation[0], g->dilation[1], g->pad[0], g->pad[1], g->pad[2],
             g->pad[3]);
    return text;
}

/* Element [n][c][y][x] of a constant, or false where y or x is padding. */
static bool at(const struct tensor *x, int64_t n, int64_t c, int64_t i, int64_t j,
               double *element) {
    const int64_t *dims = x->shape.dims;
    if (i < 0 || i >= dims[2] || j < 0 || j >= dims[3])
        return false;
    *element = tensor_real(x, ((n * dims[1] + c) * dims[2] + i) * dims[3] + j);
    return true;
}

/* Calls `expected` for each element of the only output of a graph without inputs. */
typedef double expected_element(const struct graph *graph, const struct geometry *g, int64_t n,
                                int64_t c, int64_t y, int64_t x);

static void compare(const char *text, const struct geometry *g, expected_element *expected) {
    for (int p = PRECISION_FLOAT32; p <= PRECISION_FLOAT64; p++) {
        struct arena arena;
        struct snv2_diagnostic diagnostic;
        struct interp_tensor output;
        struct graph *graph = read_graph(text, &arena);
        ck_assert_int_eq(run_graph_on(graph, p, NULL, &output, &diagnostic), SNV2_OK);
        const int64_t *dims = output.shape.dims;
        double tolerance = p == PRECISION_FLOAT32 ? 1e-5 : 1e-13;
        for (int64_t i = 0; i < shape_elements(&output.shape); i++) {
            int64_t x = i % dims[3], y = i / dims[3] % dims[2];
            int64_t c = i / dims[3] / dims[2] % dims[1], n = i / dims[3] / dims[2] / dims[1];
            double difference = get_number(&output, p, i) - expected(graph, g, n, c, y, x);
            ck_assert_msg(fabs(difference) < tolerance, "differs by %g at [%d,%d,%d,%d]\n%s",
                          difference, (int)n, (int)c, (int)y, (int)x, text);
        }
        free(output.data);
        arena_free(&arena);
    }
}

static double expected_conv(const struct graph *graph, const struct geometry *g, int64_t n,
                            int64_t m, int64_t y, int64_t x) {
    struct tensor input = value_tensor(graph_find_value(graph, "x"));
    struct tensor weights = value_tensor(graph_find_value(graph, "w"));
    struct tensor bias = value_tensor(graph_find_value(graph, "b"));
    int64_t depth = weights.shape.dims[1], outputs = weights.shape.dims[0];
    int64_t groups = input.shape.dims[1] / depth, group = m / (outputs / groups);
    double sum = tensor_real(&bias, m);
    for (int64_t i = 0; i < g->kernel[0]; i++)
        for (int64_t j = 0; j < g->kernel[1]; j++)
            for (int64_t c = 0; c < depth; c++) {
                double element, weight;
                if (at(&input, n, group * depth + c,
                       y * g->stride[0] + i * g->dilation[0] - g->pad[0],
                       x * g->stride[1] + j * g->dilation[1] - g->pad[1], &element) &&
                    at(&weights, m, c, i, j, &weight))
                    sum += element * weight;
            }
    return sum;
}

START_TEST(test_conv) {
    struct dice dice = {(uint64_t)_i};
    struct geometry g = random_geometry(&dice, false);
    char text[600], attributes[200];
    int group = roll(&dice, 1, 3), outputs = group * roll(&dice, 1, 3);
    snprintf(
        text, sizeof text,
        "const x: float32[%d,%d,%d,%d] = random(1)\nconst w: float32[%d,%d,%d,%d] = random(2)\n"
        "const b: float32[%d] = random(3)\ny = Conv(x, w, b) {group=%d, %s}\noutput y",
        g.n, group * g.channels, g.in[0], g.in[1], outputs, g.channels, g.kernel[0], g.kernel[1],
        outputs, group, geometry_text(&g, attributes));
    compare(text, &g, expected_conv);
}
END_TEST

/* The taps of a window in the input, and those in the input or its padding. */
struct taps {
    double maximum, sum;
    int in_input, in_padded;
};

static struct taps pool_taps(const struct graph *graph, const struct geometry *g, int64_t n,
                             int64_t c, int64_t y, int64_t x) {
    struct tensor input = value_tensor(graph_find_value(graph, "x"));
    struct taps taps = {.maximum = -INFINITY};
    for (int64_t i = 0; i < g->kernel[0]; i++)
        for (int64_t j = 0; j < g->kernel[1]; j++) {
            int64_t row = y * g->stride[0] + i * g->dilation[0] - g->pad[0];
            int64_t column = x * g->stride[1] + j * g->dilation[1] - g->pad[1];
            double element;
            taps.in_padded += row < g->in[0] + g->pad[2] && column < g->in[1] + g->pad[3];
            if (!at(&input, n, c, row, column, &element))
                continue;
            taps.maximum = element > taps.maximum ? element : taps.maximum;
            taps.sum += element;
            taps.in_input++;
        }
    return taps;
}

static double expected_maximum(const struct graph *graph, const struct geometry *g, int64_t n,
                               int64_t c, int64_t y, int64_t x) {
    return pool_taps(graph, g, n, c, y, x).maximum;
}

static double expected_average(const struct graph *graph, const struct geometry *g, int64_t n,
                               int64_t c, int64_t y, int64_t x) {
    struct taps taps = pool_taps(graph, g, n, c, y, x);
    return taps.sum / taps.in_input;
}

static double expected_padded_average(const struct graph *graph, const struct geometry *g,
                                      int64_t n, int64_t c, int64_t y, int64_t x) {
    struct taps taps = pool_taps(graph, g, n, c, y, x);
    return taps.sum / taps.in_padded;
}

static void check_pool(int seed, const char *op, const char *more, expected_element *expected) {
    struct dice dice = {(uint64_t)seed};
    struct geometry g = random_geometry(&dice, true);
    char text[600], attributes[200];
    snprintf(text, sizeof text,
             "const x: float32[%d,%d,%d,%d] = random(1)\n"
             "y = %s(x) {kernel_shape=[%d,%d], %s, ceil_mode=%d%s}\noutput y",
             g.n, g.channels, g.in[0], g.in[1], op, g.kernel[0], g.kernel[1],
             geometry_text(&g, attributes), g.ceil_mode, more);
    compare(text, &g, expected);
}

START_TEST(test_max_pool) {
    check_pool(_i, "MaxPool", "", expected_maximum);
}
END_TEST

START_TEST(test_average_pool) {
    check_pool(_i, "AveragePool", "", expected_average);
}
END_TEST

START_TEST(test_padded_average_pool) {
    check_pool(_i, "AveragePool", ", count_include_pad=1", expected_padded_average);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("interpreter: windows");
    TCase *tcase = tcase_create("windows");
    tcase_add_loop_test(tcase, test_conv, 0, 60);
    tcase_add_loop_test(tcase, test_max_pool, 0, 30);
    tcase_add_loop_test(tcase, test_average_pool, 0, 30);
    tcase_add_loop_test(tcase, test_padded_average_pool, 0, 30);
    suite_add_tcase(suite, tcase);
    return tap_run(suite);
}
