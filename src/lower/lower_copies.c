/* Movements that strides cannot say: Pad, Tile, Gather. Each is a few copies, into a base or a
 * home. */
#include "lower/lower.h"

#include "ir/operands.h"

/* Where the node's output is stored: its home, or a base of its own. */
static const struct snv2_blob_tensor *make_place(struct lowering *lowering,
                                                 const struct node *node) {
    const struct value *output = node->outputs[0];
    const struct snv2_blob_tensor *home = lowering->homes[output->id];
    struct snv2_blob_tensor base = new_base(output);
    if ((!home && !append_base(lowering, &base)) ||
        !set_place(lowering, output, home ? home : &base))
        return NULL;
    return lowering->places[output->id];
}

/* ---- Pad ---- */

/* Elements of an axis that stay: size of them, from `first` on, `before` behind the start of the
 * output. */
struct kept {
    int64_t first, before, size, behind;
};

static struct kept kept_elements(const struct pad_range *range, int64_t dim) {
    int64_t begin = range->begin, end = range->end;
    struct kept kept = {
        .first = begin < 0 ? -begin : 0,
        .before = begin > 0 ? begin : 0,
        .behind = end > 0 ? end : 0,
    };
    kept.size = dim - kept.first + (end < 0 ? end : 0);
    return kept;
}

const char *refuse_pad(const struct node *node) {
    const struct shape *shape = &node->inputs[0]->shape;
    struct pad_range ranges[MAX_RANK];
    if (node->attributes.Pad.mode != PAD_MODE_CONSTANT)
        return "in a mode other than constant";
    if (pad_ranges(node, NULL, ranges) != SNV2_OK || !is_weights(node_input(node, 2)))
        return "with pads or a value that are not constants";
    for (int axis = 0; axis < shape->rank; axis++)
        if (kept_elements(&ranges[axis], shape->dims[axis]).size < 1)
            return "that takes all away";
    return shape->rank < 2 ? "of less than two dims" : NULL;
}

/* The number that fills the pads, in the weights. */
static bool append_pad_value(struct lowering *lowering, const struct node *node,
                             struct snv2_blob_tensor *place) {
    const struct value *value = node_input(node, 2);
    struct shape scalar = {.rank = 0};
    struct packing number = {
        .source = value ? value->data : NULL,
        .scale = 1,
        .groups = 1,
        .outputs = 1,
        .taps = 1,
        .inputs = 1,
    };
    *place = dense_tensor(&scalar, SNV2_PLACE_WEIGHTS);
    return append_packing(lowering, &number, &place->offset) && append_base(lowering, place);
}

static const char pad_reason[] = "it pads what no window pads";

/* Fills `count` elements along an axis, from `start` on. */
static bool fill(struct lowering *lowering, const struct node *node,
                 const struct snv2_blob_tensor *number, const struct snv2_blob_tensor *place,
                 int axis, int64_t start, int64_t count) {
    if (count == 0)
        return true;
    struct snv2_blob_tensor slab = sliced(place, axis, start, count, 1);
    struct shape shape = {.rank = slab.rank};
    for (int i = 0; i < slab.rank; i++)
        shape.dims[i] = slab.dims[i];
    struct snv2_blob_tensor from = broadcasted(number, &shape);
    return append_place_copy(lowering, &from, &slab, node->name, pad_reason);
}

/* Axis by axis: what is before and behind the kept elements is filled, and the next axis is padded
 * between. */
bool lower_pad(struct lowering *lowering, const struct node *node) {
    struct pad_range ranges[MAX_RANK];
    const struct snv2_blob_tensor *from = store_whole(lowering, node->inputs[0]);
    const struct snv2_blob_tensor *to = from ? make_place(lowering, node) : NULL;
    struct snv2_blob_tensor number;
    if (!to || pad_ranges(node, NULL, ranges) != SNV2_OK ||
        !append_pad_value(lowering, node, &number))
        return false;
    struct snv2_blob_tensor source = *from, inside = *to;
    for (int axis = 0; axis < source.rank; axis++) {
        struct kept kept = kept_elements(&ranges[axis], source.dims[axis]);
        if (!fill(lowering, node, &number, &inside, axis, 0, kept.before) ||
            !fill(lowering, node, &number, &inside, axis, kept.before + kept.size, kept.behind))
            return false;
        source = sliced(&source, axis, kept.first, kept.size, 1);
        inside = sliced(&inside, axis, kept.before, kept.size, 1);
    }
    return append_place_copy(lowering, &source, &inside, node->name, pad_reason);
}

