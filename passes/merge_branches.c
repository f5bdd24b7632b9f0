/* Merges convolutions of one value whose results are added.
 *
 *   x ─┬ Conv 3x3 ─┐
 *      ├ Conv 1x1 ─ Add ─ Add ─ y   ->   x ─ Conv 3x3 ─ y
 *      └ BatchNormalization ─┘
 *
 * A branch is a Conv with known weights, a scale and shift of each channel by constants, or the
 * value itself; a smaller kernel stands in a larger one at the offset that its pads say. Sums of
 * any number of branches are looked at together, in whatever order they are added. Needs strides
 * and groups to be the same, and results read by the sum alone; merges only where taps do not
 * become more. Runs behind fold_batch_normalization. Computed in double and rounded once. It pays
 * because networks are trained in this form (RepVGG, arXiv 2101.03697; MobileOne) to be run in the
 * merged one. */
#include "passes/channel_affine.h"
#include "passes/pass.h"
#include "passes/rewrite.h"

#include "ir/operands.h"

#include <math.h>
#include <string.h>

/* Sums of more terms are merged in part. */
enum { MAX_TERMS = 16 };

/* One term of a sum, as a convolution of `input`. */
struct branch {
    struct value *input;
    const struct node *conv;      /* NULL: each channel by itself, as the affine says, */
    struct channel_affine affine; /* or, where its scale is NULL, as it is */
};

struct sum {
    struct node *root;
    struct value *terms[MAX_TERMS]; /* in the order in which they are added */
    struct branch branches[MAX_TERMS];
    int count;
};

/* The merged convolution, in one dimension. */
struct merged_window {
    int64_t kernel, stride, dilation, begin, end;
};

/* ---- reading ---- */

static bool is_plain_conv(const struct node *node) {
    const struct value *bias = node->op == OP_Conv ? node_input(node, 2) : NULL;
    return node->op == OP_Conv && node->inputs[0]->shape.rank == 4 &&
           is_float_constant(node->inputs[1]) && (!bias || is_float_constant(bias)) &&
           node->attributes.Conv.activation == ACTIVATION_NONE;
}

static enum snv2_status read_branch(struct value *term, const int32_t *uses, struct arena *scratch,
                                    struct branch *branch, struct snv2_diagnostic *diagnostic) {
    const struct node *node = sole_producer(term, uses);
    *branch = (struct branch){.input = term};
    if (!node)
        return SNV2_OK;
    if (is_plain_conv(node)) {
        branch->input = node->inputs[0];
        branch->conv = node;
        return SNV2_OK;
    }
    enum snv2_status status = channel_affine_read(node, scratch, &branch->affine, diagnostic);
    if (branch->affine.input)
        branch->input = branch->affine.input;
    return status;
}

static bool is_sum(const struct node *node, const struct shape *shape) {
    return node && node->op == OP_Add && node->outputs[0]->dtype == DTYPE_FLOAT32 &&
           shape_equal(&node->inputs[0]->shape, shape) &&
           shape_equal(&node->inputs[1]->shape, shape) && !value_is_constant(node->inputs[0]) &&
           !value_is_constant(node->inputs[1]);
}

/* The terms of the sum that ends in `root`: sums that only it reads are taken apart, and marked. */
static void read_terms(struct sum *sum, struct node *root, const int32_t *uses, bool *is_inner) {
    const struct shape *shape = &root->outputs[0]->shape;
    *sum = (struct sum){.root = root, .terms = {root->inputs[0], root->inputs[1]}, .count = 2};
    for (int i = 0; i < sum->count;) {
        const struct node *inner = sole_producer(sum->terms[i], uses);
        if (!is_sum(inner, shape) || sum->count == MAX_TERMS) {
            i++;
            continue;
        }
        memmove(&sum->terms[i + 2], &sum->terms[i + 1],
                (size_t)(sum->count - i - 1) * sizeof *sum->terms);
        sum->terms[i] = inner->inputs[0];
        sum->terms[i + 1] = inner->inputs[1];
        sum->count++;
        is_inner[inner->outputs[0]->id] = true;
    }
}

/* ---- which branches fit together ---- */

static int64_t branch_kernel(const struct branch *branch, int axis) {
    return branch->conv ? branch->conv->attributes.Conv.kernel_shape.values[axis] : 1;
}

