/* Making random graphs: a recipe draws operands among the values that there are and attributes,
 * and says that the node is finished. The shape rule judges what was drawn, so no recipe has to
 * know what is legal: what is not, or is too large, or hangs on a rounding, is taken back. */
#ifndef TESTS_RANDOM_MAKER_H
#define TESTS_RANDOM_MAKER_H

#include "tests/random_samples.h"

enum { MAKER_VALUES = 200, MAKER_ELEMENTS = 3000 };

struct maker {
    struct graph *graph;
    uint64_t seed, state;               /* of inputs; of base/random.h */
    enum dtype real;                    /* of WANT_REAL and of constants: mostly float32 */
    struct value *values[MAKER_VALUES]; /* that may be read, oldest first */
    int value_count;
    struct samples samples;
};

/* Appends what a line of random_recipes.def stands for. False where there was nothing to read for
 * it, or a node was taken back; those before it stay then. */
typedef bool recipe(struct maker *maker, enum op op);

/* The graph of that number, always the same, in `arena`; its shapes are inferred. */
struct graph *random_graph(uint64_t seed, struct arena *arena);

/* ---- drawing ---- */

int64_t draw(struct maker *maker, int64_t low, int64_t high); /* both may be drawn */
bool chance(struct maker *maker, int percent);

/* WANT_NUMBER: mostly a real one, an integer now and then. */
enum want { WANT_REAL, WANT_INTEGER, WANT_BYTE, WANT_BOOL, WANT_NUMBER, WANT_ANY };

/* A value of that type with `low` to `high` dimensions, mostly the newest one; NULL: there is
 * none. */
struct value *draw_value(struct maker *maker, enum want want, int low, int high);

/* Another value, or the same, of that type and shape; where axis >= 0, it may differ along that. */
struct value *draw_like(struct maker *maker, const struct value *value, int axis);

/* What can be combined with the value element by element: another one, or a constant (a number, one
 * for each channel, one for each of the last dimension, or as many as there are). */
struct value *draw_partner(struct maker *maker, const struct value *value);

/* A constant of sixteenths from `low` to `high`, over a power of two. */
struct value *draw_reals(struct maker *maker, const struct shape *shape, double low, double high,
                         int divisor_log2);

/* Weights for sums of `terms` products, of about the size of what is multiplied. */
struct value *draw_weights(struct maker *maker, const struct shape *shape, int64_t terms);

/* A permutation of 0 .. count - 1, and some of them in ascending order, one at least. */
void draw_permutation(struct maker *maker, int64_t *list, int count);
int draw_axes(struct maker *maker, int64_t *axes, int rank);

/* ---- constants, nodes ---- */

/* Of the maker's type. */
struct value *reals(struct maker *maker, const struct shape *shape, const float *data);
struct value *integers(struct maker *maker, const int64_t *list, int count);
struct value *integer(struct maker *maker, int64_t value);               /* a scalar */
struct value *scales(struct maker *maker, const float *list, int count); /* always float32 */
struct value *number(struct maker *maker, float value);

/* Integers from `low` to `high`, of a type without sign from 0 on, and where they are numbers of a
 * type of 8 bits, which one it is. */
struct value *draw_integers(struct maker *maker, enum dtype dtype, const struct shape *shape,
                            int64_t low, int64_t high);
enum dtype draw_byte_type(struct maker *maker);

/* A number from `low` to `high` of the value's type: of eighths, where that is real. */
struct value *draw_number(struct maker *maker, const struct value *value, int64_t low,
                          int64_t high);

/* A node with its operands (NULL: omitted) and one output, to be finished before any other; NULL
 * where an operand is that the operator cannot do without. */
struct node *begin(struct maker *maker, enum op op, int count, struct value *const inputs[]);
#define BEGIN_NODE(maker, op, ...)                                                                 \
    begin(maker, op, sizeof((struct value *[]){__VA_ARGS__}) / sizeof(struct value *),             \
          (struct value *[]){__VA_ARGS__})

/* Of a node that is not finished, which may be NULL, as `node` in all of these. */
void set_output_count(struct maker *maker, struct node *node, int count);

void set_int(struct node *node, const char *name, int64_t value);
void set_ints(struct node *node, const char *name, const int64_t *list, int count);

/* Half of the attributes that are real or enumerations, at random. */
void draw_attributes(struct maker *maker, struct node *node);

/* The first result, or NULL where the node was taken back, or is NULL. */
struct value *finish(struct maker *maker, struct node *node);

/* Both at once, with default attributes; NULL where an operand is. */
struct value *apply(struct maker *maker, enum op op, struct value *a);
struct value *apply2(struct maker *maker, enum op op, struct value *a, struct value *b);

struct value *cast(struct maker *maker, struct value *value, enum dtype dtype);

/* |x| + 1/2: for operators that want it. */
struct value *positive(struct maker *maker, struct value *value);

struct value *reshape(struct maker *maker, struct value *value, const int64_t *dims, int rank);
struct value *transpose(struct maker *maker, struct value *value, const int64_t *perm);

/* Channels first .. first + step, ... of them, `count`. */
struct value *slice(struct maker *maker, struct value *value, int axis, int64_t first,
                    int64_t count, int64_t step);

#endif
