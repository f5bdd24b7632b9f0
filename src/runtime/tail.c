/* Convolution, global pool and fully connected layer as one step; see tail.h. */
#include "runtime/tail.h"

#include "kernels/conv.h"
#include "kernels/fully_connected.h"
#include "kernels/global_pool.h"
#include "kernels/index.h"
#include "runtime/frames.h"
#include "runtime/half_weights.h"

#include <math.h>
#include <string.h>

/* Outputs of the convolution in a strip; blocks of outputs of the fully connected layer in a group.
 * Each strip is followed by one group's products with all that was pooled since its last turn. Of
 * more groups, each would have to catch up more at the end; the weights of a larger group, all at
 * the same place of their blocks, would push each other out of the second cache. */
enum { STRIP = 2 * KERNEL_LANES, GROUP = 8 };

struct tail {
    const struct conv_args *conv;
    const struct global_pool_args *pool;
    const struct fully_connected_args *connected;
    size_t conv_items;
    float *strip; /* [pixels][STRIP] */
    float *sums;  /* of the fully connected layer, [blocks * 16] */
    size_t *done; /* inputs that each group has had */
};

/* ---- the run ---- */

static size_t output_blocks(const struct tail *tail) {
    return (tail->connected->output.channels + KERNEL_LANES - 1) / KERNEL_LANES;
}

/* The weights of a group for inputs up to `past`. */
static struct kernel_ahead group_weights(const struct tail *tail, size_t group, size_t past) {
    const float *weights = tail->connected->weights;
    size_t inputs = tail->connected->inputs,
           first = at_row(group * GROUP, inputs, tail->done[group]);
    return (struct kernel_ahead){.base = (const char *)&weights[first * KERNEL_LANES],
                                 .pieces = GROUP,
                                 .bytes = (past - tail->done[group]) * KERNEL_LANES * sizeof(float),
                                 .stride = inputs * KERNEL_LANES * sizeof(float)};
}

/* Outputs [first, first + count) of the convolution, pooled. */
static void make_strip(const struct kernel_table *kernels, const struct tail *tail, size_t first,
                       size_t count, struct kernel_ahead ahead) {
    struct conv_args conv = *tail->conv;
    size_t taps = conv.window.kernel[0] * conv.window.kernel[1];
    size_t pixels = tail->pool->pixels;
    conv.group_outputs = count;
    conv.weights += first * taps * conv.group_inputs;
    conv.bias += first;
    conv.ahead = ahead;
    conv.output.base = tail->strip;
    conv.output.pixel_stride = STRIP;
    conv.output.image_stride = pixels * STRIP;
    conv.output.channels = count;
    kernels->conv(&conv, 0, tail->conv_items);

    struct kernel_run runs[STRIP / KERNEL_LANES]; /* a pool's runs end at each block of channels */
    struct global_pool_args pool = *tail->pool;
    pool.runs = runs;
    pool.run_count = 0;
    for (size_t channel = 0; channel < count; channel += KERNEL_LANES)
        runs[pool.run_count++] = (struct kernel_run){
            .base = &tail->strip[channel],
            .pixel_stride = STRIP,
            .image_stride = pixels * STRIP,
            .step = 1,
            .count = smaller(count - channel, KERNEL_LANES),
            .channel = channel,
        };
    pool.output.base += first * pool.output.channel_stride;
    pool.output.channels = count;
    kernels->global_average_pool(&pool, 0, pool.run_count);
}

/* A group's products with its inputs up to `past`; its outputs, when those are all. */
static void add_inputs(const struct kernel_table *kernels, const struct tail *tail, size_t group,
                       size_t past) {
    struct fully_connected_args connected = *tail->connected;
    size_t blocks = output_blocks(tail), done = tail->done[group];
    struct kernel_run run = *connected.runs;
    if (done == past)
        return;
    run.base += (ptrdiff_t)done * run.step;
    run.count = past - done;
    connected.runs = &run;
    connected.weights += done * KERNEL_LANES;
    connected.bias = tail->sums;
    if (past < connected.inputs) {
        connected.bounds = (struct kernel_bounds){-INFINITY, INFINITY};
        connected.output.base = tail->sums;
        connected.output.channel_stride = 1;
        connected.output.channels = blocks * KERNEL_LANES;
    }
    kernels->fully_connected(&connected, group * GROUP, smaller(group * GROUP + GROUP, blocks));
    tail->done[group] = past;
}

/* One item. Nothing is written to the output before the convolution has read all its input, whose
 * memory may be the same. */
