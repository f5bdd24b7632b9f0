/* Checks one command of a blob: opcodes.def as a table, and what its columns mean. */
#include "base/checked.h"
#include "runtime/verify.h"

#include <inttypes.h>
#include <string.h>

/* What operands and output are, and how their dims are related. Arrays, of any rank and strides,
 * have the same dims; from SAME_PIXELS on they are maps of as many images. */
enum geometry {
    ARRAYS,
    ALONG_AXIS, /* arrays, with an axis */
    SELECTED,   /* the same, the output being shorter along the axis */
    GATHERED,   /* the same, the first operand being of any length along the axis */
    PRODUCT,    /* arrays of one rank, the last two axes being matrices */
    REDUCED,    /* arrays of one rank, some axes of the output being 1 */
    SAME_PIXELS,
    ONE_PIXEL,
    WINDOW,
    POOL_WINDOW,
    TRANSPOSED_WINDOW,
    TABLES, /* indices say which rows and columns are read */
};

/* The weights, and with them the group. */
enum weights { NO_WEIGHTS, GROUPED, GROUPED_INTEGERS, PER_CHANNEL, FULL, TAP_WEIGHTS };

static bool may_be_halves(enum weights weights) {
    return weights == GROUPED || weights == FULL;
}

/* What it computes in. */
enum numbers { FLOATS, INTEGERS };

struct opcode_rule {
    const char *name;
    uint8_t operands, optional_operands;
    enum geometry geometry;
    bool keeps_channels; /* the output has the operand's channels */
    enum weights weights;
    uint8_t first_mode, last_mode;
    uint8_t last_activation;
    enum numbers numbers;
};

enum {
#define BINARY(name, number, text) +1
    BINARY_COUNT = 0
#include "snv2/binaries.def"
#undef BINARY
};

static const uint8_t activation_parameters[] = {
#define ACTIVATION(name, number, parameters, text) [number] = parameters,
#include "snv2/activations.def"
#undef ACTIVATION
};

enum { ANY = sizeof activation_parameters - 1, NONE = SNV2_ACTIVATION_NONE };

/* By mode of INTEGER; and by type, the bits. */
static const uint8_t integer_operands[] = {
#define INTEGER(name, number, operands, text) [number] = operands,
#include "snv2/integers.def"
#undef INTEGER
};
static const uint8_t integer_bits[] = {
#define INTEGER_TYPE(name, number, bits, is_signed) [number] = bits,
#include "snv2/integer_types.def"
#undef INTEGER_TYPE
};
enum { INTEGER_COUNT = sizeof integer_operands };

#define RULE_CONV 1, 0, WINDOW, false, GROUPED, 0, 0, ANY, FLOATS
#define RULE_CONV_TRANSPOSE 1, 0, TRANSPOSED_WINDOW, false, GROUPED, 0, 0, ANY, FLOATS
#define RULE_DEPTHWISE 1, 0, WINDOW, true, PER_CHANNEL, 0, 0, ANY, FLOATS
#define RULE_FULLY_CONNECTED 1, 0, SAME_PIXELS, false, FULL, 0, 0, ANY, FLOATS
#define RULE_MAX_POOL 1, 0, POOL_WINDOW, true, NO_WEIGHTS, 0, 0, ANY, FLOATS
#define RULE_AVERAGE_POOL                                                                          \
    1, 0, POOL_WINDOW, true, NO_WEIGHTS, 0, SNV2_POOL_COUNTS_PADDING, ANY, FLOATS
#define RULE_GLOBAL_AVERAGE_POOL 1, 0, ONE_PIXEL, true, NO_WEIGHTS, 0, 0, ANY, FLOATS
#define RULE_RESIZE 1, 0, TABLES, true, TAP_WEIGHTS, 1, SNV2_RESIZE_MAX_TAPS, NONE, FLOATS
#define RULE_COPY 1, 0, ARRAYS, true, NO_WEIGHTS, 0, 0, NONE, FLOATS
#define RULE_ACTIVATE 1, 0, ARRAYS, true, NO_WEIGHTS, 0, 0, ANY, FLOATS
#define RULE_BINARY 2, 0, ARRAYS, true, NO_WEIGHTS, 0, BINARY_COUNT - 1, ANY, FLOATS
#define RULE_SOFTMAX 1, 0, ALONG_AXIS, true, NO_WEIGHTS, 0, SNV2_SOFTMAX_LOG, NONE, FLOATS
#define RULE_MATMUL 2, 1, PRODUCT, false, NO_WEIGHTS, 0, 0, ANY, FLOATS
#define RULE_REDUCE 1, 0, REDUCED, false, NO_WEIGHTS, 0, SNV2_REDUCE_ARG_MIN_LAST, ANY, FLOATS
#define RULE_INTEGER 1, 1, ARRAYS, true, NO_WEIGHTS, 0, INTEGER_COUNT - 1, ANY, INTEGERS
#define RULE_INTEGER_CONV                                                                          \
    1, 0, WINDOW, false, GROUPED_INTEGERS, 0, SNV2_INTEGER_CONV_SCALES, ANY, INTEGERS
