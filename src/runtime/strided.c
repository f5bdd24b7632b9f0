/* Elementwise commands as loops over strided arrays: axes in the order of the output's strides, so
 * that the inner loop runs along memory, and joined where all arrays allow it. */
#include "runtime/strided.h"

enum { ARRAYS = 3, ANY_AXIS = -1 }; /* arrays: output, a, b */

/* An axis of a loop, and what one step along it is in each array. */
struct axis {
    size_t dim;
    ptrdiff_t strides[ARRAYS];
};

struct loop {
    struct axis axes[SNV2_BLOB_MAX_RANK];
    int rank;
};

/* Outer axes have larger strides in the output. */
static void insert_axis(struct loop *loop, struct axis axis) {
    int at = loop->rank++;
    while (at > 0 && loop->axes[at - 1].strides[0] < axis.strides[0]) {
        loop->axes[at] = loop->axes[at - 1];
        at--;
    }
    loop->axes[at] = axis;
}

/* Joins axis and the next where, in every array, one step of it is the whole length of the next. */
static void join_axes(struct loop *loop) {
    int last = 0;
    for (int i = 1; i < loop->rank; i++) {
        struct axis *outer = &loop->axes[last];
        const struct axis *inner = &loop->axes[i];
        bool joined = true;
        for (int k = 0; k < ARRAYS; k++)
            joined &= outer->strides[k] == inner->strides[k] * (ptrdiff_t)inner->dim;
        if (!joined) {
            loop->axes[++last] = *inner;
            continue;
        }
        size_t dim = outer->dim * inner->dim;
        *outer = *inner;
        outer->dim = dim;
    }
    loop->rank = loop->rank ? last + 1 : 0;
}

/* The loop over the channels of one piece of each operand; `b` NULL where there is one operand.
 * inner: the axis that must be the inner loop by itself, or ANY_AXIS. */
static struct loop make_loop(const struct snv2_blob_tensor *output, const struct piece *a,
                             const struct piece *b, int inner) {
    struct loop loop = {.rank = 0};
    struct axis last = {.dim = 1};
    for (int i = 0; i < output->rank; i++) {
        bool is_channels = i == 1;
        struct axis axis = {
            is_channels ? a->count : (size_t)output->dims[i],
            {(ptrdiff_t)output->strides[i],
             (ptrdiff_t)(is_channels ? a->step : a->tensor->strides[i]),
             b ? (ptrdiff_t)(is_channels ? b->step : b->tensor->strides[i]) : 0},
        };
        if (i == inner)
            last = axis;
        else if (axis.dim > 1)
            insert_axis(&loop, axis);
    }
    if (inner == ANY_AXIS)
        join_axes(&loop);
    else
        loop.axes[loop.rank++] = last;
    return loop;
}

/* Axis `number` of KERNEL_AXES, which the loop's are the last of. */
static struct axis loop_axis(const struct loop *loop, int number) {
    int from = number - (KERNEL_AXES - loop->rank);
    return from >= 0 ? loop->axes[from] : (struct axis){.dim = 1};
}

/* The loop's dims and strides in a piece, whose arrays are bound by the caller. */
static void fill_piece(const struct loop *loop, struct strided_piece *piece) {
    for (int i = 0; i < KERNEL_AXES; i++) {
        struct axis axis = loop_axis(loop, i);
        piece->dims[i] = axis.dim;
        piece->out_strides[i] = axis.strides[0];
        piece->a_strides[i] = axis.strides[1];
        piece->b_strides[i] = axis.strides[2];
    }
}

static const enum kernel_activation activations[] = {
#define ACTIVATION(name, number, parameters, text) [number] = KERNEL_ACTIVATION_##name,
#include "snv2/activations.def"
#undef ACTIVATION
};

static struct strided_args *new_args(struct resolver *resolver,
                                     const struct snv2_blob_command *command, size_t piece_count,
                                     struct strided_piece **pieces) {
    struct strided_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    *pieces = arena_alloc(resolver->arena, piece_count, sizeof **pieces);
    if (!args || !*pieces)
        return NULL;
    args->pieces = *pieces;
    args->piece_count = piece_count;
    args->activation = activations[command->activation];
    args->alpha = command->activation_alpha;
    args->beta = command->activation_beta;
    return args;
}

/* The product of all sizes but the last. */
static size_t rows_of(const size_t *dims) {
    size_t rows = 1;
    for (int i = 0; i < KERNEL_AXES - 1; i++)
        rows *= dims[i];
    return rows;
}

