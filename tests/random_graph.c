/* A random graph: inputs, recipes, outputs; see random_maker.h. */
#include "tests/random_recipes.h"

#include "ir/operands.h"

#include <stdlib.h>

static const struct {
    recipe *append;
    enum op op;
    int weight;
} recipes[] = {
#define RECIPE(op, weight, family) {recipe_##family, OP_##op, weight},
#define PATTERN(name, weight) {recipe_##name, OP_COUNT, weight},
#include "tests/random_recipes.def"
#undef RECIPE
#undef PATTERN
};

enum { RECIPES = sizeof recipes / sizeof *recipes, INPUTS_MAX = 4, OUTPUTS_MAX = 3 };

static struct value *new_input(struct maker *maker, enum dtype dtype, const struct shape *shape) {
    struct graph *graph = maker->graph;
    const char *name = graph_unique_name(graph, "x");
    struct value *value = name ? graph_add_value(graph, name, dtype, shape) : NULL;
    if (!value)
        abort();
    return graph->inputs[graph->input_count++] = value;
}

static void add_input(struct maker *maker, enum dtype dtype, const struct shape *shape) {
    maker->values[maker->value_count++] = new_input(maker, dtype, shape);
}

/* A picture of bytes, and the numbers that are read of it in its place. */
static bool add_frame(struct maker *maker) {
    enum frame_pixels pixels = (enum frame_pixels)draw(maker, FRAME_GRAY, FRAME_BGRA);
    enum frame_layout layout = (enum frame_layout)draw(maker, FRAME_NHWC, FRAME_NCHW);
    int64_t n = draw(maker, 1, 2), c = frame_channels(pixels);
    int64_t h = draw(maker, 1, 9), w = draw(maker, 1, 9);
    const struct shape channels = {1, {c}}, last = {4, {n, h, w, c}}, planes = {4, {n, c, h, w}};
    struct value *mean = draw_reals(maker, &channels, -1, 1, 0);
    struct value *deviation = draw_reals(maker, &channels, 0.5, 2, 0);
    struct value *frame = new_input(maker, DTYPE_UINT8, layout == FRAME_NHWC ? &last : &planes);
    samples_start(&maker->samples, maker->graph, maker->seed);
    struct node *node = BEGIN_NODE(maker, OP_Preprocess, frame, mean, deviation);
    node->attributes.Preprocess =
        (struct Preprocess_attributes){layout, pixels, (float)draw(maker, 1, 8) / 256};
    return finish(maker, node);
}

/* A feature map, or a picture, and at times another one or two: of the same shape, channels last,
 * of fewer or more dims, of another type. */
static void add_inputs(struct maker *maker) {
    static const int channels[] = {1, 2, 3, 3, 4, 4, 6, 8, 8, 12, 16, 17, 20, 32};
    static const enum dtype types[] = {DTYPE_BOOL,   DTYPE_BOOL,   DTYPE_BOOL,  DTYPE_INT64,
                                       DTYPE_INT32,  DTYPE_INT16,  DTYPE_INT8,  DTYPE_UINT8,
                                       DTYPE_UINT16, DTYPE_UINT32, DTYPE_UINT64};
    int64_t n = draw(maker, 1, 2), c = channels[draw(maker, 0, 13)];
    int64_t h = draw(maker, 1, 9), w = chance(maker, 50) ? h : draw(maker, 1, 9);
    const struct shape map = {4, {n, c, h, w}};
    const struct shape others[] = {map,         {4, {n, h, w, c}}, {3, {n, c, h * w}},
                                   {2, {n, c}}, {3, {2, 6, 4}},    {5, {n, 2, c, h, w}}};
    maker->graph->inputs = arena_alloc(maker->graph->arena, INPUTS_MAX, sizeof(struct value *));
    if (!maker->graph->inputs)
        abort();
    for (int i = 1 + (int)draw(maker, 0, 5) / 3; i > 1; i--)
        add_input(maker, maker->real, &others[draw(maker, 0, 5)]);
    if (chance(maker, 25))
        add_input(maker, types[draw(maker, 0, 10)], &others[draw(maker, 0, 5)]);
    if (maker->real != DTYPE_FLOAT32 || chance(maker, 90) || !add_frame(maker))
        add_input(maker, maker->real, &map);
    samples_start(&maker->samples, maker->graph, maker->seed);
}

static struct value *newest(const struct maker *maker) {
    return maker->values[maker->value_count - 1];
}

/* The newest value, and others: mostly what nobody reads. */
static void add_outputs(struct maker *maker) {
    struct graph *graph = maker->graph;
    int32_t *uses = graph_count_uses(graph, graph->arena);
    int count = (int)draw(maker, 1, OUTPUTS_MAX);
    graph->outputs = arena_alloc(graph->arena, OUTPUTS_MAX, sizeof(struct value *));
    if (!graph->outputs || !uses)
        abort();
    graph->outputs[graph->output_count++] = newest(maker);
    for (int i = maker->value_count - 2; i >= 0 && graph->output_count < count; i--)
        if (maker->values[i]->producer && (uses[maker->values[i]->id] == 0 || chance(maker, 10)))
            graph->outputs[graph->output_count++] = maker->values[i];
}

static bool follow(struct maker *maker, int number) {
    return recipes[number].append(maker, recipes[number].op);
}

static void follow_any(struct maker *maker) {
    int weights = 0, i = 0;
    for (int k = 0; k < RECIPES; k++)
        weights += recipes[k].weight;
    int64_t drawn = draw(maker, 0, weights - 1);
    while (drawn >= recipes[i].weight)
        drawn -= recipes[i++].weight;
    follow(maker, i);
}

static enum dtype draw_real_type(struct maker *maker) {
    int64_t drawn = draw(maker, 0, 99);
    return drawn < 5    ? DTYPE_FLOAT16
           : drawn < 7  ? DTYPE_BFLOAT16
           : drawn < 10 ? DTYPE_FLOAT64
                        : DTYPE_FLOAT32;
}

struct graph *random_graph(uint64_t seed, struct arena *arena) {
    struct maker maker = {.graph = graph_new(arena, "random"), .seed = seed, .state = seed};
    if (!maker.graph)
        abort();
    maker.real = draw_real_type(&maker);
    add_inputs(&maker);
    for (int64_t i = draw(&maker, 2, 11); i > 0; i--)
        follow_any(&maker);
    /* Each recipe has its turn to be what the newest output is made by, if it can. */
    for (int tries = 8; tries > 0 && !follow(&maker, (int)(seed % RECIPES)); tries--)
        follow_any(&maker);
    while (!newest(&maker)->producer)
        follow_any(&maker);
    add_outputs(&maker);
    samples_free(&maker.samples);
    return maker.graph;
}