#define RULE_INTEGER_MATMUL 2, 1, PRODUCT, false, NO_WEIGHTS, 0, 0, ANY, INTEGERS
#define RULE_INTEGER_REDUCE 1, 0, REDUCED, false, NO_WEIGHTS, 0, SNV2_INTEGER_PRODUCT, ANY, INTEGERS
#define RULE_CUMULATIVE_SUM 1, 0, ALONG_AXIS, true, NO_WEIGHTS, 0, 3, NONE, FLOATS
#define RULE_INTEGER_CUMULATIVE_SUM 1, 0, ALONG_AXIS, true, NO_WEIGHTS, 0, 3, NONE, INTEGERS
#define RULE_TOP_K 1, 0, SELECTED, false, NO_WEIGHTS, 0, 3, NONE, FLOATS
#define RULE_GATHER 2, 0, GATHERED, false, NO_WEIGHTS, 0, 0, NONE, FLOATS
#define RULE_MAX_POOL_INDICES                                                                      \
    1, 0, POOL_WINDOW, true, NO_WEIGHTS, 0, SNV2_POOL_COLUMNS_FIRST, NONE, FLOATS

static const struct opcode_rule rules[] = {
#define OPCODE(name, number, text) [number] = {#name, RULE_##name},
#include "snv2/opcodes.def"
#undef OPCODE
};

static bool reads_maps(const struct opcode_rule *rule) {
    return rule->geometry >= SAME_PIXELS;
}

static bool has_axis(const struct opcode_rule *rule) {
    return rule->geometry >= ALONG_AXIS && rule->geometry <= GATHERED;
}

static const struct opcode_rule *find_rule(uint16_t opcode) {
    return opcode < sizeof rules / sizeof *rules && rules[opcode].name ? &rules[opcode] : NULL;
}

const char *opcode_name(uint16_t opcode) {
    const struct opcode_rule *rule = find_rule(opcode);
    return rule ? rule->name : NULL;
}

/* Whether rank and dims are the same, those of channels (axis 1) only where it says so. */
static bool same_dims(const struct snv2_blob_tensor *a, const struct snv2_blob_tensor *b,
                      bool channels_too) {
    if (a->rank != b->rank)
        return false;
    for (int axis = 0; axis < a->rank; axis++)
        if ((axis != 1 || channels_too) && a->dims[axis] != b->dims[axis])
            return false;
    return true;
}

/* Whether maps have the same images, height and width. */
static bool same_pixels(const struct map *a, const struct map *b) {
    return a->images == b->images && a->height == b->height && a->width == b->width;
}

static bool is_whole(const struct blob *blob, const struct snv2_blob_operand *operand) {
    const struct snv2_blob_run *run = &blob->runs[operand->first_run];
    return operand->run_count == 1 && run->first == 0 && run->step == 1 &&
           run->count == blob->tensors[run->tensor].dims[1];
}

/* What is wrong with an operand, or NULL. `whole` becomes its first tensor, and `map` that as a
 * map, with the channels of all runs. */