struct strided_args *resolve_strided(struct resolver *resolver,
                                     const struct snv2_blob_command *command, struct piece_list a,
                                     struct piece_list b) {
    const struct snv2_blob_tensor *output = &resolver->blob->tensors[command->output];
    size_t channels = (size_t)output->dims[1];
    bool is_binary = b.count > 0;
    struct piece_list cut_a = cut_pieces(resolver, a, channels, is_binary ? &b : NULL);
    struct piece_list cut_b = is_binary ? cut_pieces(resolver, b, channels, &a) : b;
    struct strided_piece *pieces;
    struct strided_args *args = new_args(resolver, command, cut_a.count, &pieces);
    if (!args || !cut_a.pieces || (is_binary && !cut_b.pieces))
        return NULL;
    for (size_t i = 0; i < cut_a.count; i++) {
        const struct piece *from = &cut_a.pieces[i];
        const struct piece *other = is_binary ? &cut_b.pieces[i] : NULL;
        /* Parts of the channels have the same rows only where the channels are the inner loop. */
        struct loop loop = make_loop(output, from, other, cut_a.count > 1 ? 1 : ANY_AXIS);
        fill_piece(&loop, &pieces[i]);
        if (!bind_output(resolver, output, (int64_t)from->channel * output->strides[1],
                         &pieces[i].out) ||
            !bind_operand(resolver, from->tensor, from->first, &pieces[i].a) ||
            (other && !bind_operand(resolver, other->tensor, other->first, &pieces[i].b)))
            return NULL;
    }
    args->rows = rows_of(pieces->dims);
    return args;
}

struct softmax_args *resolve_along_axis(struct resolver *resolver,
                                        const struct snv2_blob_command *command, size_t *rows) {
    const struct snv2_blob_tensor *output = &resolver->blob->tensors[command->output];
    struct piece_list list = operand_pieces(resolver, &command->operands[0]);
    struct softmax_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    if (!args || !list.pieces || !bind_output(resolver, output, 0, &args->out) ||
        !bind_operand(resolver, list.pieces->tensor, list.pieces->first, &args->in))
        return NULL;
    struct loop loop = make_loop(output, list.pieces, NULL, (int)command->axis);
    for (int i = 0; i < KERNEL_AXES; i++) {
        struct axis axis = loop_axis(&loop, i);
        args->dims[i] = axis.dim;
        args->out_strides[i] = axis.strides[0];
        args->in_strides[i] = axis.strides[1];
    }
    *rows = rows_of(args->dims);
    return args;
}

/* The tensor of an operand of one run. */
static const struct snv2_blob_tensor *operand_tensor(const struct resolver *resolver,
                                                     const struct snv2_blob_command *command,
                                                     int number) {
    const struct blob *blob = resolver->blob;
    return &blob->tensors[blob->runs[command->operands[number].first_run].tensor];
}

/* A tensor's strides as those of the last of KERNEL_AXES, that of axis `last` behind the others. */
static void put_strides_along(const struct snv2_blob_tensor *tensor, int last, ptrdiff_t *strides) {
    int at = KERNEL_AXES - tensor->rank;
    for (int i = 0; i < tensor->rank; i++)
        if (i != last)
            strides[at++] = (ptrdiff_t)tensor->strides[i];
    strides[at] = (ptrdiff_t)tensor->strides[last];
}

bool resolve_rows(struct resolver *resolver, const struct snv2_blob_command *command,
                  struct axis_args *args, size_t *rows) {
    const struct snv2_blob_tensor *output = &resolver->blob->tensors[command->output];
    const struct snv2_blob_tensor *in = operand_tensor(resolver, command, 0);
    bool has_indices = command->operands[1].run_count > 0;
    const struct snv2_blob_tensor *indices =
        has_indices ? operand_tensor(resolver, command, 1) : NULL;
    if (!bind_output(resolver, output, 0, &args->out) ||
        !bind_operand(resolver, in, 0, &args->in) ||
        (indices && !bind_operand(resolver, indices, 0, &args->indices)))
        return false;
    int axis = (int)command->axis, at = KERNEL_AXES - output->rank;
    for (int i = 0; i < at; i++)
        args->dims[i] = 1;
    for (int i = 0; i < output->rank; i++)
        if (i != axis)
            args->dims[at++] = (size_t)output->dims[i];
    args->dims[at] = (size_t)output->dims[axis];
    args->length = (size_t)in->dims[axis];
    put_strides_along(output, axis, args->out_strides);
    put_strides_along(in, axis, args->in_strides);
    if (indices)
        put_strides_along(indices, axis, args->index_strides);
    bool sums = command->opcode == SNV2_OPCODE_CUMULATIVE_SUM ||
                command->opcode == SNV2_OPCODE_INTEGER_CUMULATIVE_SUM;
    args->exclusive = sums && command->mode & SNV2_CUMULATIVE_EXCLUSIVE;
    args->reverse = sums && command->mode & SNV2_CUMULATIVE_REVERSE;
    args->smallest = !sums && command->mode & SNV2_TOP_K_SMALLEST;
    args->positions = !sums && command->mode & SNV2_TOP_K_POSITIONS;
    *rows = rows_of(args->dims);
    return true;
}

