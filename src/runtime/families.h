/* Inside the resolving of commands: one function for each family, and what they share. */
#ifndef RUNTIME_FAMILIES_H
#define RUNTIME_FAMILIES_H

#include "kernels/index.h"
#include "runtime/operands.h"

#include <math.h>

struct conv_args;

/* Fills zeroed arguments in resolver->arena and the step that uses them. False when out of memory.
 */
typedef bool family_resolver(struct resolver *resolver, const struct snv2_blob_command *command,
                             struct step *step);

family_resolver resolve_along;
family_resolver resolve_binary;
family_resolver resolve_conv;
family_resolver resolve_copy;
family_resolver resolve_depthwise;
family_resolver resolve_fully_connected;
family_resolver resolve_global_pool;
family_resolver resolve_integer;
family_resolver resolve_integer_conv;
family_resolver resolve_integer_matmul;
family_resolver resolve_integer_reduce;
family_resolver resolve_integer_sums;
family_resolver resolve_matmul;
family_resolver resolve_pool;
family_resolver resolve_reduce;
family_resolver resolve_resize;
family_resolver resolve_softmax;

/* A convolution but for its output, bias and bounds; the runs only of floats. */
bool fill_conv(struct resolver *resolver, const struct snv2_blob_command *command,
               struct conv_args *args);

/* ---- the kernels behind one signature ---- */

#define KERNEL(family, args_struct)                                                                \
    void run_##family(const struct kernel_table *kernels, const void *args, size_t begin,          \
                      size_t end);
#include "kernels/kernels.def"
#undef KERNEL

#define STEP(family, arguments, item_count)                                                        \
    ((struct step){.run = run_##family, .kernel = #family, .args = arguments, .items = item_count})

/* The same with arguments for each member. */
#define HALF_STEP(family, arguments, item_count)                                                   \
    ((struct step){.run = run_##family,                                                            \
                   .kernel = #family,                                                              \
                   .args = arguments,                                                              \
                   .args_stride = sizeof *(arguments),                                             \
                   .items = item_count})

static inline const struct snv2_blob_tensor *output_of(const struct resolver *resolver,
                                                       const struct snv2_blob_command *command) {
    return &resolver->blob->tensors[command->output];
}

static inline const struct snv2_blob_tensor *input_of(const struct resolver *resolver,
                                                      const struct snv2_blob_command *command) {
    const struct blob *blob = resolver->blob;
    return &blob->tensors[blob->runs[command->operands[0].first_run].tensor];
}

/* The first operand, cut at blocks; the number of its runs. */
static inline const struct kernel_run *
resolve_blocks(struct resolver *resolver, const struct snv2_blob_command *command, size_t *count) {
    struct piece_list list =
        cut_pieces(resolver, operand_pieces(resolver, &command->operands[0]), KERNEL_LANES, NULL);
    *count = list.count;
    return make_runs(resolver, list);
}

static inline const float *weights_at(const struct resolver *resolver, uint64_t offset) {
    return (const float *)(const void *)(resolver->blob->weights + offset);
}

/* Activations that are no bounds are a step of their own behind the kernel. */
static inline bool has_epilogue(const struct snv2_blob_command *command) {
    return command->activation != SNV2_ACTIVATION_NONE &&
           command->activation != SNV2_ACTIVATION_RELU &&
           command->activation != SNV2_ACTIVATION_CLIP;
}

static inline struct kernel_bounds bounds_of(const struct snv2_blob_command *command) {
    if (command->activation == SNV2_ACTIVATION_RELU)
        return (struct kernel_bounds){0, INFINITY};
    if (command->activation == SNV2_ACTIVATION_CLIP)
        return (struct kernel_bounds){command->activation_alpha, command->activation_beta};
    return (struct kernel_bounds){-INFINITY, INFINITY};
}

static inline struct kernel_window window_of(const struct resolver *resolver,
                                             const struct snv2_blob_command *command) {
    struct map input = map_of(input_of(resolver, command));
    const struct snv2_blob_window *window = &command->window;
    struct kernel_window resolved = {.height = (size_t)input.height, .width = (size_t)input.width};
    for (int i = 0; i < 2; i++) {
        resolved.kernel[i] = window->kernel[i];
        resolved.stride[i] = window->stride[i];
        resolved.dilation[i] = window->dilation[i];
    }
    for (int i = 0; i < 4; i++)
        resolved.pad[i] = window->pad[i];
    return resolved;
}

static inline size_t images_of(const struct resolver *resolver,
                               const struct snv2_blob_command *command) {
    return (size_t)map_of(output_of(resolver, command)).images;
}

static inline size_t rows_of(const struct resolver *resolver,
                             const struct snv2_blob_command *command) {
    struct map output = map_of(output_of(resolver, command));
    return (size_t)(output.images * output.height);
}

/* Zeroed arguments of a family that writes a map, or a return of false. */
#define NEW_ARGS(type, args)                                                                       \
    struct type *args = arena_alloc(resolver->arena, 1, sizeof *args);                             \
    if (!args || !resolve_map(resolver, output_of(resolver, command), &args->output))              \
        return false;                                                                              \
    args->bounds = bounds_of(command)

#endif