static void run_tail(const struct kernel_table *kernels, const void *args, size_t begin,
                     size_t end) {
    const struct tail *tail = args;
    size_t blocks = output_blocks(tail), groups = (blocks + GROUP - 1) / GROUP;
    size_t outputs = tail->conv->output.channels;
    if (begin == end)
        return;
    memcpy(tail->sums, tail->connected->bias, blocks * KERNEL_LANES * sizeof *tail->sums);
    memset(tail->done, 0, groups * sizeof *tail->done);
    for (size_t first = 0, count; first < outputs; first += count) {
        size_t group = first / STRIP % groups;
        count = smaller(outputs - first, STRIP);
        make_strip(kernels, tail, first, count, group_weights(tail, group, first + count));
        add_inputs(kernels, tail, group, first + count);
    }
    for (size_t group = 0; group < groups; group++)
        add_inputs(kernels, tail, group, outputs);
}

/* ---- which marks are tails of one step ---- */

/* Whether the operand is all of the tensor, whose channels stand side by side. */
static bool reads_whole(const struct blob *blob, const struct snv2_blob_operand *operand,
                        uint32_t tensor) {
    const struct snv2_blob_run *run = &blob->runs[operand->first_run];
    const struct snv2_blob_tensor *read = &blob->tensors[run->tensor];
    return operand->run_count == 1 && run->tensor == tensor && run->first == 0 && run->step == 1 &&
           run->count == (uint64_t)read->dims[1] && (read->strides[1] == 1 || run->count == 1);
}

static bool has_bounds(const struct snv2_blob_command *command) {
    return command->activation == SNV2_ACTIVATION_NONE ||
           command->activation == SNV2_ACTIVATION_RELU ||
           command->activation == SNV2_ACTIVATION_CLIP;
}

const char *tail_refusal(const struct blob *blob, const struct snv2_blob_mark *mark) {
    const struct snv2_blob_command *conv = &blob->commands[mark->first], *pool = &conv[1],
                                   *connected = &conv[2];
    if (mark->count != 2 || blob->command_count - mark->first < TAIL_COMMANDS ||
        conv->opcode != SNV2_OPCODE_CONV || pool->opcode != SNV2_OPCODE_GLOBAL_AVERAGE_POOL ||
        connected->opcode != SNV2_OPCODE_FULLY_CONNECTED)
        return "no fully connected layer behind it";
    if (!has_bounds(conv) || !has_bounds(pool) || !has_bounds(connected))
        return "activations that are no bounds";
    if (has_half_weights(conv) || has_half_weights(connected))
        return "weights of half the size";
    if (conv->group != 1 || reads_bytes(blob, conv) ||
        !reads_whole(blob, &pool->operands[0], conv->output) ||
        !reads_whole(blob, &connected->operands[0], pool->output))
        return "not all is read as it is written";
    if (map_of(&blob->tensors[conv->output]).images != 1)
        return "more than one image";
    return NULL;
}

static size_t strip_floats(const struct blob *blob, const struct snv2_blob_mark *mark) {
    struct map map = map_of(&blob->tensors[blob->commands[mark->first].output]);
    return (size_t)(map.height * map.width) * STRIP;
}

static size_t sum_floats(const struct blob *blob, const struct snv2_blob_mark *mark) {
    struct map map = map_of(&blob->tensors[blob->commands[mark->first + 2].output]);
    return ((size_t)map.channels + KERNEL_LANES - 1) / KERNEL_LANES * KERNEL_LANES;
}

size_t tail_floats(const struct blob *blob, const struct snv2_blob_mark *mark) {
    return strip_floats(blob, mark) + sum_floats(blob, mark);
}

bool resolve_tail(struct resolver *resolver, const struct snv2_blob_mark *mark, struct step *step) {
    static const char *const kernels[TAIL_COMMANDS] = {"conv", "global_average_pool",
                                                       "fully_connected"};
    struct tail *tail = arena_alloc(resolver->arena, 1, sizeof *tail);
    size_t blocks = sum_floats(resolver->blob, mark) / KERNEL_LANES;
    size_t *done = arena_alloc(resolver->arena, blocks / GROUP + 1, sizeof *done);
    struct step steps[TAIL_COMMANDS];
    if (!tail || !done)
        return false;
    for (uint32_t i = 0; i < TAIL_COMMANDS; i++)
        if (!resolve_step(resolver, mark->first + i, &steps[i]))
            return false;
    *tail = (struct tail){
        .conv = steps[0].args,
        .pool = steps[1].args,
        .connected = steps[2].args,
        .conv_items = steps[0].items,
        .strip = member_rings(resolver, 0),
        .sums = member_rings(resolver, 0) + strip_floats(resolver->blob, mark),
        .done = done,
    };
    *step = (struct step){.run = run_tail,
                          .kernel = "tail",
                          .kernels = kernels,
                          .args = tail,
                          .items = 1,
                          .command = mark->first,
                          .count = TAIL_COMMANDS};
    return true;
}