static int64_t branch_begin(const struct branch *branch, int axis) {
    return branch->conv ? branch->conv->attributes.Conv.pads.values[axis] : 0;
}

static int64_t branch_taps(const struct branch *branch) {
    return branch_kernel(branch, 0) * branch_kernel(branch, 1);
}

/* Where the first tap of the branch stands in the merged kernel. */
static int64_t first_tap(const struct merged_window *window, const struct branch *branch,
                         int axis) {
    return (window->begin - branch_begin(branch, axis)) / window->dilation;
}

/* Widens the window by the branch; false where their taps stand in no common grid. */
static bool widen(struct merged_window *window, const struct branch *branch, int axis) {
    int64_t stride = branch->conv ? branch->conv->attributes.Conv.strides.values[axis] : 1;
    int64_t dilation = branch->conv ? branch->conv->attributes.Conv.dilations.values[axis] : 1;
    int64_t kernel = branch_kernel(branch, axis), begin = branch_begin(branch, axis);
    if (stride != window->stride ||
        (kernel > 1 && window->kernel > 1 && dilation != window->dilation))
        return false;
    if (kernel > 1)
        window->dilation = dilation;
    int64_t moved = begin > window->begin ? begin - window->begin : window->begin - begin;
    if (moved % window->dilation != 0)
        return false;
    int64_t before = window->begin, taps = window->kernel;
    window->begin = begin > before ? begin : before;
    int64_t last = (window->begin - before) / window->dilation + taps;
    int64_t own_last = (window->begin - begin) / window->dilation + kernel;
    window->kernel = last > own_last ? last : own_last;
    return true;
}

/* Sets the pads behind so that there are as many outputs; false where there are none such. */
static bool close_window(struct merged_window *window, int64_t input, int64_t output) {
    int64_t extent = (window->kernel - 1) * window->dilation + 1;
    int64_t end = (output - 1) * window->stride + extent - input - window->begin;
    window->end = end > 0 ? end : 0;
    int64_t room = input + window->begin + window->end - extent;
    return room >= 0 && room / window->stride + 1 == output;
}

static bool may_stand_beside(const struct branch *first, const struct branch *other,
                             const struct value *result) {
    if (other->input != first->input)
        return false;
    if (other->conv)
        return other->conv->attributes.Conv.group == first->conv->attributes.Conv.group;
    return first->input->shape.dims[1] == result->shape.dims[1];
}

/* Collects the branches that fit the one at `first`, a Conv: member[i] says which. True where they
 * are worth merging. */
static bool collect(const struct sum *sum, int first, bool member[MAX_TERMS],
                    struct merged_window windows[2]) {
    const struct branch *seed = &sum->branches[first];
    const struct value *result = sum->root->outputs[0];
    int64_t taps = branch_taps(seed);
    int members = 1;
    for (int axis = 0; axis < 2; axis++) {
        const struct Conv_attributes *conv = &seed->conv->attributes.Conv;
        windows[axis] =
            (struct merged_window){conv->kernel_shape.values[axis], conv->strides.values[axis],
                                   conv->dilations.values[axis], conv->pads.values[axis], 0};
    }
    for (int i = 0; i < sum->count; i++) {
        const struct branch *branch = &sum->branches[i];
        struct merged_window wider[2] = {windows[0], windows[1]};
        member[i] = i == first;
        if (member[i] || !may_stand_beside(seed, branch, result) || !widen(&wider[0], branch, 0) ||
            !widen(&wider[1], branch, 1) ||
            !close_window(&wider[0], seed->input->shape.dims[2], result->shape.dims[2]) ||
            !close_window(&wider[1], seed->input->shape.dims[3], result->shape.dims[3]) ||
            wider[0].kernel * wider[1].kernel > taps + branch_taps(branch))
            continue;
        member[i] = true;
        members++;
        taps += branch_taps(branch);
        memcpy(windows, wider, sizeof wider);
    }
    return members > 1;
}

/* ---- merging ---- */

struct merged_weights {
    int64_t outputs, inputs; /* of a group */
    const struct merged_window *windows;
    double *weights, *bias;
};