static const char *operand_fault(const struct blob *blob, const struct opcode_rule *rule,
                                 const struct snv2_blob_operand *operand,
                                 struct snv2_blob_tensor *whole, struct map *map) {
    if (operand->run_count == 0)
        return "an operand is missing";
    if ((uint64_t)operand->first_run + operand->run_count > blob->run_count)
        return "an operand has runs that are not there";
    const struct snv2_blob_run *runs = &blob->runs[operand->first_run];
    uint64_t channels = 0; /* at most 2^22 runs below 2^32 */
    *whole = blob->tensors[runs->tensor];
    bool is_map = tensor_map(whole, map);
    for (uint32_t i = 0; i < operand->run_count; i++) {
        const struct snv2_blob_tensor *tensor = &blob->tensors[runs[i].tensor];
        struct map own;
        channels += runs[i].count;
        if (!reads_maps(rule)) {
            if (!same_dims(tensor, whole, false))
                return "the tensors of an operand differ in more than channels";
            continue;
        }
        if (!tensor_map(tensor, &own) || !is_map)
            return "an operand is no map: 2 to 4 dims, its pixels evenly spaced";
        if (!same_pixels(&own, map))
            return "the tensors of an operand differ in images, height or width";
    }
    map->channels = channels;
    whole->dims[1] = (int64_t)channels;
    return NULL;
}

/* Whether a tensor of bytes is [N,C,H,W]: a view, or a frame of planes or of single bytes. */
static bool is_frame_map(const struct blob *blob, const struct snv2_blob_tensor *tensor) {
    const struct snv2_blob_tensor *base = &blob->tensors[tensor->owner];
    return tensor != base || blob->input_frames[base->offset]->layout == SNV2_LAYOUT_NCHW ||
           (base->dims[1] == 1 && base->dims[2] == 1 && base->dims[3] == 1);
}

/* What is wrong with an operand of bytes: one frame, for one convolution or to be copied. */
static const char *bytes_fault(const struct blob *blob, const struct snv2_blob_command *command,
                               const struct snv2_blob_operand *operand) {
    const struct snv2_blob_run *runs = &blob->runs[operand->first_run];
    bool bytes = false;
    struct map map;
    for (uint32_t i = 0; i < operand->run_count; i++)
        bytes |= holds_bytes(&blob->tensors[runs[i].tensor]);
    if (!bytes)
        return NULL;
    for (uint32_t i = 0; i < operand->run_count; i++)
        if (runs[i].tensor != runs->tensor)
            return "an operand of bytes is not of one tensor";
    if (!is_frame_map(blob, &blob->tensors[runs->tensor]))
        return "an operand of bytes is not [N,C,H,W]";
    bool is_conv = command->opcode == SNV2_OPCODE_CONV && command->group == 1;
    bool is_copy =
        command->opcode == SNV2_OPCODE_COPY && tensor_map(&blob->tensors[command->output], &map);
    return is_conv || is_copy ? NULL
                              : "bytes are read by CONV of one group and COPY to a map alone";
}

/* Whether a window over `in` pixels gives `out` of them along an axis. */
static bool window_gives(const struct snv2_blob_window *window, int axis, uint64_t in, uint64_t out,
                         bool may_round_up) {
    if (window->kernel[axis] == 0 || window->stride[axis] == 0 || window->dilation[axis] == 0)
        return false;
    uint64_t extent = (uint64_t)window->dilation[axis] * (window->kernel[axis] - 1u) + 1;
    uint64_t padded = in + window->pad[axis] + window->pad[axis + 2];
    if (padded < extent) /* less than a step rounds up to none */
        return may_round_up && extent - padded < window->stride[axis] && out == 1;
    uint64_t steps = (padded - extent) / window->stride[axis];
    bool rest = (padded - extent) % window->stride[axis] != 0;
    return out == steps + 1 || (may_round_up && rest && out == steps + 2);
}

/* Whether a window that moves over `out` pixels gives at least `in` of them along an axis. */
static bool window_reaches(const struct snv2_blob_window *window, int axis, uint64_t in,
                           uint64_t out) {
    if (window->kernel[axis] == 0 || window->stride[axis] == 0 || window->dilation[axis] == 0)
        return false;
    uint64_t extent = (uint64_t)window->dilation[axis] * (window->kernel[axis] - 1u) + 1, reached;
    return checked_mul(in - 1, window->stride[axis], &reached) &&
           checked_add(reached, extent, &reached) &&
           reached <= out + window->pad[axis] + window->pad[axis + 2];
}

/* The rows and columns that a command reads. */
static const char *tables_fault(const struct blob *blob, const struct snv2_blob_command *command,
                                const struct map *in, const struct map *out) {
    uint64_t rows, columns, taps = command->mode;
    if (!checked_mul(out->height, taps, &rows) || !checked_mul(out->width, taps, &columns) ||
        rows + columns > blob->index_count ||
        command->first_index > blob->index_count - (rows + columns))
        return "its indices are not there";
    const uint32_t *indices = &blob->indices[command->first_index];
    for (uint64_t i = 0; i < rows + columns; i++)
        if (indices[i] >= (i < rows ? in->height : in->width))
            return "an index is outside of the operand";
    return NULL;
}

