/* Drawing operands, attributes and constants, and finishing nodes; see random_maker.h. */
#include "tests/random_maker.h"

#include "base/random.h"
#include "ir/shape_rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- drawing ---- */

int64_t draw(struct maker *maker, int64_t low, int64_t high) {
    return low + (int64_t)(random_next(&maker->state) % (uint64_t)(high - low + 1));
}

bool chance(struct maker *maker, int percent) {
    return draw(maker, 0, 99) < percent;
}

static bool is_wanted(const struct maker *maker, const struct value *value, enum want want) {
    bool is_bool = value->dtype == DTYPE_BOOL, is_real = dtype_is_real(value->dtype);
    return want == WANT_REAL      ? value->dtype == maker->real
           : want == WANT_BOOL    ? is_bool
           : want == WANT_INTEGER ? !is_bool && !is_real
           : want == WANT_BYTE    ? value->dtype == DTYPE_INT8 || value->dtype == DTYPE_UINT8
                                  : true;
}

struct value *draw_value(struct maker *maker, enum want want, int low, int high) {
    int count = maker->value_count;
    if (want == WANT_NUMBER) {
        struct value *value = chance(maker, 15) ? draw_value(maker, WANT_INTEGER, low, high) : NULL;
        return value ? value : draw_value(maker, WANT_REAL, low, high);
    }
    int start = chance(maker, 60) ? count - 1 : (int)draw(maker, 0, count - 1);
    for (int i = 0; i < count; i++) {
        struct value *value = maker->values[(start - i + count) % count];
        if (is_wanted(maker, value, want) && value->shape.rank >= low && value->shape.rank <= high)
            return value;
    }
    return NULL;
}

/* The value, or one from a random place on for which `fits` holds. */
static struct value *draw_fitting(struct maker *maker, const struct value *value, int axis,
                                  bool (*fits)(const struct value *, const struct value *, int)) {
    int count = maker->value_count, start = (int)draw(maker, 0, count - 1);
    for (int i = 0; i < count; i++) {
        struct value *other = maker->values[(start + i) % count];
        if (other->dtype == value->dtype && fits(value, other, axis))
            return other;
    }
    return NULL;
}

static bool is_like(const struct value *value, const struct value *other, int axis) {
    if (other->shape.rank != value->shape.rank)
        return false;
    for (int i = 0; i < value->shape.rank; i++)
        if (i != axis && other->shape.dims[i] != value->shape.dims[i])
            return false;
    return true;
}

struct value *draw_like(struct maker *maker, const struct value *value, int axis) {
    return draw_fitting(maker, value, axis, is_like);
}

/* Whether the shapes broadcast, one to the other or both to a third. */
static bool broadcasts(const struct value *value, const struct value *other, int axis) {
    const struct shape *a = &value->shape, *b = &other->shape;
    (void)axis;
    for (int i = 1; i <= a->rank && i <= b->rank; i++) {
        int64_t n = a->dims[a->rank - i], m = b->dims[b->rank - i];
        if (n != m && n != 1 && m != 1)
            return false;
    }
    return true;
}

struct value *draw_partner(struct maker *maker, const struct value *value) {
    const struct shape *shape = &value->shape;
    struct shape partner = {0, {0}};
    if (chance(maker, 50))
        return draw_fitting(maker, value, 0, chance(maker, 50) ? broadcasts : is_like);
    switch (draw(maker, 0, 3)) {
    case 0: /* each its own */
        partner = *shape;
        break;
    case 1: /* by channel */
        partner.rank = shape->rank > 1 ? shape->rank - 1 : shape->rank;
        for (int i = 0; i < partner.rank; i++)
            partner.dims[i] = i == 0 ? shape->dims[shape->rank - partner.rank] : 1;
        break;
    case 2: /* by the last dimension */
        partner.rank = shape->rank > 0;
        partner.dims[0] = shape->rank > 0 ? shape->dims[shape->rank - 1] : 1;
        break;
    default:
        partner.rank = chance(maker, 50);
        partner.dims[0] = 1;
    }
    return value->dtype == maker->real ? draw_reals(maker, &partner, -2, 2, 0)
                                       : draw_integers(maker, value->dtype, &partner, -9, 9);
}

void draw_permutation(struct maker *maker, int64_t *list, int count) {
    for (int i = 0; i < count; i++) {
        int j = (int)draw(maker, 0, i);
        list[i] = list[j];
        list[j] = i;
    }
}

int draw_axes(struct maker *maker, int64_t *axes, int rank) {
    int count = 0;
    int64_t always = draw(maker, 0, rank - 1);
    for (int i = 0; i < rank; i++)
        if (i == always || chance(maker, 30))
            axes[count++] = i;
    return count;
}

/* ---- constants ---- */