static double *merged_tap(const struct merged_weights *merged, const struct branch *branch,
                          int64_t output, int64_t input, int64_t y, int64_t x) {
    const struct merged_window *windows = merged->windows;
    int64_t row = first_tap(&windows[0], branch, 0) + y,
            column = first_tap(&windows[1], branch, 1) + x;
    return &merged->weights[((output * merged->inputs + input) * windows[0].kernel + row) *
                                windows[1].kernel +
                            column];
}

static void add_conv(const struct merged_weights *merged, const struct branch *branch) {
    const struct value *bias = node_input(branch->conv, 2);
    const float *weight = branch->conv->inputs[1]->data;
    for (int64_t m = 0; m < merged->outputs; m++) {
        merged->bias[m] += bias ? (double)((const float *)bias->data)[m] : 0;
        for (int64_t c = 0; c < merged->inputs; c++)
            for (int64_t y = 0; y < branch_kernel(branch, 0); y++)
                for (int64_t x = 0; x < branch_kernel(branch, 1); x++)
                    *merged_tap(merged, branch, m, c, y, x) += (double)*weight++;
    }
}

static void add_channels(const struct merged_weights *merged, const struct branch *branch) {
    const struct channel_affine *affine = &branch->affine;
    for (int64_t m = 0; m < merged->outputs; m++) {
        double scale = affine->scale ? affine->scale[m] : 1;
        *merged_tap(merged, branch, m, m % merged->inputs, 0, 0) += scale;
        merged->bias[m] += affine->scale ? affine->shift[m] - affine->mean[m] * scale : 0;
    }
}

/* A float32 constant of these numbers; NULL where memory ran out. *fits becomes false where one is
 * not finite in float32. */
static struct value *add_rounded(struct graph *graph, const char *base, const struct shape *shape,
                                 const double *numbers, bool *fits) {
    int64_t count = shape_elements(shape);
    float *rounded = arena_alloc(graph->arena, (size_t)count, sizeof *rounded);
    for (int64_t i = 0; rounded && i < count; i++) {
        rounded[i] = (float)numbers[i];
        *fits &= isfinite(rounded[i]);
    }
    return rounded ? add_constant(graph, base, DTYPE_FLOAT32, shape, rounded) : NULL;
}

static void set_window(struct Conv_attributes *conv, const struct merged_window windows[2]) {
    for (int axis = 0; axis < 2; axis++) {
        conv->kernel_shape.values[axis] = windows[axis].kernel;
        conv->dilations.values[axis] = windows[axis].dilation;
        conv->pads.values[axis] = windows[axis].begin;
        conv->pads.values[2 + axis] = windows[axis].end;
    }
}

/* Inserts the merged convolution before the sum's root. *conv is NULL where its weights do not fit
 * in float32. */
static enum snv2_status merge(struct graph *graph, const struct sum *sum, int first,
                              const bool member[MAX_TERMS], const struct merged_window windows[2],
                              struct arena *scratch, struct node **conv,
                              struct snv2_diagnostic *diagnostic) {
    const struct node *seed = sum->branches[first].conv;
    struct shape shape = seed->inputs[1]->shape;
    shape.dims[2] = windows[0].kernel;
    shape.dims[3] = windows[1].kernel;
    struct shape bias_shape = {1, {shape.dims[0]}};
    struct merged_weights merged = {
        .outputs = shape.dims[0], .inputs = shape.dims[1], .windows = windows};
    merged.weights = arena_alloc(scratch, (size_t)shape_elements(&shape), sizeof(double));
    merged.bias = arena_alloc(scratch, (size_t)merged.outputs, sizeof(double));
    if (!merged.weights || !merged.bias)
        return diagnose_no_memory(diagnostic);
    for (int i = 0; i < sum->count; i++)
        if (member[i])
            (sum->branches[i].conv ? add_conv : add_channels)(&merged, &sum->branches[i]);
    bool fits = true;
    struct value *weights =
        add_rounded(graph, seed->inputs[1]->name, &shape, merged.weights, &fits);
    struct value *bias = add_rounded(graph, seed->name, &bias_shape, merged.bias, &fits);
    *conv = fits ? graph_insert_node(graph, sum->root, OP_Conv, seed->name, 3, 1) : NULL;
    if (!weights || !bias || (fits && !*conv))
        return diagnose_no_memory(diagnostic);
    if (!fits)
        return SNV2_OK;
    (*conv)->attributes = seed->attributes;
    set_window(&(*conv)->attributes.Conv, windows);
    (*conv)->inputs[0] = sum->branches[first].input;
    (*conv)->inputs[1] = weights;
    (*conv)->inputs[2] = bias;
    return SNV2_OK;
}

