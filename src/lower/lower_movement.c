/* Operators that move elements and compute none: what strides can say is a view of a tensor, and
 * no command; a Concat is its parts, stored side by side. */
#include "lower/lower.h"

#include "ir/operands.h"

const char *refuse_nothing(const struct node *node) {
    (void)node;
    return NULL;
}

/* ---- Transpose, Slice, Split: always a view ---- */

const char *refuse_transpose(const struct node *node) {
    return refuse_nothing(node);
}

bool lower_transpose(struct lowering *lowering, const struct node *node) {
    const struct snv2_blob_tensor *place = store_whole(lowering, node->inputs[0]);
    if (!place)
        return false;
    struct snv2_blob_tensor view = transposed(place, node->attributes.Transpose.perm.values);
    return set_place(lowering, node->outputs[0], &view);
}

/* Shape inference has read the operands already. */
static bool ranges_of(const struct node *node, struct slice_range ranges[MAX_RANK]) {
    return slice_ranges(node, NULL, ranges) == SNV2_OK;
}

const char *refuse_slice(const struct node *node) {
    struct slice_range ranges[MAX_RANK];
    if (!ranges_of(node, ranges))
        return "with bounds that are not known";
    for (int axis = 0; axis < node->inputs[0]->shape.rank; axis++)
        if (ranges[axis].step < 0)
            return "with a negative step";
    return NULL;
}

bool lower_slice(struct lowering *lowering, const struct node *node) {
    struct slice_range ranges[MAX_RANK];
    const struct snv2_blob_tensor *place = store_whole(lowering, node->inputs[0]);
    if (!place || !ranges_of(node, ranges))
        return false;
    struct snv2_blob_tensor view = *place;
    for (int axis = 0; axis < node->inputs[0]->shape.rank; axis++)
        view = sliced(&view, axis, ranges[axis].start, ranges[axis].count, ranges[axis].step);
    return set_place(lowering, node->outputs[0], &view);
}

const char *refuse_split(const struct node *node) {
    return refuse_nothing(node);
}

bool lower_split(struct lowering *lowering, const struct node *node) {
    int axis = (int)node->attributes.Split.axis;
    int64_t start = 0;
    const struct snv2_blob_tensor *place = store_whole(lowering, node->inputs[0]);
    if (!place)
        return false;
    for (int32_t i = 0; i < node->output_count; i++) {
        const struct value *part = node->outputs[i];
        struct snv2_blob_tensor view = sliced(place, axis, start, part->shape.dims[axis], 1);
        if (!set_place(lowering, part, &view))
            return false;
        start += part->shape.dims[axis];
    }
    return true;
}

/* The same element again and again: a stride of 0. */
const char *refuse_expand(const struct node *node) {
    return refuse_nothing(node);
}

bool lower_expand(struct lowering *lowering, const struct node *node) {
    const struct snv2_blob_tensor *place = store_whole(lowering, node->inputs[0]);
    if (!place)
        return false;
    struct snv2_blob_tensor view = broadcasted(place, &node->outputs[0]->shape);
    return set_place(lowering, node->outputs[0], &view);
}

/* ---- DepthToSpace, SpaceToDepth: a copy, each axis of the blocks by itself ---- */

const char *refuse_depth_to_space(const struct node *node) {
    return refuse_not_planes(node);
}

const char *refuse_space_to_depth(const struct node *node) {
    return refuse_not_planes(node);
}

/* From the input seen in 6 dims and transposed to the output seen in 6 dims. Axes that are split
 * have strides always. */
static bool copy_blocks(struct lowering *lowering, const struct node *node,
                        const struct shape *input_dims, const int64_t *perm,
                        const struct shape *output_dims) {
    const struct snv2_blob_tensor *place = store_whole(lowering, node->inputs[0]);
    struct snv2_blob_tensor base = new_base(node->outputs[0]);
    if (!place || !append_base(lowering, &base) || !set_place(lowering, node->outputs[0], &base))
        return false;
    struct snv2_blob_tensor from = *place, to = base;
    reshape_tensor(&from, input_dims);
    reshape_tensor(&to, output_dims);
    from = transposed(&from, perm);
    return append_place_copy(lowering, &from, &to, node->name,
                             "it moves channels to pixels, or pixels to channels");
}

bool lower_depth_to_space(struct lowering *lowering, const struct node *node) {
    const int64_t *in = node->inputs[0]->shape.dims, *out = node->outputs[0]->shape.dims;
    int64_t block = node->attributes.DepthToSpace.blocksize;
    bool depth_first = node->attributes.DepthToSpace.mode == DEPTH_MODE_DCR;
    static const int64_t depth_column_row[] = {0, 3, 4, 1, 5, 2};
    static const int64_t column_row_depth[] = {0, 1, 4, 2, 5, 3};
    struct shape from = {6, {in[0], block, block, out[1], in[2], in[3]}};
    struct shape to = {6, {out[0], out[1], in[2], block, in[3], block}};
    if (!depth_first)
        from = (struct shape){6, {in[0], out[1], block, block, in[2], in[3]}};
    return copy_blocks(lowering, node, &from, depth_first ? depth_column_row : column_row_depth,
                       &to);
}

bool lower_space_to_depth(struct lowering *lowering, const struct node *node) {
    const int64_t *in = node->inputs[0]->shape.dims, *out = node->outputs[0]->shape.dims;
    int64_t block = node->attributes.SpaceToDepth.blocksize;
    static const int64_t perm[] = {0, 3, 5, 1, 2, 4};
    struct shape from = {6, {in[0], in[1], out[2], block, out[3], block}};
    struct shape to = {6, {out[0], block, block, in[1], out[2], out[3]}};
    return copy_blocks(lowering, node, &from, perm, &to);
}