static const char *window_fault(const struct opcode_rule *rule,
                                const struct snv2_blob_window *window, const struct map *in,
                                const struct map *out) {
    static const struct snv2_blob_window no_window = {.kernel = {0}};
    bool rounds_up = rule->geometry == POOL_WINDOW;
    if (rule->geometry == TRANSPOSED_WINDOW)
        return window_reaches(window, 0, in->height, out->height) &&
                       window_reaches(window, 1, in->width, out->width)
                   ? NULL
                   : "the output is too small for its operand and window";
    if (rounds_up || rule->geometry == WINDOW)
        return window_gives(window, 0, in->height, out->height, rounds_up) &&
                       window_gives(window, 1, in->width, out->width, rounds_up)
                   ? NULL
                   : "the window over the operand does not give the output's height and width";
    return memcmp(window, &no_window, sizeof no_window) == 0 ? NULL
                                                             : "it has a window and needs none";
}

/* Operand and output of a command that reads and writes maps. */
static const char *maps_fault(const struct opcode_rule *rule, const struct map *in,
                              const struct map *out) {
    if (out->channel_stride != 1 && out->channels > 1)
        return "the channels of the output are not one beside the other";
    if (in->images != out->images)
        return "operand and output differ in the number of images";
    if (rule->keeps_channels && in->channels != out->channels)
        return "operand and output differ in channels";
    if (rule->geometry == SAME_PIXELS && (in->height != out->height || in->width != out->width))
        return "operand and output differ in height or width";
    if (rule->geometry == ONE_PIXEL && (out->height != 1 || out->width != 1))
        return "the output is not one pixel";
    return NULL;
}

/* Whether count numbers of `size` bytes stand at an aligned offset of the weights. */
static bool has_weights(const struct blob *blob, uint64_t offset, uint64_t count, uint64_t size) {
    uint64_t bytes, end;
    return offset % SNV2_BLOB_ALIGNMENT == 0 && checked_mul(count, size, &bytes) &&
           checked_add(offset, bytes, &end) && end <= blob->weights_bytes;
}

/* `groups` times the blocks of 16 of `outputs` outputs, each of taps * inputs rows of weights; and
 * so many rows of them as bias. */
static bool has_blocks(const struct blob *blob, const struct snv2_blob_command *command,
                       uint64_t groups, uint64_t outputs, uint64_t taps, uint64_t inputs,
                       uint64_t rows) {
    uint64_t lanes, count;
    uint64_t size = command->weights_dtype == SNV2_WEIGHTS_FLOAT32 ? sizeof(float) : 2;
    return checked_align(outputs, SNV2_BLOB_LANES, &lanes) && checked_mul(groups, lanes, &lanes) &&
           checked_mul(lanes, taps, &count) && checked_mul(count, inputs, &count) &&
           checked_mul(lanes, rows, &lanes) && has_weights(blob, command->weights, count, size) &&
           has_weights(blob, command->bias, lanes, sizeof(float));
}

static const char *weights_fault(const struct blob *blob, const struct opcode_rule *rule,
                                 const struct snv2_blob_command *command, const struct map *in,
                                 const struct map *out) {
    uint64_t group = command->group;
    uint64_t taps = (uint64_t)command->window.kernel[0] * command->window.kernel[1];
    bool has_scales = rule->weights == GROUPED_INTEGERS && command->mode != 0, fits = false;
    switch (rule->weights) {
    case NO_WEIGHTS:
        if (group != 0 || command->weights != UINT64_MAX || command->bias != UINT64_MAX)
            return "it has a group, weights or a bias and needs none";
        return NULL;
    case GROUPED:
    case GROUPED_INTEGERS:
        if (group == 0 || in->channels % group != 0 || out->channels % group != 0)
            return "the group does not divide the channels";
        fits = has_blocks(blob, command, group, out->channels / group, taps, in->channels / group,
                          1 + has_scales);
        break;
    case PER_CHANNEL:
        if (group != in->channels)
            return "the group is not the number of channels";
        fits = has_blocks(blob, command, 1, out->channels, taps, 1, 1);
        break;
    case TAP_WEIGHTS:
        if (group != 0 || command->bias != UINT64_MAX)
            return "it has a group or a bias and needs none";
        fits = command->mode == 1 ? command->weights == UINT64_MAX
                                  : checked_mul(out->height + out->width, command->mode, &taps) &&
                                        has_weights(blob, command->weights, taps, sizeof(float));
        break;
    case FULL:
        if (group != 0)
            return "it has a group and needs none";
        if (in->height != 1 || in->width != 1)
            return "the operand has more than one pixel";
        fits = has_blocks(blob, command, 1, out->channels, 1, in->channels, 1);
        break;
    }
    return fits ? NULL : "its weights or bias are not aligned, or reach past the weights";
}