/* The merged convolution becomes the term at `first`; the other members are no terms any more. */
static enum snv2_status replace_terms(struct graph *graph, struct sum *sum, int first,
                                      const bool member[MAX_TERMS], struct node *conv,
                                      struct snv2_diagnostic *diagnostic) {
    const struct value *result = sum->root->outputs[0];
    const char *name = graph_unique_name(graph, sum->terms[first]->name);
    struct value *output =
        name ? graph_add_value(graph, name, result->dtype, &result->shape) : NULL;
    if (!output)
        return diagnose_no_memory(diagnostic);
    node_set_output(conv, 0, output);
    sum->terms[first] = output;
    int kept = 0;
    for (int i = 0; i < sum->count; i++) {
        if (member[i] && i != first)
            continue;
        sum->terms[kept] = sum->terms[i];
        sum->branches[kept++] = i == first ? (struct branch){.input = output} : sum->branches[i];
    }
    sum->count = kept;
    return SNV2_OK;
}

/* Adds up the terms that are left, in their order; the root gives way. */
static enum snv2_status add_up(struct graph *graph, struct sum *sum,
                               struct snv2_diagnostic *diagnostic) {
    struct node *root = sum->root;
    const struct value *result = root->outputs[0];
    struct node *last =
        sum->terms[0]->producer; /* the one convolution, where nothing else is left */
    struct value *total = sum->terms[0];
    for (int i = 1; i < sum->count; i++) {
        last = graph_insert_node(graph, root, OP_Add, root->name, 2, 1);
        const char *name = graph_unique_name(graph, result->name);
        struct value *value =
            last && name ? graph_add_value(graph, name, result->dtype, &result->shape) : NULL;
        if (!value)
            return diagnose_no_memory(diagnostic);
        last->inputs[0] = total;
        last->inputs[1] = sum->terms[i];
        node_set_output(last, 0, value);
        total = value;
    }
    give_output(graph, root, last);
    return SNV2_OK;
}

static enum snv2_status merge_sum(struct graph *graph, struct sum *sum, struct arena *scratch,
                                  int *changes, struct snv2_diagnostic *diagnostic) {
    int before = sum->count;
    for (int first = 0; first < sum->count; first++) {
        bool member[MAX_TERMS];
        struct merged_window windows[2];
        struct node *conv = NULL;
        if (!sum->branches[first].conv || !collect(sum, first, member, windows))
            continue;
        enum snv2_status status =
            merge(graph, sum, first, member, windows, scratch, &conv, diagnostic);
        if (status == SNV2_OK && conv)
            status = replace_terms(graph, sum, first, member, conv, diagnostic);
        if (status != SNV2_OK)
            return status;
    }
    *changes += before - sum->count;
    return before > sum->count ? add_up(graph, sum, diagnostic) : SNV2_OK;
}

/* From the last node to the first: the root of a sum is met before the sums within. Values and
 * nodes that are added stand behind those that are still to come. */
enum snv2_status pass_merge_branches(struct graph *graph, struct arena *scratch, int *changes,
                                     struct snv2_diagnostic *diagnostic) {
    int32_t *uses = graph_count_uses(graph, scratch);
    bool *is_inner = arena_alloc(scratch, (size_t)graph->value_count, sizeof *is_inner);
    if (!uses || !is_inner)
        return diagnose_no_memory(diagnostic);
    for (struct node *node = graph->last, *prev; node; node = prev) {
        prev = node->prev;
        const struct value *result = node->outputs[0];
        if (!is_sum(node, &result->shape) || result->shape.rank != 4 || is_inner[result->id])
            continue;
        struct sum sum;
        read_terms(&sum, node, uses, is_inner);
        for (int i = 0; i < sum.count; i++) {
            enum snv2_status status =
                read_branch(sum.terms[i], uses, scratch, &sum.branches[i], diagnostic);
            if (status != SNV2_OK)
                return status;
        }
        enum snv2_status status = merge_sum(graph, &sum, scratch, changes, diagnostic);
        if (status != SNV2_OK)
            return status;
    }
    return remove_dead_nodes(graph, scratch, NULL, diagnostic);
}