/* ---- Reshape, Flatten, Squeeze, Unsqueeze, Identity: a view where the elements lie so ---- */

const char *refuse_reshape(const struct node *node) {
    return refuse_nothing(node);
}

/* A copy in row-major order, in the output's home where that is possible. */
static bool copy_reshaped(struct lowering *lowering, const struct node *node) {
    const struct value *input = node->inputs[0], *output = node->outputs[0];
    const struct snv2_blob_tensor *home = lowering->homes[output->id];
    struct snv2_blob_tensor place = home ? *home : (struct snv2_blob_tensor){.rank = 0}, as_input;
    as_input = place;
    if (!home || !reshape_tensor(&as_input, &input->shape)) {
        place = dense_tensor(&output->shape, SNV2_PLACE_ARENA);
        if (!append_base(lowering, &place))
            return false;
        as_input = place;
        reshape_tensor(&as_input, &input->shape); /* what is dense has any shape */
    }
    return set_place(lowering, output, &place) &&
           append_copy(lowering, input, &as_input, node->name,
                       "it regroups elements that do not lie in that order");
}

/* Whether N and C stay and there is one pixel before and after, of what may be read as a map, or
 * nothing changes. */
static bool only_renames(const struct shape *from, const struct shape *to) {
    if (from->rank < 2 || to->rank < 2)
        return false;
    return shape_equal(from, to) ||
           (from->rank <= 4 && to->rank <= 4 && from->dims[0] == to->dims[0] &&
            from->dims[1] == to->dims[1] && shape_product(from, 2, from->rank) == 1 &&
            shape_product(to, 2, to->rank) == 1);
}

bool lower_reshape(struct lowering *lowering, const struct node *node) {
    const struct value *input = node->inputs[0], *output = node->outputs[0];
    const struct snv2_blob_tensor *place = place_of(lowering, input);
    bool renamed = only_renames(&input->shape, &output->shape);
    if (renamed) {
        const struct channels *channels = channels_of(lowering, input);
        if (!channels)
            return false;
        lowering->channels[output->id] = *channels;
    }
    if (place) {
        struct snv2_blob_tensor view = *place;
        if (reshape_tensor(&view, &output->shape))
            return set_place(lowering, output, &view);
    }
    return renamed || copy_reshaped(lowering, node);
}

/* ---- Concat ---- */

static struct snv2_blob_tensor part_of(const struct lowering *lowering, const struct value *whole,
                                       const struct value *part, int axis, int64_t start) {
    return sliced(lowering->homes[whole->id], axis, start, part->shape.dims[axis], 1);
}

static bool is_stored_at(const struct lowering *lowering, const struct value *value,
                         const struct snv2_blob_tensor *place) {
    const struct snv2_blob_tensor *stored = lowering->places[value->id];
    return stored && same_place(stored, place);
}

/* Whether the numbers of a frame, which are made where they are first asked for, will be there. */
static bool will_be_stored_at(const struct lowering *lowering, const struct value *value,
                              const struct snv2_blob_tensor *place) {
    const struct snv2_blob_tensor *home = lowering->homes[value->id];
    return lowering->frames[value->id] && !lowering->places[value->id] && home &&
           same_place(home, place);
}

bool any_at_home(const struct lowering *lowering, const struct value *whole,
                 const struct value *const *parts, int32_t count, int axis) {
    int64_t start = 0;
    for (int32_t i = 0; lowering->homes[whole->id] && i < count; i++) {
        struct snv2_blob_tensor part = part_of(lowering, whole, parts[i], axis, start);
        if (is_stored_at(lowering, parts[i], &part) || will_be_stored_at(lowering, parts[i], &part))
            return true;
        start += parts[i]->shape.dims[axis];
    }
    return false;
}

/* Copies a part there. If that is its home and it is stored nowhere else, it is stored now. */
static bool copy_part(struct lowering *lowering, const struct node *node, const struct value *value,
                      const struct snv2_blob_tensor *place) {
    const struct snv2_blob_tensor *home = lowering->homes[value->id];
    bool comes_home = home && same_place(home, place) && !place_of(lowering, value);
    return append_copy(lowering, value, place, node->name,
                       "what it joins could not be written there right away") &&
           (!comes_home || set_place(lowering, value, place));
}

bool join_parts(struct lowering *lowering, const struct node *node,
                const struct value *const *parts, int32_t count, int axis) {
    const struct value *whole = node->outputs[0];
    int64_t start = 0;
    for (int32_t i = 0; i < count; i++) {
        struct snv2_blob_tensor part = part_of(lowering, whole, parts[i], axis, start);
        if (lowering->frames[parts[i]->id] && !place_of(lowering, parts[i])) /* is stored now */
            return false;
        if (!is_stored_at(lowering, parts[i], &part) && !copy_part(lowering, node, parts[i], &part))
            return false;
        start += parts[i]->shape.dims[axis];
    }
    return set_place(lowering, whole, lowering->homes[whole->id]);
}

const char *refuse_concat(const struct node *node) {
    return refuse_nothing(node);
}

bool lower_concat(struct lowering *lowering, const struct node *node) {
    return join_parts(lowering, node, (const struct value *const *)node->inputs, node->input_count,
                      (int)node->attributes.Concat.axis);
}
