/* Reading frames; see frames.h. */
#include "runtime/frames.h"

#include "base/checked.h"
#include "kernels/index.h"
#include "runtime/half_weights.h"

#include <inttypes.h>

/* Rows of numbers that one member holds at once stay in its first level cache, but for large
 * frames: where few rows are made at once, neighbours make many of those they read twice. */
enum { ROW_FLOATS = 8192, FEWEST_ROWS = 4 };

static const struct snv2_blob_tensor *operand_tensor(const struct blob *blob,
                                                     const struct snv2_blob_command *command) {
    return &blob->tensors[blob->runs[command->operands[0].first_run].tensor];
}

bool reads_bytes(const struct blob *blob, const struct snv2_blob_command *command) {
    return holds_bytes(operand_tensor(blob, command));
}

/* ---- the caller's frames ---- */

struct snv2_frame_info *describe_frames(const struct blob *blob, struct arena *arena) {
    struct snv2_frame_info *infos = arena_alloc(arena, blob->input_count, sizeof *infos);
    for (uint32_t i = 0; infos && i < blob->frame_count; i++) {
        const struct snv2_blob_frame *frame = &blob->frames[i];
        const int64_t *dims = blob->tensors[blob->inputs[frame->input]].dims;
        bool planes = frame->layout == SNV2_LAYOUT_NCHW;
        struct snv2_frame_info *info = &infos[frame->input];
        *info = (struct snv2_frame_info){
            .layout = frame->layout,
            .pixels = frame->pixels,
            .images = dims[0],
            .height = dims[planes ? 2 : 1],
            .width = dims[planes ? 3 : 2],
            .channels = dims[planes ? 1 : 3],
        };
        info->row_bytes = (size_t)(planes ? info->width : info->width * info->channels);
    }
    return infos;
}

bool place_frame(const struct snv2_frame_info *info, const struct snv2_frame *frame,
                 struct kernel_frame *placed) {
    bool planes = info->layout == SNV2_LAYOUT_NCHW;
    ptrdiff_t row = frame->row_stride ? frame->row_stride : (ptrdiff_t)info->row_bytes;
    ptrdiff_t plane = frame->plane_stride ? frame->plane_stride : (ptrdiff_t)info->height * row;
    ptrdiff_t image = planes ? (ptrdiff_t)info->channels * plane : (ptrdiff_t)info->height * row;
    *placed = (struct kernel_frame){
        .base = frame->data,
        .image_stride = frame->image_stride ? frame->image_stride : image,
        .row_stride = row,
        .pixel_stride = planes ? 1 : (ptrdiff_t)info->channels,
        .channel_stride = planes ? plane : 1,
    };
    return imaxabs(row) >= (intmax_t)info->row_bytes && (planes || frame->plane_stride == 0);
}

/* ---- commands ---- */

/* The frame that is read, and which of its channels, as numbers. NULL when out of memory. */
static struct bytes_args *resolve_channels(struct resolver *resolver,
                                           const struct snv2_blob_command *command) {
    const struct blob *blob = resolver->blob;
    const struct snv2_blob_operand *operand = &command->operands[0];
    const struct snv2_blob_run *runs = &blob->runs[operand->first_run];
    uint32_t input = (uint32_t)blob->tensors[operand_tensor(blob, command)->owner].offset;
    const struct snv2_blob_frame *frame = blob->input_frames[input];
    size_t count = 0;
    for (uint32_t i = 0; i < operand->run_count; i++)
        count += runs[i].count;
    struct bytes_args *args = arena_alloc(resolver->arena, 1, sizeof *args);
    struct byte_channel *channels = arena_alloc(resolver->arena, count, sizeof *channels);
    if (!args || !channels)
        return NULL;
    args->frame = &resolver->plan->frames[input];
    args->channels = channels;
    args->output.channels = count;
    for (uint32_t i = 0; i < operand->run_count; i++)
        for (uint32_t k = 0; k < runs[i].count; k++) {
            int64_t number = (int64_t)runs[i].first + (int64_t)k * runs[i].step;
            *channels++ =
                (struct byte_channel){(size_t)number, frame->scale[number], frame->shift[number]};
        }
    return args;
}

struct bytes_args *resolve_bytes(struct resolver *resolver,
                                 const struct snv2_blob_command *command) {
    struct bytes_args *args = resolve_channels(resolver, command);
    const struct snv2_blob_tensor *output = &resolver->blob->tensors[command->output];
    return args && resolve_map(resolver, output, &args->output) ? args : NULL;
}

/* A member's convolution of bytes. */
struct byte_conv {
    const struct conv_args *conv;
    const struct kernel_half_weights *halves; /* NULL: its weights are float32 */
    const struct bytes_args *bytes;           /* its output is without memory and rows */
    size_t band;                              /* rows of the output that are made at once */
    float *memory; /* of the rows that they read: [channels][rows][width] */
};