static struct value *constant(struct maker *maker, enum dtype dtype, const struct shape *shape,
                              const void *data) {
    struct graph *graph = maker->graph;
    size_t bytes = (size_t)shape_elements(shape) * dtype_bytes(dtype);
    void *copy = arena_alloc(graph->arena, bytes + 1, 1);
    const char *name = graph_unique_name(graph, "c");
    struct value *value = copy && name ? graph_add_constant(graph, name, dtype, shape, copy) : NULL;
    if (!value)
        abort();
    if (bytes > 0)
        memcpy(copy, data, bytes);
    return value;
}

struct value *reals(struct maker *maker, const struct shape *shape, const float *data) {
    struct value *value = constant(maker, DTYPE_FLOAT32, shape, data);
    return maker->real == DTYPE_FLOAT32 ? value : cast(maker, value, maker->real);
}

struct value *draw_reals(struct maker *maker, const struct shape *shape, double low, double high,
                         int divisor_log2) {
    int64_t count = shape_elements(shape);
    float *data = malloc((size_t)(count + 1) * sizeof *data);
    if (!data)
        abort();
    for (int64_t i = 0; i < count; i++)
        data[i] = (float)draw(maker, (int64_t)(16 * low), (int64_t)(16 * high)) /
                  (float)(16 << divisor_log2);
    struct value *value = reals(maker, shape, data);
    free(data);
    return value;
}

struct value *draw_weights(struct maker *maker, const struct shape *shape, int64_t terms) {
    int divisor_log2 = 0;
    while ((int64_t)1 << (2 * divisor_log2 + 1) < terms)
        divisor_log2++;
    return draw_reals(maker, shape, -2, 2, divisor_log2);
}

struct value *integers(struct maker *maker, const int64_t *list, int count) {
    struct shape shape = {1, {count}};
    return constant(maker, DTYPE_INT64, &shape, list);
}

struct value *integer(struct maker *maker, int64_t value) {
    struct shape scalar = {0, {0}};
    return constant(maker, DTYPE_INT64, &scalar, &value);
}

struct value *scales(struct maker *maker, const float *list, int count) {
    struct shape shape = {1, {count}};
    return constant(maker, DTYPE_FLOAT32, &shape, list);
}

struct value *draw_integers(struct maker *maker, enum dtype dtype, const struct shape *shape,
                            int64_t low, int64_t high) {
    int64_t list[MAKER_ELEMENTS], count = shape_elements(shape);
    int64_t least = low < 0 && dtype_is_unsigned(dtype) ? 0 : low;
    int64_t most = dtype == DTYPE_BOOL ? 1 : high;
    if (count > MAKER_ELEMENTS)
        return NULL;
    for (int64_t i = 0; i < count; i++)
        list[i] = draw(maker, least, most);
    return cast(maker, reshape(maker, integers(maker, list, (int)count), shape->dims, shape->rank),
                dtype);
}

enum dtype draw_byte_type(struct maker *maker) {
    return chance(maker, 50) ? DTYPE_INT8 : DTYPE_UINT8;
}

struct value *draw_number(struct maker *maker, const struct value *value, int64_t low,
                          int64_t high) {
    static const struct shape scalar = {0, {0}};
    if (!value)
        return NULL;
    return value->dtype == maker->real ? number(maker, (float)draw(maker, low, high) / 8)
                                       : draw_integers(maker, value->dtype, &scalar, low, high);
}

struct value *number(struct maker *maker, float value) {
    struct shape scalar = {0, {0}};
    return reals(maker, &scalar, &value);
}

/* ---- nodes ---- */

struct node *begin(struct maker *maker, enum op op, int count, struct value *const inputs[]) {
    const struct op_info *info = &op_infos[op];
    for (int i = 0; i < (info->inputs_max == ANY ? count : info->inputs_min); i++)
        if (!inputs[i])
            return NULL;
    while (!inputs[count - 1])
        count--;
    struct node *node = graph_insert_node(maker->graph, NULL, op, info->name, count, 1);
    if (!node)
        abort();
    memcpy(node->inputs, inputs, (size_t)count * sizeof *inputs);
    return node;
}

void set_output_count(struct maker *maker, struct node *node, int count) {
    if (!node)
        return;
    node->outputs = arena_alloc(maker->graph->arena, (size_t)count, sizeof *node->outputs);
    node->output_count = count;
    if (!node->outputs)
        abort();
}