/* ---- Tile ---- */

/* The output with each axis that repeats as two: how often, and the input's. False where these are
 * more than a tensor has. */
static bool tiled_shape(const struct node *node, struct shape *once, struct shape *often) {
    const struct shape *from = &node->inputs[0]->shape, *to = &node->outputs[0]->shape;
    *once = *often = (struct shape){.rank = 0};
    for (int axis = 0; axis < from->rank; axis++) {
        int64_t repeats = to->dims[axis] / from->dims[axis];
        if (repeats > 1) {
            if (often->rank == MAX_RANK)
                return false;
            once->dims[once->rank++] = 1;
            often->dims[often->rank++] = repeats;
        }
        if (often->rank == MAX_RANK)
            return false;
        once->dims[once->rank++] = often->dims[often->rank++] = from->dims[axis];
    }
    return often->rank >= 2;
}

const char *refuse_tile(const struct node *node) {
    struct shape once, often;
    return tiled_shape(node, &once, &often) ? NULL : "of too few or too many dims";
}

bool lower_tile(struct lowering *lowering, const struct node *node) {
    const struct snv2_blob_tensor *from = store_whole(lowering, node->inputs[0]);
    const struct snv2_blob_tensor *to = from ? make_place(lowering, node) : NULL;
    struct shape once, often;
    if (!to || !tiled_shape(node, &once, &often))
        return false;
    struct snv2_blob_tensor source = *from, target = *to;
    if (!reshape_tensor(&source, &once) || !reshape_tensor(&target, &often))
        return false;
    source = broadcasted(&source, &often);
    return append_place_copy(lowering, &source, &target, node->name, "it repeats its input");
}

/* ---- Gather ---- */

enum { MAX_GATHERS = 64 };

/* Index `i` of the node's list, as a position from 0 on. */
static int64_t gather_index(const struct node *node, int64_t i) {
    struct tensor indices = value_tensor(node->inputs[1]);
    int64_t index = tensor_int(&indices, i);
    return index < 0 ? index + node->inputs[0]->shape.dims[node->attributes.Gather.axis] : index;
}

/* How many indices from `start` on are equally far apart, forwards; *step is how far. */
static int64_t gather_run(const struct node *node, int64_t start, int64_t count, int64_t *step) {
    int64_t length = 1;
    *step = start + 1 < count ? gather_index(node, start + 1) - gather_index(node, start) : 1;
    if (*step < 1) {
        *step = 1;
        return 1;
    }
    while (start + length < count &&
           gather_index(node, start + length) - gather_index(node, start + length - 1) == *step)
        length++;
    return length;
}

const char *refuse_gather(const struct node *node) {
    const struct value *indices = node->inputs[1];
    if (!value_is_constant(indices) || indices->shape.rank > 1)
        return "by what is not a known list of indices";
    int64_t count = shape_elements(&indices->shape), runs = 0, step;
    for (int64_t i = 0; i < count && runs <= MAX_GATHERS; runs++)
        i += gather_run(node, i, count, &step);
    return runs > MAX_GATHERS ? "by indices in too many pieces" : NULL;
}

/* Equally far apart they are a view; else each such piece is a copy. */
bool lower_gather(struct lowering *lowering, const struct node *node) {
    const struct value *output = node->outputs[0];
    const struct snv2_blob_tensor *from = store_whole(lowering, node->inputs[0]);
    int axis = (int)node->attributes.Gather.axis;
    int64_t count = shape_elements(&node->inputs[1]->shape), step;
    if (!from)
        return false;
    if (gather_run(node, 0, count, &step) == count) {
        struct snv2_blob_tensor view = sliced(from, axis, gather_index(node, 0), count, step);
        reshape_tensor(&view, &output->shape); /* an axis of one element may go */
        return set_place(lowering, output, &view);
    }
    const struct snv2_blob_tensor *to = make_place(lowering, node);
    for (int64_t i = 0, length; to && i < count; i += length) {
        length = gather_run(node, i, count, &step);
        struct snv2_blob_tensor source = sliced(from, axis, gather_index(node, i), length, step);
        struct snv2_blob_tensor target = sliced(to, axis, i, length, 1);
        if (!append_place_copy(lowering, &source, &target, node->name, "it picks elements apart"))
            return false;
    }
    return to;
}