/* A tensor's strides as those of the last of KERNEL_AXES. */
static void put_strides(const struct snv2_blob_tensor *tensor, ptrdiff_t *strides) {
    for (int i = 0; i < tensor->rank; i++)
        strides[KERNEL_AXES - tensor->rank + i] = (ptrdiff_t)tensor->strides[i];
}

bool resolve_product(struct resolver *resolver, const struct snv2_blob_command *command,
                     struct matmul_args *args, size_t *rows) {
    const struct snv2_blob_tensor *output = &resolver->blob->tensors[command->output];
    const struct snv2_blob_tensor *a = operand_tensor(resolver, command, 0);
    const struct snv2_blob_tensor *b = operand_tensor(resolver, command, 1);
    bool has_bias = command->operands[2].run_count > 0;
    const struct snv2_blob_tensor *bias = has_bias ? operand_tensor(resolver, command, 2) : NULL;
    if (!bind_output(resolver, output, 0, &args->out) || !bind_operand(resolver, a, 0, &args->a) ||
        !bind_operand(resolver, b, 0, &args->b) ||
        (bias && !bind_operand(resolver, bias, 0, &args->bias)))
        return false;
    for (int i = 0; i < KERNEL_AXES; i++) {
        int axis = i - (KERNEL_AXES - output->rank);
        args->dims[i] = axis >= 0 ? (size_t)output->dims[axis] : 1;
    }
    args->inner = (size_t)a->dims[a->rank - 1];
    put_strides(output, args->out_strides);
    put_strides(a, args->a_strides);
    put_strides(b, args->b_strides);
    if (bias)
        put_strides(bias, args->bias_strides);
    *rows = rows_of(args->dims);
    return true;
}

bool resolve_reduction(struct resolver *resolver, const struct snv2_blob_command *command,
                       struct reduce_args *args, size_t *outputs) {
    const struct snv2_blob_tensor *output = &resolver->blob->tensors[command->output];
    const struct snv2_blob_tensor *in = operand_tensor(resolver, command, 0);
    if (!bind_output(resolver, output, 0, &args->out) || !bind_operand(resolver, in, 0, &args->in))
        return false;
    *outputs = 1;
    for (int i = 0; i < KERNEL_AXES; i++)
        args->dims[i] = args->reduced_dims[i] = 1;
    for (int i = 0; i < in->rank; i++) {
        int at = KERNEL_AXES - in->rank + i;
        bool stays = output->dims[i] == in->dims[i];
        size_t *dims = stays ? args->dims : args->reduced_dims;
        ptrdiff_t *strides = stays ? args->in_strides : args->reduced_strides;
        dims[at] = (size_t)in->dims[i];
        strides[at] = (ptrdiff_t)in->strides[i];
        args->out_strides[at] = stays ? (ptrdiff_t)output->strides[i] : 0;
        *outputs *= stays ? dims[at] : 1;
    }
    return true;
}

struct strided_args *resolve_epilogue(struct resolver *resolver,
                                      const struct snv2_blob_command *command) {
    const struct snv2_blob_tensor *output = &resolver->blob->tensors[command->output];
    struct piece whole = {output, 0, output->strides[1], (size_t)output->dims[1], 0};
    struct strided_piece *piece;
    struct strided_args *args = new_args(resolver, command, 1, &piece);
    if (!args || !bind_output(resolver, output, 0, &piece->out))
        return NULL;
    struct loop loop = make_loop(output, &whole, NULL, ANY_AXIS);
    fill_piece(&loop, piece);
    args->rows = rows_of(piece->dims);
    return args;
}