static const struct attribute_field *find_field(const struct node *node, const char *name) {
    int count;
    const struct attribute_field *fields = attribute_fields((int)node->op, &count);
    for (int i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    fprintf(stderr, "%s has no attribute %s\n", op_infos[node->op].name, name);
    abort();
}

void set_int(struct node *node, const char *name, int64_t value) {
    if (node)
        attribute_set_int(&node->attributes, find_field(node, name), value);
}

void set_ints(struct node *node, const char *name, const int64_t *list, int count) {
    if (!node)
        return;
    struct ints *ints = attribute_place(&node->attributes, find_field(node, name));
    ints->count = count;
    memcpy(ints->values, list, (size_t)count * sizeof *list);
}

void draw_attributes(struct maker *maker, struct node *node) {
    int count;
    if (!node)
        return;
    const struct attribute_field *fields = attribute_fields((int)node->op, &count);
    for (int i = 0; i < count; i++) {
        void *place = attribute_place(&node->attributes, &fields[i]);
        if (fields[i].internal || chance(maker, 50))
            continue;
        if (fields[i].kind == ATTRIBUTE_FLOAT)
            *(float *)place = (float)draw(maker, 1, 12) / 8;
        int members = 0;
        while (fields[i].kind == ATTRIBUTE_ENUM && fields[i].members[members])
            members++;
        if (members > 0)
            attribute_set_int(&node->attributes, &fields[i], draw(maker, 0, members - 1));
    }
}

/* What would test nothing, or where correct programs may differ. */
static bool is_sound(const struct samples *samples, const struct value *value) {
    double largest = samples_largest(samples, value), noise = samples_noise(samples, value);
    bool is_real = dtype_is_real(value->dtype);
    return is_real ? largest > 0 && largest < 1e4 && noise <= 0x1p-10 * largest
                   : largest <= 0x1p24 && noise == 0;
}

static bool is_small(const struct tensor_type *type) {
    int64_t count = shape_is_valid(&type->shape) ? shape_elements(&type->shape) : 0;
    return count > 0 && count <= MAKER_ELEMENTS;
}

/* Gives the node results of the types that its rule says; false where it refuses, or they are of no
 * use. */
static bool add_results(struct maker *maker, struct node *node) {
    struct tensor_type types[MAX_RANK];
    struct snv2_diagnostic diagnostic;
    struct graph *graph = maker->graph;
    for (int i = 0; i < node->output_count; i++) {
        const char *name = graph_unique_name(graph, "v");
        struct value *value =
            name ? graph_add_value(graph, name, DTYPE_NONE, &(struct shape){SHAPE_UNKNOWN, {0}})
                 : NULL;
        if (!value)
            abort();
        node_set_output(node, i, value);
    }
    if (infer_types(node, types, &diagnostic) != SNV2_OK)
        return false;
    for (int i = 0; i < node->output_count; i++)
        if (!is_small(&types[i]))
            return false;
    return infer_node(graph, node, &diagnostic) == SNV2_OK &&
           samples_add_node(&maker->samples, graph, node);
}

struct value *finish(struct maker *maker, struct node *node) {
    struct snv2_diagnostic diagnostic;
    bool done = false;
    if (!node)
        return NULL;
    bool is_kept =
        maker->value_count + node->output_count <= MAKER_VALUES && add_results(maker, node);
    for (int i = 0; i < node->output_count && is_kept; i++)
        is_kept = interp_can_fold(node) || is_sound(&maker->samples, node->outputs[i]);
    if (is_kept && interp_can_fold(node))
        is_kept = interp_fold_node(maker->graph, node, UINT64_MAX, &done, &diagnostic) == SNV2_OK;
    if (!is_kept) {
        graph_remove_node(maker->graph, node);
        return NULL;
    }
    for (int i = 0; i < node->output_count && !done; i++)
        maker->values[maker->value_count++] = node->outputs[i];
    return node->outputs[0];
}

struct value *apply(struct maker *maker, enum op op, struct value *a) {
    return finish(maker, BEGIN_NODE(maker, op, a));
}

struct value *apply2(struct maker *maker, enum op op, struct value *a, struct value *b) {
    return finish(maker, BEGIN_NODE(maker, op, a, b));
}

struct value *cast(struct maker *maker, struct value *value, enum dtype dtype) {
    struct node *node = BEGIN_NODE(maker, OP_Cast, value);
    set_int(node, "to", dtype);
    return finish(maker, node);
}

struct value *positive(struct maker *maker, struct value *value) {
    return apply2(maker, OP_Add, apply(maker, OP_Abs, value), number(maker, 0.5f));
}

struct value *reshape(struct maker *maker, struct value *value, const int64_t *dims, int rank) {
    return apply2(maker, OP_Reshape, value, integers(maker, dims, rank));
}

struct value *transpose(struct maker *maker, struct value *value, const int64_t *perm) {
    struct node *node = BEGIN_NODE(maker, OP_Transpose, value);
    if (node)
        set_ints(node, "perm", perm, value->shape.rank);
    return finish(maker, node);
}

struct value *slice(struct maker *maker, struct value *value, int axis, int64_t first,
                    int64_t count, int64_t step) {
    int64_t axes = axis, last = first + count * step;
    return finish(maker, BEGIN_NODE(maker, OP_Slice, value, integers(maker, &first, 1),
                                    integers(maker, &last, 1), integers(maker, &axes, 1),
                                    integers(maker, &step, 1)));
}
