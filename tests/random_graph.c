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

enum {
    RECIPES = sizeof recipes / sizeof *recipes,
    INPUTS_MAX = 4,
    OUTPUTS_MAX = 3,
    FRAME_EVERY = 8
};

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

/* A picture of bytes, which nothing may read but the Preprocess that is made of it. */
struct picture {
    struct value *bytes;
    enum frame_layout layout;
    enum frame_pixels pixels;
};

static struct picture add_picture(struct maker *maker) {
    struct picture picture = {NULL, (enum frame_layout)draw(maker, FRAME_NHWC, FRAME_NCHW),
                              (enum frame_pixels)draw(maker, FRAME_GRAY, FRAME_BGRA)};
    int64_t channels = frame_channels(picture.pixels), h = draw(maker, 1, 9), w = draw(maker, 1, 9);
    struct shape shape = {4, {1, h, w, channels}};
    if (picture.layout == FRAME_NCHW)
        shape = (struct shape){4, {1, channels, h, w}};
    picture.bytes = new_input(maker, DTYPE_UINT8, &shape);
    return picture;
}

static void preprocess(struct maker *maker, const struct picture *picture) {
    struct shape shape = {1, {frame_channels(picture->pixels)}};
    struct node *node =
        BEGIN_NODE(maker, OP_Preprocess, picture->bytes, draw_reals(maker, &shape, 0, 1, 0),
                   draw_reals(maker, &shape, 0.25, 1, 0));
    set_int(node, "layout", picture->layout);
    set_int(node, "pixels", picture->pixels);
    node->attributes.Preprocess.scale = (float)draw(maker, 1, 8) / 256;
    finish(maker, node);
}

/* A feature map, and at times another one or two: of the same shape, channels last, of fewer or
 * more dims, of another type. */
static void add_inputs(struct maker *maker) {
    static const int channels[] = {1, 2, 3, 3, 4, 4, 6, 8, 8, 12, 16, 17, 20, 32};
    int64_t n = draw(maker, 1, 2), c = channels[draw(maker, 0, 13)];
    int64_t h = draw(maker, 1, 9), w = chance(maker, 50) ? h : draw(maker, 1, 9);
    const struct shape map = {4, {n, c, h, w}};
    const struct shape others[] = {map,         {4, {n, h, w, c}}, {3, {n, c, h * w}},
                                   {2, {n, c}}, {3, {2, 6, 4}},    {5, {n, 2, c, h, w}}};
    maker->graph->inputs = arena_alloc(maker->graph->arena, INPUTS_MAX, sizeof(struct value *));
    if (!maker->graph->inputs)
        abort();
    for (int i = 1 + (int)draw(maker, 0, 5) / 3; i > 1; i--)
        add_input(maker, DTYPE_FLOAT32, &others[draw(maker, 0, 5)]);
    if (chance(maker, 20))
        add_input(maker, chance(maker, 50) ? DTYPE_BOOL : DTYPE_INT64, &others[draw(maker, 0, 5)]);
    add_input(maker, DTYPE_FLOAT32, &map);
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

static void add_node(struct maker *maker) {
    int weights = 0, i = 0;
    for (int k = 0; k < RECIPES; k++)
        weights += recipes[k].weight;
    int64_t drawn = draw(maker, 0, weights - 1);
    while (drawn >= recipes[i].weight)
        drawn -= recipes[i++].weight;
    recipes[i].append(maker, recipes[i].op);
}

struct graph *random_graph(uint64_t seed, struct arena *arena) {
    struct maker maker = {.graph = graph_new(arena, "random"), .state = seed};
    if (!maker.graph)
        abort();
    bool has_picture = seed % FRAME_EVERY == 1;
    struct picture picture = {.bytes = NULL};
    add_inputs(&maker);
    if (has_picture)
        picture = add_picture(&maker);
    samples_start(&maker.samples, maker.graph, seed);
    if (has_picture)
        preprocess(&maker, &picture);
    int64_t recipes_wanted = draw(&maker, 3, 12);
    for (int64_t i = 0; i < recipes_wanted || !newest(&maker)->producer; i++)
        add_node(&maker);
    add_outputs(&maker);
    samples_free(&maker.samples);
    return maker.graph;
}