static bool is_zero(const uint32_t *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (words[i] != 0)
            return false;
    return true;
}

static const char *activation_fault(const struct opcode_rule *rule,
                                    const struct snv2_blob_command *command) {
    if (command->activation > rule->last_activation)
        return "unknown activation, or one where none may be";
    const float parameters[] = {command->activation_alpha, command->activation_beta};
    for (int i = 0; i < 2; i++) {
        if (i >= activation_parameters[command->activation] && parameters[i] != 0)
            return "the activation has parameters and needs none";
        if (parameters[i] != parameters[i])
            return "a parameter of the activation is not a number";
    }
    return NULL;
}

static const char *type_fault(const struct opcode_rule *rule,
                              const struct snv2_blob_command *command) {
    bool is_type = command->dtype < sizeof integer_bits && integer_bits[command->dtype] != 0;
    bool is_free = command->dtype == 0 && command->rounds == 0;
    bool is_half = command->weights_dtype == SNV2_WEIGHTS_FLOAT16 ||
                   command->weights_dtype == SNV2_WEIGHTS_BFLOAT16;
    if (command->weights_dtype != SNV2_WEIGHTS_FLOAT32 &&
        !(is_half && may_be_halves(rule->weights)))
        return "the weights have a type that they cannot have";
    if (rule->numbers == FLOATS)
        return is_free ? NULL : "it has an integer type and needs none";
    return is_type && command->rounds <= 1 ? NULL : "its type is no integer type";
}

/* What the fields say that mean the same for every opcode. */
static const char *common_fault(const struct blob *blob, const struct opcode_rule *rule,
                                const struct snv2_blob_command *command) {
    if (command->mode < rule->first_mode || command->mode > rule->last_mode ||
        (!has_axis(rule) && command->axis != 0) ||
        (rule->geometry != TABLES && command->first_index != 0) || command->reserved_too != 0 ||
        !is_zero(command->reserved, sizeof command->reserved / sizeof *command->reserved))
        return "unknown mode, or a field that it does not use is not zero";
    for (int k = rule->operands + rule->optional_operands; k < SNV2_BLOB_MAX_OPERANDS; k++)
        if (command->operands[k].run_count != 0)
            return "too many operands";
    if (command->output >= blob->tensor_count)
        return "there is no such output tensor";
    const struct snv2_blob_tensor *output = &blob->tensors[command->output];
    if (output->place != SNV2_PLACE_ARENA && output->place != SNV2_PLACE_OUTPUT)
        return "the output is a graph input or a constant";
    for (int axis = 0; axis < output->rank; axis++)
        if (output->strides[axis] == 0 && output->dims[axis] > 1)
            return "the output's elements overlap";
    const char *fault = type_fault(rule, command);
    return fault ? fault : activation_fault(rule, command);
}

static int operand_count(const struct opcode_rule *rule, const struct snv2_blob_command *command) {
    int count = rule->operands;
    while (count < rule->operands + rule->optional_operands &&
           command->operands[count].run_count != 0)
        count++;
    return count;
}

/* Operand `number` of a product: the left, the right, what is added. */
static bool is_factor(const struct snv2_blob_tensor *operand, int number,
                      const struct snv2_blob_tensor *left, const struct snv2_blob_tensor *output) {
    int rank = output->rank;
    if (operand->rank != rank)
        return false;
    for (int axis = 0; axis < rank - 2; axis++)
        if (operand->dims[axis] != output->dims[axis])
            return false;
    int64_t rows = operand->dims[rank - 2], columns = operand->dims[rank - 1];
    return (number == 1 ? rows == left->dims[rank - 1] : rows == output->dims[rank - 2]) &&
           (number == 0 || columns == output->dims[rank - 1]);
}

