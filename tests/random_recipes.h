/* The recipes of random_recipes.def, and what they share. */
#ifndef TESTS_RANDOM_RECIPES_H
#define TESTS_RANDOM_RECIPES_H

#include "tests/random_maker.h"

#define RECIPE(op, weight, family) recipe recipe_##family;
#define PATTERN(name, weight) recipe recipe_##name;
#include "tests/random_recipes.def"
#undef RECIPE
#undef PATTERN

/* A convolution with `outputs` channels, whose map keeps its size where the stride is 1: 1 x 1, or
 * `size` x `size` (odd) with a group for each channel where `depthwise`. NULL where the value is no
 * map. */
struct value *convolve(struct maker *maker, struct value *value, int64_t outputs, int64_t size,
                       bool depthwise);

/* The weights of a convolution: pointwise, depthwise, grouped or dense; of a transposed one they
 * are [inputs][outputs / groups]. set_filter draws the rest of what the node needs. */
struct filter {
    struct shape shape;
    int64_t groups, outputs, terms; /* terms: products in a sum */
};
void draw_filter(struct maker *maker, const struct value *value, bool transposed,
                 struct filter *filter);
void set_filter(struct maker *maker, struct node *node, const struct filter *filter);

/* The channels `times` times, one after another. */
struct value *repeat_channels(struct maker *maker, struct value *value, int64_t times);

#endif
