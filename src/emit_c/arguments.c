/* Arguments of kernels as C: a function of each struct of kernels.def. */
#include "emit_c/arguments.h"

#include "kernels/along_axis.h"
#include "kernels/conv.h"
#include "kernels/depthwise.h"
#include "kernels/elementwise.h"
#include "kernels/fully_connected.h"
#include "kernels/global_pool.h"
#include "kernels/integer.h"
#include "kernels/matmul.h"
#include "kernels/movement.h"
#include "kernels/pool.h"
#include "kernels/reduce.h"
#include "kernels/resize.h"
#include "kernels/softmax.h"
#include "kernels/strided.h"

#include <string.h>

enum { RUNS_AT_ONCE = 64, PIECES_AT_ONCE = 8 };

/* ---- the values of members ---- */

/* The pointer at *where, which the plan may set before each run. */
static void write_pointer(const struct writer *writer, const void *where, const float *pointer) {
    const struct network *network = writer->network;
    for (const struct input_slot *slot = network->plan.inputs; slot; slot = slot->next)
        if (slot->base == where) {
            text_print(writer->text, "memory->inputs[%u] + %zu", slot->number, slot->offset);
            return;
        }
    for (const struct output_slot *slot = network->plan.outputs; slot; slot = slot->next)
        if (slot->base == where) {
            text_print(writer->text, "memory->outputs[%u] + %zu", slot->number, slot->offset);
            return;
        }
    uintptr_t address = (uintptr_t)pointer, start = (uintptr_t)network->tensors;
    bool in_arena = address >= start && address - start < network->blob.arena_bytes;
    uintptr_t base = in_arena ? start : (uintptr_t)network->blob.weights;
    if (pointer)
        text_print(writer->text, "memory->%s + %zu", in_arena ? "arena" : "weights",
                   (size_t)(address - base) / sizeof(float));
    else
        text_print(writer->text, "NULL");
}

#define POINTER(writer, member) write_pointer(writer, &(member), member)

static void write_sizes(const struct writer *writer, const size_t *sizes, size_t count) {
    for (size_t i = 0; i < count; i++)
        text_print(writer->text, "%s%zu", i ? ", " : "{", sizes[i]);
    text_print(writer->text, "}");
}

static void write_strides(const struct writer *writer, const ptrdiff_t *strides) {
    for (size_t i = 0; i < KERNEL_AXES; i++)
        text_print(writer->text, "%s%td", i ? ", " : "{", strides[i]);
    text_print(writer->text, "}");
}

/* ---- members ---- */

static void write_size(const struct writer *writer, const char *member, size_t size) {
    text_print(writer->text, "        .%s = %zu,\n", member, size);
}

static void write_pointer_member(const struct writer *writer, const char *member, const void *where,
                                 const float *pointer) {
    text_print(writer->text, "        .%s = ", member);
    write_pointer(writer, where, pointer);
    text_print(writer->text, ",\n");
}