static bool is_reduced(const struct snv2_blob_tensor *operand,
                       const struct snv2_blob_tensor *output) {
    if (operand->rank != output->rank)
        return false;
    for (int axis = 0; axis < output->rank; axis++)
        if (output->dims[axis] != operand->dims[axis] && output->dims[axis] != 1)
            return false;
    return true;
}

/* Operand `number` of a command that picks elements along an axis. Positions are counted in floats.
 */
static bool is_picked_from(const struct snv2_blob_tensor *operand, int number,
                           enum geometry geometry, uint32_t axis,
                           const struct snv2_blob_tensor *output) {
    if (number == 1)
        return same_dims(operand, output, true);
    if (operand->rank != output->rank)
        return false;
    for (uint32_t i = 0; i < output->rank; i++)
        if (i != axis && operand->dims[i] != output->dims[i])
            return false;
    return axis < output->rank && operand->dims[axis] <= SNV2_MAX_POSITIONS &&
           (geometry == GATHERED || output->dims[axis] <= operand->dims[axis]);
}

/* What is wrong with an operand that is an array, or NULL. */
static const char *array_fault(const struct blob *blob, const struct opcode_rule *rule,
                               const struct snv2_blob_command *command, int number,
                               const struct snv2_blob_tensor *operand,
                               const struct snv2_blob_tensor *output) {
    const struct snv2_blob_tensor *left =
        &blob->tensors[blob->runs[command->operands[0].first_run].tensor];
    bool fits = false;
    if (rule->geometry != ARRAYS && !is_whole(blob, &command->operands[number]))
        return "the operand is not one tensor as a whole";
    switch (rule->geometry) {
    case PRODUCT:
        fits = is_factor(operand, number, left, output);
        break;
    case SELECTED:
    case GATHERED:
        fits = is_picked_from(operand, number, rule->geometry, command->axis, output);
        break;
    case REDUCED:
        fits = is_reduced(operand, output);
        break;
    default:
        fits = same_dims(operand, output, true);
        break;
    }
    return fits ? NULL : "operand and output differ in dims";
}

static const char *command_fault(const struct blob *blob, const struct opcode_rule *rule,
                                 const struct snv2_blob_command *command) {
    const char *fault = common_fault(blob, rule, command);
    if (fault)
        return fault;
    const struct snv2_blob_tensor *output = &blob->tensors[command->output];
    struct snv2_blob_tensor operand;
    struct map in = {0}, out = {0};
    for (int k = 0; k < operand_count(rule, command); k++) {
        fault = operand_fault(blob, rule, &command->operands[k], &operand, &in);
        if (!fault)
            fault = bytes_fault(blob, command, &command->operands[k]);
        if (!fault && !reads_maps(rule))
            fault = array_fault(blob, rule, command, k, &operand, output);
        if (fault)
            return fault;
    }
    if (command->opcode == SNV2_OPCODE_INTEGER &&
        operand_count(rule, command) != integer_operands[command->mode])
        return "its mode has another number of operands";
    if (has_axis(rule) && command->axis >= output->rank)
        return "there is no such axis";
    if (reads_maps(rule)) {
        if (!tensor_map(output, &out))
            return "the output is no map: 2 to 4 dims, its pixels evenly spaced";
        fault = maps_fault(rule, &in, &out);
    }
    if (!fault)
        fault = window_fault(rule, &command->window, &in, &out);
    if (!fault && rule->geometry == TABLES)
        fault = tables_fault(blob, command, &in, &out);
    return fault ? fault : weights_fault(blob, rule, command, &in, &out);
}

enum snv2_status verify_command(const struct blob *blob, uint32_t index,
                                struct snv2_diagnostic *diagnostic) {
    const struct snv2_blob_command *command = &blob->commands[index];
    const struct opcode_rule *rule = find_rule(command->opcode);
    if (!rule)
        return bad_record(blob, SNV2_SECTION_COMMANDS, index, diagnostic, "unknown opcode %u",
                          command->opcode);
    const char *fault = command_fault(blob, rule, command);
    return fault ? bad_record(blob, SNV2_SECTION_COMMANDS, index, diagnostic, "%s", fault)
                 : SNV2_OK;
}