/* `count` rows of the output, as a convolution over the rows that they read. */
static void make_band(const struct kernel_table *kernels, const struct byte_conv *work,
                      size_t image, size_t y, size_t count) {
    struct conv_args conv = *work->conv;
    struct bytes_args bytes = *work->bytes;
    struct kernel_frame frame = *bytes.frame;
    struct kernel_window *window = &conv.window;
    size_t extent = (window->kernel[0] - 1) * window->dilation[0] + 1;
    size_t top = y * window->stride[0], pad = window->pad[0], past = window->height + pad;
    size_t begin = top < pad ? pad : smaller(top, past);
    size_t end = smaller(top + (count - 1) * window->stride[0] + extent, past);
    size_t rows = end > begin ? end - begin : 0;
    frame.base = frame_at(&frame, image, begin - pad, 0);
    bytes.frame = &frame;
    bytes.output.base = work->memory;
    bytes.output.height = rows;
    bytes.output.channel_stride = rows * bytes.output.width;
    if (rows > 0)
        kernels->bytes(&bytes, 0, rows);

    const struct kernel_run run = {.base = work->memory,
                                   .pixel_stride = 1,
                                   .step = (ptrdiff_t)bytes.output.channel_stride,
                                   .count = bytes.output.channels};
    const size_t group_runs[] = {0, 1};
    conv.runs = &run;
    conv.group_runs = group_runs;
    window->pad[0] = pad > top ? pad - top : 0;
    window->height = rows;
    conv.output.base = map_at(&conv.output, image, y, 0, 0);
    conv.output.height = count;
    if (work->halves)
        kernels->conv_half(&(struct conv_half_args){&conv, *work->halves}, 0, count);
    else
        kernels->conv(&conv, 0, count);
}

/* Items are rows of the output. */
static void run_byte_conv(const struct kernel_table *kernels, const void *args, size_t begin,
                          size_t end) {
    const struct byte_conv *work = args;
    size_t height = work->conv->output.height;
    for (size_t row = begin, count; row < end; row += count) {
        size_t y = row % height;
        count = smaller(smaller(work->band, height - y), end - row);
        make_band(kernels, work, row / height, y, count);
    }
}

/* The rows of the output that are made at once. */
static size_t choose_band(const struct snv2_blob_window *window, uint64_t height, uint64_t floats) {
    size_t extent = (size_t)(window->kernel[0] - 1) * window->dilation[0] + 1;
    size_t rows = (size_t)(ROW_FLOATS / floats);
    size_t band = rows > extent ? (rows - extent) / window->stride[0] + 1 : 0;
    band = band < FEWEST_ROWS ? FEWEST_ROWS : band;
    return band < height ? band : (size_t)height;
}

/* The band, and in *floats how many numbers the rows are that it reads; UINT64_MAX: too many. */
static size_t plan_rows(const struct blob *blob, const struct snv2_blob_command *command,
                        uint64_t *floats) {
    const struct snv2_blob_operand *operand = &command->operands[0];
    struct map in = map_of(operand_tensor(blob, command));
    struct map out = map_of(&blob->tensors[command->output]);
    uint64_t channels = 0;
    for (uint32_t i = 0; i < operand->run_count; i++)
        channels += blob->runs[operand->first_run + i].count;
    if (!checked_mul(channels, in.width, floats))
        *floats = UINT64_MAX;
    const struct snv2_blob_window *window = &command->window;
    size_t band = choose_band(window, out.height, *floats);
    uint64_t extent = (uint64_t)(window->kernel[0] - 1) * window->dilation[0] + 1;
    uint64_t rows = (band - 1) * window->stride[0] + extent;
    if (!checked_mul(*floats, rows < in.height ? rows : in.height, floats))
        *floats = UINT64_MAX;
    return band;
}

uint64_t frame_rows_floats(const struct blob *blob) {
    uint64_t most = 0;
    for (uint32_t i = 0; i < blob->command_count; i++) {
        const struct snv2_blob_command *command = &blob->commands[i];
        uint64_t floats = 0;
        if (command->opcode == SNV2_OPCODE_CONV && reads_bytes(blob, command))
            plan_rows(blob, command, &floats);
        most = floats > most ? floats : most;
    }
    return most;
}

bool resolve_byte_conv(struct resolver *resolver, const struct snv2_blob_command *command,
                       const struct conv_args *args, struct step *step) {
    bool in_unit = resolver->rings;
    int count = in_unit ? 1 : resolver->members;
    struct byte_conv *works = arena_alloc(resolver->arena, (size_t)count, sizeof *works);
    struct conv_half_args *halves =
        has_half_weights(command) ? resolve_conv_half(resolver, command, args) : NULL;
    struct bytes_args *bytes = resolve_channels(resolver, command);
    uint64_t floats;
    size_t band = plan_rows(resolver->blob, command, &floats);
    if (!works || !bytes || (has_half_weights(command) && !halves))
        return false;
    bytes->output.pixel_stride = 1;
    bytes->output.width = args->window.width;
    for (int i = 0; i < count; i++)
        works[i] = (struct byte_conv){
            .conv = args,
            .halves = halves ? &halves[i].weights : NULL,
            .bytes = bytes,
            .band = band,
            .memory = member_rows(resolver, in_unit ? resolver->member : i),
        };
    *step =
        (struct step){.run = run_byte_conv,
                      .kernel = "bytes+conv",
                      .args = works,
                      .args_stride = sizeof *works,
                      .items = (size_t)map_of(&resolver->blob->tensors[command->output]).images *
                               args->output.height};
    return true;
}