#define POINTER_MEMBER(writer, args, member)                                                       \
    write_pointer_member(writer, #member, &(args)->member, (args)->member)
#define SIZE_MEMBER(writer, args, member) write_size(writer, #member, (args)->member)
#define BOOL_MEMBER(writer, args, member)                                                          \
    text_print((writer)->text, "        .%s = %s,\n", #member, (args)->member ? "true" : "false")
#define SIZES_MEMBER(writer, args, member)                                                         \
    do {                                                                                           \
        text_print((writer)->text, "        .%s = ", #member);                                     \
        write_sizes(writer, (args)->member, KERNEL_AXES);                                          \
        text_print((writer)->text, ",\n");                                                         \
    } while (0)
#define STRIDES_MEMBER(writer, args, member)                                                       \
    do {                                                                                           \
        text_print((writer)->text, "        .%s = ", #member);                                     \
        write_strides(writer, (args)->member);                                                     \
        text_print((writer)->text, ",\n");                                                         \
    } while (0)

static void write_bounds(const struct writer *writer, struct kernel_bounds bounds) {
    text_print(writer->text, "        .bounds = {");
    text_add_float(writer->text, bounds.low);
    text_print(writer->text, ", ");
    text_add_float(writer->text, bounds.high);
    text_print(writer->text, "},\n");
}

static void write_window(const struct writer *writer, const struct kernel_window *window) {
    text_print(writer->text, "        .window = {%zu, %zu, ", window->height, window->width);
    write_sizes(writer, window->kernel, 2);
    text_print(writer->text, ", ");
    write_sizes(writer, window->stride, 2);
    text_print(writer->text, ", ");
    write_sizes(writer, window->dilation, 2);
    text_print(writer->text, ", ");
    write_sizes(writer, window->pad, 4);
    text_print(writer->text, "},\n");
}

static void write_map(const struct writer *writer, const struct kernel_map *map) {
    text_print(writer->text, "        .output = {");
    POINTER(writer, map->base);
    text_print(writer->text, ", %zu, %zu, %zu, %zu, %zu, %zu},\n", map->image_stride,
               map->pixel_stride, map->channel_stride, map->height, map->width, map->channels);
}

/* An array in front of the arguments. */
static void write_runs(const struct writer *writer, const char *name, const struct kernel_run *runs,
                       size_t count) {
    text_print(writer->text, "    const struct kernel_run %s[] = {\n", name);
    for (size_t i = 0; i < count; i++) {
        const struct kernel_run *run = &runs[i];
        text_print(writer->text, "        {");
        POINTER(writer, run->base);
        text_print(writer->text, ", %zu, %zu, %td, %zu, %zu},\n", run->image_stride,
                   run->pixel_stride, run->step, run->count, run->channel);
    }
    text_print(writer->text, "    };\n");
}

static void begin(const struct writer *writer, const char *type, const char *name) {
    text_print(writer->text, "    const struct %s %s = {\n", type, name);
}

static void begin_args(const struct writer *writer, const char *type) {
    begin(writer, type, "args");
}

/* What other arguments are part of: a variable of its own. */
static void end(const struct writer *writer) {
    text_print(writer->text, "    };\n");
}

/* ---- one function for each struct ---- */

static void write_conv(const struct writer *writer, const struct conv_args *args,
                       const char *name) {
    write_runs(writer, "runs", args->runs, args->group_runs[args->groups]);
    text_print(writer->text, "    static const size_t group_runs[] = ");
    write_sizes(writer, args->group_runs, args->groups + 1);
    text_print(writer->text, ";\n");
    begin(writer, "conv_args", name);
    text_print(writer->text, "        .runs = runs,\n        .group_runs = group_runs,\n");
    SIZE_MEMBER(writer, args, groups);
    SIZE_MEMBER(writer, args, group_inputs);
    SIZE_MEMBER(writer, args, group_outputs);
    POINTER_MEMBER(writer, args, weights);
    POINTER_MEMBER(writer, args, bias);
    write_window(writer, &args->window);
    write_bounds(writer, args->bounds);
    write_map(writer, &args->output);
}

static void write_conv_args(const struct writer *writer, const void *data) {
    write_conv(writer, data, "args");
}

/* The call's runs, and the members that name them. */
static void write_call_runs(const struct writer *writer, const char *type,
                            const struct kernel_run *runs) {
    const struct call *call = writer->call;
    write_runs(writer, "runs", &runs[call->first], call->count);
    begin_args(writer, type);
    text_print(writer->text, "        .runs = runs,\n");
    write_size(writer, "run_count", call->count);
}

static void write_depthwise_args(const struct writer *writer, const void *data) {
    const struct depthwise_args *args = data;
    write_call_runs(writer, "depthwise_args", args->runs);
    POINTER_MEMBER(writer, args, weights);
    POINTER_MEMBER(writer, args, bias);
    write_window(writer, &args->window);
    write_bounds(writer, args->bounds);
    write_map(writer, &args->output);
}

static void write_pool_args(const struct writer *writer, const void *data) {
    const struct pool_args *args = data;
    write_call_runs(writer, "pool_args", args->runs);
    BOOL_MEMBER(writer, args, count_padding);
    BOOL_MEMBER(writer, args, columns_first);
    SIZE_MEMBER(writer, args, input_channels);
    write_window(writer, &args->window);
    write_bounds(writer, args->bounds);
    write_map(writer, &args->output);
}

static void write_global_pool_args(const struct writer *writer, const void *data) {
    const struct global_pool_args *args = data;
    write_call_runs(writer, "global_pool_args", args->runs);
    SIZE_MEMBER(writer, args, pixels);
    write_bounds(writer, args->bounds);
    write_map(writer, &args->output);
}

static void write_fully_connected_args(const struct writer *writer, const void *data) {
    const struct fully_connected_args *args = data;
    write_runs(writer, "runs", args->runs, args->run_count);
    begin_args(writer, "fully_connected_args");
    text_print(writer->text, "        .runs = runs,\n");
    SIZE_MEMBER(writer, args, run_count);
    SIZE_MEMBER(writer, args, images);
    SIZE_MEMBER(writer, args, inputs);
    POINTER_MEMBER(writer, args, weights);
    POINTER_MEMBER(writer, args, bias);
    write_bounds(writer, args->bounds);
    write_map(writer, &args->output);
}

static void write_add_args(const struct writer *writer, const void *data) {
    const struct add_args *args = data;
    const struct call *call = writer->call;
    write_runs(writer, "a", &args->a[call->first], call->count);
    write_runs(writer, "b", &args->b[call->first], call->count);
    begin_args(writer, "add_args");
    text_print(writer->text, "        .a = a,\n        .b = b,\n");
    write_size(writer, "run_count", call->count);
    write_bounds(writer, args->bounds);
    write_map(writer, &args->output);
}

static void write_copy_args(const struct writer *writer, const void *data) {
    const struct copy_args *args = data;
    write_call_runs(writer, "copy_args", args->runs);
    write_bounds(writer, args->bounds);
    write_map(writer, &args->output);
}

static void write_piece(const struct writer *writer, const struct strided_piece *piece) {
    text_print(writer->text, "        {\n        ");
    SIZES_MEMBER(writer, piece, dims);
    text_print(writer->text, "    ");
    POINTER_MEMBER(writer, piece, a);
    text_print(writer->text, "    ");
    POINTER_MEMBER(writer, piece, b);
    text_print(writer->text, "    ");
    POINTER_MEMBER(writer, piece, out);
    text_print(writer->text, "    ");
    STRIDES_MEMBER(writer, piece, a_strides);
    text_print(writer->text, "    ");
    STRIDES_MEMBER(writer, piece, b_strides);
    text_print(writer->text, "    ");
    STRIDES_MEMBER(writer, piece, out_strides);
    text_print(writer->text, "        },\n");
}

/* The call's pieces, and the members that name them. */
static void write_loop(const struct writer *writer, const struct strided_args *args,
                       const char *name) {
    const struct call *call = writer->call;
    text_print(writer->text, "    const struct strided_piece pieces[] = {\n");
    for (size_t i = 0; i < call->count; i++)
        write_piece(writer, &args->pieces[call->first + i]);
    text_print(writer->text, "    };\n");
    begin(writer, "strided_args", name);
    text_print(writer->text, "        .pieces = pieces,\n");
    write_size(writer, "piece_count", call->count);
    SIZE_MEMBER(writer, args, rows);
}

static void write_strided_args(const struct writer *writer, const void *data) {
    const struct strided_args *args = data;
    write_loop(writer, args, "args");
    text_print(writer->text,
               "        .operator = KERNEL_BINARY_%s,\n"
               "        .activation = KERNEL_ACTIVATION_%s,\n        .alpha = ",
               binary_constant(args->operator), activation_constant((int)args->activation));
    text_add_float(writer->text, args->alpha);
    text_print(writer->text, ",\n        .beta = ");
    text_add_float(writer->text, args->beta);
    text_print(writer->text, ",\n");
}

static void write_softmax_args(const struct writer *writer, const void *data) {
    const struct softmax_args *args = data;
    begin_args(writer, "softmax_args");
    SIZES_MEMBER(writer, args, dims);
    POINTER_MEMBER(writer, args, in);
    POINTER_MEMBER(writer, args, out);
    STRIDES_MEMBER(writer, args, in_strides);
    STRIDES_MEMBER(writer, args, out_strides);
}

static void write_matmul(const struct writer *writer, const struct matmul_args *args,
                         const char *name) {
    begin(writer, "matmul_args", name);
    SIZES_MEMBER(writer, args, dims);
    SIZE_MEMBER(writer, args, inner);
    POINTER_MEMBER(writer, args, a);
    POINTER_MEMBER(writer, args, b);
    POINTER_MEMBER(writer, args, bias);
    POINTER_MEMBER(writer, args, out);
    STRIDES_MEMBER(writer, args, a_strides);
    STRIDES_MEMBER(writer, args, b_strides);
    STRIDES_MEMBER(writer, args, bias_strides);
    STRIDES_MEMBER(writer, args, out_strides);
}

static void write_matmul_args(const struct writer *writer, const void *data) {
    write_matmul(writer, data, "args");
}

static const char *const reductions[] = {
    [KERNEL_REDUCTION_SUM] = "SUM",
    [KERNEL_REDUCTION_MEAN] = "MEAN",
    [KERNEL_REDUCTION_MAX] = "MAX",
    [KERNEL_REDUCTION_MIN] = "MIN",
    [KERNEL_REDUCTION_PRODUCT] = "PRODUCT",
    [KERNEL_REDUCTION_ARG_MAX] = "ARG_MAX",
    [KERNEL_REDUCTION_ARG_MIN] = "ARG_MIN",
    [KERNEL_REDUCTION_ARG_MAX_LAST] = "ARG_MAX_LAST",
    [KERNEL_REDUCTION_ARG_MIN_LAST] = "ARG_MIN_LAST",
};

static void write_reduce(const struct writer *writer, const struct reduce_args *args,
                         const char *name) {
    begin(writer, "reduce_args", name);
    text_print(writer->text, "        .reduction = KERNEL_REDUCTION_%s,\n",
               reductions[args->reduction]);
    SIZES_MEMBER(writer, args, dims);
    STRIDES_MEMBER(writer, args, in_strides);
    STRIDES_MEMBER(writer, args, out_strides);
    SIZES_MEMBER(writer, args, reduced_dims);
    STRIDES_MEMBER(writer, args, reduced_strides);
    POINTER_MEMBER(writer, args, in);
    POINTER_MEMBER(writer, args, out);
}

static void write_reduce_args(const struct writer *writer, const void *data) {
    write_reduce(writer, data, "args");
}

static void write_axis_args(const struct writer *writer, const void *data) {
    const struct axis_args *args = data;
    begin_args(writer, "axis_args");
    SIZES_MEMBER(writer, args, dims);
    SIZE_MEMBER(writer, args, length);
    POINTER_MEMBER(writer, args, in);
    POINTER_MEMBER(writer, args, indices);
    POINTER_MEMBER(writer, args, out);
    STRIDES_MEMBER(writer, args, in_strides);
    STRIDES_MEMBER(writer, args, index_strides);
    STRIDES_MEMBER(writer, args, out_strides);
    BOOL_MEMBER(writer, args, exclusive);
    BOOL_MEMBER(writer, args, reverse);
    BOOL_MEMBER(writer, args, smallest);
    BOOL_MEMBER(writer, args, positions);
}

static void write_positions(const struct writer *writer, const char *name,
                            const struct resize_position *positions, size_t count, size_t taps) {
    text_print(writer->text, "    static const struct resize_position %s[] = {\n", name);
    for (size_t i = 0; i < count; i++) {
        text_print(writer->text, "        {");
        write_sizes(writer, positions[i].index, taps);
        for (size_t tap = 0; tap < taps; tap++) {
            text_print(writer->text, "%s", tap ? ", " : ", {");
            text_add_float(writer->text, positions[i].weight[tap]);
        }
        text_print(writer->text, "}},\n");
    }
    text_print(writer->text, "    };\n");
}

static void write_resize_args(const struct writer *writer, const void *data) {
    const struct resize_args *args = data;
    write_positions(writer, "rows", args->rows, args->output.height, args->taps);
    write_positions(writer, "columns", args->columns, args->output.width, args->taps);
    write_call_runs(writer, "resize_args", args->runs);
    SIZE_MEMBER(writer, args, width);
    SIZE_MEMBER(writer, args, taps);
    text_print(writer->text, "        .rows = rows,\n        .columns = columns,\n");
    write_map(writer, &args->output);
}

/* ---- of integers ---- */

static void write_type(const struct writer *writer, struct kernel_integer_type type) {
    text_print(writer->text, "        .type = {%u, %s, %s},\n", type.bits,
               type.is_signed ? "true" : "false", type.rounds ? "true" : "false");
}

static void write_integer_args(const struct writer *writer, const void *data) {
    const struct integer_args *args = data;
    write_loop(writer, &args->loop, "loop");
    end(writer);
    begin_args(writer, "integer_args");
    text_print(writer->text, "        .loop = loop,\n        .operator = KERNEL_INTEGER_%s,\n",
               integer_constant((int)args->operator));
    write_type(writer, args->type);
}

static void write_integer_conv_args(const struct writer *writer, const void *data) {
    const struct integer_conv_args *args = data;
    write_conv(writer, &args->conv, "conv");
    end(writer);
    begin_args(writer, "integer_conv_args");
    text_print(writer->text,
               "        .conv = conv,\n        .bias = (const int32_t *)(const void *)(");
    write_pointer(writer, &args->bias, (const float *)(const void *)args->bias);
    text_print(writer->text, "),\n");
    POINTER_MEMBER(writer, args, scale);
    write_type(writer, args->type);
}

static void write_integer_matmul_args(const struct writer *writer, const void *data) {
    const struct integer_matmul_args *args = data;
    write_matmul(writer, &args->matmul, "matmul");
    end(writer);
    begin_args(writer, "integer_matmul_args");
    text_print(writer->text, "        .matmul = matmul,\n");
    write_type(writer, args->type);
}

static void write_integer_reduce_args(const struct writer *writer, const void *data) {
    static const char *const names[] = {
        [KERNEL_INTEGER_SUM] = "SUM",
        [KERNEL_INTEGER_MEAN] = "MEAN",
        [KERNEL_INTEGER_PRODUCT] = "PRODUCT",
    };
    const struct integer_reduce_args *args = data;
    write_reduce(writer, &args->over, "over");
    end(writer);
    begin_args(writer, "integer_reduce_args");
    text_print(writer->text, "        .over = over,\n        .reduction = KERNEL_INTEGER_%s,\n",
               names[args->reduction]);
    write_type(writer, args->type);
}

/* ---- by family ---- */

#define WHOLE(type)                                                                                \
    { write_##type, 0, 0 }
#define PARTS(type, count, at_once)                                                                \
    { write_##type, offsetof(struct type, count), at_once }

static const struct args_kind kind_conv_args = WHOLE(conv_args);
static const struct args_kind kind_depthwise_args = PARTS(depthwise_args, run_count, RUNS_AT_ONCE);
static const struct args_kind kind_pool_args = PARTS(pool_args, run_count, RUNS_AT_ONCE);
static const struct args_kind kind_global_pool_args =
    PARTS(global_pool_args, run_count, RUNS_AT_ONCE);
static const struct args_kind kind_fully_connected_args = WHOLE(fully_connected_args);
static const struct args_kind kind_add_args = PARTS(add_args, run_count, RUNS_AT_ONCE / 2);
static const struct args_kind kind_copy_args = PARTS(copy_args, run_count, RUNS_AT_ONCE);
static const struct args_kind kind_strided_args = PARTS(strided_args, piece_count, PIECES_AT_ONCE);
static const struct args_kind kind_softmax_args = WHOLE(softmax_args);
static const struct args_kind kind_matmul_args = WHOLE(matmul_args);
static const struct args_kind kind_reduce_args = WHOLE(reduce_args);
static const struct args_kind kind_axis_args = WHOLE(axis_args);
static const struct args_kind kind_integer_args =
    PARTS(integer_args, loop.piece_count, PIECES_AT_ONCE);
static const struct args_kind kind_integer_conv_args = WHOLE(integer_conv_args);
static const struct args_kind kind_integer_matmul_args = WHOLE(integer_matmul_args);
static const struct args_kind kind_integer_reduce_args = WHOLE(integer_reduce_args);
static const struct args_kind kind_bytes_args, kind_integer_axis_args, kind_conv_half_args,
    kind_fully_connected_half_args; /* check_steps refuses them */
static const struct args_kind kind_resize_args = PARTS(resize_args, run_count, RUNS_AT_ONCE);

static const struct family {
    const char *name;
    const struct args_kind *kind;
} families[] = {
#define KERNEL(family, args) {#family, &kind_##args},
#include "kernels/kernels.def"
#undef KERNEL
};

const struct args_kind *args_kind_of(const char *family) {
    size_t i = 0;
    while (strcmp(families[i].name, family) != 0)
        i++;
    return families[i].kind;
}
